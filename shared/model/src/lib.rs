//! Feature rows, the flat model format and its scorer. Pure: no I/O, no clock, no allocation while scoring.
//! Read in this order: `features` (what a model sees), `artefact` (what it is stored as), `score` (what it answers), `bid` (what a contact costs).

mod artefact;
mod bid;
mod features;
mod forest;
mod logistic;
mod score;
mod walk;

pub use artefact::{Card, Kind, Model, ModelError, Quality, Scorer};
pub use bid::{BidError, BidTable};
pub use features::{Circumstances, FEATURES, Offer, Row, complete, row_of_moment};
pub use forest::{Forest, Node};
pub use logistic::{Logistic, Term};
pub use score::{BindError, Binding};
