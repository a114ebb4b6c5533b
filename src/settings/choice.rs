//! The operator's choices for rules: `rules` and `instanceTypes.unknown`.

use crate::{
    form::{Faults, Field, Form, words},
    json::{self, Reader},
    rule::{Action, RuleId},
    text::suggest,
};

/// An operator's choice for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The rule does not run.
    Off,
    /// Its findings are warnings.
    Warn,
    /// Its findings refuse the request.
    Deny,
    /// Its findings are repaired if the remedy is certain.
    Fix,
}

/// `instanceTypes.unknown`: the action on a type that the table lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownType {
    /// Nothing.
    Off,
    /// It is a warning.
    #[default]
    Warn,
    /// It is denied.
    Deny,
}

/// `unrepaired`: the action on a certain fix that `mutate: false` forbids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unrepaired {
    /// It is a warning: the object runs as it is.
    #[default]
    Warn,
    /// It is denied.
    Deny,
}

words! {
    Unrepaired { "warn" => Warn, "deny" => Deny }
    Choice { "off" => Off, "warn" => Warn, "deny" => Deny, "fix" => Fix }
    UnknownType { "off" => Off, "warn" => Warn, "deny" => Deny }
}

impl From<Unrepaired> for Action {
    fn from(unrepaired: Unrepaired) -> Self {
        match unrepaired {
            Unrepaired::Warn => Self::Warn,
            Unrepaired::Deny => Self::Deny,
        }
    }
}

/// `rules`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choices(Vec<(RuleId, Choice)>);

impl Choices {
    /// The choice for a rule; if there are two, the last one counts.
    pub fn of(&self, rule: RuleId) -> Option<Choice> {
        self.0.iter().rfind(|(chosen, _)| *chosen == rule).map(|(_, choice)| *choice)
    }
}

impl<'a> Field<'a> for Choices {
    const FORM: Form = Form::Rules;

    fn read(&mut self, reader: &mut Reader<'a>, faults: &mut Faults<'a>) -> json::Result<()> {
        faults.object(reader, &mut |id, reader, faults| {
            let Some(rule) = RuleId::of(id) else {
                let known: Vec<_> = RuleId::ALL.iter().map(|rule| rule.name()).collect();
                faults.note(format!("no rule has this id; {}", suggest(id, &known)));
                return reader.pass();
            };
            match Choice::parse(reader, faults)? {
                Some(Choice::Fix) if !rule.info().fixes => {
                    let what = "this rule has no certain remedy, so it can't be `fix`; use `off`, `warn` or `deny`";
                    faults.note(what.to_owned());
                }
                choice => self.0.extend(choice.map(|choice| (rule, choice))),
            }
            Ok(())
        })
    }
}
