//! Counting: what became known of the messages of a batch goes into the shard this process keeps to, in one write; and what all shards counted together
//! is published when that is due. What cannot be counted is told by the tally
//! and lost.

use futures_util::{StreamExt, TryStreamExt, stream};
use tact_decide::{Adaptive, Counts, Expected, Models};
use tact_domain::Timestamp;
use tact_wire::{Shard, encode_learned, learned_hash, learned_line};

use super::{Current, Learning, Lesson, current, is_fresh, known};
use crate::batch::item_write;
use crate::{DecisionLog, ItemKey, LogEntry, Process, Store, StoreError, Write};

/// Into how many shards counts are divided: as many processes count without waiting for each other.
const SHARDS: u32 = 8;
/// How long a shard is kept after each write, in seconds.
const KEPT_S: i64 = 60;
/// How often a shard is written when others write it as well.
const ATTEMPTS: u32 = 8;

impl Learning {
    /// Counts what became known of messages; with one write, and a read of the other shards at most twice a minute.
    pub(crate) async fn count(
        &self,
        (store, process): (&impl Store, &Process),
        (adaptive, models): (&Adaptive, &Models),
        lessons: &[Lesson],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut attempt = 1;
        loop {
            let (place, mut shard, version) = self.kept(store, process, models, now).await?;
            let beside = self.beside(store, (place, models), now).await?;
            for Lesson { saying, expected, matured, from } in lessons {
                let expected = Expected { typed: expected.typed.by(models.types.as_ref()), ..*expected };
                shard.counts.enter(saying, expected, *matured, *from);
            }
            shard.counts.ripen(now.day(0), &beside, adaptive.halves_after);
            (shard.keeper, shard.until) = (process.number(), now.plus_s(KEPT_S));
            let key = ItemKey::Counts(place);
            let write = [Write { key, expected: Some(version), bytes: shard.pack(), forget_at: None, due_at: None }];
            match store.commit(&write, process.nonce(&write)).await {
                Err(StoreError::Conflict) if attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    /// The shard this process keeps to, by its place, with the version of its item: the one it kept to before, or the next that nobody else keeps; when all are
    /// kept, it shares one.
    async fn kept(
        &self,
        store: &impl Store,
        process: &Process,
        models: &Models,
        now: Timestamp,
    ) -> Result<(u32, Shard, u64), StoreError> {
        let own = u32::try_from(process.number() % u64::from(SHARDS)).unwrap_or(0);
        let first = known(&self.desk).shard.unwrap_or(own);
        let mut first_kept = None;
        for place in (first..SHARDS).chain(0..first) {
            let (shard, version) = read(store, place, models).await?;
            if shard.keeper == process.number() || shard.until <= now {
                self.keep_to(place);
                return Ok((place, shard, version));
            }
            first_kept.get_or_insert((place, shard, version));
        }
        let (place, shard, version) = first_kept.unwrap_or_default();
        self.keep_to(place);
        Ok((place, shard, version))
    }

    fn keep_to(&self, place: u32) {
        let mut desk = known(&self.desk);
        if desk.shard != Some(place) {
            (desk.shard, desk.beside) = (Some(place), None);
        }
    }

    /// What all shards but one counted.
    async fn beside(
        &self,
        store: &impl Store,
        (but, models): (u32, &Models),
        now: Timestamp,
    ) -> Result<Counts, StoreError> {
        if let Some((at, counts)) = &known(&self.desk).beside
            && is_fresh(*at, now)
        {
            return Ok(counts.clone());
        }
        let counts = together(store, models, (0..SHARDS).filter(|place| *place != but)).await?;
        known(&self.desk).beside = Some((now, counts.clone()));
        Ok(counts)
    }

    /// Publishes what all shards counted together, when that is due and says anything new; what cannot be logged is not published. Somebody else who does the same at the same time has done it.
    pub(crate) async fn publish(
        &self,
        (store, process, log): (&impl Store, &Process, &impl DecisionLog),
        (adaptive, models): (&Adaptive, &Models),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let is_due = |at: Timestamp| now >= at.plus_s(adaptive.every_s);
        if known(&self.desk).published_at.is_some_and(|at| !is_due(at)) {
            return Ok(());
        }
        let current = current(store).await?;
        if let Some((Current { at, .. }, _)) = current.as_ref().filter(|(current, _)| !is_due(current.at)) {
            known(&self.desk).published_at = Some(*at);
            return Ok(());
        }
        // Shards that nobody keeps any more count as well.
        let mut all = together(store, models, 0..SHARDS).await?;
        all.ripen(now.day(0), &Counts::default(), adaptive.halves_after);
        let bytes = encode_learned(&all);
        let hash = learned_hash(&bytes);
        let is_new = current.as_ref().map_or(all.counts(), |(current, _)| current.hash != hash);
        if is_new {
            let entry = LogEntry::Learned { hash: hash.clone(), line: learned_line(&bytes) };
            let logged = log.append(&[entry]).await;
            logged.map_err(|error| StoreError::Unavailable(error.to_string()))?;
            let version = current.map_or(0, |(_, version)| version);
            let key = ItemKey::Learned(hash.clone());
            let writes = [
                Write { key, expected: None, bytes, forget_at: None, due_at: None },
                item_write(ItemKey::LearnedNow, version, &Current { hash, at: now }, None),
            ];
            match store.commit(&writes, process.nonce(&writes)).await {
                Ok(()) | Err(StoreError::Conflict) => {}
                error => return error,
            }
        }
        known(&self.desk).published_at = Some(now);
        Ok(())
    }
}

/// What some shards counted together.
async fn together(
    store: &impl Store,
    models: &Models,
    places: impl Iterator<Item = u32>,
) -> Result<Counts, StoreError> {
    let read = stream::iter(places).map(|place| read(store, place, models)).buffered(SHARDS as usize);
    read.try_fold(Counts::default().by(models.types.as_ref()), async |mut counts, (shard, _)| {
        counts.merge(&shard.counts);
        Ok(counts)
    })
    .await
}

/// A shard counted by the types of these models, with the version of its item; an empty one that nobody keeps when there is none.
async fn read(store: &impl Store, place: u32, models: &Models) -> Result<(Shard, u64), StoreError> {
    let item = store.get(&ItemKey::Counts(place)).await?;
    let (shard, version) = match item {
        Some(item) => (Shard::unpack(&item.bytes), item.version),
        None => (Some(Shard::default()), 0),
    };
    let shard = shard.ok_or_else(|| StoreError::Unreadable("a shard of what is learnt".to_owned()))?;
    Ok((Shard { counts: shard.counts.by(models.types.as_ref()), ..shard }, version))
}
