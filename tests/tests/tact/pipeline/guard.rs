//! Guardrails: what too many recipients want no more of rests by itself, in every process, and comes back by a trial.

use std::collections::BTreeMap;
use std::ops::Range;

use tact_decide::{
    Action, Catalogue, Class, Guard, Guardrail, Harm, Hold, Issue, Mode, Models, Phase, Policy, Treatment, Watch,
};
use tact_domain::{Channel, CustomerId, Timestamp, Trigger};
use tact_pipeline::{
    BatchReport, Ending, HoldReader, ItemKey, LogEntry, Nonce, Process, Store, Versions, Write, replay,
};
use tact_wire::decode_record;

use super::limits::refusals;
use super::world::{
    CATALOGUE, DAY, Function, MINUTE, SATURDAY, Sample, block_on, check_in, consent, decision_of, endings, handle,
    outcome, sound_function,
};
use crate::faults::Fault;

/// At every check-in a card that sells, and a receipt that is owed when it may not be shown.
fn guarded() -> Catalogue {
    let card = |name: &str, group_prior| Treatment {
        group_prior,
        valid_s: 3_600,
        text: "Look what is new.".to_owned(),
        ..Treatment::new(name, Channel::Inbox, Mode::Pull)
    };
    let action = |name: &str, margin, class| Action {
        class,
        triggers: vec![Trigger::CheckIn],
        margin,
        treatments: vec![card("card", 0.9)],
        ..Action::new(name, Issue::Grow, "care")
    };
    let guards = vec![Guard { harm: Harm::OptOut, limit: 0.02, alpha: 0.01 }];
    let guardrail = Guardrail { guards, rest_s: 7 * 86_400, trial: 0.3, trial_of: 5 };
    Catalogue {
        hash: "of this test".to_owned(),
        slots: Vec::new(),
        actions: vec![action("offer", 20_000.0, Class::Default), action("receipt", 10_000.0, Class::Transactional)],
        policy: Policy { guardrail, currency: "USD".into(), ..Policy::default() },
        entitlements: Vec::new(),
        ..CATALOGUE.clone()
    }
}

fn function() -> Function {
    let mut function = sound_function();
    function.catalogues = Versions::of(guarded());
    function
}

/// The same table and log, in another process.
fn beside(other: &Function, name: &str) -> Function {
    let mut function = function();
    (function.store, function.log, function.process) = (other.store.clone(), other.log.clone(), Process::named(name));
    function
}

/// So many customers, each of whom agrees to cards and an hour later checks in, one batch at an instant.
fn come(function: &Function, name: &str, count: i64, at: i64) {
    agree(function, name, count, at - 60 * MINUTE);
    visit(function, name, 0..count, at);
}

fn agree(function: &Function, name: &str, count: i64, at: i64) {
    let agree = |n: i64| consent(&format!("{name}{n}-yes"), &format!("{name}{n}"), at, &["inbox"]);
    block_on(handle(function, &(0..count).map(agree).collect::<Vec<_>>()));
}

fn visit(function: &Function, name: &str, which: Range<i64>, at: i64) {
    let count = which.clone().count();
    assert_eq!(endings(&visited(function, name, which, at)), vec![Ending::Decided; count]);
}

fn visited(function: &Function, name: &str, which: Range<i64>, at: i64) -> BatchReport {
    let come: Vec<_> = which.map(|n| check_in(&format!("{name}{n}"), &format!("{name}{n}"), at)).collect();
    block_on(handle(function, &come))
}

/// All of them say the same of what they got, in one batch.
fn say(function: &Function, name: &str, count: i64, (at, what): (i64, &str)) -> BatchReport {
    let said = |n: i64| outcome(&format!("{name}{n}-{what}"), &format!("{name}{n}"), at, &format!("{name}{n}"), what);
    block_on(handle(function, &(0..count).map(said).collect::<Vec<Sample>>()))
}

fn actions(function: &Function, name: &str, count: i64) -> Vec<String> {
    let decisions = function.store.inner.decisions();
    (0..count).map(|n| decisions[&decision_of(&format!("{name}{n}"))].action.to_string()).collect()
}

fn watch(function: &Function) -> (u64, Watch) {
    let key = ItemKey::Watch("offer".into(), "card".into());
    let item = block_on(function.store.inner.get(&key)).unwrap().unwrap();
    (item.version, serde_json::from_slice(&item.bytes).unwrap())
}

/// A function at which everybody opted out of the offer ten minutes ago.
fn suspended() -> Function {
    let function = function();
    come(&function, "a", 20, SATURDAY);
    let report = say(&function, "a", 20, (SATURDAY + 10 * MINUTE, "opted_out"));
    assert_eq!(report.tally.turned.get("suspended"), Some(&1));
    function
}

#[test]
fn what_everybody_opts_out_of_rests_and_what_is_owed_goes_on() {
    let function = suspended();
    assert_eq!(actions(&function, "a", 1), ["offer"]);
    come(&function, "b", 3, SATURDAY + 20 * MINUTE);
    assert_eq!(actions(&function, "b", 3), ["receipt"; 3]);
    assert_eq!(refusals(&function, "b0"), [("card".to_owned(), "guardrail".to_owned())]);
}

#[test]
fn a_batch_of_outcomes_writes_once_for_each_treatment_and_counts_each_message_once() {
    let function = function();
    come(&function, "a", 20, SATURDAY);
    say(&function, "a", 20, (SATURDAY + 10 * MINUTE, "accepted"));
    let (version, first) = watch(&function);
    assert_eq!((version, first.counts[0].n, first.counts[0].k), (1, 20, 0));
    say(&function, "a", 20, (SATURDAY + 10 * MINUTE, "accepted"));
    say(&function, "a", 20, (SATURDAY + 20 * MINUTE, "redeemed"));
    say(&function, "a", 20, (SATURDAY + 20 * MINUTE, "opened"));
    assert_eq!(watch(&function), (1, first), "nothing new is known of any message");
    say(&function, "a", 1, (SATURDAY + 30 * MINUTE, "opted_out"));
    let (version, later) = watch(&function);
    assert_eq!((version, later.counts[0].n, later.counts[0].k), (2, 20, 1), "harm counts although it comes late");
}

#[test]
fn a_message_counts_from_when_it_is_decided_and_silence_is_not_awaited() {
    let function = function();
    come(&function, "a", 20, SATURDAY);
    let (version, first) = watch(&function);
    assert_eq!((version, first.counts[0].n, first.counts[0].k), (1, 20, 0));
    come(&function, "b", 20, SATURDAY + MINUTE);
    say(&function, "b", 1, (SATURDAY + 10 * MINUTE, "opted_out"));
    let (version, later) = watch(&function);
    assert_eq!((version, later.counts[0].n, later.counts[0].k, later.phase), (3, 40, 1, Phase::Running));
}

#[test]
fn every_process_hears_of_a_suspension_within_half_a_minute() {
    let one = function();
    let other = beside(&one, "other");
    come(&one, "a", 20, SATURDAY - 10 * MINUTE);
    agree(&other, "c", 2, SATURDAY - MINUTE);
    come(&other, "b", 1, SATURDAY);
    say(&one, "a", 20, (SATURDAY + 1_000, "opted_out"));
    visit(&other, "c", 0..1, SATURDAY + 29_999);
    visit(&other, "c", 1..2, SATURDAY + 30_000);
    assert_eq!(actions(&one, "b", 1), ["offer"]);
    assert_eq!(actions(&one, "c", 2), ["offer", "receipt"], "a reading is good for half a minute and no longer");
}

#[test]
fn two_processes_count_one_rate() {
    let one = function();
    let other = beside(&one, "other");
    come(&one, "a", 10, SATURDAY);
    come(&one, "b", 10, SATURDAY + MINUTE);
    say(&one, "a", 10, (SATURDAY + 10 * MINUTE, "accepted"));
    say(&other, "b", 10, (SATURDAY + 10 * MINUTE, "declined"));
    assert_eq!(watch(&one).1.counts[0].n, 20);
}

#[test]
fn after_its_rest_a_share_tries_it_and_when_they_do_not_mind_everybody_gets_it_again() {
    let function = suspended();
    let tried = SATURDAY + 8 * DAY;
    come(&function, "t", 40, tried);
    let got = actions(&function, "t", 40);
    let is_in_trial = |n: i64| {
        let (action, customer) = (&guarded().actions[0], CustomerId::new(&format!("t{n}")).unwrap());
        guarded().policy.guardrail.tries(action, &action.treatments[0], &customer, Timestamp(tried))
    };
    let expected: Vec<_> = (0..40).map(|n| if is_in_trial(n) { "offer" } else { "receipt" }).collect();
    assert_eq!(got, expected);
    let few = got.iter().filter(|action| *action == "offer").count();
    assert!((5..25).contains(&few), "{few} of 40 at a share of 0.3");
    let report = say(&function, "t", 40, (tried + 10 * MINUTE, "accepted"));
    assert_eq!(report.tally.turned, BTreeMap::from([("running", 1)]), "the trial began when the first of them came");
    assert_eq!(
        watch(&function).1.log.iter().map(|turned| turned.to.name()).collect::<Vec<_>>(),
        ["suspended", "trial", "running",]
    );
    come(&function, "u", 5, tried + 20 * MINUTE);
    assert_eq!(actions(&function, "u", 5), ["offer"; 5]);
}

#[test]
fn a_trial_that_goes_wrong_rests_for_twice_as_long() {
    let function = suspended();
    let tried = SATURDAY + 8 * DAY;
    come(&function, "t", 40, tried);
    say(&function, "t", 40, (tried + 10 * MINUTE, "opted_out"));
    assert_eq!(watch(&function).1.phase, Phase::Suspended(Timestamp(tried + 10 * MINUTE + 14 * DAY)));
}

#[test]
fn every_change_is_logged() {
    let function = suspended();
    let entries = function.log.entries.lock().unwrap().clone();
    let told: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry {
            LogEntry::Guard { name, line } => Some((name.to_string(), line.clone())),
            _ => None,
        })
        .collect();
    let [(name, line)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(*name, Hold::Suspended.of("offer", "card"));
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["guard"], &line["turned"]["because"]), (&"guard/offer/card".into(), &"opt_out".into()));
}

#[test]
fn while_nobody_can_tell_what_is_suspended_nothing_sells() {
    let function = function();
    let write =
        [Write { key: ItemKey::HeldBack, expected: Some(0), bytes: b"?".to_vec(), forget_at: None, due_at: None }];
    block_on(function.store.inner.commit(&write, Nonce::of(&write))).unwrap();
    come(&function, "a", 2, SATURDAY);
    assert_eq!(actions(&function, "a", 2), ["receipt"; 2]);
    assert_eq!(refusals(&function, "a0"), [("card".to_owned(), "guardrail".to_owned())]);
}

#[test]
fn while_the_list_of_what_is_suspended_cannot_be_read_nothing_sells_and_then_it_does_again() {
    let function = function();
    function.store.about_everybody.always(Fault::Fail);
    come(&function, "a", 2, SATURDAY);
    assert_eq!(actions(&function, "a", 2), ["receipt"; 2]);
    assert_eq!(refusals(&function, "a0"), [("card".to_owned(), "guardrail".to_owned())]);
    function.store.about_everybody.always(Fault::None);
    come(&function, "b", 2, SATURDAY + MINUTE);
    assert_eq!(actions(&function, "b", 2), ["offer"; 2]);
}

#[test]
fn each_message_is_counted_once_whatever_befalls_the_count() {
    // What is suspended is read first, then the count, which is then written.
    let agreed = || {
        let function = function();
        agree(&function, "a", 20, SATURDAY - 60 * MINUTE);
        function
    };
    for befalls in [Fault::Conflict, Fault::LoseAnswer, Fault::Yield] {
        let function = agreed();
        function.store.about_everybody.begin(&[Fault::None, Fault::None, befalls]);
        visit(&function, "a", 0..20, SATURDAY);
        assert!(function.store.about_everybody.is_over(), "{befalls:?} befell");
        visited(&function, "a", 0..20, SATURDAY);
        let (version, watch) = watch(&function);
        assert_eq!((version, watch.counts[0].n, watch.counts[0].k), (1, 20, 0), "{befalls:?}");
    }
    let function = agreed();
    function.store.about_everybody.begin(&[Fault::None, Fault::None, Fault::Fail]);
    let report = visited(&function, "a", 0..20, SATURDAY);
    assert_eq!((report.tally.uncounted, report.first_undone), (20, None), "what cannot be counted holds nobody up");
}

#[test]
fn a_suspension_whose_answer_was_lost_holds() {
    let function = function();
    come(&function, "a", 20, SATURDAY);
    // The list is read twice, as it is written with the count.
    function.store.about_everybody.begin(&[Fault::None, Fault::None, Fault::None, Fault::LoseAnswer]);
    say(&function, "a", 20, (SATURDAY + 10 * MINUTE, "opted_out"));
    assert!(function.store.about_everybody.is_over());
    come(&function, "b", 2, SATURDAY + 20 * MINUTE);
    assert_eq!(actions(&function, "b", 2), ["receipt"; 2]);
}

#[test]
fn a_decision_that_a_guardrail_changed_replays_from_its_record_alone() {
    let function = suspended();
    come(&function, "b", 2, SATURDAY + 20 * MINUTE);
    for (_, line) in function.log.records() {
        let recorded = decode_record(&line).unwrap();
        assert_eq!(replay(&recorded, &guarded(), &Models::default(), None).unwrap(), recorded.body);
    }
    let named = |name: &str| {
        let records = function.log.records();
        let (_, line) = records.iter().rfind(|(id, _)| *id == decision_of(name)).unwrap();
        decode_record(line).unwrap().facts.exhausted
    };
    assert_eq!((named("a0"), named("b0")), (Vec::new(), vec![Hold::Suspended.of("offer", "card")]));
}

#[test]
fn without_guardrails_nothing_is_counted() {
    let mut function = function();
    let policy = Policy { guardrail: Guardrail::default(), ..guarded().policy };
    function.catalogues = Versions::of(Catalogue { policy, ..guarded() });
    function.holds = HoldReader::default();
    come(&function, "a", 2, SATURDAY);
    say(&function, "a", 2, (SATURDAY + MINUTE, "opted_out"));
    let key = ItemKey::Watch("offer".into(), "card".into());
    assert_eq!(block_on(function.store.inner.get(&key)).unwrap(), None);
}
