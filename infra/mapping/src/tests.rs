//! The mapping, step by step: one shard here, and a file each for lanes, splits, starts and windows.

mod lanes;
mod shards;
mod starts;
mod windows;

use std::ops::Range;

use crate::*;

fn shard() -> ShardId {
    ShardId::numbered(0)
}

pub(crate) fn lane(number: u32) -> LaneId {
    LaneId { shard: ShardId::numbered(number), number: 0 }
}

/// Records that arrived at their number, as put into a stream of one shard.
pub(crate) fn records(numbers: Range<u64>) -> Vec<Record> {
    let record = |number: u64| Record {
        sequence_number: SequenceNumber::of(u128::from(number)),
        partition_key: "c".into(),
        data: number.to_string().into_bytes().into(),
        arrived_at_ms: number,
    };
    numbers.map(record).collect()
}

pub(crate) fn numbers(batch: &Batch) -> Vec<u64> {
    let number = |record: &Record| std::str::from_utf8(&record.data).unwrap().parse().unwrap();
    batch.records.iter().map(number).collect()
}

pub(crate) fn failed_at(number: u64) -> String {
    let id = SequenceNumber::of(u128::from(number));
    format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{id}"}}]}}"#)
}

pub(crate) fn no_pauses() -> Settings {
    Settings { first_retry_delay_ms: 0, ..Settings::default() }
}

fn offered(settings: Settings, count: u64) -> Mapping {
    let mut mapping = Mapping::new(settings);
    mapping.offer(&shard(), records(0..count), 0);
    mapping
}

pub(crate) fn invoked_numbers(mapping: &mut Mapping, now_ms: u64) -> Vec<u64> {
    match mapping.next(now_ms) {
        Step::Invoke(batch) => numbers(&batch),
        other => panic!("{other:?}"),
    }
}

fn given_up(mapping: &mut Mapping, now_ms: u64) -> (Vec<u64>, Condition) {
    match mapping.next(now_ms) {
        Step::GiveUp(batch, condition) => (numbers(&batch), condition),
        other => panic!("{other:?}"),
    }
}

fn checkpoint(mapping: &Mapping) -> Option<SequenceNumber> {
    mapping.checkpoint(&shard()).cloned()
}

#[test]
fn batches_follow_each_other_in_order_and_the_shard_waits_for_each() {
    let mut mapping = offered(Settings { batch_size: 2, ..no_pauses() }, 3);
    assert_eq!(invoked_numbers(&mut mapping, 0), [0, 1]);
    assert_eq!(mapping.next(0), Step::Idle);
    mapping.invoked(&lane(0), Answer::Returned(b"null"), 0);
    assert_eq!(checkpoint(&mapping), Some(SequenceNumber::of(1)));
    assert_eq!(invoked_numbers(&mut mapping, 0), [2]);
    mapping.invoked(&lane(0), Answer::Returned(b"null"), 0);
    assert_eq!(mapping.next(0), Step::Idle);
}

#[test]
fn a_batch_waits_for_its_window_unless_it_is_full() {
    let settings = Settings { batch_size: 3, batching_window_ms: 500, ..no_pauses() };
    let mut mapping = Mapping::new(settings);
    mapping.offer(&shard(), records(0..1), 1_000);
    assert_eq!(mapping.next(1_100), Step::WaitUntil(1_500));
    mapping.offer(&shard(), records(1..2), 1_400);
    assert_eq!(mapping.next(1_499), Step::WaitUntil(1_500));
    assert_eq!(invoked_numbers(&mut mapping, 1_500), [0, 1]);
    mapping.invoked(&lane(0), Answer::Returned(b""), 1_500);
    mapping.offer(&shard(), records(2..6), 2_000);
    assert_eq!(invoked_numbers(&mut mapping, 2_000), [2, 3, 4]);
}

#[test]
fn a_batch_closes_at_six_megabytes_of_payload() {
    let mut large = records(0..4);
    for record in &mut large {
        record.data = vec![b'x'; 2_000_000].into();
    }
    let mut mapping = Mapping::new(no_pauses());
    mapping.offer(&shard(), large, 0);
    let Step::Invoke(batch) = mapping.next(0) else { panic!("no batch") };
    assert_eq!(batch.records.len(), 2);
}

#[test]
fn a_record_too_large_for_any_batch_travels_alone() {
    let mut large = records(0..2);
    large.first_mut().unwrap().data = vec![b'x'; 7_000_000].into();
    let mut mapping = Mapping::new(no_pauses());
    mapping.offer(&shard(), large, 0);
    let Step::Invoke(batch) = mapping.next(0) else { panic!("no batch") };
    assert_eq!(batch.records.len(), 1);
}

#[test]
fn without_report_batch_item_failures_a_partial_answer_is_ignored() {
    let mut mapping = offered(no_pauses(), 4);
    invoked_numbers(&mut mapping, 0);
    mapping.invoked(&lane(0), Answer::Returned(failed_at(1).as_bytes()), 0);
    assert_eq!(checkpoint(&mapping), Some(SequenceNumber::of(3)));
}

#[test]
fn a_partial_answer_moves_the_checkpoint_and_retries_from_the_failed_record() {
    let mut mapping = offered(Settings { report_batch_item_failures: true, ..no_pauses() }, 5);
    invoked_numbers(&mut mapping, 0);
    mapping.invoked(&lane(0), Answer::Returned(failed_at(2).as_bytes()), 0);
    assert_eq!(checkpoint(&mapping), Some(SequenceNumber::of(1)));
    assert_eq!(invoked_numbers(&mut mapping, 0), [2, 3, 4]);
}

#[test]
fn a_batch_is_given_up_after_its_retries_and_the_shard_waits_until_it_is_stored() {
    let settings = Settings { batch_size: 2, maximum_retry_attempts: Some(1), ..no_pauses() };
    let mut mapping = offered(settings, 3);
    for _ in 0..2 {
        assert_eq!(invoked_numbers(&mut mapping, 0), [0, 1]);
        mapping.invoked(&lane(0), Answer::Failed, 0);
    }
    assert_eq!(given_up(&mut mapping, 0), (vec![0, 1], Condition::RetryAttemptsExhausted));
    assert_eq!((mapping.next(0), checkpoint(&mapping)), (Step::Idle, None));
    mapping.failure_stored(&lane(0));
    assert_eq!(checkpoint(&mapping), Some(SequenceNumber::of(1)));
    assert_eq!(invoked_numbers(&mut mapping, 0), [2]);
}

#[test]
fn records_too_old_are_given_up_without_an_invocation_and_younger_ones_go_on() {
    let settings = Settings { maximum_record_age_ms: Some(100), ..no_pauses() };
    let mut mapping = offered(settings, 5);
    assert_eq!(given_up(&mut mapping, 103), (vec![0, 1, 2], Condition::RecordAgeExceeded));
    mapping.failure_stored(&lane(0));
    assert_eq!(invoked_numbers(&mut mapping, 103), [3, 4]);
}

#[test]
fn bisect_halves_without_using_up_retries() {
    let settings = Settings { bisect_batch_on_function_error: true, maximum_retry_attempts: Some(0), ..no_pauses() };
    let mut mapping = offered(settings, 4);
    for expected in [vec![0, 1, 2, 3], vec![0, 1], vec![0]] {
        assert_eq!(invoked_numbers(&mut mapping, 0), expected);
        mapping.invoked(&lane(0), Answer::Failed, 0);
    }
    assert_eq!(given_up(&mut mapping, 0).0, [0]);
    mapping.failure_stored(&lane(0));
    assert_eq!(invoked_numbers(&mut mapping, 0), [1]);
    mapping.invoked(&lane(0), Answer::Returned(b""), 0);
    assert_eq!(invoked_numbers(&mut mapping, 0), [2, 3]);
}

#[test]
fn bisect_cuts_at_the_record_that_a_partial_answer_names() {
    let settings = Settings {
        bisect_batch_on_function_error: true,
        report_batch_item_failures: true,
        maximum_retry_attempts: Some(0),
        ..no_pauses()
    };
    let mut mapping = offered(settings, 8);
    invoked_numbers(&mut mapping, 0);
    mapping.invoked(&lane(0), Answer::Returned(failed_at(5).as_bytes()), 0);
    assert_eq!(invoked_numbers(&mut mapping, 0), [5, 6, 7]);
}

#[test]
fn pauses_double_without_progress_up_to_the_longest_and_end_with_it() {
    let settings = Settings {
        report_batch_item_failures: true,
        first_retry_delay_ms: 100,
        longest_retry_delay_ms: 300,
        ..Settings::default()
    };
    let mut mapping = offered(settings, 3);
    for (now_ms, until_ms) in [(0, 100), (100, 300), (300, 600), (600, 900)] {
        invoked_numbers(&mut mapping, now_ms);
        mapping.invoked(&lane(0), Answer::Failed, now_ms);
        assert_eq!(mapping.next(now_ms), Step::WaitUntil(until_ms));
    }
    invoked_numbers(&mut mapping, 900);
    mapping.invoked(&lane(0), Answer::Returned(failed_at(1).as_bytes()), 900);
    assert_eq!(invoked_numbers(&mut mapping, 900), [1, 2]);
    mapping.invoked(&lane(0), Answer::Failed, 900);
    assert_eq!(mapping.next(900), Step::WaitUntil(1_000));
}

#[test]
fn one_shard_does_not_wait_for_another() {
    let mut mapping = offered(no_pauses(), 1);
    mapping.offer(&ShardId::numbered(1), records(1..2), 0);
    assert_eq!(invoked_numbers(&mut mapping, 0), [0]);
    assert_eq!(invoked_numbers(&mut mapping, 0), [1]);
    assert_eq!(mapping.next(0), Step::Idle);
}

#[test]
fn records_offered_twice_are_delivered_once() {
    let mut mapping = offered(no_pauses(), 3);
    mapping.offer(&shard(), records(1..4), 0);
    assert_eq!(invoked_numbers(&mut mapping, 0), [0, 1, 2, 3]);
}

#[test]
fn more_records_are_wanted_until_a_batch_is_full() {
    let settings = Settings { batch_size: 2, ..no_pauses() };
    let read = |from| vec![Read { shard: shard(), from }];
    assert_eq!(offered(settings.clone(), 0).reads(), read(From::TrimHorizon));
    assert_eq!(offered(settings.clone(), 1).reads(), read(From::After(SequenceNumber::of(0))));
    assert_eq!(offered(settings, 2).reads(), []);
}

#[test]
fn a_function_that_is_not_reached_keeps_its_batch_whole_and_its_retries() {
    let settings = Settings {
        bisect_batch_on_function_error: true,
        maximum_retry_attempts: Some(0),
        first_retry_delay_ms: 100,
        ..Settings::default()
    };
    let mut mapping = offered(settings, 4);
    for now_ms in [0, 100, 300] {
        assert_eq!(invoked_numbers(&mut mapping, now_ms), [0, 1, 2, 3]);
        mapping.invoked(&lane(0), Answer::NotInvoked, now_ms);
    }
    assert_eq!(mapping.next(300), Step::WaitUntil(700));
    assert_eq!(invoked_numbers(&mut mapping, 700), [0, 1, 2, 3]);
}

#[test]
fn records_that_no_filter_matches_count_as_done_with() {
    let filters = [r#"{"partitionKey":["other"]}"#, r#"{"data":{"kind":["a"]}}"#];
    let filters = filters.map(|pattern| Filter::parse(pattern).unwrap()).to_vec();
    let mut mapping = Mapping::new(Settings { filters, ..no_pauses() });
    let mut mixed = records(0..6);
    mixed[2].data = br#"{"kind":"a"}"#.as_slice().into();
    mapping.offer(&shard(), mixed[..2].to_vec(), 0);
    assert_eq!((mapping.next(0), checkpoint(&mapping)), (Step::Idle, Some(SequenceNumber::of(1))));
    mapping.offer(&shard(), mixed[2..].to_vec(), 0);
    let Step::Invoke(batch) = mapping.next(0) else { panic!("no batch") };
    assert_eq!(batch.records, mixed[2..3]);
    assert_eq!(checkpoint(&mapping), Some(SequenceNumber::of(1)));
    mapping.invoked(&lane(0), Answer::Returned(b""), 0);
    assert_eq!(checkpoint(&mapping), Some(SequenceNumber::of(5)));
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut mapping = offered(no_pauses(), 1);
    mapping.invoked(&lane(0), Answer::Returned(b""), 0);
    mapping.failure_stored(&lane(0));
    assert_eq!(checkpoint(&mapping), None);
    assert_eq!(invoked_numbers(&mut mapping, 0), [0]);
}
