//! Delivery under faults: from an event to what reached its customer, through the functions' own code, whatever fails on the way. Each row of the
//! table of faults has a test that bears its number; what must hold whatever happens is in `invariants`.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod clock;
mod consent;
mod contention;
mod crashes;
mod hot;
mod invariants;
mod lapses;
mod life;
pub(crate) mod offers;
mod patience;
mod promises;
mod providers;
mod records;
pub(crate) mod sink;
mod spend;
mod switch;
pub(crate) mod world;
