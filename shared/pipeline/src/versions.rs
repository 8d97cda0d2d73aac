//! The catalogues that messages are rendered from: that of this build, and every other one that decided, as the table keeps it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tact_decide::Catalogue;
use tact_wire::{decode_catalogue, encode_catalogue};

use crate::{ItemKey, Nonce, Store, StoreError, Write};

/// The catalogues a process knows.
#[derive(Debug)]
pub struct Versions {
    own: Arc<Catalogue>,
    known: Mutex<BTreeMap<String, Arc<Catalogue>>>,
}

/// The most bytes of a catalogue in one item.
const PART: usize = 300_000;

impl Versions {
    /// The catalogue of this build, and nothing else yet.
    pub fn of(own: Catalogue) -> Self {
        Self { own: Arc::new(own), known: Mutex::default() }
    }

    /// Puts the catalogue of this build where later builds will find it; one that is there already is left alone.
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
        let mut bytes = Vec::new();
        for part in 0.. {
            let Some(item) = store.get(&ItemKey::Catalogue(hash.to_owned(), part)).await? else { break };
            bytes.extend(item.bytes);
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let read = decode_catalogue(&bytes).ok().filter(|catalogue| catalogue.hash == hash);
        let catalogue = Arc::new(read.ok_or_else(|| StoreError::Unreadable(format!("catalogue `{hash}`")))?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Some(Arc::clone(known.entry(hash.to_owned()).or_insert(catalogue))))
    }
}
