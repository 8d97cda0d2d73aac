//! Feature rows, the flat model format and its scorer. Pure: no I/O, no clock, no allocation while scoring.
//! Read in this order: `schema` and `features` (what a model sees), `encoding` (how a raw row becomes that), `artefact` (what it is stored as), `score` (what it
//! answers), `classes` (what a text is about), `bid` (what a contact costs), `types` (what kinds of customers there are).

mod artefact;
mod bid;
mod calibration;
mod classes;
mod encoding;
mod features;
mod forest;
mod logistic;
mod schema;
mod score;
mod types;
mod walk;
mod words;

pub use artefact::{Card, Kind, Model, ModelError, Quality, Scorer};
pub use bid::{BidError, BidTable};
pub use calibration::Calibration;
pub use classes::Classes;
pub use encoding::{Cell, Encoder, Encoding, Word};
pub use features::{Circumstances, Offer, Row, complete, row_of_moment};
pub use forest::{Combination, Forest, Node};
pub use logistic::{Logistic, Term};
pub use schema::{FEATURES, Feature, Quantity, SCHEMA, Sensitivity};
pub use score::{BindError, Binding};
pub use types::{Before, Scale, Types, TypesError, logarithm, scaled};
pub use words::{hash_of, words};
