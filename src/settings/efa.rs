//! `efa`: how EFA comes to pods, and which images are fit for it.

use super::{Interfaces, Known};
use crate::{
    form::form,
    json::{List, Text},
};

/// `efa`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Efa<'a> {
    /// `devicePlugin`: whether the cluster's nodes offer `vpc.amazonaws.com/efa`; where they don't, EFA
    /// comes by DRA, or not at all.
    pub device_plugin: Known,
    /// `interfaces`: how many the nodes attach.
    pub interfaces: Interfaces<'a>,
    /// `inspectImages`: whether images are looked into.
    pub inspect_images: bool,
    /// `trainingImages`: images that are known to be fit for training, with wildcards.
    pub training_images: List<Text<'a>>,
    /// `refusedImages`: images that are not to be used with accelerators, with wildcards.
    pub refused_images: List<Text<'a>>,
}

form! {
    Efa<'a> {
        "devicePlugin" => device_plugin,
        "inspectImages" => inspect_images,
        "interfaces" => interfaces,
        "refusedImages" => refused_images,
        "trainingImages" => training_images,
    }
}
