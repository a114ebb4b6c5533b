//! `efa.interfaces`: how many EFA interfaces the nodes of a type attach. EC2's number is a maximum:
//! what a node has is what its launch template or node class lists.

use crate::{
    instances::InstanceType,
    json::{self, Map, Read, Reader, Text},
    text::wildcard,
};

/// `efa.interfaces`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Interfaces<'a> {
    /// `auto`: not known.
    #[default]
    Auto,
    /// `all`: every node attaches its type's maximum.
    All,
    /// A number for each name or pattern of types; the first that matches counts.
    Of(Map<'a, u16>),
}

impl Interfaces<'_> {
    /// How many the nodes of a type attach; `None` where that is not known.
    pub fn of(&self, instance: &InstanceType<'_>) -> Option<u16> {
        match self {
            Self::Auto => None,
            Self::All => instance.efa_interfaces(),
            Self::Of(types) => {
                let matches = |pattern: &Text<'_>| wildcard::matches(pattern, instance.name());
                types.0.iter().find(|(pattern, _)| matches(pattern)).map(|(_, number)| *number)
            }
        }
    }
}

impl<'a> Read<'a> for Interfaces<'a> {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        let start = *reader;
        match reader.peek() {
            Some(b'{') => Map::read(reader).map(Self::Of),
            _ => match reader.skip()? {
                r#""auto""# => Ok(Self::Auto),
                r#""all""# => Ok(Self::All),
                _ => Err(start.unexpected("`auto`, `all` or a map of types to numbers")),
            },
        }
    }
}
