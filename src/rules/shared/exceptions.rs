//! Reads the annotation that excepts an object from rules, if the settings allow that.

use std::fmt;

use crate::{
    finding::RuleId,
    text::Quoted,
    view::{Metadata, View},
};

/// The annotation: `<rule>[,<rule>…]: <reason>`.
const ALLOW: &str = "eks-aiml-networking/allow";

/// The rules from which an annotation excepts its object, or its pod.
#[derive(Debug, Default)]
pub struct Exceptions<'a> {
    rules: Vec<RuleId>,
    /// Its text, if it is valid.
    said: Option<&'a str>,
    /// Its text, if it is not.
    not_understood: Option<&'a str>,
}

impl<'a> Exceptions<'a> {
    /// Reads an annotation; one without a reason, or with an unknown rule, excepts from nothing.
    fn read(said: &'a str) -> Self {
        let understood = || {
            let (rules, reason) = said.split_once(':')?;
            let rules = rules.split(',').map(|rule| RuleId::of(rule.trim()));
            let rules: Vec<RuleId> = rules.collect::<Option<_>>()?;
            (!reason.trim().is_empty()).then_some(rules)
        };
        match understood() {
            Some(rules) => Self { rules, said: Some(said), not_understood: None },
            None => Self { not_understood: Some(said), ..Self::default() },
        }
    }

    /// The exceptions of an object.
    pub fn of(metadata: &'a Metadata<'a>) -> Self {
        metadata.annotations.allow.as_deref().map(Self::read).unwrap_or_default()
    }

    /// The exceptions of an object and of all its pods.
    pub fn all(view: &'a View<'a>) -> Vec<Self> {
        let pods = view.pods().iter().map(|pod| &pod.metadata);
        let mut all: Vec<Self> =
            std::iter::once(view.metadata()).chain(pods).map(Self::of).collect();
        all.retain(|one| one.said.is_some() || one.not_understood.is_some());
        all.dedup_by_key(|one| (one.said, one.not_understood));
        all
    }

    /// `true` if a rule is excepted.
    pub fn has(&self, rule: RuleId) -> bool {
        self.rules.contains(&rule)
    }
}

/// Writes them as the audit log has them.
impl fmt::Display for Exceptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.said, self.not_understood) {
            (Some(said), _) => write!(f, "{}", Quoted(said)),
            (_, Some(said)) => write!(
                f,
                "{} is not understood: write `<rule>[,<rule>]: <reason>` into {ALLOW}",
                Quoted(said)
            ),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_excepted_for_a_reason() {
        let one = Exceptions::read("efa-zone, efa-image: one zone: it is small");
        assert!(one.has(RuleId::EfaZone) && one.has(RuleId::EfaImage));
        assert!(!one.has(RuleId::EfaCount));
        assert_eq!(one.to_string(), "`efa-zone, efa-image: one zone: it is small`");
        for said in ["efa-zone", "efa-zone:  ", "efa-zon: why", "", "all: why", ": why"] {
            let one = Exceptions::read(said);
            assert!(one.rules.is_empty(), "{said}");
            assert!(one.to_string().contains("is not understood"), "{said}");
        }
    }
}
