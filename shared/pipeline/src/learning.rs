//! What is learnt from what became of messages: counted in shards, each kept by one process at a time, so that no item is written by all of them; and
//! published now and then as what everybody decides with. A decision names what it was made with, and that is kept for ever.
//! What a process counts is in `count`.

mod count;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tact_decide::{Catalogue, Counts, Expected, Learned, Matured, Saying};
use tact_domain::{Day, Timestamp};
use tact_wire::decode_learned;

use crate::{ItemKey, Store, StoreError};

/// What is learnt, as a process knows it: what it last read, and what it keeps to.
#[derive(Debug, Default)]
pub struct Learning {
    read: Mutex<Option<(Timestamp, Arc<Learned>)>>,
    desk: Mutex<Desk>,
}

/// What a process that counts knows of shards.
#[derive(Clone, Debug, Default)]
struct Desk {
    /// The shard it keeps to.
    shard: Option<u32>,
    /// What all others had counted when it last looked.
    beside: Option<(Timestamp, Counts)>,
    /// When somebody published, as far as it knows.
    published_at: Option<Timestamp>,
}

/// What has just become known of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lesson {
    /// What was said.
    pub(crate) saying: Saying,
    /// What was expected of it.
    pub(crate) expected: Expected,
    /// What it changes,
    pub(crate) matured: Matured,
    /// from which day on: the one after its window closed.
    pub(crate) from: Day,
}

/// What the item `m#learned`, `current` holds, as JSON, so that an operator can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Current {
    hash: String,
    at: Timestamp,
}

/// How old a reading may be, in milliseconds.
const FRESH_MS: i64 = 30_000;

impl Learning {
    /// What was learnt, as it was published last: read at most twice a minute, and not at all where nothing is learnt. When it cannot be read, it is what was
    /// read before: guardrails are what fails closed.
    pub(crate) async fn at(&self, store: &impl Store, catalogue: &Catalogue, now: Timestamp) -> Arc<Learned> {
        if catalogue.policy.adaptive.is_none() {
            return Arc::default();
        }
        let before = known(&self.read).clone();
        if let Some((at, learned)) = &before
            && is_fresh(*at, now)
        {
            return Arc::clone(learned);
        }
        let before = before.map(|(_, learned)| learned).unwrap_or_default();
        let learned = latest(store, &before.hash).await.ok().flatten().map_or(before, Arc::new);
        *known(&self.read) = Some((now, Arc::clone(&learned)));
        learned
    }
}

/// What was published last, when it is another than that of a hash; `None` when it is not.
async fn latest(store: &impl Store, hash: &str) -> Result<Option<Learned>, StoreError> {
    match current(store).await? {
        Some((current, _)) if current.hash != hash => learned(store, &current.hash).await,
        _ => Ok(None),
    }
}

/// What is said to be learnt, with the version of that item; `None` before anything was.
async fn current(store: &impl Store) -> Result<Option<(Current, u64)>, StoreError> {
    let Some(item) = store.get(&ItemKey::LearnedNow).await? else { return Ok(None) };
    let current = serde_json::from_slice(&item.bytes);
    let current = current.map_err(|_| StoreError::Unreadable("what was learnt last".to_owned()))?;
    Ok(Some((current, item.version)))
}

/// What was learnt of a hash, as records name it; `None` when the table does not hold it.
async fn learned(store: &impl Store, hash: &str) -> Result<Option<Learned>, StoreError> {
    let Some(item) = store.get(&ItemKey::Learned(hash.to_owned())).await? else { return Ok(None) };
    let learned = decode_learned(&item.bytes).filter(|learned| learned.hash == hash);
    learned.map(Some).ok_or_else(|| StoreError::Unreadable(format!("what was learnt, `{hash}`")))
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    (0..FRESH_MS).contains(&now.since_ms(at))
}

fn known<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
