//! The settings. They come with every request, so reading them is cheap; `validate` is thorough
//! and runs when the policy starts: it names every fault with its path.

mod schema;

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;

use crate::{
    error::{Error, Fault},
    finding::{Action, RuleInfo},
    request::Json,
};

/// What an operator wants of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", expecting = "off, warn, deny or fix")]
pub enum Choice {
    /// The rule does not run.
    Off,
    /// Its findings are warnings.
    Warn,
    /// Its findings refuse the request.
    Deny,
    /// Its findings are repaired where the remedy is certain.
    Fix,
}

/// The settings, valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `rules`, by position in the list of rules.
    choices: Vec<Option<Choice>>,
    /// `mutate`: whether objects may be repaired at all.
    pub mutate: bool,
    /// `prefixDelegation.warmPrefixTarget`, in prefixes of 16 addresses.
    pub warm_prefix_target: u16,
    /// `instanceTypes.unknown`
    pub unknown_instance_type: Choice,
}

impl Settings {
    /// The settings of a request.
    ///
    /// # Errors
    /// Every fault, where they are not valid.
    pub fn read(json: Option<Json<'_>>, rules: &[RuleInfo]) -> Result<Self, Error> {
        let text = json.map_or("null", |json| json.0);
        let parsed = match text {
            "{}" | "null" => Ok(Raw::default()),
            text if text.starts_with('{') => serde_json::from_str(text),
            _ => Err(serde::de::Error::custom("not an object")),
        };
        parsed.ok().and_then(|parsed| Self::of(&parsed, rules)).ok_or_else(|| {
            let mut faults = validate(text, rules);
            if faults.is_empty() {
                faults.push(Fault { path: String::new(), what: "not readable".to_owned() });
            }
            Error::Settings(faults)
        })
    }

    fn of(raw: &Raw<'_>, rules: &[RuleInfo]) -> Option<Self> {
        let mut choices = vec![None; rules.len()];
        for (id, choice) in raw.rules.iter().flatten() {
            let index = rules.iter().position(|rule| rule.id == &**id)?;
            if *choice == Choice::Fix && !rules.get(index)?.fixes {
                return None;
            }
            *choices.get_mut(index)? = Some(*choice);
        }
        let warm = raw.prefix_delegation.as_ref().and_then(|prefix| prefix.warm_prefix_target);
        let unknown = raw.instance_types.as_ref().and_then(|types| types.unknown);
        Some(Self {
            choices,
            mutate: raw.mutate.unwrap_or(true),
            warm_prefix_target: Some(warm.unwrap_or(1))
                .filter(|n| schema::WARM_PREFIX_TARGETS.contains(n))?,
            unknown_instance_type: Some(unknown.unwrap_or(Choice::Warn))
                .filter(|choice| *choice != Choice::Fix)?,
        })
    }

    /// What the operator wants of the rule at this position, if anything.
    pub fn choice(&self, rule: usize) -> Option<Choice> {
        self.choices.get(rule).copied().flatten()
    }

    /// What is done about a finding of the rule at this position: what the operator wants, else
    /// what the rule proposes. Nothing certain to repair leaves the rule's proposal; a certain
    /// fix that is not allowed refuses.
    pub fn action(&self, rule: usize, proposed: Action, has_edits: bool) -> Action {
        let action = match self.choice(rule) {
            Some(Choice::Warn) => Action::Warn,
            Some(Choice::Deny) => Action::Deny,
            Some(Choice::Fix) if has_edits => Action::Fix,
            _ => proposed,
        };
        if action == Action::Fix && !self.mutate { Action::Deny } else { action }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct Raw<'a> {
    #[serde(borrow)]
    rules: Option<BTreeMap<Cow<'a, str>, Choice>>,
    mutate: Option<bool>,
    prefix_delegation: Option<PrefixDelegation>,
    instance_types: Option<InstanceTypes>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct PrefixDelegation {
    warm_prefix_target: Option<u16>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct InstanceTypes {
    unknown: Option<Choice>,
}

/// Every fault of the settings in `text`; none where they are valid.
pub fn validate(text: &str, rules: &[RuleInfo]) -> Vec<Fault> {
    match serde_json::from_str(text) {
        Ok(value) => schema::faults(&value, rules),
        Err(error) => {
            vec![Fault { path: String::new(), what: format!("not JSON: {error}") }]
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const RULES: [RuleInfo; 2] = [
        RuleInfo { id: "efa-count", finds: "", default: Action::Deny, fixes: false },
        RuleInfo { id: "efa-limits", finds: "", default: Action::Fix, fixes: true },
    ];

    fn read(json: &str) -> Result<Settings, Error> {
        Settings::read(Some(Json(json)), &RULES)
    }

    #[rstest]
    #[case::empty("{}")]
    #[case::null("null")]
    #[case::everything(
        r#"{"rules": {"efa-count": "off", "efa-limits": "fix"}, "mutate": false,
            "prefixDelegation": {"warmPrefixTarget": 2}, "instanceTypes": {"unknown": "deny"}}"#
    )]
    #[case::nulls(r#"{"rules": null, "mutate": null, "prefixDelegation": null}"#)]
    fn accepts(#[case] json: &str) {
        assert_eq!(validate(json, &RULES), []);
        read(json).unwrap();
    }

    #[rstest]
    #[case::unknown_key(r#"{"mutat": true}"#, "mutat: unknown key; did you mean `mutate`?")]
    #[case::unknown_key_far_from_all(
        r#"{"colour": 1}"#,
        "colour: unknown key; known are `instanceTypes`, `mutate`, `prefixDelegation`, `rules`"
    )]
    #[case::unknown_rule(
        r#"{"rules": {"efa-limit": "warn"}}"#,
        "rules.efa-limit: no rule has this id; did you mean `efa-limits`?"
    )]
    #[case::unknown_action(
        r#"{"rules": {"efa-limits": "denny"}}"#,
        "rules.efa-limits: `denny` is not one of `off`, `warn`, `deny`, `fix`; did you mean `deny`?"
    )]
    #[case::fix_without_remedy(
        r#"{"rules": {"efa-count": "fix"}}"#,
        "rules.efa-count: this rule has no certain remedy, so it can't be `fix`; use `off`, `warn` or `deny`"
    )]
    #[case::wrong_type(r#"{"mutate": "yes"}"#, "mutate: must be `true` or `false`, not \"yes\"")]
    #[case::nested(
        r#"{"prefixDelegation": {"warmPrefixTarget": 0}}"#,
        "prefixDelegation.warmPrefixTarget: must be a whole number from 1 to 1024, not 0"
    )]
    #[case::fix_of_a_type(
        r#"{"instanceTypes": {"unknown": "fix"}}"#,
        "instanceTypes.unknown: `fix` is not one of `off`, `warn`, `deny`"
    )]
    #[case::not_an_object("[]", "must be an object, not []")]
    fn refuses(#[case] json: &str, #[case] message: &str) {
        let faults: Vec<String> = validate(json, &RULES).iter().map(ToString::to_string).collect();
        assert_eq!(faults, [message]);
        assert!(read(json).is_err(), "a request must refuse what the start refuses");
    }

    #[test]
    fn names_all_faults_at_once() {
        let json = r#"{"mutate": 1, "rules": {"x": "warn", "efa-count": 7}, "y": {}}"#;
        let Err(error) = read(json) else { panic!("valid") };
        assert_eq!(
            error.to_string(),
            "the settings are not valid: \
             mutate: must be `true` or `false`, not 1; \
             rules.efa-count: must be one of `off`, `warn`, `deny`, `fix`, not 7; \
             rules.x: no rule has this id; known are `efa-count`, `efa-limits`; \
             y: unknown key; known are `instanceTypes`, `mutate`, `prefixDelegation`, `rules`"
        );
    }

    #[test]
    fn a_fix_that_may_not_be_made_refuses() {
        let settings = read(r#"{"mutate": false, "rules": {"efa-limits": "fix"}}"#).unwrap();
        assert_eq!(settings.action(1, Action::Fix, true), Action::Deny);
        assert_eq!(settings.action(1, Action::Warn, false), Action::Warn);
    }
}
