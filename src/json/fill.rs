//! Values read into their places. A struct says which of its fields is under a key, and one loop fills them
//! all: it is the same code for every struct, and no value is moved after it was read.

use std::borrow::Cow;

use super::{Lazy, List, Map, Reader, Result, Text};

/// A value that can be read. Where it is absent or `null`, what is there stays: its default.
pub trait Read<'a>: Default {
    /// Where it goes.
    fn slot(&mut self) -> Slot<'_, 'a>;

    /// Reads the value at the reader's place.
    ///
    /// # Errors
    /// Where another value stands there.
    fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let mut out = Self::default();
        // The slot of an optional value makes it `Some`.
        if !reader.has_null() {
            reader.fill(out.slot())?;
        }
        Ok(out)
    }
}

/// The place that a value is read into.
pub enum Slot<'s, 'a> {
    /// No rule asks for it.
    Unread,
    /// A string.
    Text(&'s mut Text<'a>),
    /// `true` or `false`.
    Bool(&'s mut bool),
    /// A list or an object, to be read where a rule asks for it.
    Lazy(&'s mut Lazy<'a>),
    /// An object, or one inside of it whose fields are those of the same struct: the keys that lead there,
    /// each after a `/`.
    Object(&'s mut dyn Fields<'a>, &'static str),
    /// An object whose keys are kept.
    Map(&'s mut dyn Entries<'a>),
    /// A list.
    List(&'s mut dyn Items<'a>),
    /// Any other value.
    Value(&'s mut dyn Value<'a>),
}

/// The fields of an object.
pub trait Fields<'a> {
    /// The field under `key` in the object at `within`.
    fn field(&mut self, within: &'static str, key: &str) -> Slot<'_, 'a>;
}

/// The members of an object whose keys are kept.
pub trait Entries<'a> {
    /// The value of the next one.
    fn entry(&mut self, key: Cow<'a, str>) -> Slot<'_, 'a>;

    /// There are no more.
    fn end(&mut self);
}

/// The items of a list.
pub trait Items<'a> {
    /// The next one.
    fn item(&mut self) -> Slot<'_, 'a>;
}

/// A value that reads itself.
pub trait Value<'a> {
    /// Reads the value at the reader's place; it is not `null`.
    ///
    /// # Errors
    /// Where another value stands there.
    fn take(&mut self, reader: &mut Reader<'a>) -> Result<()>;
}

impl<'a> Reader<'a> {
    /// Reads the whole of a text as one value.
    ///
    /// # Errors
    /// Where the value is not of the wanted form, or something follows it.
    pub fn whole<T: Read<'a>>(text: &'a str) -> Result<T> {
        let mut reader = Self::new(text);
        let out = T::read(&mut reader)?;
        reader.end()?;
        Ok(out)
    }

    /// Reads the next value into its place; `null` leaves what is there.
    ///
    /// # Errors
    /// Where another value stands there.
    pub fn fill(&mut self, slot: Slot<'_, 'a>) -> Result<()> {
        match self.value() {
            Some(first) => self.put(first, slot),
            None => Ok(()),
        }
    }

    /// Takes `null`, if it is next; once in the module, for all that is read by itself.
    #[inline(never)]
    fn has_null(&mut self) -> bool {
        self.null()
    }

    /// The first byte of the next value; takes `null`, and gives `None`.
    #[inline(always)]
    fn value(&mut self) -> Option<u8> {
        match self.peek() {
            Some(b'n') if self.null() => None,
            first => Some(first.unwrap_or_default()),
        }
    }

    fn put(&mut self, first: u8, slot: Slot<'_, 'a>) -> Result<()> {
        match slot {
            Slot::Unread => self.pass()?,
            Slot::Text(text) if first == b'"' => text.0 = self.quoted()?,
            Slot::Text(_) => return Err(self.unexpected("a string")),
            Slot::Bool(truth) => *truth = self.truth()?,
            Slot::Lazy(lazy) if matches!(first, b'{' | b'[') => *lazy = Lazy::inside(self.skip()?),
            Slot::Lazy(_) => return Err(self.unexpected("a list or an object")),
            Slot::Object(fields, within) => self.members(Members::Fields(fields, within))?,
            Slot::Map(map) => {
                self.members(Members::Entries(map))?;
                map.end();
            }
            Slot::List(list) => self.items(list)?,
            Slot::Value(value) => value.take(self)?,
        }
        Ok(())
    }

    fn members(&mut self, mut members: Members<'_, 'a>) -> Result<()> {
        if !self.begins(b'{', b'}', "an object")? {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            let first = self.value();
            let slot = match &mut members {
                Members::Fields(fields, within) if first.is_some() => fields.field(within, &key),
                Members::Fields(..) => Slot::Unread,
                Members::Entries(entries) => entries.entry(key),
            };
            if let Some(first) = first {
                self.put(first, slot)?;
            }
            if self.ends(b'}')? {
                return Ok(());
            }
        }
    }

    fn items(&mut self, items: &mut dyn Items<'a>) -> Result<()> {
        if !self.begins(b'[', b']', "a list")? {
            return Ok(());
        }
        loop {
            self.fill(items.item())?;
            if self.ends(b']')? {
                return Ok(());
            }
        }
    }

    fn truth(&mut self) -> Result<bool> {
        let start = *self;
        match self.skip()? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(start.unexpected("`true` or `false`")),
        }
    }
}

/// What the members of an object go into.
enum Members<'s, 'a> {
    Fields(&'s mut dyn Fields<'a>, &'static str),
    Entries(&'s mut dyn Entries<'a>),
}

impl<'a> Read<'a> for Text<'a> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Text(self)
    }
}

impl<'a> Read<'a> for bool {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Bool(self)
    }
}

impl<'a> Read<'a> for Lazy<'a> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        Slot::Lazy(self)
    }
}

impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        self.get_or_insert_default().slot()
    }
}

impl<'a, T: Read<'a>> Read<'a> for List<T> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        self.0.clear();
        Slot::List(self)
    }
}

impl<'a, T: Read<'a>> Items<'a> for List<T> {
    fn item(&mut self) -> Slot<'_, 'a> {
        self.0.push(T::default());
        self.0.last_mut().map_or(Slot::Unread, T::slot)
    }
}

impl<'a, V: Read<'a>> Read<'a> for Map<'a, V> {
    fn slot(&mut self) -> Slot<'_, 'a> {
        self.0.clear();
        Slot::Map(self)
    }
}

impl<'a, V: Read<'a>> Entries<'a> for Map<'a, V> {
    fn entry(&mut self, key: Cow<'a, str>) -> Slot<'_, 'a> {
        self.0.push((Text(key), V::default()));
        self.0.last_mut().map_or(Slot::Unread, |(_, value)| value.slot())
    }

    fn end(&mut self) {
        if !self.is_in_order() {
            let entries = std::mem::take(&mut self.0);
            *self = Self::of(entries);
        }
    }
}

super::read_as! { Value: u32, u64, i64 }

macro_rules! number {
    ($($number:ty)*) => {
        $(impl<'a> Value<'a> for $number {
            fn take(&mut self, reader: &mut Reader<'a>) -> Result<()> {
                let start = *reader;
                let text = reader.skip()?;
                *self = text.parse().map_err(|_| start.unexpected("a whole number"))?;
                Ok(())
            }
        })*
    };
}
number!(u32 u64 i64);

#[cfg(test)]
mod tests;
