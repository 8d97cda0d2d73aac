//! Messages that left, with what became of them.

use std::collections::BTreeMap;

use tact_decide::{Action, Catalogue, Treatment};
use tact_domain::{Outcome, Timestamp};
use tact_wire::DecisionItem;

use super::evidence::{Decided, Evidence, Won};

/// A message that left.
pub(super) struct Message<'a> {
    pub(super) decided: &'a Decided,
    pub(super) won: &'a Won,
    pub(super) item: &'a DecisionItem,
    pub(super) action: &'a Action,
    pub(super) treatment: &'a Treatment,
}

/// The messages that left, by the time they were decided on. One whose decision is not in evidence, or whose action the catalogue no longer has, is left
/// out.
pub(super) fn messages<'a>(
    evidence: &'a Evidence,
    items: &'a [(String, DecisionItem)],
    catalogue: &'a Catalogue,
) -> Vec<Message<'a>> {
    let items: BTreeMap<String, &DecisionItem> =
        items.iter().map(|(_, item)| (item.decision.to_string(), item)).collect();
    let message = |decided: &'a Decided| {
        let item = items.get(&decided.decision).filter(|item| item.sent_at.is_some())?;
        let won = decided.won.as_ref()?;
        let action = catalogue.actions.iter().find(|action| action.name == item.action)?;
        let treatment = action.treatments.iter().find(|treatment| treatment.name == item.treatment)?;
        Some(Message { decided, won, item, action, treatment })
    };
    evidence.decisions().into_iter().filter_map(message).collect()
}

impl Message<'_> {
    /// Whether any of these came of it.
    pub(super) fn came(&self, outcomes: &[Outcome]) -> bool {
        outcomes.iter().any(|outcome| self.item.outcomes.first(*outcome).is_some())
    }

    /// Whether what its treatment is for came of it.
    pub(super) fn is_positive(&self) -> bool {
        self.came(&self.treatment.measure.positive)
    }

    /// Whether it is one of those that its treatment's rate is a share of.
    pub(super) fn counts(&self) -> bool {
        self.treatment.measure.counts(&|outcome| self.item.outcomes.first(outcome).is_some())
    }

    /// Whether anything shows that it reached somebody.
    pub(super) fn arrived(&self) -> bool {
        let reached = |outcome: &Outcome| outcome.is_sight() || *outcome == Outcome::Delivered;
        Outcome::ALL.iter().filter(|outcome| reached(outcome)).any(|outcome| self.came(&[*outcome]))
    }

    /// Whether nothing more counts at an instant.
    pub(super) fn is_over(&self, at: Timestamp) -> bool {
        self.item.sent_at.is_some_and(|sent| sent.plus_s(self.item.window_s) <= at)
    }

    /// What it earned, gave away and cost, in minor units.
    pub(super) fn money(&self) -> (f64, f64, f64) {
        money(self.item, self.action, self.treatment)
    }
}

/// What a message that left earned, gave away and cost, in minor units.
pub(super) fn money(item: &DecisionItem, action: &Action, treatment: &Treatment) -> (f64, f64, f64) {
    let came = |outcome: Outcome| item.outcomes.first(outcome).is_some();
    let given = if treatment.coupon.is_some() { Outcome::Redeemed } else { Outcome::Accepted };
    let earned = if came(Outcome::Accepted) { action.margin } else { 0.0 };
    (earned, if came(given) { treatment.incentive } else { 0.0 }, treatment.cost)
}
