//! What holds for every stream, function, poison, partial answer, split, merge and crash.

mod stream;
mod world;

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::*;
use stream::{Change, KEYS, Stream, number_of};
use world::{Function, Move, World};

prop_compose! {
    fn settings()(
        batch_size in 1_usize..20,
        batching_window_ms in prop_oneof![Just(0_u64), 1_u64..500],
        parallelization_factor in prop_oneof![Just(1_u32), 2_u32..=10],
        is_filtered in any::<bool>(),
        bisect_batch_on_function_error in any::<bool>(),
        retries in 0_u32..4,
        first_retry_delay_ms in 0_u64..50,
    ) -> Settings {
        // Every fifth record is held back.
        let filter = r#"{"data":{"n":[{"anything-but":[0,5,10,15,20,25,30,35,40,45,50,55,60,65,70,75,80,85,90,95]}]}}"#;
        Settings {
            batch_size,
            batching_window_ms,
            parallelization_factor,
            filters: if is_filtered { vec![Filter::parse(filter).unwrap()] } else { Vec::new() },
            report_batch_item_failures: true,
            bisect_batch_on_function_error,
            maximum_retry_attempts: Some(retries),
            first_retry_delay_ms,
            longest_retry_delay_ms: 100,
            ..Settings::default()
        }
    }
}

prop_compose! {
    fn function()(
        poison in prop::collection::btree_set(0_u64..60, 0..5),
        flaky in prop::collection::vec(prop::bool::weighted(0.3), 0..30),
        reports_items in any::<bool>(),
    ) -> Function {
        Function { poison, flaky, reports_items }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        10 => (0..KEYS).prop_map(|key| Change::Put { key }),
        1 => (0_usize..8).prop_map(|shard| Change::Split { shard }),
        1 => (0_usize..8).prop_map(|shard| Change::Merge { shard }),
    ];
    prop::collection::vec(change, 0..70)
}

fn puts() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec((0..KEYS).prop_map(|key| Change::Put { key }), 0..70)
}

fn moves(crashes: u32) -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        8 => Just(Move::Change),
        1 => Just(Move::Discover),
        5 => (0_usize..8, 1_usize..9).prop_map(|(choice, limit)| Move::Poll { choice, limit }),
        6 => Just(Move::Next),
        5 => (0_usize..8).prop_map(|choice| Move::Answer { choice }),
        2 => (1_u64..300).prop_map(|ms| Move::Wait { ms }),
        crashes => Just(Move::Crash),
    ];
    prop::collection::vec(one, 0..150)
}

/// All records of a stream, in the order in which they were put.
fn all(stream: &Stream) -> Vec<Record> {
    let mut records: Vec<_> = stream.listed().iter().flat_map(|shard| stream.all(&shard.id).to_vec()).collect();
    records.sort_by(|one, other| one.sequence_number.cmp(&other.sequence_number));
    records
}

/// The poison that a function is given: filtered records are not.
fn poison(stream: &Stream, settings: &Settings, function: &Function) -> BTreeSet<u64> {
    let is_given =
        |number: &u64| *number < stream.records && (settings.filters.is_empty() || !number.is_multiple_of(5));
    function.poison.iter().copied().filter(is_given).collect()
}

proptest! {
    /// Order per key, at least once and nothing skipped are checked at every move.
    #[test]
    fn every_record_ends_processed_given_up_or_filtered_in_the_order_of_its_key_whatever_fails_splits_merges_or_crashes(
        shards in 1_u8..4, changes in changes(), settings in settings(), function in function(), moves in moves(2)
    ) {
        let world = World::new(&settings, &function, Stream::new(shards), &changes).play(&moves);
        for record in all(&world.stream) {
            prop_assert!(world.is_done(number_of(&record)), "{record:?}");
        }
        let poison = poison(&world.stream, &settings, &function);
        prop_assert!(poison.is_subset(&world.ledger.given_up));
        prop_assert!(poison.is_disjoint(&world.ledger.processed));
        let last = world.mapping.checkpoints();
        for shard in world.stream.listed() {
            let newest = world.stream.all(&shard.id).last().map(|record| &record.sequence_number);
            prop_assert_eq!(last.shards[&shard.id].done_through.as_ref(), newest);
        }
    }

    #[test]
    fn a_record_is_delivered_at_most_once_more_than_its_retries_when_batches_are_not_cut(
        changes in changes(), settings in settings(), function in function(), moves in moves(0)
    ) {
        let settings = Settings { bisect_batch_on_function_error: false, ..settings };
        let most = settings.maximum_retry_attempts.unwrap() + 1;
        let ledger = World::new(&settings, &function, Stream::new(1), &changes).play(&moves).ledger;
        prop_assert!(ledger.deliveries.values().all(|times| *times <= most), "{:?}", ledger.deliveries);
    }

    #[test]
    fn cuts_add_at_most_one_delivery_for_each_other_record_of_the_batch(
        changes in changes(), settings in settings(), function in function(), moves in moves(0)
    ) {
        let settings = Settings { bisect_batch_on_function_error: true, ..settings };
        let most = settings.maximum_retry_attempts.unwrap() as usize + settings.batch_size;
        let ledger = World::new(&settings, &function, Stream::new(1), &changes).play(&moves).ledger;
        prop_assert!(ledger.deliveries.values().all(|times| *times as usize <= most), "{:?}", ledger.deliveries);
    }

    #[test]
    fn bisect_gives_up_exactly_the_poison(
        shards in 1_u8..4, changes in changes(), settings in settings(), function in function(), moves in moves(2)
    ) {
        let settings = Settings { bisect_batch_on_function_error: true, ..settings };
        let function = Function { flaky: Vec::new(), ..function };
        let world = World::new(&settings, &function, Stream::new(shards), &changes).play(&moves);
        prop_assert_eq!(&world.ledger.given_up, &poison(&world.stream, &settings, &function));
    }

    /// Each cut of a failing batch costs two invocations and halves it, each poison its retries.
    #[test]
    fn bisect_needs_the_invocations_that_halving_needs(
        count in 0_u64..60, settings in settings(), function in function()
    ) {
        let settings = Settings {
            parallelization_factor: 1,
            filters: Vec::new(),
            bisect_batch_on_function_error: true,
            ..settings
        };
        let function = Function { flaky: Vec::new(), reports_items: false, ..function };
        let mut stream = Stream::new(1);
        for _ in 0..count {
            stream.change(Change::Put { key: 0 }, 0);
        }
        let mut world = World::new(&settings, &function, stream, &[]);
        world.mapping.offer(&ShardId::numbered(0), all(&world.stream), 0);
        let world = world.play(&[]);
        let retries = settings.maximum_retry_attempts.unwrap() as usize;
        let numbers: Vec<_> = (0..count).collect();
        let batches: Vec<_> = numbers.chunks(settings.batch_size).collect();
        let expected: usize = batches.iter().map(|batch| halving(batch, &function.poison, retries)).sum();
        prop_assert_eq!(world.ledger.invocations, expected);
        let poison = poison(&world.stream, &settings, &function).len();
        let depth = settings.batch_size.next_power_of_two().ilog2() as usize;
        prop_assert!(expected <= batches.len() + poison * (2 * depth + retries));
    }

    #[test]
    fn a_stuck_lane_never_holds_up_another(
        changes in puts(), settings in settings(), function in function(), moves in moves(0), stuck in 0_u32..10
    ) {
        let mut world = World::new(&settings, &function, Stream::new(1), &changes);
        let lanes = settings.parallelization_factor;
        world.stuck = Some(LaneId { shard: ShardId::numbered(0), number: stuck % lanes });
        let world = world.play(&moves);
        for record in all(&world.stream) {
            let hash = u128::from_be_bytes(md5::compute(record.partition_key.as_bytes()).0);
            let is_stuck = hash % u128::from(lanes) == u128::from(stuck % lanes);
            prop_assert!(is_stuck || world.is_done(number_of(&record)), "{record:?}");
        }
    }

    #[test]
    fn a_stuck_shard_never_holds_up_another(
        changes in puts(), settings in settings(), function in function(), moves in moves(0)
    ) {
        let settings = Settings { parallelization_factor: 1, ..settings };
        let mut world = World::new(&settings, &function, Stream::new(3), &changes);
        world.stuck = Some(LaneId { shard: ShardId::numbered(1), number: 0 });
        let world = world.play(&moves);
        for shard in [0, 2].map(ShardId::numbered) {
            for record in world.stream.all(&shard) {
                prop_assert!(world.is_done(number_of(record)), "{record:?}");
            }
        }
    }

    /// A window's last state has each of its records once: those of its time in its shard, but those given up.
    #[test]
    fn a_window_ends_with_the_state_of_all_its_records_whatever_fails_splits_merges_or_crashes(
        shards in 1_u8..4, changes in changes(), settings in settings(), function in function(), moves in moves(2),
        window_ms in 20_u64..500
    ) {
        let settings = Settings { tumbling_window_ms: window_ms, ..settings };
        let world = World::new(&settings, &function, Stream::new(shards), &changes).play(&moves);
        let mut expected = std::collections::BTreeMap::<_, BTreeSet<u64>>::new();
        for shard in world.stream.listed() {
            for record in world.stream.all(&shard.id) {
                let number = number_of(record);
                if settings.filters.is_empty() || !number.is_multiple_of(5) {
                    let seen = expected.entry((shard.id.clone(), record.arrived_at_ms / window_ms * window_ms)).or_default();
                    seen.extend(Some(number).filter(|number| !world.ledger.given_up.contains(number)));
                }
            }
        }
        prop_assert_eq!(world.ledger.windows.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (window, states) in &world.ledger.windows {
            for state in states {
                let state: BTreeSet<_> = state.difference(&world.ledger.given_up).copied().collect();
                prop_assert_eq!(&state, &expected[window]);
            }
        }
    }

    #[test]
    fn without_a_bound_on_retries_age_ends_them(
        count in 1_u64..40, settings in settings(), poison in 0_u64..40
    ) {
        let settings = Settings {
            maximum_retry_attempts: None,
            maximum_record_age_ms: Some(5_000),
            first_retry_delay_ms: 1,
            filters: Vec::new(),
            ..settings
        };
        let function = Function { poison: [poison].into(), flaky: Vec::new(), reports_items: true };
        let changes = vec![Change::Put { key: 0 }; usize::try_from(count).unwrap()];
        let ledger = World::new(&settings, &function, Stream::new(1), &changes).play(&[]).ledger;
        prop_assert_eq!(ledger.processed.union(&ledger.given_up).count() as u64, count);
        prop_assert_eq!(ledger.given_up.contains(&poison), poison < count);
    }

    #[test]
    fn the_same_calls_give_the_same_steps(
        shards in 1_u8..4, changes in changes(), settings in settings(), function in function(), moves in moves(1)
    ) {
        let play = || World::new(&settings, &function, Stream::new(shards), &changes).play(&moves);
        let (one, other) = (play(), play());
        prop_assert_eq!(one.ledger, other.ledger);
        prop_assert_eq!(one.mapping.checkpoints(), other.mapping.checkpoints());
    }

    #[test]
    fn after_a_partial_answer_the_next_batch_starts_at_its_lowest_record(
        count in 2_u64..40, failed in prop::collection::vec(0_u64..40, 1..6), bisect in any::<bool>()
    ) {
        let shard = ShardId::numbered(0);
        let settings = Settings {
            report_batch_item_failures: true,
            bisect_batch_on_function_error: bisect,
            first_retry_delay_ms: 0,
            ..Settings::default()
        };
        let failed: Vec<_> = failed.iter().map(|number| number % count).collect();
        let mut mapping = Mapping::new(settings);
        mapping.offer(&shard, crate::tests::records(0..count), 0);
        mapping.next(0);
        let ids = failed.iter().map(|number| SequenceNumber::of(u128::from(*number)).to_string());
        let items: Vec<_> = ids.map(|id| serde_json::json!({ "itemIdentifier": id })).collect();
        let answer = serde_json::json!({ "batchItemFailures": items }).to_string();
        mapping.invoked(&crate::tests::lane(0), Answer::Returned(answer.as_bytes()), 0);
        let lowest = *failed.iter().min().unwrap();
        let before = lowest.checked_sub(1).map(|number| SequenceNumber::of(u128::from(number)));
        prop_assert_eq!(mapping.checkpoint(&shard).cloned(), before);
        let Step::Invoke(batch) = mapping.next(0) else { return Err(TestCaseError::fail("no retry")) };
        prop_assert_eq!(crate::tests::numbers(&batch).first().copied(), Some(lowest));
    }
}

/// How many invocations it takes to get a batch done with by halving what fails.
fn halving(batch: &[u64], poison: &BTreeSet<u64>, retries: usize) -> usize {
    if !batch.iter().any(|number| poison.contains(number)) {
        return 1;
    }
    if batch.len() == 1 {
        return 1 + retries;
    }
    let (first, second) = batch.split_at(batch.len().div_ceil(2));
    1 + halving(first, poison, retries) + halving(second, poison, retries)
}
