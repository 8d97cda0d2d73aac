//! How much more of our messages somebody is taken to bear, in points.

use serde::Serialize;
use tact_domain::Allowance;

/// How much of somebody's patience is left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Patience {
    /// The points that all actions share,
    pub left: f64,
    /// of at most so many.
    pub of: f64,
}

impl Patience {
    /// What is left of an allowance, in thousandths of a point; `None` when patience is not rationed.
    pub(crate) fn of(allowance: Allowance, left: u32) -> Option<Self> {
        (allowance.most > 0).then(|| Self { left: points(left), of: points(allowance.most.into()) })
    }
}

/// Points of so many thousandths.
pub(crate) fn points(thousandths: u32) -> f64 {
    f64::from(thousandths) / 1_000.0
}
