//! The stack a run stands on: the embedded table and its stream, for each event kind a stream, a mapping and the function's own code, and
//! delivery and the clock behind them.

mod here;
mod kept;
mod line;

use std::path::Path;
use std::time::Instant;

use aws_sdk_dynamodb::Client;
use tact_decide::Catalogue;
use tact_domain::{DecisionId, EventKind, Presented, Timestamp};
use tact_mapping::Batch;
use tact_pipeline::{
    Appeared, BatchReport, Clock, DispatchReport, ItemKey, PublishError, ReplyError, StoreError, WakeError, WakeReport,
};
use tact_wire::{OwnEvent, Seal};

use crate::arrival::Arrival;
use crate::cloud::{CloudError, FleetError, SourceError};
use crate::database::DatabaseError;
use crate::kinesis::{PutError, ReadError, Streams};
use crate::respond::Did;

pub use crate::cloud::TABLE;
pub use here::Here;
pub use kept::Kept;
use line::Line;

/// How many records a batch holds.
pub const BATCH: usize = 100;

/// A running stack on functions of some kind.
pub struct Stack<F> {
    functions: F,
    lines: Vec<Line>,
}

/// The functions of a deployment, as a stack hands work to them: their own code in this process ([`Here`]), or their real binaries
/// ([`crate::binaries::Binaries`]).
#[expect(async_fn_in_trait, reason = "a stack is awaited where it is made")]
pub trait Functions {
    /// The streams they read and write.
    fn streams(&self) -> &Streams;

    /// Hands a batch to the function that reads the stream of a kind; what it returned, `None` when it failed, and what it came to.
    ///
    /// # Errors
    /// When what it came to cannot be told.
    async fn handle(&mut self, kind: EventKind, batch: &Batch) -> Result<(Option<Vec<u8>>, Invoked), StackError>;

    /// The decisions and turns that appeared in the table since this was last asked, in the order of their keys.
    ///
    /// # Errors
    /// When the table's stream cannot be read.
    async fn take_appeared(&mut self) -> Result<Vec<ItemKey>, StackError>;

    /// When something is due next; `None` when nothing is.
    fn next_due(&self) -> Option<Timestamp>;

    /// Puts off whatever is still due although the clock called it at `at`.
    fn called(&mut self, at: Timestamp);

    /// Delivers what appeared.
    ///
    /// # Errors
    /// When something could not be delivered: nobody would deliver it again.
    async fn dispatch(&mut self, appeared: &[Appeared]) -> Result<DispatchReport, StackError>;

    /// Lets the clock tick.
    ///
    /// # Errors
    /// When the table cannot be used.
    async fn tick(&mut self, at: Timestamp) -> Result<WakeReport, StackError>;

    /// Lets a customer present a coupon at a till.
    ///
    /// # Errors
    /// When the table cannot be used.
    async fn present(&mut self, presented: &Presented) -> Result<(), StackError>;

    /// Lets somebody of a store do something with a task.
    ///
    /// # Errors
    /// When the table cannot be used.
    async fn do_task(&mut self, did: &Did) -> Result<(), StackError>;

    /// The events that functions put on streams since this was last asked, by kind and then in the order in which they were put.
    fn take_events(&mut self) -> Vec<OwnEvent>;

    /// A client of the table.
    fn client(&self) -> &Client;

    /// Stops them; what was kept stays.
    ///
    /// # Errors
    /// When the database does not close cleanly.
    async fn stop(self) -> Result<(), StackError>;
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
pub(crate) const SECRET: [u8; 32] = *b"a run on one machine: no secrets";
/// Where links to unsubscribe lead to in a run: nowhere.
pub(crate) const REPLY_URL: &str = "https://reply.invalid";

/// Why the stack cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The cloud on this machine.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The binaries on it.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// The stream of the table.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A catalogue that could not be put in force.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// A binary failed.
    #[error("the function `{name}` failed: {why}")]
    Function {
        /// Which function.
        name: &'static str,
        /// What it came to.
        why: String,
    },
    /// What is compiled in.
    #[error(transparent)]
    Embedded(#[from] tact_aws::EmbeddedError),
    /// The decision log beside the table.
    #[error("cannot write the decision log into the data directory: {0}; give a directory that may be written to")]
    Log(String),
    /// A stream that took no record, which cannot be.
    #[error("cannot put a record on the stream: {0}")]
    Put(#[from] PutError),
    /// A stream that gave no record, which cannot be.
    #[error("cannot read the stream: {0}")]
    Read(#[from] ReadError),
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

impl Stack<Here> {
    /// Starts a stack on the functions' own code; with a directory the table is kept there.
    ///
    /// # Errors
    /// When the database cannot be started there, or the models that are compiled in cannot be read.
    pub async fn start(
        directory: Option<&Path>,
        catalogue: &Catalogue,
        fold_only_until: Option<Timestamp>,
    ) -> Result<Self, StackError> {
        Ok(Self::on(Here::start(directory, catalogue, fold_only_until).await?))
    }
}

impl<F: Functions> Stack<F> {
    /// A stack on running functions.
    pub fn on(functions: F) -> Self {
        let lines = EventKind::ALL.into_iter().map(Line::of).collect();
        Self { functions, lines }
    }

    /// Puts a batch on the stream of its kind, lets the mapping invoke the function until all of it is done with, and delivers what was decided.
    ///
    /// # Errors
    /// When records were given up: retried as often as the mapping allows.
    pub async fn deliver(&mut self, kind: EventKind, batch: &[Arrival]) -> Result<Vec<Invoked>, StackError> {
        let Some(line) = self.lines.iter_mut().find(|line| line.kind == kind) else { return Ok(Vec::new()) };
        let mut done = line.deliver(&mut self.functions, batch).await?;
        // What the batch led to is known by the first of its invocations already.
        let decided_at: Vec<_> = done.iter().flat_map(|invoked| invoked.decided_at.iter().copied()).collect();
        for invoked in &mut done {
            let begun = Instant::now();
            let appeared = in_order(self.functions.take_appeared().await?, &decided_at);
            invoked.delivery = self.functions.dispatch(&appeared).await?;
            let took_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            let batch_us = invoked.report.timings.event_us.iter().max().copied().unwrap_or(0);
            invoked.accepted_us = invoked.delivery.sent.iter().map(|_| batch_us.saturating_add(took_us)).collect();
        }
        Ok(done)
    }

    /// When the clock has something to do next, on a whole minute; `None` when nothing is due.
    pub fn next_tick(&self) -> Option<Timestamp> {
        self.functions.next_due().map(|due| Timestamp((due.0 + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS))
    }

    /// Lets the clock tick, and delivers what it calls.
    ///
    /// # Errors
    /// When the table cannot be used.
    pub async fn tick(&mut self, at: Timestamp) -> Result<Ticked, StackError> {
        let report = self.functions.tick(at).await?;
        let turns = self.functions.take_appeared().await?;
        let turns: Vec<_> = turns.into_iter().map(|key| appeared(key, at)).collect();
        let delivery = self.functions.dispatch(&turns).await?;
        self.functions.called(at);
        Ok(Ticked { report, delivery, events: self.functions.take_events() })
    }

    /// Everything in the table that people may ask about.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn kept(&self) -> Result<Kept, StackError> {
        Kept::read(self.functions.client(), TABLE).await
    }

    /// Lets a customer present a coupon at a till, as over HTTP, and answers the events that led to.
    ///
    /// # Errors
    /// When the table cannot be used.
    pub async fn present(&mut self, presented: &Presented) -> Result<Vec<OwnEvent>, StackError> {
        self.functions.present(presented).await?;
        Ok(self.functions.take_events())
    }

    /// Lets somebody of a store do something with a task, as over HTTP, and answers the events that led to; none when the task stands otherwise.
    ///
    /// # Errors
    /// When the table cannot be used.
    pub async fn do_task(&mut self, did: &Did) -> Result<Vec<OwnEvent>, StackError> {
        self.functions.do_task(did).await?;
        Ok(self.functions.take_events())
    }

    /// Stops the stack; what was kept stays.
    ///
    /// # Errors
    /// When the database does not close cleanly.
    pub async fn stop(self) -> Result<(), StackError> {
        self.functions.stop().await
    }
}

/// What appeared in the table, in the order in which it was decided.
fn in_order(mut keys: Vec<ItemKey>, decided_at: &[(DecisionId, Timestamp)]) -> Vec<Appeared> {
    let place = |key: &ItemKey| match key {
        ItemKey::Decision(_, decision) => decided_at.iter().position(|(known, _)| known == decision),
        _ => None,
    };
    keys.sort_by_key(place);
    let at = |key: &ItemKey| place(key).and_then(|place| decided_at.get(place)).map_or(Timestamp(0), |(_, at)| *at);
    keys.into_iter().map(|key| appeared(key.clone(), at(&key))).collect()
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
