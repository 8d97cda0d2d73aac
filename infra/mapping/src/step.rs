//! What a mapping tells its caller to do, and what the caller tells it back.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::{Record, ShardId};

/// What the caller is to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Invoke the function with the batch, then say [`crate::Mapping::invoked`].
    Invoke(Batch),
    /// Store the batch where failures go, then say [`crate::Mapping::failure_stored`].
    GiveUp(Batch, Condition),
    /// Nothing before this time, in milliseconds since 1970, unless records are offered or a running step ends.
    WaitUntil(u64),
    /// Nothing until records are offered or a running step ends.
    Idle,
}

impl Step {
    /// The earlier of what is waited for and this time.
    pub(crate) fn earlier_of(&self, at_ms: u64) -> Self {
        match self {
            Self::WaitUntil(earlier_ms) => Self::WaitUntil(at_ms.min(*earlier_ms)),
            _ => Self::WaitUntil(at_ms),
        }
    }
}

/// Consecutive records of one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Where they come from.
    pub lane: LaneId,
    /// The records, oldest first. Empty only in the invocation that ends a window.
    pub records: Vec<Record>,
    /// How many invocations of this batch have failed so far; cuts do not count.
    pub failed_attempts: u32,
    /// Whether the last of them ended in an error rather than in an answer that names failed records.
    pub is_function_error: bool,
    /// The tumbling window that the records belong to; `None` without windows.
    pub window: Option<Window>,
}

/// One of the lanes of a shard: its records are delivered in order, one batch at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId {
    /// The shard.
    pub shard: ShardId,
    /// Which of its lanes, from 0.
    pub number: u32,
}

impl fmt::Display for LaneId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.shard, self.number)
    }
}

/// A tumbling window, as an invocation is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// When it starts, in milliseconds since 1970.
    pub start_ms: u64,
    /// When the next one starts.
    pub end_ms: u64,
    /// What the function returned last for this window; an empty object at first.
    pub state: Arc<Value>,
    /// Whether the window is over: the next invocation is of another window, with an empty state.
    pub is_final: bool,
    /// Whether the state has grown above 1 MB: the next invocation goes on in this window, with an empty state.
    pub is_terminated_early: bool,
}

/// Why records were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The batch failed once more than it may be retried.
    RetryAttemptsExhausted,
    /// The records were older than the mapping delivers.
    RecordAgeExceeded,
}

impl Condition {
    /// The word that Lambda uses in the message to the failure destination.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::RecordAgeExceeded => "RecordAgeExceeded",
        }
    }
}

/// How an invocation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The function returned these bytes.
    Returned(&'a [u8]),
    /// The function failed, died or did not answer in time: nothing counts as processed.
    Failed,
    /// The function was not reached, as when no capacity was free: the batch waits, stays whole and keeps its retries.
    NotInvoked,
}
