//! The VPC CNI's own DaemonSet, and how the CNI reads its environment.
//!
//! Source: aws/amazon-vpc-cni-k8s utils/utils.go, GetBoolAsStringEnvVar; pkg/ipamd/ipamd.go,
//! getWarmPrefixTarget.

use super::Case;
use crate::{
    finding::Edit,
    go,
    image::{Reference, Version},
    view::{ContainerAt, Kind},
};
use k8s_openapi::api::core::v1::EnvVar;

/// The container `aws-node` of the DaemonSet `aws-node` in `kube-system`.
pub(super) struct Cni<'c> {
    container: ContainerAt<'c, 'c>,
    /// The init container `aws-vpc-cni-init`, which reads some of the variables too.
    pub(super) init: Option<ContainerAt<'c, 'c>>,
}

/// A variable of the CNI's environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable<'c> {
    /// Not there, or empty, which the CNI takes for the same.
    Unset,
    /// Taken from elsewhere by `valueFrom`, `envFrom` or `$(…)`: it can't be seen here.
    Hidden,
    /// A value.
    Value(&'c str),
}

impl<'c> Cni<'c> {
    /// The CNI, if the object is its DaemonSet.
    pub(super) fn of(case: &Case<'c>) -> Option<Self> {
        let name = case.view.metadata().name.as_deref();
        if case.view.kind != Kind::DaemonSet
            || name != Some("aws-node")
            || case.namespace != "kube-system"
        {
            return None;
        }
        let pod = case.pod?;
        let named = |name, main| {
            let mut containers = pod.containers();
            containers.find(|at| at.is_main() == main && at.container.name.as_deref() == Some(name))
        };
        let init = named("aws-vpc-cni-init", false);
        Some(Self { container: named("aws-node", true)?, init })
    }

    /// The version of its image, and where that stands; nothing where the tag is no version.
    pub(super) fn version(&self) -> Option<(Version, String)> {
        let image = self.container.container.image.as_deref()?;
        Some((Reference::of(image).version()?, format!("{}/image", self.container.place())))
    }

    /// Whether a variable is on; nothing where it can't be seen.
    pub(super) fn is_on(&self, name: &str) -> Option<bool> {
        match self.variable(name) {
            Variable::Hidden => None,
            variable => Some(variable.boolean() == Some(true)),
        }
    }

    /// A variable; the last one counts where a name comes twice.
    pub(super) fn variable(&self, name: &str) -> Variable<'c> {
        let Some((_, variable)) = self.entry(name) else {
            let elsewhere = self.container.container.env_from.0;
            return if elsewhere { Variable::Hidden } else { Variable::Unset };
        };
        match variable.value.as_deref() {
            _ if variable.value_from.0 => Variable::Hidden,
            Some(value) if value.contains("$(") => Variable::Hidden,
            None | Some("") => Variable::Unset,
            Some(value) => Variable::Value(value),
        }
    }

    /// Where a variable's value stands or would stand.
    pub(super) fn place(&self, name: &str) -> String {
        match self.entry(name) {
            Some((index, _)) => format!("{}/env/{index}/value", self.container.place()),
            None => format!("{}/env", self.container.place()),
        }
    }

    /// The edit that gives a variable a value.
    pub(super) fn set(&self, name: &str, value: &str) -> Edit {
        match self.entry(name) {
            Some(_) => Edit::set(self.place(name), &value),
            None => {
                let variable = EnvVar {
                    name: name.to_owned(),
                    value: Some(value.to_owned()),
                    value_from: None,
                };
                Edit::set(format!("{}/-", self.place(name)), &variable)
            }
        }
    }

    fn entry(&self, name: &str) -> Option<(usize, &'c crate::view::EnvVar<'c>)> {
        let mut env = self.container.container.env.iter().enumerate();
        env.rfind(|(_, variable)| variable.name.as_deref() == Some(name))
    }
}

impl Variable<'_> {
    /// As Go's `strconv.ParseBool` reads it; what it can't read is nothing.
    pub(super) fn boolean(self) -> Option<bool> {
        match self {
            Self::Value(text) => go::parse_bool(text),
            _ => None,
        }
    }

    /// As the CNI reads a target: what is no count from 0 on is as if it were not there. As it
    /// starts it compares texts, so that `+1` is less than `0`.
    pub(super) fn target(self) -> u64 {
        match self {
            Self::Value(value) if value <= "0" => 0,
            Self::Value(value) => {
                value.parse::<i64>().ok().and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
            }
            Self::Unset | Self::Hidden => 0,
        }
    }
}
