//! The first model: the chance that an offer is accepted, learnt from made-up examples; a forest and, beside it, a regression.

use std::fmt;

use tact_model::{Card, Model, Quality, Scorer};

use crate::examples::Examples;
use crate::fit::{FitError, Growth, fit_forest, fit_logistic};
use crate::generate::generate;
use crate::quality::quality;

const TRAINING_ROWS: usize = 8_000;
const TEST_ROWS: usize = 2_000;
const GROWTH: Growth = Growth { trees: 100, depth: 8, leaves: 31, tried: 16 };
const PENALTY: f64 = 1.0;

/// The first models and how they did.
#[derive(Debug, Clone, PartialEq)]
pub struct First {
    /// 100 trees: finds thresholds and interactions.
    pub forest: Model,
    /// One weight per feature: small, and explained by its weights.
    pub logistic: Model,
    /// How well they did on rows that they had not seen.
    pub report: Report,
}

impl First {
    /// The artefacts by the names of their files.
    pub fn files(&self) -> [(&'static str, Vec<u8>); 2] {
        [("accept.forest", self.forest.encode()), ("accept.logistic", self.logistic.encode())]
    }
}

/// Fits the first models; the same seed gives the same bytes.
///
/// # Errors
/// When fitting fails, which generated examples do not cause.
pub fn train_first(seed: u64) -> Result<First, FitError> {
    let (fitted, held_out) = examples(seed);
    let forest = measured(Scorer::Forest(fit_forest(&fitted, GROWTH, seed)?), &fitted, &held_out, seed)?;
    let logistic = measured(Scorer::Logistic(fit_logistic(&fitted, PENALTY)?), &fitted, &held_out, seed)?;
    let report = Report {
        training_rows: fitted.rows.len(),
        positive_share: held_out.positive_share(),
        base: quality(&vec![fitted.positive_share(); held_out.rows.len()], &held_out.labels),
        forest: forest.card().quality,
        logistic: logistic.card().quality,
    };
    Ok(First { forest, logistic, report })
}

/// What came out of training, for a person to read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// Rows that were fitted.
    pub training_rows: usize,
    /// Share of positive labels among the held-out rows, 0..1.
    pub positive_share: f64,
    /// Always answering the share of the training rows: what a model has to beat.
    pub base: Quality,
    /// The forest on the held-out rows.
    pub forest: Quality,
    /// The regression on the held-out rows.
    pub logistic: Quality,
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (training, held_out, share) = (self.training_rows, self.base.rows, 100.0 * self.positive_share);
        writeln!(out, "{training} rows fitted, {held_out} held out, {share:.1} % of them accepted")?;
        writeln!(out, "{:<10} {:>6} {:>9} {:>7}", "model", "AUC", "log loss", "Brier")?;
        for (name, quality) in [("base rate", &self.base), ("logistic", &self.logistic), ("forest", &self.forest)] {
            let Quality { auc, log_loss, brier, .. } = quality;
            writeln!(out, "{name:<10} {auc:>6.3} {log_loss:>9.4} {brier:>7.4}")?;
        }
        Ok(())
    }
}

/// The rows to fit and the rows to hold out.
fn examples(seed: u64) -> (Examples, Examples) {
    let mut fitted = generate(seed, TRAINING_ROWS + TEST_ROWS);
    let held_out = fitted.split_off(TRAINING_ROWS);
    (fitted, held_out)
}

/// A model of `scorer` that carries its quality on the rows that were held out.
fn measured(scorer: Scorer, fitted: &Examples, held_out: &Examples, seed: u64) -> Result<Model, FitError> {
    let unmeasured = Quality { rows: 0, auc: 0.5, log_loss: 0.0, brier: 0.0 };
    let card = Card {
        name: "accept".to_owned(),
        features: fitted.features.clone(),
        label: "the offer is accepted".to_owned(),
        trained_on: "generated situations with a planted truth".to_owned(),
        rows: u32::try_from(fitted.rows.len()).unwrap_or(u32::MAX),
        seed,
        quality: unmeasured,
    };
    let model = Model::new(card.clone(), scorer.clone())?;
    let probabilities: Vec<f64> = held_out.rows.iter().map(|row| model.probability(row)).collect();
    Ok(Model::new(Card { quality: quality(&probabilities, &held_out.labels), ..card }, scorer)?)
}

#[cfg(test)]
mod tests {
    use smartcore::linalg::basic::arrays::Array;

    use super::*;
    use crate::fit::{grow, matrix, regress, standardise};

    const COMMITTED_SEED: u64 = 1;
    const COMMITTED_FOREST: &[u8] = include_bytes!("../../catalogue/models/accept.forest");
    const COMMITTED_LOGISTIC: &[u8] = include_bytes!("../../catalogue/models/accept.logistic");
    /// The furthest that our score may be from the library's.
    const TOLERANCE: f64 = 1e-6;

    #[test]
    fn training_again_gives_the_committed_artefacts_to_the_byte() {
        let first = train_first(COMMITTED_SEED).unwrap();
        for (name, bytes) in first.files() {
            let committed = if name == "accept.forest" { COMMITTED_FOREST } else { COMMITTED_LOGISTIC };
            assert!(bytes == committed, "{name} differs: run `tact train` and commit what it writes");
        }
        assert!(first.report.forest.auc > 0.74 && first.report.logistic.auc > 0.74, "{}", first.report);
        assert!(first.report.forest.log_loss < first.report.base.log_loss - 0.05, "{}", first.report);
    }

    #[test]
    fn the_committed_forest_scores_every_held_out_row_as_smartcore_does() {
        let (fitted, held_out) = examples(COMMITTED_SEED);
        let model = Model::decode(COMMITTED_FOREST).unwrap();
        let grown = grow(&fitted, GROWTH, COMMITTED_SEED).unwrap();
        let theirs = grown.predict(&matrix(&held_out, |_, value| value).unwrap()).unwrap();
        assert_eq!(theirs.len(), TEST_ROWS);
        for (row, theirs) in held_out.rows.iter().zip(theirs) {
            assert!((model.probability(row) - theirs).abs() < TOLERANCE, "{row:?}");
        }
    }

    #[test]
    fn the_committed_regression_scores_every_held_out_row_as_smartcore_does() {
        let (fitted, held_out) = examples(COMMITTED_SEED);
        let model = Model::decode(COMMITTED_LOGISTIC).unwrap();
        let scales = standardise(&fitted);
        let regression = regress(&fitted, &scales, PENALTY).unwrap();
        let rows = matrix(&held_out, |feature, value| scales.get(feature).unwrap().standardise(value)).unwrap();
        let labels = regression.predict(&rows).unwrap();
        let intercept = *regression.intercept().get((0, 0));
        for (at, (row, label)) in held_out.rows.iter().zip(labels).enumerate() {
            let weighed =
                (0..row.len()).map(|feature| regression.coefficients().get((0, feature)) * rows.get((at, feature)));
            let theirs = 1.0 / (1.0 + libm::exp(-(weighed.sum::<f64>() + intercept)));
            assert!((model.probability(row) - theirs).abs() < TOLERANCE, "{row:?}");
            assert_eq!(model.probability(row) > 0.5, label == 1, "{row:?}");
        }
    }

    #[test]
    fn the_committed_models_bind_to_the_rows_that_are_built() {
        let (_, held_out) = examples(COMMITTED_SEED);
        for bytes in [COMMITTED_FOREST, COMMITTED_LOGISTIC] {
            let model = Model::decode(bytes).unwrap();
            let bound = model.bind(&tact_model::FEATURES).unwrap();
            for row in &held_out.rows {
                assert_eq!(bound.probability(row).to_bits(), model.probability(row).to_bits());
            }
        }
    }

    #[test]
    fn the_committed_forest_keeps_its_bounds() {
        let model = Model::decode(COMMITTED_FOREST).unwrap();
        let Scorer::Forest(forest) = model.scorer() else { panic!("not a forest") };
        assert_eq!(forest.trees().len(), GROWTH.trees);
        assert!(forest.trees().iter().all(|tree| tree.len().div_ceil(2) <= GROWTH.leaves));
        assert!(COMMITTED_FOREST.len() <= 100_000);
    }
}
