//! What a batch means for everybody else: guardrails count messages and what became of them, which is learnt from as well, and for whom a task was done
//! plainly covers others. Done once for each treatment of a batch, after all is committed and as well as can be: it takes no longer than the batch may, and
//! what is lost is missing from both sides of a rate.

use std::collections::BTreeMap;

use serde_json::json;
use tact_decide::{Catalogue, Guardrail, Hold, Met, Phase, Turned, Watch};
use tact_domain::{Key, Timestamp};

use super::Pipeline;
use crate::crowd::{Plain, join};
use crate::learning::Lesson;
use crate::{Clock, DecisionLog, HeldBack, ItemKey, LogEntry, Store, StoreError, Tally, Write};

/// What committed turns mean for everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Afterwards {
    /// What is new of messages, by action and treatment, in the order of their records.
    pub(crate) met: BTreeMap<(Key, Key), Vec<Met>>,
    /// For whom somebody did something plainly, and when.
    pub(crate) plain: Plain,
    /// What became known of messages that is learnt from, in the order of their records.
    pub(crate) learnt: Vec<Lesson>,
}

/// How often an item is written when others write it as well.
const ATTEMPTS: u32 = 8;

impl Afterwards {
    /// Adds what another turn means.
    pub(crate) fn add(&mut self, other: &mut Self) {
        for (way, met) in std::mem::take(&mut other.met) {
            self.met.entry(way).or_default().extend(met);
        }
        for (rendering, plain) in std::mem::take(&mut other.plain) {
            self.plain.entry(rendering).or_default().extend(plain);
        }
        self.learnt.append(&mut other.learnt);
    }
}

impl<S: Store, L: DecisionLog, C: Clock> Pipeline<S, L, C> {
    /// Counts what a batch means for everybody, and what came of that. Nothing more is begun from `stop_at` on; what is left is not counted.
    pub(super) async fn afterwards(
        &self,
        after: Afterwards,
        catalogue: &Catalogue,
        (arrived, stop_at): (Timestamp, Option<Timestamp>),
        tally: &mut Tally,
    ) {
        let is_late = || stop_at.is_some_and(|stop_at| self.clock.now(arrived) >= stop_at);
        for ((action, treatment), met) in after.met {
            let (way, now) = ((&action, &treatment), self.clock.now(arrived));
            if !is_late()
                && let Ok(turned) = self.watched(&catalogue.policy.guardrail, way, &met, now).await
            {
                self.told(way, &turned, tally).await;
            } else {
                tally.uncounted += met.len() as u64;
            }
        }
        for (rendering, plain) in after.plain {
            let own = (&self.store, &self.process);
            if is_late() || join(own, catalogue.policy.cover, rendering, &plain).await.is_err() {
                tally.uncounted += plain.len() as u64;
            }
        }
        if let Some(adaptive) = catalogue.policy.adaptive.as_ref().filter(|_| !after.learnt.is_empty()) {
            let (own, now) = ((&self.store, &self.process), self.clock.now(arrived));
            let kept = (adaptive, &self.models);
            if is_late() || self.learning.count(own, kept, &after.learnt, now).await.is_err() {
                tally.uncounted += after.learnt.len() as u64;
            }
            // What could not be published is published with the next batch.
            let published = if is_late() {
                Ok(())
            } else {
                self.learning.publish((&self.store, &self.process, &self.log), kept, now).await
            };
            tally.unpublished += u64::from(published.is_err());
        }
    }

    /// Counts what is new of the messages of a treatment, and answers how its phase changed.
    async fn watched(
        &self,
        rail: &Guardrail,
        (action, treatment): (&Key, &Key),
        met: &[Met],
        now: Timestamp,
    ) -> Result<Vec<Turned>, StoreError> {
        let key = ItemKey::Watch(action.clone(), treatment.clone());
        let mut attempt = 1;
        loop {
            let found = self.store.get(&key).await?;
            let watch: Option<Watch> = found.as_ref().map(|item| item_json(&item.bytes, "a watch")).transpose()?;
            let before = watch.unwrap_or_default();
            let mut watch = before.clone();
            let turned = watch.meet(rail, met, now);
            if watch == before {
                return Ok(turned);
            }
            let mut writes = vec![item_write(key.clone(), found.map_or(0, |item| item.version), &watch, None)];
            if !turned.is_empty() {
                writes.push(self.held_back(Key::new(format!("{action}/{treatment}")), watch.phase).await?);
            }
            match self.store.commit(&writes, self.process.nonce(&writes)).await {
                Err(StoreError::Conflict) if attempt < ATTEMPTS => attempt += 1,
                done => return done.map(|()| turned),
            }
        }
    }

    /// The list of what is held back, with a treatment as its phase says.
    async fn held_back(&self, way: Key, phase: Phase) -> Result<Write, StoreError> {
        let found = self.store.get(&ItemKey::HeldBack).await?;
        let held = found.as_ref().map(|item| item_json(&item.bytes, "what is held back")).transpose()?;
        let HeldBack(mut held) = held.unwrap_or_default();
        match phase {
            Phase::Running => held.remove(&way),
            Phase::Suspended(until) => held.insert(way, until),
            // It stays as it was: from that instant on it is on trial.
            Phase::Trial => None,
        };
        Ok(item_write(ItemKey::HeldBack, found.map_or(0, |item| item.version), &HeldBack(held), None))
    }

    /// Logs how the phase of a treatment changed. The item keeps it as well, so that a log that does not answer loses nothing.
    async fn told(&self, (action, treatment): (&Key, &Key), turned: &[Turned], tally: &mut Tally) {
        let name = Hold::Suspended.of(action, treatment);
        let entries = turned.iter().map(|turned| {
            *tally.turned.entry(turned.to.name()).or_insert(0) += 1;
            let line = json!({ "guard": name, "turned": turned }).to_string();
            LogEntry::Guard { name: name.clone(), line }
        });
        let entries: Vec<_> = entries.collect();
        if !entries.is_empty() && self.log.append(&entries).await.is_err() {
            tally.uncounted += entries.len() as u64;
        }
    }
}

/// Reads the JSON of an item.
pub(crate) fn item_json<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|_| StoreError::Unreadable(what.to_owned()))
}

/// The write of an item that holds JSON.
pub(crate) fn item_write(
    key: ItemKey,
    version: u64,
    value: &impl serde::Serialize,
    forget_at: Option<Timestamp>,
) -> Write {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    Write { key, expected: Some(version), bytes, forget_at, due_at: None }
}
