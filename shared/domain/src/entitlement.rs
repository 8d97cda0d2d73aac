//! Entitlements: what customers earn by rule, exactly once per event, whatever is said about it.

use serde::{Deserialize, Serialize};

use crate::{CheckInFacet, Fingerprint, Ground, Happened, Key, Signal, Timestamp};

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlement {
    /// Its name, unique in the catalogue.
    pub name: Key,
    /// What earns.
    pub by: Earned,
    /// How many points each time.
    pub points: u32,
}

/// What earns points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Earned {
    /// Every so many check-ins at our stores within so many days.
    CheckIns {
        /// How many.
        every: u16,
        /// In how many days, today included; more than 90 are taken for 90.
        within_days: u8,
    },
    /// Every so many minor units spent; what is returned takes them back.
    Spend {
        /// Minor units of the deployment's currency.
        per: i64,
    },
}

/// One line of what a customer earned: the rule, and the event that earned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitlementLine {
    /// The rule.
    pub rule: Key,
    /// The event.
    pub event: Fingerprint,
    /// The points; negative for what a return takes back, never 0.
    pub points: i64,
    /// When it was earned.
    pub at: Timestamp,
}

impl Entitlement {
    /// How many rules there may be; those after them earn nothing.
    pub const MOST: usize = 8;

    /// What a signal earns, in the order of the rules. To be asked once for every signal that was folded, and for no other: what is stale, known
    /// or withheld earns nothing. A visit is counted in the facet.
    pub fn earn(
        rules: &[Self],
        signal: &Signal,
        facet: &mut CheckInFacet,
        ground: &Ground<'_>,
    ) -> Vec<EntitlementLine> {
        let line = |rule: &Self| {
            let times = rule.by.times(&rule.name, signal, facet, ground)?;
            let points = i64::from(rule.points).saturating_mul(times);
            let line = EntitlementLine { rule: rule.name.clone(), event: signal.event, points, at: signal.at };
            (points != 0).then_some(line)
        };
        rules.iter().take(Self::MOST).filter_map(line).collect()
    }
}

impl Earned {
    /// How many times a signal earns the points of a rule. A part of `per` earns nothing, be it bought or returned: what was earned by a receipt is
    /// what its return takes back.
    fn times(self, rule: &str, signal: &Signal, facet: &mut CheckInFacet, ground: &Ground<'_>) -> Option<i64> {
        match (self, &signal.happened) {
            (Self::CheckIns { every, within_days }, Happened::CheckIn(check_in)) => {
                let store = ground.store_of(check_in)?;
                let day = signal.at.day(crate::offset_s(&store.zone, signal.at));
                Some(i64::from(facet.award(rule, every, i32::from(within_days), (day, signal.at))))
            }
            (Self::Spend { per }, Happened::Purchase(purchase)) if purchase.currency == ground.currency && per > 0 => {
                Some(purchase.net() / per)
            }
            _ => None,
        }
    }
}
