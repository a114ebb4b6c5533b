//! Reasons why a request can't be checked. Such a request is refused, never let through.

use std::fmt;

use crate::text::{self, Quoted};

/// A request, object or setting that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The payload is not the JSON that a policy engine sends.
    Payload {
        /// The place, as a JSON Pointer; empty for the payload as a whole.
        place: String,
        /// The problem.
        what: String,
    },
    /// The object does not have the form that its kind prescribes.
    Object {
        /// The object's kind.
        kind: String,
        /// The place, as a JSON Pointer into the object.
        place: String,
        /// The problem.
        what: String,
    },
    /// A kind that this policy does not check.
    Kind {
        /// The API group; empty for the core group.
        group: String,
        /// The kind.
        kind: String,
    },
    /// The settings are not valid; every error is listed.
    Settings(Vec<Fault>),
}

/// One error in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place, for example `rules.efa-count` or `network.subnets[2].cidr`; empty for the settings as
    /// a whole.
    pub path: String,
    /// The problem, and the values that are valid.
    pub what: String,
}

impl Error {
    /// The HTTP status that goes with the refusal.
    pub fn code(&self) -> u16 {
        match self {
            Self::Settings(_) => 500,
            Self::Payload { .. } | Self::Object { .. } | Self::Kind { .. } => 400,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payload { place, what } => {
                write!(f, "the request can't be read: {}{what}", At(place))
            }
            Self::Object { kind, place, what } => {
                write!(f, "the `{kind}` can't be read: {}{what}", At(place))
            }
            Self::Kind { group, kind } => {
                let dot = if group.is_empty() { "" } else { "." };
                write!(
                    f,
                    "{} is not a kind that this policy checks; remove it from the policy's `rules`",
                    Quoted(&format!("{kind}{dot}{group}"))
                )
            }
            Self::Settings(faults) => {
                write!(f, "the settings are not valid: ")?;
                for (index, fault) in faults.iter().enumerate() {
                    write!(f, "{}{fault}", if index == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", At(&self.path), Line(&self.what))
    }
}

/// Shows a place in front of a fact; nothing for an empty place.
struct At<'a>(&'a str);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            place => write!(f, "{}: ", Line(place)),
        }
    }
}

/// Shows a text on one line, whatever the user's keys and values in it contain.
struct Line<'a>(&'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.split(text::misleads);
        f.write_str(parts.next().unwrap_or_default())?;
        parts.try_for_each(|part| write!(f, "?{part}"))
    }
}
