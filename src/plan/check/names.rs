//! Looks up VPCs and subnets by name.

use std::fmt::Write as _;

use crate::{
    json::Text,
    plan::{Item, space::Listed},
    sort::order,
    text::{Quoted, suggest},
};

use super::Faults;

/// Above this number, no similar name is suggested, because every name would have to be compared.
const MAX_COMPARED: usize = 20;

/// The items of a list by their names.
#[derive(Debug)]
pub struct Names<'n, T> {
    items: &'n [Item<T>],
    sorted: Sorted<'n>,
}

impl<'n, T> Names<'n, T> {
    /// The names of a list; a missing name and a name used twice are errors.
    pub fn of(
        list: &str,
        items: &'n [Item<T>],
        name: impl Fn(&'n T) -> &'n Text<'n>,
        faults: &mut Faults,
    ) -> Self {
        let names: Vec<Option<&str>> =
            items.iter().map(|item| item.0.as_ref().map(|item| &**name(item))).collect();
        Self { items, sorted: Sorted::of(list, &names, faults) }
    }

    /// The item of this name; `None` if it may be one that could not be read.
    ///
    /// # Errors
    /// If no item has the name; `what` is the kind of the items.
    pub fn find(&self, name: &str, what: &str) -> Result<Option<Listed<'n, T>>, String> {
        let position = self.sorted.position(name, what)?;
        Ok(position.and_then(|position| {
            let item = self.items.get(position)?.0.as_ref()?;
            Some(Listed { position, item })
        }))
    }
}

/// The names of a list, sorted, with their positions.
#[derive(Debug)]
struct Sorted<'n> {
    names: Vec<(&'n str, usize)>,
    /// `true` if some items could not be read, which may have other names.
    more: bool,
}

impl<'n> Sorted<'n> {
    fn of(list: &str, names: &[Option<&'n str>], faults: &mut Faults) -> Self {
        let order = order(names.len(), &mut |a, b| names.get(*a).cmp(&names.get(*b)));
        let mut sorted: Vec<(&str, usize)> = Vec::with_capacity(names.len());
        for at in order {
            let Some(name) = names.get(at).copied().flatten() else { continue };
            let what = match sorted.last() {
                _ if name.is_empty() => "is missing; others refer to it by its name".to_owned(),
                Some((other, first)) if *other == name => format!(
                    "{} is the name of `network.{list}[{first}]` too; give each its own",
                    Quoted(name)
                ),
                _ => {
                    sorted.push((name, at));
                    continue;
                }
            };
            faults.add(format_args!("{list}[{at}].name"), what);
        }
        Self { names: sorted, more: names.iter().any(Option::is_none) }
    }

    fn position(&self, name: &str, what: &str) -> Result<Option<usize>, String> {
        if name.is_empty() {
            return Err(format!("is missing; write the name of a {what}"));
        }
        let at = self.names.partition_point(|(known, _)| *known < name);
        match self.names.get(at) {
            Some((known, found)) if *known == name => Ok(Some(*found)),
            _ if self.more => Ok(None),
            _ => Err(self.unknown(name, what)),
        }
    }

    #[cold]
    fn unknown(&self, name: &str, what: &str) -> String {
        let known: Vec<&str> = self.names.iter().map(|(name, _)| *name).collect();
        let remedy = match known.len() {
            0 => format!("name one in `network.{}s`", what.to_ascii_lowercase()),
            1..=MAX_COMPARED => suggest(name, &known),
            _ => format!("known are {}", first_of(known.into_iter())),
        };
        format!("no {what} has the name {}; {remedy}", Quoted(name))
    }
}

/// The first few of some texts in backticks, and how many more there are.
pub fn first_of<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> String {
    const SHOWN: usize = 3;
    let more = texts.len().saturating_sub(SHOWN);
    let mut out = String::new();
    for text in texts.take(SHOWN) {
        // Writing to a string can't fail.
        let _ = write!(out, "{}{}", if out.is_empty() { "" } else { ", " }, Quoted(text));
    }
    if more > 0 {
        let _ = write!(out, " and {more} more");
    }
    out
}
