//! `efa`: how EFA comes to pods, and which images are fit for it.

use super::{Interfaces, Known};
use crate::{
    form::{Faults, Field, Form, form},
    json::{self, List, Reader, Text},
};

/// `efa`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Efa<'a> {
    /// `devicePlugin`
    pub device_plugin: DevicePlugin,
    /// `interfaces`: how many the nodes attach.
    pub interfaces: Interfaces<'a>,
    /// `inspectImages`: whether images are looked into.
    pub inspect_images: bool,
    /// `trainingImages`: images that are known to be fit for training, with wildcards.
    pub training_images: List<Text<'a>>,
    /// `refusedImages`: images that are not to be used with accelerators, with wildcards.
    pub refused_images: List<Text<'a>>,
}

/// `efa.devicePlugin`: whether the cluster's nodes offer `vpc.amazonaws.com/efa`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DevicePlugin {
    /// Not known.
    #[default]
    Auto,
    /// They do.
    Yes,
    /// They don't: EFA comes by DRA, or not at all.
    No,
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

impl<'a> Field<'a> for DevicePlugin {
    const FORM: Form = Form::AutoOrFlag;

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        let mut known = Known::default();
        known.read(reader, faults)?;
        *self = match known {
            Known(Some(true)) => Self::Yes,
            Known(Some(false)) => Self::No,
            Known(None) => Self::Auto,
        };
        Ok(())
    }
}
