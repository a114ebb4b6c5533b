//! The names of VPCs and subnets, by which others refer to them.

use std::fmt::Write as _;

use crate::{
    error::Fault,
    json::Text,
    plan::Item,
    sort::order,
    text::{Quoted, suggest},
};

/// Up to so many names, the nearest one is looked for where one is not known: every name is
/// compared for that.
const FEW: usize = 20;

/// The names of a list, sorted, with their positions.
pub struct Names<'n> {
    sorted: Vec<(&'n str, usize)>,
    /// Whether there are items that could not be read, which may have other names.
    more: bool,
}

impl<'n> Names<'n> {
    /// The names of a list; that one is missing, or comes twice, is a fault.
    pub fn of<'a: 'n, T>(
        list: &str,
        items: &'n [Item<T>],
        name: impl Fn(&'n T) -> &'n Text<'a>,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let names: Vec<Option<&str>> =
            items.iter().map(|item| item.0.as_ref().map(|item| &**name(item))).collect();
        Self::sorted(list, &names, faults)
    }

    fn sorted(list: &str, names: &[Option<&'n str>], faults: &mut Vec<Fault>) -> Self {
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
            faults.push(Fault { path: format!("network.{list}[{at}].name"), what });
        }
        Self { sorted, more: names.iter().any(Option::is_none) }
    }

    /// The position of the item of this name; nothing where it may be one that could not be read.
    ///
    /// # Errors
    /// Where no item has it.
    pub fn position(&self, name: &str, what: &str) -> Result<Option<usize>, String> {
        if name.is_empty() {
            return Err(format!("is missing; write the name of a {what}"));
        }
        let at = self.sorted.partition_point(|(known, _)| *known < name);
        match self.sorted.get(at) {
            Some((known, found)) if *known == name => Ok(Some(*found)),
            _ if self.more => Ok(None),
            _ => Err(self.unknown(name, what)),
        }
    }

    #[cold]
    fn unknown(&self, name: &str, what: &str) -> String {
        let known: Vec<&str> = self.sorted.iter().map(|(name, _)| *name).collect();
        let remedy = match known.len() {
            0 => format!("name one in `network.{}s`", what.to_ascii_lowercase()),
            1..=FEW => suggest(name, &known),
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
