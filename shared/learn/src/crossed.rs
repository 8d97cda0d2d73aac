//! Cross-validation: every row is scored by models that were fitted without it, encoding, means and all.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use tact_model::{Encoding, Forest, Logistic, Scorer};

use crate::calibrate::fit_calibration;
use crate::encode::fit_encoding;
use crate::examples::Examples;
use crate::fit::{FitError, Growth, fit_weighted_forest};
use crate::parallel::in_parallel;
use crate::regression::{Rows, Targets, fit_rows};
use crate::sample::Sample;

/// Parts that rows are cut into; fewer when there are not as many rows of a label.
const PARTS: usize = 5;
/// Words of each text that a regression reads: as many as keep its artefact below 64 kB.
const WORDS: usize = 2_000;
/// Words of each text that a forest reads: a tree asks about one at a time.
const FEW_WORDS: usize = 200;

/// Models of one kind, which differ in how far they may go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Family {
    /// Regressions by their penalties.
    Logistic(Vec<f64>),
    /// One forest.
    Forest(Growth),
}

impl Family {
    /// How many models.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Logistic(penalties) => penalties.len(),
            Self::Forest(_) => 1,
        }
    }

    /// What a model of it reads.
    pub(crate) fn encoding(&self, sample: &Sample<'_>, rows: &[usize]) -> Result<Encoding, FitError> {
        let words = if matches!(self, Self::Logistic(_)) { WORDS } else { FEW_WORDS };
        Ok(fit_encoding(sample, rows, words)?)
    }

    /// Its models, fitted to these rows.
    pub(crate) fn fit(
        &self,
        encoding: &Encoding,
        sample: &Sample<'_>,
        rows: &[usize],
        seed: u64,
    ) -> Result<Vec<Scorer>, FitError> {
        let encoded = encode(encoding, sample, rows);
        match self {
            Self::Logistic(penalties) => {
                let fitted = fit_path(encoding, &encoded, sample, rows, penalties)?;
                Ok(fitted.into_iter().map(Scorer::Logistic).collect())
            }
            Self::Forest(growth) => Ok(vec![Scorer::Forest(grow(encoding, encoded, sample, rows, *growth, seed)?)]),
        }
    }
}

/// A part for every row, each label spread over all of them; the same seed gives the same parts.
pub(crate) fn parts(labels: &[bool], seed: u64) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut part_of = vec![0; labels.len()];
    let of = |label: bool| labels.iter().enumerate().filter(move |(_, own)| **own == label).map(|(row, _)| row);
    let parts = PARTS.min(of(true).count()).min(of(false).count()).max(2);
    for label in [true, false] {
        let mut rows: Vec<usize> = of(label).collect();
        rows.shuffle(&mut rng);
        for (nth, row) in rows.into_iter().enumerate() {
            if let Some(part) = part_of.get_mut(row) {
                *part = nth % parts;
            }
        }
    }
    part_of
}

/// What the models of all families, one after the other, answer for every row that they were not fitted to.
pub(crate) fn cross(
    families: &[Family],
    sample: &Sample<'_>,
    part_of: &[usize],
    seed: u64,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Vec<f64>>, FitError> {
    let parts = part_of.iter().max().map_or(0, |last| last + 1);
    // The slowest families first, so that no processor is left with one of them at the end.
    let work = |nth: usize| -> Result<(Vec<usize>, Vec<Vec<f64>>), FitError> {
        let (family, part) = (families.len() - 1 - nth / parts, nth % parts);
        let Some(family) = families.get(family) else { return Ok((Vec::new(), Vec::new())) };
        let (held_out, fitted): (Vec<usize>, Vec<usize>) =
            (0..part_of.len()).partition(|row| part_of.get(*row) == Some(&part));
        let encoding = family.encoding(sample, &fitted)?;
        let scorers = family.fit(&encoding, sample, &fitted, seed)?;
        let rows = encode(&encoding, sample, &held_out);
        Ok((held_out, scorers.iter().map(|scorer| rows.iter().map(|row| scorer.probability(row)).collect()).collect()))
    };
    let mut found = in_parallel(families.len() * parts, work, done);
    let mut crossed = Vec::new();
    for family in families {
        let own = found.split_off(found.len().saturating_sub(parts));
        let mut scores = vec![vec![0.5; part_of.len()]; family.len()];
        for part in own {
            let (rows, answers) = part?;
            for (scores, answers) in scores.iter_mut().zip(answers) {
                for (row, answer) in rows.iter().zip(answers) {
                    if let Some(slot) = scores.get_mut(*row) {
                        *slot = answer;
                    }
                }
            }
        }
        crossed.append(&mut scores);
    }
    Ok(crossed)
}

/// The same answers calibrated, each part by a line that was fitted to the others.
pub(crate) fn calibrate(scores: &[f64], sample: &Sample<'_>, part_of: &[usize]) -> Vec<f64> {
    let parts = part_of.iter().max().map_or(0, |last| last + 1);
    let mut calibrated = scores.to_vec();
    for part in 0..parts {
        let others: Vec<usize> = (0..part_of.len()).filter(|row| part_of.get(*row) != Some(&part)).collect();
        let Some(line) = fit_calibration(scores, sample, &others) else { continue };
        for (score, _) in calibrated.iter_mut().zip(part_of).filter(|(_, own)| **own == part) {
            *score = line.apply(*score);
        }
    }
    calibrated
}

/// The rows as the encoding of an artefact makes them.
pub(crate) fn encode(encoding: &Encoding, sample: &Sample<'_>, rows: &[usize]) -> Vec<Vec<f32>> {
    let encoded = |row: &usize| {
        let mut slots = vec![0.0; encoding.width()];
        encoding.encode(&sample.row(*row), &mut slots);
        slots
    };
    rows.iter().map(encoded).collect()
}

/// Regressions of one penalty after the other, each search beginning where the last ended.
fn fit_path(
    encoding: &Encoding,
    encoded: &[Vec<f32>],
    sample: &Sample<'_>,
    rows: &[usize],
    penalties: &[f64],
) -> Result<Vec<Logistic>, FitError> {
    let prepared = Rows::encoded(encoding, encoded);
    let targets = Targets {
        targets: rows.iter().map(|row| sample.target(*row)).collect(),
        weights: rows.iter().map(|row| sample.weight(*row)).collect(),
    };
    let mut found = Vec::new();
    let one = |penalty: &f64| {
        found = fit_rows(&prepared, &targets, *penalty, &found);
        Ok(prepared.regression(&found)?)
    };
    penalties.iter().map(one).collect()
}

fn grow(
    encoding: &Encoding,
    encoded: Vec<Vec<f32>>,
    sample: &Sample<'_>,
    rows: &[usize],
    growth: Growth,
    seed: u64,
) -> Result<Forest, FitError> {
    let examples = Examples {
        features: (0..encoding.width()).map(|place| place.to_string()).collect(),
        rows: encoded,
        labels: rows.iter().map(|row| sample.target(*row) > 0.5).collect(),
    };
    let weights: Vec<f64> = rows.iter().map(|row| sample.weight(*row)).collect();
    let tried = (encoding.width() * 2 / 5).max(1);
    fit_weighted_forest(&examples, &weights, Growth { tried, ..growth }, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_share_of_both_labels() {
        let labels: Vec<bool> = (0..103).map(|row| row % 7 == 0).collect();
        let part_of = parts(&labels, 1);
        for part in 0..PARTS {
            let positive = labels.iter().zip(&part_of).filter(|(label, own)| **label && **own == part).count();
            let all = part_of.iter().filter(|own| **own == part).count();
            assert!((3 == positive) && (20..=22).contains(&all), "{positive} of {all}");
        }
        assert_eq!(parts(&labels, 1), part_of);
        assert_ne!(parts(&labels, 2), part_of);
        assert_eq!(parts(&[true, true, false, false], 1).into_iter().max(), Some(1));
    }
}
