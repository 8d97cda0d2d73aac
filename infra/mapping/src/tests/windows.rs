//! Tumbling windows.

use std::ops::Range;

use serde_json::{Value, json};

use super::{lane, no_pauses, numbers, records};
use crate::*;

fn shard() -> ShardId {
    ShardId::numbered(0)
}

/// Windows of 100 milliseconds, in which the record of a number arrives at that millisecond.
fn windowed() -> Mapping {
    windowed_with(no_pauses())
}

fn windowed_with(settings: Settings) -> Mapping {
    let mut mapping = Mapping::new(Settings { tumbling_window_ms: 100, maximum_retry_attempts: Some(1), ..settings });
    mapping.discover(&[Shard { id: shard(), parents: Vec::new() }]);
    mapping
}

fn offer(mapping: &mut Mapping, numbers: Range<u64>, now_ms: u64) {
    mapping.offer(&shard(), records(numbers), now_ms);
}

fn invocation(mapping: &mut Mapping, now_ms: u64) -> (Vec<u64>, Window) {
    match mapping.next(now_ms) {
        Step::Invoke(batch) => (numbers(&batch), batch.window.unwrap()),
        other => panic!("{other:?}"),
    }
}

fn answer(mapping: &mut Mapping, state: &Value, now_ms: u64) {
    mapping.invoked(&lane(0), Answer::Returned(json!({ "state": state }).to_string().as_bytes()), now_ms);
}

#[test]
fn state_is_passed_on_within_a_window_and_dropped_after_its_last_invocation() {
    let mut mapping = windowed();
    offer(&mut mapping, 98..102, 102);
    let (numbers, window) = invocation(&mut mapping, 102);
    assert_eq!((numbers, window.start_ms, window.end_ms), (vec![98, 99], 0, 100));
    assert_eq!((&*window.state, window.is_final), (&json!({}), false));
    answer(&mut mapping, &json!({ "sum": 197 }), 102);
    let (numbers, window) = invocation(&mut mapping, 102);
    assert_eq!((numbers, window.start_ms), (vec![], 0));
    assert_eq!((&*window.state, window.is_final), (&json!({ "sum": 197 }), true));
    answer(&mut mapping, &json!({ "sum": 0 }), 102);
    let (numbers, window) = invocation(&mut mapping, 102);
    assert_eq!((numbers, window.start_ms, window.end_ms), (vec![100, 101], 100, 200));
    assert_eq!((&*window.state, window.is_final), (&json!({}), false));
}

#[test]
fn a_window_without_a_next_record_ends_when_a_read_after_its_end_found_nothing() {
    let mut mapping = windowed();
    offer(&mut mapping, 10..11, 10);
    invocation(&mut mapping, 10);
    answer(&mut mapping, &json!({ "n": 1 }), 10);
    assert_eq!(mapping.next(10), Step::WaitUntil(100));
    offer(&mut mapping, 0..0, 99);
    assert_eq!(mapping.next(150), Step::Idle, "records of the window may still be unread");
    offer(&mut mapping, 0..0, 150);
    let (numbers, window) = invocation(&mut mapping, 150);
    assert_eq!((numbers, window.is_final, &*window.state), (vec![], true, &json!({ "n": 1 })));
    answer(&mut mapping, &json!({}), 150);
    assert_eq!(mapping.next(150), Step::Idle);
}

#[test]
fn a_window_ends_with_its_shard_which_is_drained_only_then() {
    let mut mapping = windowed();
    offer(&mut mapping, 10..11, 10);
    mapping.ended(&shard());
    invocation(&mut mapping, 10);
    answer(&mut mapping, &json!({}), 10);
    assert!(!mapping.checkpoints().shards[&shard()].is_drained);
    assert!(invocation(&mut mapping, 10).1.is_final);
    answer(&mut mapping, &json!({}), 10);
    assert!(mapping.checkpoints().shards[&shard()].is_drained);
}

#[test]
fn a_failure_repeats_the_invocation_with_the_state_it_had() {
    let mut mapping = windowed_with(Settings { report_batch_item_failures: true, ..no_pauses() });
    offer(&mut mapping, 1..4, 10);
    invocation(&mut mapping, 10);
    let failed = SequenceNumber::of(2);
    let partial = json!({ "state": { "n": 1 }, "batchItemFailures": [{ "itemIdentifier": failed.as_str() }] });
    mapping.invoked(&lane(0), Answer::Returned(partial.to_string().as_bytes()), 10);
    let (again, window) = invocation(&mut mapping, 10);
    assert_eq!((again, &*window.state), (vec![2, 3], &json!({ "n": 1 })));
    mapping.invoked(&lane(0), Answer::Returned(b"{}"), 10);
    let Step::GiveUp(batch, Condition::RetryAttemptsExhausted) = mapping.next(10) else { panic!("not given up") };
    assert_eq!((numbers(&batch), &*batch.window.unwrap().state), (vec![2, 3], &json!({ "n": 1 })));
    mapping.failure_stored(&lane(0));
    mapping.ended(&shard());
    assert_eq!(&*invocation(&mut mapping, 10).1.state, &json!({ "n": 1 }));
}

#[test]
fn the_last_invocation_is_repeated_until_it_succeeds() {
    let mut mapping = windowed();
    offer(&mut mapping, 1..2, 10);
    mapping.ended(&shard());
    invocation(&mut mapping, 10);
    answer(&mut mapping, &json!({ "n": 1 }), 10);
    for _ in 0..5 {
        assert!(invocation(&mut mapping, 10).1.is_final);
        mapping.invoked(&lane(0), Answer::Failed, 10);
    }
    assert_eq!(&*invocation(&mut mapping, 10).1.state, &json!({ "n": 1 }));
}

#[test]
fn a_state_above_one_megabyte_ends_the_window_early_and_the_window_goes_on_empty() {
    let mut mapping = windowed_with(Settings { batch_size: 1, ..no_pauses() });
    offer(&mut mapping, 1..4, 10);
    let state = |bytes: usize| json!({ "text": "x".repeat(bytes - r#"{"text":""}"#.len()) });
    invocation(&mut mapping, 10);
    answer(&mut mapping, &state(1_048_576), 10);
    assert_eq!(invocation(&mut mapping, 10).0, [2]);
    answer(&mut mapping, &state(1_048_577), 10);
    let (numbers, window) = invocation(&mut mapping, 10);
    assert_eq!((numbers, window.is_terminated_early, window.is_final), (vec![], true, false));
    assert_eq!(*window.state, state(1_048_577));
    answer(&mut mapping, &json!({ "ignored": true }), 10);
    let (numbers, window) = invocation(&mut mapping, 10);
    assert_eq!((numbers, window.start_ms, &*window.state), (vec![3], 0, &json!({})));
}

#[test]
fn an_open_window_goes_on_in_a_later_life() {
    let mut mapping = windowed();
    offer(&mut mapping, 1..3, 10);
    invocation(&mut mapping, 10);
    answer(&mut mapping, &json!({ "n": 2 }), 10);
    let json = mapping.checkpoints().to_json();
    let mut later = Mapping::resume(mapping.settings().clone(), Checkpoints::from_json(&json).unwrap());
    offer(&mut later, 1..4, 20);
    let (numbers, window) = invocation(&mut later, 20);
    assert_eq!((numbers, window.start_ms, &*window.state), (vec![3], 0, &json!({ "n": 2 })));
}

#[test]
fn a_record_that_arrived_before_an_open_window_is_taken_into_it() {
    let mut mapping = windowed();
    let mut skewed = records(101..104);
    skewed[1].arrived_at_ms = 99;
    mapping.offer(&shard(), skewed, 110);
    let (numbers, window) = invocation(&mut mapping, 110);
    assert_eq!((numbers, window.start_ms), (vec![101, 102, 103], 100));
}
