//! Budgets, stock and the time of people: what decisions take of them is leased before they are committed, and never more than there is.

use proptest::prelude::*;
use serde_json::Value;
use tact_decide::{Action, Catalogue, Class, Issue, Limit, Mode, Models, Resource, Treatment};
use tact_domain::{Channel, Trigger};
use tact_pipeline::{Ending, ItemKey, Leases, Nonce, Process, Store, Versions, Write, replay};
use tact_wire::{decode_record, readable_body};

use super::world::{
    CATALOGUE, Function, MINUTE, SATURDAY, Sample, asks, block_on, decision_of, endings, function, handle,
    sound_function,
};
use crate::faults::{Fault, Script};

/// At every check-in a task for the staff, of which there are so many an hour in each store; whoever comes after them finds a card.
fn helping(most: u64) -> Catalogue {
    let way = |name: &str, channel, group_prior| Treatment {
        group_prior,
        valid_s: 3_600,
        text: "Help with the fitting.".to_owned(),
        ..Treatment::new(name, channel, Mode::Prompt)
    };
    let help = Action {
        class: Class::Transactional,
        triggers: vec![Trigger::CheckIn],
        margin: 10_000.0,
        limits: vec![Limit { of: Resource::Capacity, most, every_s: 3_600, per_store: true }],
        treatments: vec![way("task", Channel::Associate, 0.9), way("card", Channel::Inbox, 0.5)],
        ..Action::new("help", Issue::Service, "care")
    };
    Catalogue { hash: "of this test".to_owned(), actions: vec![help], entitlements: Vec::new(), ..CATALOGUE.clone() }
}

fn limited(mut function: Function, most: u64, process: &str) -> Function {
    function.catalogues = Versions::of(helping(most));
    (function.leases, function.process) = (Leases::default(), Process::named(process));
    function
}

/// So many customers, one after the other in one hour; their names begin so.
fn visitors(name: &str, count: i64) -> Vec<Sample> {
    (0..count).map(|n| asks(&format!("{name}{n}"), &format!("{name}{n}"), SATURDAY + n)).collect()
}

/// The channels decided on, in the order of the events of `visitors`.
fn channels(function: &Function, name: &str, count: i64) -> Vec<Channel> {
    let decisions = function.store.inner.decisions();
    (0..count).map(|n| decisions[&decision_of(&format!("{name}{n}"))].channel).collect()
}

/// The treatments an event led to no message by, each with the reason.
pub(super) fn refusals(function: &Function, event: &str) -> Vec<(String, String)> {
    let records = function.log.records();
    let (_, line) = records.iter().rfind(|(id, _)| *id == decision_of(event)).unwrap();
    let mut record: Value = serde_json::from_str(line).unwrap();
    let body = readable_body(record["body"].take(), function.catalogues.own());
    let refused = body["candidates"].as_array().unwrap().iter().filter(|c| c["fate"] == "refused");
    refused.map(|c| (c["treatment"].as_str().unwrap().to_owned(), c["reason"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn the_ninth_task_of_the_hour_becomes_a_card_and_the_next_hour_has_tasks_again() {
    let function = limited(sound_function(), 8, "one");
    let report = block_on(handle(&function, &visitors("v", 10)));
    assert_eq!(endings(&report), [Ending::Decided; 10]);
    let mut expected = [Channel::Associate; 10];
    expected[8..].fill(Channel::Inbox);
    assert_eq!(channels(&function, "v", 10), expected);
    assert_eq!(refusals(&function, "v7"), []);
    assert_eq!(refusals(&function, "v8"), [("task".to_owned(), "exhausted".to_owned())]);
    let later = asks("later", "later", SATURDAY + 60 * MINUTE);
    block_on(handle(&function, &[later]));
    assert_eq!(function.store.inner.decisions()[&decision_of("later")].channel, Channel::Associate);
}

#[test]
fn a_decision_for_which_nothing_was_left_replays_from_its_record_alone() {
    let function = limited(sound_function(), 1, "one");
    block_on(handle(&function, &visitors("v", 3)));
    for (_, line) in function.log.records() {
        let recorded = decode_record(&line).unwrap();
        assert_eq!(replay(&recorded, &helping(1), &Models::default(), None).unwrap(), recorded.body);
    }
    let recorded = decode_record(&function.log.records()[2].1).unwrap();
    assert_eq!(recorded.facts.exhausted.len(), 1);
}

#[test]
fn of_two_events_of_one_customer_in_a_batch_the_first_takes_what_is_left() {
    let again = |n: i64| asks(&format!("v{n}"), "ana", SATURDAY + n * MINUTE);
    let (batched, one_by_one) = (limited(sound_function(), 1, "one"), limited(sound_function(), 1, "one"));
    block_on(handle(&batched, &[again(0), again(1)]));
    for n in 0..2 {
        block_on(handle(&one_by_one, &[again(n)]));
    }
    assert_eq!(channels(&batched, "v", 2), [Channel::Associate, Channel::Inbox]);
    assert_eq!(channels(&batched, "v", 2), channels(&one_by_one, "v", 2));
}

#[test]
fn the_same_batch_comes_to_the_same_records_every_time() {
    let records = || {
        let function = limited(sound_function(), 5, "one");
        block_on(handle(&function, &visitors("v", 40)));
        function.log.records()
    };
    let first = records();
    assert_eq!(first.len(), 40);
    assert!((0..3).all(|_| records() == first));
}

#[test]
fn a_limit_that_cannot_be_read_counts_as_used_up_and_holds_up_nobody() {
    let function = limited(sound_function(), 8, "one");
    let hour = SATURDAY / (60 * MINUTE);
    let key = ItemKey::Lease(format!("help/capacity/market-street/{hour}").into(), 0);
    let write = [Write { key, expected: Some(0), bytes: b"?".to_vec(), forget_at: None, due_at: None }];
    block_on(function.store.inner.commit(&write, Nonce::of(&write))).unwrap();
    let report = block_on(handle(&function, &visitors("v", 2)));
    assert_eq!((endings(&report), report.failure), (vec![Ending::Decided; 2], None));
    assert_eq!(channels(&function, "v", 2), [Channel::Inbox; 2]);
    assert_eq!(refusals(&function, "v0"), [("task".to_owned(), "exhausted".to_owned())]);
}

#[test]
fn what_a_decision_took_that_lost_its_race_is_there_for_the_next_attempt() {
    // The customer, the lease twice, and then the commit.
    let faults = [Fault::None, Fault::None, Fault::None, Fault::Conflict];
    let function = limited(function(Script::of(&faults), Script::default()), 1, "one");
    let report = block_on(handle(&function, &visitors("v", 1)));
    assert_eq!(endings(&report), [Ending::Decided]);
    assert_eq!(channels(&function, "v", 1), [Channel::Associate]);
}

#[test]
fn what_a_decision_took_is_gone_when_nobody_knows_whether_it_was_committed() {
    let faults = [Fault::None, Fault::None, Fault::None, Fault::LoseAnswer];
    let function = limited(function(Script::of(&faults), Script::default()), 1, "one");
    let first = visitors("v", 1);
    assert_eq!(block_on(handle(&function, &first)).first_undone, Some(0));
    assert_eq!(endings(&block_on(handle(&function, &first))), [Ending::Duplicate], "it was");
    block_on(handle(&function, &visitors("w", 1)));
    assert_eq!(
        (channels(&function, "v", 1), channels(&function, "w", 1)),
        (vec![Channel::Associate], vec![Channel::Inbox])
    );
}

#[test]
fn nothing_is_taken_by_a_batch_that_could_not_be_logged() {
    let function = limited(function(Script::default(), Script::of(&[Fault::Fail])), 1, "one");
    let first = visitors("v", 1);
    assert_eq!(block_on(handle(&function, &first)).first_undone, Some(0));
    block_on(handle(&function, &first));
    assert_eq!(channels(&function, "v", 1), [Channel::Associate]);
}

#[test]
fn with_more_limits_used_up_than_are_asked_after_one_by_one_a_customer_still_gets_what_is_not_limited() {
    let mut catalogue = helping(0);
    let limited_by = |n: u32| Action {
        margin: 20_000.0 + f64::from(n),
        limits: vec![Limit { of: Resource::Stock, most: 1, every_s: 0, per_store: false }],
        treatments: catalogue.actions[0].treatments[1..].to_vec(),
        ..Action { name: format!("gift-{n}").into(), ..catalogue.actions[0].clone() }
    };
    let gifts: Vec<_> = (0..40).map(limited_by).collect();
    catalogue.actions.extend(gifts);
    let mut function = sound_function();
    function.catalogues = Versions::of(catalogue);
    let report = block_on(handle(&function, &visitors("v", 42)));
    assert_eq!(endings(&report), [Ending::Decided; 42]);
    let decisions = function.store.inner.decisions();
    let gifts = decisions.values().filter(|item| item.action.starts_with("gift-")).count();
    assert!((16..=40).contains(&gifts), "{gifts}: each gift once at most");
    let mut names: Vec<_> = decisions.values().map(|item| item.action.clone()).filter(|name| name != "help").collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), gifts);
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![
        6 => Just(Fault::Yield),
        4 => Just(Fault::None),
        1 => Just(Fault::Conflict),
        1 => Just(Fault::LoseAnswer),
        1 => Just(Fault::Throttle),
    ];
    proptest::collection::vec(fault, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn eight_functions_at_once_never_give_away_more_than_there_is(most in 0..12_u64, faults in faults()) {
        let one = limited(function(Script::of(&faults), Script::default()), most, "0");
        let functions: Vec<_> = (0..8).map(|place| {
            let mut function = limited(sound_function(), most, &place.to_string());
            function.store = one.store.clone();
            function
        }).collect();
        let work = async |place: usize| {
            let batch = visitors(&format!("p{place}-"), 3);
            for _ in 0..20 {
                if handle(&functions[place], &batch).await.first_undone.is_none() {
                    return true;
                }
            }
            false
        };
        let done = block_on(async {
            let four = async |from: usize| {
                let (a, b, c, d) = tokio::join!(work(from), work(from + 1), work(from + 2), work(from + 3));
                a && b && c && d
            };
            let (low, high) = tokio::join!(four(0), four(4));
            low && high
        });
        prop_assert!(done, "never done");
        let decisions = one.store.inner.decisions();
        let tasks = decisions.values().filter(|item| item.channel == Channel::Associate).count();
        prop_assert_eq!(decisions.len(), 24);
        prop_assert!(tasks as u64 <= most, "{} of {}", tasks, most);
    }
}
