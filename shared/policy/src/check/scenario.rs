//! Policy tests, as marketers write them in `*.test.toml`: one person at one moment, and what must come of it. Everything goes through the
//! real fold and the real decision. Read in this order: `read` (a file), `consent`, `fact`, `comment` and `event` (what happens), `expect`
//! (what must come of it), `play` (making it happen), `funnel` (what is shown when it does not).

mod comment;
mod consent;
mod customer;
mod event;
mod expect;
mod fact;
mod funnel;
mod play;
mod read;
mod stay;

use tact_decide::{Action, Candidate, Catalogue, Fate, Models, Rule, Rung, Slot, Treatment};
use tact_domain::{CustomerId, Key, Timestamp};

pub(crate) use self::consent::PURPOSES;
use self::customer::Standing;
use self::event::Event;
use self::expect::Expect;
use self::fact::Dated;
pub(crate) use self::funnel::on_one_line;
pub use self::read::scenarios;

/// One policy test: who, what happened before, what happens now, and what must come of it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file it is in,
    pub file: String,
    /// and the line it begins at.
    pub line: usize,
    /// What it shows.
    pub name: String,
    /// Why it is not run yet; `None` when it is run.
    pub pending: Option<String>,
    standing: Standing,
    now: Timestamp,
    offset_s: i32,
    rung: Rung,
    before: Vec<Dated>,
    event: Event,
    exhausted: Vec<Key>,
    expect: Expect,
}

/// A policy test that did not come true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The file of the test.
    pub file: String,
    /// The line it begins at.
    pub line: usize,
    /// What it was to show.
    pub test: String,
    /// What was expected and did not come, one sentence each.
    pub missed: Vec<String>,
    /// All of it, for people: what was expected, what happened, and every candidate with its stage, reason and score.
    pub text: String,
}

impl Scenario {
    /// Plays the test, pending or not.
    ///
    /// # Errors
    /// When something that must come of it does not.
    pub fn run(&self, catalogue: &Catalogue, models: &Models) -> Result<(), Failure> {
        let Some(customer) = self.customer(catalogue) else {
            let nobody = "nobody stands where `customer`, `held_out`, `control` and `arm` ask for".to_owned();
            return Err(self.failure(vec![nobody], ""));
        };
        let played = play::play(self, &customer, catalogue, models);
        let missed = self.expect.missed(&played, catalogue);
        if missed.is_empty() {
            return Ok(());
        }
        let funnel = funnel::funnel(&played, catalogue);
        Err(self.failure(missed, &funnel))
    }

    /// What becomes of a treatment of an action in it, when some rules over some slots hold; `None` when they do not, or it is no candidate.
    pub(crate) fn fate(
        &self,
        catalogue: &Catalogue,
        models: &Models,
        (action, treatment): (&Action, &Treatment),
        (rules, slots): (&[Rule], &[Slot]),
    ) -> Option<Fate> {
        let played = play::play(self, &self.customer(catalogue)?, catalogue, models);
        let hold = rules.iter().all(|rule| played.holds(rule, slots, action.class, catalogue) == Some(true));
        let is_meant = |candidate: &&Candidate| {
            funnel::who(Some(candidate), catalogue)
                .is_some_and(|(known, way)| known.name == action.name && way.name == treatment.name)
        };
        played.decision.filter(|_| hold)?.candidates.iter().find(is_meant).map(|candidate| candidate.fate)
    }

    /// Whom it is about; `None` when nobody stands in the arms it asks for.
    fn customer(&self, catalogue: &Catalogue) -> Option<CustomerId> {
        self.standing.customer(catalogue, self.now)
    }

    fn failure(&self, missed: Vec<String>, funnel: &str) -> Failure {
        let expected = missed.join("\n  expected ");
        let text = format!("{}:{}: {}\n  expected {expected}\n{funnel}", self.file, self.line, self.name);
        Failure { file: self.file.clone(), line: self.line, test: self.name.clone(), missed, text }
    }
}

#[cfg(test)]
mod tests;
