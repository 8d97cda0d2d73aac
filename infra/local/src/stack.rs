//! The stack a run stands on: the embedded table, and for each event kind a stream, a mapping and the function's own code.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Instant;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};
use tact_aws::DynamoStore;
use tact_decide::Catalogue;
use tact_domain::{EventKind, FacetKind, Profile, Timestamp};
use tact_pipeline::{BatchReport, Clock, ItemKey, Pipeline, Quarantined};
use tact_wire::{facet_json, unpack_facet};

use crate::arrival::Arrival;
use crate::database::{DatabaseError, Embedded, create_table};
use crate::local_log::LocalLog;
use crate::mapping::{Answer, Batch, Mapping, Settings, Step, lambda_event};
use crate::stream::Stream;

/// The name of the one table.
const TABLE: &str = "tact";
/// How many records a batch holds.
pub const BATCH: usize = 100;

/// A running stack.
pub struct Stack {
    database: Embedded,
    client: Client,
    lines: Vec<Line>,
}

/// One stream, its mapping and its function.
struct Line {
    kind: EventKind,
    stream: Stream,
    mapping: Mapping,
    function: Pipeline<DynamoStore, LocalLog, RunClock>,
}

/// What one invocation came to.
pub struct Invoked {
    /// The function's own report.
    pub report: BatchReport,
    /// The records of the decisions committed, in order.
    pub records: Vec<String>,
    /// The lines of the file that could not be read, in the order of the report.
    pub quarantined_lines: Vec<u64>,
}

/// Why the stack cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// What is compiled in.
    #[error(transparent)]
    Embedded(#[from] tact_aws::EmbeddedError),
    /// The decision log beside the table.
    #[error("cannot write the decision log into the data directory: {0}; give a directory that may be written to")]
    Log(String),
    /// Records that failed as often as they may.
    #[error("{count} records could not be processed: {why}")]
    GivenUp {
        /// How many.
        count: usize,
        /// What the function said last.
        why: String,
    },
    /// The table cannot be read back.
    #[error("cannot read the table back: {0}")]
    Table(String),
}

impl Stack {
    /// Starts the stack; with a directory the table is kept there.
    ///
    /// # Errors
    /// When the database cannot be started there, or the models that are compiled in cannot be read.
    pub async fn start(
        directory: Option<&Path>,
        catalogue: &Catalogue,
        fold_only_until: Option<Timestamp>,
    ) -> Result<Self, StackError> {
        let database = Embedded::start(directory).await?;
        let client = database.client();
        create_table(&client, TABLE).await?;
        let settings = Settings {
            batch_size: BATCH,
            report_batch_item_failures: true,
            bisect_batch_on_function_error: true,
            maximum_retry_attempts: Some(5),
            ..Settings::default()
        };
        let mut lines = Vec::new();
        for kind in EventKind::ALL {
            let function = Pipeline {
                store: DynamoStore::new(client.clone(), TABLE.to_owned()),
                log: LocalLog::beside(directory).map_err(|error| StackError::Log(error.to_string()))?,
                clock: RunClock::start(),
                catalogue: catalogue.clone(),
                models: tact_aws::models()?,
                accepts: accepted_with(kind),
                fold_only_until,
                build: env!("CARGO_PKG_VERSION").to_owned(),
            };
            let (stream, mapping) = (Stream::new(NonZeroU32::MIN), Mapping::new(settings.clone()));
            lines.push(Line { kind, stream, mapping, function });
        }
        Ok(Self { database, client, lines })
    }

    /// Puts a batch on the stream of its kind and lets the mapping invoke the function until all of it is done with.
    ///
    /// # Errors
    /// When records were given up: retried as often as the mapping allows.
    pub async fn deliver(&mut self, kind: EventKind, batch: &[Arrival]) -> Result<Vec<Invoked>, StackError> {
        let Some(line) = self.lines.iter_mut().find(|line| line.kind == kind) else { return Ok(Vec::new()) };
        line.deliver(batch).await
    }

    /// Every facet in the table, in key order: customer, kind, packed bytes.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn facets(&self) -> Result<Vec<(String, FacetKind, Vec<u8>)>, StackError> {
        let scan = self.client.scan().table_name(TABLE).consistent_read(true);
        let scan = scan.filter_expression("begins_with(sk, :facets)");
        let scan = scan.expression_attribute_values(":facets", AttributeValue::S(ItemKey::FACETS.to_owned()));
        let mut pages = scan.into_paginator().items().send();
        let mut facets = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| StackError::Table(error.to_string()))?;
            facets.extend(facet(&item));
        }
        facets.sort();
        Ok(facets)
    }

    /// Stops the stack; what was kept stays.
    ///
    /// # Errors
    /// When the database does not close cleanly.
    pub async fn stop(self) -> Result<(), StackError> {
        Ok(self.database.stop().await?)
    }
}

/// A hash over facets in key order: the same profiles have the same hash.
pub fn state_hash(facets: &[(String, FacetKind, Vec<u8>)]) -> String {
    let mut hasher = Sha256::new();
    for (customer, kind, bytes) in facets {
        for part in [customer.as_bytes(), kind.name().as_bytes(), bytes] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    tact_wire::hex(&hasher.finalize())
}

/// A facet as a line of readable JSON; `None` when it cannot be read.
pub fn facet_line(customer: &str, kind: FacetKind, bytes: &[u8]) -> Option<String> {
    let mut profile = Profile::default();
    unpack_facet(&mut profile, kind, bytes).ok()?;
    let value = facet_json(&profile, kind);
    Some(serde_json::json!({ "customer": customer, "facet": kind.name(), "value": value }).to_string())
}

fn facet(item: &HashMap<String, AttributeValue>) -> Option<(String, FacetKind, Vec<u8>)> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let sk = text("sk")?.strip_prefix(ItemKey::FACETS)?;
    let kind = FacetKind::ALL.into_iter().find(|kind| kind.name() == sk)?;
    let customer = text("pk")?.strip_prefix("c#")?.to_owned();
    Some((customer, kind, item.get("b")?.as_b().ok()?.clone().into_inner()))
}

/// The kinds the function behind a stream accepts: one function reads the streams of outcomes and of consents.
fn accepted_with(kind: EventKind) -> Vec<EventKind> {
    match kind {
        EventKind::Outcome | EventKind::Consent => vec![EventKind::Outcome, EventKind::Consent],
        other => vec![other],
    }
}

impl Line {
    async fn deliver(&mut self, batch: &[Arrival]) -> Result<Vec<Invoked>, StackError> {
        let (mut now_ms, mut lines) = (0, BTreeMap::new());
        for arrival in batch {
            let arrived_ms = u64::try_from(arrival.at.0).unwrap_or(0);
            now_ms = arrived_ms.max(now_ms);
            let (shard, sequence) = self.stream.put(&arrival.customer, &arrival.bytes, arrived_ms);
            let records = self.stream.read(shard, self.mapping.read_through(shard), BATCH);
            self.mapping.offer(shard, records, now_ms);
            lines.insert(sequence.as_str().to_owned(), arrival.line);
        }
        let (mut done, mut why) = (Vec::new(), String::new());
        loop {
            match self.mapping.next(now_ms) {
                Step::Idle => break,
                Step::WaitUntil(at_ms) => now_ms = at_ms,
                Step::GiveUp(batch, _) => return Err(StackError::GivenUp { count: batch.records.len(), why }),
                Step::Invoke(batch) => {
                    let mut invoked = self.invoke(&batch, now_ms).await;
                    let line = |quarantined: &Quarantined| lines.get(&quarantined.sequence).copied().unwrap_or(0);
                    invoked.quarantined_lines = invoked.report.quarantined.iter().map(line).collect();
                    why = invoked.report.failure.clone().unwrap_or_default();
                    done.push(invoked);
                }
            }
        }
        for shard in self.stream.shards().collect::<Vec<_>>() {
            if let Some(through) = self.mapping.checkpoint(shard).cloned() {
                self.stream.trim(shard, &through);
            }
        }
        Ok(done)
    }

    async fn invoke(&mut self, batch: &Batch, now_ms: u64) -> Invoked {
        let event = lambda_event(batch);
        let (response, report) = tact_aws::handle(&self.function, &event, None).await;
        let answer = serde_json::to_vec(&response).unwrap_or_default();
        self.mapping.invoked(batch.shard, Answer::Returned(&answer), now_ms);
        let records = report.committed.iter().filter_map(|(_, decision)| self.function.log.take(*decision)).collect();
        self.function.log.clear();
        Invoked { report, records, quarantined_lines: Vec::new() }
    }
}

/// The simulated clock: an event is looked at when it arrives. What is measured is measured for real.
pub struct RunClock(Instant);

impl RunClock {
    /// A clock whose stopwatch begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RunClock {
    fn now(&self, arrived: Timestamp) -> Timestamp {
        arrived
    }

    fn stopwatch_us(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
