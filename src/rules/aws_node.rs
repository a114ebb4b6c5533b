//! The VPC CNI's own DaemonSet.

use super::Case;
use crate::{
    cni::Variable,
    finding::Edit,
    image::{Reference, Version},
    view::{ContainerAt, Kind},
};
use k8s_openapi::api::core::v1;

/// The container `aws-node` of the DaemonSet `aws-node` in `kube-system`.
pub(super) struct Cni<'c> {
    container: ContainerAt<'c, 'c>,
    /// The init container `aws-vpc-cni-init`, which reads some of the variables too.
    pub(super) init: Option<ContainerAt<'c, 'c>>,
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
        match self.container.container.entry(name) {
            Some((index, _)) => format!("{}/env/{index}/value", self.container.place()),
            None => format!("{}/env", self.container.place()),
        }
    }

    /// The edit that gives a variable a value.
    pub(super) fn set(&self, name: &str, value: &str) -> Edit {
        match self.container.container.entry(name) {
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
}
