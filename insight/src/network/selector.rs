//! Which subnets an EC2NodeClass selects, and which of them lie in the zones of a NodePool.
//!
//! Source: aws/karpenter-provider-aws pkg/providers/subnet/subnet.go, `getFilterSets`: the terms are
//! filters of `DescribeSubnets`, in which `*` stands for anything and `?` for one character.

use serde_json::Value;

use super::aws;

/// A term of `subnetSelectorTerms`; a subnet is selected that meets one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// The subnet of this id.
    Id(String),
    /// Subnets with all of these tags.
    Tags(Vec<(String, String)>),
}

impl Term {
    /// Reads a term; nothing where it has neither.
    pub fn read(term: &Value) -> Option<Self> {
        if let Some(id) = term.get("id").and_then(Value::as_str) {
            return Some(Self::Id(id.to_owned()));
        }
        let tags = term.get("tags")?.as_object()?;
        let tag = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        Some(Self::Tags(tags.iter().filter_map(tag).collect()))
    }

    /// Whether a subnet meets it.
    pub fn selects(&self, subnet: &aws::Subnet) -> bool {
        match self {
            Self::Id(id) => subnet.id == *id,
            Self::Tags(tags) => tags.iter().all(|(key, wanted)| {
                subnet
                    .tags
                    .get(key)
                    .is_some_and(|value| matches(wanted.as_bytes(), value.as_bytes()))
            }),
        }
    }
}

/// Whether a text is what the value of a filter says.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| matches(rest, text)))
        }
        ([b'?', rest @ ..], [_, text @ ..]) => matches(rest, text),
        ([b'\\', one, rest @ ..], [other, text @ ..]) if one == other => matches(rest, text),
        ([one, rest @ ..], [other, text @ ..]) if one == other => matches(rest, text),
        _ => false,
    }
}

/// What a NodePool requires of the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zones {
    /// Whether it is zones' ids that are meant: `use1-az1`.
    by_id: bool,
    /// Whether these are the only ones, or all but these.
    only: bool,
    values: Vec<String>,
}

impl Zones {
    /// Reads a requirement; nothing where it is about something else.
    pub fn read(requirement: &Value) -> Option<Self> {
        let text = |name| requirement.get(name).and_then(Value::as_str);
        let by_id = match text("key")? {
            "topology.kubernetes.io/zone" | "failure-domain.beta.kubernetes.io/zone" => false,
            "topology.k8s.aws/zone-id" => true,
            _ => return None,
        };
        let only = match text("operator")? {
            "In" => true,
            "NotIn" => false,
            _ => return None,
        };
        let values = requirement.get("values").and_then(Value::as_array).into_iter().flatten();
        let values = values.filter_map(|value| value.as_str().map(str::to_owned)).collect();
        Some(Self { by_id, only, values })
    }

    /// Whether nodes may be in a zone; one that is not known may be any.
    pub fn take(&self, zone: &str, zone_id: &str) -> bool {
        let zone = if self.by_id { zone_id } else { zone };
        zone.is_empty() || self.values.iter().any(|value| value == zone) == self.only
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_wildcards() {
        for (pattern, text, expected) in [
            ("train", "train", true),
            ("train", "Train", false),
            ("*", "", true),
            ("*pods*", "train-pods-a", true),
            ("pods-?", "pods-a", true),
            ("pods-?", "pods-", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b", "a-c", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
