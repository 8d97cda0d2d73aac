//! Splits and merges.

use super::{lane, no_pauses, numbers, records};
use crate::*;

fn id(number: u32) -> ShardId {
    ShardId::numbered(number)
}

fn shard(number: u32, parents: &[u32]) -> Shard {
    Shard { id: id(number), parents: parents.iter().copied().map(id).collect() }
}

fn reads(mapping: &Mapping) -> Vec<(ShardId, From)> {
    mapping.reads().into_iter().map(|read| (read.shard, read.from)).collect()
}

#[test]
fn children_of_a_split_are_read_when_their_parent_is_closed_and_done_with() {
    let mut mapping = Mapping::new(no_pauses());
    mapping.discover(&[shard(0, &[])]);
    mapping.offer(&id(0), records(0..2), 0);
    mapping.discover(&[shard(0, &[]), shard(1, &[0]), shard(2, &[0])]);
    assert_eq!(reads(&mapping), [(id(0), From::After(SequenceNumber::of(1)))]);
    mapping.ended(&id(0));
    assert_eq!(reads(&mapping), []);
    mapping.offer(&id(1), records(5..6), 0);
    let Step::Invoke(batch) = mapping.next(0) else { panic!("no batch") };
    assert_eq!(numbers(&batch), [0, 1]);
    assert_eq!(mapping.next(0), Step::Idle, "what is offered too early waits");
    mapping.invoked(&lane(0), Answer::Returned(b""), 0);
    assert_eq!(reads(&mapping), [(id(1), From::After(SequenceNumber::of(5))), (id(2), From::TrimHorizon)]);
    let Step::Invoke(batch) = mapping.next(0) else { panic!("no batch") };
    assert_eq!(numbers(&batch), [5]);
}

#[test]
fn the_child_of_a_merge_waits_for_both_parents() {
    let mut mapping = Mapping::new(no_pauses());
    mapping.discover(&[shard(0, &[]), shard(1, &[])]);
    mapping.discover(&[shard(0, &[]), shard(1, &[]), shard(2, &[0, 1])]);
    mapping.ended(&id(1));
    assert_eq!(reads(&mapping), [(id(0), From::TrimHorizon)]);
    mapping.ended(&id(0));
    assert_eq!(reads(&mapping), [(id(2), From::TrimHorizon)]);
}

#[test]
fn a_parent_that_is_neither_listed_nor_known_counts_as_drained() {
    let mut mapping = Mapping::new(no_pauses());
    mapping.discover(&[shard(7, &[3, 4])]);
    assert_eq!(reads(&mapping), [(id(7), From::TrimHorizon)]);
}

#[test]
fn a_child_waits_in_a_later_life_too_and_a_drained_parent_is_not_read_again() {
    let mut mapping = Mapping::new(no_pauses());
    let listed = [shard(0, &[]), shard(1, &[0])];
    mapping.discover(&listed);
    mapping.offer(&id(0), records(0..1), 0);
    mapping.ended(&id(0));
    let mut second = Mapping::resume(no_pauses(), mapping.checkpoints());
    second.discover(&listed);
    assert_eq!(reads(&second), [(id(0), From::TrimHorizon)]);
    second.offer(&id(0), records(0..1), 0);
    second.ended(&id(0));
    second.next(0);
    second.invoked(&lane(0), Answer::Returned(b""), 0);
    let json = second.checkpoints().to_json();
    let mut third = Mapping::resume(no_pauses(), Checkpoints::from_json(&json).unwrap());
    third.discover(&listed);
    assert_eq!(reads(&third), [(id(1), From::TrimHorizon)]);
    third.offer(&id(0), records(0..1), 0);
    assert_eq!(third.next(0), Step::Idle);
    assert_eq!(third.checkpoint(&id(0)), Some(&SequenceNumber::of(0)));
}

#[test]
fn drained_shards_that_the_stream_no_longer_lists_are_forgotten() {
    let mut mapping = Mapping::new(no_pauses());
    mapping.discover(&[shard(0, &[]), shard(1, &[0])]);
    mapping.ended(&id(0));
    mapping.discover(&[shard(1, &[0])]);
    assert_eq!(mapping.checkpoints().shards.len(), 2, "a child still names it");
    mapping.ended(&id(1));
    mapping.discover(&[shard(1, &[0]), shard(2, &[1])]);
    mapping.discover(&[shard(2, &[1])]);
    assert_eq!(mapping.checkpoints().shards.into_keys().collect::<Vec<_>>(), [id(1), id(2)]);
}
