//! Logistic regression over encoded rows: weighted, and mostly zeros where there are words. smartcore's own regression has neither, so that its
//! optimiser is given the loss and the slope of it here.

use std::cell::RefCell;

use smartcore::optimization::FunctionOrder;
use smartcore::optimization::first_order::lbfgs::LBFGS;
use smartcore::optimization::first_order::{FirstOrderOptimizer, OptimizerResult};
use smartcore::optimization::line_search::Backtracking;
use tact_model::{Encoder, Encoding, Logistic, ModelError, Term};

use crate::examples::count;
use crate::export::nearest;

/// The search ends where no coefficient would change the mean loss faster than this.
const FLAT: f64 = 1e-5;
/// The search ends where a step makes the loss smaller by less than this part of it.
const STILL: f64 = 1e-9;
/// The search ends after so many steps in any case.
const MOST_STEPS: usize = 500;

/// Encoded rows without their zeros, each value standardised.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    terms: Vec<Term>,
    ends: Vec<usize>,
    places: Vec<u32>,
    values: Vec<f64>,
}

impl Rows {
    /// Prepares rows that an encoding made: numbers are standardised, flags, values and words stand as they are.
    pub(crate) fn encoded(encoding: &Encoding, rows: &[Vec<f32>]) -> Self {
        let mut terms = Vec::with_capacity(encoding.width());
        for encoder in encoding.encoders() {
            let first = terms.len();
            let is_number = matches!(encoder, Encoder::Number { .. });
            terms.extend((0..encoder.width()).map(|place| {
                if is_number && place == 0 {
                    scale(rows, first)
                } else {
                    Term { mean: 0.0, scale: 1.0, coefficient: 0.0 }
                }
            }));
        }
        Self::standardised(terms, rows)
    }

    /// One number a row, as it is.
    pub(crate) fn of_numbers(numbers: &[f64]) -> Self {
        Self {
            terms: vec![Term { mean: 0.0, scale: 1.0, coefficient: 0.0 }],
            ends: (1..=numbers.len()).collect(),
            places: vec![0; numbers.len()],
            values: numbers.to_vec(),
        }
    }

    fn standardised(terms: Vec<Term>, rows: &[Vec<f32>]) -> Self {
        let mut prepared = Self { terms, ends: Vec::with_capacity(rows.len()), places: Vec::new(), values: Vec::new() };
        for row in rows {
            for (place, (value, term)) in (0..).zip(row.iter().zip(&prepared.terms)) {
                let value = term.standardise(*value);
                if value.abs() > 0.0 {
                    prepared.places.push(place);
                    prepared.values.push(value);
                }
            }
            prepared.ends.push(prepared.values.len());
        }
        prepared
    }

    /// Every row as its places and values.
    fn iter(&self) -> impl Iterator<Item = (&[u32], &[f64])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(start, end)| {
            (self.places.get(*start..*end).unwrap_or_default(), self.values.get(*start..*end).unwrap_or_default())
        })
    }

    /// The log odds of every row; the last coefficient is the intercept.
    pub(crate) fn log_odds(&self, coefficients: &[f64]) -> Vec<f64> {
        let intercept = coefficients.get(self.terms.len()).copied().unwrap_or(0.0);
        let sum = |(places, values): (&[u32], &[f64])| {
            let weighed = places.iter().zip(values).map(|(place, value)| value * coefficient(coefficients, *place));
            weighed.sum::<f64>() + intercept
        };
        self.iter().map(sum).collect()
    }

    /// The regression with these coefficients, the last of them the intercept.
    pub(crate) fn regression(&self, coefficients: &[f64]) -> Result<Logistic, ModelError> {
        let terms = self.terms.iter().zip(coefficients);
        let terms = terms.map(|(term, value)| Term { coefficient: nearest(*value), ..*term }).collect();
        Logistic::new(terms, nearest(coefficients.get(self.terms.len()).copied().unwrap_or(f64::NAN)))
    }
}

/// What is fitted to: a target between 0 and 1 for every row, and what the row counts for.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    /// The targets.
    pub(crate) targets: Vec<f64>,
    /// The weights, as many.
    pub(crate) weights: Vec<f64>,
}

/// The coefficients with the least loss, the last of them the intercept: the weighted mean of the log loss, and `penalty / 2n` times the sum of the squared
/// coefficients without the intercept, where n is the number of rows. The search begins at `start`, or at 0 when that has another length.
pub(crate) fn fit_rows(rows: &Rows, to: &Targets, penalty: f64, start: &[f64]) -> Vec<f64> {
    let width = rows.terms.len() + 1;
    let total: f64 = to.weights.iter().sum();
    let shrink = penalty / count(rows.ends.len().max(1));
    // The slope is asked for where the loss just was.
    let last: RefCell<(Vec<f64>, Vec<f64>)> = RefCell::default();
    let log_odds_at = |at: &Vec<f64>| {
        let (place, log_odds) = last.take();
        if place == *at { (place, log_odds) } else { (at.clone(), rows.log_odds(at)) }
    };
    let loss = |at: &Vec<f64>| -> f64 {
        let known = log_odds_at(at);
        let beside = known.1.iter().zip(&to.targets).zip(&to.weights);
        let losses: f64 = beside.map(|((odds, target), weight)| weight * (softplus(*odds) - target * odds)).sum();
        last.replace(known);
        losses / total + shrink * squares(at, width - 1) / 2.0
    };
    let slope = |into: &mut Vec<f64>, at: &Vec<f64>| {
        into.clear();
        into.extend(at.iter().take(width - 1).map(|coefficient| shrink * coefficient));
        let mut of_intercept = 0.0;
        let known = log_odds_at(at);
        for (((places, values), odds), (target, weight)) in
            rows.iter().zip(&known.1).zip(to.targets.iter().zip(&to.weights))
        {
            let off = weight * (1.0 / (1.0 + libm::exp(-odds)) - target) / total;
            of_intercept += off;
            for (place, value) in places.iter().zip(values) {
                if let Some(slot) = into.get_mut(*place as usize) {
                    *slot += off * value;
                }
            }
        }
        into.push(of_intercept);
        last.replace(known);
    };
    let start = if start.len() == width { start.to_vec() } else { vec![0.0; width] };
    let search = LBFGS { max_iter: MOST_STEPS, g_atol: FLAT, f_reltol: STILL, ..LBFGS::default() };
    let line = Backtracking { order: FunctionOrder::THIRD, ..Backtracking::default() };
    let OptimizerResult { x: found, .. } = search.optimize(&loss, &slope, &start, &line);
    found
}

/// ln(1 + e^x), without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}

fn squares(coefficients: &[f64], width: usize) -> f64 {
    coefficients.iter().take(width).map(|coefficient| coefficient * coefficient).sum()
}

fn coefficient(coefficients: &[f64], place: u32) -> f64 {
    coefficients.get(place as usize).copied().unwrap_or(0.0)
}

/// Mean and standard deviation of one place of the rows.
fn scale(rows: &[Vec<f32>], place: usize) -> Term {
    let all = count(rows.len().max(1));
    let values = || rows.iter().filter_map(|row| row.get(place)).map(|value| f64::from(*value));
    let mean = values().sum::<f64>() / all;
    let variance = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / all;
    let scale = nearest(variance.sqrt());
    Term { mean: nearest(mean), scale: if scale > 0.0 { scale } else { 1.0 }, coefficient: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::fit_logistic;
    use crate::generate::generate;

    fn numbers(width: usize) -> Encoding {
        Encoding::new(vec![Encoder::Number { fill: 0.0, flagged: false }; width]).unwrap()
    }

    fn targets(labels: &[bool]) -> Targets {
        Targets {
            targets: labels.iter().map(|label| f64::from(u8::from(*label))).collect(),
            weights: vec![1.0; labels.len()],
        }
    }

    #[test]
    fn without_weights_it_is_the_regression_of_the_library() {
        let examples = generate(1, 3_000);
        let rows = Rows::encoded(&numbers(examples.features.len()), &examples.rows);
        let ours = rows.regression(&fit_rows(&rows, &targets(&examples.labels), 1.0, &[])).unwrap();
        let theirs = fit_logistic(&examples, 1.0).unwrap();
        assert!((ours.intercept() - theirs.intercept()).abs() < 1e-3);
        for (our, their) in ours.terms().iter().zip(theirs.terms()) {
            assert!((our.coefficient - their.coefficient).abs() < 1e-3, "{our:?} {their:?}");
        }
    }

    #[test]
    fn a_row_that_counts_twice_counts_as_two() {
        let examples = generate(2, 400);
        let encoding = numbers(examples.features.len());
        let single = Rows::encoded(&encoding, &examples.rows);
        let mut weighted = targets(&examples.labels);
        weighted.weights.iter_mut().take(100).for_each(|weight| *weight = 2.0);
        let repeated =
            Rows::standardised(single.terms.clone(), &[examples.rows.clone(), examples.rows[..100].to_vec()].concat());
        let both = targets(&[examples.labels.clone(), examples.labels[..100].to_vec()].concat());
        // The penalty is divided by the number of rows.
        let (counted, copied) = (fit_rows(&single, &weighted, 4.0, &[]), fit_rows(&repeated, &both, 5.0, &[]));
        for (one, other) in counted.iter().zip(&copied) {
            assert!((one - other).abs() < 1e-3, "{one} {other}");
        }
    }

    #[test]
    fn one_number_and_an_intercept_give_the_log_odds_of_the_groups() {
        // Of ten rows at 0 three are positive, of ten at 1 eight: the log odds are ln(3/7) and ln(8/2).
        let numbers: Vec<f64> = (0..20).map(|row| f64::from(u8::from(row >= 10))).collect();
        let labels: Vec<bool> = (0..20).map(|row| row < 3 || (10..18).contains(&row)).collect();
        let found = fit_rows(&Rows::of_numbers(&numbers), &targets(&labels), 0.0, &[]);
        assert!((found[1] - libm::log(3.0 / 7.0)).abs() < 1e-4, "{found:?}");
        assert!((found[0] + found[1] - libm::log(4.0)).abs() < 1e-4, "{found:?}");
    }
}
