//! Finds values that no node has, of labels whose values are known.
//!
//! Sources: kubernetes-sigs/karpenter pkg/apis/v1/labels.go and nodeclaim_validation.go;
//! aws/karpenter-provider-aws pkg/apis/v1/labels.go and pkg/providers/instancetype/types.go, which
//! writes names in lower case.

use crate::{
    instances::Catalog,
    json::Text,
    nodes::Key,
    text::{Quoted, listed, nearest},
};

/// Labels with few values, all of which are known.
const CLOSED: [(&str, &[&str]); 6] = [
    ("beta.kubernetes.io/arch", &["amd64", "arm64"]),
    ("karpenter.k8s.aws/instance-tenancy", &["dedicated", "default"]),
    ("karpenter.sh/capacity-type", &["on-demand", "reserved", "spot"]),
    ("kubernetes.io/arch", &["amd64", "arm64"]),
    ("kubernetes.io/os", &["linux", "windows"]),
    ("topology.k8s.aws/zone-type", &["availability-zone", "local-zone"]),
];

/// Labels with which Karpenter refuses a NodePool if it knows none of their values.
const CHECKED: [&str; 2] = ["karpenter.k8s.aws/instance-tenancy", "karpenter.sh/capacity-type"];

/// A value that no node has.
pub struct Unknown<'v> {
    pub value: &'v str,
    /// The remedy.
    pub remedy: String,
}

/// The first of these values that no node has under this label; `None` if one of them exists, or may
/// come with a newer type.
pub fn unknown<'v>(key: &str, values: &'v [Text<'_>], catalog: &Catalog) -> Option<Unknown<'v>> {
    if let Some(known) = closed(key) {
        let unknown = || values.iter().filter(|value| !known.contains(&&***value));
        let slip = unknown().find_map(|value| Some((value, nearest(value, known)?)));
        if let Some((value, near)) = slip {
            return Some(Unknown { value, remedy: format!("did you mean `{near}`?") });
        }
        // Next to a known value, others may be for nodes of another cloud.
        let of_others = !CHECKED.contains(&key) && unknown().count() < values.len();
        let value = unknown().next().filter(|_| !of_others)?;
        return Some(Unknown { value, remedy: format!("use {}", listed(known)) });
    }
    let label = Key::of(key, catalog)?.label?;
    values.iter().find_map(|value| {
        let has = |value: &str| !label.with(value).is_empty();
        if has(value) {
            return None;
        }
        let lower = value.to_ascii_lowercase();
        let remedy = if has(&lower) {
            format!("did you mean `{lower}`?")
        } else if let Some((family, size)) = of_type(&lower, catalog) {
            match label.name() {
                "instance-family" => format!("use `{family}`"),
                "instance-size" => format!("use `{size}`"),
                _ => return None,
            }
        } else if label.name() == "instance-category" {
            // A category is the letters at the beginning of a type's name.
            let is_one = (1..=4).contains(&value.len()) && &*lower != "gpu";
            let is_one = is_one && value.bytes().all(|byte| byte.is_ascii_lowercase());
            if is_one {
                return None;
            }
            "use the letters that type names begin with, for example `g`, `p` or `trn`".to_owned()
        } else if label.name() == "instance-family" {
            let begins = |family: &&&str| {
                family.strip_prefix(&**value).is_some_and(|rest| rest.starts_with(['-', 'e']))
            };
            let families: Vec<&str> = label.words().iter().filter(begins).copied().collect();
            let dashed = families.iter().any(|family| family.contains('-'));
            if families.is_empty() || !dashed {
                return None;
            }
            format!("use {}", listed(&families))
        } else {
            return None;
        };
        Some(Unknown { value, remedy })
    })
}

/// The family and the size of a known type.
fn of_type<'n>(name: &'n str, catalog: &Catalog) -> Option<(&'n str, &'n str)> {
    catalog.row(name)?;
    name.split_once('.')
}

/// `true` if a NodePool that requires these values of the label is never ready, because Karpenter knows
/// none of them.
pub fn makes_invalid(key: &str, values: &[Text<'_>]) -> bool {
    let known = closed(key).filter(|_| CHECKED.contains(&key)).unwrap_or_default();
    !known.is_empty() && !values.is_empty() && values.iter().all(|value| !known.contains(&&**value))
}

fn closed(key: &str) -> Option<&'static [&'static str]> {
    CLOSED.iter().find(|(known, _)| *known == key).map(|(_, values)| *values)
}

/// The problem with a value, in words.
pub fn words(key: &str, unknown: &Unknown<'_>) -> String {
    format!("no node has the value {} of {}", Quoted(unknown.value), Quoted(key))
}
