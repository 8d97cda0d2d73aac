//! Exploration: now and then something else than the best is said, so that it becomes known what comes of that. Only what every gate let pass, is worth
//! more than saying nothing, and is nearly as good as the best; never where something is owed, helps, was earned or was promised, nor what takes of a limit.
//!
//! Everything else about a decision is settled by what is known; this alone is drawn, out of `DRAWS` draws that are equally likely. So the probability of
//! what was chosen is a whole number of millionths, and exact.

use serde::{Deserialize, Serialize};
use tact_domain::{DecisionId, Fingerprint, Key};

use crate::arbitrate::{RUNNING, is_owed, order, parts};
use crate::{Candidate, Catalogue, Decision, Term};

/// How often something else than the best is tried, and what. The default never tries anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Explore {
    /// The share of decisions in which all that is nearly as good is as likely, the best included: 0 to `MOST`.
    pub share: f64,
    /// What is worth so much less than the best, in minor units, is nearly as good.
    pub within: f64,
    /// What is mixed into the hash that draws; changing it draws anew.
    pub salt: Key,
}

impl Explore {
    /// The greatest share.
    pub const MOST: f64 = 0.2;
    /// How many draws there are.
    pub const DRAWS: u32 = 1_000_000;

    /// Whether nothing is ever tried.
    pub fn is_off(&self) -> bool {
        self.share <= 0.0
    }

    /// Which of all draws a decision is: the upper part of 64 bits of a SHA-256, multiplied out.
    pub fn draw(&self, decision: DecisionId) -> u32 {
        let bits = Fingerprint::of(&self.salt, &decision.to_string()).0;
        let draw = (u128::from(bits) * u128::from(Self::DRAWS)) >> 64;
        u32::try_from(draw).unwrap_or(0)
    }

    /// Which of `count` things a draw chooses, the best of which is the first, and with how many draws that one is chosen.
    pub fn choose(&self, count: u32, draw: u32) -> (u32, u32) {
        let tries = self.tries();
        if count < 2 || tries == 0 {
            return (0, Self::DRAWS);
        }
        // Those draws that try something are divided among all in order: thing `i` has those from `i / count` of them up to `(i + 1) / count`.
        let from = |thing: u32| (u64::from(thing) * u64::from(tries)).div_ceil(u64::from(count));
        let chosen = if draw < tries { u64::from(draw) * u64::from(count) / u64::from(tries) } else { 0 };
        let chosen = u32::try_from(chosen).unwrap_or(0);
        let best = if chosen == 0 { u64::from(Self::DRAWS - tries) } else { 0 };
        (chosen, u32::try_from(best + from(chosen + 1) - from(chosen)).unwrap_or(Self::DRAWS))
    }

    /// How many draws try something.
    fn tries(&self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a fifth of all draws"
        )]
        let tries = (self.share.clamp(0.0, Self::MOST) * f64::from(Self::DRAWS) + 0.5) as u32;
        tries
    }
}

/// What is chosen instead of the best of what may be said, which is at this place among the candidates, and with what probability: mostly itself.
pub(crate) fn explored(decision: &Decision, catalogue: &Catalogue, best: usize) -> (usize, f64) {
    let explore = &catalogue.policy.explore;
    let Some(winner) = decision.candidates.get(best) else { return (best, 1.0) };
    let is_settled = is_owed(winner, catalogue) || takes_of_limits(winner, catalogue);
    if explore.is_off() || catalogue.policy.levers.off.contains(&Term::Explore) || is_settled {
        return (best, 1.0);
    }
    let nearly = || nearly_as_good(decision, catalogue, winner, explore.within);
    let count = u32::try_from(nearly().count()).unwrap_or(0);
    let (chosen, draws) = explore.choose(count, explore.draw(decision.id));
    let before = |one: &Candidate| nearly().filter(|(_, other)| order(other, one, catalogue).is_lt()).count();
    let tried = || nearly().find(|(_, one)| u32::try_from(before(one)) == Ok(chosen)).map(|(place, _)| place);
    let place = if chosen == 0 { None } else { tried() };
    (place.unwrap_or(best), f64::from(draws) / f64::from(Explore::DRAWS))
}

/// Whether it takes anything of a limit. That there is none left is found out by taking it, so that what is drawn would tell which limits were asked for, and
/// the probability of what is drawn instead would be another than it is said to be.
fn takes_of_limits(candidate: &Candidate, catalogue: &Catalogue) -> bool {
    parts(candidate, catalogue).is_some_and(|(action, _)| !action.limits.is_empty())
}

/// All that may be said and is worth nearly as much as the winner, which is the best of it, with its place among the candidates: nothing of it is owed or takes of
/// a limit, as the winner does not.
fn nearly_as_good<'d>(
    decision: &'d Decision,
    catalogue: &'d Catalogue,
    winner: &Candidate,
    within: f64,
) -> impl Iterator<Item = (usize, &'d Candidate)> {
    let score = |candidate: &Candidate| candidate.terms.map_or(f64::NEG_INFINITY, |terms| terms.score);
    let least = score(winner) - within;
    let nearly = move |candidate: &Candidate| {
        let may_be_tried = !is_owed(candidate, catalogue) && !takes_of_limits(candidate, catalogue);
        candidate.fate == RUNNING && may_be_tried && score(candidate) >= least
    };
    (0..).zip(&decision.candidates).filter(move |(_, one)| nearly(one))
}

#[cfg(test)]
mod tests;
