//! How creepy everything considered was, in words, beside what would have been borne; and how much patience was left.

use serde::Serialize;
use tact_decide::{Candidate, Tactic, tactic};

use super::moment::Case;
use super::words;
use crate::patience::{Patience, points};

/// How creepy something was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Discreet {
    /// The action,
    pub action: String,
    /// and the way.
    pub treatment: String,
    /// How creepy, 0 to 1,
    pub creepy: f64,
    /// and at most how creepy it may be for this customer; 1 for what is owed.
    pub at_most: f64,
    /// The points of patience it takes.
    pub points: f64,
    /// What it is like, as levels,
    pub tactic: Tactic,
    /// and in words.
    pub told: Vec<&'static str>,
}

/// Every candidate, the winner first; empty when nothing is weighed.
pub(super) fn of(case: &Case<'_>) -> Vec<Discreet> {
    if case.of.catalogue.policy.discretion.by_steps.is_empty() {
        return Vec::new();
    }
    let winner = case.winner();
    let mut all: Vec<&Candidate> = case.decision.candidates.iter().collect();
    all.sort_by_key(|one| !winner.is_some_and(|winner| std::ptr::eq(*one, winner)));
    all.into_iter().filter_map(|candidate| discreet(case, candidate)).collect()
}

fn discreet(case: &Case<'_>, candidate: &Candidate) -> Option<Discreet> {
    let (action, treatment) = case.parts(candidate)?;
    let policy = &case.of.catalogue.policy;
    let tactic = tactic(case.moment, policy, action, treatment);
    let creepy = f64::from(candidate.creepy) / 1_000.0;
    Some(Discreet {
        action: action.name.to_string(),
        treatment: treatment.name.to_string(),
        creepy,
        at_most: policy.discretion.at_most(action, treatment, case.moment.profile, case.moment.now),
        points: points(policy.discretion.points(creepy, action, treatment).into()),
        tactic,
        told: words::tactic(tactic),
    })
}

/// What was left of the customer's patience; `None` when it is not rationed.
pub(super) fn patience(case: &Case<'_>) -> Option<Patience> {
    Patience::of(case.of.catalogue.policy.discretion.allowance, case.decision.patience)
}

impl Discreet {
    /// The same as people read it.
    pub(super) fn text(&self) -> String {
        let Self { action, treatment, creepy, at_most, points, told, .. } = self;
        let takes = if *points > 0.0 { format!("; takes {points:.2} points") } else { String::new() };
        format!("{action}, as {treatment}: {creepy:.2} of at most {at_most:.2}: {}{takes}", told.join(", "))
    }
}
