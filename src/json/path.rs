//! Places as people of Kubernetes write them.

use std::fmt::Write as _;

use super::{Text, members, segments};

/// `spec.containers[train].resources.limits[vpc.amazonaws.com/efa]`: where a JSON Pointer points in an
/// object. An item is named by its `name`, where it has a plain one, else by its position; what is
/// to be appended, by nothing.
pub fn path(object: &str, pointer: &str) -> String {
    let mut out = String::with_capacity(pointer.len());
    let mut value = Some(object.trim_ascii_start());
    for segment in segments(pointer) {
        let within = value.map(members).unwrap_or_default();
        let inner = within.into_iter().rfind(|(key, _)| *key == segment).map(|(_, inner)| inner);
        let is_list = value.is_some_and(|value| value.starts_with('['));
        let name = inner.filter(|_| is_list).and_then(name);
        match &*segment {
            "-" => out.push_str("[]"),
            key if is_list => push_key(&mut out, name.as_deref().unwrap_or(key)),
            key if is_word(key) => {
                out.push_str(if out.is_empty() { "" } else { "." });
                out.push_str(key);
            }
            key => push_key(&mut out, key),
        }
        value = inner;
    }
    out
}

/// The name of an item, where it can't be taken for anything else.
fn name(item: &str) -> Option<String> {
    let (_, name) = members(item).into_iter().rfind(|(key, _)| key == "name")?;
    let Text(name) = Text::of(name).ok()?;
    (is_plain(&name) && !name.bytes().all(|byte| byte.is_ascii_digit())).then(|| name.into_owned())
}

fn push_key(out: &mut String, key: &str) {
    if is_plain(key) {
        // A string takes all that it has memory for.
        let _ = write!(out, "[{key}]");
    } else {
        let _ = write!(out, "[{key:?}]");
    }
}

fn is_word(key: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    key.bytes().next().is_some_and(letter)
        && key.bytes().all(|byte| letter(byte) || byte.is_ascii_digit() || byte == b'-')
}

fn is_plain(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._/-:".contains(&byte);
    !key.is_empty() && key.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_people_write_it() {
        let object = r#"{"spec": {
            "containers": [{"name": "train", "resources": {"limits": {"vpc.amazonaws.com/efa": 4}}, "env": [{"name": "A"}, {"name": "]: x"}]}],
            "args": ["x"], "items": [{"name": "0"}]
        }}"#;
        for (pointer, expected) in [
            ("", ""),
            ("/spec", "spec"),
            (
                "/spec/containers/0/resources/limits/vpc.amazonaws.com~1efa",
                "spec.containers[train].resources.limits[vpc.amazonaws.com/efa]",
            ),
            ("/spec/containers/0/env/0/value", "spec.containers[train].env[A].value"),
            ("/spec/containers/0/env/1", "spec.containers[train].env[1]"),
            ("/spec/containers/0/env/-", "spec.containers[train].env[]"),
            ("/spec/args/0", "spec.args[0]"),
            ("/spec/items/0", "spec.items[0]"),
            ("/spec/absent/3/deep", "spec.absent[3].deep"),
            ("/spec/nodeSelector/a\"\nb", r#"spec.nodeSelector["a\"\nb"]"#),
        ] {
            assert_eq!(path(object, pointer), expected, "{pointer}");
        }
    }
}
