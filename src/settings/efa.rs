//! `efa`: how pods get EFA, and which images are suitable for it.

use super::{Interfaces, Known};
use crate::{
    form::{Faults, form},
    json::{List, Text},
    kubernetes::Reference,
    text::Quoted,
};

/// `efa`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Efa<'a> {
    /// `devicePlugin`: says that the cluster's nodes offer `vpc.amazonaws.com/efa`; otherwise EFA comes
    /// through DRA, or not at all.
    pub device_plugin: Known,
    /// `interfaces`: how many the nodes attach.
    pub interfaces: Interfaces<'a>,
    /// `inspectImages`: turns the inspection of images on.
    pub inspect_images: bool,
    /// `inspectRegistries`: the hosts of the registries that may be asked.
    inspect_registries: List<Text<'a>>,
    /// `trainingImages`: images that are known to be suitable for training, with wildcards.
    pub training_images: List<Text<'a>>,
    /// `refusedImages`: images that must not be used with accelerators, with wildcards.
    pub refused_images: List<Text<'a>>,
}

form! {
    Efa<'a> {
        "devicePlugin" => device_plugin,
        "inspectImages" => inspect_images,
        "inspectRegistries" => inspect_registries,
        "interfaces" => interfaces,
        "refusedImages" => refused_images,
        "trainingImages" => training_images,
    } where Efa::check
}

impl Efa<'_> {
    /// `true` if an image may be inspected: the author of a pod must not choose which hosts the policy
    /// server calls.
    pub fn inspects(&self, image: &str) -> bool {
        if !self.inspect_images {
            return false;
        }
        let registry = Reference::registry(image);
        self.inspect_registries.iter().any(|known| known.eq_ignore_ascii_case(registry))
    }

    fn check(&self, faults: &mut Faults<'_>) {
        if self.inspect_images && self.inspect_registries.is_empty() {
            let what = "no registry may be asked; name those that may in `inspectRegistries`";
            faults.note_at("inspectImages", what.to_owned());
        }
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
        let is_host = |host: &str| {
            host.bytes().all(is_part) && Reference::registry(&format!("{host}/x")) == host
        };
        for host in self.inspect_registries.iter().filter(|host| !is_host(host)) {
            let what = "is no host of a registry as images name it, such as `docker.io`";
            faults.note_at("inspectRegistries", format!("{} {what}", Quoted(host)));
        }
    }
}
