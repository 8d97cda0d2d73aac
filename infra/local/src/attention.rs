//! The price of attention, from the log to a table: which decisions were opportunities to use a contact, what contacts cost by them, and whether it is
//! worth it, in towns that were not learnt from.
//! Read in this order: this file (opportunities), `towns` (the measure), `text` (how it is told).

mod text;
mod towns;

use std::collections::BTreeMap;

use tact_decide::{Action, Candidate, Catalogue, Class, Decision, Fate, Learned, Models, Reason, Treatment};
use tact_domain::{CustomerId, ProfileType, Timestamp};
use tact_learn::Opportunity;
use tact_pipeline::{ReplayError, redecide};
use tact_wire::Recorded;

pub use text::prices;
pub use towns::{Arm, Measured, Scarce, Towns, TownsError};

/// The opportunities of recorded decisions, made with what was learnt by these names, and the instant of the latest. Each decision is made again as if no cap held anything back, so that it is
/// known what a contact would have been worth where none was left; what was made with another catalogue or other models cannot be.
///
/// # Errors
/// When a decision cannot be made again.
pub fn opportunities(
    records: &[Recorded],
    learned: &BTreeMap<String, Learned>,
    catalogue: &Catalogue,
    models: &Models,
) -> Result<(Vec<Opportunity>, Timestamp), ReplayError> {
    let (uncapped, mut found, mut latest) = (uncapped(catalogue), Vec::new(), Timestamp(0));
    for recorded in records {
        let named = recorded.learned.as_ref().and_then(|hash| learned.get(hash));
        let again = redecide(recorded, &uncapped, models, named)?;
        let kind = again.profile.profile_type(again.decision.now);
        found.extend(opportunity(&again.signal.customer, kind, &again.decision, &uncapped));
        latest = latest.max(again.decision.now);
    }
    Ok((found, latest))
}

/// The catalogue without the caps on contacts; those on what waits to be found stay.
pub(crate) fn uncapped(catalogue: &Catalogue) -> Catalogue {
    let mut uncapped = catalogue.clone();
    uncapped.policy.caps.retain(|cap| cap.impressions);
    uncapped
}

/// The opportunity that a decision about a customer of a type was, if it was one: something that takes a contact passed the gates, and
/// nothing came before it that takes none. It is worth what that brings beside the best that takes none, or beside silence.
pub fn opportunity(
    customer: &CustomerId,
    kind: Option<ProfileType>,
    decision: &Decision,
    catalogue: &Catalogue,
) -> Option<Opportunity> {
    let considered = || decision.candidates.iter().filter_map(|one| Some((one, parts(one, catalogue)?)));
    let (takes, free): (Vec<_>, Vec<_>) = considered().partition(|(_, of)| takes_contact(of.0, of.1));
    let runs = free.into_iter().filter(|(one, _)| is_running(one));
    let runs: Vec<_> = runs.filter(|(one, of)| score(one) > 0.0 || comes_whatever(of.0, of.1)).collect();
    let first = runs.iter().map(|(_, of)| rank(of.0, of.1)).min();
    let beside = runs.iter().map(|(one, _)| score(one)).fold(0.0, f64::max);
    let meant = takes.iter().filter(|(_, of)| first.is_none_or(|first| rank(of.0, of.1) <= first));
    let worths = meant.filter(|(one, _)| is_running(one)).filter_map(|(one, _)| one.terms);
    let best = worths.map(|terms| terms.score + terms.bid).max_by(f64::total_cmp)?;
    Some(Opportunity { kind, customer: customer.clone(), at: decision.now, score: best - beside })
}

/// Whether it competed by its score: it passed the gates, and neither waits nor is another's trial.
fn is_running(candidate: &Candidate) -> bool {
    let compared = matches!(
        candidate.fate,
        Fate::Chosen
            | Fate::Lost(
                Reason::Outscored
                    | Reason::StandBy
                    | Reason::Silence
                    | Reason::Saved
                    | Reason::HeldOut
                    | Reason::BetterLater
            )
    );
    compared && candidate.terms.is_some()
}

/// Whether caps count doing an action in this way as a contact.
pub(crate) fn takes_contact(action: &Action, treatment: &Treatment) -> bool {
    treatment.channel.interrupts() && !action.is_uncapped() && !treatment.fulfils && !action.for_store
}

fn comes_whatever(action: &Action, treatment: &Treatment) -> bool {
    action.class == Class::Mandatory || treatment.fulfils
}

/// What comes before what, whatever the scores; less is sooner.
fn rank(action: &Action, treatment: &Treatment) -> (bool, bool, u8) {
    (action.class != Class::Mandatory, !treatment.fulfils, action.issue.precedence())
}

fn score(candidate: &Candidate) -> f64 {
    candidate.terms.map_or(0.0, |terms| terms.score)
}

fn parts<'a>(candidate: &Candidate, catalogue: &'a Catalogue) -> Option<(&'a Action, &'a Treatment)> {
    let action = catalogue.actions.get(usize::from(candidate.action))?;
    Some((action, action.treatments.get(usize::from(candidate.treatment))?))
}

#[cfg(test)]
mod tests;
