//! A deployment in small, on one clock that is moved by hand: functions, table and its stream, delivery, the clock and the providers. All of it can
//! fail, and the process that runs it can die; then another one begins on the same table.

use std::collections::BTreeSet;

use serde_json::Value;
use tact::database::{Embedded, create_table};
use tact::local_streams::LocalStreams;
use tact::table_stream::Watched;
use tact_aws::DynamoStore;
use tact_decide::{Catalogue, Models};
use tact_domain::{CustomerId, DecisionId, EventKind, Fingerprint, Profile, Timestamp};
use tact_pipeline::{
    Appeared, DeliveryMode, Dispatch, Ending, HoldReader, ItemKey, Learning, Leases, LogEntry, Nonce, Pipeline,
    Process, Settled, Store, Switch, SwitchReader, Versions, Wake, Write,
};
use tact_wire::{DecisionItem, Delivery, Seal, readable_body};

use super::life::{Life, Mortal};
use super::sink::Sink;
use crate::faults::{Fault, FaultyLog, FaultyStore, Script, SimulatedClock};
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{SATURDAY, Sample, check_in, decision_of, profile_in, purchase, records};

/// The table as functions see it: they can die at every call, which can fail, and whose commits are heard.
pub(crate) type Table<S> = Mortal<FaultyStore<Watched<S>>>;
pub(crate) type Function<S> = Pipeline<Table<S>, Mortal<FaultyLog>, SimulatedClock>;
pub(crate) type Delivering<S> = Dispatch<Table<S>, Mortal<Sink>, SimulatedClock>;

/// How often anything is tried again before it counts as stuck.
const TRIES: usize = 200;
/// How often the clock ticks at most until everything is settled.
const TICKS: usize = 2_000;
const MINUTE_MS: i64 = 60_000;

/// The deployment, and what came of everything so far.
pub(crate) struct World<S> {
    /// What the clock shows.
    pub(crate) now: Timestamp,
    pub(crate) table: Table<S>,
    /// The table as it is.
    pub(crate) store: S,
    pub(crate) log: FaultyLog,
    pub(crate) sink: Sink,
    pub(crate) life: Life,
    pub(crate) catalogue: Catalogue,
    /// How messages leave while the table holds no switch.
    pub(crate) otherwise: Switch,
    pub(crate) function: Function<S>,
    pub(crate) dispatch: Delivering<S>,
    /// How each record ended, in order, again each time it was delivered again.
    pub(crate) endings: Vec<Ending>,
    /// What became of each item of the table's stream, in order.
    pub(crate) settled: Vec<Settled>,
    /// How many messages were put off as the spending of a day was used up.
    pub(crate) unaffordable: u64,
    /// The decisions that were claimed when a process died.
    pub(crate) in_flight: BTreeSet<DecisionId>,
    streams: LocalStreams,
    clock: SimulatedClock,
    processes: u64,
    database: Option<Embedded>,
}

impl World<MemoryStore> {
    /// A deployment whose table is in memory.
    pub(crate) fn in_memory(catalogue: Catalogue) -> Self {
        Self::on(MemoryStore::default(), catalogue, None)
    }
}

impl World<DynamoStore> {
    /// A deployment on the embedded database.
    pub(crate) async fn embedded(catalogue: Catalogue) -> Self {
        let database = Embedded::start(None).await.unwrap();
        create_table(&database.client(), "tact").await.unwrap();
        let store = DynamoStore::new(database.client(), "tact".to_owned());
        Self::on(store, catalogue, Some(database))
    }
}

impl<S: Store + Clone> World<S> {
    fn on(store: S, catalogue: Catalogue, database: Option<Embedded>) -> Self {
        let (clock, life) = (SimulatedClock::default(), Life::default());
        let inner = FaultyStore {
            inner: Watched::new(store.clone()),
            script: Script::default(),
            about_everybody: Script::default(),
            clock: clock.clone(),
            trace: crate::faults::Trace::default(),
            fails_for: None,
            panics_for: None,
        };
        let table = Mortal { inner, life: life.clone() };
        let (sink, log) = (Sink::of(&life), FaultyLog::default());
        let otherwise = Switch::to(DeliveryMode::Live);
        let function = function(&table, &log, &clock, &catalogue, 1);
        let dispatch = dispatch(&table, &sink, &clock, &catalogue, &otherwise, 1);
        Self {
            now: Timestamp(0),
            table,
            store,
            log,
            sink,
            life,
            catalogue,
            otherwise,
            function,
            dispatch,
            endings: Vec::new(),
            settled: Vec::new(),
            unaffordable: 0,
            in_flight: BTreeSet::new(),
            streams: LocalStreams::default(),
            clock,
            processes: 1,
            database,
        }
    }

    /// The process that ran everything is gone, and another one begins: all it knows is in the table.
    pub(crate) async fn begin_again(&mut self) {
        for (id, item) in self.items().await {
            if item.state == Delivery::Sending {
                self.in_flight.insert(id);
            }
        }
        self.function = self.another_function();
        self.dispatch = self.another_dispatch();
    }

    /// One more process of the function, on the same table.
    pub(crate) fn another_function(&mut self) -> Function<S> {
        self.processes += 1;
        function(&self.table, &self.log, &self.clock, &self.catalogue, self.processes)
    }

    /// One more process that delivers, on the same table.
    pub(crate) fn another_dispatch(&mut self) -> Delivering<S> {
        self.processes += 1;
        dispatch(&self.table, &self.sink, &self.clock, &self.catalogue, &self.otherwise, self.processes)
    }

    /// Events arrive, are decided, and what was decided is delivered at once.
    pub(crate) async fn happens(&mut self, samples: &[Sample]) {
        Box::pin(self.arrive(samples)).await;
        Box::pin(self.deliver()).await;
    }

    /// On Saturday, a visit `v` and a purchase `p` of a customer reach two functions, both of which load before either commits; then what they
    /// decided is delivered.
    pub(crate) async fn race_on_saturday(&mut self, customer: &str) {
        self.now = Timestamp(SATURDAY);
        let visit = [check_in("v", customer, SATURDAY)];
        let till = [purchase("p", customer, SATURDAY, "shoes")];
        let (visit, till) = (records(&visit), records(&till));
        let rival = self.another_function();
        self.table.inner.script.begin(&[Fault::None, Fault::Yield, Fault::None, Fault::Yield]);
        let (visited, paid) = tokio::join!(self.function.handle(&visit, None), rival.handle(&till, None));
        assert_eq!((visited.first_undone, paid.first_undone), (None, None));
        self.deliver().await;
    }

    /// Events arrive as one batch, which comes again from the first record left undone until all of it is done with.
    pub(crate) async fn arrive(&mut self, samples: &[Sample]) {
        let mut rest = samples;
        for _ in 0..TRIES {
            let Some(last) = rest.last() else { return };
            self.now = self.now.max(last.arrived);
            match self.life.live(self.function.handle(&records(rest), None)).await {
                None => self.begin_again().await,
                Some(report) => {
                    self.endings.extend(report.endings.iter().flatten());
                    rest = &rest[report.first_undone.unwrap_or(rest.len())..];
                }
            }
        }
        panic!("a batch is never done with");
    }

    /// Hands over what appeared in the table, again from the first item left undone; what cannot be done for long is lost to the stream.
    pub(crate) async fn deliver(&mut self) {
        let mut waiting = self.appeared();
        for _ in 0..TRIES {
            if waiting.is_empty() {
                return;
            }
            match self.life.live(self.dispatch.handle(&waiting, None)).await {
                None => self.begin_again().await,
                Some(report) => {
                    self.unaffordable += report.unaffordable;
                    self.settled.extend(report.settled.into_iter().flatten());
                    waiting.drain(..report.first_undone.unwrap_or(waiting.len()));
                }
            }
            waiting.extend(self.appeared());
        }
    }

    /// What appeared in the table since this was last asked, as records of its stream.
    pub(crate) fn appeared(&self) -> Vec<Appeared> {
        let keys = self.table.inner.inner.take_appeared();
        keys.into_iter().map(|key| self.record(key)).collect()
    }

    /// A record of the table's stream, now.
    pub(crate) fn record(&self, key: ItemKey) -> Appeared {
        Appeared { sequence: format!("{}/{}", key.pk(), key.sk()), key: Some(key), arrived: self.now }
    }

    /// The clock ticks once, and everything it calls is done. A tick that fails or dies is none.
    pub(crate) async fn tick(&mut self, at: Timestamp) {
        self.now = at;
        let events = Mortal { inner: self.streams.clone(), life: self.life.clone() };
        let wake = Wake { store: self.table.clone(), events, clock: self.clock.clone() };
        if self.life.live(wake.tick(at)).await.is_none() {
            self.begin_again().await;
        }
        Box::pin(self.deliver()).await;
        let put: Vec<_> = self.streams.take().into_iter().map(|own| sample_of(&own.line, at)).collect();
        self.happens(&put).await;
    }

    /// The clock ticks whenever something is due, up to an instant.
    pub(crate) async fn until(&mut self, at: Timestamp) {
        for _ in 0..TICKS {
            match self.next_tick().filter(|tick| *tick <= at) {
                Some(tick) => Box::pin(self.tick(tick)).await,
                None => {
                    self.now = at;
                    return;
                }
            }
        }
        panic!("something is due for ever");
    }

    /// The clock ticks whenever something is due, until nothing is.
    pub(crate) async fn settle(&mut self) {
        let mut ticks = 0;
        while let Some(tick) = self.next_tick() {
            ticks += 1;
            assert!(ticks < TICKS, "something is due for ever");
            Box::pin(self.tick(tick)).await;
        }
    }

    /// The next whole minute at which something is due.
    pub(crate) fn next_tick(&self) -> Option<Timestamp> {
        let due = self.table.inner.inner.next_due()?.max(Timestamp(self.now.0 + 1));
        Some(Timestamp((due.0 + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS))
    }

    /// Every decision to deliver that was ever committed.
    pub(crate) async fn items(&self) -> Vec<(DecisionId, DecisionItem)> {
        let entries = self.log.entries.lock().unwrap().clone();
        let logged: BTreeSet<_> = entries
            .iter()
            .filter_map(|entry| match entry {
                LogEntry::Decision { customer, decision, .. } => Some((*decision, customer.clone())),
                LogEntry::Quarantine { .. } | LogEntry::Guard { .. } | LogEntry::Learned { .. } => None,
            })
            .collect();
        let mut items = Vec::new();
        for (id, customer) in logged {
            items.extend(self.stored(&customer, id).await.map(|item| (id, item)));
        }
        items
    }

    /// The decision that an event led to.
    pub(crate) async fn item(&self, customer: &str, event: &str) -> DecisionItem {
        self.stored(&CustomerId::new(customer).unwrap(), decision_of(event)).await.unwrap()
    }

    /// How far the decision came that an event led to.
    pub(crate) async fn state(&self, customer: &str, event: &str) -> Delivery {
        self.item(customer, event).await.state
    }

    async fn stored(&self, customer: &CustomerId, id: DecisionId) -> Option<DecisionItem> {
        let key = ItemKey::Decision(customer.clone(), id);
        let found = self.store.get(&key).await.unwrap();
        found.map(|item| DecisionItem::unpack(&item.bytes).unwrap())
    }

    /// A customer as the table knows them.
    pub(crate) async fn profile(&self, customer: &str) -> Profile {
        profile_in(&self.store, customer).await
    }

    /// An operator writes an item, with whatever tool.
    pub(crate) async fn put(&self, key: ItemKey, bytes: &[u8]) {
        let write = [Write { key, expected: None, bytes: bytes.to_vec(), forget_at: None, due_at: None }];
        self.table.inner.inner.commit(&write, Nonce::of(&write)).await.unwrap();
    }

    /// The reasons for which the candidates of a channel were refused when an event was decided on, by the last record of it.
    pub(crate) fn refusals(&self, event: &str, channel: &str) -> Vec<String> {
        let records = self.log.records();
        let (_, line) = records.iter().rfind(|(id, _)| *id == decision_of(event)).unwrap();
        let body = serde_json::from_str::<Value>(line).unwrap()["body"].take();
        let body = readable_body(body, &self.catalogue);
        let candidates = body["candidates"].as_array().unwrap().iter();
        let refused = candidates.filter(|c| c["channel"] == channel && c["fate"] == "refused");
        refused.map(|c| c["reason"].as_str().unwrap().to_owned()).collect()
    }

    /// Everything stops; the database with it.
    pub(crate) async fn stop(self) {
        if let Some(database) = self.database {
            database.stop().await.unwrap();
        }
    }
}

fn function<S: Store + Clone>(
    table: &Table<S>,
    log: &FaultyLog,
    clock: &SimulatedClock,
    catalogue: &Catalogue,
    process: u64,
) -> Function<S> {
    Pipeline {
        store: table.clone(),
        log: Mortal { inner: log.clone(), life: table.life.clone() },
        clock: clock.clone(),
        catalogues: Versions::of(catalogue.clone()),
        models: Models::default(),
        leases: Leases::default(),
        holds: HoldReader::default(),
        learning: Learning::default(),
        process: Process::named(&format!("function {process}")),
        accepts: EventKind::ALL.to_vec(),
        fold_only_until: None,
        build: "test".to_owned(),
    }
}

fn dispatch<S: Store + Clone>(
    table: &Table<S>,
    sink: &Sink,
    clock: &SimulatedClock,
    catalogue: &Catalogue,
    otherwise: &Switch,
    process: u64,
) -> Delivering<S> {
    Dispatch {
        store: table.clone(),
        channels: Mortal { inner: sink.clone(), life: table.life.clone() },
        clock: clock.clone(),
        catalogues: Versions::of(catalogue.clone()),
        seal: Seal::new(&[7; 32]).unwrap(),
        reply_url: "https://reply.example".to_owned(),
        switch: SwitchReader::or(otherwise.clone()),
        leases: Leases::default(),
        holds: HoldReader::default(),
        process: Process::named(&process.to_string()),
    }
}

fn sample_of(line: &str, arrived: Timestamp) -> Sample {
    let sequence = format!("own-{}", Fingerprint::of("own", line));
    Sample { sequence, arrived, bytes: line.as_bytes().to_vec() }
}
