//! Puts a variable that an update removed and a repair restores into its old position.

use crate::{
    finding::Edit,
    json::{self, Read, Reader, Text},
};

/// The edit, changed so that an appended variable goes where it was before the update. `kubectl set env
/// aws-node X-` removes it; in another position it would change the template, and restart the pods,
/// whenever the manifest is applied again.
pub fn kept(edit: &Edit, object: &str, old: &str) -> Option<Edit> {
    let Edit::Set { place, json } = edit else { return None };
    let list = place.strip_suffix("/-").filter(|list| list.ends_with("/env"))?;
    let names = |object| -> Option<Vec<Text<'_>>> {
        let items = json::members(json::at(object, list)?);
        Some(items.into_iter().map(|(_, item)| name(item)).collect())
    };
    let (before, now) = (names(old)?, names(object)?);
    let own = name(json);
    let mut behind = before.iter().skip_while(|name| **name != own).skip(1);
    let at = behind.find_map(|next| now.iter().position(|name| name == next))?;
    Some(Edit::Insert { place: json::join(list, &at.to_string()), json: json.clone() })
}

#[derive(Default)]
struct Variable<'a> {
    name: Text<'a>,
}

json::readable! {
    Variable<'a> { "name" => name }
}

fn name(item: &str) -> Text<'_> {
    Variable::read(&mut Reader::new(item)).unwrap_or_default().name
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn env(names: &[&str]) -> String {
        let items: Vec<String> = names.iter().map(|n| format!(r#"{{"name": "{n}"}}"#)).collect();
        format!(r#"{{"c": [{{"env": [{}]}}]}}"#, items.join(", "))
    }

    #[rstest]
    #[case::between(&["a", "x", "b"], &["a", "b"], Some("/c/0/env/1"))]
    #[case::at_the_start(&["x", "a"], &["a"], Some("/c/0/env/0"))]
    #[case::its_neighbour_is_gone(&["a", "x", "b", "c"], &["a", "c"], Some("/c/0/env/1"))]
    #[case::at_the_end(&["a", "x"], &["a"], None)]
    #[case::it_was_not_there(&["a", "b"], &["a", "b"], None)]
    fn a_variable_comes_back_to_its_place(
        #[case] old: &[&str],
        #[case] now: &[&str],
        #[case] place: Option<&str>,
    ) {
        let json = r#"{"name":"x","value":"1"}"#.to_owned();
        let append = Edit::Set { place: "/c/0/env/-".to_owned(), json: json.clone() };
        let expected = place.map(|place| Edit::Insert { place: place.to_owned(), json });
        assert_eq!(kept(&append, &env(now), &env(old)), expected);
    }
}
