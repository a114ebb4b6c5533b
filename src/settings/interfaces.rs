//! `efa.interfaces`: the number of EFA interfaces that the nodes of a type attach. EC2's number is a
//! maximum; a node has those that its launch template or node class lists.

use crate::{
    form::{Faults, Field, Form},
    instances::{InstanceType, instance_type},
    json::{self, Reader, Text},
    text::wildcard,
};

/// `efa.interfaces`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Interfaces<'a> {
    /// `auto`: unknown.
    #[default]
    Auto,
    /// `all`: every node attaches its type's maximum.
    All,
    /// A number for each name or pattern of types. A name counts before a pattern, a longer pattern
    /// before a shorter one, because the order of the keys is lost on the way here.
    Of(Vec<(Text<'a>, u16)>),
}

/// More than any type has.
const MOST: u32 = 1024;

impl Interfaces<'_> {
    /// The number that the nodes of a type attach; `None` if it is unknown.
    pub fn of(&self, instance: &InstanceType<'_>) -> Option<u16> {
        match self {
            Self::Auto => None,
            Self::All => instance.efa_interfaces(),
            Self::Of(types) => {
                let names = types.iter().map(|(name, number)| (instance_type(name), *number));
                let matching = names.filter(|(name, _)| wildcard::matches(name, instance.name()));
                let closest = matching.max_by_key(|(name, _)| (!name.contains('*'), name.len()));
                closest.map(|(_, number)| number)
            }
        }
    }

    /// The names and patterns that have a number.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let of = if let Self::Of(types) = self { types.as_slice() } else { &[] };
        of.iter().map(|(name, _)| &**name)
    }
}

impl<'a> Field<'a> for Interfaces<'a> {
    const FORM: Form = Form::WordOrMap(&["auto", "all"], &Form::Number(0..=MOST));

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        if reader.peek() == Some(b'{') {
            let mut types = Vec::new();
            faults.object(reader, &mut |key, reader, faults| {
                let number = faults.number(reader, 0..=MOST)?;
                let number = number.and_then(|number| u16::try_from(number).ok());
                types.extend(number.map(|number| (Text(key.clone()), number)));
                Ok(())
            })?;
            *self = Self::Of(types);
            return Ok(());
        }
        let mut ahead = *reader;
        *self = match ahead.skip()? {
            r#""auto""# => Self::Auto,
            r#""all""# => Self::All,
            _ => {
                return faults
                    .unexpected(reader, "`auto`, `all`, or a map from instance types to numbers");
            }
        };
        *reader = ahead;
        Ok(())
    }
}
