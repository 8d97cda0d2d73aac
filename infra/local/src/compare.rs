//! Two catalogues and the same events: who gains, who loses, who is spared, and where the funnels differ. Both are played dry, so that nothing is written.
//! Read in this order: `people` (what it means for customers), `funnel` (where candidates end), `examples`, `text` (how it is told).

mod examples;
mod funnel;
mod people;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;
use tact_decide::{Catalogue, Models};
use tact_domain::{Outcome, Timestamp};
use tact_wire::DecisionItem;

use crate::arrival::Arrival;
use crate::dry::{Consents, Dry, Rehearsed, Said, Script};
use crate::respond::Respondents;
use crate::stack::{StackError, seal};
use crate::zones::Zones;

pub use examples::Example;
pub use funnel::{Counted, Message};
pub use people::People;

/// What is played with both catalogues.
pub struct Compared<'a> {
    /// The events, in the order in which they arrive.
    pub arrivals: &'a [Arrival],
    /// What scores, with both.
    pub models: &'a Models,
    /// Events before this instant are folded and lead to no decision.
    pub fold_only_until: Option<Timestamp>,
    /// Whether people answer by the hidden model of the town.
    pub answered: bool,
}

/// How two catalogues differ on the same events; of every pair the first is that of A.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// How many decisions each made, silences among them.
    pub decisions: (u64, u64),
    /// Whether anything differs at all.
    pub differs: bool,
    /// What it means for customers.
    pub people: People,
    /// What the messages that left are expected to be worth beside silence, in minor units, each by its own catalogue.
    pub worth_minor: (f64, f64),
    /// What they are expected to be worth to those who got them, in minor units.
    pub worth_to_them_minor: (f64, f64),
    /// Margin of what was accepted, less incentives used, in minor units; planted. `None` when nobody answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_minor: Option<(i64, i64)>,
    /// Where candidates ended differently often, by stage and reason.
    pub funnel: Vec<Counted>,
    /// Messages that left differently often, by action and channel.
    pub messages: Vec<Message>,
    /// Those for whom most differs: up to three.
    pub examples: Vec<Example>,
}

impl Comparison {
    /// Compares catalogue A with catalogue B.
    ///
    /// # Errors
    /// Never, as the secret of a run is long enough.
    pub fn of(compared: &Compared<'_>, a: &Catalogue, b: &Catalogue) -> Result<Self, StackError> {
        let script = Script::of(compared.arrivals);
        let (one, other) = (play(compared, &script, a)?, play(compared, &script, b)?);
        // Both are measured by what annoying somebody costs with A.
        let annoyance = a.policy.levers.harm;
        let worth = |played: &Rehearsed| sum(played, Said::worth);
        let to_them = |played: &Rehearsed| sum(played, |said| said.worth_to_them(annoyance));
        let decisions = (one.weighed.len() as u64, other.weighed.len() as u64);
        Ok(Self {
            decisions,
            differs: one.weighed != other.weighed || one.held_back != other.held_back,
            people: People::of(&one, &other, annoyance),
            worth_minor: (worth(&one), worth(&other)),
            worth_to_them_minor: (to_them(&one), to_them(&other)),
            margin_minor: compared.answered.then(|| (margin(&one, a), margin(&other, b))),
            funnel: funnel::reasons(&one, &other),
            messages: funnel::messages(&one, &other),
            examples: examples::of(&one, &other, &Zones::of(compared.arrivals), &a.places, annoyance),
        })
    }
}

fn play(compared: &Compared<'_>, script: &Script, catalogue: &Catalogue) -> Result<Rehearsed, StackError> {
    let Compared { arrivals, models, fold_only_until, answered } = *compared;
    let respond = if answered { Some(Respondents::of(arrivals, catalogue, seal()?)) } else { None };
    let dry = Dry { catalogue, models, consents: Consents::Theirs, fold_only_until, until: None, respond };
    Ok(dry.play(script))
}

/// A sum over everything that left.
fn sum(played: &Rehearsed, of: impl Fn(&Said) -> f64) -> f64 {
    let left = played.weighed.iter().filter_map(|weighed| weighed.said.as_ref()).filter(|said| said.left);
    left.map(of).sum()
}

/// What was accepted earned, less what was given away for it.
fn margin(played: &Rehearsed, catalogue: &Catalogue) -> i64 {
    let actions: BTreeMap<&str, _> = catalogue.actions.iter().map(|action| (action.name.as_str(), action)).collect();
    let of = |item: &DecisionItem| {
        let action = actions.get(item.action.as_str())?;
        let treatment = action.treatments.iter().find(|treatment| treatment.name == item.treatment)?;
        let came = |outcome: Outcome| item.outcomes.first(outcome).is_some();
        let given = if treatment.coupon.is_some() { Outcome::Redeemed } else { Outcome::Accepted };
        let earned = if came(Outcome::Accepted) { action.margin } else { 0.0 };
        Some(earned - if came(given) { treatment.incentive } else { 0.0 })
    };
    let earned: f64 = played.decisions.iter().filter_map(|(_, item)| of(item)).sum();
    #[expect(clippy::cast_possible_truncation, reason = "margins are far below 2^53 minor units")]
    let earned = earned.round() as i64;
    earned
}
