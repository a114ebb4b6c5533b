//! Finds names and patterns of instance types in the settings that match none. Without this check they
//! would silently allow nothing, or set nothing.

use super::Settings;
use crate::{
    error::Fault,
    instances::{self, Catalog, instance_type},
    text::Quoted,
};

/// The remedy for an unknown name.
const DESCRIBE: &str = "describe it in `instanceTypes.extra`";

/// The unmatched names of `efa.interfaces` and `instanceTypes.allowed`, with their paths.
pub(super) fn unmatched(settings: &Settings<'_>) -> Vec<Fault> {
    let catalog = &settings.catalog;
    let allowed = settings.allowed.iter().enumerate().filter_map(|(index, name)| {
        let what = unknown(name, catalog)?;
        // A name that is not a typo may be newer than the table, and allowing such a type is fine.
        let is_slip = what.means.is_some() || what.is_pattern;
        is_slip.then(|| what.fault(format!("instanceTypes.allowed[{index}]")))
    });
    let interfaces =
        settings.efa.interfaces.keys().filter_map(|name| {
            Some(unknown(name, catalog)?.fault(format!("efa.interfaces.{name}")))
        });
    interfaces.chain(allowed).collect()
}

/// A name or a pattern that matches no known type.
struct Unknown<'n> {
    name: &'n str,
    is_pattern: bool,
    /// The probable meaning.
    means: Option<String>,
}

fn unknown<'n>(name: &'n str, catalog: &Catalog) -> Option<Unknown<'n>> {
    let wanted = instance_type(name);
    let is_known = |name: &str| !catalog.matching(name).is_empty();
    if is_known(wanted) {
        return None;
    }
    let lower = wanted.to_ascii_lowercase();
    let pattern = wanted.split_once('*');
    let means = match pattern {
        _ if is_known(&lower) => Some(lower),
        None => instances::similar(wanted).map(str::to_owned),
        Some((family, "")) => {
            let (family, dot) = family.strip_suffix('.').map_or((family, ""), |name| (name, "."));
            let similar = instances::similar_family(family, catalog);
            similar.map(|family| format!("{family}{dot}*"))
        }
        Some(_) => None,
    };
    Some(Unknown { name, is_pattern: pattern.is_some(), means })
}

impl Unknown<'_> {
    fn fault(&self, path: String) -> Fault {
        let (name, date) = (Quoted(self.name), instances::DATE);
        let fact = match self.is_pattern {
            true => format!("no known instance type matches {name} (as of {date})"),
            false => format!("the instance type {name} is not known (as of {date})"),
        };
        let what = match &self.means {
            Some(means) => format!("{fact}; did you mean `{means}`? Else {DESCRIBE}"),
            None => format!("{fact}; {DESCRIBE}"),
        };
        Fault { path, what }
    }
}
