//! The right moment: nobody on an errand is held up at the door, and what was put off is decided again on what is known then.

use tact_decide::{Basis, PutOff, evaluate};
use tact_domain::{Appointment, Happened, Missions, On, Signal, Trouble};

use super::*;
use crate::pipeline::world::signal;

/// An appointment of a customer of these tests.
pub(super) fn appointment(issue: Issue, on: On, trigger: Trigger) -> Appointment {
    Appointment {
        issue: issue.name().into(),
        on,
        not_before: NOW,
        until: NOW.plus_s(4 * 3_600),
        made_by: DecisionId(9),
        trigger,
        store: Some("market-street".into()),
        said: None,
        promised: None,
    }
}

/// Somebody who comes to the store for one thing and goes, and lets us know it.
fn on_an_errand() -> Profile {
    let mut profile = willing();
    agreeing(&mut profile, &[(Purpose::Profiling, None), (Purpose::Location, None)], ConsentState::Granted, 2);
    let seen = profile.geolocation.stores.touch("market-street", NOW.plus_s(-86_400)).unwrap();
    seen.missions = [Missions { express: 8, browse: 0, unknown: 0 }; 2];
    profile
}

/// A decision at the store, when a trigger calls for it and these appointments are kept.
fn at(trigger: Trigger, profile: &Profile, catalogue: &Catalogue, kept: Vec<Appointment>) -> Decision {
    let customer = CustomerId::new("cust-1").unwrap();
    let asked = Moment::asked(DecisionId(1), &customer, profile, NOW);
    let trouble = catalogue.policy.trouble(profile, NOW);
    let store = Some("market-street".into());
    let mut decision = Decision::empty();
    let moment = Moment { trigger, store, kept, trouble, rung: Rung::GroupPrior, ..asked };
    decide(&moment, catalogue, &Models::default(), &mut decision);
    decision
}

/// An offer at the door, by every mode, that can wait.
fn offer() -> Action {
    let mut action = Action { triggers: vec![Trigger::Entry, Trigger::Due], ..worth("offer", Issue::Grow, 400.0) };
    let way =
        |name: &str, channel, mode| Treatment { name: name.into(), channel, mode, ..action.treatments[0].clone() };
    action.treatments = vec![
        way("told", Channel::Push, Mode::Push),
        way("asked", Channel::Push, Mode::Prompt),
        way("found", Channel::Inbox, Mode::Pull),
    ];
    action
}

#[test]
fn at_the_door_on_an_errand_there_is_silence_or_what_waits_to_be_found() {
    let all = catalogue(vec![offer()]);
    let decision = at(Trigger::Entry, &on_an_errand(), &all, Vec::new());
    let fates = fates(&decision, &all);
    let fate = |way: &str| fates[&("offer".into(), way.into())];
    assert_eq!(fate("told"), Fate::Refused(Reason::AtTheDoor));
    assert_eq!(fate("asked"), Fate::Refused(Reason::AtTheDoor));
    assert_eq!(fate("found"), Fate::Chosen);
    let mut pushing = offer();
    pushing.treatments.pop();
    let pushing = catalogue(vec![pushing]);
    assert_eq!(at(Trigger::Entry, &on_an_errand(), &pushing, Vec::new()).chosen, None);
    assert!(at(Trigger::Entry, &willing(), &pushing, Vec::new()).chosen.is_some(), "nobody says they are in a hurry");
}

#[test]
fn what_was_not_said_at_the_door_is_decided_on_the_way_out() {
    let mut pushing = offer();
    pushing.treatments.pop();
    let catalogue = catalogue(vec![pushing]);
    let made = at(Trigger::Entry, &on_an_errand(), &catalogue, Vec::new()).appointments;
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].on, made[0].not_before, made[0].until), (On::StoreExit, NOW, NOW.plus_s(4 * 3_600)));
    assert!(
        at(Trigger::Exit, &on_an_errand(), &catalogue, Vec::new()).candidates.is_empty(),
        "the exit alone calls for nothing"
    );
    assert!(at(Trigger::Exit, &on_an_errand(), &catalogue, made).chosen.is_some());
}

#[test]
fn it_is_decided_again_and_not_merely_later_whatever_it_waited_for() {
    let mut offer = offer();
    offer.treatments.pop();
    let mut catalogue = catalogue(vec![offer]);
    catalogue.policy.troubles = vec![(Trouble::Complaint, 86_400)];
    let waits = [
        (On::StoreExit, Trigger::Exit),
        (On::Purchase, Trigger::Purchase),
        (On::NextVisit, Trigger::CheckIn),
        (On::Time, Trigger::Due),
    ];
    for (on, trigger) in waits {
        catalogue.actions[0].put_off = Some(PutOff { on, at_s: 9 * 3_600, within_s: 86_400 });
        let made = at(Trigger::Entry, &willing(), &catalogue, Vec::new());
        assert_eq!((made.chosen, made.appointments.len()), (None, 1), "{on:?}");
        assert_eq!(made.appointments[0].on, on);
        let again =
            |profile: &Profile| at(trigger, profile, &catalogue, vec![appointment(Issue::Grow, on, Trigger::Entry)]);
        assert!(again(&willing()).chosen.is_some(), "{on:?}");
        let mut complained = willing();
        complained.contact.troubles.enter(Trouble::Complaint, NOW.plus_s(-60));
        let silent = again(&complained);
        assert_eq!(silent.chosen, None, "{on:?}");
        assert!(silent.candidates.iter().all(|one| one.fate == Fate::Refused(Reason::InTrouble)));
        let mut revoked = willing();
        agreeing(&mut revoked, &[(Purpose::Marketing, Some(Channel::Push))], ConsentState::Revoked, 5);
        let silent = again(&revoked);
        assert!(silent.candidates.iter().all(|one| one.fate == Fate::Refused(Reason::ConsentRevoked)), "{on:?}");
    }
}

#[test]
fn the_fold_keeps_the_appointment_of_the_door_at_the_exit_and_closes_it() {
    let mut pushing = offer();
    pushing.treatments.pop();
    let catalogue = Catalogue { places: tact_aws::catalogue().unwrap().places, ..catalogue(vec![pushing]) };
    let mut profile = on_an_errand();
    let signal = |nth: u64, at: Timestamp, lat: f64| {
        let fix = tact_domain::Sighting::Fix { lat, lon: -74.0060, accuracy_m: Some(5.0) };
        Signal { offset_s: -4 * 3_600, ..signal("cust-1", nth, at, Happened::Geolocation(fix)) }
    };
    let mut evaluated = |signal: &Signal| {
        let mut decision = Decision::empty();
        let basis = Basis { catalogue: &catalogue, models: &Models::default(), exhausted: &[] };
        let done = evaluate(signal, &mut profile, basis, signal.at, |_| Some(Rung::GroupPrior), &mut decision);
        (done.decided, decision.chosen.is_some(), profile.contact.appointments().len())
    };
    assert_eq!(evaluated(&signal(11, NOW, 40.7127)), (true, false, 1), "at the door");
    assert_eq!(evaluated(&signal(12, NOW.plus_s(240), 40.8127)), (true, true, 0), "on the way out");
}
