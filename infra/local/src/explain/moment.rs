//! A decision with everything it looked at, and the clock it is told by.

use jiff::tz::TimeZone;
use tact_decide::{Action, Candidate, Catalogue, Class, Condition, Decision, Known, Moment, Treatment};
use tact_domain::{Appointment, Happened, Key, Timestamp};
use tact_pipeline::Redecided;

use super::{Explainer, slot};
use crate::zones::local;

/// A decision with everything it looked at.
pub(super) struct Case<'a> {
    pub(super) of: Explainer<'a>,
    pub(super) decision: &'a Decision,
    pub(super) moment: &'a Moment<'a>,
    pub(super) zone: TimeZone,
}

/// The moment a decision was made at. What the gates asked is not asked again.
pub(super) fn of<'a>(again: &'a Redecided, exhausted: &'a [Key], catalogue: &'a Catalogue) -> Moment<'a> {
    let Redecided { decision, signal, profile } = again;
    Moment {
        decision: decision.id,
        customer: &signal.customer,
        happened: Some(&signal.happened),
        trigger: decision.trigger,
        store: decision.store.clone(),
        profile,
        at: signal.at,
        now: decision.now,
        offset_s: catalogue.places.offset_s(decision.store.as_deref(), decision.now, signal.offset_s),
        rung: decision.rung,
        denied_place: false,
        kept: kept(again),
        trouble: catalogue.policy.trouble(profile, decision.now),
        ready: decision.ready.clone(),
        exhausted,
        learned: None,
        for_store: decision.id == signal.decision.for_store(),
        placement: None,
    }
}

/// The appointments that were kept with a decision.
fn kept(again: &Redecided) -> Vec<Appointment> {
    let ledger = &again.profile.contact;
    match &again.signal.happened {
        Happened::Purchase(purchase) if purchase.lines.is_empty() => Vec::new(),
        Happened::Due(due) => ledger.appointment(&due.issue, due.made_by).cloned().into_iter().collect(),
        _ => ledger.kept_by(again.decision.trigger, again.signal.at).cloned().collect(),
    }
}

impl<'a> Case<'a> {
    /// What a candidate is; `None` for one that is not in the catalogue.
    pub(super) fn parts(&self, candidate: &Candidate) -> Option<(&'a Action, &'a Treatment)> {
        let action = self.of.catalogue.actions.get(usize::from(candidate.action))?;
        Some((action, action.treatments.get(usize::from(candidate.treatment))?))
    }

    /// What was done, or would have been, had the customer not been held out; `None` for silence.
    pub(super) fn winner(&self) -> Option<&'a Candidate> {
        self.decision.candidates.get(self.decision.chosen.or(self.decision.ghost)?)
    }

    /// What a condition looked at, in words, each once.
    pub(super) fn looked_at(&self, condition: &Condition, class: Class) -> Vec<String> {
        let known = Known::at(self.moment, &self.of.catalogue.slots).beside(self.of.catalogue);
        let mut places = condition.rule.slots();
        places.dedup();
        let told = places.into_iter().filter_map(|place| {
            let slot = self.of.catalogue.slots.get(usize::from(place))?;
            Some(slot::told(slot, known.value(place, class), &|minor| self.money(minor)))
        });
        told.collect()
    }

    /// A store by name, as people know it.
    pub(super) fn store(&self, id: &str) -> String {
        self.of.catalogue.places.store(id).map_or_else(|| id.to_owned(), |store| store.name.clone())
    }

    /// Money, in minor units, as people write it; small amounts with one digit more.
    pub(super) fn money(&self, minor: f64) -> String {
        super::words::money(minor, &self.of.catalogue.policy.currency)
    }

    /// An instant on the clock of this case, for people.
    pub(super) fn clock(&self, at: Timestamp) -> String {
        local(at, &self.zone).strftime("%a %-d %B %Y %H:%M").to_string()
    }

    /// A day of the calendar of this case, for people.
    pub(super) fn day(&self, at: Timestamp) -> String {
        local(at, &self.zone).strftime("%-d %B %Y").to_string()
    }

    /// An instant with its offset, for machines.
    pub(super) fn stamp(&self, at: Timestamp) -> String {
        super::stamp(at, &self.zone)
    }
}
