//! Candidates, gates, scores and arbitration: one moment in, one decision out, with the fate and the reason of every candidate.
//! Pure and total: no I/O, no clock, no randomness, no failure; a refusal is a value.
//! Read in this order: `catalogue` (what could be done), `moment` (what is known), `decide` (the whole path), then its stages.

mod arbitrate;
mod budget;
mod catalogue;
mod criterion;
mod decide;
mod decision;
mod evaluate;
mod gate;
mod moment;
mod put_off;
mod quiet;
mod score;

pub use budget::{Budget, Budgets, Rung};
pub use catalogue::{Action, Brand, Cap, Catalogue, Class, Issue, Levers, Mode, Policy, PutOff, QuietHours, Treatment};
pub use criterion::{Criterion, Slot, Test, Value};
pub use decide::{Models, decide};
pub use decision::{Candidate, Decision, Fate, Later, Reason, Terms};
pub use evaluate::{Evaluation, evaluate};
pub use gate::{Message, recheck};
pub use moment::Moment;
pub use quiet::opening;
