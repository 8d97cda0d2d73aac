//! What follows for the next decisions: from an outcome, an action that is held back, a trouble that begins or ends, a promise to be kept; from its
//! answer, a cause; from a comment, a trouble.

use tact_domain::{
    Appointment, ContactFacet, Happened, Key, On, Outcome, OutcomeReport, Profile, Signal, Tone, Trigger, Trouble,
};

use crate::{Action, Catalogue, Mode, Treatment};

/// What an outcome is about.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What was done.
    pub action: &'a Key,
    /// How.
    pub treatment: &'a Key,
    /// The store it was about, if any.
    pub store: Option<&'a Key>,
}

/// Enters into the ledger what follows from an outcome of what was said, and answers whether that changed anything.
pub fn follow(
    ledger: &mut ContactFacet,
    catalogue: &Catalogue,
    told: Told<'_>,
    report: &OutcomeReport,
    signal: &Signal,
) -> bool {
    let troubled = trouble(ledger, report.outcome, signal);
    let Some(action) = catalogue.actions.iter().find(|known| known.name == *told.action) else { return troubled };
    let held_back = action.after.iter().find(|(outcome, _)| *outcome == report.outcome);
    let held_back = held_back.is_some_and(|(_, lasts_s)| ledger.suppress(&action.name, signal.at.plus_s(*lasts_s)));
    let promised = (report.outcome == Outcome::Accepted)
        .then(|| promise(action, told, report, signal))
        .flatten()
        .is_some_and(|promise| ledger.appoint(promise, signal.at));
    let earned = ledger.earn(
        &action.name,
        patience(action, told, report.outcome, catalogue),
        catalogue.policy.discretion.allowance,
    );
    troubled || held_back || promised || earned
}

/// What an outcome earns of patience, in thousandths of a point: thanks do, and coming for something by oneself; using what was pushed does not.
fn patience(action: &Action, told: Told<'_>, outcome: Outcome, catalogue: &Catalogue) -> u16 {
    let allowance = catalogue.policy.discretion.allowance;
    let pull = || action.treatments.iter().any(|way| way.name == *told.treatment && way.mode == Mode::Pull);
    match outcome {
        Outcome::Thanked => allowance.thanked,
        Outcome::Opened | Outcome::Clicked | Outcome::Accepted | Outcome::Redeemed if pull() => allowance.found,
        _ => 0,
    }
}

/// Enters why the customer is not happy with us, when an outcome is the answer to that question, and answers whether that is news. Of somebody who may
/// not be of age nothing is remembered.
pub fn hear(profile: &mut Profile, report: &OutcomeReport, signal: &Signal) -> bool {
    let answer = report.answer.filter(|_| report.outcome == Outcome::Accepted && !profile.consent.is_minor(signal.at));
    answer.is_some_and(|cause| profile.comment.tell(cause, signal.at, signal.event))
}

/// Enters into the ledger the trouble that a folded comment tells of, and answers whether that is news; anything else is none.
pub fn take_up(ledger: &mut ContactFacet, signal: &Signal) -> bool {
    let Happened::Comment(comment) = &signal.happened else { return false };
    match comment.read.tone {
        Tone::Complaint => ledger.troubles.enter(Trouble::Complaint, signal.at),
        Tone::Question => ledger.troubles.enter(Trouble::Question, signal.at),
        Tone::Praise | Tone::Neutral => false,
    }
}

/// A complaint makes every offer unwelcome until the customer thanks us, or it is long ago; so does what came back.
fn trouble(ledger: &mut ContactFacet, outcome: Outcome, signal: &Signal) -> bool {
    match outcome {
        Outcome::Complained => ledger.troubles.enter(Trouble::Complaint, signal.at),
        Outcome::Returned => ledger.troubles.enter(Trouble::Return, signal.at),
        Outcome::Thanked => ledger.troubles.end(Trouble::Complaint, signal.at),
        _ => false,
    }
}

/// The appointment to keep what the customer said yes to; `None` when nothing was promised.
fn promise(action: &Action, told: Told<'_>, report: &OutcomeReport, signal: &Signal) -> Option<Appointment> {
    let named = |name: &Key| action.treatments.iter().find(|known| known.name == *name);
    let promised: &Treatment = named(named(told.treatment)?.promises.as_ref()?)?;
    Some(Appointment {
        issue: Key::new(format!("promise/{}", action.name)),
        on: On::Time,
        not_before: signal.at,
        until: signal.at.plus_s(promised.valid_s),
        made_by: report.about.decision(),
        trigger: Trigger::Due,
        store: told.store.cloned(),
        said: None,
        promised: Some((action.name.clone(), promised.name.clone())),
    })
}

#[cfg(test)]
mod tests {
    use tact_domain::{Attribution, Cause, ConsentChange, CustomerId, DecisionId, Fingerprint, Timestamp};

    use super::*;

    const NOW: Timestamp = Timestamp(1_793_458_800_000);

    /// What is known of somebody born in a year after an outcome, which may have an answer.
    fn heard(born: i16, outcome: Outcome, answer: Option<Cause>) -> (bool, Option<Cause>) {
        let mut profile = Profile::default();
        let told = ConsentChange { birth_year: Some(born), ..ConsentChange::default() };
        profile.consent.fold(&told, Timestamp(1), Fingerprint(1));
        let report = OutcomeReport { about: Attribution::Decision(DecisionId(7)), outcome, answer };
        let signal = Signal {
            customer: CustomerId::new("cust-1").unwrap(),
            source: "app".into(),
            event: Fingerprint(2),
            decision: DecisionId(8),
            at: NOW,
            offset_s: 0,
            arrived: NOW,
            happened: Happened::Outcome(report.clone()),
        };
        (hear(&mut profile, &report, &signal), profile.comment.cause(NOW))
    }

    #[test]
    fn an_answer_counts_when_it_was_given_and_its_giver_is_of_age() {
        assert_eq!(heard(1990, Outcome::Accepted, Some(Cause::Fit)), (true, Some(Cause::Fit)));
        assert_eq!(heard(1990, Outcome::Accepted, None), (false, None));
        assert_eq!(heard(1990, Outcome::Dismissed, Some(Cause::Fit)), (false, None), "put away, not answered");
        assert_eq!(heard(2010, Outcome::Accepted, Some(Cause::Fit)), (false, None), "16 years old");
    }
}
