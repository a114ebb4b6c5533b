//! The form of the settings. Each type declares its own once, by `form!`: the keys, which field
//! each fills, its range. The reader and the data of the JSON schema both come from that.
//!
//! Reading collects every fault: a value of the wrong form is noted at its path and passed over.

mod faults;
mod fields;
mod known;

use std::ops::RangeInclusive;

use crate::json::{Reader, Result};

pub use faults::Faults;
pub use fields::Ranged;
pub use known::Known;

/// What a value may be; `null` is the same as absent.
#[derive(Debug)]
pub enum Form {
    /// `true` or `false`.
    Flag,
    /// `auto`, `true` or `false`.
    AutoOrFlag,
    /// A whole number.
    Number(RangeInclusive<u32>),
    /// A string.
    String,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A map with any keys.
    Map(&'static Self),
    /// One of these words, or a map with any keys.
    WordOrMap(&'static [&'static str], &'static Self),
    /// A list.
    List(&'static Self),
    /// An object with these keys and no others.
    Object(&'static [Key]),
    /// A map from rule ids to actions.
    Rules,
}

/// A key of an object.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// The form of its value.
    pub form: Form,
}

/// A value of the settings.
pub trait Field<'a> {
    /// Its form, as data.
    const FORM: Form;

    /// The name of several such values, for messages.
    const PLURAL: &'static str = "objects";

    /// Reads the value at the reader's place into `self`; `null` never gets here (see [`set`]).
    /// What is wrong is noted and passed over.
    ///
    /// # Errors
    /// Invalid JSON: reading can't go on.
    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> Result<()>;

    /// Whether a required value is absent.
    fn is_missing(&self) -> bool {
        false
    }
}

/// Reads the next value into `field`; `null` leaves the default.
///
/// # Errors
/// Invalid JSON.
pub fn set<'a>(
    reader: &mut Reader<'a>,
    field: &mut impl Field<'a>,
    faults: &mut Faults<'a>,
) -> Result<()> {
    if reader.null() { Ok(()) } else { field.read(reader, faults) }
}

/// Reads a text as one value; complete if `faults` stays empty.
pub fn read<'a, T: Field<'a> + Default>(text: &'a str, faults: &mut Faults<'a>) -> T {
    let (mut reader, mut value) = (Reader::new(text), T::default());
    let end = set(&mut reader, &mut value, faults).and_then(|()| reader.end());
    if let Err(invalid) = end {
        faults.note(invalid.what);
    }
    value
}

/// The form of a field, for `form!`, which knows its name only.
pub const fn of<'a, S, T: Field<'a>>(_: fn(&S) -> &T) -> Form {
    T::FORM
}

/// As [`of`], for a number: its range must not go beyond its type.
pub const fn of_range<S, T: Ranged>(_: fn(&S) -> &T, range: RangeInclusive<u32>) -> Form {
    assert!(*range.end() <= T::MOST, "a range goes beyond the type of its field");
    Form::Number(range)
}

/// Declares the form of structs: `"key" => field`, `"key" => field in 1..=9` for numbers,
/// `"key": { … }` for an object whose keys fill fields of the same struct. The keys are in
/// alphabetical order. A key after `required` must be there. `where` names what checks the rules
/// between the fields; it runs if each field by itself is right.
macro_rules! form {
    ($($name:ty { $($keys:tt)* } $(where $rules:path)?)*) => {$(
        impl<'a> $crate::form::Field<'a> for $name {
            const FORM: $crate::form::Form = $crate::form::form!(@object $name, $($keys)*);

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'a>,
                faults: &mut $crate::form::Faults<'a>,
            ) -> $crate::json::Result<()> {
                let (this, before) = (self, faults.count());
                $crate::form::form!(@read this, reader, faults, $($keys)*)?;
                if faults.count() == before {
                    $crate::form::form!(@required this, faults, $($keys)*);
                    $($rules(this, faults);)?
                }
                Ok(())
            }
        }
    )*};

    (@object $name:ty, $(
        $($required:ident)? $key:literal $(: { $($inner:tt)* })? $(=> $($field:ident).+)?
        $(in $range:expr)?
    ),* $(,)?) => {
        $crate::form::Form::Object(const { &[$($crate::form::Key {
            name: $key,
            required: !stringify!($($required)?).is_empty(),
            form: $crate::form::form!(
                @value $name, $(: $($inner)*)? $(=> $($field).+)? $(in $range)?
            ),
        }),*] })
    };
    (@value $name:ty, : $($keys:tt)*) => { $crate::form::form!(@object $name, $($keys)*) };
    (@value $name:ty, => $($field:ident).+) => {
        $crate::form::of(|this: &$name| &this.$($field).+)
    };
    (@value $name:ty, => $($field:ident).+ in $range:expr) => {
        $crate::form::of_range(|this: &$name| &this.$($field).+, $range)
    };

    (@read $this:ident, $reader:ident, $faults:ident, $(
        $($required:ident)? $key:literal $(: { $($inner:tt)* })? $(=> $($field:ident).+)?
        $(in $range:expr)?
    ),* $(,)?) => {
        $faults.object($reader, &mut |key, $reader, $faults| match &**key {
            $($key => $crate::form::form!(
                @set $this, $reader, $faults,
                $(: $($inner)*)? $(=> $($field).+)? $(in $range)?
            ),)*
            _ => $faults.unknown($reader, key, &[$($key),*]),
        })
    };
    (@set $this:ident, $reader:ident, $faults:ident, : $($keys:tt)*) => {
        if $reader.null() {
            Ok(())
        } else {
            $crate::form::form!(@read $this, $reader, $faults, $($keys)*)
        }
    };
    (@set $this:ident, $reader:ident, $faults:ident, => $($field:ident).+) => {
        $crate::form::set($reader, &mut $this.$($field).+, $faults)
    };
    (@set $this:ident, $reader:ident, $faults:ident, => $($field:ident).+ in $range:expr) => {
        $crate::form::Ranged::set(&mut $this.$($field).+, $range, $reader, $faults)
    };

    (@required $this:ident, $faults:ident, ) => {};
    (@required $this:ident, $faults:ident,
        required $key:literal => $field:ident $(, $($rest:tt)*)?
    ) => {
        if $crate::form::Field::is_missing(&$this.$field) {
            $faults.missing($key);
        }
        $crate::form::form!(@required $this, $faults, $($($rest)*)?);
    };
    (@required $this:ident, $faults:ident,
        $key:literal $(: $inner:tt)? $(=> $($field:ident).+)? $(in $range:expr)?
        $(, $($rest:tt)*)?
    ) => {
        $crate::form::form!(@required $this, $faults, $($($rest)*)?);
    };
}
pub(crate) use form;

/// Declares which word stands for which variant of an enum.
macro_rules! words {
    ($($name:ident { $($word:literal => $variant:ident),* $(,)? })*) => {$(
        impl $name {
            /// The words, in the order of the variants.
            pub const WORDS: &[&str] = &[$($word),*];

            /// Reads a word; `None` if it is another value.
            fn parse<'a>(
                reader: &mut $crate::json::Reader<'a>,
                faults: &mut $crate::form::Faults<'a>,
            ) -> $crate::json::Result<Option<Self>> {
                let at = faults.word(reader, Self::WORDS)?;
                Ok(at.and_then(|at| [$(Self::$variant),*].get(at).copied()))
            }
        }

        impl<'a> $crate::form::Field<'a> for $name {
            const FORM: $crate::form::Form = $crate::form::Form::OneOf(Self::WORDS);

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'a>,
                faults: &mut $crate::form::Faults<'a>,
            ) -> $crate::json::Result<()> {
                if let Some(word) = Self::parse(reader, faults)? {
                    *self = word;
                }
                Ok(())
            }
        }
    )*};
}
pub(crate) use words;

#[cfg(test)]
mod tests;
