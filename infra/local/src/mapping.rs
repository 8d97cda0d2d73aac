//! An event source mapping: what Lambda does between the shards of a stream and a function. A state machine without
//! clock and without I/O: the caller offers records, carries out each [`Step`] and says how it went.
//!
//! Delivery is at least once: whoever starts again from [`Mapping::checkpoint`] is given every record that was neither
//! processed nor put where failures go. A shard waits for its failing batch, so order is kept.

mod answer;
mod event;
mod lane;

use std::collections::BTreeMap;

use crate::stream::{Record, SequenceNumber, ShardId};
pub use event::{kinesis_event, lambda_event};
use lane::Lane;

/// The mapping of one stream to one function: a lane for each shard that records were offered from.
#[derive(Clone, Debug)]
pub struct Mapping {
    settings: Settings,
    lanes: BTreeMap<ShardId, Lane>,
}

impl Mapping {
    /// A mapping that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Self { settings, lanes: BTreeMap::new() }
    }

    /// Goes on with a shard after the checkpoint of an earlier life.
    pub fn resume(&mut self, shard: ShardId, checkpoint: SequenceNumber) {
        self.lanes.insert(shard, Lane::after(checkpoint));
    }

    /// Takes records read from a shard, in its order. Those offered before are not taken twice.
    pub fn offer(&mut self, shard: ShardId, records: impl IntoIterator<Item = Record>, now_ms: u64) {
        self.lanes.entry(shard).or_default().offer(records, now_ms);
    }

    /// Whether the next batch of a shard could still use records: when not, reading more only costs memory.
    pub fn wants_records(&self, shard: ShardId) -> bool {
        self.lanes.get(&shard).is_none_or(|lane| lane.unbatched() < self.settings.batch_size)
    }

    /// The last record offered from a shard: reading goes on after it. `None` before the first.
    pub fn read_through(&self, shard: ShardId) -> Option<&SequenceNumber> {
        self.lanes.get(&shard)?.read_through()
    }

    /// The last record of a shard up to which all are done with. `None` before the first.
    pub fn checkpoint(&self, shard: ShardId) -> Option<&SequenceNumber> {
        self.lanes.get(&shard)?.checkpoint()
    }

    /// What to do now. Ask again after each step: other shards may have work while one is busy.
    pub fn next(&mut self, now_ms: u64) -> Step {
        let mut rest = Step::Idle;
        for (shard, lane) in &mut self.lanes {
            match lane.next(*shard, &self.settings, now_ms) {
                Step::WaitUntil(at_ms) => rest = rest.or_wait_until(at_ms),
                Step::Idle => {}
                work => return work,
            }
        }
        rest
    }

    /// The invocation of a shard's batch ended. Ignored when the shard has none running.
    pub fn invoked(&mut self, shard: ShardId, answer: Answer<'_>, now_ms: u64) {
        if let Some(lane) = self.lanes.get_mut(&shard) {
            lane.invoked(answer, &self.settings, now_ms);
        }
    }

    /// The failure of a shard is stored: the shard may go on. Ignored when the shard has given nothing up.
    pub fn failure_stored(&mut self, shard: ShardId) {
        if let Some(lane) = self.lanes.get_mut(&shard) {
            lane.failure_stored();
        }
    }
}

/// How a mapping batches and retries. Names and defaults are Lambda's; its `-1` is `None` here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most records in a batch, at least 1. A batch also closes at 6 MB of payload.
    pub batch_size: usize,
    /// How long a batch may wait to be filled, from the moment its first record could start it; 0 does not
    /// wait.
    pub batching_window_ms: u64,
    /// Whether the function's answer is read for failed items. When not, an answer of any content is success.
    pub report_batch_item_failures: bool,
    /// Whether a failing batch is cut into smaller ones. Cuts do not use up retries.
    pub bisect_batch_on_function_error: bool,
    /// How often a batch is invoked again before it is given up; `None` until its records are too old.
    pub maximum_retry_attempts: Option<u32>,
    /// Records older than this are given up, counted from their arrival; `None` never.
    pub maximum_record_age_ms: Option<u64>,
    /// The pause after a failure without progress; it doubles with each further one.
    pub first_retry_delay_ms: u64,
    /// The longest such pause.
    pub longest_retry_delay_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_size: 100,
            batching_window_ms: 0,
            report_batch_item_failures: false,
            bisect_batch_on_function_error: false,
            maximum_retry_attempts: None,
            maximum_record_age_ms: None,
            first_retry_delay_ms: 200,
            longest_retry_delay_ms: 60_000,
        }
    }
}

/// What the caller is to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Invoke the function with the batch, then say [`Mapping::invoked`].
    Invoke(Batch),
    /// Store the batch where failures go, then say [`Mapping::failure_stored`].
    GiveUp(Batch, Condition),
    /// Nothing before this time, unless records are offered or a running step ends.
    WaitUntil(u64),
    /// Nothing until records are offered or a running step ends.
    Idle,
}

impl Step {
    fn or_wait_until(self, at_ms: u64) -> Self {
        match self {
            Self::WaitUntil(earlier_ms) => Self::WaitUntil(earlier_ms.min(at_ms)),
            _ => Self::WaitUntil(at_ms),
        }
    }
}

/// Consecutive records of one shard; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Where they come from.
    pub shard: ShardId,
    /// The records, oldest first.
    pub records: Vec<Record>,
    /// How many invocations of this batch have failed so far; cuts do not count.
    pub failed_attempts: u32,
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
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
