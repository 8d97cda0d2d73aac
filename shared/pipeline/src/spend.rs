//! What is spent on messages in a day: a limit that is never exceeded, however many processes spend. Each leases a part of it and spends from that, so that not
//! every message writes to one item; what a process leased and did not spend is lost to the day.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tact_domain::Timestamp;

use crate::{ItemKey, Process, Store, StoreError, Write};

/// Money in hundredths of a minor unit: what a message costs is a fraction of a cent.
type Hundredths = i64;

/// What this process may still spend.
#[derive(Debug, Default)]
pub struct Purse(Mutex<Lease>);

#[derive(Clone, Copy, Debug, Default)]
struct Lease {
    day: i64,
    left: Hundredths,
    /// The limit it is a part of.
    limit: Hundredths,
}

/// What all processes leased on one day.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Leased {
    leased: Hundredths,
}

/// The limit is leased in so many parts.
const PARTS: Hundredths = 100;
/// How often a lease is tried when others lease as well.
const ATTEMPTS: u32 = 5;
const DAY_MS: i64 = 86_400_000;

impl Purse {
    /// Takes the cost of a message, in minor units, out of the limit of the day; `false` when the day has not enough left.
    ///
    /// # Errors
    /// When the table cannot be read or written, so that nobody knows what was spent.
    pub async fn take(
        &self,
        store: &impl Store,
        process: &Process,
        cost: f64,
        limit: Option<f64>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(limit) = limit.map(hundredths) else { return Ok(true) };
        let (cost, day) = (hundredths(cost), now.0.div_euclid(DAY_MS));
        if self.take_from_lease(day, cost, limit) {
            return Ok(true);
        }
        for attempt in 1..=ATTEMPTS {
            match lease(store, process, day, cost, limit).await {
                Ok(None) => return Ok(false),
                Ok(Some(more)) => {
                    self.add(day, more, limit);
                    return Ok(self.take_from_lease(day, cost, limit));
                }
                Err(StoreError::Conflict) if attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// The first instant of the next day, when there is a new limit.
    pub fn renewed_at(now: Timestamp) -> Timestamp {
        Timestamp((now.0.div_euclid(DAY_MS) + 1) * DAY_MS)
    }

    /// Puts back the cost of a message that was taken on the same day and did not leave.
    pub fn put_back(&self, cost: f64, now: Timestamp) {
        let mut lease = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lease.day == now.0.div_euclid(DAY_MS) && lease.limit > 0 {
            lease.left += hundredths(cost);
        }
    }

    fn take_from_lease(&self, day: i64, cost: Hundredths, limit: Hundredths) -> bool {
        let mut lease = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if limit < lease.limit {
            // The limit was lowered: what was leased of the old one is not spent.
            lease.left = 0;
        }
        let enough = lease.day == day && lease.left >= cost;
        if enough {
            lease.left -= cost;
        }
        enough
    }

    fn add(&self, day: i64, more: Hundredths, limit: Hundredths) {
        let mut lease = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = if lease.day == day { lease.left } else { 0 };
        *lease = Lease { day, left: left + more, limit };
    }
}

/// Leases a part of the limit, at least `cost`; `None` when less than that is left.
async fn lease(
    store: &impl Store,
    process: &Process,
    day: i64,
    cost: Hundredths,
    limit: Hundredths,
) -> Result<Option<Hundredths>, StoreError> {
    let key = ItemKey::Spend(day);
    let found = store.get(&key).await?;
    let unreadable = || StoreError::Unreadable("what was spent today".to_owned());
    let known = found.as_ref().map(|item| serde_json::from_slice::<Leased>(&item.bytes).map_err(|_| unreadable()));
    let Leased { leased } = known.transpose()?.unwrap_or_default();
    let left = limit.saturating_sub(leased);
    let part = (limit / PARTS).max(cost).min(left);
    if part < cost {
        return Ok(None);
    }
    let bytes = serde_json::to_vec(&Leased { leased: leased + part }).unwrap_or_default();
    let forget_at = Some(Timestamp((day + 40) * DAY_MS));
    let expected = Some(found.map_or(0, |item| item.version));
    let write = [Write { key, expected, bytes, forget_at, due_at: None }];
    // Whoever leases at the same instant writes the same.
    store.commit(&write, process.nonce(&write)).await?;
    Ok(Some(part))
}

#[expect(clippy::cast_possible_truncation, reason = "money of a day is far below 2^53 hundredths of a cent")]
fn hundredths(minor: f64) -> Hundredths {
    (minor * 100.0).ceil() as Hundredths
}
