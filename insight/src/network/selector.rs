//! Matches subnets against an EC2NodeClass and the zones of a NodePool.
//!
//! Source: aws/karpenter-provider-aws pkg/providers/subnet/subnet.go, `getFilterSets`: the terms are
//! filters of `DescribeSubnets`, in which `*` stands for anything and `?` for one character.

use serde_json::Value;

use super::aws;

/// A term of `subnetSelectorTerms`; a subnet that meets one term is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// The subnet with this id.
    Id(String),
    /// Subnets with all of these tags.
    Tags(Vec<(String, String)>),
}

impl Term {
    /// Reads a term; `None` if it has neither.
    pub fn read(term: &Value) -> Option<Self> {
        if let Some(id) = term.get("id").and_then(Value::as_str) {
            return Some(Self::Id(id.to_owned()));
        }
        let tags = term.get("tags")?.as_object()?;
        let tag = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
        Some(Self::Tags(tags.iter().filter_map(tag).collect()))
    }

    /// `true` if a subnet meets it.
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

/// `true` if a text matches the value of a filter.
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

/// The requirement of a NodePool on the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zones {
    /// `true` if the values are zone ids, for example `use1-az1`.
    by_id: bool,
    /// `true` if only these zones are allowed, `false` if all others are.
    only: bool,
    values: Vec<String>,
}

impl Zones {
    /// Reads a requirement; `None` if it is about something else.
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

    /// `true` if nodes can be in a zone; an unknown zone always matches.
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
