//! Several lanes on one shard.

use std::collections::{BTreeMap, BTreeSet};

use super::{no_pauses, numbers, records};
use crate::*;

fn shard() -> ShardId {
    ShardId::numbered(0)
}

/// Records with these partition keys, numbered from 0.
fn keyed(keys: &[&str]) -> Vec<Record> {
    let mut records = records(0..keys.len() as u64);
    for (record, key) in records.iter_mut().zip(keys) {
        record.partition_key = (*key).into();
    }
    records
}

fn laned(lanes: u32) -> Mapping {
    Mapping::new(Settings { parallelization_factor: lanes, ..no_pauses() })
}

fn all_batches(mapping: &mut Mapping) -> Vec<Batch> {
    std::iter::from_fn(|| match mapping.next(0) {
        Step::Invoke(batch) => Some(batch),
        _ => None,
    })
    .collect()
}

#[test]
fn records_of_one_key_share_a_lane_and_keys_spread_over_all_of_them() {
    let keys: Vec<_> = (0..200).map(|number| format!("customer-{}", number % 50)).collect();
    let mut mapping = laned(10);
    mapping.offer(&shard(), keyed(&keys.iter().map(String::as_str).collect::<Vec<_>>()), 0);
    let batches = all_batches(&mut mapping);
    assert_eq!(batches.iter().map(|batch| batch.lane.number).collect::<BTreeSet<_>>(), (0..10).collect());
    let mut lanes = BTreeMap::new();
    for batch in &batches {
        assert!(numbers(batch).is_sorted());
        for record in &batch.records {
            assert_eq!(*lanes.entry(record.partition_key.clone()).or_insert(batch.lane.number), batch.lane.number);
        }
    }
    assert_eq!(batches.iter().map(|batch| batch.records.len()).sum::<usize>(), 200);
}

#[test]
fn the_checkpoint_of_a_shard_is_the_lowest_over_its_lanes() {
    let mut mapping = laned(2);
    // By their hashes `a` and `e` go to different lanes.
    mapping.offer(&shard(), keyed(&["a", "e", "a", "e", "e"]), 0);
    let batches = all_batches(&mut mapping);
    let [first, second] = &batches[..] else { panic!("{batches:?}") };
    let (a, e) = if numbers(first) == [0, 2] { (first, second) } else { (second, first) };
    mapping.invoked(&e.lane, Answer::Returned(b""), 0);
    assert_eq!(mapping.checkpoint(&shard()), None);
    mapping.invoked(&a.lane, Answer::Returned(b""), 0);
    assert_eq!(mapping.checkpoint(&shard()), Some(&SequenceNumber::of(4)));
}

#[test]
fn the_checkpoint_stays_before_a_stuck_lane_however_far_the_others_are() {
    let mut mapping = laned(2);
    mapping.offer(&shard(), keyed(&["e", "a", "e", "a", "e"]), 0);
    for batch in all_batches(&mut mapping) {
        let is_stuck = numbers(&batch) == [1, 3];
        mapping.invoked(&batch.lane, if is_stuck { Answer::Failed } else { Answer::Returned(b"") }, 0);
    }
    assert_eq!(mapping.checkpoint(&shard()), Some(&SequenceNumber::of(0)));
    let mut later = Mapping::resume(mapping.settings().clone(), mapping.checkpoints());
    let from = From::After(SequenceNumber::of(0));
    assert_eq!(later.reads(), [Read { shard: shard(), from }]);
    later.offer(&shard(), keyed(&["e", "a", "e", "a", "e"]), 0);
    let mut again: Vec<_> = all_batches(&mut later).iter().map(numbers).collect();
    again.sort();
    assert_eq!(again, [vec![1, 3], vec![2, 4]]);
}

#[test]
fn a_lane_that_holds_a_full_batch_stops_the_reading_only_when_all_do_or_the_bound_is_reached() {
    let settings = Settings { parallelization_factor: 2, batch_size: 1, read_ahead: 4, ..no_pauses() };
    let mut mapping = Mapping::new(settings);
    mapping.offer(&shard(), keyed(&["a", "a", "a"]), 0);
    assert_eq!(mapping.reads().len(), 1);
    mapping.offer(&shard(), keyed(&["a", "a", "a", "a"]), 0);
    assert_eq!(mapping.reads(), []);
    let mut mapping = Mapping::new(Settings { parallelization_factor: 2, batch_size: 1, ..no_pauses() });
    mapping.offer(&shard(), keyed(&["a", "e"]), 0);
    assert_eq!(mapping.reads(), []);
}

#[test]
fn shards_and_lanes_take_turns_even_when_they_are_served_one_at_a_time() {
    let mut mapping = Mapping::new(Settings { parallelization_factor: 2, batch_size: 1, ..no_pauses() });
    for number in 0..2 {
        mapping.offer(&ShardId::numbered(number), keyed(&["a", "e", "a", "e", "a", "e"]), 0);
    }
    let mut served = Vec::new();
    while let Step::Invoke(batch) = mapping.next(0) {
        mapping.invoked(&batch.lane, Answer::Returned(b""), 0);
        served.push(batch.lane);
    }
    assert_eq!(served.len(), 12);
    for round in served.chunks(4) {
        assert_eq!(round.iter().collect::<BTreeSet<_>>().len(), 4, "{served:?}");
    }
}
