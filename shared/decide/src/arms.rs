//! Arms: which customers are held out, left as controls, or told in which of several ways. A salted hash tells, anew each year, so that anybody can
//! tell again at any time who was where.

use tact_domain::{CustomerId, Fingerprint, Timestamp};

use crate::{Action, Holdout, Treatment};

/// What a customer is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// The universal holdout, salted by its own salt.
    Holdout,
    /// The control of an action, salted by its name.
    Control,
    /// The arm of a trial of an action's ways, salted by its name.
    Arm,
    /// The trial that lets a suspended treatment back, salted by `action/treatment`.
    Trial,
}

/// Where a customer stands on a circle from 0 to 1 in the year of an instant (UTC). `Fingerprint::of(salt, customer)` (the first 64 bits of a
/// SHA-256) plus 4 times the year plus the number of the draw (0 to 3), times the odd number next to 2^64 over the golden ratio, goes through the
/// finaliser of `SplitMix64` (Steele, Lea and Flood, 2014); the upper 53 bits of that are the position.
pub fn position(draw: Draw, salt: &str, customer: &CustomerId, now: Timestamp) -> f64 {
    let epoch = u64::from(now.year().unsigned_abs()) * 4 + draw as u64;
    let mut bits = Fingerprint::of(salt, customer.as_str()).0.wrapping_add(epoch.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
    let position = (bits >> 11) as f64;
    position / 9_007_199_254_740_992.0
}

impl Holdout {
    /// Whether a customer is in the universal holdout this year.
    pub fn holds(&self, customer: &CustomerId, now: Timestamp) -> bool {
        self.share > 0.0 && position(Draw::Holdout, &self.salt, customer, now) < self.share
    }
}

impl Action {
    /// Whether a customer is among those who never get this action this year.
    pub fn is_control(&self, customer: &CustomerId, now: Timestamp) -> bool {
        self.control > 0.0 && !self.is_owed() && position(Draw::Control, &self.name, customer, now) < self.control
    }

    /// Where a customer stands in the trial of this action's ways this year; `None` when none is tried against another.
    pub fn arm_position(&self, customer: &CustomerId, now: Timestamp) -> Option<f64> {
        let tried = self.treatments.iter().any(|treatment| treatment.arm.is_some());
        tried.then(|| position(Draw::Arm, &self.name, customer, now))
    }
}

impl Treatment {
    /// Whether a customer at a position of the trial may get this way: every customer may, when it is not on trial.
    pub fn is_for(&self, position: Option<f64>) -> bool {
        match (&self.arm, position) {
            (Some(arm), Some(position)) => arm.from <= position && position < arm.to,
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}
