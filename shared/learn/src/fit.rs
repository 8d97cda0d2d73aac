//! Fits a forest or a regression with smartcore and hands it back in our own format.

use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};
use tact_model::{Forest, Logistic, ModelError, Term};

use crate::examples::{Examples, count};
use crate::export;

/// smartcore's forest over `f32` rows and a target of 0 or 1.
pub(crate) type Grown = RandomForestRegressor<f32, f64, DenseMatrix<f32>, Vec<f64>>;
/// smartcore's regression over standardised rows.
pub(crate) type Regression = LogisticRegression<f64, u32, DenseMatrix<f64>, Vec<u32>>;

/// How far a forest may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// Number of trees.
    pub trees: usize,
    /// Steps from a root to its deepest leaf.
    pub depth: u16,
    /// The most leaves of a tree: a leaf holds at least that part of the rows.
    pub leaves: usize,
    /// Features tried at every split.
    pub tried: usize,
}

/// Fits a forest whose averaged leaves are the probability of a positive label.
///
/// # Errors
/// When the examples are ragged, empty or refused by the library.
pub fn fit_forest(examples: &Examples, growth: Growth, seed: u64) -> Result<Forest, FitError> {
    export::forest(&grow(examples, growth, seed)?)
}

/// The same with what each row counts for; equal weights are none.
///
/// # Errors
/// As [`fit_forest`], and when a weight is negative or not finite, or all are 0.
pub fn fit_weighted_forest(
    examples: &Examples,
    weights: &[f64],
    growth: Growth,
    seed: u64,
) -> Result<Forest, FitError> {
    if weights.iter().all(|weight| weights.first() == Some(weight)) {
        return fit_forest(examples, growth, seed);
    }
    let (rows, labels, parameters) = forest_of(examples, growth, seed)?;
    let grown = Grown::fit_with_weights(&rows, &labels, weights, parameters);
    export::forest(&grown.map_err(|error| FitError::Library(error.to_string()))?)
}

/// Fits a logistic regression; `penalty` is the weight of the squared coefficients (0: none).
///
/// # Errors
/// When the examples are ragged, empty, of one label only, or refused by the library.
pub fn fit_logistic(examples: &Examples, penalty: f64) -> Result<Logistic, FitError> {
    let scales = standardise(examples);
    export::logistic(&regress(examples, &scales, penalty)?, scales)
}

/// Why a model could not be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// Some row has not one value per feature, or there is not one label per row.
    #[error("training rows and labels do not have the same shape")]
    Ragged,
    /// The library refused.
    #[error("fitting failed: {0}")]
    Library(String),
    /// The fitted model does not look as expected.
    #[error("the fitted model cannot be exported: {0}")]
    Export(String),
    /// The exported model is not one that may be loaded.
    #[error("the fitted model is not sound: {0}")]
    Model(#[from] ModelError),
}

pub(crate) fn grow(examples: &Examples, growth: Growth, seed: u64) -> Result<Grown, FitError> {
    let (rows, labels, parameters) = forest_of(examples, growth, seed)?;
    Grown::fit(&rows, &labels, parameters).map_err(|error| FitError::Library(error.to_string()))
}

/// What the library grows a forest from.
fn forest_of(
    examples: &Examples,
    growth: Growth,
    seed: u64,
) -> Result<(DenseMatrix<f32>, Vec<f64>, RandomForestRegressorParameters), FitError> {
    let labels = examples.labels.iter().map(|label| f64::from(u8::from(*label))).collect();
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(growth.trees)
        .with_max_depth(growth.depth)
        .with_min_samples_leaf(examples.rows.len() / growth.leaves.max(1) + 1)
        .with_m(growth.tried)
        .with_seed(seed);
    Ok((matrix(examples, |_, value| value)?, labels, parameters))
}

pub(crate) fn regress(examples: &Examples, scales: &[Term], penalty: f64) -> Result<Regression, FitError> {
    let rows = matrix(examples, |feature, value| scales.get(feature).map_or(0.0, |term| term.standardise(value)))?;
    let labels: Vec<u32> = examples.labels.iter().map(|label| u32::from(*label)).collect();
    let parameters = LogisticRegressionParameters::default().with_alpha(penalty);
    Regression::fit(&rows, &labels, parameters).map_err(|error| FitError::Library(error.to_string()))
}

/// Mean and standard deviation of every feature, rounded to `f32` before anything is fitted to them.
pub(crate) fn standardise(examples: &Examples) -> Vec<Term> {
    let rows = count(examples.rows.len().max(1));
    let term = |feature| {
        let mean = examples.column(feature).sum::<f64>() / rows;
        let variance = examples.column(feature).map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows;
        let scale = if variance > 0.0 { export::nearest(variance.sqrt()) } else { 1.0 };
        Term { mean: export::nearest(mean), scale, coefficient: 0.0 }
    };
    (0..examples.features.len()).map(term).collect()
}

/// The rows as smartcore wants them, each value passed through `cell` with the position of its feature.
pub(crate) fn matrix<T>(examples: &Examples, cell: impl Fn(usize, f32) -> T) -> Result<DenseMatrix<T>, FitError>
where
    T: smartcore::numbers::floatnum::FloatNumber,
{
    let width = examples.features.len();
    if examples.labels.len() != examples.rows.len() || examples.rows.iter().any(|row| row.len() != width) {
        return Err(FitError::Ragged);
    }
    let cells =
        examples.rows.iter().flat_map(|row| row.iter().enumerate().map(|(feature, value)| cell(feature, *value)));
    DenseMatrix::new(examples.rows.len(), width, cells.collect(), false)
        .map_err(|error| FitError::Library(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Growth = Growth { trees: 3, depth: 4, leaves: 8, tried: 2 };

    fn examples(rows: &[[f32; 2]], labels: &[bool]) -> Examples {
        Examples {
            features: vec!["visits".to_owned(), "hour".to_owned()],
            rows: rows.iter().map(|row| row.to_vec()).collect(),
            labels: labels.to_vec(),
        }
    }

    #[test]
    fn rows_and_labels_of_different_shape_are_refused() {
        let unlabelled = examples(&[[1.0, 2.0], [3.0, 4.0]], &[true]);
        assert!(matches!(fit_forest(&unlabelled, SMALL, 1), Err(FitError::Ragged)));
        let mut ragged = examples(&[[1.0, 2.0], [3.0, 4.0]], &[true, false]);
        ragged.rows.push(vec![1.0]);
        ragged.labels.push(true);
        assert!(matches!(fit_logistic(&ragged, 0.0), Err(FitError::Ragged)));
    }

    #[test]
    fn examples_that_teach_nothing_are_refused() {
        assert!(fit_forest(&examples(&[], &[]), SMALL, 1).is_err());
        assert!(fit_logistic(&examples(&[], &[]), 0.0).is_err());
        assert!(fit_logistic(&examples(&[[1.0, 2.0], [3.0, 4.0]], &[true, true]), 0.0).is_err());
    }

    #[test]
    fn a_feature_that_never_varies_gets_a_scale_of_one() {
        let scales = standardise(&examples(&[[1.0, 7.0], [3.0, 7.0]], &[true, false]));
        let seen: Vec<(f32, f32)> = scales.iter().map(|term| (term.mean, term.scale)).collect();
        assert_eq!(seen, [(2.0, 1.0), (7.0, 1.0)]);
    }
}
