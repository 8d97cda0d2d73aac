//! Kinesis on loopback: streams in memory, served in the real protocol so that unmodified producers and consumers use them, and handed to
//! whoever reads them in this process. Read in this order: `stream` (what a stream is, on a time that is given), `shard`, `rate`,
//! `streams` (all of them by name), `server` (the protocol), then one file for each group of operations: `write`, `read`, `list`,
//! `describe`, `change`; `param`, `token` and `fault` are what they share.

mod change;
mod describe;
mod fault;
mod list;
mod param;
mod rate;
mod read;
mod server;
mod shard;
mod stream;
mod streams;
mod token;
mod write;

pub use server::KinesisServer;
pub use shard::{Closed, Page, Position, Shard};
pub use stream::{Entry, Limits, PutError, RECORD_BYTES, ReadError, ReshardError, Stream, hash_key};
pub use streams::{Call, Put, Streams};
