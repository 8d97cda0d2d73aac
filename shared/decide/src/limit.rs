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
    /// What a treatment takes of this limit at a store and an instant; `None` when it takes nothing. Without a store, a limit that each store has
    /// its own of has no key, and cannot be met.
    fn claim(
        &self,
        action: &Action,
        treatment: &Treatment,
        store: Option<&str>,
        now: Timestamp,
    ) -> Option<Result<Claim, ()>> {
        // What a promise needs is taken when it is made, so that it can be kept.
        let promised = treatment.promises.as_ref();
        let promised = promised.and_then(|promised| action.treatments.iter().find(|other| other.name == *promised));
        let ways = [Some(treatment), promised].into_iter().flatten();
        let amount = match self.of {
            Resource::Budget => ways.map(|way| minor(way.incentive)).sum(),
            Resource::Stock => 1,
            Resource::Capacity => ways.map(|way| u64::from(way.channel == Channel::Associate)).sum(),
        };
        if amount == 0 || treatment.fulfils {
            return None;
        }
        let Some((limit, ends_at)) = self.at(&action.name, store, now) else { return Some(Err(())) };
        Some(Ok(Claim { limit, amount, most: self.most, ends_at }))
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
    action.limits.iter().filter_map(|limit| limit.claim(action, treatment, store, now)?.ok()).collect()
}

/// Whether nothing it takes is known to be used up.
pub(crate) fn available(moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> Result<(), Reason> {
    for (place, limit) in (0..).zip(&action.limits) {
        let met = match limit.claim(action, treatment, moment.store.as_deref(), moment.now) {
            None => true,
            Some(Err(())) => false,
            Some(Ok(claim)) => claim.amount <= claim.most && !is_used_up(moment, &claim),
        };
        if !met {
            return Err(Reason::Exhausted(place));
        }
    }
    Ok(())
}

fn is_used_up(moment: &Moment<'_>, claim: &Claim) -> bool {
    moment.exhausted.iter().any(|limit| *limit == claim.limit || *limit == Claim::ALL)
}

/// Money in whole minor units, rounded up.
fn minor(amount: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "incentives are positive and small")]
    let minor = amount.max(0.0).ceil() as u64;
    minor
}
