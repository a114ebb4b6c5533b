//! The payload of a call: an admission request and the settings, nothing copied.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    error::Error,
    json::{self, Text},
};

/// What the engine sends to `validate`.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object with `request` and `settings`")]
pub struct Payload<'a> {
    /// The admission request.
    #[serde(borrow)]
    pub request: Request<'a>,
    /// The settings, as yet unread.
    #[serde(borrow)]
    pub settings: Option<&'a RawValue>,
}

/// The part of an admission request that matters here.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an admission request", rename_all = "camelCase")]
pub struct Request<'a> {
    /// Group and kind of the object.
    #[serde(borrow)]
    pub kind: GroupKind<'a>,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: Text<'a>,
    /// Such as `status` or `scale`.
    #[serde(alias = "sub_resource")]
    pub sub_resource: Option<Text<'a>>,
    /// The namespace of the request.
    pub namespace: Option<Text<'a>>,
    /// The object.
    #[serde(borrow)]
    pub object: Option<&'a RawValue>,
    /// The object as it was before an update.
    #[serde(borrow, alias = "old_object")]
    pub old_object: Option<&'a RawValue>,
}

/// A kind, without its version.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object with `group` and `kind`")]
pub struct GroupKind<'a> {
    /// Empty for the core group.
    #[serde(borrow, default)]
    pub group: Text<'a>,
    /// Such as `Pod`.
    pub kind: Text<'a>,
}

impl<'a> Payload<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    /// Where it is not JSON, or not what an engine sends.
    pub fn read(payload: &'a [u8]) -> Result<Self, Error> {
        let text = std::str::from_utf8(payload).map_err(|error| Error::Payload {
            place: String::new(),
            what: format!("not UTF-8 from byte {} on", error.valid_up_to()),
        })?;
        serde_json::from_str(text).map_err(|error| {
            let (place, what) = json::fault(text, &error);
            Error::Payload { place, what }
        })
    }
}

impl Request<'_> {
    /// Whether the request can't make an object wrong: it deletes, connects, or speaks of a
    /// subresource.
    pub fn is_out_of_scope(&self) -> bool {
        !matches!(&*self.operation, "CREATE" | "UPDATE")
            || self.sub_resource.as_ref().is_some_and(|name| !name.is_empty())
    }
}
