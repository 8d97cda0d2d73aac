//! Tasks for the people of a store: what they get to see, how far a task comes, and who may do something with it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod golden;
mod life;
mod queue;
mod shop;
