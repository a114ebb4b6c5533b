//! `rulePages`: the address of the rules' pages.

use std::borrow::Cow;

use crate::{
    form::{Faults, Field, Form},
    json::{self, Reader},
    text,
};

/// The address of the rules' pages; empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePages<'a>(pub Cow<'a, str>);

impl<'a> Field<'a> for RulePages<'a> {
    const FORM: Form = Form::String;

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        let wanted = "an address that begins with `https://` or `http://`, without blanks";
        let mut ahead = *reader;
        let address = match ahead.peek() {
            Some(b'"') => ahead.string()?,
            _ => return faults.unexpected(reader, wanted),
        };
        // It ends messages, so it must not look like a part of one.
        let is_one = |rest: &str| text::is_token(rest) && !rest.contains([';', '`']);
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        if !address.is_empty() && !rest.is_some_and(is_one) {
            return faults.unexpected(reader, wanted);
        }
        (*reader, self.0) = (ahead, address);
        Ok(())
    }
}
