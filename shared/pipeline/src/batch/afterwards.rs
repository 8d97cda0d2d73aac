//! What a batch means for everybody else: guardrails count messages and what became known of them, and who got something plainly covers others. Done once for each
//! treatment of a batch, after all is committed and as well as can be: it holds nobody up, and what is lost is missing from both sides of a rate.

use std::collections::BTreeMap;

use serde_json::json;
use tact_decide::{Catalogue, Cover, Crowd, Guardrail, Hold, Met, Phase, Rendering, Turned, Watch};
use tact_domain::{Fingerprint, Key, Timestamp};

use super::Pipeline;
use crate::{Clock, DecisionLog, HeldBack, Holds, ItemKey, LogEntry, Store, StoreError, Tally, Write};

/// What committed turns mean for everybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Afterwards {
    /// What is new of messages, by action and treatment, in the order of their records.
    pub(crate) met: BTreeMap<(Key, Key), Vec<Met>>,
    /// Who got something plainly, and when.
    pub(crate) plain: BTreeMap<Rendering, Vec<(Fingerprint, Timestamp)>>,
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
    }
}

impl<S: Store, L: DecisionLog, C: Clock> Pipeline<S, L, C> {
    /// Counts what a batch means for everybody, and what came of that.
    pub(super) async fn afterwards(
        &self,
        after: Afterwards,
        (catalogue, holds): (&Catalogue, &Holds),
        now: Timestamp,
        tally: &mut Tally,
    ) {
        let rail = &catalogue.policy.guardrail;
        for ((action, treatment), met) in after.met.into_iter().filter(|_| !rail.guards.is_empty()) {
            match self.watched(rail, (&action, &treatment), &met, now).await {
                Ok(turned) => self.told((&action, &treatment), &turned, tally).await,
                Err(_) => tally.uncounted += met.len() as u64,
            }
        }
        let cover = catalogue.policy.cover;
        for (rendering, plain) in after.plain {
            // Nearly always it is a crowd already, and nothing is read or written.
            let known = holds.crowd(&rendering).cloned().unwrap_or_default();
            if joined(known, cover, &plain).is_some() && self.crowded(cover, rendering, &plain).await.is_err() {
                tally.uncounted += plain.len() as u64;
            }
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
            let watch: Option<Watch> = found.as_ref().map(|item| read(&item.bytes, "a watch")).transpose()?;
            let before = watch.unwrap_or_default();
            let mut watch = before.clone();
            let turned = watch.meet(rail, met, now);
            if watch == before {
                return Ok(turned);
            }
            let mut writes = vec![write(key.clone(), found.map_or(0, |item| item.version), &watch, None)];
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
        let held = found.as_ref().map(|item| read(&item.bytes, "what is held back")).transpose()?;
        let HeldBack(mut held) = held.unwrap_or_default();
        match phase {
            Phase::Running => held.remove(&way),
            Phase::Suspended(until) => held.insert(way, until),
            // It stays as it was: from that instant on it is on trial.
            Phase::Trial => None,
        };
        Ok(write(ItemKey::HeldBack, found.map_or(0, |item| item.version), &HeldBack(held), None))
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

    /// Lets those who got a rendering plainly join its crowd.
    async fn crowded(
        &self,
        cover: Cover,
        (action, treatment, words): Rendering,
        plain: &[(Fingerprint, Timestamp)],
    ) -> Result<(), StoreError> {
        let key = ItemKey::Crowd(action, treatment, words);
        let mut attempt = 1;
        loop {
            let found = self.store.get(&key).await?;
            let known = found.as_ref().map(|item| read(&item.bytes, "a crowd")).transpose()?;
            let Some(crowd) = joined(known.unwrap_or_default(), cover, plain) else { return Ok(()) };
            let forget_at = crowd.latest().map(|at| at.plus_s(cover.within_s));
            let writes = [write(key.clone(), found.map_or(0, |item| item.version), &crowd, forget_at)];
            match self.store.commit(&writes, self.process.nonce(&writes)).await {
                Err(StoreError::Conflict) if attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }
}

/// A crowd with others in it; `None` when it stays as it was.
fn joined(mut crowd: Crowd, cover: Cover, plain: &[(Fingerprint, Timestamp)]) -> Option<Crowd> {
    let joins = plain.iter().filter(|(face, at)| crowd.join(cover, *face, *at)).count();
    (joins > 0).then_some(crowd)
}

fn read<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|_| StoreError::Unreadable(what.to_owned()))
}

fn write(key: ItemKey, version: u64, value: &impl serde::Serialize, forget_at: Option<Timestamp>) -> Write {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    Write { key, expected: Some(version), bytes, forget_at, due_at: None }
}
