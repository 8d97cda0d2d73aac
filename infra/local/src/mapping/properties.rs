//! What holds for every mapping, function, poison, partial answer and crash.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use proptest::prelude::*;

use super::tests::numbers;
use super::*;
use crate::stream::Stream;

/// A function whose poison records always fail, and which now and then fails without a reason.
#[derive(Clone, Debug)]
struct Function {
    poison: BTreeSet<u64>,
    /// Consulted one per invocation: a whole failure where true; none after the end.
    flaky: Vec<bool>,
    reports_items: bool,
}

/// What became of every record.
#[derive(Debug, Default)]
struct Ledger {
    /// Records in the order in which they were first done with, per shard.
    order: BTreeMap<ShardId, Vec<u64>>,
    processed: BTreeSet<u64>,
    given_up: BTreeSet<u64>,
    deliveries: BTreeMap<u64, u32>,
    invocations: usize,
}

impl Ledger {
    fn done(&mut self, shard: ShardId, records: &[u64], is_given_up: bool) {
        for number in records {
            if !self.processed.contains(number) && !self.given_up.contains(number) {
                self.order.entry(shard).or_default().push(*number);
            }
            if is_given_up {
                self.given_up.insert(*number)
            } else {
                self.processed.insert(*number)
            };
        }
    }
}

/// Plays a stream through a mapping to its end; before the steps where `crashes` says so, the mapping is lost and starts
/// again from its checkpoints.
fn play(stream: &Stream, settings: &Settings, function: &Function, crashes: &[bool]) -> Ledger {
    let mut ledger = Ledger::default();
    let mut mapping = Mapping::new(settings.clone());
    let mut now_ms = 1_000;
    let mut crashes = crashes.iter();
    loop {
        for shard in stream.shards() {
            let after = mapping.read_through(shard).cloned();
            if mapping.wants_records(shard) {
                mapping.offer(shard, stream.read(shard, after.as_ref(), 7), now_ms);
            }
        }
        let step = mapping.next(now_ms);
        let is_idle = step == Step::Idle;
        carry_out(step, &mut mapping, function, &mut ledger, &mut now_ms, crashes.next() == Some(&true));
        if is_idle {
            return ledger;
        }
    }
}

fn carry_out(
    step: Step,
    mapping: &mut Mapping,
    function: &Function,
    ledger: &mut Ledger,
    now_ms: &mut u64,
    crashes: bool,
) {
    match step {
        Step::Invoke(batch) => {
            let answer = invoke(function, &batch, ledger);
            if crashes {
                return restart(mapping);
            }
            mapping.invoked(batch.shard, answer.as_deref().map_or(Answer::Failed, Answer::Returned), *now_ms);
        }
        Step::GiveUp(batch, _) => {
            ledger.done(batch.shard, &numbers(&batch), true);
            if crashes {
                return restart(mapping);
            }
            mapping.failure_stored(batch.shard);
        }
        Step::WaitUntil(at_ms) => {
            assert!(at_ms > *now_ms, "a wait must lead forward");
            *now_ms = at_ms;
        }
        Step::Idle => {}
    }
}

/// The answer's bytes, or none for a failed invocation. Books what was processed whatever becomes of the answer.
fn invoke(function: &Function, batch: &Batch, ledger: &mut Ledger) -> Option<Vec<u8>> {
    let numbers = numbers(batch);
    for number in &numbers {
        *ledger.deliveries.entry(*number).or_default() += 1;
    }
    let is_flaky = function.flaky.get(ledger.invocations) == Some(&true);
    ledger.invocations += 1;
    let poison = numbers.iter().position(|number| function.poison.contains(number));
    match poison {
        _ if is_flaky => None,
        None => {
            ledger.done(batch.shard, &numbers, false);
            Some(b"null".to_vec())
        }
        Some(place) if function.reports_items => {
            let (processed, rest) = numbers.split_at(place);
            ledger.done(batch.shard, processed, false);
            Some(super::tests::failed_at(*rest.first().unwrap()).into_bytes())
        }
        Some(_) => None,
    }
}

fn restart(mapping: &mut Mapping) {
    let mut fresh = Mapping::new(mapping.settings.clone());
    for shard in mapping.lanes.keys() {
        if let Some(checkpoint) = mapping.checkpoint(*shard) {
            fresh.resume(*shard, checkpoint.clone());
        }
    }
    *mapping = fresh;
}

fn stream_of(shards: u32, records: u64) -> Stream {
    let mut stream = Stream::new(NonZeroU32::new(shards).unwrap());
    for number in 0..records {
        stream.put(&format!("c{}", number % 11), number.to_string().as_bytes(), number);
    }
    stream
}

prop_compose! {
    fn settings()(
        batch_size in 1_usize..20,
        batching_window_ms in prop_oneof![Just(0_u64), 1_u64..500],
        bisect_batch_on_function_error in any::<bool>(),
        retries in 0_u32..4,
        first_retry_delay_ms in 0_u64..50,
    ) -> Settings {
        Settings {
            batch_size,
            batching_window_ms,
            report_batch_item_failures: true,
            bisect_batch_on_function_error,
            maximum_retry_attempts: Some(retries),
            maximum_record_age_ms: None,
            first_retry_delay_ms,
            longest_retry_delay_ms: 100,
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

fn crashes() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(prop::bool::weighted(0.3), 0..60)
}

proptest! {
    #[test]
    fn nothing_is_skipped_and_order_per_shard_is_kept_whatever_fails_or_crashes(
        shards in 1_u32..4, count in 0_u64..60, settings in settings(), function in function(), crashes in crashes()
    ) {
        let ledger = play(&stream_of(shards, count), &settings, &function, &crashes);
        let all: BTreeSet<_> = ledger.processed.union(&ledger.given_up).copied().collect();
        prop_assert_eq!(all, (0..count).collect::<BTreeSet<_>>());
        for order in ledger.order.values() {
            prop_assert!(order.is_sorted(), "{order:?}");
        }
        let poison: BTreeSet<_> = function.poison.iter().copied().filter(|number| *number < count).collect();
        prop_assert!(poison.is_subset(&ledger.given_up));
        prop_assert!(poison.is_disjoint(&ledger.processed));
    }

    #[test]
    fn a_record_is_delivered_at_most_once_more_than_its_retries_when_batches_are_not_cut(
        count in 0_u64..60, settings in settings(), function in function()
    ) {
        let settings = Settings { bisect_batch_on_function_error: false, ..settings };
        let most = settings.maximum_retry_attempts.unwrap() + 1;
        let ledger = play(&stream_of(1, count), &settings, &function, &[]);
        prop_assert!(ledger.deliveries.values().all(|times| *times <= most), "{:?}", ledger.deliveries);
    }

    #[test]
    fn cuts_add_at_most_one_delivery_for_each_record_of_the_batch(
        count in 0_u64..60, settings in settings(), function in function()
    ) {
        let settings = Settings { bisect_batch_on_function_error: true, ..settings };
        let most = settings.maximum_retry_attempts.unwrap() as usize + settings.batch_size;
        let ledger = play(&stream_of(1, count), &settings, &function, &[]);
        prop_assert!(ledger.deliveries.values().all(|times| *times as usize <= most), "{:?}", ledger.deliveries);
    }

    #[test]
    fn bisect_finds_exactly_the_poison(
        count in 0_u64..60, settings in settings(), function in function(), crashes in crashes()
    ) {
        let settings = Settings { bisect_batch_on_function_error: true, ..settings };
        let function = Function { flaky: Vec::new(), ..function };
        let ledger = play(&stream_of(2, count), &settings, &function, &crashes);
        let poison: BTreeSet<_> = function.poison.iter().copied().filter(|number| *number < count).collect();
        prop_assert_eq!(ledger.given_up, poison);
    }

    #[test]
    fn after_a_partial_answer_the_next_batch_starts_at_its_lowest_record(
        count in 2_u64..40, failed in prop::collection::vec(0_u64..40, 1..6), bisect in any::<bool>()
    ) {
        let shard = ShardId(0);
        let settings = Settings {
            report_batch_item_failures: true,
            bisect_batch_on_function_error: bisect,
            first_retry_delay_ms: 0,
            ..Settings::default()
        };
        let failed: Vec<_> = failed.iter().map(|number| number % count).collect();
        let mut mapping = Mapping::new(settings);
        mapping.offer(shard, super::tests::records(0..count), 0);
        mapping.next(0);
        let ids = failed.iter().map(|number| SequenceNumber::of(u128::from(*number)).to_string());
        let items: Vec<_> = ids.map(|id| serde_json::json!({ "itemIdentifier": id })).collect();
        let answer = serde_json::json!({ "batchItemFailures": items }).to_string();
        mapping.invoked(shard, Answer::Returned(answer.as_bytes()), 0);
        let lowest = *failed.iter().min().unwrap();
        let before = lowest.checked_sub(1).map(|number| SequenceNumber::of(u128::from(number)));
        prop_assert_eq!(mapping.checkpoint(shard).cloned(), before);
        let Step::Invoke(batch) = mapping.next(0) else { return Err(TestCaseError::fail("no retry")) };
        prop_assert_eq!(numbers(&batch).first().copied(), Some(lowest));
    }

    #[test]
    fn without_a_bound_on_retries_age_ends_them(
        count in 1_u64..40, settings in settings(), poison in 0_u64..40
    ) {
        let settings =
            Settings { maximum_retry_attempts: None, maximum_record_age_ms: Some(5_000), first_retry_delay_ms: 1, ..settings };
        let function = Function { poison: [poison].into(), flaky: Vec::new(), reports_items: true };
        let ledger = play(&stream_of(1, count), &settings, &function, &[]);
        prop_assert_eq!(ledger.processed.union(&ledger.given_up).count() as u64, count);
        prop_assert_eq!(ledger.given_up.contains(&poison), poison < count);
    }
}
