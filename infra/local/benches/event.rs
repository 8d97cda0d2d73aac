//! Processor time an event takes at batch 100, split into ours, the SDK and the embedded database. Ours is what a run over a table in memory
//! takes; the database has threads of its own, whose time the kernel counts; the SDK is the rest.
#![expect(clippy::print_stdout, reason = "a bench measures time and prints it")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, UNIX_EPOCH};

use aws_lambda_events::event::kinesis::{KinesisEvent, KinesisEventRecord};
use tact::database::{Embedded, create_table};
use tact::local_log::LocalLog;
use tact::stack::RunClock;
use tact_aws::DynamoStore;
use tact_domain::{CustomerId, EventKind, FacetKind, Timestamp};
use tact_pipeline::{
    Ending, HoldReader, Item, ItemKey, Learning, Leases, Nonce, Pipeline, Process, Store, StoreError, Tally, Versions,
    Write,
};
use tokio::runtime::{Builder, Runtime};

const BATCH: i64 = 100;
const BATCHES: i64 = 20;
/// The name of the threads of the database.
const DATABASE: &str = "database";
/// 2026-03-02T15:00:00Z, a Monday morning in New York.
const START_MS: i64 = 1_772_463_600_000;

/// A kind of event, how many customers a batch of it is about, and its data on a day at a store.
struct Workload {
    name: &'static str,
    kind: EventKind,
    customers: i64,
    what: fn(i64, &tact_domain::Store) -> String,
}

const WORKLOADS: [Workload; 5] = [
    Workload { name: "check-in, 100 customers", kind: EventKind::CheckIn, customers: 100, what: check_in },
    Workload { name: "check-in, 10 customers", kind: EventKind::CheckIn, customers: 10, what: check_in },
    Workload { name: "purchase, 100 customers", kind: EventKind::Purchase, customers: 100, what: purchase },
    Workload { name: "ping, 100 customers", kind: EventKind::Geolocation, customers: 100, what: ping },
    Workload { name: "ping, 10 customers", kind: EventKind::Geolocation, customers: 10, what: ping },
];

fn main() -> Result<(), Box<dyn Error>> {
    let database_runtime = Builder::new_multi_thread().worker_threads(1).thread_name(DATABASE).enable_all().build()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    println!(
        "{:<26} {:>6} {:>6} {:>9} {:>6} {:>8} {:>7}",
        "CPU us an event", "ours", "SDK", "database", "all", "wall us", "writes"
    );
    for workload in WORKLOADS {
        let ours = measure(&runtime, &pipeline(Memory::default(), workload.kind)?, &workload)?;
        let database = database_runtime.block_on(Embedded::start(None))?;
        runtime.block_on(create_table(&database.client(), "tact"))?;
        let store = DynamoStore::new(database.client(), "tact".to_owned());
        let all = measure(&runtime, &pipeline(store, workload.kind)?, &workload)?;
        database_runtime.block_on(database.stop())?;
        let name = workload.name;
        let (sdk, total) = (all.ours - ours.ours, all.ours + all.database);
        println!(
            "{name:<26} {:>6.0} {sdk:>6.0} {:>9.0} {total:>6.0} {:>8.0} {:>7.2}",
            ours.ours, all.database, all.wall, all.writes
        );
    }
    Ok(())
}

/// What an event took, in microseconds, and how many items were written for it.
struct Measured {
    ours: f64,
    database: f64,
    wall: f64,
    writes: f64,
}

/// Lets customers consent and come once, so that they are known, and then measures batches of the workload.
fn measure<S: Store>(
    runtime: &Runtime,
    pipeline: &Pipeline<S, LocalLog, RunClock>,
    workload: &Workload,
) -> Result<Measured, Box<dyn Error>> {
    let store = pipeline.catalogues.own().places.stores.first().ok_or("the default catalogue has no store")?;
    let batch = |n: i64, what: &dyn Fn(i64) -> String| {
        let mut event = KinesisEvent::default();
        event.records.extend((0..BATCH).map(|i| record(n, i, i % workload.customers, &what(n))));
        event
    };
    let run = |batches: &[KinesisEvent]| -> Result<Tally, Box<dyn Error>> {
        let mut tally = Tally::default();
        for event in batches {
            let (_, report) = runtime.block_on(tact_aws::handle(pipeline, event, None));
            if report.first_undone.is_some() || report.tally.count(Ending::Quarantined) > 0 {
                return Err(format!("{:?}, {:?}", report.failure, report.quarantined.first()).into());
            }
            tally.add(&report.tally);
            pipeline.log.clear();
        }
        Ok(tally)
    };
    run(&[batch(0, &|_| CONSENT.to_owned())])?;
    run(&(1..6).map(|n| batch(n, &|n| (workload.what)(n, store))).collect::<Vec<_>>())?;
    let batches: Vec<_> = (6..6 + BATCHES).map(|n| batch(n, &|n| (workload.what)(n, store))).collect();
    let (started, before) = (Instant::now(), cpu_us()?);
    let tally = run(&batches)?;
    let (wall, after) = (started.elapsed(), cpu_us()?);
    let events = f64::from(i32::try_from(BATCH * BATCHES)?);
    Ok(Measured {
        ours: (after.0 - before.0) / events,
        database: (after.1 - before.1) / events,
        wall: wall.as_secs_f64() * 1e6 / events,
        writes: f64::from(i32::try_from(tally.writes)?) / events,
    })
}

/// The processor time so far, in microseconds: of all threads but the database's, and of the database's.
fn cpu_us() -> Result<(f64, f64), Box<dyn Error>> {
    let (mut ours, mut database) = (0.0, 0.0);
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        let name = fs::read_to_string(task.join("comm"))?;
        let on_cpu_ns: f64 =
            fs::read_to_string(task.join("schedstat"))?.split(' ').next().unwrap_or_default().parse()?;
        if name.starts_with(DATABASE) { database += on_cpu_ns / 1e3 } else { ours += on_cpu_ns / 1e3 }
    }
    Ok((ours, database))
}

fn pipeline<S: Store>(store: S, kind: EventKind) -> Result<Pipeline<S, LocalLog, RunClock>, Box<dyn Error>> {
    Ok(Pipeline {
        store,
        log: LocalLog::default(),
        clock: RunClock::start(),
        catalogues: Versions::of(tact_aws::catalogue()?),
        models: tact_aws::models()?,
        leases: Leases::default(),
        holds: HoldReader::default(),
        learning: Learning::default(),
        process: Process::named("bench"),
        accepts: vec![EventKind::Consent, kind],
        fold_only_until: None,
        build: "bench".to_owned(),
    })
}

const CONSENT: &str = r#""type":"tact.consent.v1","data":{"zone":"America/New_York","birth_year":1980,
    "points":{"sms":"+12125550111","email":"one@example.com","push":"endpoint/1"},
    "grants":[{"purpose":"marketing","channel":"sms","state":"granted"},{"purpose":"marketing","channel":"email","state":"granted"},
        {"purpose":"marketing","channel":"push","state":"granted"},{"purpose":"marketing","channel":"inbox","state":"granted"},
        {"purpose":"profiling","state":"granted"},{"purpose":"location","state":"granted"}]}"#;

fn check_in(_: i64, store: &tact_domain::Store) -> String {
    format!(r#""type":"tact.check-in.v1","data":{{"store":"{}"}}"#, store.id)
}

fn purchase(n: i64, store: &tact_domain::Store) -> String {
    let line = |i: i64| format!(r#"{{"product":"p-{i}","category":"cat-{}","quantity":1,"unit_price":1999}}"#, i % 12);
    let lines: Vec<_> = (n * 5..n * 5 + 5).map(line).collect();
    format!(
        r#""type":"tact.purchase.v1","data":{{"receipt":"r-{n}","channel":"store","store":"{}","currency":"USD","lines":[{}]}}"#,
        store.id,
        lines.join(",")
    )
}

/// A position far from every store: it changes nothing.
fn ping(_: i64, store: &tact_domain::Store) -> String {
    format!(r#""type":"tact.geolocation.v1","data":{{"lat":{},"lon":{},"accuracy_m":10}}"#, store.lat + 0.1, store.lon)
}

/// The `i`-th event of the `n`-th batch; batches are an hour apart.
fn record(n: i64, i: i64, customer: i64, what: &str) -> KinesisEventRecord {
    let at_ms = START_MS + n * 3_600_000 + i * 1_000;
    let time = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let event = format!(
        r#"{{"specversion":"1.0","id":"e-{n}-{i}","source":"bench","subject":"cust-{customer}","time":"{time}",{what}}}"#
    );
    let mut record = KinesisEventRecord::default();
    record.kinesis.sequence_number = format!("{n}-{i}");
    record.kinesis.data.0 = event.into_bytes();
    let arrived = UNIX_EPOCH + Duration::from_millis(u64::try_from(at_ms).unwrap_or(0));
    record.kinesis.approximate_arrival_timestamp.0 = arrived.into();
    record
}

/// A table in memory that answers at once.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<ItemKey, Item>>);

impl Store for Memory {
    async fn load(&self, customer: &CustomerId) -> Result<Vec<(FacetKind, Item)>, StoreError> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let facet = |kind| Some((kind, items.get(&ItemKey::Facet(customer.clone(), kind))?.clone()));
        Ok(FacetKind::ALL.into_iter().filter_map(facet).collect())
    }

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn queue(&self, _store: &str) -> Result<Vec<Item>, StoreError> {
        Ok(Vec::new())
    }

    async fn commit(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        let mut items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |write: &Write| items.get(&write.key).map_or(0, |item| item.version);
        if writes.iter().any(|write| write.expected.is_some_and(|version| version != known(write))) {
            return Err(StoreError::Conflict);
        }
        for write in writes {
            let item = Item { version: write.version(), nonce, bytes: write.bytes.clone() };
            items.insert(write.key.clone(), item);
        }
        Ok(())
    }

    async fn due(&self, _until: Timestamp, _limit: usize) -> Result<Vec<ItemKey>, StoreError> {
        Ok(Vec::new())
    }
}
