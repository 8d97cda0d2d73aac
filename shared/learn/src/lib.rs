//! Fits models offline and measures them; the only crate that names smartcore, and never part of a function.
//!
//! Read in this order: `examples` (what is learnt from), `generate` (the made-up examples of the first model), `fit` and
//! `export` (smartcore's models as ours), `quality` (how good they are), `train` (all of it for the first model), `apart` (what gives a secret away),
//! `bid` (what a contact is worth later), `paired` (whether that is worth it).

mod apart;
mod bid;
mod examples;
mod export;
mod fit;
mod generate;
mod paired;
mod quality;
mod train;

pub use apart::{Apart, Matched, least_share, standard_errors};
pub use bid::{Opportunity, learn_bids};
pub use examples::Examples;
pub use fit::{FitError, Growth, fit_forest, fit_logistic};
pub use generate::generate;
pub use paired::Paired;
pub use quality::quality;
pub use train::{First, Report, train_first};
