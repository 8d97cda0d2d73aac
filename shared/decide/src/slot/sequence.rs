//! Sequences: how often one thing was, or was not, followed by another, from what profiles keep one by one.

use serde::{Deserialize, Serialize};
use tact_domain::{Basket, Day, Timestamp, Visit};

use crate::{Moment, Value};

/// Something followed, or not followed, by something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sequence {
    /// What came first.
    pub first: Ring,
    /// What came after it, or did not.
    pub then: Ring,
    /// Within so many seconds.
    pub within_s: i64,
    /// Looking back so many whole days, 1 to 90.
    pub days: u8,
    /// Whether it came; otherwise those are counted after which it did not come, once the time for it is over.
    pub followed: bool,
}

/// What is kept one by one: the latest eight of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// Visits to our stores that have ended, by when they ended.
    Visits,
    /// Orders.
    Purchases,
}

/// How many entries the rings of a profile hold; a full one may have lost what a window asks for.
const RING: usize = 8;

impl Sequence {
    /// How often it happened; unknown when the profile has forgotten a part of the window.
    pub(super) fn count(self, moment: &Moment<'_>, today: Day) -> Value<'static> {
        let begins = |at: Timestamp| at.day(moment.offset_s) > today.minus(i32::from(self.days));
        let forgotten = |ring: Ring| ring.is_full(moment) && ring.times(moment).next().is_none_or(begins);
        if forgotten(self.first) || forgotten(self.then) {
            return Value::Unknown;
        }
        let counts = |at: &Timestamp| {
            let until = at.plus_s(self.within_s);
            let came = self.then.times(moment).any(|then| then > *at && then <= until);
            let over = moment.now > until;
            begins(*at) && if self.followed { came } else { over && !came }
        };
        let count = self.first.times(moment).filter(counts).count();
        Value::Number(f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
    }
}

impl Ring {
    /// Whether an older entry may have been forgotten.
    fn is_full(self, moment: &Moment<'_>) -> bool {
        let entries = match self {
            Self::Visits => moment.profile.geolocation.visits.len(),
            Self::Purchases => moment.profile.purchase.baskets.len(),
        };
        entries >= RING
    }

    /// When the entries of the ring happened, oldest first. A receipt of returns alone is no order.
    fn times<'m>(self, moment: &'m Moment<'_>) -> impl Iterator<Item = Timestamp> + 'm {
        let of = |ring: Self| move |_: &Timestamp| self == ring;
        let visits = moment.profile.geolocation.visits.iter().map(|visit: &Visit| visit.left);
        let baskets = moment.profile.purchase.baskets.iter().filter(|basket: &&Basket| basket.net > 0);
        let baskets = baskets.map(|basket| basket.at);
        visits.filter(of(Self::Visits)).chain(baskets.filter(of(Self::Purchases)))
    }
}
