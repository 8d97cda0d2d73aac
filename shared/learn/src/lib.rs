//! Fits models offline and measures them; the only crate that names smartcore, and never part of a function.
//!
//! Read in this order: `examples` (what is learnt from), `generate` (the made-up examples of the first model), `fit` and
//! `export` (smartcore's models as ours), `lightgbm` (models brought along), `quality` (how good they are), `train` (all of it for the first model), `apart` (what gives a secret away), `types`
//! (who is like whom).
//!
//! Then, for a table of one's own: `sample` and `label` (its rows), `encode` (columns as numbers), `regression` and `crossed` (models of the rows they
//! do not score), `calibrate`, `measure`, `alarm` (what was only known afterwards), `learnt` (all of it).
//!
//! Then what is measured afterwards: `proportion` (what may be said of shares), `lift` (what those from whom nothing was withheld did more),
//! `evaluate` (what another policy would have brought), `qini` (whether a ranking finds those on whom a treatment works), `balance` (whether chance decided
//! who was treated), `uplift` (all that a trial tells).
//!
//! Then what is learnt without a model: `complements` (what goes with what), `organic` (what is done when nothing is said).
//!
//! And what attention is worth: `bid` (what a contact is worth later), `paired` (what one way earns beside another).

mod alarm;
mod apart;
mod balance;
mod bid;
mod calibrate;
mod causes;
mod complements;
mod crossed;
mod encode;
mod evaluate;
mod examples;
mod export;
mod fit;
mod generate;
mod label;
mod learnt;
mod lift;
mod lightgbm;
mod measure;
mod organic;
mod paired;
mod parallel;
mod proportion;
mod qini;
mod quality;
mod regression;
mod sample;
mod train;
mod types;
mod uplift;

pub use alarm::Leak;
pub use apart::{Apart, Matched, least_share, standard_errors};
pub use balance::{Balance, Suspect};
pub use bid::{Opportunity, learn_bids};
pub use causes::{first_causes, learn_classes};
pub use complements::{COUNTS_AS, Complement, Complements, FEWEST_BASKETS, LEAST_LIFT, MOST_OF_ONE, shrunk_lift};
pub use evaluate::{Evaluation, Impression, Lacking, Policy, Refusal, SMOOTHING};
pub use examples::Examples;
pub use fit::{FitError, Growth, fit_forest, fit_logistic, fit_weighted_forest};
pub use generate::{generate, generate_baskets, generate_comments};
pub use label::{Label, LabelError};
pub use learnt::{Candidate, Choice, LearnError, Learnt, Plan, Progress, learn, measure, suspects};
pub use lift::{Lift, MISMATCH, MeanDifference, Subject, Verdict, WORTH_KNOWING, holm, needed};
pub use lightgbm::{ImportError, MOST_LIGHTGBM_BYTES, Problem, Unsupported, import_lightgbm};
pub use measure::Measured;
pub use organic::{Believed, Organic, OrganicRates, Silence, organic_rates};
pub use paired::paired;
pub use proportion::{Difference, Estimate, POWER, SIGNIFICANCE, SampleRatio, Share, minimum_detectable, two_sided};
pub use qini::{Customer, Ranked, Spread};
pub use quality::quality;
pub use sample::{Column, Kind, NotANumber, Sample};
pub use train::{First, Report, train_first};
pub use types::{TypesFound, find_types};
pub use uplift::{Arm, Measure, Pair, Tops, Trial, Uplift, UpliftError};
