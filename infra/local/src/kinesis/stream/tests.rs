//! What a stream keeps, in which order, and for how long; whatever is split and merged meanwhile.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn stream_of(shards: u32, limits: Limits) -> Stream {
    Stream::new(NonZeroU32::new(shards).unwrap(), limits, 0)
}

fn put(stream: &mut Stream, key: &str, text: &str, at_ms: u64) -> (ShardId, SequenceNumber) {
    stream.put(&Entry::new(key, text.as_bytes()), at_ms).unwrap()
}

fn texts(page: &Page) -> Vec<&str> {
    page.records.iter().map(|record| std::str::from_utf8(&record.data).unwrap()).collect()
}

fn first() -> ShardId {
    ShardId::numbered(0)
}

/// Ten records on one shard, a second apart.
fn ten() -> (Stream, Vec<SequenceNumber>) {
    let mut stream = stream_of(1, Limits::AsKinesis);
    let numbers = (0..10).map(|n: u64| put(&mut stream, "c", &n.to_string(), n * 1_000).1).collect();
    (stream, numbers)
}

fn read(stream: &Stream, from: &Position) -> Page {
    stream.read(&first(), from, 100, 60_000).unwrap()
}

#[test]
fn sequence_numbers_have_56_digits_and_rise_over_all_shards() {
    let mut stream = stream_of(3, Limits::None);
    let numbers: Vec<_> = (0..50).map(|n| put(&mut stream, &format!("c{n}"), "x", n).1).collect();
    assert!(numbers.iter().all(|number| number.as_str().len() == 56));
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(stream.newest(), numbers[49]);
    assert!(stream.shards().iter().all(|shard| shard.starts < numbers[0]));
}

#[test]
fn one_key_stays_in_one_shard_and_keys_spread_over_all() {
    let mut stream = stream_of(5, Limits::None);
    let mut homes = BTreeMap::new();
    for n in 0..1_000 {
        let key = format!("customer-{}", n % 250);
        let home = put(&mut stream, &key, "x", 0).0;
        assert_eq!(homes.entry(key).or_insert_with(|| home.clone()), &home);
    }
    let sizes: Vec<_> = stream.shards().iter().map(|shard| shard.records.len()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 1_000);
    assert!(sizes.iter().all(|size| *size > 100), "{sizes:?}");
}

#[test]
fn the_shard_is_decided_by_the_md5_of_the_key_unless_another_hash_key_is_given() {
    // Independently computed: printf c-42 | md5sum.
    assert_eq!(hash_key("c-42"), 0x9d81_1d34_f8d2_d83e_5fc3_0461_7f9c_edc4);
    let mut stream = stream_of(2, Limits::None);
    assert_eq!(put(&mut stream, "c-42", "x", 0).0, ShardId::numbered(1));
    let entry = Entry { hash_key: 0, ..Entry::new("c-42", b"x") };
    assert_eq!(stream.put(&entry, 0).unwrap().0, first());
    assert_eq!(stream.home(&entry).unwrap(), first());
}

#[test]
fn every_position_is_found() {
    let (stream, numbers) = ten();
    let cases = [
        (Position::TrimHorizon, 0),
        (Position::Latest, 10),
        (Position::AtTimestamp(0), 0),
        (Position::AtTimestamp(3_000), 3),
        (Position::AtTimestamp(3_001), 4),
        (Position::AtTimestamp(9_001), 10),
        (Position::At(numbers[7].clone()), 7),
        (Position::After(numbers[7].clone()), 8),
        (Position::After(stream.shards()[0].starts.clone()), 0),
    ];
    for (from, first) in cases {
        let expected: Vec<_> = (first..10).map(|n| n.to_string()).collect();
        assert_eq!(texts(&read(&stream, &from)), expected, "{from:?}");
    }
}

#[test]
fn what_is_put_after_the_latest_was_asked_for_is_read_next_and_nothing_before_it() {
    let (mut stream, _) = ten();
    let page = read(&stream, &Position::Latest);
    assert!(page.records.is_empty() && !page.ended);
    put(&mut stream, "c", "new", 20_000);
    assert_eq!(texts(&read(&stream, &page.next)), ["new"]);
    // A time that has not come stays a time.
    let page = read(&stream, &Position::AtTimestamp(30_000));
    assert_eq!(page.next, Position::AtTimestamp(30_000));
}

#[test]
fn pages_stop_at_the_limit_and_tell_how_far_behind_they_are() {
    let (stream, numbers) = ten();
    let page = stream.read(&first(), &Position::TrimHorizon, 4, 60_000).unwrap();
    assert_eq!((texts(&page), page.behind_ms), (vec!["0", "1", "2", "3"], 57_000));
    assert_eq!(page.next, Position::After(numbers[3].clone()));
    assert_eq!(read(&stream, &page.next).behind_ms, 0);
}

#[test]
fn a_page_has_at_most_ten_mebibytes() {
    let mut stream = stream_of(1, Limits::None);
    let mebibyte = "x".repeat(1024 * 1024 - 1);
    for at_ms in 0..12 {
        put(&mut stream, "c", &mebibyte, at_ms);
    }
    let page = stream.read(&first(), &Position::TrimHorizon, 10_000, 60).unwrap();
    assert_eq!((page.records.len(), page.behind_ms), (10, 51));
    assert_eq!(stream.read(&first(), &page.next, 10_000, 60).unwrap().records.len(), 2);
}

#[test]
fn a_shard_that_has_taken_enough_refuses_and_its_neighbour_does_not() {
    let mut stream = stream_of(2, Limits::AsKinesis);
    let low = Entry { hash_key: 0, ..Entry::new("c", b"x") };
    let high = Entry { hash_key: u128::MAX, ..low.clone() };
    assert_eq!((0..1_200).filter(|_| stream.put(&low, 5).is_ok()).count(), 1_000);
    assert_eq!(stream.put(&low, 5), Err(PutError::ThroughputExceeded(first())));
    assert!(stream.put(&high, 5).is_ok() && stream.put(&low, 6).is_ok());
    let mut stream = stream_of(1, Limits::None);
    assert_eq!((0..2_200).filter(|_| stream.put(&low, 5).is_ok()).count(), 2_200);
}

#[test]
fn a_shard_is_read_five_times_a_second_where_it_is_counted() {
    let (mut stream, _) = ten();
    let mut count =
        |at_ms| (0..8).filter(|_| stream.read_counted(&first(), &Position::Latest, 1, at_ms).is_ok()).count();
    assert_eq!((count(10_000), count(10_400)), (5, 2));
    let refused = stream.read_counted(&first(), &Position::Latest, 1, 10_400).unwrap_err();
    assert_eq!(refused, ReadError::ThroughputExceeded(first()));
    let missing = ShardId::numbered(9);
    assert_eq!(stream.read(&missing, &Position::Latest, 1, 0), Err(ReadError::NoShard(missing)));
}

#[test]
fn trimmed_and_expired_records_are_gone_and_the_rest_is_read_from_the_start() {
    let (mut stream, numbers) = ten();
    stream.trim(&first(), &numbers[2]);
    assert_eq!(texts(&read(&stream, &Position::TrimHorizon))[0], "3");
    assert_eq!(texts(&read(&stream, &Position::After(numbers[0].clone())))[0], "3");
    stream.expire(6_000);
    assert_eq!(texts(&read(&stream, &Position::TrimHorizon)), ["6", "7", "8", "9"]);
    let mut kept = stream_of(1, Limits::None);
    put(&mut kept, "c", "x", 0);
    kept.expire(u64::MAX);
    assert_eq!(read(&kept, &Position::TrimHorizon).records.len(), 1);
}

#[test]
fn a_split_shard_ends_behind_its_last_record_and_is_forgotten_with_it() {
    let (mut stream, numbers) = ten();
    let half = u128::MAX / 2;
    let children = stream.split(&first(), half, 10_000).unwrap();
    assert_eq!(children, [ShardId::numbered(1), ShardId::numbered(2)]);
    let page = stream.read(&first(), &Position::TrimHorizon, 9, 60_000).unwrap();
    assert!(!page.ended && stream.read(&first(), &page.next, 9, 60_000).unwrap().ended);
    assert!(read(&stream, &Position::Latest).ended);
    let parent = stream.shard(&first()).unwrap();
    let closed = parent.closed.clone().unwrap();
    assert!(numbers[9] < closed.ends && closed.at_ms == 10_000);
    for (child, keys) in children.iter().zip([0..=half - 1, half..=u128::MAX]) {
        let child = stream.shard(child).unwrap();
        assert_eq!((&child.hash_keys, &child.parents), (&keys, &vec![first()]));
        assert!(closed.ends < child.starts);
    }
    stream.expire(10_000);
    assert!(stream.shard(&first()).is_some(), "it was closed within the retention period");
    stream.expire(10_001);
    assert_eq!(stream.shard(&first()).map(|shard| &shard.id), None);
}

#[test]
fn shards_that_cannot_be_split_or_merged_are_left_as_they_are() {
    let mut stream = stream_of(3, Limits::None);
    let [one, two, three] = [0, 1, 2].map(ShardId::numbered);
    let last = *stream.shards()[0].hash_keys.end();
    for at in [0, 1, last, last + 1] {
        assert_eq!(stream.split(&one, at, 0), Err(ReshardError::NotWithin { at, first: 0, last }));
    }
    assert_eq!(stream.merge(&one, &three, 0), Err(ReshardError::NotAdjacent(one.clone(), three.clone())));
    assert_eq!(stream.merge(&one, &one, 0), Err(ReshardError::NotAdjacent(one.clone(), one.clone())));
    let missing = ShardId::numbered(9);
    assert_eq!(stream.merge(&missing, &one, 0), Err(ReshardError::NoShard(missing)));
    assert_eq!(stream.shards().iter().filter(|shard| shard.is_open()).count(), 3);
    assert_eq!(stream.merge(&two, &one, 0).unwrap(), ShardId::numbered(3));
    assert_eq!(stream.split(&two, 5, 0), Err(ReshardError::Closed(two.clone())));
    assert_eq!(stream.shard(&ShardId::numbered(3)).unwrap().parents, [two, one]);
}

/// What may happen to a stream.
#[derive(Clone, Debug)]
enum Action {
    Put(u8),
    Split(usize, u8),
    Merge(usize),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        12 => (0..20_u8).prop_map(Action::Put),
        1 => (any::<usize>(), 1..255_u8).prop_map(|(shard, at)| Action::Split(shard, at)),
        1 => any::<usize>().prop_map(Action::Merge),
    ];
    prop::collection::vec(action, 1..250)
}

/// The open shards, by their hash keys.
fn open(stream: &Stream) -> Vec<&Shard> {
    let mut open: Vec<_> = stream.shards().iter().filter(|shard| shard.is_open()).collect();
    open.sort_by_key(|shard| *shard.hash_keys.start());
    open
}

fn act(stream: &mut Stream, action: &Action, at_ms: u64) {
    match action {
        Action::Put(key) => drop(put(stream, &format!("key-{key}"), &at_ms.to_string(), at_ms)),
        Action::Split(shard, at) => {
            let shards = open(stream);
            let shard = shards[shard % shards.len()];
            let (id, (first, last)) = (shard.id.clone(), (*shard.hash_keys.start(), *shard.hash_keys.end()));
            // A range that has become too narrow stays as it is.
            let _split = stream.split(&id, first + (last - first) / 256 * u128::from(*at), at_ms);
        }
        Action::Merge(shard) => {
            let shards = open(stream);
            if shards.len() > 1 {
                let lower = shard % (shards.len() - 1);
                let [one, other] = [lower, lower + 1].map(|place| shards[place].id.clone());
                stream.merge(&one, &other, at_ms).unwrap();
            }
        }
    }
}

/// Reads all shards in pages, a child only when its parents have ended; answers key and text of each record as they came.
fn consumed(stream: &Stream, limit: usize) -> Vec<(String, u64)> {
    let (mut ended, mut came) = (Vec::new(), Vec::new());
    let mut open: Vec<_> = stream.shards().iter().collect();
    let kept: usize = open.iter().map(|shard| shard.records.len()).sum();
    while let Some(place) = open.iter().position(|shard| shard.parents.iter().all(|parent| ended.contains(parent))) {
        let shard = open.remove(place);
        let mut from = Position::TrimHorizon;
        loop {
            let page = stream.read(&shard.id, &from, limit, 0).unwrap();
            came.extend(page.records.iter().map(|record| (record.partition_key.to_string(), record.arrived_at_ms)));
            assert!(came.len() <= kept, "no record is given twice");
            from = page.next;
            if page.ended {
                ended.push(shard.id.clone());
                break;
            }
            if page.records.is_empty() {
                assert!(shard.is_open(), "a closed shard ends");
                break;
            }
        }
    }
    assert!(open.is_empty(), "no shard is without its parents");
    came
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn resharding_loses_nothing_and_keeps_the_order_of_each_key(
        shards in 1..5_u32,
        actions in actions(),
        limit in 1..20_usize,
    ) {
        let mut stream = stream_of(shards, Limits::None);
        let mut expected: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (at_ms, action) in (0..).zip(&actions) {
            act(&mut stream, action, at_ms);
            if let Action::Put(key) = action {
                expected.entry(format!("key-{key}")).or_default().push(at_ms);
            }
            let mut next = Some(0);
            for shard in open(&stream) {
                prop_assert_eq!(next, Some(*shard.hash_keys.start()), "the open shards share all hash keys");
                next = shard.hash_keys.end().checked_add(1);
            }
            prop_assert_eq!(next, None);
        }
        let mut came: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for (key, at_ms) in consumed(&stream, limit) {
            came.entry(key).or_default().push(at_ms);
        }
        prop_assert_eq!(came, expected);
        for shard in stream.shards() {
            let ends = shard.closed.as_ref().map(|closed| &closed.ends);
            let within = |record: &Record| {
                shard.starts < record.sequence_number && ends.is_none_or(|ends| record.sequence_number < *ends)
            };
            prop_assert!(shard.records.iter().all(within));
        }
    }
}
