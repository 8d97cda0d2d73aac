//! What is held back from everybody, as a process knows it: read at most half a minute ago. What cannot be read holds back all it could be about.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
            Some(HeldBack(ways)) => names.extend(ways.iter().filter_map(|(way, until)| {
                let (action, treatment) = way.split_once('/')?;
                let hold = if now < *until { Hold::Suspended } else { Hold::OnTrial };
                Some(hold.of(action, treatment))
            })),
        }
        names.extend(uncovered(catalogue, &self.crowds, reader, now));
        names
    }

    /// Those known to have got a rendering.
    pub(crate) fn crowd(&self, rendering: &Rendering) -> Option<&Crowd> {
        self.crowds.get(rendering)
    }
}

/// How old a reading may be, in milliseconds.
const FRESH_MS: i64 = 30_000;
/// How many items are read at once.
const CONCURRENT: usize = 16;

/// What a process last read, when, and for the catalogue of which hash.
#[derive(Debug, Default)]
pub struct HoldReader(Mutex<Option<Reading>>);

type Reading = (Timestamp, String, Arc<Holds>);

impl HoldReader {
    /// What is held back at an instant, of what a catalogue could do. It takes one read for all guardrails and one for each rendering that may need
    /// cover, at most twice a minute.
    pub async fn at(&self, store: &impl Store, catalogue: &Catalogue, now: Timestamp) -> Arc<Holds> {
        if let Some((at, hash, holds)) = &*self.known()
            && (0..FRESH_MS).contains(&now.since_ms(*at))
            && *hash == catalogue.hash
        {
            return Arc::clone(holds);
        }
        let holds =
            Arc::new(Holds { guarded: guarded(store, catalogue).await, crowds: crowds(store, catalogue).await });
        *self.known() = Some((now, catalogue.hash.clone(), Arc::clone(&holds)));
        holds
    }

    fn known(&self) -> MutexGuard<'_, Option<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
