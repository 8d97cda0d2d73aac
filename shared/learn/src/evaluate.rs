//! What a policy would have brought, told from a log of what another one did: the estimators of off-policy evaluation, and when none of them can tell.

mod policy;
mod refusal;
mod tallies;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::policy::Policy;
pub use self::refusal::{Lacking, Refusal};
use self::tallies::Tallies;
use crate::apart::standard_errors;
use crate::examples::count;
use crate::proportion::{Estimate, POWER, SIGNIFICANCE};

/// With how many impressions of average reward the mean reward of an action at a position is smoothed.
pub const SMOOTHING: f64 = 10.0;
/// The least part of a policy's probability that must lie on what the log tells of. The rest may have brought anything.
const LEAST_SUPPORT: f64 = 0.9;
/// The least effective sample size: of fewer impressions a mean is not normally distributed, and its interval says nothing.
const LEAST_EFFECTIVE: f64 = 30.0;
/// The least effective number of rewarded impressions: the square of 1.96. With fewer, the interval of the value reaches below nothing.
const LEAST_REWARDED: f64 = 3.84;

/// One thing that was shown, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impression<'a> {
    /// What was shown.
    pub action: &'a str,
    /// Where; empty when there is only one place.
    pub position: &'a str,
    /// The probability with which the logging policy showed it there, above 0 and at most 1.
    pub propensity: f64,
    /// What came of it: 1 for a click, or an amount.
    pub reward: f64,
    /// The line of the log, as messages name it.
    pub line: u64,
}

/// What a policy would have brought per impression.
///
/// With `w = policy(action | position) / propensity` of an impression, its reward `r`, and `q(action, position)` the mean of the rewards seen there,
/// smoothed by [`SMOOTHING`] impressions of the overall mean: `q = (sum of r + 10 * mean) / (impressions + 10)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Inverse propensity weighting, the mean of `w r` (Horvitz and Thompson 1952).
    pub ipw: Estimate,
    /// Self-normalised: the sum of `w r` over the sum of `w` (Hajek 1971; Swaminathan and Joachims 2015). Its standard error is that of the mean of
    /// `w (r - value) / mean of w`.
    pub snipw: Estimate,
    /// The direct method: the mean over impressions of `sum over actions of policy(action | position) q(action, position)`. Its interval tells how
    /// uncertain the means are, not how wrong their smoothing.
    pub dm: Estimate,
    /// Doubly robust: the mean of the direct method's term and `w (r - q)` (Dudik, Langford and Li 2011). The one to read.
    pub dr: Estimate,
    /// The effective sample size: the square of the sum of `w` over the sum of its squares (Kish 1965).
    pub ess: f64,
    /// The part of the policy's probability on what the log tells of: an action at a position of which it holds at least 20 impressions, or at least a
    /// third of as many as the policy would have made.
    pub support: f64,
    /// Impressions in the log.
    pub impressions: usize,
    /// How many of them were rewarded at all.
    pub rewarded: usize,
    /// The mean reward of the log: what the policy that made it brought.
    pub logged: Estimate,
    /// How much more the policy would bring, by the doubly robust estimate, and by the same impressions.
    pub gain: Estimate,
    /// The smallest gain or loss that this log would show in four of five cases.
    pub smallest_gain: f64,
    /// Whether the log tells the policy from the one that made it: its interval of the gain does not hold 0.
    pub ranks: bool,
}

impl Evaluation {
    /// Evaluates a policy on a log.
    ///
    /// # Errors
    /// When the log cannot answer: a propensity is not above 0 and at most 1, a reward is no number, the policy does not speak of a position of the log or
    /// its probabilities do not add up to 1 there, the log lacks what the policy does, or holds too few impressions or rewards that count.
    pub fn of(log: &[Impression<'_>], policy: &Policy) -> Result<Self, Refusal> {
        check(log, policy)?;
        let tallies = Tallies::of(log);
        let (support, lacking) = tallies.support(policy);
        if let Some(lacking) = lacking.filter(|_| support < LEAST_SUPPORT) {
            return Err(Refusal::NoSupport { share: 1.0 - support, lacking });
        }
        let found = estimate(log, policy, &tallies, support);
        if found.ess < LEAST_EFFECTIVE {
            return Err(Refusal::FewEffective { ess: found.ess, impressions: log.len() });
        }
        let rewarded = effective_rewarded(log, policy);
        if rewarded < LEAST_REWARDED {
            return Err(Refusal::FewRewarded { rewarded });
        }
        Ok(found)
    }
}

/// What the log must be for any estimate.
fn check(log: &[Impression<'_>], policy: &Policy) -> Result<(), Refusal> {
    if log.is_empty() {
        return Err(Refusal::Empty);
    }
    for Impression { position, propensity, reward, line, .. } in log {
        if !(*propensity > 0.0 && *propensity <= 1.0) {
            return Err(Refusal::Propensity { line: *line, propensity: *propensity });
        }
        if !reward.is_finite() {
            return Err(Refusal::Reward { line: *line });
        }
        if !policy.speaks_of(position) {
            return Err(Refusal::NoPosition { position: (*position).to_owned() });
        }
    }
    Ok(())
}

/// The estimates, whether or not they are to be believed.
fn estimate(log: &[Impression<'_>], policy: &Policy, tallies: &Tallies<'_>, support: f64) -> Evaluation {
    let terms = Term::all(log, policy, tallies);
    let n = count(terms.len());
    let sum = |of: &dyn Fn(&Term) -> f64| terms.iter().map(of).sum::<f64>();
    let (weights, squares) = (sum(&|term| term.weight), sum(&|term| term.weight * term.weight));
    let snipw = sum(&Term::weighted) / weights;
    let snipw_error = sum(&|term| square(term.weight * (term.reward - snipw))).sqrt() / weights;
    let dm = sum(&|term| term.direct) / n;
    let dm_error = sum(&|term| square(term.direct - dm + n * term.pull * (term.reward - term.expected))).sqrt() / n;
    let (gain, gain_error) = mean(&terms, |term| term.doubly_robust() - term.reward);
    let gain = Estimate::normal(gain, gain_error);
    let normal = |(value, error): (f64, f64)| Estimate::normal(value, error);
    let possible = |estimate: Estimate| if is_binary(log) { estimate.within(0.0, 1.0) } else { estimate };
    Evaluation {
        ipw: possible(normal(mean(&terms, Term::weighted))),
        snipw: possible(normal((snipw, snipw_error))),
        dm: possible(normal((dm, dm_error))),
        dr: possible(normal(mean(&terms, Term::doubly_robust))),
        ess: weights * weights / squares,
        support,
        impressions: terms.len(),
        rewarded: terms.iter().filter(|term| term.reward != 0.0).count(),
        logged: possible(normal(mean(&terms, |term| term.reward))),
        gain,
        smallest_gain: (standard_errors(SIGNIFICANCE) + standard_errors(2.0 * (1.0 - POWER))) * gain_error,
        ranks: !gain.holds(0.0),
    }
}

/// What the estimators make of one impression.
struct Term {
    /// How many impressions of the policy it stands for.
    weight: f64,
    reward: f64,
    /// The smoothed mean reward of what was shown.
    expected: f64,
    /// What the policy would bring where it was shown, by the smoothed means.
    direct: f64,
    /// How far its reward moves the direct method.
    pull: f64,
}

impl Term {
    fn all(log: &[Impression<'_>], policy: &Policy, tallies: &Tallies<'_>) -> Vec<Self> {
        let direct: BTreeMap<&str, f64> =
            tallies.positions.keys().map(|position| (*position, tallies.direct(position, policy))).collect();
        let term = |impression: &Impression<'_>| {
            let Impression { action, position, propensity, reward, .. } = *impression;
            let probability = policy.probability(action, position);
            Self {
                weight: probability / propensity,
                reward,
                expected: tallies.expected(action, position),
                direct: direct.get(position).copied().unwrap_or_default(),
                pull: tallies.pull(action, position, probability),
            }
        };
        log.iter().map(term).collect()
    }

    fn weighted(&self) -> f64 {
        self.weight * self.reward
    }

    fn doubly_robust(&self) -> f64 {
        self.direct + self.weight * (self.reward - self.expected)
    }
}

/// The mean of something over the impressions, and its standard error.
fn mean(terms: &[Term], of: impl Fn(&Term) -> f64) -> (f64, f64) {
    let n = count(terms.len());
    let mean = terms.iter().map(&of).sum::<f64>() / n;
    let squares: f64 = terms.iter().map(|term| square(of(term) - mean)).sum();
    (mean, (squares / (n * (n - 1.0).max(1.0))).sqrt())
}

/// How many rewarded impressions those of the log count as: the square of the sum of `w r` over the sum of its squares. Without bounds where rewards
/// may be losses, as a mean of 0 is then a value like any other.
fn effective_rewarded(log: &[Impression<'_>], policy: &Policy) -> f64 {
    if log.iter().any(|impression| impression.reward < 0.0) {
        return f64::INFINITY;
    }
    let weighted = |at: &Impression<'_>| policy.probability(at.action, at.position) / at.propensity * at.reward;
    let (sum, squares) =
        log.iter().map(weighted).fold((0.0, 0.0), |(sum, squares), one| (sum + one, squares + one * one));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// Whether rewards are 0 or 1, so that no mean of them lies outside.
fn is_binary(log: &[Impression<'_>]) -> bool {
    log.iter().all(|impression| [0.0, 1.0].contains(&impression.reward))
}

fn square(number: f64) -> f64 {
    number * number
}

#[cfg(test)]
mod tests;
