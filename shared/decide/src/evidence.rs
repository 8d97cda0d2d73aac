//! Evidence that a rate is above its limit, as a bet against the limit: valid at every look, however often anybody looks, and whenever the change came.

use serde::{Deserialize, Serialize};

/// What bets against a limit have come to, after some messages. Of each message it is known whether it did harm.
///
/// Each bet holds that the rate is a multiple of the limit and multiplies its stake by the likelihood ratio (a betting martingale: Waudby-Smith and
/// Ramdas, "Estimating means of bounded random variables by betting", 2024). While the rate is at or below the limit, no bet gains on average. The
/// stakes add up to 1: one share is bet from the first message on, and others begin with every block of messages, so that a change that comes
/// late is not drowned by the good times before it. By Ville's inequality the total ever reaches `1 / alpha` with a probability of at most `alpha`,
/// over all messages there will ever be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    /// Messages so far.
    n: u64,
    /// What was bet from the first message on has come to, by multiple.
    first: [f64; 3],
    /// What was bet later has come to, by multiple.
    later: [f64; 3],
}

/// The rates that are bet on, as multiples of the limit, and what each gets of a stake.
const MULTIPLES: [f64; 3] = [1.5, 2.0, 3.0];
const SHARE: f64 = 1.0 / 3.0;
/// Bets begin with each block of so many messages.
const BLOCK: u64 = 100;

impl Default for Evidence {
    fn default() -> Self {
        Self { n: 0, first: [stake(1) * SHARE; 3], later: [0.0; 3] }
    }
}

impl Evidence {
    /// Enters one more message, against a limit between 0 and 1.
    pub(crate) fn enter(&mut self, limit: f64, did_harm: Harmed) {
        if self.n > 0 && self.n.is_multiple_of(BLOCK) {
            let begun = stake(self.n / BLOCK + 1) * SHARE;
            self.later.iter_mut().for_each(|bet| *bet += begun);
        }
        self.n += 1;
        let factors = MULTIPLES.map(|multiple| {
            let rate = bet_on(multiple, limit);
            match did_harm {
                Harmed::Yes => rate / limit,
                Harmed::No => (1.0 - rate) / (1.0 - limit),
            }
        });
        for bets in [&mut self.first, &mut self.later] {
            bets.iter_mut().zip(factors).for_each(|(bet, factor)| *bet *= factor);
        }
    }

    /// Enters that a message did harm after all that was entered as harmless. Which of the later bets it was part of is not known, so it counts only for
    /// those from the first message on; the total is at most what it would be had it been known at once, so that the bound stays.
    pub(crate) fn correct(&mut self, limit: f64) {
        for (bet, multiple) in self.first.iter_mut().zip(MULTIPLES) {
            let rate = bet_on(multiple, limit);
            *bet *= rate / limit * (1.0 - limit) / (1.0 - rate);
        }
    }

    /// Whether it shows that the rate is above the limit; wrongly with a probability of at most `alpha`, over all looks together.
    pub(crate) fn shows(&self, alpha: f64) -> bool {
        // All stakes from a block on add up to one over its number.
        let waiting = 1.0 / counted(self.n.div_ceil(BLOCK).max(1) + 1);
        self.first.iter().chain(&self.later).sum::<f64>() + waiting >= 1.0 / alpha
    }
}

/// Whether a message did harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harmed {
    /// It did.
    Yes,
    /// It did not, as far as is known.
    No,
}

/// What is bet from the beginning of a block on, counted from 1. All of them together are 1.
fn stake(block: u64) -> f64 {
    1.0 / (counted(block) * counted(block + 1))
}

/// A count as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn counted(n: u64) -> f64 {
    n as f64
}

/// A multiple of a limit as a rate, at most half way from the limit to certainty.
fn bet_on(multiple: f64, limit: f64) -> f64 {
    (multiple * limit).min(f64::midpoint(1.0, limit))
}

/// Between which rates the true one lies, when `k` of `n` messages did harm: valid at every look, and in whatever order they came. It misses with a
/// probability of at most `alpha`. From 0 to 1 without messages.
///
/// A rate is excluded when a bet spread evenly over all rates gains `1 / alpha` against it (Robbins, "Statistical methods related to the law of the
/// iterated logarithm", 1970).
pub fn interval(n: u64, k: u64, alpha: f64) -> (f64, f64) {
    let (n, k) = (counted(n), counted(k.min(n)));
    let evenly = libm::lgamma(k + 1.0) + libm::lgamma(n - k + 1.0) - libm::lgamma(n + 2.0);
    let most = evenly + libm::log(alpha);
    let times = |count: f64, rate: f64| if count > 0.0 { count * libm::log(rate) } else { 0.0 };
    let excluded = |rate: f64| times(k, rate) + times(n - k, 1.0 - rate) <= most;
    let middle = if n > 0.0 { k / n } else { 0.5 };
    (edge(0.0, middle, excluded), edge(1.0, middle, excluded))
}

/// Where between an excluded end and a middle that is not excluded the excluded rates end; the end itself when it is not excluded.
fn edge(end: f64, middle: f64, excluded: impl Fn(f64) -> bool) -> f64 {
    if !excluded(end) {
        return end;
    }
    let (mut out, mut within) = (end, middle);
    for _ in 0..50 {
        let between = f64::midpoint(out, within);
        if excluded(between) { out = between } else { within = between }
    }
    out
}

#[cfg(test)]
mod tests;
