//! What is held back from everybody, as a process knows it: read at most half a minute ago. What cannot be read holds back all it could be about.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::join;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tact_decide::{Catalogue, Crowd, Hold, Rendering, renderings, uncovered};
use tact_domain::{CustomerId, Key, Timestamp};

use crate::{ItemKey, Store};

/// The treatments that guardrails hold back, each as `action/treatment` with the instant until which nobody gets it and from which on it is on trial:
/// what the item `m#guard` holds, as JSON. It is written when that changes, which is rare, so that one read tells of all treatments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HeldBack(pub BTreeMap<Key, Timestamp>);

impl HeldBack {
    /// The names of what is held back at an instant.
    fn names(&self, now: Timestamp) -> impl Iterator<Item = Key> {
        self.0.iter().filter_map(move |(way, until)| {
            let (action, treatment) = way.split_once('/')?;
            let hold = if now < *until { Hold::Suspended } else { Hold::OnTrial };
            Some(hold.of(action, treatment))
        })
    }
}

/// What is held back from everybody, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Holds {
    /// What guardrails hold back; `None` when nobody can tell.
    guarded: Option<HeldBack>,
    /// Who got what may need cover. One that cannot be read is empty.
    crowds: BTreeMap<Rendering, Crowd>,
}

impl Holds {
    /// The names of what is held back from a customer who reads a language, at an instant.
    pub fn names(&self, catalogue: &Catalogue, reader: (&CustomerId, Option<&str>), now: Timestamp) -> Vec<Key> {
        let mut names = Vec::new();
        match &self.guarded {
            None => names.push(Key::from(Hold::ALL_SUSPENDED)),
            Some(held_back) => names.extend(held_back.names(now)),
        }
        names.extend(uncovered(catalogue, &self.crowds, reader, now));
        names
    }
}

/// How old a reading may be, in milliseconds.
const FRESH_MS: i64 = 30_000;
/// How many items are read at once.
const CONCURRENT: usize = 16;

/// What a process last read, and when; all of it for the catalogue of which hash.
#[derive(Debug, Default)]
pub struct HoldReader {
    guarded: Mutex<Option<(Timestamp, Option<HeldBack>)>>,
    all: Mutex<Option<Reading>>,
}

type Reading = (Timestamp, String, Arc<Holds>);

impl HoldReader {
    /// What is held back at an instant, of what a catalogue could do. It takes one read for all guardrails and one for each rendering that may need
    /// cover, at most twice a minute.
    pub async fn at(&self, store: &impl Store, catalogue: &Catalogue, now: Timestamp) -> Arc<Holds> {
        if let Some((at, hash, holds)) = &*known(&self.all)
            && is_fresh(*at, now)
            && *hash == catalogue.hash
        {
            return Arc::clone(holds);
        }
        let (guarded, crowds) = join(guarded(store, catalogue), crowds(store, catalogue)).await;
        let holds = Arc::new(Holds { guarded, crowds });
        *known(&self.all) = Some((now, catalogue.hash.clone(), Arc::clone(&holds)));
        holds
    }

    /// The names of what guardrails hold back at an instant; `None` when nobody can tell. It takes one read, at most twice a minute, and none where a
    /// catalogue sets no guards.
    pub async fn guards_at(&self, store: &impl Store, catalogue: &Catalogue, now: Timestamp) -> Option<Vec<Key>> {
        if catalogue.policy.guardrail.guards.is_empty() {
            return Some(Vec::new());
        }
        let fresh = known(&self.guarded).clone().filter(|(at, _)| is_fresh(*at, now));
        let held_back = match fresh {
            Some((_, held_back)) => held_back,
            None => {
                let held_back = guarded(store, catalogue).await;
                *known(&self.guarded) = Some((now, held_back.clone()));
                held_back
            }
        };
        held_back.map(|held_back| held_back.names(now).collect())
    }
}

fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    (0..FRESH_MS).contains(&now.since_ms(at))
}

fn known<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What guardrails hold back; nothing when none are set.
async fn guarded(store: &impl Store, catalogue: &Catalogue) -> Option<HeldBack> {
    if catalogue.policy.guardrail.guards.is_empty() {
        return Some(HeldBack::default());
    }
    let item = store.get(&ItemKey::HeldBack).await.ok()?;
    item.map_or(Some(HeldBack::default()), |item| serde_json::from_slice(&item.bytes).ok())
}

/// The crowds of all renderings that may need cover; one that is not there or cannot be read is left out.
async fn crowds(store: &impl Store, catalogue: &Catalogue) -> BTreeMap<Rendering, Crowd> {
    let renderings: Vec<_> = renderings(catalogue).collect();
    let read = stream::iter(renderings).map(async |(action, treatment, words)| {
        let key = ItemKey::Crowd(action.clone(), treatment.clone(), words.clone());
        let item = store.get(&key).await.ok().flatten()?;
        Some(((action, treatment, words), serde_json::from_slice(&item.bytes).ok()?))
    });
    read.buffered(CONCURRENT).filter_map(std::future::ready).collect().await
}
