//! Requests by Dynamic Resource Allocation.
//!
//! Source: kubernetes/api resource/v1/types.go; in v1beta1 the fields of `exactly` are the request's own.

use crate::json::{self, Lazy, List, Text};

/// The `spec` of a ResourceClaim, or of a ResourceClaimTemplate
#[derive(Debug, Default)]
pub struct Claim<'a> {
    /// `devices.requests`
    of_claim: List<DeviceRequest<'a>>,
    /// `spec.devices.requests`
    of_template: List<DeviceRequest<'a>>,
}

impl<'a> Claim<'a> {
    /// Its requests, with their places within the object.
    pub fn requests(&self) -> impl Iterator<Item = (String, &DeviceRequest<'a>)> {
        let placed = |place: &'static str, list: &'_ List<DeviceRequest<'a>>| {
            (0..list.len()).map(move |index| format!("{place}/{index}"))
        };
        let claim = placed("/spec/devices/requests", &self.of_claim).zip(self.of_claim.iter());
        let template =
            placed("/spec/spec/devices/requests", &self.of_template).zip(self.of_template.iter());
        claim.chain(template)
    }

    /// Its requests, without their places.
    pub fn all(&self) -> impl Iterator<Item = &DeviceRequest<'a>> {
        self.of_claim.iter().chain(self.of_template.iter())
    }
}

/// `requests[]`
#[derive(Debug, Default)]
pub struct DeviceRequest<'a> {
    exactly: Option<Exactly<'a>>,
    own: Exactly<'a>,
    /// `firstAvailable`
    first_available: Lazy<'a>,
}

impl<'a> DeviceRequest<'a> {
    /// The alternatives, of which the first available one counts; `None` if the request has no such
    /// choice, empty if they can't be read.
    pub fn alternatives(&self) -> Option<List<Exactly<'a>>> {
        self.first_available.is_some().then(|| self.first_available.get())
    }

    /// The wanted devices, if the request has no choice of several.
    pub fn exactly(&self) -> &Exactly<'a> {
        self.exactly.as_ref().unwrap_or(&self.own)
    }

    /// Their place below the request.
    pub fn place(&self) -> &'static str {
        if self.exactly.is_some() { "/exactly" } else { "" }
    }
}

/// `exactly`
#[derive(Debug, Default)]
pub struct Exactly<'a> {
    /// `deviceClassName`
    pub class: Text<'a>,
    /// `allocationMode`
    pub mode: Text<'a>,
    /// `count`
    pub count: Option<u64>,
    /// `adminAccess`: gives access to devices that other pods may have.
    pub admin_access: Option<bool>,
}

json::readable! {
    Claim<'a> {
        "devices" : { "requests" => of_claim },
        "spec" : { "devices": { "requests" => of_template } },
    }
    DeviceRequest<'a> {
        "exactly" => exactly,
        "deviceClassName" => own.class,
        "allocationMode" => own.mode,
        "count" => own.count,
        "adminAccess" => own.admin_access,
        "firstAvailable" => first_available,
    }
    Exactly<'a> {
        "deviceClassName" => class,
        "allocationMode" => mode,
        "count" => count,
        "adminAccess" => admin_access,
    }
}
