//! Writes constraints in words.

use std::fmt;

use super::{Constraint, Demand, Expression, Subject};
use crate::{
    kubernetes::EFA,
    text::{self, Quoted},
};

/// The most names of allowed types in a message.
const NAMED: usize = 6;

/// Writes `key` = `value`; with several values, the first three.
impl fmt::Display for Expression<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selected = self.place.selector_key().is_some();
        let relation = if selected { "=" } else { self.operator.name() };
        write!(f, "{} {relation}", Quoted(self.key))?;
        for (index, value) in self.values.iter().take(3).enumerate() {
            write!(f, "{}{}", if index == 0 { " " } else { ", " }, Quoted(value))?;
        }
        f.write_str(if self.values.len() > 3 { ", …" } else { "" })
    }
}

impl fmt::Display for Constraint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::Label { name, operator, values, .. } => {
                let relation =
                    if self.place.selector_key().is_some() { "=" } else { operator.name() };
                text::write_all(f, &["`", name, "` ", relation])?;
                match values {
                    [] => Ok(()),
                    [value] => {
                        f.write_str(" ")?;
                        Quoted(value).fmt(f)
                    }
                    values => {
                        for (index, value) in values.iter().take(3).enumerate() {
                            f.write_str(if index == 0 { " [" } else { ", " })?;
                            Quoted(value).fmt(f)?;
                        }
                        f.write_str(if values.len() > 3 { ", …]" } else { "]" })
                    }
                }
            }
            Subject::Compute(compute, amount) => {
                write!(f, "`{}` {}", compute.name(), compute.in_words(amount))
            }
            // The author of the pod does not see the settings.
            Subject::Allowed(names) => {
                f.write_str("the types that the cluster allows (")?;
                for (index, name) in names.iter().take(NAMED).enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    Quoted(name).fmt(f)?;
                }
                f.write_str(if names.len() > NAMED { ", …)" } else { ")" })
            }
            Subject::Pool(name) => {
                f.write_str("the NodePool ")?;
                Quoted(name).fmt(f)
            }
            Subject::Resource(Demand { resource: EFA, count }) => write!(f, "{count} × `{EFA}`"),
            Subject::Resource(Demand { resource, .. }) => {
                text::write_all(f, &["`", resource.name(), "`"])
            }
        }
    }
}
