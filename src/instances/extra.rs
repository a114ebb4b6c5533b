//! The types that `instanceTypes.extra` adds or corrects, in the columns of the facts.

use std::{borrow::Cow, ops::RangeInclusive};

use super::{
    Catalog, InstanceType,
    cell::Cell,
    derived::{is_flex, takes_prefixes},
    table::{ABSENT, EXTRA, FACTS, TYPES},
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

/// What a column of numbers takes; the greatest one is kept for "unknown".
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
                let name = word(reader, faults)?;
                // One that is wrong is not missing.
                named = name.as_deref() != Some("");
                self.name = name.unwrap_or_default();
                return Ok(());
            };
            let value = match column {
                Kind::Number => faults.number(reader, NUMBERS)?.map(Scalar::Number),
                Kind::Word => word(reader, faults)?.map(Scalar::Word),
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
fn word<'a>(reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<Option<String>> {
    let word = faults.string(reader)?;
    let is_word = |word: &str| {
        word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    if let Some(word) = word.as_deref().filter(|word| !is_word(word)) {
        let what = "is not made of letters, digits, `-`, `_` and `.`";
        faults.note(format!("{} {what}", Quoted(word)));
        return Ok(None);
    }
    Ok(word.map(Cow::into_owned))
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

    /// The type's value of a label.
    pub(super) fn cell(&self, label: &str) -> Cell<'_> {
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
            _ if ABSENT.contains(&label) && self.given(|fact, _| fact == "vcpus").is_some() => {
                Cell::Absent
            }
            _ => Cell::Unknown,
        }
    }

    /// The type's row.
    pub(super) fn row(&self) -> InstanceType<'_> {
        let base = self.base.and_then(|row| TYPES.get(usize::from(row)));
        let base = base.copied().unwrap_or(InstanceType::unknown(&self.name));
        let number = |fact: &str| match self.given(|name, _| name == fact) {
            Some(Scalar::Number(number)) => Some(*number),
            _ => None,
        };
        let word = |fact: &str| match self.given(|name, _| name == fact) {
            Some(Scalar::Word(word)) => Some(word.as_str()),
            _ => None,
        };
        // The greatest number of a field means "unknown".
        let wide = |fact: &str, known: u16| {
            number(fact).map_or(known, |n| u16::try_from(n).unwrap_or(u16::MAX).min(u16::MAX - 1))
        };
        let narrow = |fact: &str, known: u8| {
            number(fact).map_or(known, |n| u8::try_from(n).unwrap_or(u8::MAX).min(u8::MAX - 1))
        };
        let bandwidth = number("networkBandwidthMbps").unwrap_or(base.network_bandwidth_mbps);
        let branch_enis = match word("trunking") {
            Some("false") => 0,
            _ => wide("branchEnis", base.branch_enis),
        };
        let prefixes = takes_prefixes(word("hypervisor"), word("bareMetal") == Some("true"));
        InstanceType {
            name: base.name,
            vcpus: wide("vcpus", base.vcpus),
            memory_mib: number("memoryMib").unwrap_or(base.memory_mib),
            network_bandwidth_mbps: bandwidth,
            efa_interfaces: narrow("efaInterfaces", base.efa_interfaces),
            gpu_count: narrow("gpuCount", base.gpu_count),
            neuron_devices: narrow("neuronDevices", base.neuron_devices),
            network_cards: narrow("networkCards", base.network_cards),
            default_card_enis: narrow("defaultCardEnis", base.default_card_enis),
            ipv4_per_eni: narrow("ipv4PerEni", base.ipv4_per_eni),
            branch_enis,
            takes_prefixes: prefixes.map_or(base.takes_prefixes, u8::from),
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
