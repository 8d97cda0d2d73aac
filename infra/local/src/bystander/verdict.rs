//! Whether a secret can be told: by a regression over all signs, and by every sign alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tact_decide::Catalogue;
use tact_learn::{Apart, FitError, Matched, standard_errors};

use super::giveaway::{Giveaway, giveaways};
use super::side::{Person, Side};
use super::sign::{Sign, of_person};
use crate::town::Secret;

/// Whoever is right more often than this, for sure, is not guessing.
pub const WORST: f64 = 0.55;

/// What a bystander can tell of a secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The secret.
    pub secret: Secret,
    /// How many pairs were looked at.
    pub pairs: usize,
    /// How many messages came to those who have it.
    pub to_holders: usize,
    /// How many came to their twins.
    pub to_twins: usize,
    /// How well the regression tells pairs that it never saw: 0.5 is guessing.
    pub auc: f64,
    /// The lower end of its interval, 95 of 100.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// How many signs there are.
    pub signs: usize,
    /// The one that tells most by itself; `None` when there are none.
    pub strongest: Option<Sign>,
    /// Whether it is given away: by all signs together, or by one.
    pub leaks: bool,
    /// The messages that gave it away, the surest first; empty when nothing did.
    pub gave_away: Vec<Giveaway>,
}

/// The chance that an interval does not hold the truth; that of the signs is for all of them together.
const WRONG: f64 = 0.05;
/// A sign that fewer people show tells nothing about others.
const FEWEST: usize = 3;

impl Verdict {
    /// Looks at both sides.
    ///
    /// # Errors
    /// When the regression cannot be fitted.
    pub(super) fn on(secret: Secret, holders: &Side, twins: &Side, catalogue: &Catalogue) -> Result<Self, FitError> {
        let noticed = Noticed::of(holders, twins);
        let learnt = Apart::learnt(&noticed.matched(), standard_errors(WRONG))?;
        // Every sign is tried in two ways: by its number, and by who shows it.
        let wrong = WRONG / noticed.names.iter().map(|_| 2.0).sum::<f64>().max(1.0);
        let errors = standard_errors(wrong);
        let of = |name: &String| Sign::of(name.clone(), &noticed.numbers(name), wrong, errors);
        let mut signs: Vec<Sign> = noticed.names.iter().map(of).collect();
        signs.sort_by(|one, other| other.strength().total_cmp(&one.strength()).then(one.words().cmp(&other.words())));
        let leaks = learnt.low > WORST || signs.iter().any(Sign::leaks);
        let gave_away = if leaks { giveaways(&signs, holders, twins, catalogue) } else { Vec::new() };
        Ok(Self {
            secret,
            pairs: noticed.pairs.len(),
            to_holders: holders.messages(),
            to_twins: twins.messages(),
            auc: learnt.auc,
            low: learnt.low,
            high: learnt.high,
            signs: signs.len(),
            strongest: signs.into_iter().next(),
            leaks,
            gave_away,
        })
    }
}

/// What was noticed of all pairs.
struct Noticed {
    /// The signs that may tell something.
    names: Vec<String>,
    /// The numbers of each holder and of their twin, by sign.
    pairs: Vec<(BTreeMap<String, f64>, BTreeMap<String, f64>)>,
}

impl Noticed {
    fn of(holders: &Side, twins: &Side) -> Self {
        let pair = |(name, holder): (&String, &Person)| Some((of_person(holder), of_person(twins.person(name)?)));
        let pairs: Vec<_> = holders.people.iter().filter_map(pair).collect();
        let all: BTreeSet<&String> = pairs.iter().flat_map(|(one, other)| one.keys().chain(other.keys())).collect();
        let shown = |name: &&String| {
            let people = pairs.iter().flat_map(|(one, other)| [one, other]);
            people.filter(|signs| signs.contains_key(*name)).take(FEWEST).count() == FEWEST
        };
        let names = all.into_iter().filter(shown).cloned().collect();
        Self { names, pairs }
    }

    /// The numbers of a sign, of every pair.
    fn numbers(&self, name: &str) -> Vec<(f64, f64)> {
        let of = |signs: &BTreeMap<String, f64>| signs.get(name).copied().unwrap_or(0.0);
        self.pairs.iter().map(|(one, other)| (of(one), of(other))).collect()
    }

    fn matched(&self) -> Matched {
        #[expect(clippy::cast_possible_truncation, reason = "counts of messages are small")]
        let row = |signs: &BTreeMap<String, f64>| -> Vec<f32> {
            self.names.iter().map(|name| signs.get(name).copied().unwrap_or(0.0) as f32).collect()
        };
        let pairs = self.pairs.iter().map(|(one, other)| (row(one), row(other))).collect();
        Matched { features: self.names.clone(), pairs }
    }
}
