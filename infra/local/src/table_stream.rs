//! The table's stream on this machine: what appeared in the table since anybody looked, and what will be due. It listens to the commits of every
//! function, as the stream of the real table does, and names keys only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tact_domain::{CustomerId, FacetKind, Timestamp};
use tact_pipeline::{Item, ItemKey, Nonce, Store, StoreError, Write};
use tact_wire::{DecisionItem, TaskItem, unpack_appointment};

/// A table whose commits are listened to. Its clones share what was heard.
#[derive(Clone, Debug)]
pub struct Watched<S> {
    inner: S,
    heard: Arc<Mutex<Heard>>,
}

/// What was heard of a table: what appeared in it since anybody looked, and what will be due.
#[derive(Debug, Default)]
pub struct Heard {
    appeared: Vec<ItemKey>,
    due: BTreeMap<ItemKey, Timestamp>,
}

impl<S> Watched<S> {
    /// Listens to a table from now on.
    pub fn new(inner: S) -> Self {
        Self { inner, heard: Arc::default() }
    }

    /// The decisions and turns that appeared since this was last asked, in the order of their keys.
    pub fn take_appeared(&self) -> Vec<ItemKey> {
        self.heard().take_appeared()
    }

    /// When something is due next; `None` when nothing is.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.heard().next_due()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Store> Watched<S> {
    /// Learns what was due already when the table was opened.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn learn(&self) -> Result<(), StoreError> {
        let due = due_in(&self.inner).await?;
        self.heard().knows(due);
        Ok(())
    }

    /// Puts off whatever is still due although the clock called it at `at`: it is called again later, not at once and for ever.
    pub fn called(&self, at: Timestamp) {
        self.heard().called(at);
    }
}

/// More items than are ever due.
const MOST: usize = 1_000_000;
/// How long what was called and is still due waits to be called again, in seconds.
const AGAIN_S: i64 = 600;

/// Everything that is due in a table, whenever it is.
///
/// # Errors
/// When the table cannot be read.
pub async fn due_in(store: &impl Store) -> Result<Vec<(ItemKey, Timestamp)>, StoreError> {
    let mut due = Vec::new();
    for key in store.due(Timestamp(i64::MAX), MOST).await? {
        let Some(item) = store.get(&key).await? else { continue };
        let at = match &key {
            ItemKey::Appointment(..) => unpack_appointment(&item.bytes).flatten().map(|open| open.not_before),
            ItemKey::Task(..) => TaskItem::unpack(&item.bytes).and_then(|item| item.life.due_at()),
            _ => DecisionItem::unpack(&item.bytes).and_then(|item| item.due_at),
        };
        due.extend(at.map(|at| (key, at)));
    }
    Ok(due)
}

impl Heard {
    /// Hears of a change: of what, whether it was not there before, and when it is due from now on, if it is.
    pub fn hear(&mut self, key: &ItemKey, is_new: bool, due_at: Option<Timestamp>) {
        if is_new && matches!(key, ItemKey::Decision(..) | ItemKey::Turn(..)) {
            self.appeared.push(key.clone());
        }
        match due_at {
            Some(at) => {
                self.due.insert(key.clone(), at);
            }
            None => {
                self.due.remove(key);
            }
        }
    }

    /// Enters what was due before anybody listened.
    pub fn knows(&mut self, due: impl IntoIterator<Item = (ItemKey, Timestamp)>) {
        self.due.extend(due);
    }

    /// The decisions and turns that appeared since this was last asked, in the order of their keys.
    pub fn take_appeared(&mut self) -> Vec<ItemKey> {
        let mut appeared = std::mem::take(&mut self.appeared);
        appeared.sort();
        appeared
    }

    /// When something is due next; `None` when nothing is.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.values().min().copied()
    }

    /// Puts off whatever is still due although the clock called it at `at`: it is called again later, not at once and for ever.
    pub fn called(&mut self, at: Timestamp) {
        self.due.values_mut().filter(|due| **due <= at).for_each(|due| *due = at.plus_s(AGAIN_S));
    }
}

impl<S: Store> Store for Watched<S> {
    async fn load(&self, customer: &CustomerId) -> Result<Vec<(FacetKind, Item)>, StoreError> {
        self.inner.load(customer).await
    }

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        self.inner.get(key).await
    }

    async fn queue(&self, store: &str) -> Result<Vec<Item>, StoreError> {
        self.inner.queue(store).await
    }

    async fn commit(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        self.inner.commit(writes, nonce).await?;
        let mut heard = self.heard();
        for write in writes {
            heard.hear(&write.key, write.expected == Some(0), write.due_at);
        }
        Ok(())
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<ItemKey>, StoreError> {
        self.inner.due(until, limit).await
    }
}
