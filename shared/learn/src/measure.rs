//! How good probabilities are on labelled rows, with intervals: discrimination, losses, calibration, and what the best tenth is worth.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tact_model::Quality;

use crate::proportion::Estimate;

/// Draws of the bootstrap.
const DRAWS: usize = 300;
/// Parts of equal weight in which probabilities are compared with what happened.
const BINS: u8 = 10;
/// Probabilities this close to 0 or 1 are counted as that close: one sure mistake must not be infinitely bad.
const SURE: f64 = 1e-6;

/// How good probabilities are. The intervals are from the 2.5th to the 97.5th percentile of 300 draws of as many rows with replacement (the percentile
/// bootstrap of Efron, 1979), seeded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Rows that were measured.
    pub rows: usize,
    /// The share of positive rows by weight, 0..1.
    pub positive_share: f64,
    /// Chance that a positive row outranks a negative one, ties as half; 0.5 is guessing.
    pub auc: Estimate,
    /// Mean negative log likelihood, natural logarithm.
    pub log_loss: Estimate,
    /// Mean squared distance of probability and label.
    pub brier: Estimate,
    /// Expected calibration error: the rows in ten parts of equal weight by their probability, the mean distance between the mean probability of a part
    /// and its share of positive rows (Naeini, Cooper and Hauskrecht, 2015). Chance alone keeps it above 0 where rows are few.
    pub calibration_error: Estimate,
    /// The share of positive rows in the tenth with the highest probabilities, over the share in all.
    pub top_decile_lift: Estimate,
}

impl Measured {
    /// Measures probabilities against the labels beside them, each row by its weight; the same seed gives the same intervals.
    pub fn of(probabilities: &[f64], labels: &[bool], weights: &[f64], seed: u64) -> Self {
        let rows = sorted(probabilities, labels, weights);
        let value = figures(&rows, |_| 1.0);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let most = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let mut drawn: Vec<[f64; FIGURES]> = Vec::with_capacity(DRAWS);
        for _ in 0..if most > 1 { DRAWS } else { 0 } {
            let mut times = vec![0_u32; rows.len()];
            for _ in 0..most {
                if let Some(times) = times.get_mut(rng.random_range(0..most) as usize) {
                    *times += 1;
                }
            }
            drawn.push(figures(&rows, |row| f64::from(times.get(row).copied().unwrap_or(0))));
        }
        let figure = |which: usize| {
            interval(
                value.get(which).copied().unwrap_or(f64::NAN),
                drawn.iter().filter_map(|figures| figures.get(which)),
            )
        };
        let total: f64 = rows.iter().map(|row| row.weight).sum();
        let positive: f64 = rows.iter().filter(|row| row.positive).map(|row| row.weight).sum();
        Self {
            rows: rows.len(),
            positive_share: if total > 0.0 { positive / total } else { 0.0 },
            auc: figure(0),
            log_loss: figure(1),
            brier: figure(2),
            calibration_error: figure(3),
            top_decile_lift: figure(4),
        }
    }

    /// The same as a card has it.
    pub fn quality(&self) -> Quality {
        let rows = u32::try_from(self.rows).unwrap_or(u32::MAX);
        Quality { rows, auc: self.auc.value, log_loss: self.log_loss.value, brier: self.brier.value }
    }
}

/// The weighted area under the curve alone; 0.5 when one of the labels has no weight.
pub(crate) fn auc(scores: &[f64], labels: &[bool], weights: &[f64]) -> f64 {
    let [auc, ..] = figures(&sorted(scores, labels, weights), |_| 1.0);
    auc
}

/// The weighted log loss of every row.
pub(crate) fn losses(probabilities: &[f64], labels: &[bool], weights: &[f64]) -> Vec<f64> {
    let beside = probabilities.iter().zip(labels).zip(weights);
    beside.map(|((probability, label), weight)| weight * surprise(*probability, *label)).collect()
}

const FIGURES: usize = 5;

/// A row in the order of probabilities.
struct Row {
    probability: f64,
    positive: bool,
    weight: f64,
    bin: u8,
}

fn sorted(probabilities: &[f64], labels: &[bool], weights: &[f64]) -> Vec<Row> {
    let beside = probabilities.iter().zip(labels).zip(weights);
    let mut rows: Vec<Row> = beside
        .map(|((probability, positive), weight)| Row {
            probability: *probability,
            positive: *positive,
            weight: *weight,
            bin: 0,
        })
        .collect();
    rows.sort_by(|one, other| one.probability.total_cmp(&other.probability));
    let total: f64 = rows.iter().map(|row| row.weight).sum();
    let mut below = 0.0;
    for tied in rows.chunk_by_mut(|one, other| one.probability.total_cmp(&other.probability).is_eq()) {
        let bin = (1..BINS).filter(|bin| below >= total * f64::from(*bin) / f64::from(BINS)).count();
        for row in tied {
            row.bin = u8::try_from(bin).unwrap_or(BINS);
            below += row.weight;
        }
    }
    rows
}

/// Area, log loss, Brier score, calibration error and top-decile lift of sorted rows, each row taken `times`.
fn figures(rows: &[Row], times: impl Fn(usize) -> f64) -> [f64; FIGURES] {
    let (mut won, mut negative, mut positive, mut loss, mut brier) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut bins = [(0.0, 0.0); BINS as usize];
    let mut at = 0;
    for tied in rows.chunk_by(|one, other| one.probability.total_cmp(&other.probability).is_eq()) {
        let (mut tied_negative, mut tied_positive) = (0.0, 0.0);
        for row in tied {
            let weight = row.weight * times(at);
            at += 1;
            let target = f64::from(u8::from(row.positive));
            let off = row.probability - target;
            loss += weight * surprise(row.probability, row.positive);
            brier += weight * off * off;
            tied_positive += weight * target;
            tied_negative += weight * (1.0 - target);
            if let Some((weights, offs)) = bins.get_mut(usize::from(row.bin)) {
                *weights += weight;
                *offs += weight * off;
            }
        }
        won += tied_positive * (negative + tied_negative / 2.0);
        negative += tied_negative;
        positive += tied_positive;
    }
    let total = negative + positive;
    let share = |sum: f64| if total > 0.0 { sum / total } else { 0.0 };
    let auc = if negative * positive > 0.0 { won / (negative * positive) } else { 0.5 };
    let off: f64 = bins.iter().map(|(_, off): &(f64, f64)| off.abs()).sum();
    [auc, share(loss), share(brier), share(off), lift(rows, times, total, positive)]
}

/// The share of positive rows among the tenth of the weight with the highest probabilities over the share of all; rows with the same probability as the last of
/// them count in part. 1 without positive rows.
fn lift(rows: &[Row], times: impl Fn(usize) -> f64, total: f64, positive: f64) -> f64 {
    let mut room = total / 10.0;
    let (tenth, mut found) = (room, 0.0);
    let mut end = rows.len();
    for tied in rows.chunk_by(|one, other| one.probability.total_cmp(&other.probability).is_eq()).rev() {
        let first = end - tied.len();
        let weights = || tied.iter().enumerate().map(|(nth, row)| (row.weight * times(first + nth), row.positive));
        let all: f64 = weights().map(|(weight, _)| weight).sum();
        let of_positive: f64 = weights().filter(|(_, positive)| *positive).map(|(weight, _)| weight).sum();
        if all > 0.0 {
            found += of_positive * (room / all).min(1.0);
        }
        room -= all;
        end = first;
        if room <= 0.0 {
            break;
        }
    }
    if positive > 0.0 && tenth > 0.0 { (found / tenth) / (positive / total) } else { 1.0 }
}

fn surprise(probability: f64, label: bool) -> f64 {
    let of_label = if label { probability } else { 1.0 - probability };
    -libm::log(of_label.clamp(SURE, 1.0 - SURE))
}

/// A figure with the percentiles of what was drawn; as wide as nothing when nothing was.
fn interval<'a>(value: f64, drawn: impl Iterator<Item = &'a f64>) -> Estimate {
    let mut drawn: Vec<f64> = drawn.copied().collect();
    drawn.sort_by(f64::total_cmp);
    let tail = drawn.len() / 40;
    let low = drawn.get(tail).copied().unwrap_or(value);
    let high = drawn.get(drawn.len().saturating_sub(1 + tail)).copied().unwrap_or(value);
    Estimate { value, low: low.min(value), high: high.max(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::quality;

    /// As many weights of one as there are rows.
    fn equal(rows: usize) -> Vec<f64> {
        vec![1.0; rows]
    }

    /// Scores with ties, and labels that follow them now and then.
    fn drawn(seed: u64, rows: usize) -> (Vec<f64>, Vec<bool>) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..rows)
            .map(|_| {
                let probability = f64::from(rng.random_range(1_u8..20)) / 20.0;
                (probability, rng.random::<f64>() < probability)
            })
            .unzip()
    }

    #[test]
    fn area_and_losses_are_those_of_the_first_models() {
        let (probabilities, labels) = drawn(1, 500);
        let measured = Measured::of(&probabilities, &labels, &equal(500), 1);
        let known = quality(&probabilities, &labels);
        let ours = measured.quality();
        for (one, other) in [(ours.auc, known.auc), (ours.log_loss, known.log_loss), (ours.brier, known.brier)] {
            assert!((one - other).abs() < 1e-12, "{one} {other}");
        }
        let mean = losses(&probabilities, &labels, &equal(500)).iter().sum::<f64>() / 500.0;
        assert!((mean - known.log_loss).abs() < 1e-12);
    }

    #[test]
    fn a_row_that_counts_twice_is_as_good_as_two() {
        let (probabilities, labels) = drawn(2, 60);
        let mut weights = equal(60);
        weights[..20].fill(2.0);
        let weighted = Measured::of(&probabilities, &labels, &weights, 1);
        let twice = Measured::of(
            &[&probabilities[..], &probabilities[..20]].concat(),
            &[&labels[..], &labels[..20]].concat(),
            &equal(80),
            1,
        );
        for (one, other) in [
            (weighted.auc, twice.auc),
            (weighted.log_loss, twice.log_loss),
            (weighted.brier, twice.brier),
            (weighted.calibration_error, twice.calibration_error),
            (weighted.top_decile_lift, twice.top_decile_lift),
        ] {
            assert!((one.value - other.value).abs() < 1e-9, "{one:?} {other:?}");
        }
    }

    #[test]
    fn the_calibration_error_is_the_mean_distance_of_the_parts() {
        // Ten parts of ten rows, each said .5: in every other part all are positive, in the rest none, so that each part is off by a half.
        let probabilities: Vec<f64> = (0_u32..100).map(|row| 0.5 + f64::from(row) * 1e-9).collect();
        let labels: Vec<bool> = (0..100).map(|row| row / 10 % 2 == 0).collect();
        let measured = Measured::of(&probabilities, &labels, &equal(100), 1);
        assert!((measured.calibration_error.value - 0.5).abs() < 1e-6, "{measured:?}");
        let said = Measured::of(&[0.5; 100], &labels, &equal(100), 1);
        assert!(said.calibration_error.value < 1e-12, "rows with one probability are in one part");
    }

    #[test]
    fn the_best_tenth_is_compared_with_all() {
        // Twenty of a hundred are positive, and eight of the first ten.
        let probabilities: Vec<f64> = (0_u32..100).map(|row| 1.0 - f64::from(row) / 100.0).collect();
        let labels: Vec<bool> = (0..100).map(|row| row < 8 || (50..62).contains(&row)).collect();
        let measured = Measured::of(&probabilities, &labels, &equal(100), 1);
        assert!((measured.top_decile_lift.value - 4.0).abs() < 1e-9, "{measured:?}");
        let said = Measured::of(&[0.3; 100], &labels, &equal(100), 1);
        assert!((said.top_decile_lift.value - 1.0).abs() < 1e-9, "no order, no lift");
    }

    #[test]
    fn the_interval_holds_what_other_samples_find_and_is_seeded() {
        let truth = {
            let (probabilities, labels) = drawn(77, 200_000);
            auc(&probabilities, &labels, &equal(200_000))
        };
        let holds = (100_u64..200).filter(|seed| {
            let (probabilities, labels) = drawn(*seed, 300);
            let Estimate { low, high, .. } = Measured::of(&probabilities, &labels, &equal(300), 5).auc;
            low <= truth && truth <= high
        });
        let held = holds.count();
        assert!((88..=100).contains(&held), "{held} of 100");
        let (probabilities, labels) = drawn(3, 200);
        let measured = |seed| Measured::of(&probabilities, &labels, &equal(200), seed);
        assert_eq!(measured(1), measured(1));
        assert!((measured(1).auc.low - measured(2).auc.low).abs() > 0.0);
    }
}
