//! How well the members of matched pairs can be told apart: the area under the curve with an interval that knows that they are pairs, of given scores or
//! of a regression that never saw the pairs it scores; and what share of those who show a sign is surely on one side.

use tact_model::Logistic;

use crate::examples::{Examples, count};
use crate::fit::{FitError, fit_logistic};

/// How well two groups can be told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apart {
    /// The share of comparisons in which the one of the first group scores higher, ties as half: 0.5 is guessing, 1 is knowing.
    pub auc: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
}

/// Rows that come in pairs: the first of each pair is to be told from the second.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matched {
    /// The features of a row, in order.
    pub features: Vec<String>,
    /// The rows, each as long as `features`.
    pub pairs: Vec<(Vec<f32>, Vec<f32>)>,
}

/// In how many parts pairs are cut: each is scored by a regression fitted to the others.
const PARTS: usize = 5;
/// The weight of the squared coefficients: there are about as many words as people, and most tell nothing.
const PENALTY: f64 = 10.0;

impl Apart {
    /// How well the scores of pairs tell the first from the second, with an interval of `errors` standard errors either side; 0.5 without pairs.
    ///
    /// After `DeLong`, `DeLong` and Clarke-Pearson (1988), with the covariance within pairs of Obuchowski (1997).
    pub fn of(pairs: &[(f64, f64)], errors: f64) -> Self {
        let (auc, variance) = area(pairs);
        Self::within(auc, variance, errors)
    }

    /// How well a regression tells them that was fitted to other pairs: the mean over five parts; 0.5 when there is nothing to see, or too few pairs
    /// to learn from. Both of a pair are always in one part.
    ///
    /// # Errors
    /// When the rows are ragged or refused by the library.
    pub fn learnt(matched: &Matched, errors: f64) -> Result<Self, FitError> {
        if matched.features.is_empty() || matched.pairs.len() < 2 * PARTS {
            return Ok(Self::within(0.5, 0.0, errors));
        }
        let (mut sum, mut variances) = (0.0, 0.0);
        for part in 0..PARTS {
            let (auc, variance) = area(&matched.held_out(part)?);
            sum += auc;
            variances += variance;
        }
        let parts = count(PARTS);
        Ok(Self::within(sum / parts, variances / (parts * parts), errors))
    }

    /// The same, told from the other side when that tells more: a sign of the second group is a sign as well.
    #[must_use]
    pub fn either_way(self) -> Self {
        let Self { auc, low, high } = self;
        if auc < 0.5 { Self { auc: 1.0 - auc, low: 1.0 - high, high: 1.0 - low } } else { self }
    }

    fn within(auc: f64, variance: f64, errors: f64) -> Self {
        let off = errors * variance.max(0.0).sqrt();
        Self { auc, low: (auc - off).max(0.0), high: (auc + off).min(1.0) }
    }
}

impl Matched {
    /// The scores of one part by a regression fitted to the others.
    fn held_out(&self, part: usize) -> Result<Vec<(f64, f64)>, FitError> {
        let (held_out, fitted): (Vec<_>, Vec<_>) =
            self.pairs.iter().enumerate().partition(|(place, _)| place % PARTS == part);
        let rows = fitted.iter().flat_map(|(_, (first, second))| [first.clone(), second.clone()]).collect();
        let labels = fitted.iter().flat_map(|_| [true, false]).collect();
        let model = fit_logistic(&Examples { features: self.features.clone(), rows, labels }, PENALTY)?;
        Ok(held_out.iter().map(|(_, (first, second))| (score(&model, first), score(&model, second))).collect())
    }
}

/// How many standard errors either side hold the truth in all but this share of cases; 0 for a share of 1.
pub fn standard_errors(wrong: f64) -> f64 {
    let beyond = |errors: f64| libm::erfc(errors / std::f64::consts::SQRT_2);
    bisect(0.0, 40.0, |errors| beyond(errors) > wrong)
}

/// The least share that could have led to `hits` of `cases`, but for a chance of `wrong`; 0 without hits. After Clopper and Pearson (1934).
pub fn least_share(hits: usize, cases: usize, wrong: f64) -> f64 {
    if hits == 0 {
        return 0.0;
    }
    bisect(0.0, 1.0, |share| at_least(hits, cases, share) < wrong)
}

/// Log odds up to a constant, which is all that an order needs.
fn score(model: &Logistic, row: &[f32]) -> f64 {
    model.terms().iter().zip(row).map(|(term, value)| f64::from(term.coefficient) * term.standardise(*value)).sum()
}

/// The area under the curve and its variance.
fn area(pairs: &[(f64, f64)]) -> (f64, f64) {
    if pairs.is_empty() {
        return (0.5, 0.0);
    }
    let sorted = |scores: Vec<f64>| {
        let mut sorted = scores;
        sorted.sort_by(f64::total_cmp);
        sorted
    };
    let (firsts, seconds) =
        (sorted(pairs.iter().map(|pair| pair.0).collect()), sorted(pairs.iter().map(|pair| pair.1).collect()));
    let all = count(pairs.len());
    // For each pair how often its first beats a second, and how often a first beats its second.
    let wins: Vec<(f64, f64)> = pairs
        .iter()
        .map(|(first, second)| (below(&seconds, *first) / all, 1.0 - below(&firsts, *second) / all))
        .collect();
    let auc = wins.iter().map(|(beats, _)| beats).sum::<f64>() / all;
    let spread: f64 = wins.iter().map(|(beats, beaten)| libm::pow(beats + beaten - 2.0 * auc, 2.0)).sum();
    (auc, spread / (all * (all - 1.0).max(1.0)))
}

/// How many of the sorted scores are below this one, ties as half.
fn below(sorted: &[f64], score: f64) -> f64 {
    let less = sorted.partition_point(|other| *other < score);
    let tied = sorted.partition_point(|other| *other <= score) - less;
    count(less) + count(tied) / 2.0
}

/// The probability of at least so many hits.
fn at_least(hits: usize, cases: usize, share: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        return f64::from(u8::from(share >= 1.0));
    }
    let (n, k) = (count(cases), count(hits));
    let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    let mut one = libm::exp(ways + k * libm::log(share) + (n - k) * libm::log1p(-share));
    let mut sum = 0.0;
    for more in hits..=cases {
        sum += one;
        one *= (n - count(more)) / (count(more) + 1.0) * share / (1.0 - share);
    }
    sum.min(1.0)
}

/// The point at which `goes_on` ends, between two numbers.
fn bisect(from: f64, to: f64, goes_on: impl Fn(f64) -> bool) -> f64 {
    let (mut from, mut to) = (from, to);
    for _ in 0..60 {
        let middle = f64::midpoint(from, to);
        if goes_on(middle) {
            from = middle;
        } else {
            to = middle;
        }
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1 that look random and are the same everywhere: the mix of Steele, Lea and Flood (2014).
    fn noise(nth: u64) -> f64 {
        let mut mixed = nth.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        count(usize::try_from((mixed ^ (mixed >> 31)) >> 44).unwrap()) / 1_048_576.0
    }

    fn noisy(pairs: u64, lead: f64) -> Vec<(f64, f64)> {
        (0..pairs).map(|nth| (noise(2 * nth + 1) + lead, noise(2 * nth + 2))).collect()
    }

    #[test]
    fn the_area_is_the_share_of_comparisons_won() {
        // Rounded, so that there are ties.
        let pairs: Vec<(f64, f64)> =
            noisy(60, 0.2).into_iter().map(|(a, b)| ((a * 8.0).floor(), (b * 8.0).floor())).collect();
        let won = |first: f64, second: f64| f64::from(u8::from(first > second)) + f64::from(u8::from(first >= second));
        let brute: f64 = pairs.iter().flat_map(|(a, _)| pairs.iter().map(|(_, b)| won(*a, *b) / 2.0)).sum();
        assert!((Apart::of(&pairs, 1.96).auc - brute / 3_600.0).abs() < 1e-12);
    }

    #[test]
    fn twins_that_are_alike_cannot_be_told_apart_and_there_is_no_doubt_about_it() {
        let alike: Vec<(f64, f64)> = noisy(40, 0.0).into_iter().map(|(a, _)| (a, a)).collect();
        let found = Apart::of(&alike, 1.96);
        assert!((found.auc - 0.5).abs() < 1e-12 && found.high - found.low < 1e-9);
        assert!((Apart::of(&[], 1.96).auc - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_interval_holds_what_other_samples_find() {
        // The truth of a lead of 0.2 on numbers from 0 to 1: 1 - 0.8 * 0.8 / 2.
        let truth = 0.68;
        let holds = (0_u32..200).filter(|sample| {
            let first = 1_000 * u64::from(*sample);
            let pairs: Vec<_> = (first..first + 80).map(|nth| (noise(2 * nth + 1) + 0.2, noise(2 * nth + 2))).collect();
            let found = Apart::of(&pairs, 1.96);
            found.low <= truth && truth <= found.high
        });
        let held = holds.count();
        assert!((180..=198).contains(&held), "{held} of 200");
    }

    #[test]
    fn what_one_feature_tells_is_learnt_from_other_pairs_and_what_none_tells_is_not() {
        let rows = |lead: f64| {
            let pair = |nth: u64| {
                let row = |at: u64, lead: f64| vec![cell(noise(8 * nth + at)), cell(noise(8 * nth + at + 1) + lead)];
                (row(1, lead), row(4, 0.0))
            };
            Matched { features: vec!["one".to_owned(), "two".to_owned()], pairs: (0..100).map(pair).collect() }
        };
        let told = Apart::learnt(&rows(0.6), 1.96).unwrap();
        assert!(told.low > 0.8, "{told:?}");
        let untold = Apart::learnt(&rows(0.0), 1.96).unwrap();
        assert!(untold.low < 0.5 && untold.auc < 0.6, "{untold:?}");
        let nothing = Matched { features: Vec::new(), pairs: vec![(Vec::new(), Vec::new()); 20] };
        assert!((Apart::learnt(&nothing, 1.96).unwrap().auc - 0.5).abs() < 1e-12);
    }

    #[expect(clippy::cast_possible_truncation, reason = "a feature is as exact as it is")]
    fn cell(value: f64) -> f32 {
        value as f32
    }

    #[test]
    fn a_sign_of_the_others_is_a_sign() {
        let turned = Apart { auc: 0.2, low: 0.1, high: 0.4 }.either_way();
        assert!((turned.auc - 0.8).abs() < 1e-12 && (turned.low - 0.6).abs() < 1e-12, "{turned:?}");
    }

    #[test]
    fn standard_errors_are_those_of_the_tables() {
        assert!((standard_errors(0.05) - 1.959_964).abs() < 1e-6);
        assert!((standard_errors(0.01) - 2.575_829).abs() < 1e-6);
        assert!(standard_errors(1.0) < 1e-9);
    }

    #[test]
    fn the_least_share_is_that_of_the_tables() {
        // All hits: the share whose n-th power is the chance. 8 of 10, one-sided 2.5 %: 0.4439.
        assert!((least_share(20, 20, 0.05) - libm::pow(0.05, 0.05)).abs() < 1e-9);
        assert!((least_share(8, 10, 0.025) - 0.443_9).abs() < 1e-4);
        assert!(least_share(0, 10, 0.05) < 1e-12);
    }
}
