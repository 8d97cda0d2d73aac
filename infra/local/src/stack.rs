//! The stack a run stands on: the embedded table and its stream, for each event kind a stream, a mapping and the function's own code, and
//! delivery and the clock behind them.

mod kept;
mod line;

use std::path::Path;
use std::time::Instant;

use aws_sdk_dynamodb::Client;
use tact_aws::DynamoStore;
use tact_decide::Catalogue;
use tact_domain::{DecisionId, EventKind, Presented, Timestamp};
use tact_pipeline::{
    Appeared, BatchReport, Clock, DeliveryMode, Dispatch, DispatchReport, HoldReader, ItemKey, Leases, Process, Reply,
    ReplyError, StoreError, Switch, SwitchReader, Versions, Wake, WakeError, WakeReport,
};
use tact_wire::{OwnEvent, Returned, Seal};

use crate::arrival::Arrival;
use crate::database::{DatabaseError, Embedded, create_table};
use crate::delivered::Delivered;
use crate::local_streams::LocalStreams;
use crate::respond::Did;
use crate::table_stream::Watched;

pub use kept::Kept;
use line::Line;

/// The name of the one table.
pub const TABLE: &str = "tact";
/// How many records a batch holds.
pub const BATCH: usize = 100;

/// A running stack.
pub struct Stack {
    database: Embedded,
    client: Client,
    table: Watched<DynamoStore>,
    lines: Vec<Line>,
    dispatch: Dispatch<Watched<DynamoStore>, Delivered, RunClock>,
    wake: Wake<Watched<DynamoStore>, LocalStreams, RunClock>,
    reply: Reply<Watched<DynamoStore>, LocalStreams, RunClock>,
    streams: LocalStreams,
}

/// What one invocation came to.
#[derive(Default)]
pub struct Invoked {
    /// The function's own report.
    pub report: BatchReport,
    /// The records of the decisions committed, in order.
    pub records: Vec<String>,
    /// The lines of the file that could not be read, in the order of the report.
    pub quarantined_lines: Vec<u64>,
    /// The decisions committed and when their events arrived, in order.
    pub decided_at: Vec<(DecisionId, Timestamp)>,
    /// What delivery made of them.
    pub delivery: DispatchReport,
    /// Microseconds from the batch to the acceptance of each message it led to.
    pub accepted_us: Vec<u64>,
}

/// What one tick of the clock came to.
pub struct Ticked {
    /// The clock's own report.
    pub report: WakeReport,
    /// What delivery made of the turns.
    pub delivery: DispatchReport,
    /// The events it put on streams.
    pub events: Vec<OwnEvent>,
}

/// The secret of a run: codes and links are the same in every run of the same events, and open nothing elsewhere.
const SECRET: [u8; 32] = *b"a run on one machine: no secrets";
/// Where links to unsubscribe lead to in a run: nowhere.
const REPLY_URL: &str = "https://reply.invalid";

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
    /// The table could not be used outside of a batch.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The clock could not tick.
    #[error(transparent)]
    Wake(#[from] WakeError),
    /// What came back could not be kept.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// Decisions that could not be delivered, nor put off.
    #[error("{count} decisions could not be delivered: {why}")]
    Undelivered {
        /// How many.
        count: usize,
        /// What delivery said.
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
        let table = Watched::new(DynamoStore::new(client.clone(), TABLE.to_owned()));
        table.learn().await?;
        let mut lines = Vec::new();
        for kind in EventKind::ALL {
            lines.push(Line::of(kind, table.clone(), directory, catalogue, fold_only_until)?);
        }
        let streams = LocalStreams::default();
        let dispatch = Dispatch {
            store: table.clone(),
            channels: Delivered,
            clock: RunClock::start(),
            catalogues: Versions::of(catalogue.clone()),
            seal: seal()?,
            reply_url: REPLY_URL.to_owned(),
            switch: SwitchReader::or(Switch::to(DeliveryMode::Live)),
            leases: Leases::default(),
            holds: HoldReader::default(),
            process: Process::named("run"),
        };
        let wake = Wake { store: table.clone(), events: streams.clone(), clock: RunClock::start() };
        let reply = Reply {
            store: table.clone(),
            events: streams.clone(),
            clock: RunClock::start(),
            catalogues: Versions::of(catalogue.clone()),
            seal: seal()?,
            topics: Vec::new(),
            process: Process::named("desk"),
        };
        Ok(Self { database, client, table, lines, dispatch, wake, reply, streams })
    }

    /// Puts a batch on the stream of its kind, lets the mapping invoke the function until all of it is done with, and delivers what was decided.
    ///
    /// # Errors
    /// When records were given up: retried as often as the mapping allows.
    pub async fn deliver(&mut self, kind: EventKind, batch: &[Arrival]) -> Result<Vec<Invoked>, StackError> {
        let Some(line) = self.lines.iter_mut().find(|line| line.kind == kind) else { return Ok(Vec::new()) };
        let mut done = line.deliver(batch).await?;
        // What the batch led to is known by the first of its invocations already.
        let decided_at: Vec<_> = done.iter().flat_map(|invoked| invoked.decided_at.iter().copied()).collect();
        for invoked in &mut done {
            let begun = Instant::now();
            let appeared = self.appeared(&decided_at);
            invoked.delivery = delivered(self.dispatch.handle(&appeared, None).await)?;
            let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            let batch_us = invoked.report.timings.event_us.iter().max().copied().unwrap_or(0);
            invoked.accepted_us = invoked.delivery.sent.iter().map(|_| batch_us.saturating_add(took_us)).collect();
        }
        Ok(done)
    }

    /// When the clock has something to do next, on a whole minute; `None` when nothing is due.
    pub fn next_tick(&self) -> Option<Timestamp> {
        self.table.next_due().map(|due| Timestamp((due.0 + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS))
    }

    /// Lets the clock tick, and delivers what it calls.
    ///
    /// # Errors
    /// When the table cannot be used.
    pub async fn tick(&mut self, at: Timestamp) -> Result<Ticked, StackError> {
        let report = self.wake.tick(at).await?;
        let turns: Vec<_> = self.table.take_appeared().into_iter().map(|key| appeared(key, at)).collect();
        let delivery = delivered(self.dispatch.handle(&turns, None).await)?;
        self.table.called(at);
        Ok(Ticked { report, delivery, events: self.streams.take() })
    }

    /// What appeared in the table since the last batch, in the order in which it was decided.
    fn appeared(&self, decided_at: &[(DecisionId, Timestamp)]) -> Vec<Appeared> {
        let mut keys = self.table.take_appeared();
        let place = |key: &ItemKey| match key {
            ItemKey::Decision(_, decision) => decided_at.iter().position(|(known, _)| known == decision),
            _ => None,
        };
        keys.sort_by_key(place);
        let at = |key: &ItemKey| place(key).and_then(|place| decided_at.get(place)).map_or(Timestamp(0), |(_, at)| *at);
        keys.into_iter().map(|key| appeared(key.clone(), at(&key))).collect()
    }

    /// Everything in the table that people may ask about.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn kept(&self) -> Result<Kept, StackError> {
        Kept::read(&self.client, TABLE).await
    }

    /// Lets a customer present a coupon at a till, as over HTTP, and answers the events that led to.
    ///
    /// # Errors
    /// When the table cannot be used.
    pub async fn present(&mut self, presented: &Presented) -> Result<Vec<OwnEvent>, StackError> {
        self.reply.carry_out(&Returned::Presented(presented.clone()), presented.at).await?;
        Ok(self.streams.take())
    }

    /// Lets somebody of a store do something with a task, as over HTTP, and answers the events that led to; none when the task stands otherwise.
    ///
    /// # Errors
    /// When the table cannot be used.
    pub async fn do_task(&mut self, did: &Did) -> Result<Vec<OwnEvent>, StackError> {
        let Did { store, task, step, at } = did.clone();
        self.reply.carry_out(&Returned::TaskMoved { store, task, step }, at).await?;
        Ok(self.streams.take())
    }

    /// Stops the stack; what was kept stays.
    ///
    /// # Errors
    /// When the database does not close cleanly.
    pub async fn stop(self) -> Result<(), StackError> {
        Ok(self.database.stop().await?)
    }
}

/// What codes and links of a run are sealed with.
///
/// # Errors
/// Never, as the secret is long enough.
pub fn seal() -> Result<Seal, StackError> {
    Seal::new(&SECRET).ok_or(StackError::Table("the secret of a run is too short".to_owned()))
}

/// A minute, in milliseconds: how often the clock ticks.
const MINUTE_MS: i64 = 60_000;

/// A record of the table's stream.
fn appeared(key: ItemKey, at: Timestamp) -> Appeared {
    Appeared { sequence: String::new(), key: Some(key), arrived: at }
}

/// What delivery did; nothing may be left undone here, where nobody would deliver it again.
fn delivered(report: DispatchReport) -> Result<DispatchReport, StackError> {
    let count = report.settled.iter().filter(|settled| settled.is_none()).count();
    match report.failure {
        Some(why) if count > 0 => Err(StackError::Undelivered { count, why }),
        _ => Ok(report),
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
