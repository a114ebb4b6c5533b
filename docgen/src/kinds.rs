//! The table of the kinds that the policy checks.

use eks_aiml_networking::view::{KINDS, Kind};

/// Describes how the policy treats objects of a kind.
fn done(kind: Kind) -> &'static str {
    match kind {
        kind if kind.is_mutated() => "checked and repaired",
        kind if kind.makes_pods() => "checked as its pods will be",
        _ => "checked",
    }
}

/// Returns a row for each group and each treatment of its kinds.
pub fn table() -> String {
    let mut rows: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for (group, name, _, kind) in KINDS {
        let name = format!("`{name}`");
        match rows.iter_mut().find(|(of, how, _)| of == group && *how == done(*kind)) {
            Some((.., names)) => names.push(name),
            None => rows.push((group, done(*kind), vec![name])),
        }
    }
    let mut out = "| API group | kinds | what the policy does |\n|--|--|--|\n".to_owned();
    for (group, how, names) in rows {
        let group = if group.is_empty() { "core".to_owned() } else { format!("`{group}`") };
        out += &format!("| {group} | {} | {how} |\n", names.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_in_it_once() {
        let table = table();
        for (group, name, ..) in KINDS {
            let of_group = |row: &&str| row.contains(&format!("| `{group}` |")) || group.is_empty();
            let rows = table.lines().filter(of_group);
            let found = rows.filter(|row| row.contains(&format!("`{name}`"))).count();
            assert_eq!(found, 1, "{name}");
        }
    }
}
