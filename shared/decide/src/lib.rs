//! Candidates, gates, scores and arbitration: one moment in, one decision out, with the fate and the reason of every candidate.
//! Pure and total: no I/O, no clock, no randomness, no failure; a refusal is a value.
//! Read in this order: `catalogue` (what could be done), `moment` (what is known), `decide` (the whole path), then its stages.

mod action;
mod adaptive;
mod arbitrate;
mod arena;
mod arms;
mod benefit;
mod budget;
mod catalogue;
mod cover;
mod decide;
mod decision;
mod discretion;
mod evaluate;
mod evidence;
mod explore;
mod follow;
mod gate;
mod guard;
mod hold;
mod known;
mod limit;
mod moment;
mod placement;
mod put_off;
mod quiet;
mod readiness;
mod reason;
mod relied;
mod rule;
mod score;
mod screen;
#[cfg(test)]
mod shop;
mod slot;
mod treatment;

pub use action::{Action, Class, Issue, PutOff, ValueClass};
pub use adaptive::{Adaptive, Cell, Counts, Expected, Kind, Learned, Matured, Saying, Sums, TYPES, kind_of};
pub use arena::{Arena, Arenas, Crossing};
pub use arms::{Draw, position};
pub use benefit::Benefit;
pub use budget::{Budget, Budgets, Rung};
pub use catalogue::{Brand, Cap, Catalogue, Exclusion, Holdout, Levers, Policy, Term};
pub use cover::{Cover, Crowd, Rendering, coverable, joining, joins, renderings, uncovered};
pub use decide::{Models, decide};
pub use decision::{Candidate, Decision, Fate, Later, Terms};
pub use discretion::{Discretion, Most, Tactic, creepy, tactic};
pub use evaluate::{Basis, Evaluation, evaluate, evaluate_for_store};
pub use evidence::interval;
pub use explore::Explore;
pub use follow::{Told, follow, take_up};
pub use gate::{Message, recheck};
pub use guard::{Count, Guard, Guardrail, Harm, Met, Phase, Turned, Watch};
pub use hold::{Hold, is_guarded, unguarded};
pub use known::Known;
pub use limit::{Claim, Limit, Resource};
pub use moment::Moment;
pub use placement::places;
pub use quiet::{DayHours, Hours, Place, Quiet, QuietHours, Region, StateHours};
pub use reason::Reason;
pub use relied::Reliance;
pub use rule::{Condition, Criterion, Rule, Stage, Test, Value};
pub use screen::{Scene, ScreenDecision, Silence, screen, unrecognised};
pub use slot::{Aspect, Needs, Ring, Sequence, Slot, Window};
pub use treatment::{Arm, Denominator, Measure, Mode, Provenance, Translation, Treatment};
