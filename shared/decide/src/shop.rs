//! A small shop for tests: cards for a newcomer who agreed to everything that sells, and to suggestions.

use tact_domain::{
    Channel, ConsentChange, ConsentState, CustomerId, DecisionId, Fingerprint, Grant, Profile, Purpose, Scope,
    Timestamp, Trigger,
};

use crate::{
    Action, Catalogue, Decision, Discretion, Issue, Learned, Levers, Mode, Models, Moment, Policy, Rung, Treatment,
    decide,
};

pub(crate) const NOW: Timestamp = Timestamp(1_793_458_800_000);

/// An action with one card, worth a yes of `margin` to everybody, of whom so many say yes.
pub(crate) fn offer(name: &str, margin: f64, group_prior: f64) -> Action {
    let card = Treatment {
        group_prior,
        valid_s: 3_600,
        window_s: 3_600,
        measure: crate::Measure {
            positive: vec![tact_domain::Outcome::Accepted],
            harm: vec![tact_domain::Outcome::Complained],
            ..crate::Measure::default()
        },
        ..Treatment::new("card", Channel::Inbox, Mode::Pull)
    };
    let triggers = vec![Trigger::CheckIn];
    Action { margin, triggers, treatments: vec![card], ..Action::new(name, Issue::Grow, "offers") }
}

/// A catalogue in which harm costs 3.00, and is expected of 4 messages in 100, worth 200 messages.
pub(crate) fn catalogue(actions: Vec<Action>) -> Catalogue {
    let levers = Levers { harm: 300.0, at_entry: 1.0, later: 0.9, ..Levers::default() };
    let by_steps = vec![0.4; 17];
    let discretion = Discretion { by_steps, acts: 0.1, counts_as: 200.0, ..Discretion::default() };
    let policy = Policy { currency: "USD".into(), levers, discretion, ..Policy::default() };
    Catalogue { hash: "of this test".to_owned(), actions, policy, ..Catalogue::default() }
}

pub(crate) fn willing() -> Profile {
    let grant = |channel| {
        let scope = Scope { purpose: Purpose::Marketing, channel: Some(channel), topic: None };
        Grant { scope, state: ConsentState::Granted, terms: None, review_after: None, benefit: None }
    };
    let profiling = Scope { purpose: Purpose::Profiling, channel: None, topic: None };
    let profiling =
        Grant { scope: profiling, state: ConsentState::Granted, terms: None, review_after: None, benefit: None };
    let change = ConsentChange {
        grants: Channel::ALL.into_iter().map(grant).chain([profiling]).collect(),
        points: Channel::ALL.map(|channel| (channel, true)).to_vec(),
        zone: Some("America/New_York".into()),
        ..ConsentChange::default()
    };
    let mut profile = Profile::default();
    profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
    profile
}

/// What is decided for the customer when they check in.
pub(crate) fn at_check_in(
    catalogue: &Catalogue,
    models: &Models,
    learned: Option<&Learned>,
    (rung, id): (Rung, u128),
) -> Decision {
    let (customer, profile) = (CustomerId::new("cust-1").unwrap(), willing());
    let asked = Moment::asked(DecisionId(id), &customer, &profile, NOW);
    let moment = Moment { trigger: Trigger::CheckIn, rung, learned, ..asked };
    let mut decision = Decision::empty();
    decide(&moment, catalogue, models, &mut decision);
    decision
}
