//! The types that `instanceTypes.extra` adds or corrects, in the columns of the facts.

use std::ops::RangeInclusive;

use super::{
    COUNT, Catalog, InstanceType, Shape,
    cell::Cell,
    derived::is_flex,
    name::instance_type,
    table::{ABSENT, EXTRA, FACTS},
};
use crate::{
    form::{Faults, Field, Form, Key},
    json::{self, Reader},
    text::Quoted,
};

/// The form of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Number,
    /// A word.
    Word,
    /// `true` or `false`.
    Flag,
}

/// The numbers of a column; the greatest one is kept for "unknown".
const NUMBERS: RangeInclusive<u32> = 0..=u32::MAX - 1;

impl Kind {
    const fn form(self) -> Form {
        match self {
            Self::Number => Form::Number(NUMBERS),
            Self::Word => Form::String,
            Self::Flag => Form::Flag,
        }
    }
}

/// The keys of a type: its name, and a key for each column.
const KEYS: [Key; FACTS.len() + 1] = {
    let mut keys =
        [const { Key { name: "name", required: true, form: Form::String } }; FACTS.len() + 1];
    let (mut facts, mut rest) = (FACTS.as_slice(), keys.as_mut_slice());
    while let ([_, next @ ..], [(name, kind, _), more @ ..]) = (rest, facts) {
        if let [key, ..] = next {
            *key = Key { name, required: false, form: kind.form() };
        }
        (rest, facts) = (next, more);
    }
    keys
};

/// The columns whose 0 says that a type has none, and how the labels begin that it is without then.
const COUNTS: [(&str, &str); 4] = [
    ("acceleratorCount", "instance-accelerator-"),
    ("gpuCount", "instance-gpu-"),
    ("localNvmeGib", "instance-local-nvme"),
    ("neuronDevices", "aws.amazon.com/neuron"),
];

/// A value of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Number(u32),
    Word(String),
}

/// A type of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    pub(super) name: String,
    /// The row of the table that it corrects.
    pub(super) base: Option<u16>,
    /// Position in `FACTS`, value.
    cells: Vec<(usize, Scalar)>,
}

impl<'a> Field<'a> for Extra {
    const FORM: Form = Form::Object(&KEYS);
    const PLURAL: &'static str = "instance types";

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        let (is_object, mut named) = (reader.peek() == Some(b'{'), false);
        faults.object(reader, &mut |key, reader, faults| {
            let at = FACTS.iter().position(|(fact, ..)| *fact == &**key);
            let column = at.and_then(|at| Some((at, FACTS.get(at)?.1)));
            if column.is_none() && &**key != "name" {
                return faults.unknown(reader, key, &KEYS.map(|key| key.name));
            }
            if reader.null() {
                return Ok(());
            }
            let Some((at, column)) = column else {
                let name = word(reader, faults, &|name| instance_type(name).to_owned())?;
                // One that is wrong is not missing.
                named = name.as_deref() != Some("");
                self.name = name.unwrap_or_default();
                if self.name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    let fact = "EC2 writes the names of types in small letters";
                    faults.note(format!("{fact}, not {}", Quoted(&self.name)));
                }
                return Ok(());
            };
            let value = match column {
                Kind::Number => faults.number(reader, NUMBERS)?.map(Scalar::Number),
                Kind::Word => word(reader, faults, &as_label)?.map(Scalar::Word),
                Kind::Flag => {
                    let mut flag = false;
                    flag.read(reader, faults)?;
                    Some(Scalar::Word(flag.to_string()))
                }
            };
            self.cells.extend(value.map(|value| (at, value)));
            Ok(())
        })?;
        if is_object && !named {
            faults.missing("name");
        }
        self.base = super::row(&self.name);
        Ok(())
    }
}

/// Reads the name of a type or the value of a label, which messages show as it is.
fn word<'a>(
    reader: &mut Reader<'a>,
    faults: &mut Faults<'a>,
    spelled: &dyn Fn(&str) -> String,
) -> json::Result<Option<String>> {
    let Some(text) = faults.string(reader)? else { return Ok(None) };
    let word = spelled(&text);
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !word.bytes().all(is_part) {
        let what = "is not made of letters, digits, `-`, `_` and `.`";
        faults.note(format!("{} {what}", Quoted(&text)));
        return Ok(None);
    }
    Ok(Some(word))
}

/// What EC2 says of a type, as a label spells it: `Radeon Pro V520` is `radeon-pro-v520`
/// (aws/karpenter-provider-aws pkg/providers/instancetype/types.go, lowerKabobCase), `x86_64` is
/// `amd64` (pkg/apis/v1/labels.go, AWSToKubeArchitectures).
fn as_label(said: &str) -> String {
    match said {
        "x86_64" => "amd64".to_owned(),
        _ => said.to_ascii_lowercase().replace(' ', "-"),
    }
}

impl<'a> Field<'a> for Catalog {
    const FORM: Form = Form::List(&Extra::FORM);

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        let (mut types, mut count): (Vec<Extra>, usize) = (Vec::new(), 0);
        faults.list(reader, Extra::PLURAL, &mut |reader, faults| {
            let mut one = Extra::default();
            one.read(reader, faults)?;
            count += 1;
            let is_same = |other: &Extra| !one.name.is_empty() && other.name == one.name;
            if types.iter().any(is_same) {
                faults.note_at("name", format!("{} is listed twice", Quoted(&one.name)));
            } else if types.len() < usize::from(EXTRA) {
                types.push(one);
            }
            Ok(())
        })?;
        if count > usize::from(EXTRA) {
            faults.note(format!("there is room for {EXTRA} types, not for {count}"));
        }
        *self = Self::with(types, self.releases);
        Ok(())
    }
}

impl Extra {
    /// The value of the column for whose name and label `predicate` holds; of two the last one.
    fn given(&self, predicate: impl Fn(&str, &str) -> bool) -> Option<&Scalar> {
        let mut cells = self.cells.iter().rev();
        let fits = |at: usize| FACTS.get(at).is_some_and(|(fact, _, label)| predicate(fact, label));
        cells.find(|(at, _)| fits(*at)).map(|(_, value)| value)
    }

    /// Whether the settings say that the type has none of what a label is about: its count is 0,
    /// and nothing else is said of it. A type with a part of a GPU has a maker, and the count 0.
    fn has_none(&self, label: &str) -> bool {
        let of_label = |(_, group): &&(&str, &str)| label.starts_with(group);
        COUNTS.iter().find(of_label).is_some_and(|(count, group)| {
            self.given(|fact, _| fact == *count) == Some(&Scalar::Number(0))
                && self.given(|fact, of| fact != *count && of.starts_with(group)).is_none()
        })
    }

    /// The type's value of a label.
    pub(super) fn cell(&self, label: &str) -> Cell<'_> {
        if ABSENT.contains(&label) && self.has_none(label) {
            // Of a part of a GPU the table has the maker.
            let is_part = |row: &u16| Shape::of(*row).gpu_count == 0;
            let base = self.base.filter(|row| label.starts_with("instance-gpu-") && is_part(row));
            return base.map_or(Cell::Absent, Cell::Base);
        }
        match self.given(|_, of| of == label) {
            Some(Scalar::Number(number)) => return Cell::Number(*number),
            Some(Scalar::Word(word)) => return Cell::Word(word),
            _ => {}
        }
        if let Some(base) = self.base {
            return Cell::Base(base);
        }
        let (family, size) = self.name.split_once('.').unwrap_or((&self.name, ""));
        match label {
            "instance-family" => Cell::Word(family),
            "instance-size" => Cell::Word(size),
            "instance-capability-flex" => {
                Cell::Word(if is_flex(family) { "true" } else { "false" })
            }
            // A missing fact proves nothing: the type may be newer than the table.
            _ => Cell::Unknown,
        }
    }

    /// The type.
    pub(super) fn row(&self) -> InstanceType<'_> {
        InstanceType { row: self.base.unwrap_or(COUNT), given: Some(self) }
    }

    /// The number that the settings give for a fact.
    #[cold]
    pub(super) fn number(&self, fact: &str) -> Option<u32> {
        match self.given(|name, _| name == fact) {
            Some(Scalar::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// The word that they give for it.
    #[cold]
    pub(super) fn word(&self, fact: &str) -> Option<&str> {
        match self.given(|name, _| name == fact) {
            Some(Scalar::Word(word)) => Some(word),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_its_name_and_a_key_for_each_column() {
        let keys: Vec<_> = KEYS.iter().map(|key| (key.name, key.required)).collect();
        let columns = FACTS.iter().map(|(fact, ..)| (*fact, false));
        assert_eq!(keys, [("name", true)].into_iter().chain(columns).collect::<Vec<_>>());
    }
}
