//! An environment variable of a container.

use super::Present;
use crate::{
    json::{self, Reader, Slot, Text, Value},
    text,
};

/// An environment variable
#[derive(Debug, Default)]
pub struct EnvVar<'a> {
    /// `name`
    pub name: Option<Text<'a>>,
    /// `value`
    pub value: Option<Text<'a>>,
    /// `valueFrom`: the value can't be seen here.
    pub value_from: Present,
}

impl EnvVar<'_> {
    /// `true` if it has this name.
    #[inline(always)]
    pub fn is(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }

    /// Its value; `None` if it refers to another variable, `$(…)`, which can't be seen.
    pub fn seen(&self) -> Option<&str> {
        self.value.as_deref().filter(|value| text::find(value, "$(").is_none())
    }
}

json::read_as! { Value: EnvVar<'a> }

impl<'a> Value<'a> for EnvVar<'a> {
    fn take(&mut self, reader: &mut Reader<'a>) -> json::Result<()> {
        // Most have a name and a value, and there are many: a third of what it takes to ask for each key.
        let mut ahead = *reader;
        if let Some((name, value)) = plain(&mut ahead) {
            *self = Self { name: Some(name), value: Some(value), value_from: Present(false) };
            *reader = ahead;
            return Ok(());
        }
        reader.fill(Slot::Object(self, ""))
    }
}

/// The name and the value of a variable that has just these two.
fn plain<'a>(reader: &mut Reader<'a>) -> Option<(Text<'a>, Text<'a>)> {
    if !reader.takes(r#"{"name":"#) {
        return None;
    }
    let name = reader.string().ok()?;
    if !reader.takes(r#","value":"#) {
        return None;
    }
    let value = reader.string().ok()?;
    reader.takes("}").then_some((Text(name), Text(value)))
}

json::fields! {
    EnvVar<'a> { "name" => name, "value" => value, "valueFrom" => value_from }
}
