//! The forms of flags, numbers, strings, lists and maps.

use std::ops::RangeInclusive;

use super::{Faults, Field, Form, set};
use crate::json::{List, Map, Reader, Result, Text};

impl<'a> Field<'a> for bool {
    const FORM: Form = Form::Flag;

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> Result<()> {
        let mut ahead = *reader;
        match ahead.skip()? {
            "true" => *self = true,
            "false" => *self = false,
            _ => return faults.unexpected(reader, "`true` or `false`"),
        }
        *reader = ahead;
        Ok(())
    }
}

impl<'a> Field<'a> for Text<'a> {
    const FORM: Form = Form::String;
    const PLURAL: &'static str = "strings";

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> Result<()> {
        if let Some(text) = faults.string(reader)? {
            self.0 = text;
        }
        Ok(())
    }

    fn is_missing(&self) -> bool {
        self.is_empty()
    }
}

impl<'a, T: Field<'a> + Default> Field<'a> for Option<T> {
    const FORM: Form = T::FORM;

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> Result<()> {
        self.get_or_insert_default().read(reader, faults)
    }

    fn is_missing(&self) -> bool {
        self.is_none()
    }
}

impl<'a, T: Field<'a> + Default> Field<'a> for List<T> {
    const FORM: Form = Form::List(&T::FORM);

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> Result<()> {
        faults.list(reader, T::PLURAL, &mut |reader, faults| {
            let mut item = T::default();
            item.read(reader, faults)?;
            self.0.push(item);
            Ok(())
        })
    }
}

impl<'a, T: Field<'a> + Default> Field<'a> for Map<'a, T> {
    const FORM: Form = Form::Map(&T::FORM);

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> Result<()> {
        let mut entries = Vec::new();
        faults.object(reader, &mut |key, reader, faults| {
            let mut value = T::default();
            set(reader, &mut value, faults)?;
            entries.push((Text(key.clone()), value));
            Ok(())
        })?;
        *self = Self::of(entries);
        Ok(())
    }
}

/// A number that takes a range.
pub trait Ranged {
    /// The greatest number that the type holds.
    const MOST: u32;

    /// Reads the next value into `self`, if it is a number of this range; `null` leaves the default.
    ///
    /// # Errors
    /// Invalid JSON.
    fn set<'a>(
        &mut self,
        range: RangeInclusive<u32>,
        reader: &mut Reader<'a>,
        faults: &mut Faults<'a>,
    ) -> Result<()>;
}

macro_rules! ranged {
    ($($number:ty)*) => {$(
        impl Ranged for $number {
            const MOST: u32 = Self::MAX as u32;

            fn set<'a>(
                &mut self,
                range: RangeInclusive<u32>,
                reader: &mut Reader<'a>,
                faults: &mut Faults<'a>,
            ) -> Result<()> {
                if !reader.null() && let Some(number) = faults.number(reader, range)? {
                    // No range goes beyond its type (`of_range`).
                    *self = number.try_into().unwrap_or(Self::MAX);
                }
                Ok(())
            }
        }
    )*};
}
ranged!(u16 u32);

impl<T: Ranged + Default> Ranged for Option<T> {
    const MOST: u32 = T::MOST;

    fn set<'a>(
        &mut self,
        range: RangeInclusive<u32>,
        reader: &mut Reader<'a>,
        faults: &mut Faults<'a>,
    ) -> Result<()> {
        if reader.null() {
            return Ok(());
        }
        self.get_or_insert_default().set(range, reader, faults)
    }
}
