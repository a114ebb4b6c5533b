//! The form of the settings, as data: what is checked, and in the words in which it is reported.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::{error::Fault, finding::RuleInfo};

/// A key of an object, and what it holds.
struct Key {
    name: &'static str,
    node: Node,
}

enum Node {
    Bool,
    Number(RangeInclusive<u16>),
    OneOf(&'static [&'static str]),
    /// A map from rule ids to actions.
    Rules,
    Object(&'static [Key]),
}

const ACTIONS: &[&str] = &["off", "warn", "deny", "fix"];

/// What `prefixDelegation.warmPrefixTarget` may be: 0 is what the CNI does not support.
pub const WARM_PREFIX_TARGETS: RangeInclusive<u16> = 1..=1024;

/// All settings, sorted by name.
const SETTINGS: &[Key] = &[
    Key {
        name: "instanceTypes",
        node: Node::Object(&[Key { name: "unknown", node: Node::OneOf(&["off", "warn", "deny"]) }]),
    },
    Key { name: "mutate", node: Node::Bool },
    Key {
        name: "prefixDelegation",
        node: Node::Object(&[Key {
            name: "warmPrefixTarget",
            node: Node::Number(WARM_PREFIX_TARGETS),
        }]),
    },
    Key { name: "rules", node: Node::Rules },
];

/// Every fault of `settings`, in the order of their paths.
pub fn faults(settings: &Value, rules: &[RuleInfo]) -> Vec<Fault> {
    let mut check = Check { rules, faults: Vec::new() };
    check.node(&Node::Object(SETTINGS), "", settings);
    check.faults
}

struct Check<'r> {
    rules: &'r [RuleInfo],
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn node(&mut self, node: &Node, path: &str, value: &Value) {
        match (node, value) {
            (_, Value::Null) | (Node::Bool, Value::Bool(_)) => {}
            (Node::Number(range), Value::Number(number))
                if number
                    .as_u64()
                    .and_then(|n| u16::try_from(n).ok())
                    .is_some_and(|n| range.contains(&n)) => {}
            (Node::OneOf(known), Value::String(word)) => self.one_of(path, word, known),
            (Node::Object(keys), Value::Object(members)) => {
                for (name, member) in sorted(members) {
                    let path = join(path, name);
                    match keys.iter().find(|key| key.name == name) {
                        Some(key) => self.node(&key.node, &path, member),
                        None => {
                            let known: Vec<_> = keys.iter().map(|key| key.name).collect();
                            self.fault(&path, format!("unknown key; {}", suggest(name, &known)));
                        }
                    }
                }
            }
            (Node::Rules, Value::Object(members)) => {
                for (id, action) in sorted(members) {
                    self.rule(&join(path, id), id, action);
                }
            }
            (node, value) => self.fault(path, format!("must be {}, not {value}", expected(node))),
        }
    }

    fn rule(&mut self, path: &str, id: &str, action: &Value) {
        let Some(rule) = self.rules.iter().find(|rule| rule.id == id) else {
            let known: Vec<_> = self.rules.iter().map(|rule| rule.id).collect();
            return self.fault(path, format!("no rule has this id; {}", suggest(id, &known)));
        };
        if action == "fix" && !rule.fixes {
            let what = "this rule has no certain remedy, so it can't be `fix`; use `off`, `warn` or `deny`";
            return self.fault(path, what.to_owned());
        }
        match action {
            Value::String(word) => self.one_of(path, word, ACTIONS),
            value => {
                self.fault(
                    path,
                    format!("must be {}, not {value}", expected(&Node::OneOf(ACTIONS))),
                );
            }
        }
    }

    fn one_of(&mut self, path: &str, word: &str, known: &[&str]) {
        if !known.contains(&word) {
            let near = nearest(word, known).map(|near| format!("; did you mean `{near}`?"));
            self.fault(
                path,
                format!("`{word}` is not one of {}{}", listed(known), near.unwrap_or_default()),
            );
        }
    }

    fn fault(&mut self, path: &str, what: String) {
        self.faults.push(Fault { path: path.to_owned(), what });
    }
}

fn sorted(members: &serde_json::Map<String, Value>) -> Vec<(&str, &Value)> {
    let mut members: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value)).collect();
    members.sort_by_key(|(name, _)| *name);
    members
}

fn expected(node: &Node) -> String {
    match node {
        Node::Bool => "`true` or `false`".to_owned(),
        Node::Number(range) => format!("a whole number from {} to {}", range.start(), range.end()),
        Node::OneOf(known) => format!("one of {}", listed(known)),
        Node::Rules => "a map from rule ids to actions".to_owned(),
        Node::Object(_) => "an object".to_owned(),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn suggest(word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(
        || format!("known are {}", listed(known)),
        |near| format!("did you mean `{near}`?"),
    )
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The known word that is near enough to be a slip of the pen.
fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|known| (strsim::levenshtein(word, known), *known))
        .filter(|(distance, known)| *distance * 3 <= known.len().max(3))
        .min()
        .map(|(_, known)| known)
}
