//! What a log holds of each action at each position.

use std::collections::BTreeMap;

use super::refusal::Lacking;
use super::{Impression, Policy, SMOOTHING};

/// So many impressions tell something of an action at a position, whatever the policy asks for.
const ENOUGH: u32 = 20;
/// Or this part of as many impressions as the policy would have made.
const PART: f64 = 1.0 / 3.0;

/// The log, counted.
pub(super) struct Tallies<'a> {
    pairs: BTreeMap<(&'a str, &'a str), Tally>,
    /// Impressions at each position.
    pub(super) positions: BTreeMap<&'a str, u32>,
    /// Impressions in all.
    all: u32,
    /// The mean reward of all.
    mean: f64,
}

/// The impressions of one action at one position.
#[derive(Clone, Copy, Default)]
struct Tally {
    impressions: u32,
    rewards: f64,
}

impl<'a> Tallies<'a> {
    pub(super) fn of(log: &[Impression<'a>]) -> Self {
        let (mut pairs, mut positions): (BTreeMap<_, Tally>, BTreeMap<_, u32>) = Default::default();
        let (mut all, mut rewards) = (0, 0.0);
        for Impression { action, position, reward, .. } in log {
            let tally = pairs.entry((*position, *action)).or_default();
            tally.impressions += 1;
            tally.rewards += reward;
            *positions.entry(*position).or_default() += 1;
            all += 1;
            rewards += reward;
        }
        Self { pairs, positions, all, mean: rewards / f64::from(all.max(1)) }
    }

    /// The smoothed mean reward of an action at a position; that of all impressions for one that was never shown there.
    pub(super) fn expected(&self, action: &str, position: &str) -> f64 {
        let Tally { impressions, rewards } = self.pair(action, position);
        (rewards + SMOOTHING * self.mean) / (f64::from(impressions) + SMOOTHING)
    }

    /// How far the value of a policy moves, by the direct method, with the reward of one impression of an action at a position.
    pub(super) fn pull(&self, action: &str, position: &str, probability: f64) -> f64 {
        let impressions = f64::from(self.pair(action, position).impressions);
        probability * self.part(position) / (impressions + SMOOTHING)
    }

    /// What a policy would bring at a position by the smoothed means.
    pub(super) fn direct(&self, position: &str, policy: &Policy) -> f64 {
        policy.actions(position).map(|(action, probability)| probability * self.expected(action, position)).sum()
    }

    /// The part of a policy's probability on what the log tells of, and what it lacks that the policy would show most.
    pub(super) fn support(&self, policy: &Policy) -> (f64, Option<Lacking>) {
        let mut lacks: Vec<Lacking> = Vec::new();
        for (position, of) in &self.positions {
            let lacking = policy.actions(position).filter_map(|(action, probability)| {
                let impressions = self.pair(action, position).impressions;
                let expected = probability * f64::from(*of);
                let is_told = impressions >= ENOUGH || f64::from(impressions) >= PART * expected;
                let (action, position) = (action.to_owned(), (*position).to_owned());
                (!is_told).then_some(Lacking { action, position, impressions, of: *of, expected })
            });
            lacks.extend(lacking);
        }
        let lacking: f64 = lacks.iter().map(|lack| lack.expected).sum();
        let most = lacks.into_iter().max_by(|one, other| one.missing().total_cmp(&other.missing()));
        (1.0 - lacking / f64::from(self.all.max(1)), most)
    }

    /// The part of all impressions that were at a position.
    fn part(&self, position: &str) -> f64 {
        f64::from(self.positions.get(position).copied().unwrap_or_default()) / f64::from(self.all.max(1))
    }

    fn pair(&self, action: &str, position: &str) -> Tally {
        self.pairs.get(&(position, action)).copied().unwrap_or_default()
    }
}

impl Lacking {
    fn missing(&self) -> f64 {
        self.expected - f64::from(self.impressions)
    }
}
