//! The one path of a signal: a batch is decoded, grouped by customer, folded, decided, logged and committed.
//! Async, but without AWS: the store, the decision log and the clock are ports.
//! Read in this order: `batch` (the path), `turn` (one customer's part of it), `ports` (what it stands on), `replay` (the way back).

mod batch;
mod ending;
mod item;
mod ports;
mod replay;
mod turn;

pub use batch::{BatchReport, Pipeline, Quarantined, Record, Timings};
pub use ending::{Ending, Tally};
pub use item::{Item, ItemKey, Nonce, Write};
pub use ports::{Clock, DecisionLog, LogEntry, LogError, Store, StoreError};
pub use replay::{ReplayError, replay};
