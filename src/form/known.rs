//! A fact about the cluster that an operator may know.

use super::{Faults, Field, Form};
use crate::json::{self, Reader};

/// `true`, `false`, or `auto` where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known(pub Option<bool>);

impl Known {
    /// It is known to be so.
    pub const YES: Self = Self(Some(true));
    /// It is known not to be so.
    pub const NO: Self = Self(Some(false));
}

impl<'a> Field<'a> for Known {
    const FORM: Form = Form::AutoOrFlag;

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        let mut ahead = *reader;
        self.0 = match ahead.skip()? {
            // Forms that have only text fields write flags as strings.
            "true" | r#""true""# => Some(true),
            "false" | r#""false""# => Some(false),
            r#""auto""# => None,
            _ => return faults.unexpected(reader, "`auto`, `true` or `false`"),
        };
        *reader = ahead;
        Ok(())
    }
}
