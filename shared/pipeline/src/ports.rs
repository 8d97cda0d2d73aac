//! The ports: what the path stands on, in the cloud and on one machine.

use tact_domain::{CustomerId, DecisionId, FacetKind, Key, Timestamp};
use tact_wire::{Message, OwnEvent};

use crate::{Item, ItemKey, Nonce, Write};

/// The table.
pub trait Store: Sync {
    /// All facets of a customer, read consistently; empty for a customer we do not know.
    ///
    /// # Errors
    /// When the table cannot be read.
    fn load(&self, customer: &CustomerId) -> impl Future<Output = Result<Vec<(FacetKind, Item)>, StoreError>> + Send;

    /// One item, read consistently; `None` when there is none.
    ///
    /// # Errors
    /// When the table cannot be read.
    fn get(&self, key: &ItemKey) -> impl Future<Output = Result<Option<Item>, StoreError>> + Send;

    /// All tasks in the queue of a store that are not forgotten yet, read consistently, in any order; empty for a store we do not know.
    ///
    /// # Errors
    /// When the table cannot be read.
    fn queue(&self, store: &str) -> impl Future<Output = Result<Vec<Item>, StoreError>> + Send;

    /// Writes all items or none. A commit that finds its own nonce where it meant to write has already happened, and succeeds.
    ///
    /// # Errors
    /// `Conflict` when an item has another version than expected; otherwise when the table cannot be written.
    fn commit(&self, writes: &[Write], nonce: Nonce) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Up to `limit` decisions, appointments and tasks that are due by `until`, earliest first within each shard of the index; what was written a moment ago may
    /// be missing.
    ///
    /// # Errors
    /// When the table cannot be read.
    fn due(&self, until: Timestamp, limit: usize) -> impl Future<Output = Result<Vec<ItemKey>, StoreError>> + Send;
}

/// Why the table did not do what was asked. All of these are worth another try, by us or by whoever delivers the records again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote first.
    #[error("another writer was first")]
    Conflict,
    /// The table asks us to slow down.
    #[error("the table is throttling")]
    Throttled,
    /// The table does not answer, or not sensibly.
    #[error("the table does not answer: {0}")]
    Unavailable(String),
    /// What is stored cannot be read by this version.
    #[error("a stored item cannot be read: {0}")]
    Unreadable(String),
}

/// The product's memory: every decision, before it is committed.
pub trait DecisionLog: Sync {
    /// Keeps the entries, all of them, before it answers.
    ///
    /// # Errors
    /// When some entry could not be kept.
    fn append(&self, entries: &[LogEntry]) -> impl Future<Output = Result<(), LogError>> + Send;
}

/// One line for the decision log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEntry {
    /// A decision that is about to be committed.
    Decision {
        /// Whom it is about; keeps a customer's decisions in order.
        customer: CustomerId,
        /// Which decision.
        decision: DecisionId,
        /// The record.
        line: String,
    },
    /// A record that could not be read.
    Quarantine {
        /// Its place in the stream.
        sequence: String,
        /// Why, where, and how it began.
        line: String,
    },
    /// A guardrail suspended a treatment, tried it, or let it back.
    Guard {
        /// Which treatment, as its hold is named; keeps what becomes of it in order.
        name: Key,
        /// What became of it, since when and why.
        line: String,
    },
    /// What was learnt is about to be published: decisions name it, and are made again with it.
    Learned {
        /// Its name.
        hash: String,
        /// All of it.
        line: String,
    },
}

/// The ways out: to providers of text messages, e-mails and notifications, and to other systems.
pub trait Channels: Sync {
    /// Hands one message over, in one attempt that takes no longer than it may.
    fn send(&self, message: &Message) -> impl Future<Output = Handover> + Send;
}

/// What came of handing a message over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handover {
    /// It was taken, under this name.
    Accepted(Option<String>),
    /// It was not taken, and may be tried again: in so many seconds, when the provider says in how many.
    NotNow(Option<i64>),
    /// It was refused for good.
    Refused(Refusal),
    /// Nobody knows: it may be on its way.
    Unknown,
}

/// Why a provider refuses a message for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The address does not exist, or does not take messages.
    BadAddress,
    /// The recipient told the provider to stop.
    OptedOut,
    /// The provider does not want it, for reasons that lie with us.
    Rejected,
}

impl Refusal {
    /// The name used in items, counts and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadAddress => "bad_address",
            Self::OptedOut => "opted_out_at_provider",
            Self::Rejected => "rejected",
        }
    }
}

/// The streams that events of our own making go onto.
pub trait Events: Sync {
    /// Puts the events on the streams of their kinds, all of them, before it answers.
    ///
    /// # Errors
    /// When some event could not be put.
    fn put(&self, events: &[OwnEvent]) -> impl Future<Output = Result<(), LogError>> + Send;
}

/// A stream could not keep what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream does not answer: {0}")]
pub struct LogError(pub String);

/// Time, as an argument: live in a function, simulated in a run.
pub trait Clock: Sync {
    /// The instant at which an event that arrived then is being looked at: simply now on a live clock; in a simulated run its arrival
    /// and what was simulated to have passed since.
    fn now(&self, arrived: Timestamp) -> Timestamp;

    /// Microseconds on a clock that never goes back, for measuring; its zero means nothing.
    fn stopwatch_us(&self) -> u64;
}
