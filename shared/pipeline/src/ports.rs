//! The ports: what the path stands on, in the cloud and on one machine.

use tact_domain::{CustomerId, DecisionId, FacetKind, Timestamp};

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

    /// Writes all items or none. A commit that finds its own nonce where it meant to write has already happened, and succeeds.
    ///
    /// # Errors
    /// `Conflict` when an item has another version than expected; otherwise when the table cannot be written.
    fn commit(&self, writes: &[Write], nonce: Nonce) -> impl Future<Output = Result<(), StoreError>> + Send;
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
}

/// The decision log could not keep what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the decision log does not answer: {0}")]
pub struct LogError(pub String);

/// Time, as an argument: live in a function, simulated in a run.
pub trait Clock: Sync {
    /// The instant at which an event that arrived then is being looked at: simply now on a live clock; in a simulated run its arrival
    /// and what was simulated to have passed since.
    fn now(&self, arrived: Timestamp) -> Timestamp;

    /// Microseconds on a clock that never goes back, for measuring; its zero means nothing.
    fn stopwatch_us(&self) -> u64;
}
