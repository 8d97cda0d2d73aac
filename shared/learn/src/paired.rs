//! What one way of doing things is worth beside another, measured on the same people with both.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::examples::count;
use crate::proportion::Estimate;

/// How often the people are drawn again.
const DRAWS: usize = 2_000;

/// The mean of differences, one of each person, with the percentile interval of the bootstrap: as many are drawn from them, again and again, and
/// the middle 95 % of the means stand (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). The same seed gives the
/// same interval; without differences all is 0.
pub fn paired(differences: &[f64], seed: u64) -> Estimate {
    let many = differences.len();
    if many == 0 {
        return Estimate { value: 0.0, low: 0.0, high: 0.0 };
    }
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = || differences.get(dice.random_range(0..many)).copied().unwrap_or(0.0);
    let mut means: Vec<f64> = (0..DRAWS).map(|_| (0..many).map(|_| drawn()).sum::<f64>() / count(many)).collect();
    means.sort_by(f64::total_cmp);
    let at = |place: usize| means.get(place).copied().unwrap_or(0.0);
    Estimate {
        value: differences.iter().sum::<f64>() / count(many),
        low: at(DRAWS / 40),
        high: at(DRAWS - DRAWS / 40 - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_about_two_standard_errors_either_side() {
        // 0 to 99, each once: a mean of 49.5 and a standard error of 2.887.
        let even: Vec<f64> = (0..100_u8).map(f64::from).collect();
        let Estimate { value: mean, low, high } = paired(&even, 1);
        assert!((mean - 49.5).abs() < 1e-9);
        assert!((mean - low - 1.96 * 2.887).abs() < 0.5 && (high - mean - 1.96 * 2.887).abs() < 0.5, "{low} to {high}");
        assert_eq!(paired(&even, 1), Estimate { value: mean, low, high });
    }

    #[test]
    fn what_never_differs_is_known_and_nothing_is_nothing() {
        assert_eq!(paired(&[2.0; 9], 1), Estimate { value: 2.0, low: 2.0, high: 2.0 });
        assert_eq!(paired(&[], 1), Estimate { value: 0.0, low: 0.0, high: 0.0 });
    }
}
