//! How well probabilities match labels.

use tact_model::Quality;

use crate::examples::count;

/// Probabilities this close to 0 or 1 are counted as that close: one sure mistake must not be infinitely bad.
const SURE: f64 = 1e-6;

/// Measures `probabilities` against the labels beside them; 0 rows give an area of 0.5 and no loss.
pub fn quality(probabilities: &[f64], labels: &[bool]) -> Quality {
    let scored: Vec<(f64, bool)> = probabilities.iter().copied().zip(labels.iter().copied()).collect();
    let mean = |loss: fn(f64, bool) -> f64| {
        scored.iter().map(|(probability, label)| loss(*probability, *label)).sum::<f64>() / count(scored.len().max(1))
    };
    Quality {
        rows: u32::try_from(scored.len()).unwrap_or(u32::MAX),
        auc: area(&scored),
        log_loss: mean(log_loss),
        brier: mean(brier),
    }
}

/// The share of pairs of a positive and a negative in which the positive is higher; a tie is half a pair.
fn area(scored: &[(f64, bool)]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let (mut negatives, mut positives, mut won) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
        let tied_positives = count(tied.iter().filter(|(_, label)| *label).count());
        let tied_negatives = count(tied.len()) - tied_positives;
        won += tied_positives * (negatives + tied_negatives / 2.0);
        negatives += tied_negatives;
        positives += tied_positives;
    }
    if negatives * positives > 0.0 { won / (negatives * positives) } else { 0.5 }
}

fn log_loss(probability: f64, label: bool) -> f64 {
    let of_label = if label { probability } else { 1.0 - probability };
    -libm::log(of_label.clamp(SURE, 1.0 - SURE))
}

fn brier(probability: f64, label: bool) -> f64 {
    let error = probability - f64::from(u8::from(label));
    error * error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_counts_pairs_in_the_right_order_and_ties_as_half() {
        let probabilities = [0.9, 0.7, 0.7, 0.2];
        // Pairs (positive, negative): .9>.7, .9>.2, .7=.7, .7>.2
        let measured = quality(&probabilities, &[true, true, false, false]);
        assert!((measured.auc - 3.5 / 4.0).abs() < 1e-12);
        assert!((quality(&probabilities, &[true; 4]).auc - 0.5).abs() < 1e-12);
    }

    #[test]
    fn losses_are_means_over_the_rows() {
        // Brier: (0.04 + 0.16) / 2; log loss: (-ln 0.8 - ln 0.6) / 2
        let measured = quality(&[0.8, 0.4], &[true, false]);
        assert!((measured.brier - 0.1).abs() < 1e-12);
        assert!((measured.log_loss - 0.366_984_587_540).abs() < 1e-9);
        assert_eq!(measured.rows, 2);
    }

    #[test]
    fn a_sure_mistake_is_bad_but_not_infinitely() {
        assert!(quality(&[0.0], &[true]).log_loss < 14.0);
        assert!(quality(&[], &[]).log_loss.abs() < 1e-12);
    }
}
