//! Evidence that a rate is above its limit, as a bet against the limit: valid at every look, however often anybody looks, and whenever the change came.

use serde::{Deserialize, Serialize};
use tact_domain::Timestamp;

/// What bets against a limit have come to, after some messages in the order in which they were decided.
///
/// Each bet holds that the rate of harm is a multiple of the limit and multiplies its stake by the likelihood ratio (a betting martingale: Waudby-Smith
/// and Ramdas, "Estimating means of bounded random variables by betting", 2024). While the rate is at or below the limit, no bet gains on average. The
/// stakes add up to 1: one share is bet from the first message on, and others begin with every block of messages, so that a change that comes
/// late is not drowned by the good times before it. By Ville's inequality the total ever reaches `1 / alpha` with a probability of at most `alpha`,
/// over all messages there will ever be.
///
/// A message counts as harmless until its harm is heard of, and then in the place it has had all along. So the total is never more than it would be were
/// all harm known at once, and the bound stays, however late harm is heard of. What is not known for sure to belong to a block counts for an earlier one,
/// or not at all, which only lowers the total.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Evidence {
    /// Blocks begun so far.
    begun: u64,
    /// The latest of them, oldest first.
    blocks: Vec<Block>,
    /// What all bets had come to, by multiple, when the first of these began.
    before: [f64; 3],
    /// When the latest message was decided.
    latest: Timestamp,
}

/// Messages in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Block {
    /// When the latest message up to its first was decided.
    from: Timestamp,
    /// Messages in it.
    n: u64,
    /// Those known to have done harm.
    k: u64,
}

/// The rates that are bet on, as multiples of the limit, and what each gets of a stake.
const MULTIPLES: [f64; 3] = [1.5, 2.0, 3.0];
const SHARE: f64 = 1.0 / 3.0;
/// A block holds at least so many messages, and those of a day.
const BLOCK: u64 = 100;
const BLOCK_S: i64 = 86_400;
/// So many blocks are kept: harm that is heard of within a month finds its own.
const KEPT: usize = 32;

impl Evidence {
    /// Enters one more message as harmless, against a limit between 0 and 1.
    pub(crate) fn enter(&mut self, limit: f64, planned_at: Timestamp) {
        self.latest = self.latest.max(planned_at);
        let has_room = |block: &Block| block.n < BLOCK || self.latest < block.from.plus_s(BLOCK_S);
        if !self.blocks.last().is_some_and(has_room) {
            self.begin(limit);
        }
        if let Some(block) = self.blocks.last_mut() {
            block.n += 1;
        }
    }

    /// Begins a block; the oldest is added up when there are too many.
    fn begin(&mut self, limit: f64) {
        self.begun += 1;
        self.blocks.push(Block { from: self.latest, n: 0, k: 0 });
        if self.blocks.len() > KEPT {
            let oldest = self.blocks.remove(0);
            self.before = oldest.after(self.before, stake(self.begun - counted_in(&self.blocks)), limit);
        }
    }

    /// Enters that a message, decided then, did harm that was entered as harmless.
    pub(crate) fn correct(&mut self, planned_at: Timestamp) {
        let forgotten = self.begun > counted_in(&self.blocks);
        let place = self.blocks.iter().rposition(|block| block.from < planned_at);
        let place =
            place.or((!forgotten && self.blocks.first().is_some_and(|block| block.from <= planned_at)).then_some(0));
        if let Some(block) = place.and_then(|place| self.blocks.get_mut(place)) {
            block.k = (block.k + 1).min(block.n);
        }
    }

    /// Whether it shows that the rate is above the limit; wrongly with a probability of at most `alpha`, over all looks together.
    pub(crate) fn shows(&self, limit: f64, alpha: f64) -> bool {
        self.total(limit) >= 1.0 / alpha
    }

    /// What all bets have come to, with the stakes that wait for their blocks.
    fn total(&self, limit: f64) -> f64 {
        let first = self.begun - counted_in(&self.blocks) + 1;
        let stakes = (first..).map(stake);
        let bets =
            self.blocks.iter().zip(stakes).fold(self.before, |bets, (block, stake)| block.after(bets, stake, limit));
        // All stakes from a block on add up to one over its number.
        bets.iter().sum::<f64>() + 1.0 / counted(self.begun + 1)
    }
}

impl Block {
    /// What bets come to in it, and a stake that begins with it.
    fn after(&self, bets: [f64; 3], stake: f64, limit: f64) -> [f64; 3] {
        let mut after = bets;
        for (bet, multiple) in after.iter_mut().zip(MULTIPLES) {
            let rate = bet_on(multiple, limit);
            let (harm, none) = (libm::log(rate / limit), libm::log((1.0 - rate) / (1.0 - limit)));
            let gain = counted(self.k) * harm + counted(self.n.saturating_sub(self.k)) * none;
            *bet = (*bet + stake * SHARE) * libm::exp(gain);
        }
        after
    }
}

/// What is bet from the beginning of a block on, counted from 1. All of them together are 1.
fn stake(block: u64) -> f64 {
    1.0 / (counted(block) * counted(block + 1))
}

fn counted_in(blocks: &[Block]) -> u64 {
    blocks.len() as u64
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
