//! Resolves and shows the instance types that commands name.

use anyhow::{Result, bail};
use eks_aiml_networking::{
    instances::{Catalog, DATE, InstanceType, instance_type},
    text::{self, Quoted},
};
pub use insight::types::{certain, sorted};

/// Returns the types with these names, in this order and without duplicates. A name can contain `*`, which
/// matches any text; HyperPod's `ml.` is removed.
///
/// # Errors
/// If a name is not known; with the probable one.
pub fn named<'c>(names: &[String], catalog: &'c Catalog) -> Result<Vec<InstanceType<'c>>> {
    let mut found: Vec<InstanceType<'c>> = Vec::new();
    let mut unknown = Vec::new();
    for name in names.iter().map(|name| instance_type(name)) {
        let matching = match catalog.named(name) {
            Some(one) => vec![one],
            None if name.contains('*') => sorted(&catalog.matching(name), catalog),
            None => Vec::new(),
        };
        if matching.is_empty() {
            unknown.push(unknown_type(name, catalog));
        }
        for one in matching {
            if !found.iter().any(|known| known.name() == one.name()) {
                found.push(one);
            }
        }
    }
    if !unknown.is_empty() {
        bail!("{}", unknown.join("; "));
    }
    Ok(found)
}

/// Checks that these are names of types.
///
/// # Errors
/// If a name is not known; with the probable one.
pub fn check(names: &[String], catalog: &Catalog) -> Result<()> {
    let mut names = names.iter().map(|name| instance_type(name));
    match names.find(|name| catalog.row(name).is_none()) {
        Some(name) => bail!("{}", unknown_type(name, catalog)),
        None => Ok(()),
    }
}

/// The message for an unknown type, with the probable one.
fn unknown_type(name: &str, catalog: &Catalog) -> String {
    if name.contains('*') {
        return format!("no instance type matches {} (as of {DATE})", Quoted(name));
    }
    if !name.contains('.') && !catalog.matching(&format!("{name}.*")).is_empty() {
        return format!("{} is a family; write `'{name}.*'` to get its types", Quoted(name));
    }
    let known: Vec<&str> = sorted(catalog.all(), catalog).iter().map(InstanceType::name).collect();
    let remedy = text::nearest(&name.to_ascii_lowercase(), &known).map_or_else(
        || "check its name, or add it to `instanceTypes.extra` of the settings".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    format!("the instance type {} is not known (as of {DATE}); {remedy}", Quoted(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(asked: &[&str]) -> Result<Vec<&'static str>, String> {
        static CATALOG: std::sync::LazyLock<Catalog> = std::sync::LazyLock::new(Catalog::default);
        let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
        let found = named(&asked, &CATALOG).map_err(|error| error.to_string())?;
        Ok(found.iter().map(InstanceType::name).collect())
    }

    #[test]
    fn names_and_wildcards_each_once() {
        assert_eq!(
            names(&["ml.p5.48xlarge", "p5.*", "m5.large"]).unwrap(),
            ["p5.48xlarge", "p5.4xlarge", "m5.large"]
        );
    }

    #[test]
    fn all_that_is_not_known_is_named() {
        assert_eq!(
            names(&["p5"]).unwrap_err(),
            "`p5` is a family; write `'p5.*'` to get its types"
        );
        assert_eq!(
            names(&["p5.84xlarge", "m5.large", "q*", "entirely.different"]).unwrap_err(),
            "the instance type `p5.84xlarge` is not known (as of 2026-08-21); did you mean `p5.48xlarge`?; \
             no instance type matches `q*` (as of 2026-08-21); \
             the instance type `entirely.different` is not known (as of 2026-08-21); \
             check its name, or add it to `instanceTypes.extra` of the settings"
        );
    }
}
