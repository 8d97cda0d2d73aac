//! Calibration: what a probability of the scorer means once it was compared with what happened.

use serde::{Deserialize, Serialize};

use crate::artefact::ModelError;
use crate::logistic::sigmoid;

/// The line of Platt (1999): the log odds of the scorer, scaled and shifted to fit the labels of rows it had not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    slope: f32,
    intercept: f32,
}

/// Probabilities this close to 0 or 1 are counted as that close: their log odds must be finite.
const SURE: f64 = 1e-6;

impl Calibration {
    /// The line with this slope and intercept, both in log odds.
    ///
    /// # Errors
    /// When the slope is not positive or one of them is not finite: calibration never changes an order.
    pub fn new(slope: f32, intercept: f32) -> Result<Self, ModelError> {
        let line = Self { slope, intercept };
        if line.is_sound() { Ok(line) } else { Err(ModelError::Number("calibration")) }
    }

    /// Calibrated log odds per log odds of the scorer; above 0.
    pub fn slope(&self) -> f32 {
        self.slope
    }

    /// Calibrated log odds where the scorer says one half.
    pub fn intercept(&self) -> f32 {
        self.intercept
    }

    /// The calibrated probability, 0..1.
    pub fn apply(&self, probability: f64) -> f64 {
        let sure = probability.clamp(SURE, 1.0 - SURE);
        let log_odds = libm::log(sure) - libm::log1p(-sure);
        sigmoid(f64::from(self.slope) * log_odds + f64::from(self.intercept))
    }

    pub(crate) fn is_sound(self) -> bool {
        self.slope.is_finite() && self.slope > 0.0 && self.intercept.is_finite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_odds_are_scaled_and_shifted() {
        let line = Calibration::new(2.0, 1.0).unwrap();
        // Log odds of .75: ln 3; of the answer: 2 ln 3 + 1 = ln (9 e).
        let nine_e = 9.0 * std::f64::consts::E;
        assert!((line.apply(0.75) - nine_e / (1.0 + nine_e)).abs() < 1e-12);
        let same = Calibration::new(1.0, 0.0).unwrap();
        assert!((same.apply(0.3) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn the_surest_scores_stay_probabilities() {
        let steep = Calibration::new(f32::MAX, -f32::MAX).unwrap();
        for score in [0.0, 1e-30, 0.5, 1.0] {
            assert!((0.0..=1.0).contains(&steep.apply(score)));
        }
    }

    #[test]
    fn a_line_that_would_turn_the_order_is_refused() {
        for (slope, intercept) in [(0.0, 0.0), (-1.0, 0.0), (f32::NAN, 0.0), (1.0, f32::INFINITY)] {
            assert_eq!(Calibration::new(slope, intercept), Err(ModelError::Number("calibration")));
        }
    }
}
