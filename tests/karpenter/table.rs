//! A table of the policy's and the referees' verdicts.

use std::{collections::BTreeMap, fmt};

use super::{recording::Outcome, said::Said};

/// The number of pods with each pair of verdicts.
#[derive(Default)]
pub struct Confusion(BTreeMap<(Said, Outcome), usize>);

impl Confusion {
    pub fn count(&mut self, said: Said, outcome: Outcome) {
        *self.0.entry((said, outcome)).or_default() += 1;
    }

    pub fn of(&self, said: Said, outcome: Outcome) -> usize {
        self.0.get(&(said, outcome)).copied().unwrap_or_default()
    }
}

impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (said, word) in
            [(Said::Nothing, "silent"), (Said::Warned, "warned"), (Said::Denied, "denied")]
        {
            let outcomes = [Outcome::Runs, Outcome::WrongNode, Outcome::NoNode, Outcome::Ignored];
            let [runs, wrong, none, ignored] = outcomes.map(|outcome| self.of(said, outcome));
            writeln!(f, "| {word} | {runs} | {wrong} | {none} | {ignored} |")?;
        }
        Ok(())
    }
}
