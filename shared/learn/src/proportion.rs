//! Shares and what may be said of them: how sure one is, how far two are apart, how small a difference would be found, and whether groups
//! are of the sizes they were meant to have.

use serde::Serialize;

use crate::apart::standard_errors;

/// The significance level, two-sided: how often an interval misses, or a difference is found where there is none.
pub const SIGNIFICANCE: f64 = 0.05;
/// How often a difference is found that is as large as the smallest detectable one.
pub const POWER: f64 = 0.8;

/// Something estimated, and the interval that holds the truth in 95 % of cases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
}

/// So many successes in so many trials. Both may be broken numbers where ties are shared out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    /// Successes, at most as many as trials.
    pub successes: f64,
    /// Trials.
    pub trials: f64,
}

/// How far two shares are apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The first share less the second.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// The probability of a difference as large as this, either way, were there none.
    pub p: f64,
}

/// Whether groups are of the sizes that they were meant to have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SampleRatio {
    /// The sum of squared differences over what was expected.
    pub chi_square: f64,
    /// Groups less one.
    pub degrees: u32,
    /// The probability of sizes as far off as these, were the groups drawn as declared. Below 0.001 something is wrong with who was counted, and no
    /// result of the experiment is to be believed.
    pub p: f64,
}

impl Estimate {
    /// An estimate whose error is normally distributed with this standard error.
    pub fn normal(value: f64, error: f64) -> Self {
        let off = standard_errors(SIGNIFICANCE) * error;
        Self { value, low: value - off, high: value + off }
    }

    /// The same with an interval that does not reach beyond what is possible.
    #[must_use]
    pub fn within(self, least: f64, most: f64) -> Self {
        Self { low: self.low.max(least), high: self.high.min(most), ..self }
    }

    /// Whether the interval holds a number.
    pub fn holds(&self, number: f64) -> bool {
        self.low <= number && number <= self.high
    }
}

impl Share {
    /// So many of so many.
    pub fn new(successes: f64, trials: f64) -> Self {
        Self { successes, trials }
    }

    /// The share, 0..1; 0 without trials.
    pub fn rate(&self) -> f64 {
        if self.trials > 0.0 { self.successes / self.trials } else { 0.0 }
    }

    /// The share with its score interval; 0 to 1 without trials. After Wilson (1927): both ends are the shares from which this one lies exactly as
    /// many standard errors away as may be.
    pub fn wilson(&self) -> Estimate {
        if self.trials <= 0.0 {
            return Estimate { value: 0.0, low: 0.0, high: 1.0 };
        }
        let (rate, n, z) = (self.rate(), self.trials, standard_errors(SIGNIFICANCE));
        let scale = 1.0 + z * z / n;
        let middle = (rate + z * z / (2.0 * n)) / scale;
        let off = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt() / scale;
        // What is seen lies in the interval, whatever rounding does at its ends.
        Estimate { value: rate, low: (middle - off).clamp(0.0, rate), high: (middle + off).clamp(rate, 1.0) }
    }

    /// How far this share is above another. The interval joins the two Wilson intervals, after Newcombe (1998), method 10; `p` is of the z test with
    /// pooled variance, two-sided. Without trials on a side nothing is known: an interval of -1 to 1 and a `p` of 1.
    pub fn above(&self, other: &Self) -> Difference {
        if self.trials <= 0.0 || other.trials <= 0.0 {
            return Difference { estimate: Estimate { value: 0.0, low: -1.0, high: 1.0 }, p: 1.0 };
        }
        let (one, two) = (self.wilson(), other.wilson());
        let value = one.value - two.value;
        let low = value - (one.value - one.low).hypot(two.high - two.value);
        let high = value + (one.high - one.value).hypot(two.value - two.low);
        let pooled = (self.successes + other.successes) / (self.trials + other.trials);
        let error = (pooled * (1.0 - pooled) * (1.0 / self.trials + 1.0 / other.trials)).sqrt();
        let p = if error > 0.0 { two_sided(value / error) } else { 1.0 };
        Difference { estimate: Estimate { value, low, high }, p }
    }
}

/// The smallest difference from a share of `baseline` that two groups of these sizes would find at 5 %, two-sided, in four of five cases; `None` when
/// they are too small to find any.
///
/// The difference `d` at which `z_power * sqrt(p1 q1 / n1 + p2 q2 / n2) + z_wrong * sqrt(p q (1 / n1 + 1 / n2)) = d`, where `p1` is the baseline, `p2`
/// is `p1 + d` and `p` the two weighed by size (Fleiss, Levin and Paik 2003, chapter 4); `d` is taken towards the middle, upwards from 0.5.
pub fn minimum_detectable(baseline: f64, trials: f64, other_trials: f64) -> Option<f64> {
    let (n1, n2, p1) = (trials, other_trials, baseline.clamp(0.0, 1.0).min(1.0 - baseline.clamp(0.0, 1.0)));
    if n1 <= 0.0 || n2 <= 0.0 {
        return None;
    }
    let (z_wrong, z_power) = (standard_errors(SIGNIFICANCE), standard_errors(2.0 * (1.0 - POWER)));
    let is_found = |d: f64| {
        let p2 = p1 + d;
        let p = (n1 * p1 + n2 * p2) / (n1 + n2);
        let apart = (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2).sqrt();
        let alike = (p * (1.0 - p) * (1.0 / n1 + 1.0 / n2)).sqrt();
        d >= z_power * apart + z_wrong * alike
    };
    let most = 1.0 - p1;
    let (mut missed, mut found) = (0.0, most);
    if !is_found(most) {
        return None;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(missed, found);
        if is_found(middle) {
            found = middle;
        } else {
            missed = middle;
        }
    }
    Some(found)
}

impl SampleRatio {
    /// Compares the sizes of groups with the shares they were to have, by the chi-square test of Pearson (1900); shares need not add up to 1. `None` with
    /// fewer than two groups, nobody in them, or a share that is not above 0.
    pub fn of(sizes: &[f64], shares: &[f64]) -> Option<Self> {
        let (all, whole): (f64, f64) = (sizes.iter().sum(), shares.iter().sum());
        let is_sound = sizes.len() == shares.len() && sizes.len() > 1 && all > 0.0;
        if !is_sound || !shares.iter().all(|share| *share > 0.0 && share.is_finite()) {
            return None;
        }
        let apart = |(size, share): (&f64, &f64)| {
            let expected = all * share / whole;
            (size - expected) * (size - expected) / expected
        };
        let chi_square = sizes.iter().zip(shares).map(apart).sum();
        let degrees = u32::try_from(sizes.len() - 1).unwrap_or(u32::MAX);
        Some(Self { chi_square, degrees, p: chi_square_above(chi_square, degrees) })
    }
}

/// The probability of a standard normal number as far from 0 as `z`, either way.
pub fn two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The probability of a chi-square number above `x`; 1 for no degrees of freedom. The finite sums of Abramowitz and Stegun (1964), 26.4.4 and 26.4.5.
pub(crate) fn chi_square_above(x: f64, degrees: u32) -> f64 {
    if x <= 0.0 || degrees == 0 {
        return 1.0;
    }
    let half = x / 2.0;
    let log_half = libm::log(half);
    let is_odd = degrees % 2 == 1;
    let (first, offset) = if is_odd { (libm::erfc(half.sqrt()), 0.5) } else { (0.0, 0.0) };
    let term = |j: u32| {
        let power = f64::from(j) + offset;
        libm::exp(power * log_half - half - libm::lgamma(power + 1.0))
    };
    (first + (0..degrees / 2).map(term).sum::<f64>()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, known: f64, within: f64) {
        assert!((found - known).abs() < within, "{found} is not {known}");
    }

    #[test]
    fn wilson_intervals_are_the_published_ones() {
        // Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
        for (successes, trials, low, high) in [
            (81.0, 263.0, 0.2553, 0.3662),
            (15.0, 148.0, 0.0624, 0.1605),
            (0.0, 20.0, 0.0, 0.1611),
            (1.0, 29.0, 0.0061, 0.1718),
        ] {
            let found = Share::new(successes, trials).wilson();
            near(found.low, low, 5e-5);
            near(found.high, high, 5e-5);
        }
        assert_eq!(Share::default().wilson(), Estimate { value: 0.0, low: 0.0, high: 1.0 });
    }

    #[test]
    fn intervals_of_differences_are_the_published_ones() {
        // Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
        for (a, m, b, n, low, high) in [
            (56.0, 70.0, 48.0, 80.0, 0.0524, 0.3339),
            (9.0, 10.0, 3.0, 10.0, 0.1705, 0.8090),
            (6.0, 7.0, 2.0, 7.0, 0.0582, 0.8062),
            (0.0, 10.0, 0.0, 20.0, -0.1611, 0.2775),
            (10.0, 10.0, 0.0, 20.0, 0.6791, 1.0),
        ] {
            let found = Share::new(a, m).above(&Share::new(b, n)).estimate;
            near(found.low, low, 6e-5);
            near(found.high, high, 6e-5);
        }
    }

    #[test]
    fn the_p_of_a_difference_is_that_of_the_pooled_z_test() {
        // Aspirin and heart attacks (Agresti, Categorical Data Analysis): 189 of 11 034 and 104 of 11 037, Pearson's chi-square 25.01, p 5.7e-7.
        near(Share::new(189.0, 11_034.0).above(&Share::new(104.0, 11_037.0)).p, 5.692e-7, 1e-9);
        near(Share::new(5.0, 10.0).above(&Share::new(5.0, 10.0)).p, 1.0, 1e-12);
        near(Share::new(0.0, 10.0).above(&Share::new(0.0, 10.0)).p, 1.0, 1e-12);
        let unknown = Share::new(1.0, 2.0).above(&Share::default());
        assert!(unknown.estimate.holds(-1.0) && unknown.estimate.holds(1.0) && unknown.p > 0.99);
    }

    #[test]
    fn the_smallest_detectable_difference_is_that_of_the_tables_of_sample_sizes() {
        // R: power.prop.test(p1 = .1, p2 = .12, power = .8), n = 3840.847; (p1 = .5, p2 = .75), n = 57.673 44.
        near(minimum_detectable(0.1, 3_840.847, 3_840.847).unwrap(), 0.02, 1e-6);
        near(minimum_detectable(0.5, 57.673_44, 57.673_44).unwrap(), 0.25, 1e-5);
        near(minimum_detectable(0.9, 3_840.847, 3_840.847).unwrap(), 0.02, 1e-6);
        assert!(
            minimum_detectable(0.1, 3_000.0, 4_000.0).unwrap() > minimum_detectable(0.1, 3_500.0, 3_500.0).unwrap()
        );
        assert_eq!(minimum_detectable(0.5, 2.0, 2.0), None);
        assert_eq!(minimum_detectable(0.5, 0.0, 10.0), None);
    }

    #[test]
    fn sizes_are_compared_with_shares() {
        // Mendel's peas: 315, 108, 101 and 32 for 9 : 3 : 3 : 1; chi-square 0.470 024, p 0.925 425 9 (R: chisq.test).
        let peas = SampleRatio::of(&[315.0, 108.0, 101.0, 32.0], &[9.0, 3.0, 3.0, 1.0]).unwrap();
        near(peas.chi_square, 0.470_024, 1e-6);
        near(peas.p, 0.925_425_9, 1e-6);
        // Kohavi, Tang and Xu, Trustworthy Online Controlled Experiments (2020), chapter 3: 821 588 and 815 482 users of a 50/50 split, p 1.8e-6.
        let mismatch = SampleRatio::of(&[821_588.0, 815_482.0], &[1.0, 1.0]).unwrap();
        near(mismatch.p, 1.8e-6, 5e-8);
        for (sizes, shares) in
            [(vec![3.0], vec![1.0]), (vec![0.0, 0.0], vec![1.0, 1.0]), (vec![1.0, 2.0], vec![1.0, 0.0])]
        {
            assert_eq!(SampleRatio::of(&sizes, &shares), None);
        }
    }

    #[test]
    fn chi_square_tails_are_those_of_the_tables() {
        for (x, degrees, above) in [
            (3.841_458_8, 1, 0.05),
            (5.991_464_5, 2, 0.05),
            (7.814_727_9, 3, 0.05),
            (18.307_038, 10, 0.05),
            (37.652_484, 25, 0.05),
            (6.634_896_6, 1, 0.01),
        ] {
            near(chi_square_above(x, degrees), above, 1e-7);
        }
        near(chi_square_above(0.0, 4), 1.0, 1e-12);
        near(chi_square_above(2_000.0, 3), 0.0, 1e-12);
    }
}
