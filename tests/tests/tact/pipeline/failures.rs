//! What a batch comes to when the table, the log or the clock fail: nothing lost, nothing decided twice, no cap broken.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;
use tact_domain::{Channel, Contact, DecisionId, EventKind, FacetKind, Timestamp};
use tact_pipeline::{BatchReport, Ending, ItemKey, Store, Versions};
use tact_wire::decode_record;

use super::world::{
    CATALOGUE, Function, MINUTE, SATURDAY, Sample, block_on, bodies, check_in, coffee_drinker, customer, days,
    decision_of, endings, function, handle, handle_until_done, profile, purchase, records, sound_function,
};
use crate::faults::{Call, Fault, FaultyStore, Script, scripts};

fn check_ins(names: &[&str]) -> Vec<Sample> {
    let sample = |(n, name): (i64, &&str)| check_in(&format!("c{n}-{name}"), name, SATURDAY + n * MINUTE);
    (0..).zip(names).map(sample).collect()
}

/// Which customers were loaded, in order.
fn loaded(function: &Function) -> Vec<String> {
    let load = |call: &Call| match call {
        Call::Load(customer) => Some(customer.to_string()),
        _ => None,
    };
    function.store.trace.calls().iter().filter_map(load).collect()
}

fn commits(function: &Function) -> usize {
    function.store.trace.calls().iter().filter(|call| matches!(call, Call::Commit(_))).count()
}

#[test]
fn a_customer_who_cannot_be_read_is_reported_from_their_first_record_and_the_others_are_done() {
    let mut function = sound_function();
    function.store.fails_for = Some(customer("bo"));
    let batch = check_ins(&["ana", "bo", "ana", "bo", "cy"]);
    let report = block_on(handle(&function, &batch));
    let done: Vec<_> = report.endings.iter().map(Option::is_some).collect();
    assert_eq!(done, [true, false, true, false, true]);
    assert_eq!(report.first_undone, Some(1));
    assert!(report.failure.unwrap().contains("does not answer"));
    assert_eq!(report.tally.records(), 3);

    function.store.fails_for = None;
    let rest = block_on(handle(&function, &batch[1..]));
    assert_eq!(endings(&rest), [Ending::Silent, Ending::Duplicate, Ending::Silent, Ending::Duplicate]);
    let undisturbed = sound_function();
    block_on(handle(&undisturbed, &batch));
    assert_eq!(function.store.inner.facets(), undisturbed.store.inner.facets());
}

#[test]
fn a_lost_race_is_decided_again_and_not_sent_again() {
    let function =
        function(Script::of(&[Fault::None, Fault::Conflict, Fault::None, Fault::Conflict]), Script::default());
    let report = block_on(handle(&function, &check_ins(&["ana"])));
    assert_eq!(endings(&report), [Ending::Silent]);
    assert_eq!((loaded(&function).len(), commits(&function)), (3, 3), "each time from what is there now");
    let attempts: Vec<_> = function
        .log
        .records()
        .iter()
        .map(|(_, line)| serde_json::from_str::<Value>(line).unwrap()["envelope"]["attempts"].as_u64())
        .collect();
    assert_eq!(attempts, [None, Some(2), Some(3)], "each attempt is logged before its commit, the first unnumbered");
    assert_eq!(report.committed.len(), 1);
}

#[test]
fn a_race_lost_three_times_is_left_to_be_delivered_again() {
    let lost = [Fault::None, Fault::Conflict].repeat(3);
    let function = function(Script::of(&lost), Script::default());
    let batch = check_ins(&["ana"]);
    let report = block_on(handle(&function, &batch));
    assert_eq!((report.first_undone, report.failure.as_deref()), (Some(0), Some("another writer was first")));
    assert_eq!((report.tally.records(), report.committed.len()), (0, 0));
    assert_eq!((loaded(&function).len(), function.store.inner.facets().len()), (3, 0));
    assert_eq!(endings(&block_on(handle(&function, &batch))), [Ending::Silent]);
}

#[test]
fn what_cannot_be_logged_is_not_committed() {
    let function = function(Script::default(), Script::of(&[Fault::Fail]));
    let batch = [&coffee_drinker("bo", &["email"])[..], &[super::world::raw("broken", b"{")]].concat();
    let report = block_on(handle(&function, &batch));
    assert_eq!(report.endings, vec![None; 3]);
    assert_eq!((report.first_undone, report.tally.records(), report.quarantined.len()), (Some(0), 0, 0));
    assert!(report.failure.unwrap().contains("the stream does not answer"));
    assert_eq!((commits(&function), function.store.inner.facets().len()), (0, 0));
    let again = block_on(handle(&function, &batch));
    assert_eq!(endings(&again), [Ending::Applied, Ending::Decided, Ending::Quarantined]);
}

#[test]
fn an_attempt_that_cannot_be_logged_is_not_committed_either() {
    let store = Script::of(&[Fault::None, Fault::Conflict]);
    let function = function(store, Script::of(&[Fault::None, Fault::Fail]));
    let report = block_on(handle(&function, &check_ins(&["ana"])));
    assert_eq!(report.first_undone, Some(0));
    assert_eq!((commits(&function), function.store.inner.facets().len()), (1, 0));
}

#[test]
fn after_the_deadline_no_customer_is_begun_and_what_was_begun_is_finished() {
    let function = function(Script::of(&[Fault::None, Fault::Delay(900)]), Script::default());
    let batch: Vec<_> = ["ana", "bo", "cy", "ana", "dee"].map(|name| check_in(name, name, SATURDAY)).to_vec();
    let stop_at = Some(Timestamp(SATURDAY + 800));
    let report = block_on(function.handle(&records(&batch), stop_at));
    assert_eq!(loaded(&function), ["ana", "bo"]);
    let expected = [Some(Ending::Silent), Some(Ending::Silent), None, Some(Ending::Duplicate), None];
    assert_eq!(report.endings, expected);
    assert_eq!((report.first_undone, report.failure.as_deref()), (Some(2), Some("the deadline came first")));
    let report = block_on(handle(&function, &batch[2..]));
    assert_eq!(endings(&report), [Ending::Silent, Ending::Duplicate, Ending::Silent]);
}

#[test]
fn a_panic_in_one_customer_is_contained_and_quarantined_while_the_others_finish() {
    let mut function = sound_function();
    function.store.panics_for = Some(customer("bo"));
    let batch = check_ins(&["ana", "bo", "cy", "bo"]);
    let report = block_on(handle(&function, &batch));
    let expected = [Ending::Silent, Ending::Quarantined, Ending::Silent, Ending::Quarantined];
    assert_eq!((endings(&report), report.first_undone), (expected.to_vec(), None));
    assert_eq!(report.tally.records(), 4);
    let refused: Vec<_> = report.quarantined.iter().map(|q| (&*q.reason, &*q.sequence)).collect();
    assert_eq!(refused, [("panic", "seq-c1-bo"), ("panic", "seq-c3-bo")]);
    assert_eq!(function.log.quarantined().len(), 2, "and it is in the log");
}

#[test]
fn a_panic_whose_quarantine_cannot_be_logged_is_delivered_again() {
    let mut function = function(Script::default(), Script::of(&[Fault::None, Fault::Fail]));
    function.store.panics_for = Some(customer("bo"));
    let report = block_on(handle(&function, &check_ins(&["ana", "bo"])));
    assert_eq!((report.first_undone, report.quarantined.len()), (Some(1), 0));
}

#[test]
fn a_stored_facet_that_cannot_be_read_stops_its_customer_and_nobody_else() {
    let function = sound_function();
    let key = ItemKey::Facet(customer("bo"), FacetKind::Consent);
    let corrupt = [tact_pipeline::Write { key, expected: Some(0), bytes: vec![9, 9], forget_at: None, due_at: None }];
    block_on(function.store.inner.commit(&corrupt, tact_pipeline::Nonce(1))).unwrap();
    let report = block_on(handle(&function, &check_ins(&["ana", "bo"])));
    assert_eq!((report.endings[0], report.first_undone), (Some(Ending::Silent), Some(1)));
    assert!(report.failure.unwrap().contains("deploy the version that wrote it"));
}

/// Every decision reported as committed, and how often.
fn reported(reports: &[BatchReport]) -> BTreeMap<DecisionId, usize> {
    let mut counts = BTreeMap::new();
    for (_, id) in reports.iter().flat_map(|report| &report.committed) {
        *counts.entry(*id).or_insert(0) += 1;
    }
    counts
}

/// The contacts of a customer since Saturday morning that caps count.
fn capped(function: &Function, name: &str) -> Vec<DecisionId> {
    let profile = profile(function, name);
    let counts = |contact: &&Contact| contact.capped && contact.planned_at >= Timestamp(SATURDAY);
    profile.contact.contacts().iter().filter(counts).map(|contact| contact.decision).collect()
}

/// The decisions to deliver since Saturday morning.
fn outbox(function: &Function) -> Vec<DecisionId> {
    let items = function.store.inner.decisions();
    items.values().filter(|item| item.planned_at >= Timestamp(SATURDAY)).map(|item| item.decision).collect()
}

/// The tasks that people of stores were given.
fn tasks(function: &Function) -> BTreeSet<DecisionId> {
    let items = function.store.inner.decisions();
    items.values().filter(|item| item.channel == Channel::Associate).map(|item| item.decision).collect()
}

/// Two functions on one table, each with its own kind of event and its own faults.
fn rivals(checkin: Vec<Fault>, purchase: Vec<Fault>) -> [Function; 2] {
    let mut rivals = [checkin, purchase].map(|faults| function(Script::of(&faults), Script::default()));
    let table = rivals[0].store.inner.clone();
    rivals[1].store = FaultyStore { inner: table, ..rivals[1].store.clone() };
    rivals[0].accepts = vec![EventKind::CheckIn];
    rivals[1].accepts = vec![EventKind::Purchase];
    rivals
}

/// A function for which nothing is limited: a limit that cannot be read counts as used up, and what a lost answer took of one is lost to it, so that
/// under faults there are fewer tasks for stores: never others, as is asked below; see `limits`.
fn unlimited(function: Function) -> Function {
    let mut catalogue = CATALOGUE.clone();
    catalogue.actions.iter_mut().for_each(|action| action.limits.clear());
    Function { catalogues: Versions::of(catalogue), ..function }
}

/// Lets a check-in and a purchase, each worth the one text a week, race for it.
fn race(checkin: Vec<Fault>, purchased: Vec<Fault>) -> [Function; 2] {
    let history = sound_function();
    block_on(handle(&history, &coffee_drinker("ana", &["sms"])));
    let mut rivals = rivals(checkin, purchased);
    for rival in &mut rivals {
        rival.store.inner = history.store.inner.clone();
    }
    let one = [check_in("race-c", "ana", SATURDAY)];
    let other = [purchase("race-p", "ana", SATURDAY, "coffee")];
    block_on(async { tokio::join!(handle_until_done(&rivals[0], &one), handle_until_done(&rivals[1], &other)) });
    rivals
}

#[test]
fn either_alone_spends_the_contact_and_together_only_one_does() {
    for (name, sample) in [("c", check_in("c", "ana", SATURDAY)), ("p", purchase("p", "ana", SATURDAY, "coffee"))] {
        let function = sound_function();
        block_on(handle(&function, &coffee_drinker("ana", &["sms"])));
        block_on(handle(&function, &[sample]));
        assert_eq!(capped(&function, "ana"), [decision_of(name)]);
        assert_eq!(function.store.inner.decisions()[&decision_of(name)].channel, Channel::Sms);
    }
    // Both load before either commits: the second finds the ledger changed, decides again and stays silent.
    let at_the_commit = || vec![Fault::None, Fault::Yield];
    let rivals = race(at_the_commit(), at_the_commit());
    assert_eq!(capped(&rivals[0], "ana").len(), 1);
    assert_eq!(rivals.iter().map(|rival| loaded(rival).len()).sum::<usize>(), 3, "one of them lost the race");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_no_store_gets_a_task_that_it_had_no_time_for(day in days(), store in scripts(), log in scripts()) {
        let (sound, faulty) = (sound_function(), function(Script::of(&store), Script::of(&log)));
        block_on(handle_until_done(&sound, &day));
        let reports = block_on(handle_until_done(&faulty, &day));
        prop_assert!(reported(&reports).values().all(|n| *n == 1), "committed more than once");
        let (expected, tasks) = (tasks(&sound), tasks(&faulty));
        prop_assert!(tasks.is_subset(&expected), "{:?} beyond {:?}", tasks, expected);
    }

    #[test]
    fn the_contact_cap_holds_however_two_functions_race(checkin in scripts(), purchased in scripts()) {
        let rivals = race(checkin, purchased);
        let ledger = capped(&rivals[0], "ana");
        prop_assert_eq!(ledger.len(), 1, "exactly one contact was spent");
        prop_assert_eq!(outbox(&rivals[0]), ledger, "and it is the one to be delivered");
    }

    #[test]
    fn whatever_fails_nothing_is_lost_and_nothing_decided_twice(day in days(), store in scripts(), log in scripts()) {
        let sound = unlimited(sound_function());
        let faulty = unlimited(function(Script::of(&store), Script::of(&log)));
        let undisturbed = block_on(handle_until_done(&sound, &day));
        let reports = block_on(handle_until_done(&faulty, &day));

        prop_assert!(faulty.store.inner.facets() == sound.store.inner.facets(), "the facets differ");
        prop_assert!(faulty.store.inner.others() == sound.store.inner.others(), "the other items differ");
        let (expected, counts) = (reported(&undisturbed), reported(&reports));
        prop_assert!(counts.values().all(|n| *n == 1), "committed more than once: {:?}", counts);
        prop_assert!(counts.keys().all(|id| expected.contains_key(id)), "committed what should not be");
        prop_assert_eq!(bodies(&faulty.log), bodies(&sound.log), "the last record of each decision is the committed one");

        let mut logged = BTreeSet::new();
        for call in faulty.store.trace.calls() {
            match call {
                Call::Log(ids) => logged.extend(ids),
                Call::Commit(keys) => for key in keys {
                    if let ItemKey::Decision(_, id) = key {
                        prop_assert!(logged.contains(&id) || sound.store.inner.decisions().contains_key(&id));
                    }
                },
                Call::Load(_) | Call::Get(_) => {}
            }
        }
        for (_, line) in faulty.log.records() {
            prop_assert!(decode_record(&line).is_ok(), "every record is whole");
        }
    }
}
