//! Finds variables that a template leaves to `envsubst`: `$NUM_NODES`, `${NUM_NODES}`. Whatever depends on
//! an unfilled variable is unknown.

/// The first variable in a text that is not filled in.
pub fn variable(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = rest.get(at..)?;
        let name = rest.get(1..)?;
        let (inner, closing) = match name.strip_prefix('{') {
            Some(inner) => (inner, "}"),
            None => (name, ""),
        };
        let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let length = inner.bytes().take_while(|byte| is_name(*byte)).count();
        let begins =
            inner.bytes().next().is_some_and(|byte| is_name(byte) && !byte.is_ascii_digit());
        let (_, after) = inner.split_at_checked(length)?;
        if begins && after.starts_with(closing) {
            return rest.get(..1 + (name.len() - inner.len()) + length + closing.len());
        }
        rest = name;
    }
    None
}

/// `true` if the value at a place is for a shell, which fills in variables itself.
pub fn is_for_shell(pointer: &str) -> bool {
    pointer.split('/').any(|segment| matches!(segment, "command" | "args" | "env"))
}

/// `true` if a rule may depend on the value at a place.
pub fn is_judged(pointer: &str) -> bool {
    const JUDGED: [&str; 7] = [
        "affinity",
        "completions",
        "nodeSelector",
        "parallelism",
        "replicas",
        "requirements",
        "resources",
    ];
    !is_for_shell(pointer) && pointer.split('/').any(|segment| JUDGED.contains(&segment))
}

/// The remedy for unfilled variables.
pub fn remedy<'n>(variables: impl IntoIterator<Item = &'n str>, file: Option<&str>) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in variables.into_iter().map(|name| format!("`{name}`")) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let verb = if names.len() == 1 { "is" } else { "are" };
    let names = names.join(", ");
    match file {
        Some(file) => format!("{names} {verb} not set; run `envsubst < {file} | admit -`"),
        None => format!("{names} {verb} not set; run `envsubst` first"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found() {
        for (text, expected) in [
            ("$NUM_NODES", Some("$NUM_NODES")),
            ("a-${INSTANCE_TYPE}-b", Some("${INSTANCE_TYPE}")),
            ("$$ $1 ${A", None),
            ("$(KUBERNETES)", None),
            ("${a} $B", Some("$B")),
            ("10$", None),
        ] {
            assert_eq!(variable(text), expected, "{text}");
        }
    }
}
