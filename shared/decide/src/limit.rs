//! Limits: budgets, stock and the time of people, as claims on leases that others keep. A claim that cannot be met is a refusal.

use serde::{Deserialize, Serialize};
use tact_domain::{Channel, Key, Timestamp};

use crate::{Action, Moment, Reason, Treatment};

/// How much of an action there is. What is taken is leased, so it is never exceeded, and a part may stay unused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// What is counted.
    pub of: Resource,
    /// The most of it: minor units of money, or pieces, or tasks.
    pub most: u64,
    /// Anew every so many seconds since 1970; 0 for once and for all.
    pub every_s: i64,
    /// Whether every store has its own.
    pub per_store: bool,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// The incentives given away.
    Budget,
    /// The things handed out.
    Stock,
    /// The time of people.
    Capacity,
}

impl Resource {
    /// The name used in catalogues and keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Stock => "stock",
            Self::Capacity => "capacity",
        }
    }
}

/// What a message takes of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The limit, with the store and the time it is for.
    pub limit: Key,
    /// How much it takes.
    pub amount: u64,
    /// How much there is in all.
    pub most: u64,
    /// When nobody asks for it any more; `None` when that never comes.
    pub ends_at: Option<Timestamp>,
}

impl Claim {
    /// The name that stands for all limits among those of which nothing is left.
    pub const ALL: &str = "*";
}

impl Limit {
    /// How much a treatment takes of this limit; 0 when it takes nothing.
    fn taken_by(&self, action: &Action, treatment: &Treatment) -> u64 {
        // What a promise needs is taken when it is made, so that it can be kept.
        let promised = treatment.promises.as_ref();
        let promised = promised.and_then(|promised| action.treatments.iter().find(|other| other.name == *promised));
        let ways = [Some(treatment), promised].into_iter().flatten();
        match self.of {
            _ if treatment.fulfils => 0,
            Resource::Budget => ways.map(|way| minor(way.incentive)).sum(),
            Resource::Stock => 1,
            Resource::Capacity => ways.map(|way| u64::from(way.channel == Channel::Associate)).sum(),
        }
    }

    /// Whether what a treatment takes of it is not known to be used up. Without a store, a limit that each store has its own of cannot be met.
    fn is_met(&self, moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> bool {
        let amount = self.taken_by(action, treatment);
        if amount == 0 {
            return true;
        }
        let store = moment.store.as_deref();
        let possible = amount <= self.most && (store.is_some() || !self.per_store);
        // Nearly always none of the action is used up, and then no limit needs to be named.
        let of_it = |name: &Key| *name == Claim::ALL || name.starts_with(action.name.as_str());
        let used_up = || {
            let named = self.at(&action.name, store, moment.now);
            named.is_none_or(|(name, _)| moment.exhausted.iter().any(|limit| *limit == name || *limit == Claim::ALL))
        };
        possible && (!moment.exhausted.iter().any(of_it) || !used_up())
    }

    /// The name that claims give this limit of an action at a store and an instant, and when nobody asks for it any more, if that comes; `None`
    /// without a store, when each store has its own.
    pub fn at(&self, action: &str, store: Option<&str>, now: Timestamp) -> Option<(Key, Option<Timestamp>)> {
        let mut key = format!("{action}/{}", self.of.name());
        if self.per_store {
            key = format!("{key}/{}", store?);
        }
        let mut ends_at = None;
        if self.every_s > 0 {
            let period = now.0.div_euclid(self.every_s.saturating_mul(1000));
            key = format!("{key}/{period}");
            ends_at = Some(Timestamp((period + 1).saturating_mul(self.every_s.saturating_mul(1000))));
        }
        Some((Key::new(key), ends_at))
    }
}

/// Everything a treatment takes of its action's limits; empty when the action has none.
pub(crate) fn claims(action: &Action, treatment: &Treatment, store: Option<&str>, now: Timestamp) -> Vec<Claim> {
    let claim = |limit: &Limit| {
        let amount = limit.taken_by(action, treatment);
        let (name, ends_at) = limit.at(&action.name, store, now).filter(|_| amount > 0)?;
        Some(Claim { limit: name, amount, most: limit.most, ends_at })
    };
    action.limits.iter().filter_map(claim).collect()
}

/// Whether nothing it takes is known to be used up.
pub(crate) fn available(moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> Result<(), Reason> {
    let unmet = (0..).zip(&action.limits).find(|(_, limit)| !limit.is_met(moment, action, treatment));
    unmet.map_or(Ok(()), |(place, _)| Err(Reason::Exhausted(place)))
}

/// Money in whole minor units, rounded up.
fn minor(amount: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "incentives are positive and small")]
    let minor = amount.max(0.0).ceil() as u64;
    minor
}
