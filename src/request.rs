//! The payload of a call: an admission request and the settings, nothing copied.

use crate::{
    error::Error,
    json::{self, Fields, RawJson, Read, Reader, Slot, Text, Value},
    view::{Kind, View, is_gated},
};

/// What the engine sends to `validate`.
#[derive(Debug, Default)]
pub struct Payload<'a> {
    /// The admission request.
    pub request: Option<Request<'a>>,
    /// The settings, not read yet.
    pub settings: Option<RawJson<'a>>,
}

/// The parts of an admission request that the policy uses.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// Group and kind of the object.
    pub kind: GroupKind<'a>,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub operation: Text<'a>,
    /// For example `status` or `scale`.
    pub sub_resource: Option<Text<'a>>,
    /// The namespace of the request.
    pub namespace: Option<Text<'a>>,
    /// The object.
    pub object: Object<'a>,
    /// The object before an update.
    pub old_object: Option<RawJson<'a>>,
}

/// The object of a request. The engine sorts its keys, so `kind` is known when `object` comes,
/// and the object is read in the same pass.
#[derive(Debug)]
pub enum Object<'a> {
    /// There is none so far; one that comes is read as one of this kind.
    Absent(Option<Kind>),
    /// The text, not read yet: the kind was unknown, or the object can't be read.
    Unread(&'a str),
    /// The text, and the object that was read from it.
    Read(&'a str, Box<View<'a>>),
}

/// A kind, without its version.
#[derive(Debug, Default)]
pub struct GroupKind<'a> {
    /// Empty for the core group.
    pub group: Option<Text<'a>>,
    /// For example `Pod`.
    pub kind: Text<'a>,
}

json::readable! {
    Payload<'a> { "request" => request, "settings" => settings }
    GroupKind<'a> { "group" => group, "kind" => kind }
}

json::read_as! { Object: Request<'a> }

impl<'a> Fields<'a> for Request<'a> {
    fn field(&mut self, _: &'static str, key: &str) -> Slot<'_, 'a> {
        match key {
            "kind" => self.kind.slot(),
            "operation" => self.operation.slot(),
            "subResource" | "sub_resource" => self.sub_resource.slot(),
            "namespace" => self.namespace.slot(),
            "object" => {
                self.object = Object::Absent(self.kind.known());
                Slot::Value(&mut self.object)
            }
            "oldObject" | "old_object" => self.old_object.slot(),
            _ => Slot::Unread,
        }
    }
}

impl Default for Object<'_> {
    fn default() -> Self {
        Self::Absent(None)
    }
}

impl<'a> Value<'a> for Object<'a> {
    fn take(&mut self, reader: &mut Reader<'a>) -> json::Result<()> {
        let mut ahead = *reader;
        let view = match self {
            Self::Absent(Some(kind)) => View::read_at(*kind, &mut ahead).ok(),
            _ => None,
        };
        *self = match view {
            Some(view) => Self::Read(reader.advance(ahead), Box::new(view)),
            None => Self::Unread(reader.skip()?),
        };
        Ok(())
    }
}

impl GroupKind<'_> {
    /// The kind, if the policy checks it.
    pub fn known(&self) -> Option<Kind> {
        Kind::of(self.group.as_deref().unwrap_or_default(), &self.kind)
    }
}

impl<'a> Payload<'a> {
    /// Reads a payload: the request, and the settings if there are any.
    ///
    /// # Errors
    /// If it is not JSON, or not what an engine sends.
    pub fn read(payload: &'a [u8]) -> Result<(Request<'a>, Option<RawJson<'a>>), Error> {
        let fault = |place: &str, what: &str| Error::Payload {
            place: place.to_owned(),
            what: what.to_owned(),
        };
        let text = simdutf8::compat::from_utf8(payload).map_err(|error| {
            fault("", &format!("not UTF-8 from byte {} on", error.valid_up_to()))
        })?;
        let read: json::Result<Self> = Reader::whole(text);
        let payload =
            read.map_err(|error| fault(&json::pointer_at(text, error.at), &error.what))?;
        let request = payload.request.ok_or_else(|| fault("/request", "is missing"))?;
        for (place, text) in
            [("/request/kind/kind", &request.kind.kind), ("/request/operation", &request.operation)]
        {
            if text.is_empty() {
                return Err(fault(place, "is missing"));
            }
        }
        Ok((request, payload.settings))
    }
}

impl Request<'_> {
    /// `true` if the request changes an existing object.
    pub fn is_update(&self) -> bool {
        &*self.operation == "UPDATE"
    }

    /// `true` if an update of a pod, whose new text is `pod`, removes its last scheduling gate.
    pub fn lets_go(&self, pod: &str) -> bool {
        self.old_object.is_some_and(|old| is_gated(old.0)) && !is_gated(pod)
    }

    /// `true` if the request can't make an object wrong: it deletes, connects, or is for a subresource.
    pub fn is_out_of_scope(&self) -> bool {
        !matches!(&*self.operation, "CREATE" | "UPDATE")
            || self.sub_resource.as_ref().is_some_and(|name| !name.is_empty())
    }
}
