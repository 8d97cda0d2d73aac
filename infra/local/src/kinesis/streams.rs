//! The streams by their names, shared by the server and whoever puts, reads and reshards them in this process.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tact_mapping::{Record, SequenceNumber, ShardId};
use tokio::sync::watch;

use super::shard::{Page, Position, Shard};
use super::stream::{Entry, Limits, PutError, ReadError, ReshardError, Stream};

/// How long a record is kept unless its stream is told otherwise, in milliseconds.
const RETENTION_MS: u64 = 24 * 3_600_000;

/// All streams. Its clones share them.
#[derive(Clone)]
pub struct Streams {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Box<dyn Fn() -> u64 + Send + Sync>,
    hosted: Mutex<BTreeMap<String, Hosted>>,
    arrived: watch::Sender<u64>,
}

/// A stream with all that is kept about it.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) stream: Stream,
    /// Tells a stream from an earlier one of the same name.
    pub(super) created: u64,
    pub(super) created_at_ms: u64,
    pub(super) capacity: Capacity,
    pub(super) retention_ms: u64,
    arrived: watch::Sender<u64>,
    refusals: VecDeque<Vec<usize>>,
    calls: Option<Vec<Call>>,
}

/// Who looks after the number of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capacity {
    /// Whoever made the stream.
    Provisioned,
    /// The stream itself.
    OnDemand,
}

/// One call that put records, answered entry by entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it brought, in order.
    pub entries: Vec<Entry>,
    /// The places of the entries that were refused.
    pub refused: Vec<usize>,
}

/// What became of one entry.
pub type Put = Result<(ShardId, SequenceNumber), PutError>;

impl Streams {
    /// No streams, on a clock that tells milliseconds since 1970.
    pub fn new(clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        let shared = Shared { clock: Box::new(clock), hosted: Mutex::default(), arrived: watch::channel(0).0 };
        Self { shared: Arc::new(shared) }
    }

    /// Makes an empty stream of that many shards. Answers whether there was none of this name.
    pub fn create(&self, name: &str, shards: NonZeroU32, limits: Limits) -> bool {
        self.host(name, Stream::new(shards, limits, self.now_ms()), Capacity::Provisioned)
    }

    /// Forgets a stream with its records. Answers whether there was one.
    pub fn delete(&self, name: &str) -> bool {
        self.hosted().remove(name).is_some()
    }

    /// The names of all streams, sorted.
    pub fn names(&self) -> Vec<String> {
        self.hosted().keys().cloned().collect()
    }

    /// Puts a record that arrives at a time, in milliseconds since 1970.
    ///
    /// # Errors
    /// When there is no such stream, or the shard of the key has taken what it takes in a second.
    pub fn put(&self, name: &str, partition_key: &str, data: &[u8], at_ms: u64) -> Put {
        let entry = Entry::new(partition_key, data);
        self.with(name, |hosted, _| hosted.put_one(entry, at_ms)).unwrap_or(Err(PutError::NoStream))
    }

    /// The shards of a stream in the order in which they were opened, closed ones included, without their records; none when there is
    /// no such stream.
    pub fn shards(&self, name: &str) -> Vec<Shard> {
        self.with(name, |hosted, _| hosted.stream.shards().iter().map(Shard::without_records).collect())
            .unwrap_or_default()
    }

    /// Up to `limit` records of a shard, oldest first, and at most 10 MiB. It does not count against what a shard gives in a second.
    ///
    /// # Errors
    /// When there is no such stream or shard.
    pub fn read(&self, name: &str, shard: &ShardId, from: &Position, limit: usize) -> Result<Page, ReadError> {
        let read = |hosted: &mut Hosted, now_ms| hosted.stream.read(shard, from, limit, now_ms);
        self.with(name, read).unwrap_or(Err(ReadError::NoStream))
    }

    /// Closes a shard and opens two in its place, as [`Stream::split`].
    ///
    /// # Errors
    /// When there is no such stream or shard, or it cannot be split there.
    pub fn split(&self, name: &str, shard: &ShardId, at: u128) -> Result<[ShardId; 2], ReshardError> {
        let split = |hosted: &mut Hosted, now_ms| hosted.changed(|stream| stream.split(shard, at, now_ms));
        self.with(name, split).unwrap_or(Err(ReshardError::NoStream))
    }

    /// Closes two shards and opens one in their place, as [`Stream::merge`].
    ///
    /// # Errors
    /// When there is no such stream or shard, or they do not touch.
    pub fn merge(&self, name: &str, shard: &ShardId, adjacent: &ShardId) -> Result<ShardId, ReshardError> {
        let merge = |hosted: &mut Hosted, now_ms| hosted.changed(|stream| stream.merge(shard, adjacent, now_ms));
        self.with(name, merge).unwrap_or(Err(ReshardError::NoStream))
    }

    /// Forgets the records of a shard up to and including `through`.
    pub fn trim(&self, name: &str, shard: &ShardId, through: &SequenceNumber) {
        let _no_stream = self.with(name, |hosted, _| hosted.stream.trim(shard, through));
    }

    /// Sees a change whenever records were put on any stream, or the shards of one changed, since it was last asked.
    pub fn arrived(&self) -> watch::Receiver<u64> {
        self.shared.arrived.subscribe()
    }

    /// As [`Streams::arrived`], of one stream; `None` when there is no such stream. It ends with the stream.
    pub fn arrived_on(&self, name: &str) -> Option<watch::Receiver<u64>> {
        self.hosted().get(name).map(|hosted| hosted.arrived.subscribe())
    }

    /// Has a call to come that puts records refuse the entries at these places, as a shard does that has taken enough. Said again, it is
    /// the turn of the call after that.
    pub fn refuse(&self, name: &str, places: &[usize]) {
        let _no_stream = self.with(name, |hosted, _| hosted.refusals.push_back(places.to_vec()));
    }

    /// Remembers the calls that put records on a stream from now on.
    pub fn keep_calls(&self, name: &str) {
        let _no_stream = self.with(name, |hosted, _| {
            hosted.calls.get_or_insert_default();
        });
    }

    /// The calls that put records since they are remembered, in order.
    pub fn calls(&self, name: &str) -> Vec<Call> {
        self.with(name, |hosted, _| hosted.calls.clone()).flatten().unwrap_or_default()
    }

    /// Every record that a stream keeps, over all shards, in the order in which they were put.
    pub fn records(&self, name: &str) -> Vec<Record> {
        let all = |hosted: &mut Hosted, _| -> Vec<Record> {
            hosted.stream.shards().iter().flat_map(|shard| shard.records.iter().cloned()).collect()
        };
        let mut records = self.with(name, all).unwrap_or_default();
        records.sort_by(|one, other| one.sequence_number.cmp(&other.sequence_number));
        records
    }

    pub(super) fn now_ms(&self) -> u64 {
        (self.shared.clock)()
    }

    /// Takes a stream in under a name. Answers whether the name was free.
    pub(super) fn host(&self, name: &str, stream: Stream, capacity: Capacity) -> bool {
        let now_ms = self.now_ms();
        let mut all = self.hosted();
        if all.contains_key(name) {
            return false;
        }
        let hosted = Hosted {
            stream,
            created: self.tell(),
            created_at_ms: now_ms,
            capacity,
            retention_ms: RETENTION_MS,
            arrived: watch::channel(0).0,
            refusals: VecDeque::new(),
            calls: None,
        };
        all.insert(name.to_owned(), hosted);
        true
    }

    /// Does something with a stream as it is now, what is too old forgotten; `None` when there is no such stream.
    pub(super) fn with<T>(&self, name: &str, act: impl FnOnce(&mut Hosted, u64) -> T) -> Option<T> {
        let now_ms = self.now_ms();
        let mut all = self.hosted();
        let hosted = all.get_mut(name)?;
        hosted.stream.expire(now_ms.saturating_sub(hosted.retention_ms));
        let before = *hosted.arrived.borrow();
        let done = act(hosted, now_ms);
        let has_changed = *hosted.arrived.borrow() != before;
        drop(all);
        if has_changed {
            self.tell();
        }
        Some(done)
    }

    /// How many shards are open, over all streams.
    pub(super) fn open_shards(&self) -> usize {
        let all = self.hosted();
        all.values().map(Hosted::open_shards).sum()
    }

    /// Counts one more change, and answers how many there were.
    fn tell(&self) -> u64 {
        self.shared.arrived.send_modify(|changes| *changes += 1);
        *self.shared.arrived.borrow()
    }

    fn hosted(&self) -> MutexGuard<'_, BTreeMap<String, Hosted>> {
        self.shared.hosted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hosted {
    /// Puts the entries of one call, each on its own.
    pub(super) fn put(&mut self, entries: Vec<Entry>, at_ms: u64) -> Vec<Put> {
        let refusals = self.refusals.pop_front().unwrap_or_default();
        let mut put = |(place, entry): (usize, &Entry)| {
            if refusals.contains(&place) {
                return Err(PutError::ThroughputExceeded(self.stream.home(entry)?));
            }
            self.stream.put(entry, at_ms)
        };
        let done: Vec<_> = entries.iter().enumerate().map(&mut put).collect();
        if let Some(calls) = &mut self.calls {
            let refused = done.iter().enumerate().filter(|(_, put)| put.is_err()).map(|(place, _)| place).collect();
            calls.push(Call { entries, refused });
        }
        self.arrived.send_modify(|changes| *changes += 1);
        done
    }

    /// Puts one entry as a call of its own.
    pub(super) fn put_one(&mut self, entry: Entry, at_ms: u64) -> Put {
        self.put(vec![entry], at_ms).pop().unwrap_or(Err(PutError::NoShard))
    }

    /// Changes the shards.
    pub(super) fn changed<T>(&mut self, change: impl FnOnce(&mut Stream) -> T) -> T {
        let changed = change(&mut self.stream);
        self.arrived.send_modify(|changes| *changes += 1);
        changed
    }

    pub(super) fn open_shards(&self) -> usize {
        self.stream.shards().iter().filter(|shard| shard.is_open()).count()
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Streams").field("names", &self.names()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
