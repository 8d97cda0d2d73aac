//! Where reading starts.

use super::{no_pauses, records};
use crate::*;

fn id(number: u32) -> ShardId {
    ShardId::numbered(number)
}

fn listed(number: u32, parents: &[u32]) -> Shard {
    Shard { id: id(number), parents: parents.iter().copied().map(id).collect() }
}

fn starting(starting_position: StartingPosition) -> Settings {
    Settings { starting_position, ..no_pauses() }
}

#[test]
fn shards_of_the_first_discovery_start_at_the_starting_position_and_later_ones_at_their_first_record() {
    let positions = [
        (StartingPosition::TrimHorizon, From::TrimHorizon),
        (StartingPosition::Latest, From::Latest),
        (StartingPosition::AtTimestamp(7), From::AtTimestamp(7)),
    ];
    for (position, from) in positions {
        let mut mapping = Mapping::new(starting(position));
        assert_eq!(mapping.reads(), []);
        mapping.discover(&[listed(0, &[])]);
        mapping.discover(&[listed(0, &[]), listed(1, &[])]);
        let mut expected = [Read { shard: id(0), from }, Read { shard: id(1), from: From::TrimHorizon }];
        assert_eq!(mapping.reads(), expected);
        let mut later = Mapping::resume(mapping.settings().clone(), mapping.checkpoints());
        assert_eq!(later.reads(), expected, "nothing is done yet");
        later.offer(&id(0), records(3..4), 0);
        expected[0].from = From::After(SequenceNumber::of(3));
        assert_eq!(later.reads(), expected);
    }
}

#[test]
fn at_the_latest_a_shard_with_children_has_nothing_to_give_and_they_start_at_once() {
    let mut mapping = Mapping::new(starting(StartingPosition::Latest));
    mapping.discover(&[listed(0, &[]), listed(1, &[0]), listed(2, &[0])]);
    let latest = |number| Read { shard: id(number), from: From::Latest };
    assert_eq!(mapping.reads(), [latest(1), latest(2)]);
}
