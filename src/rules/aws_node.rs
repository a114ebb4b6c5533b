//! The VPC CNI's own DaemonSet, and how the CNI reads its environment.
//!
//! Source: aws/amazon-vpc-cni-k8s utils/utils.go, GetBoolAsStringEnvVar; pkg/ipamd/ipamd.go,
//! getWarmPrefixTarget.

use super::Case;
use crate::{
    finding::Edit,
    go,
    image::{Reference, Version},
    view::{Container, ContainerAt, EnvVar, Kind},
};
use k8s_openapi::api::core::v1;

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
        self.variable(name).is_on()
    }

    /// A variable.
    pub(super) fn variable(&self, name: &str) -> Variable<'c> {
        Variable::of(self.container.container, name)
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
                let variable = v1::EnvVar {
                    name: name.to_owned(),
                    value: Some(value.to_owned()),
                    value_from: None,
                };
                Edit::set(format!("{}/-", self.place(name)), &variable)
            }
        }
    }

    fn entry(&self, name: &str) -> Option<(usize, &'c EnvVar<'c>)> {
        entry(self.container.container, name)
    }
}

/// A variable of a container, and its position; the last one counts where a name comes twice.
fn entry<'c>(container: &'c Container<'c>, name: &str) -> Option<(usize, &'c EnvVar<'c>)> {
    let mut env = container.env.iter().enumerate();
    env.rfind(|(_, variable)| variable.name.as_deref() == Some(name))
}

impl<'c> Variable<'c> {
    /// A variable of one of the CNI's containers.
    pub(super) fn of(container: &'c Container<'c>, name: &str) -> Self {
        let Some((_, variable)) = entry(container, name) else {
            return if container.env_from.0 { Self::Hidden } else { Self::Unset };
        };
        match variable.value.as_deref() {
            _ if variable.value_from.0 => Self::Hidden,
            Some(value) if value.contains("$(") => Self::Hidden,
            None | Some("") => Self::Unset,
            Some(value) => Self::Value(value),
        }
    }

    /// Whether it is on; nothing where it can't be seen.
    pub(super) fn is_on(self) -> Option<bool> {
        (self != Self::Hidden).then(|| self.boolean() == Some(true))
    }

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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::json::Reader;

    #[rstest]
    #[case::absent("{}", Variable::Unset)]
    #[case::empty(r#"{"env": [{"name": "A", "value": ""}]}"#, Variable::Unset)]
    #[case::given(r#"{"env": [{"name": "A", "value": "1"}]}"#, Variable::Value("1"))]
    #[case::the_last_counts(
        r#"{"env": [{"name": "A", "valueFrom": {}}, {"name": "A", "value": "2"}]}"#,
        Variable::Value("2")
    )]
    #[case::from_elsewhere(r#"{"env": [{"name": "A", "valueFrom": {}}]}"#, Variable::Hidden)]
    #[case::of_another(r#"{"env": [{"name": "A", "value": "$(B)"}]}"#, Variable::Hidden)]
    #[case::perhaps_from_elsewhere(r#"{"envFrom": [{}]}"#, Variable::Hidden)]
    #[case::before_what_is_elsewhere(
        r#"{"env": [{"name": "A", "value": "1"}], "envFrom": [{}]}"#,
        Variable::Value("1")
    )]
    fn variables(#[case] container: &str, #[case] expected: Variable<'_>) {
        let container: Container<'_> = Reader::whole(container).unwrap();
        assert_eq!(Variable::of(&container, "A"), expected);
    }
}
