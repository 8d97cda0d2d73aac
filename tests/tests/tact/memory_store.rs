//! The table in memory, for simulations and properties: the contract of `Store`, the limits of a transaction, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tact_domain::{CustomerId, DecisionId, FacetKind, Timestamp};
use tact_pipeline::{Item, ItemKey, Nonce, Store, StoreError, Write};
use tact_wire::DecisionItem;

/// How many items one transaction of DynamoDB holds.
const TRANSACTION: usize = 100;

/// A table. Its clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemoryStore(Arc<Mutex<Table>>);

/// Every item, and those in the index of due items.
#[derive(Debug, Default)]
struct Table {
    items: BTreeMap<ItemKey, Item>,
    due: BTreeMap<ItemKey, Timestamp>,
}

impl MemoryStore {
    /// Every facet with its packed bytes, in key order. Versions are left out: they count attempts as well.
    pub(crate) fn facets(&self) -> Vec<(ItemKey, Vec<u8>)> {
        let table = self.0.lock().unwrap();
        let facets = table.items.iter().filter(|(key, _)| matches!(key, ItemKey::Facet(..)));
        facets.map(|(key, item)| (key.clone(), item.bytes.clone())).collect()
    }

    /// Every item but the facets with its packed bytes, in key order. What holds for everybody is left out: it is counted as well as can be.
    pub(crate) fn others(&self) -> Vec<(ItemKey, Vec<u8>)> {
        let table = self.0.lock().unwrap();
        let others =
            table.items.iter().filter(|(key, _)| !matches!(key, ItemKey::Facet(..)) && !key.is_about_everybody());
        others.map(|(key, item)| (key.clone(), item.bytes.clone())).collect()
    }

    /// Every decision to deliver, in key order.
    pub(crate) fn decisions(&self) -> BTreeMap<DecisionId, DecisionItem> {
        let table = self.0.lock().unwrap();
        let decisions = table.items.iter().filter_map(|(key, item)| match key {
            ItemKey::Decision(_, id) => Some((*id, DecisionItem::unpack(&item.bytes).unwrap())),
            _ => None,
        });
        decisions.collect()
    }
}

impl Store for MemoryStore {
    async fn load(&self, customer: &CustomerId) -> Result<Vec<(FacetKind, Item)>, StoreError> {
        let table = self.0.lock().unwrap();
        let facets = FacetKind::ALL.into_iter().filter_map(|kind| {
            let item = table.items.get(&ItemKey::Facet(customer.clone(), kind))?;
            Some((kind, item.clone()))
        });
        Ok(facets.collect())
    }

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        Ok(self.0.lock().unwrap().items.get(key).cloned())
    }

    async fn queue(&self, store: &str) -> Result<Vec<Item>, StoreError> {
        let table = self.0.lock().unwrap();
        let tasks = table.items.iter().filter(|(key, _)| matches!(key, ItemKey::Task(of, _) if of == store));
        Ok(tasks.map(|(_, item)| item.clone()).collect())
    }

    async fn commit(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        let keys: BTreeSet<_> = writes.iter().map(|write| &write.key).collect();
        if writes.len() > TRANSACTION || keys.len() < writes.len() {
            return Err(StoreError::Unavailable("ValidationException".to_owned()));
        }
        let mut table = self.0.lock().unwrap();
        let version = |key: &ItemKey| table.items.get(key).map_or(0, |item| item.version);
        let failed = writes.iter().find(|write| write.expected.is_some_and(|expected| expected != version(&write.key)));
        if let Some(write) = failed {
            let own = table.items.get(&write.key).is_some_and(|item| item.nonce == nonce);
            return if own { Ok(()) } else { Err(StoreError::Conflict) };
        }
        for write in writes {
            let item = Item { version: write.version(), nonce, bytes: write.bytes.clone() };
            table.items.insert(write.key.clone(), item);
            match write.due_at {
                Some(at) => table.due.insert(write.key.clone(), at),
                None => table.due.remove(&write.key),
            };
        }
        Ok(())
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<ItemKey>, StoreError> {
        let table = self.0.lock().unwrap();
        let mut due: Vec<_> = table.due.iter().filter(|(_, at)| **at <= until).collect();
        due.sort_by_key(|(_, at)| **at);
        Ok(due.into_iter().take(limit).map(|(key, _)| key.clone()).collect())
    }
}
