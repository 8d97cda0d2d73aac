//! Fits models offline and measures them; the only crate that names smartcore, and never part of a function.
//!
//! Read in this order: `examples` (what is learnt from), `generate` (the made-up examples of the first model), `fit` and
//! `export` (smartcore's models as ours), `quality` (how good they are), `train` (all of it for the first model), `apart` (what gives a secret away),
//! `proportion` (what may be said of shares), `evaluate` (what another policy would have brought).

mod apart;
mod evaluate;
mod examples;
mod export;
mod fit;
mod generate;
mod proportion;
mod qini;
mod quality;
mod train;

pub use apart::{Apart, Matched, least_share, standard_errors};
pub use evaluate::{Evaluation, Impression, Lacking, Policy, Refusal, SMOOTHING};
pub use examples::Examples;
pub use fit::{FitError, Growth, fit_forest, fit_logistic};
pub use generate::generate;
pub use proportion::{Difference, Estimate, POWER, SIGNIFICANCE, SampleRatio, Share, minimum_detectable, two_sided};
pub use qini::{Customer, Ranked, Spread};
pub use quality::quality;
pub use train::{First, Report, train_first};
