//! The types that `instanceTypes.extra` adds or corrects, in the columns of the facts.

use super::{
    InstanceType,
    cell::{Cell, canonical},
    table::TYPES,
};
use crate::json::{self, Map, Read, Reader};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A whole number.
    Number,
    /// A word.
    Word,
    /// `true` or `false`.
    Flag,
}

/// A column of the facts (tablegen/data/README.md) as the settings name it, its form, and the
/// label that carries it.
pub const FACTS: [(&str, Form, &str); 28] = [
    ("acceleratorCount", Form::Number, "instance-accelerator-count"),
    ("acceleratorManufacturer", Form::Word, "instance-accelerator-manufacturer"),
    ("acceleratorName", Form::Word, "instance-accelerator-name"),
    ("arch", Form::Word, "arch"),
    ("bareMetal", Form::Flag, ""),
    ("branchEnis", Form::Number, ""),
    ("category", Form::Word, "instance-category"),
    ("cpuManufacturer", Form::Word, "instance-cpu-manufacturer"),
    ("defaultCardEnis", Form::Number, ""),
    ("ebsBandwidthMbps", Form::Number, "instance-ebs-bandwidth"),
    ("efaInterfaces", Form::Number, "vpc.amazonaws.com/efa"),
    ("encryptionInTransit", Form::Flag, "instance-encryption-in-transit-supported"),
    ("family", Form::Word, "instance-family"),
    ("generation", Form::Number, "instance-generation"),
    ("gpuCount", Form::Number, "instance-gpu-count"),
    ("gpuManufacturer", Form::Word, "instance-gpu-manufacturer"),
    ("gpuMemoryMib", Form::Number, "instance-gpu-memory"),
    ("gpuName", Form::Word, "instance-gpu-name"),
    ("hypervisor", Form::Word, "instance-hypervisor"),
    ("ipv4PerEni", Form::Number, ""),
    ("localNvmeGib", Form::Number, "instance-local-nvme"),
    ("memoryMib", Form::Number, "instance-memory"),
    ("networkBandwidthMbps", Form::Number, "instance-network-bandwidth"),
    ("networkCards", Form::Number, ""),
    ("neuronDevices", Form::Number, "aws.amazon.com/neuron"),
    ("size", Form::Word, "instance-size"),
    ("trunking", Form::Flag, ""),
    ("vcpus", Form::Number, "instance-cpu"),
];

/// Labels of which an empty cell means "none" where the vCPUs are known.
const ABSENT: [&str; 9] = [
    "aws.amazon.com/neuron",
    "instance-accelerator-count",
    "instance-accelerator-manufacturer",
    "instance-accelerator-name",
    "instance-gpu-count",
    "instance-gpu-manufacturer",
    "instance-gpu-memory",
    "instance-gpu-name",
    "instance-local-nvme",
];

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

/// Whether a text may be the name of a type or the value of a label, and stand in a message as it is.
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

    fn given(&self, sort: impl Fn(&str, &str) -> bool) -> Option<&Scalar> {
        let mut cells = self.cells.iter();
        let fits = |at: usize| FACTS.get(at).is_some_and(|(fact, _, label)| sort(fact, label));
        cells.find(|(at, _)| fits(*at)).map(|(_, value)| value)
    }

    /// What is known of the label.
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
                Cell::Word(if family.contains("-flex") { "true" } else { "false" })
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
        let mut row = base.copied().unwrap_or(InstanceType::unknown(&self.name));
        let number = |fact: &str| match self.given(|name, _| name == fact) {
            Some(Scalar::Number(number)) => Some(*number),
            _ => None,
        };
        let word = |fact: &str| match self.given(|name, _| name == fact) {
            Some(Scalar::Word(word)) => Some(word.as_str()),
            _ => None,
        };
        row.2 = number("networkBandwidthMbps").unwrap_or(row.2);
        let wide = |fact: &str, known: &mut u16| {
            *known = number(fact)
                .map_or(*known, |n| u16::try_from(n).unwrap_or(u16::MAX).min(u16::MAX - 1));
        };
        wide("vcpus", &mut row.1);
        wide("branchEnis", &mut row.9);
        let narrow = |fact: &str, known: &mut u8| {
            *known = number(fact)
                .map_or(*known, |n| u8::try_from(n).unwrap_or(u8::MAX).min(u8::MAX - 1));
        };
        narrow("efaInterfaces", &mut row.3);
        narrow("gpuCount", &mut row.4);
        narrow("neuronDevices", &mut row.5);
        narrow("networkCards", &mut row.6);
        narrow("defaultCardEnis", &mut row.7);
        narrow("ipv4PerEni", &mut row.8);
        if word("trunking") == Some("false") {
            row.9 = 0;
        }
        row.10 = match (word("hypervisor"), word("bareMetal")) {
            (Some("nitro"), _) | (_, Some("true")) => 1,
            (Some(_), _) => 0,
            (None, _) => row.10,
        };
        row
    }
}
