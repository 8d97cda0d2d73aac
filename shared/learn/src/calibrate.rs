//! Fits a calibration to scores of rows that the scorer had not seen.

use tact_model::{Calibration, Logistic, Term};

use crate::export::nearest;
use crate::regression::{Rows, Targets, fit_rows};
use crate::sample::Sample;

/// Probabilities this close to 0 or 1 are counted as that close: their log odds must be finite.
const SURE: f64 = 1e-6;

/// The line that fits the scores of these rows best; `None` when the scores say nothing, or the contrary.
///
/// After Platt (1999), with his targets: as if each label had been seen once more on the other side, so that a sample told apart without a mistake
/// does not make sure of everything.
pub(crate) fn fit_calibration(scores: &[f64], sample: &Sample<'_>, rows: &[usize]) -> Option<Calibration> {
    let log_odds: Vec<f64> = rows.iter().filter_map(|row| scores.get(*row)).map(|score| log_odds(*score)).collect();
    let of = |target: f64| -> f64 {
        rows.iter().filter(|row| (sample.target(**row) - target).abs() < 0.5).map(|row| sample.weight(*row)).sum()
    };
    let (positive, negative) = ((of(1.0) + 1.0) / (of(1.0) + 2.0), 1.0 / (of(0.0) + 2.0));
    let targets = rows.iter().map(|row| if sample.target(*row) > 0.5 { positive } else { negative }).collect();
    let weights = rows.iter().map(|row| sample.weight(*row)).collect();
    match fit_rows(&Rows::of_numbers(&log_odds), &Targets { targets, weights }, 0.0, &[1.0, 0.0]).as_slice() {
        [slope, intercept] => Calibration::new(nearest(*slope), nearest(*intercept)).ok(),
        _ => None,
    }
}

/// The regression that answers what this one does once calibrated: a line of a sum is a sum.
pub(crate) fn folded(logistic: &Logistic, line: Calibration) -> Logistic {
    let slope = f64::from(line.slope());
    let scaled = |value: f32| nearest(slope * f64::from(value));
    let terms = logistic.terms().iter().map(|term| Term { coefficient: scaled(term.coefficient), ..*term }).collect();
    let intercept = nearest(slope * f64::from(logistic.intercept()) + f64::from(line.intercept()));
    Logistic::new(terms, intercept).unwrap_or_else(|_| logistic.clone())
}

fn log_odds(probability: f64) -> f64 {
    let sure = probability.clamp(SURE, 1.0 - SURE);
    libm::log(sure) - libm::log1p(-sure)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Scores that are too sure by a factor of two in their log odds, and labels of the truth.
    fn too_sure(rows: usize) -> (Vec<f64>, Sample<'static>) {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let (scores, labels) = (0..rows)
            .map(|_| {
                let odds = 4.0 * rng.random::<f64>() - 2.0;
                let happened = rng.random::<f64>() < 1.0 / (1.0 + libm::exp(-odds));
                (1.0 / (1.0 + libm::exp(-2.0 * odds)), happened)
            })
            .unzip();
        (scores, Sample { columns: Vec::new(), labels, weights: vec![1.0; rows] })
    }

    #[test]
    fn scores_that_are_too_sure_are_made_half_as_sure() {
        let (scores, sample) = too_sure(20_000);
        let all: Vec<usize> = (0..20_000).collect();
        let line = fit_calibration(&scores, &sample, &all).unwrap();
        assert!((line.slope() - 0.5).abs() < 0.03 && line.intercept().abs() < 0.05, "{line:?}");
        let turned: Vec<f64> = scores.iter().map(|score| 1.0 - score).collect();
        assert_eq!(fit_calibration(&turned, &sample, &all), None);
    }

    #[test]
    fn a_sample_told_apart_without_a_mistake_is_still_in_doubt() {
        let labels: Vec<bool> = (0..20).map(|row| row < 10).collect();
        let scores: Vec<f64> = labels.iter().map(|label| if *label { 0.99 } else { 0.01 }).collect();
        let sample = Sample { columns: Vec::new(), labels, weights: vec![1.0; 20] };
        let line = fit_calibration(&scores, &sample, &(0..20).collect::<Vec<_>>()).unwrap();
        assert!((line.apply(0.99) - 11.0 / 12.0).abs() < 1e-3, "{line:?}");
    }

    #[test]
    fn a_line_folded_into_a_regression_is_the_line_of_what_it_answers() {
        let terms = vec![Term { mean: 1.0, scale: 2.0, coefficient: 0.5 }];
        let logistic = Logistic::new(terms, -0.25).unwrap();
        let line = Calibration::new(1.5, 0.5).unwrap();
        let folded = folded(&logistic, line);
        // 1.5 * (0.5 * (3 - 1) / 2 - 0.25) + 0.5
        assert!((folded.intercept() - 0.125).abs() < 1e-6 && (folded.terms()[0].coefficient - 0.75).abs() < 1e-6);
    }
}
