//! The path of a signal through `Pipeline::handle`: one ending for every record, nothing lost and nothing done twice, whatever fails.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod batches;
mod cover;
mod edges;
mod failures;
mod guard;
mod limits;
mod outcomes;
mod published;
pub(crate) mod world;
