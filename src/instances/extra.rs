//! The types that `instanceTypes.extra` adds or corrects, in the columns of the facts.

use super::{
    InstanceType,
    cell::{Cell, canonical},
    derived::{is_flex, takes_prefixes},
    table::{ABSENT, FACTS, TYPES},
};
use crate::json::{self, Map, Read, Reader};

/// The form of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A whole number.
    Number,
    /// A word.
    Word,
    /// `true` or `false`.
    Flag,
}

/// A value of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Number(u32),
    Word(String),
    None,
}

impl<'a> Read<'a> for Scalar {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        if reader.null() {
            return Ok(Self::None);
        }
        if reader.peek() == Some(b'"') {
            return reader.string().map(|word| Self::Word(word.into_owned()));
        }
        let start = *reader;
        match reader.skip()? {
            flag @ ("true" | "false") => Ok(Self::Word(flag.to_owned())),
            number => canonical(number)
                .map(Self::Number)
                .ok_or_else(|| start.unexpected("a whole number")),
        }
    }
}

/// A type of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    pub(super) name: String,
    /// The row of the table that it corrects.
    pub(super) base: Option<u16>,
    /// Position in `FACTS`, value.
    cells: Vec<(usize, Scalar)>,
}

impl<'a> Read<'a> for Extra {
    fn read(reader: &mut Reader<'a>) -> json::Result<Self> {
        let start = *reader;
        let map: Map<'a, Scalar> = Map::read(reader)?;
        let (mut name, mut cells) = (String::new(), Vec::new());
        for (key, value) in map.0 {
            match (FACTS.iter().position(|(fact, ..)| *fact == &*key), value) {
                (_, Scalar::None) => {}
                (None, Scalar::Word(word)) if &*key == "name" && is_word(&word) => name = word,
                (Some(at), value) if Self::fits(at, &value) => cells.push((at, value)),
                _ => return Err(start.unexpected("a type's facts")),
            }
        }
        if name.is_empty() {
            return Err(start.unexpected("a type with a name"));
        }
        let base = super::row(&name);
        Ok(Self { name, base, cells })
    }
}

/// Whether a text may be the name of a type or the value of a label, and be quoted as it is.
pub fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

impl Extra {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn fits(at: usize, value: &Scalar) -> bool {
        match (FACTS.get(at).map(|(_, form, _)| form), value) {
            (Some(Form::Number), Scalar::Number(_)) => true,
            (Some(Form::Word), Scalar::Word(word)) => is_word(word),
            (Some(Form::Flag), Scalar::Word(word)) => word == "true" || word == "false",
            _ => false,
        }
    }

    /// The value of the first given column of which name and label meet `predicate`.
    fn given(&self, predicate: impl Fn(&str, &str) -> bool) -> Option<&Scalar> {
        let mut cells = self.cells.iter();
        let meets =
            |at: usize| FACTS.get(at).is_some_and(|(fact, _, label)| predicate(fact, label));
        cells.find(|(at, _)| meets(*at)).map(|(_, value)| value)
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
