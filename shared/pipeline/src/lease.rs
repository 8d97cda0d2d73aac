//! Leases: limits that are never exceeded, however many processes take from them. Each leases a part of what is left, in one conditional write, and takes
//! from that, so that not everything that is taken writes to one item; what a process leased and did not use is lost to the limit.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tact_decide::Claim;
use tact_domain::{Key, Timestamp};

use crate::{Item, ItemKey, Process, Store, StoreError, Write};

/// What this process may still take of limits.
#[derive(Debug, Default)]
pub struct Leases(Mutex<BTreeMap<Key, Lease>>);

/// What this process has of one limit.
#[derive(Clone, Copy, Debug, Default)]
struct Lease {
    /// What it may still take.
    left: u64,
    /// What all processes had leased when this one last looked. It never shrinks, so what is used up stays so.
    leased: u64,
    /// How much there is in all.
    most: u64,
    ends_at: Option<Timestamp>,
}

/// What the item of a limit holds, as JSON, so that an operator can read it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Leased {
    /// By all processes together.
    leased: u64,
}

/// A limit is leased in about so many parts.
const PARTS: u64 = 100;
/// The shard of a limit that is leased from: with leases, one item is enough for each.
const SHARD: u32 = 0;
/// How often a lease is tried when others lease as well.
const ATTEMPTS: u32 = 8;
/// How long what was leased is kept after the limit has ended, in seconds: longer than anything is delivered again.
const KEPT_S: i64 = 40 * 86_400;

impl Leases {
    /// Takes what a claim says; `false` when the limit has not that much left.
    ///
    /// # Errors
    /// When the table cannot be read or written, so that nobody knows what is left.
    pub async fn take(
        &self,
        store: &impl Store,
        process: &Process,
        claim: &Claim,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.known().retain(|_, lease| lease.ends_at.is_none_or(|ends_at| now < ends_at));
        let mut attempt = 1;
        while let Some(missing) = self.take_here(claim) {
            match self.lease(store, process, claim, missing).await {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(StoreError::Conflict) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Puts back what was taken and is certain not to be used; it may be taken again by this process.
    pub fn put_back(&self, claim: &Claim) {
        // What was taken of a limit that has been lowered since is not there any more.
        if let Some(lease) = self.known().get_mut(&claim.limit).filter(|lease| lease.most >= claim.most) {
            lease.left = lease.left.saturating_add(claim.amount);
        }
    }

    /// Takes from what this process has; otherwise answers how much is missing.
    fn take_here(&self, claim: &Claim) -> Option<u64> {
        let mut known = self.known();
        let lease = known.entry(claim.limit.clone()).or_default();
        if claim.most < lease.most {
            // The limit was lowered: what was leased of the old one is not used.
            lease.left = 0;
        }
        (lease.most, lease.ends_at) = (claim.most, claim.ends_at);
        let missing = claim.amount.saturating_sub(lease.left);
        if missing > 0 {
            return Some(missing);
        }
        lease.left -= claim.amount;
        None
    }

    /// Leases a part of the limit, at least what is missing; `false` when that is not left.
    async fn lease(
        &self,
        store: &impl Store,
        process: &Process,
        claim: &Claim,
        missing: u64,
    ) -> Result<bool, StoreError> {
        let known = self.known().get(&claim.limit).map_or(0, |lease| lease.leased);
        if claim.most.saturating_sub(known) < missing {
            return Ok(false);
        }
        let key = ItemKey::Lease(claim.limit.clone(), SHARD);
        let found = store.get(&key).await?;
        let leased = leased(found.as_ref())?;
        let left = claim.most.saturating_sub(leased);
        if left < missing {
            self.enter(claim, leased, 0);
            return Ok(false);
        }
        let part = (claim.most / PARTS).clamp(missing, left);
        let bytes = serde_json::to_vec(&Leased { leased: leased.saturating_add(part) }).unwrap_or_default();
        let (expected, forget_at) = (found.map_or(0, |item| item.version), claim.ends_at.map(|at| at.plus_s(KEPT_S)));
        let write = [Write { key, expected: Some(expected), bytes, forget_at, due_at: None }];
        // Whoever leases at the same instant writes the same.
        store.commit(&write, process.nonce(&write)).await?;
        self.enter(claim, leased.saturating_add(part), part);
        Ok(true)
    }

    fn enter(&self, claim: &Claim, leased: u64, part: u64) {
        if let Some(lease) = self.known().get_mut(&claim.limit) {
            lease.leased = lease.leased.max(leased);
            lease.left = lease.left.saturating_add(part);
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Key, Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the item of a limit says was leased; nothing when there is none.
fn leased(item: Option<&Item>) -> Result<u64, StoreError> {
    let Some(item) = item else { return Ok(0) };
    let read = serde_json::from_slice::<Leased>(&item.bytes);
    read.map(|known| known.leased).map_err(|_| StoreError::Unreadable("what was leased of a limit".to_owned()))
}
