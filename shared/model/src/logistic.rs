//! A logistic regression over standardised features.

use crate::artefact::{ModelError, Reader};

/// A weighted sum of standardised features, turned into a probability by the sigmoid.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    terms: Vec<Term>,
    slots: Vec<u16>,
    intercept: f32,
}

impl Logistic {
    /// A regression with one term per feature, in row order.
    ///
    /// # Errors
    /// When a number is not finite or a scale is not positive.
    pub fn new(terms: Vec<Term>, intercept: f32) -> Result<Self, ModelError> {
        if !terms.iter().all(Term::is_sound) || !intercept.is_finite() {
            return Err(ModelError::Number("coefficients"));
        }
        let slots = (0..=u16::MAX).take(terms.len()).collect();
        Ok(Self { terms, slots, intercept })
    }

    /// One term per feature, in the model's own order.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The sum of a row in which every feature has its mean.
    pub fn intercept(&self) -> f32 {
        self.intercept
    }

    /// A value that is missing or not finite counts as the mean.
    pub(crate) fn probability(&self, row: &[f32]) -> f64 {
        let sum: f64 =
            self.terms.iter().zip(&self.slots).map(|(term, slot)| term.weigh(row.get(usize::from(*slot)))).sum();
        sigmoid(sum + f64::from(self.intercept))
    }

    /// The same regression over rows in which feature `i` stands in slot `slots[i]`.
    pub(crate) fn with_slots(&self, slots: &[u16]) -> Self {
        Self { slots: slots.to_vec(), ..self.clone() }
    }

    pub(crate) fn check_features(&self, named: usize) -> Result<(), ModelError> {
        let found = self.terms.len();
        if found == named { Ok(()) } else { Err(ModelError::Features { found, named }) }
    }

    /// Means, scales and coefficients of all features, then the intercept.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.terms.iter().flat_map(|term| term.mean.to_le_bytes()));
        bytes.extend(self.terms.iter().flat_map(|term| term.scale.to_le_bytes()));
        bytes.extend(self.terms.iter().flat_map(|term| term.coefficient.to_le_bytes()));
        bytes.extend(self.intercept.to_le_bytes());
    }

    pub(crate) fn read(from: &mut Reader<'_>, features: usize) -> Result<Self, ModelError> {
        let means = from.array(features, "means")?.map(f32::from_le_bytes);
        let scales = from.array(features, "scales")?.map(f32::from_le_bytes);
        let coefficients = from.array(features, "coefficients")?.map(f32::from_le_bytes);
        let intercept = from.array(1, "intercept")?.map(f32::from_le_bytes).sum();
        let terms = means.zip(scales).zip(coefficients);
        Self::new(terms.map(|((mean, scale), coefficient)| Term { mean, scale, coefficient }).collect(), intercept)
    }
}

/// What one feature adds: `coefficient * (value - mean) / scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Mean over the training rows, in the feature's own unit.
    pub mean: f32,
    /// Standard deviation over the training rows, above 0; 1 for a feature that never varied.
    pub scale: f32,
    /// Log odds per standard deviation.
    pub coefficient: f32,
}

impl Term {
    /// The value in standard deviations from the mean.
    pub fn standardise(&self, value: f32) -> f64 {
        (f64::from(value) - f64::from(self.mean)) / f64::from(self.scale)
    }

    fn weigh(&self, value: Option<&f32>) -> f64 {
        match value {
            Some(value) if value.is_finite() => f64::from(self.coefficient) * self.standardise(*value),
            _ => 0.0,
        }
    }

    fn is_sound(&self) -> bool {
        self.mean.is_finite() && self.scale.is_finite() && self.scale > 0.0 && self.coefficient.is_finite()
    }
}

/// The logistic function: the probability of which these are the log odds.
pub(crate) fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logistic() -> Logistic {
        let visits = Term { mean: 2.0, scale: 4.0, coefficient: 1.5 };
        let hour = Term { mean: 12.0, scale: 6.0, coefficient: -0.5 };
        Logistic::new(vec![visits, hour], 0.25).unwrap()
    }

    #[test]
    fn the_probability_is_the_sigmoid_of_the_weighted_sum() {
        // 0.25 + 1.5 * (6 - 2) / 4 - 0.5 * (18 - 12) / 6 = 1.25
        assert!((logistic().probability(&[6.0, 18.0]) - 0.777_299_861_174_691_1).abs() < 1e-12);
    }

    #[test]
    fn a_value_that_is_missing_or_not_finite_counts_as_the_mean() {
        let mean = logistic().probability(&[6.0, 12.0]);
        for row in [&[6.0][..], &[6.0, f32::NAN], &[6.0, f32::INFINITY], &[6.0, 12.0, 99.0]] {
            assert_eq!(logistic().probability(row).to_bits(), mean.to_bits());
        }
    }

    #[test]
    fn the_largest_numbers_still_give_a_probability() {
        let term = Term { mean: -f32::MAX, scale: f32::MIN_POSITIVE, coefficient: f32::MAX };
        let logistic = Logistic::new(vec![term, Term { coefficient: -f32::MAX, ..term }], f32::MAX).unwrap();
        for row in [[f32::MAX, 0.0], [0.0, f32::MAX], [f32::MAX, f32::MAX], [-f32::MAX, -f32::MAX]] {
            assert!((0.0..=1.0).contains(&logistic.probability(&row)));
        }
    }

    #[test]
    fn numbers_that_no_sum_survives_are_refused() {
        let sound = Term { mean: 0.0, scale: 1.0, coefficient: 1.0 };
        let unsound = [
            Term { mean: f32::NAN, ..sound },
            Term { scale: 0.0, ..sound },
            Term { scale: -1.0, ..sound },
            Term { coefficient: f32::INFINITY, ..sound },
        ];
        for term in unsound {
            assert_eq!(Logistic::new(vec![sound, term], 0.0), Err(ModelError::Number("coefficients")));
        }
        assert!(Logistic::new(vec![sound], f32::NAN).is_err());
    }
}
