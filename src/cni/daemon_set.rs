//! The VPC CNI's own DaemonSet.

use super::{ENABLE_IPV6, Switch, Variable};
use crate::{
    kubernetes::{Reference, Version},
    view::{ContainerAt, Kind, PodView, View},
};

/// The container `aws-node` of the DaemonSet `aws-node` in `kube-system`.
#[derive(Debug)]
pub struct DaemonSet<'c> {
    container: ContainerAt<'c, 'c>,
    /// The init container `aws-vpc-cni-init`, which reads some of the variables too.
    pub init: Option<ContainerAt<'c, 'c>>,
    version: Option<Version>,
}

impl<'c> DaemonSet<'c> {
    /// The CNI, if the object is its DaemonSet.
    pub fn of(view: &View<'_>, pod: &'c PodView<'c>, namespace: &str) -> Option<Self> {
        let name = view.metadata().name.as_deref();
        if view.kind != Kind::DaemonSet || name != Some("aws-node") || namespace != "kube-system" {
            return None;
        }
        let named = |name, main| {
            let mut containers = pod.containers();
            containers.find(|at| at.is_main() == main && at.container.name.as_deref() == Some(name))
        };
        let (init, container) = (named("aws-vpc-cni-init", false), named("aws-node", true)?);
        let image = container.container.image.as_deref();
        let version = image.and_then(|image| Reference::of(image).version());
        Some(Self { container, init, version })
    }

    /// The version of its image, and the place of the image; `None` if the tag is not a version.
    pub fn version(&self) -> Option<(Version, String)> {
        Some((self.version?, format!("{}/image", self.container.place())))
    }

    /// The prefixes of its family, and the first release that assigns them.
    pub fn prefixes(&self) -> (&'static str, Version) {
        match self.switch(ENABLE_IPV6) {
            Switch::On => ("prefixes of IPv6", Version(1, 10, 1)),
            Switch::Off | Switch::Hidden => ("prefixes", Version(1, 9, 0)),
        }
    }

    /// A variable as a switch.
    pub fn switch(&self, name: &str) -> Switch {
        self.variable(name).switch()
    }

    /// A variable.
    pub fn variable(&self, name: &str) -> Variable<'c> {
        Variable::of(self.container.container, name)
    }

    /// The place of a variable's value, or where it would be.
    pub fn place(&self, name: &str) -> String {
        match self.container.container.entry(name) {
            Some((index, _)) => format!("{}/env/{index}/value", self.container.place()),
            None => format!("{}/env", self.container.place()),
        }
    }

    /// `true` if the container has the variable, with whatever value.
    pub fn has(&self, name: &str) -> bool {
        self.container.container.entry(name).is_some()
    }
}
