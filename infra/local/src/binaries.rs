//! The functions' real binaries in place of their code: every event goes over the streams, the mapping and the Runtime API of this machine's cloud, every
//! message over the protocol of its provider. Time stands at each arrival, so that a file leaves the same behind as in process.
//! Read in this order: this file (what the stack asks for), `heard` (what functions say), `changes` (what they wrote), `sent` (what they sent).

mod changes;
mod heard;
mod sent;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use aws_sdk_dynamodb::Client;
use serde_json::{Value, json};
use tact_aws::DynamoStore;
use tact_decide::Catalogue;
use tact_domain::{EventKind, Presented, Role, Staff, TaskStep, Timestamp};
use tact_mapping::{Answer, Batch, Filter, Mapping, Record, SequenceNumber, Settings, Step};
use tact_pipeline::{
    Appeared, BatchReport, DeliveryMode, Dispatch, DispatchReport, HoldReader, ItemKey, Leases, Process, Switch,
    SwitchReader, Versions, WakeReport,
};
use tact_wire::OwnEvent;

use crate::cloud::{
    APPEARED, Cloud, DECISION_LOG, DISPATCH, Fleet, FleetError, HttpRequest, Ports, REPLY, Setting, Source, TABLE,
    TableStream, Terms, WAKE, http_event, mapping_settings, position, reader_of, stream_of, tick_event,
};
use crate::delivered::Delivered;
use crate::kinesis::{Limits, Streams};
use crate::local_log::LocalLog;
use crate::publish;
use crate::respond::Did;
use crate::stack::{Functions, Invoked, REPLY_URL, RunClock, SECRET, StackError, seal};
use changes::Changes;
use heard::Heard;

/// Running binaries, and what of their doings is known.
pub struct Binaries {
    fleet: Fleet,
    cloud: Cloud,
    streams: Streams,
    client: Client,
    store: DynamoStore,
    /// The clock, in milliseconds since 1970.
    now_ms: Arc<AtomicU64>,
    heard: Heard,
    changes: Changes,
    /// The stream of the table, and the mapping of it to `dispatch`.
    table: Source,
    mapping: Mapping,
    /// How many of its records it was told.
    told: u128,
    log: LocalLog,
    /// How far the stream of decisions is read.
    logged: Option<SequenceNumber>,
    /// What renders messages again, to be compared with what was sent.
    renderer: Dispatch<DynamoStore, Delivered, RunClock>,
    /// How many calls to providers were looked at.
    seen: u64,
}

impl Binaries {
    /// Starts the binaries of a directory on a cloud of their own; with a directory for data the table is kept there. Answers when all have asked for work.
    ///
    /// # Errors
    /// When a binary is missing or does not start, or the cloud does not.
    pub async fn start(
        binaries: &Path,
        data: Option<&Path>,
        catalogue: &Catalogue,
        fold_only_until: Option<Timestamp>,
    ) -> Result<Self, StackError> {
        let now_ms = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&now_ms);
        let setting = Setting {
            ports: Ports::free(),
            data,
            secret: SECRET,
            reply_url: Some(REPLY_URL.to_owned()),
            delivery: DeliveryMode::Live,
            shards: std::num::NonZeroU32::MIN,
            limits: Limits::None,
            now_ms: Arc::new(move || clock.load(Ordering::Relaxed)),
            dates_signatures: false,
        };
        let cloud = Cloud::start(setting).await?;
        let client = cloud.database.client();
        let store = DynamoStore::new(client.clone(), TABLE.to_owned());
        publish::unless_own(&store, catalogue).await?;
        let (heard, listener) = Heard::new();
        let mut environment = vec![("TACT_CLOCK", "arrival".to_owned())];
        let until = fold_only_until.and_then(|until| jiff::Timestamp::from_millisecond(until.0).ok());
        environment.extend(until.map(|until| ("TACT_FOLD_ONLY_UNTIL", until.to_string())));
        let terms = Terms { processes: 1, environment, is_known_by_name: true, listener };
        let fleet = Fleet::start(&cloud, binaries, &terms).await?;
        fleet.ready().await?;
        let table = TableStream::of(cloud.database.handle(), TABLE)?;
        let mut changes = Changes::of(table.clone());
        changes.learn(&store).await?;
        let log = LocalLog::beside(data).map_err(|error| StackError::Log(error.to_string()))?;
        let (streams, renderer) = (cloud.kinesis.streams(), renderer(&store, catalogue)?);
        let (table, mapping) = (Source::Table(table), Mapping::new(dispatch_settings()?));
        Ok(Self {
            fleet,
            cloud,
            streams,
            client,
            store,
            now_ms,
            heard,
            changes,
            table,
            mapping,
            told: 0,
            log,
            logged: None,
            renderer,
            seen: 0,
        })
    }

    /// How long each process took to start, by function.
    pub fn start_ups(&self) -> Vec<(String, Vec<std::time::Duration>)> {
        self.fleet.functions().map(|function| (function.name().to_owned(), function.start_ups())).collect()
    }

    fn stand_at(&self, at: Timestamp) {
        self.now_ms.store(u64::try_from(at.0).unwrap_or(0), Ordering::Relaxed);
    }

    /// Invokes a function; what it returned, and what it said of it.
    async fn invoke(&mut self, name: &'static str, event: &Value) -> Result<(Vec<u8>, Value), StackError> {
        self.heard.forget();
        let failed = |why: String| StackError::Function { name, why };
        let function = self.fleet.function(name).ok_or_else(|| failed("it does not run".to_owned()))?;
        let answer = function.invoke(event.to_string().into_bytes()).await;
        let answer = answer.map_err(|error| failed(format!("{error}{}", self.heard.complaints())))?;
        let said = self.heard.metrics(name).await.ok_or_else(|| failed("it did not say what it did".to_owned()))?;
        Ok((answer, said))
    }

    /// Asks `reply` for something at an instant.
    async fn ask(
        &mut self,
        path: &str,
        headers: Vec<(String, String)>,
        body: Value,
        at: Timestamp,
    ) -> Result<(), StackError> {
        self.stand_at(at);
        let at_ms = u64::try_from(at.0).unwrap_or(0);
        let (path, body) = (path.to_owned(), body.to_string().into_bytes());
        let request = HttpRequest { method: "POST".to_owned(), path, query: String::new(), headers, body, at_ms };
        let (answer, _) = self.invoke(REPLY, &http_event(&request)).await?;
        let status =
            serde_json::from_slice::<Value>(&answer).ok().and_then(|answer| answer.get("statusCode")?.as_u64());
        // What is refused is an answer as good as any; what could not be kept is none.
        match status {
            Some(status) if status < 500 => self.changes.read(&self.client).await,
            _ => Err(StackError::Function { name: REPLY, why: format!("it answered {status:?}") }),
        }
    }

    /// What appeared as the table's stream tells it, at the instant at which it did.
    fn appearing(&mut self, appeared: &[Appeared]) -> Vec<Record> {
        let mut records = Vec::new();
        for record in appeared {
            let Some(key) = &record.key else { continue };
            self.told += 1;
            records.push(sent::record(key, record.arrived, SequenceNumber::of(self.told)));
        }
        records
    }

    /// What functions wrote into the stream of decisions since this was last asked, in order.
    fn logged(&mut self) -> Result<Vec<String>, StackError> {
        let mut lines = Vec::new();
        for record in read_on(&self.streams, DECISION_LOG, &mut self.logged)? {
            lines.push(String::from_utf8_lossy(&record).into_owned());
        }
        Ok(lines)
    }
}

/// What renders messages without sending them.
fn renderer(
    store: &DynamoStore,
    catalogue: &Catalogue,
) -> Result<Dispatch<DynamoStore, Delivered, RunClock>, StackError> {
    Ok(Dispatch {
        store: store.clone(),
        channels: Delivered,
        clock: RunClock::start(),
        catalogues: Versions::of(catalogue.clone()),
        seal: seal()?,
        reply_url: REPLY_URL.to_owned(),
        switch: SwitchReader::or(Switch::to(DeliveryMode::Off)),
        leases: Leases::default(),
        holds: HoldReader::default(),
        process: Process::named("renderer"),
    })
}

/// How the table's stream is handed to `dispatch` where a file is played: all that appeared at once, and again as often as a stream's batch.
fn dispatch_settings() -> Result<Settings, StackError> {
    let filters = vec![Filter::parse(APPEARED).map_err(FleetError::from)?];
    let (batch_size, maximum_retry_attempts) = (10_000, Some(5));
    Ok(Settings { batch_size, maximum_retry_attempts, filters, maximum_record_age_ms: None, ..mapping_settings() })
}

/// What came onto the one shard of a stream after a place, which moves.
fn read_on(streams: &Streams, name: &str, after: &mut Option<SequenceNumber>) -> Result<Vec<Vec<u8>>, StackError> {
    let mut found = Vec::new();
    for shard in streams.shards(name) {
        let from = after.clone().map_or(tact_mapping::From::TrimHorizon, tact_mapping::From::After);
        let page = streams.read(name, &shard.id, &position(&from), usize::MAX)?;
        if let Some(last) = page.records.last() {
            *after = Some(last.sequence_number.clone());
            streams.trim(name, &shard.id, &last.sequence_number);
        }
        found.extend(page.records.iter().map(|record| record.data.to_vec()));
    }
    Ok(found)
}

impl Functions for Binaries {
    fn streams(&self) -> &Streams {
        &self.streams
    }

    async fn handle(&mut self, kind: EventKind, batch: &Batch) -> Result<(Option<Vec<u8>>, Invoked), StackError> {
        let name = reader_of(kind);
        let arrived_ms = batch.records.iter().map(|record| record.arrived_at_ms).max().unwrap_or(0);
        self.now_ms.store(arrived_ms, Ordering::Relaxed);
        let source = Source::Stream { streams: self.streams.clone(), name: stream_of(kind) };
        let begun = Instant::now();
        let (answer, said) = match self.invoke(name, &tact_mapping::kinesis_event(batch, &source.named(name))).await {
            Ok(invoked) => invoked,
            // The mapping delivers it again, as often as it may.
            Err(StackError::Function { why, .. }) => {
                let report = BatchReport { failure: Some(why), ..BatchReport::default() };
                return Ok((None, Invoked { report, ..Invoked::default() }));
            }
            Err(error) => return Err(error),
        };
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let lines = self.logged()?;
        let (mut report, entries) = heard::report(batch, &said, &lines, took_us);
        tact_pipeline::DecisionLog::append(&self.log, &entries)
            .await
            .map_err(|error| StackError::Log(error.to_string()))?;
        report.first_undone = heard::first_undone(&answer, batch);
        let records = report.committed.iter().filter_map(|(_, decision)| self.log.take(*decision)).collect();
        self.log.clear();
        let at = |place: usize| batch.records.get(place).map_or(0, |record| record.arrived_at_ms);
        let at = |place: usize| Timestamp(i64::try_from(at(place)).unwrap_or(i64::MAX));
        let decided_at = report.committed.iter().map(|(place, decision)| (*decision, at(*place))).collect();
        self.changes.read(&self.client).await?;
        Ok((Some(answer), Invoked { report, records, decided_at, ..Invoked::default() }))
    }

    async fn take_appeared(&mut self) -> Result<Vec<ItemKey>, StackError> {
        Ok(self.changes.take_appeared())
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.changes.next_due()
    }

    fn called(&mut self, at: Timestamp) {
        self.changes.called(at);
    }

    async fn dispatch(&mut self, appeared: &[Appeared]) -> Result<DispatchReport, StackError> {
        if appeared.is_empty() {
            return Ok(DispatchReport::default());
        }
        self.stand_at(appeared.iter().map(|record| record.arrived).max().unwrap_or_default());
        let begun = Instant::now();
        let (records, source) = (self.appearing(appeared), self.table.clone());
        let shards = source.shards()?;
        self.mapping.discover(&shards);
        let mut now_ms = self.now_ms.load(Ordering::Relaxed);
        for shard in &shards {
            self.mapping.offer(&shard.id, records.iter().cloned(), now_ms);
        }
        let (mut report, mut why) = (DispatchReport::default(), String::new());
        loop {
            match self.mapping.next(now_ms) {
                Step::Idle => break,
                Step::WaitUntil(at_ms) => now_ms = at_ms,
                Step::GiveUp(batch, _) => return Err(StackError::Undelivered { count: batch.records.len(), why }),
                Step::Invoke(batch) => {
                    let event = tact_mapping::dynamodb_event(&batch, &source.named(DISPATCH));
                    let answer = match self.invoke(DISPATCH, &event).await {
                        Ok((answer, said)) => {
                            why = said.get("failure").and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
                            heard::delivered(&mut report, &said, batch.records.len());
                            Some(answer)
                        }
                        Err(StackError::Function { why: failed, .. }) => {
                            why = failed;
                            None
                        }
                        Err(error) => return Err(error),
                    };
                    let answer = answer.as_deref().map_or(Answer::Failed, Answer::Returned);
                    self.mapping.invoked(&batch.lane, answer, now_ms);
                }
            }
        }
        let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (taken, seen) = self.cloud.sinks.taken_since(self.seen);
        self.seen = seen;
        for record in appeared {
            report.sent.extend(sent::message(&self.renderer, &self.store, record, &taken).await?);
        }
        report.deliver_us = report.sent.iter().map(|_| took_us).collect();
        self.changes.read(&self.client).await?;
        Ok(report)
    }

    async fn tick(&mut self, at: Timestamp) -> Result<WakeReport, StackError> {
        self.stand_at(at);
        let event = tick_event(u64::try_from(at.0).unwrap_or(0));
        let (_, said) = self.invoke(WAKE, &event).await?;
        self.changes.read(&self.client).await?;
        let count = |name: &str| said.get(name).and_then(Value::as_u64).unwrap_or(0);
        let failure = said.get("failure").and_then(Value::as_str).map(str::to_owned);
        let [turns, appointments, expired, failed] = ["turns", "appointments", "expired", "failed"].map(count);
        Ok(WakeReport { turns, appointments, expired, failed, failure })
    }

    async fn present(&mut self, presented: &Presented) -> Result<(), StackError> {
        let Presented { code, receipt, customer, store, at } = presented;
        let when = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string();
        let mut body = json!({ "code": code, "receipt": receipt, "store": store, "at": when });
        if let (Some(customer), Some(fields)) = (customer, body.as_object_mut()) {
            fields.insert("customer".to_owned(), customer.as_str().into());
        }
        let at_s = at.0.div_euclid(1_000);
        let signature = seal()?.signature(at_s, body.to_string().as_bytes());
        let headers = vec![("tact-signature".to_owned(), format!("t={at_s},v1={signature}"))];
        self.ask("/coupons/redeem", headers, body, *at).await
    }

    async fn do_task(&mut self, did: &Did) -> Result<(), StackError> {
        let step = match did.step {
            TaskStep::Claim => "claim",
            TaskStep::End(end) => end.name(),
        };
        let token = seal()?.staff_token(&Staff { store: did.store.clone(), role: Role::Associate }, did.at);
        let headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        let body = json!({ "store": did.store, "task": did.task.to_string() });
        self.ask(&format!("/tasks/{step}"), headers, body, did.at).await
    }

    fn take_events(&mut self) -> Vec<OwnEvent> {
        let mut events = Vec::new();
        for kind in [EventKind::Consent, EventKind::Outcome, EventKind::Due] {
            let lines = read_on(&self.streams, stream_of(kind), &mut None).unwrap_or_default();
            events.extend(lines.into_iter().filter_map(|line| heard::own_event(kind, line)));
        }
        events
    }

    fn client(&self) -> &Client {
        &self.client
    }

    async fn stop(self) -> Result<(), StackError> {
        drop(self.fleet);
        Ok(self.cloud.database.stop().await?)
    }
}
