//! JSON with the order of its keys, including duplicates, and the digits of its numbers. `serde_json` has
//! features for that, but no test should depend on features that other crates turn on.

/// A value.
#[derive(Debug, PartialEq, Eq)]
pub enum Node {
    /// Its members in their order.
    Object(Vec<(String, Node)>),
    /// Its items.
    List(Vec<Node>),
    /// A string with its escapes resolved, or anything else as it is written.
    Leaf(String),
}

/// Parses a whole text.
///
/// # Panics
/// If the text is not JSON.
pub fn parse(text: &str) -> Node {
    let mut rest = text;
    let node = value(&mut rest);
    assert_eq!(rest.trim_start(), "", "something follows in {text}");
    node
}

fn value(rest: &mut &str) -> Node {
    match rest.trim_start().chars().next() {
        Some('{') => {
            let mut members = Vec::new();
            items(rest, '}', |rest| {
                let Node::Leaf(key) = value(rest) else { panic!("no key at {rest}") };
                take(rest, ':');
                members.push((key, value(rest)));
            });
            Node::Object(members)
        }
        Some('[') => {
            let mut list = Vec::new();
            items(rest, ']', |rest| list.push(value(rest)));
            Node::List(list)
        }
        _ => {
            let mut values =
                serde_json::Deserializer::from_str(rest).into_iter::<serde::de::IgnoredAny>();
            values.next().unwrap().unwrap();
            let (leaf, after) = rest.split_at(values.byte_offset());
            *rest = after;
            let leaf = leaf.trim();
            Node::Leaf(serde_json::from_str(leaf).unwrap_or_else(|_| leaf.to_owned()))
        }
    }
}

fn items(rest: &mut &str, end: char, mut item: impl FnMut(&mut &str)) {
    *rest = rest.trim_start().strip_prefix(['{', '[']).unwrap();
    while !rest.trim_start().starts_with(end) {
        item(rest);
        *rest = rest.trim_start();
        *rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    take(rest, end);
}

fn take(rest: &mut &str, expected: char) {
    *rest = rest.trim_start().strip_prefix(expected).unwrap();
}

/// The places at which two values differ; an object itself, if its remaining keys are in another order.
pub fn differences(before: &Node, after: &Node) -> Vec<String> {
    let mut places = Vec::new();
    compare("", before, after, &mut places);
    places
}

fn compare(place: &str, before: &Node, after: &Node, places: &mut Vec<String>) {
    let at = |key: &str| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
    match (before, after) {
        (Node::Object(before), Node::Object(after)) => {
            let in_both = |one: &[(String, Node)], other: &[(String, Node)]| -> Vec<String> {
                let keys = one.iter().map(|(key, _)| key.clone());
                keys.filter(|key| other.iter().any(|(name, _)| name == key)).collect()
            };
            // New members must come after the old ones.
            let kept = in_both(before, after);
            if kept != in_both(after, before)
                || kept.iter().zip(after).any(|(key, (name, _))| key != name)
            {
                places.push(place.to_owned());
            }
            for (key, value) in before {
                match after.iter().find(|(name, _)| name == key) {
                    Some((_, other)) => compare(&at(key), value, other, places),
                    None => places.push(at(key)),
                }
            }
            places.extend(
                after.iter().filter(|(key, _)| !kept.contains(key)).map(|(key, _)| at(key)),
            );
        }
        (Node::List(before), Node::List(after)) => {
            for index in 0..before.len().max(after.len()) {
                let place = at(&index.to_string());
                match (before.get(index), after.get(index)) {
                    (Some(one), Some(other)) => compare(&place, one, other, places),
                    _ => places.push(place),
                }
            }
        }
        (one, other) if one == other => {}
        _ => places.push(place.to_owned()),
    }
}
