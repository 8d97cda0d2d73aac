//! The catalogues a process knows: that of its build, and those the table keeps, one of which is in force. A publisher puts one in force with one write; a
//! process asks at the start of each batch, and keeps to the last good one while the one in force cannot be used.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tact_decide::Catalogue;
use tact_wire::{decode_catalogue, encode_catalogue};

use crate::{ItemKey, Nonce, Process, Store, StoreError, Write};

/// The catalogues a process knows.
#[derive(Debug)]
pub struct Versions {
    own: Arc<Catalogue>,
    /// The last that was in force and could be used.
    good: Mutex<Arc<Catalogue>>,
    known: Mutex<BTreeMap<String, Arc<Catalogue>>>,
}

/// What to decide with now.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// Why it is not the one in force but the last good one, for people; `None` when it is.
    pub failure: Option<String>,
}

/// What the item `current` holds, as JSON, so that an operator can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Current {
    hash: String,
}

/// Why a catalogue was not put in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The table does not hold it.
    #[error("the table holds no catalogue `{0}`: publish its folder")]
    Missing(String),
    /// Somebody else published at the same time.
    #[error(
        "another catalogue was put in force meanwhile: look at what it is, and publish again if yours is still wanted"
    )]
    Overtaken,
    /// The table.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for PublishError {
    fn from(error: StoreError) -> Self {
        if error == StoreError::Conflict { Self::Overtaken } else { Self::Store(error) }
    }
}

/// The most bytes of a catalogue in one item.
const PART: usize = 300_000;

impl Versions {
    /// The catalogue of this build, and nothing else yet.
    pub fn of(own: Catalogue) -> Self {
        let own = Arc::new(own);
        Self { good: Mutex::new(Arc::clone(&own)), own, known: Mutex::default() }
    }

    /// The catalogue of this build.
    pub fn own(&self) -> &Arc<Catalogue> {
        &self.own
    }

    /// The catalogue to decide with: the one in force; that of this build when none was ever put in force; and the last good one when the one in force is
    /// not there, broken, of a newer format, or asks for something this build does not know.
    pub async fn in_force(&self, store: &impl Store) -> InForce {
        match self.current(store).await {
            Ok(catalogue) => {
                self.good().clone_from(&catalogue);
                InForce { catalogue, failure: None }
            }
            Err(error) => InForce { catalogue: Arc::clone(&self.good()), failure: Some(error.to_string()) },
        }
    }

    /// Puts the catalogue of this build where whoever needs it will find it; one that is there already is left alone.
    ///
    /// # Errors
    /// When the table cannot be read or written.
    pub async fn publish(&self, store: &impl Store) -> Result<(), StoreError> {
        let bytes = encode_catalogue(&self.own);
        for (part, bytes) in (0..).zip(bytes.chunks(PART)) {
            let key = ItemKey::Catalogue(self.own.hash.clone(), part);
            if store.get(&key).await?.is_none() {
                let write = [Write { key, expected: None, bytes: bytes.to_vec(), forget_at: None, due_at: None }];
                store.commit(&write, Nonce::of(&write)).await?;
            }
        }
        Ok(())
    }

    /// Puts a catalogue that the table holds in force, in one write, and answers the hash of the one before it; `None` when none was.
    ///
    /// # Errors
    /// When it is not there or cannot be read back, when somebody else put one in force at the same time, or when the table fails.
    pub async fn put_in_force(
        store: &impl Store,
        process: &Process,
        hash: &str,
    ) -> Result<Option<String>, PublishError> {
        let found = store.get(&ItemKey::InForce).await?;
        if stored(store, hash).await?.is_none() {
            return Err(PublishError::Missing(hash.to_owned()));
        }
        // One that cannot be read is no way back.
        let former = found.as_ref().and_then(|item| serde_json::from_slice::<Current>(&item.bytes).ok());
        let bytes = serde_json::to_vec(&Current { hash: hash.to_owned() }).unwrap_or_default();
        let expected = Some(found.map_or(0, |item| item.version));
        let write = [Write { key: ItemKey::InForce, expected, bytes, forget_at: None, due_at: None }];
        store.commit(&write, process.nonce(&write)).await?;
        Ok(former.map(|former| former.hash))
    }

    /// The catalogue of a hash; `None` when it is not there, or not yet.
    ///
    /// # Errors
    /// When the table cannot be read, or holds something else under that hash.
    pub async fn get(&self, store: &impl Store, hash: &str) -> Result<Option<Arc<Catalogue>>, StoreError> {
        if self.own.hash == hash {
            return Ok(Some(Arc::clone(&self.own)));
        }
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(hash) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(catalogue) = stored(store, hash).await? else { return Ok(None) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(known.entry(hash.to_owned()).or_insert_with(|| Arc::new(catalogue)))))
    }

    async fn current(&self, store: &impl Store) -> Result<Arc<Catalogue>, StoreError> {
        let Some(item) = store.get(&ItemKey::InForce).await? else { return Ok(Arc::clone(&self.own)) };
        let current = serde_json::from_slice::<Current>(&item.bytes);
        let Current { hash } = current.map_err(|_| StoreError::Unreadable("which catalogue is in force".to_owned()))?;
        let found = self.get(store, &hash).await?;
        found.ok_or_else(|| StoreError::Unreadable(format!("catalogue `{hash}` is in force, and not there")))
    }

    fn good(&self) -> MutexGuard<'_, Arc<Catalogue>> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The catalogue of a hash as the table holds it; `None` when it is not there.
async fn stored(store: &impl Store, hash: &str) -> Result<Option<Catalogue>, StoreError> {
    let mut bytes = Vec::new();
    for part in 0.. {
        let Some(item) = store.get(&ItemKey::Catalogue(hash.to_owned(), part)).await? else { break };
        bytes.extend(item.bytes);
    }
    if bytes.is_empty() {
        return Ok(None);
    }
    let unreadable = |why: &dyn std::fmt::Display| StoreError::Unreadable(format!("catalogue `{hash}`: {why}"));
    let catalogue = decode_catalogue(&bytes).map_err(|error| unreadable(&error))?;
    if catalogue.hash == hash { Ok(Some(catalogue)) } else { Err(unreadable(&"its bytes have another hash")) }
}
