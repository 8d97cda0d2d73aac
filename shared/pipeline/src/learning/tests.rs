//! On a table in memory: nobody waits for anybody, nothing is counted twice, and what was learnt changes the next decision, which can be made again.

mod answers;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::task::noop_waker;
use serde_json::{Value, json};
use tact_decide::{Action, Adaptive, Cell, Issue, Levers, Measure, Mode, Models, Policy, Treatment, Typed};
use tact_domain::{Channel, CustomerId, DecisionId, EventKind, FacetKind, Outcome, ProfileType, Trigger};
use tact_wire::{Recorded, Shard, decode_record};

use super::*;
use crate::{
    BatchReport, DecisionLog, Ending, HoldReader, Item, Leases, LogEntry, LogError, Nonce, Pipeline, Process, Record,
    ReplayError, Versions, Write, replay,
};

const NOW: i64 = 1_793_458_800_000;
const HOUR: i64 = 3_600_000;
/// When what is said now counts: windows are a day long.
const RIPE: i64 = NOW + 48 * HOUR;

/// The table in memory.
#[derive(Clone, Default)]
struct Table(Arc<Mutex<Items>>);

/// Its items, and how many writes there were of what is about everybody.
type Items = (BTreeMap<ItemKey, Item>, u64);

impl Store for Table {
    async fn load(&self, customer: &CustomerId) -> Result<Vec<(FacetKind, Item)>, StoreError> {
        let table = self.0.lock().unwrap();
        let item = |kind| table.0.get(&ItemKey::Facet(customer.clone(), kind)).map(|item| (kind, item.clone()));
        Ok(FacetKind::ALL.into_iter().filter_map(item).collect())
    }

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        Ok(self.0.lock().unwrap().0.get(key).cloned())
    }

    async fn queue(&self, _: &str) -> Result<Vec<Item>, StoreError> {
        Ok(Vec::new())
    }

    async fn commit(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        let mut table = self.0.lock().unwrap();
        let version = |key: &ItemKey| table.0.get(key).map_or(0, |item| item.version);
        if writes.iter().any(|write| write.expected.is_some_and(|expected| expected != version(&write.key))) {
            return Err(StoreError::Conflict);
        }
        for write in writes {
            table.1 += u64::from(write.key.is_about_everybody());
            let item = Item { version: write.version(), nonce, bytes: write.bytes.clone() };
            table.0.insert(write.key.clone(), item);
        }
        Ok(())
    }

    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<ItemKey>, StoreError> {
        Ok(Vec::new())
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl DecisionLog for Log {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        let lines = entries.iter().filter_map(|entry| match entry {
            LogEntry::Decision { line, .. } => Some(line.clone()),
            _ => None,
        });
        self.0.lock().unwrap().extend(lines);
        Ok(())
    }
}

struct AsArrived;

impl crate::Clock for AsArrived {
    fn now(&self, arrived: Timestamp) -> Timestamp {
        arrived
    }

    fn stopwatch_us(&self) -> u64 {
        0
    }
}

fn block_on<T>(doing: impl Future<Output = T>) -> T {
    let (mut doing, waker) = (pin!(doing), noop_waker());
    loop {
        if let Poll::Ready(done) = doing.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
    }
}

/// Two cards at every check-in, of which the first is thought to be a little better.
fn catalogue() -> Catalogue {
    let card = |group_prior| Treatment {
        group_prior,
        valid_s: 3_600,
        window_s: 86_400,
        text: "Look what is new.".to_owned(),
        measure: Measure {
            positive: vec![Outcome::Accepted],
            negative: vec![Outcome::Declined],
            harm: vec![Outcome::Complained],
            ..Measure::default()
        },
        ..Treatment::new("card", Channel::Inbox, Mode::Pull)
    };
    let offer = |name: &str, group_prior| Action {
        triggers: vec![Trigger::CheckIn],
        margin: 100.0,
        treatments: vec![card(group_prior)],
        ..Action::new(name, Issue::Grow, "offers")
    };
    let actions = vec![offer("first", 0.30), offer("second", 0.28)];
    let levers = Levers { at_entry: 1.0, later: 0.9, ..Levers::default() };
    let adaptive = Some(Adaptive { new_until: 0, ..Adaptive::default() });
    let policy = Policy { currency: "USD".into(), levers, adaptive, ..Policy::default() };
    let budget = tact_decide::Budget { commit_ms: 2_000, deliver_ms: 5_000 };
    let budgets = tact_decide::Budgets { by_trigger: vec![(Trigger::CheckIn, budget)] };
    Catalogue { hash: "of this test".to_owned(), actions, policy, budgets, ..Catalogue::default() }
}

type Function = Pipeline<Table, Log, AsArrived>;

fn function(table: &Table, log: &Log, name: &str) -> Function {
    Pipeline {
        store: table.clone(),
        log: log.clone(),
        clock: AsArrived,
        catalogues: Versions::of(catalogue()),
        models: Models::default(),
        leases: Leases::default(),
        holds: HoldReader::default(),
        learning: Learning::default(),
        process: Process::named(name),
        accepts: EventKind::ALL.to_vec(),
        fold_only_until: None,
        build: "test".to_owned(),
    }
}

fn event(kind: &str, id: &str, customer: &str, when: i64, data: &Value) -> (i64, String) {
    let time = when.to_string();
    let (time, millis) = time.split_at(time.len() - 3);
    let seconds: i64 = time.parse().unwrap();
    // 2026-10-31T15:00:00Z is 1,793,458,800.
    let since_midnight = seconds - 1_793_458_800 + 15 * 3_600;
    let (day, hour, minute, second) =
        (since_midnight / 86_400, since_midnight / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let civil = if day == 0 { "2026-10-31".to_owned() } else { format!("2026-11-{day:02}") };
    let time = format!("{civil}T{hour:02}:{minute:02}:{second:02}.{millis}Z");
    let kind = format!("tact.{kind}.v1");
    let event = json!({ "specversion": "1.0", "id": id, "source": "test", "type": kind, "subject": customer, "time": time, "data": data });
    (when, event.to_string())
}

fn handle(function: &Function, events: &[(i64, String)]) -> BatchReport {
    let record = |(at, bytes): &'_ (i64, String)| (Timestamp(*at), bytes.clone().into_bytes());
    let owned: Vec<_> = events.iter().map(record).collect();
    let records: Vec<_> =
        owned.iter().map(|(arrived, bytes)| Record { sequence: "s", arrived: *arrived, bytes }).collect();
    let report = block_on(function.handle(&records, None));
    assert_eq!(report.first_undone, None, "{report:?}");
    report
}

/// Customers agree to cards and suggestions and check in; answers what each is told.
fn come(function: &Function, name: &str, count: u32, at: i64) -> Vec<Recorded> {
    function.log.0.lock().unwrap().clear();
    let granted = |purpose: &str| json!({ "purpose": purpose, "state": "granted" });
    let proof = json!({ "text_id": "t-1", "shown": "now and then", "seller": "Harbor & Co" });
    let agrees = json!({ "grants": [granted("profiling"), { "purpose": "marketing", "channel": "inbox", "state": "granted", "proof": proof }] });
    for (kind, data) in [("consent", agrees), ("check-in", json!({ "store": "market-street" }))] {
        let events: Vec<_> =
            (0..count).map(|n| event(kind, &format!("{kind}-{name}{n}"), &format!("{name}{n}"), at, &data)).collect();
        let report = handle(function, &events);
        assert_eq!(report.quarantined.first(), None);
    }
    let lines = function.log.0.lock().unwrap();
    lines.iter().map(|line| decode_record(line).unwrap()).collect()
}

/// What all of them say of it.
fn said(name: &str, count: u32, at: i64, what: &str) -> Vec<(i64, String)> {
    let about = |n: u32| DecisionId::of("test", &format!("check-in-{name}{n}"), 0).to_string();
    let data = |n: u32| json!({ "decision": about(n), "outcome": what });
    (0..count).map(|n| event("outcome", &format!("{what}-{name}{n}"), &format!("{name}{n}"), at, &data(n))).collect()
}

fn chosen(recorded: &Recorded) -> String {
    let body: Value = serde_json::from_str(&recorded.body).unwrap();
    body["chosen"]["action"].as_str().unwrap_or("silence").to_owned()
}

fn counted(table: &Table, action: &str) -> (Vec<u32>, [i64; 2]) {
    let (mut shards, mut all) = (Vec::new(), Counts::default());
    for place in 0..8 {
        let item = block_on(table.get(&ItemKey::Counts(place))).unwrap();
        if let Some(shard) = item.map(|item| Shard::unpack(&item.bytes).unwrap()) {
            shards.push(place);
            all.merge(&shard.counts);
        }
    }
    all.ripen(Day(i32::MAX), &Counts::default(), u64::MAX);
    let cell: Cell = all.cell(&(action.into(), Channel::Inbox), Typed::by_rule(Some(ProfileType::Newcomer)).kind);
    (shards, [cell.counted().0, cell.counted().1])
}

#[test]
fn what_became_of_some_changes_what_the_next_of_their_type_is_told_and_can_be_made_again() {
    let (table, log) = (Table::default(), Log::default());
    let (decider, counter) = (function(&table, &log, "decider"), function(&table, &log, "counter"));
    let before = come(&decider, "a", 40, NOW);
    assert!(before.iter().all(|recorded| chosen(recorded) == "first" && recorded.learned.is_none()));
    let report = handle(&counter, &said("a", 40, NOW + 1_000, "declined"));
    assert_eq!(report.tally.count(Ending::Applied), 40);
    assert_eq!((report.tally.uncounted, report.tally.unpublished), (0, 0));

    handle(&counter, &said("a", 1, NOW + 2_000, "accepted"));
    let too_early = come(&decider, "b", 1, NOW + 60_000);
    assert_eq!((chosen(&too_early[0]).as_str(), &too_early[0].learned), ("first", &None), "their window is open");
    handle(&counter, &said("b", 1, RIPE, "declined"));
    let after = come(&decider, "c", 2, RIPE + 1_000);
    assert_eq!(after.iter().map(chosen).collect::<Vec<_>>(), ["second", "second"]);
    let hash = after[0].learned.clone().unwrap();
    let learned = block_on(learned(&table, &hash)).unwrap().unwrap();
    assert_eq!(Some(&learned.hash), after[1].learned.as_ref());
    for recorded in before.iter().chain(&after) {
        assert_eq!(replay(recorded, &catalogue(), &Models::default(), Some(&learned)).unwrap(), recorded.body);
    }
    let without = replay(&after[0], &catalogue(), &Models::default(), None);
    assert_eq!(without, Err(ReplayError::Learned(hash.clone())));
    let other = Learned::new("other".to_owned(), 1, Vec::new());
    let with_other = replay(&after[0], &catalogue(), &Models::default(), Some(&other));
    assert_eq!(with_other, Err(ReplayError::Learned(hash)));
}

#[test]
fn what_is_delivered_twice_or_corrected_late_counts_as_it_is_and_batches_that_teach_nothing_write_nothing() {
    let (table, log) = (Table::default(), Log::default());
    let function = function(&table, &log, "one");
    come(&function, "a", 5, NOW);
    let writes = |table: &Table| table.0.lock().unwrap().1;
    assert_eq!(writes(&table), 0, "nothing became of anything yet");
    handle(&function, &said("a", 5, NOW + 1_000, "declined"));
    assert_eq!(writes(&table), 1, "a shard, of which nothing counts yet");
    for what in ["declined", "opened"] {
        handle(&function, &said("a", 5, NOW + 1_000, what));
    }
    assert_eq!(writes(&table), 1);
    assert_eq!(counted(&table, "first").1, [5, 0]);
    handle(&function, &said("a", 2, NOW + 2_000, "accepted"));
    assert_eq!((counted(&table, "first").1, writes(&table)), ([5, 2], 2));
    handle(&function, &said("a", 1, RIPE, "complained"));
    assert_eq!((counted(&table, "first").1, writes(&table)), ([5, 2], 5), "now it counts, and is published");
    handle(&function, &said("a", 2, RIPE + HOUR / 2, "complained"));
    assert_eq!(writes(&table), 6, "it was published half an hour ago");
    handle(&function, &said("a", 3, RIPE + HOUR, "complained"));
    assert_eq!(writes(&table), 9);
}

#[test]
fn processes_keep_to_shards_of_their_own_and_take_over_what_nobody_keeps() {
    let (table, log) = (Table::default(), Log::default());
    let names: Vec<String> = (0..12).map(|nth| format!("process-{nth}")).collect();
    let functions: Vec<_> = names.iter().map(|name| function(&table, &log, name)).collect();
    for (nth, function) in (0..).zip(&functions) {
        come(function, &format!("c{nth}-"), 3, NOW + nth * 1_000);
    }
    for (nth, function) in (0..).zip(&functions) {
        for what in ["declined", "accepted"] {
            let report = handle(function, &said(&format!("c{nth}-"), 3, NOW + 20_000 + nth, what));
            assert_eq!(report.tally.uncounted, 0);
        }
    }
    let (shards, [n, positive]) = counted(&table, "first");
    assert_eq!((shards.len(), n, positive), (8, 36, 36), "eight have one each, and the others share");
    let kept = |table: &Table| {
        let item = block_on(table.get(&ItemKey::Counts(0))).unwrap().unwrap();
        Shard::unpack(&item.bytes).unwrap().keeper
    };
    let before = kept(&table);
    let late = (0..).map(|nth| Process::named(&format!("late-{nth}")));
    let late = late.filter(|process| process.number() % 8 == 0).take(1).next().unwrap();
    let learning = Learning::default();
    let adaptive = Adaptive::default();
    block_on(learning.count((&table, &late), (&adaptive, &Models::default()), &[], Timestamp(NOW + 30_000))).unwrap();
    assert_eq!(kept(&table), late.number(), "all are kept, so that it shares the one it begins with");
    let another = (0..).map(|nth| Process::named(&format!("another-{nth}")));
    let another = another.filter(|process| process.number() % 8 == 0).take(1).next().unwrap();
    block_on(Learning::default().count(
        (&table, &another),
        (&adaptive, &Models::default()),
        &[],
        Timestamp(NOW + 200_000),
    ))
    .unwrap();
    assert_eq!(kept(&table), another.number(), "nobody has kept it for a minute");
    assert_ne!(before, late.number());
}

#[test]
fn what_is_broken_is_not_counted_and_said_so_and_what_was_read_last_stays() {
    let (table, log) = (Table::default(), Log::default());
    let function = function(&table, &log, "one");
    come(&function, "a", 40, NOW);
    handle(&function, &said("a", 40, NOW + 1_000, "declined"));
    handle(&function, &said("a", 1, NOW + 2_000, "accepted"));
    let spoil = |key: ItemKey| {
        let write = [Write { key, expected: None, bytes: b"?".to_vec(), forget_at: None, due_at: None }];
        block_on(table.commit(&write, Nonce::of(&write))).unwrap();
    };
    come(&function, "b", 4, NOW);
    handle(&function, &said("b", 1, RIPE, "declined"));
    assert_eq!(chosen(&come(&function, "c", 1, RIPE + 60_000)[0]), "second");
    spoil(ItemKey::LearnedNow);
    assert_eq!(chosen(&come(&function, "d", 1, RIPE + 120_000)[0]), "second");
    (0..8).for_each(|place| spoil(ItemKey::Counts(place)));
    let report = handle(&function, &said("b", 2, RIPE + 130_000, "declined"));
    assert_eq!((report.tally.uncounted, report.tally.count(Ending::Applied)), (1, 1));
    let report = handle(&function, &said("b", 3, RIPE + 2 * HOUR, "declined"));
    assert_eq!((report.tally.uncounted, report.tally.unpublished), (1, 1));
}
