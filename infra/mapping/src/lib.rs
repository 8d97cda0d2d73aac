//! An event source mapping: what Lambda does between the shards of a stream and a function. A state machine without
//! clock, I/O, async or randomness: the caller reads shards, offers their records, carries out each [`Step`] and says how
//! it went.
//!
//! Delivery is at least once: whoever goes on from [`Mapping::checkpoints`] is given every record that was neither
//! processed, given up nor filtered out. A lane waits for its failing batch, so each partition key keeps its order.
//!
//! Read the code in this order: `record` (what a stream is made of), `settings`, `step` (what the caller is told), `mapping` (all
//! shards), `shard` (one of them), `lane` (one batch at a time), `window` (state from batch to batch), `answer` (what the
//! function said), `filter` (what is delivered at all), `checkpoints`, and for the wire `event` and `failure`.

#![doc = include_str!("../README.md")]

mod answer;
mod checkpoints;
pub mod event;
pub mod failure;
mod filter;
mod lane;
mod mapping;
mod record;
mod settings;
mod shard;
mod step;
mod time;
mod window;

pub use checkpoints::{Checkpoint, Checkpoints, CheckpointsError, WindowCheckpoint};
pub use event::{Source, dynamodb_event, kinesis_event};
pub use filter::{Filter, FilterError};
pub use mapping::Mapping;
pub use record::{Record, SequenceNumber, SequenceNumberError, ShardId};
pub use settings::{Settings, SettingsError, StartingPosition};
pub use shard::{From, Read, Shard};
pub use step::{Answer, Batch, Condition, LaneId, Step, Window};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
