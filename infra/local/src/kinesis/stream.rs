//! One stream, as Kinesis keeps it: shards that share the space of hash keys, are split and merged, and keep records in order. It has no
//! clock: the time is given.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::sync::Arc;

use tact_mapping::{Record, SequenceNumber, ShardId};

use super::rate::{ReadRate, WriteRate};
use super::shard::{Closed, Page, Position, Shard, size};

/// The largest record that a stream takes unless it was made for larger ones, in bytes of key and data.
pub const RECORD_BYTES: usize = 1024 * 1024;

/// Whether the shards of a stream take and give as much as those of Kinesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// 1,000 records and 1 MiB written a second and shard, five readings and 2 MiB read; records are forgotten after the retention period.
    AsKinesis,
    /// Whatever comes, kept until it is trimmed.
    None,
}

/// One stream.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The shards in the order in which they were opened.
    shards: Vec<Shard>,
    limits: Limits,
    largest_record: usize,
    opened: u32,
    numbered: u128,
}

/// A record to be put. Making it computes where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Records with the same key keep their order.
    pub partition_key: Arc<str>,
    /// What is put, uninterpreted.
    pub data: Arc<[u8]>,
    /// Decides the shard.
    pub hash_key: u128,
}

impl Entry {
    /// A record whose shard its partition key decides.
    pub fn new(partition_key: &str, data: &[u8]) -> Self {
        Self { partition_key: partition_key.into(), data: data.into(), hash_key: hash_key(partition_key) }
    }

    /// What it counts for, in bytes: its key and its data.
    pub fn size(&self) -> usize {
        self.partition_key.len() + self.data.len()
    }
}

/// The hash key of a partition key: its MD5, as a number.
pub fn hash_key(partition_key: &str) -> u128 {
    u128::from_be_bytes(md5::compute(partition_key).0)
}

/// Why a record was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// There is no stream of this name.
    #[error("there is no stream of this name")]
    NoStream,
    /// The shard has taken what it takes in a second.
    #[error("rate exceeded for shard {0}")]
    ThroughputExceeded(ShardId),
    /// No shard is open for the record's hash key, which cannot be.
    #[error("no shard is open for this record")]
    NoShard,
}

/// Why a shard was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no stream of this name.
    #[error("there is no stream of this name")]
    NoStream,
    /// There is no such shard.
    #[error("could not find shard {0}")]
    NoShard(ShardId),
    /// The shard has given what it gives in a second.
    #[error("rate exceeded for shard {0}")]
    ThroughputExceeded(ShardId),
}

/// Why shards were not split or merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReshardError {
    /// There is no stream of this name.
    #[error("there is no stream of this name")]
    NoStream,
    /// There is no such shard.
    #[error("could not find shard {0}")]
    NoShard(ShardId),
    /// The shard takes no records any more.
    #[error("shard {0} has already been merged or split")]
    Closed(ShardId),
    /// The shard would not be split in two.
    #[error(
        "the new starting hash key {at} is not greater than one plus the shard's first, {first}, and less than its last, {last}"
    )]
    NotWithin {
        /// The key asked for.
        at: u128,
        /// The first of the shard.
        first: u128,
        /// The last of the shard.
        last: u128,
    },
    /// The ranges of the shards do not touch.
    #[error("shards {0} and {1} are not an adjacent pair")]
    NotAdjacent(ShardId, ShardId),
}

impl Stream {
    /// An empty stream of that many shards with equal ranges, for records of at most 1 MiB.
    pub fn new(shards: NonZeroU32, limits: Limits, at_ms: u64) -> Self {
        Self::for_records_of(RECORD_BYTES, shards, limits, at_ms)
    }

    /// An empty stream for records of at most that many bytes.
    pub fn for_records_of(largest_record: usize, shards: NonZeroU32, limits: Limits, at_ms: u64) -> Self {
        let mut stream =
            Self { shards: Vec::new(), limits, largest_record, opened: 0, numbered: u128::from(at_ms) << 40 };
        let width = u128::MAX / u128::from(shards.get());
        let first = |index: u32| u128::from(index) * width;
        for index in 0..shards.get() {
            let is_last = index + 1 == shards.get();
            let last = if is_last { u128::MAX } else { first(index + 1) - 1 };
            stream.open(first(index)..=last, Vec::new(), at_ms);
        }
        stream
    }

    /// The shards in the order in which they were opened, closed ones included.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// A shard by its name; `None` when there is none, or it is forgotten.
    pub fn shard(&self, id: &ShardId) -> Option<&Shard> {
        self.shards.iter().find(|shard| shard.id == *id)
    }

    /// The largest record it takes, in bytes of key and data.
    pub fn largest_record(&self) -> usize {
        self.largest_record
    }

    /// The highest number given out so far.
    pub fn newest(&self) -> SequenceNumber {
        SequenceNumber::of(self.numbered.saturating_sub(1))
    }

    /// Appends a record to its shard and answers where it is. Numbers rise over the whole stream.
    ///
    /// # Errors
    /// When the shard has taken what it takes in a second.
    pub fn put(&mut self, entry: &Entry, at_ms: u64) -> Result<(ShardId, SequenceNumber), PutError> {
        let shard = self.shards.iter_mut().find(|shard| shard.holds(entry.hash_key)).ok_or(PutError::NoShard)?;
        if self.limits == Limits::AsKinesis && !shard.writes.takes(entry.size(), at_ms) {
            return Err(PutError::ThroughputExceeded(shard.id.clone()));
        }
        let sequence_number = SequenceNumber::of(self.numbered);
        self.numbered += 1;
        shard.records.push_back(Record {
            sequence_number: sequence_number.clone(),
            partition_key: Arc::clone(&entry.partition_key),
            data: Arc::clone(&entry.data),
            arrived_at_ms: at_ms,
        });
        Ok((shard.id.clone(), sequence_number))
    }

    /// The shard that a record would go to.
    ///
    /// # Errors
    /// Never, as the open shards share all hash keys.
    pub fn home(&self, entry: &Entry) -> Result<ShardId, PutError> {
        let home = self.shards.iter().find(|shard| shard.holds(entry.hash_key)).ok_or(PutError::NoShard)?;
        Ok(home.id.clone())
    }

    /// Up to `limit` records of a shard, oldest first, and at most 10 MiB.
    ///
    /// # Errors
    /// When there is no such shard.
    pub fn read(&self, shard: &ShardId, from: &Position, limit: usize, now_ms: u64) -> Result<Page, ReadError> {
        let found = self.shard(shard).ok_or_else(|| ReadError::NoShard(shard.clone()))?;
        Ok(found.read(from, limit, &self.newest(), now_ms))
    }

    /// As [`Stream::read`], counted: how often and how much a shard is read is limited.
    ///
    /// # Errors
    /// When there is no such shard, or it has given what it gives in a second.
    pub fn read_counted(
        &mut self,
        shard: &ShardId,
        from: &Position,
        limit: usize,
        now_ms: u64,
    ) -> Result<Page, ReadError> {
        let (newest, limits) = (self.newest(), self.limits);
        let found = self.shards.iter_mut().find(|known| known.id == *shard);
        let found = found.ok_or_else(|| ReadError::NoShard(shard.clone()))?;
        if limits == Limits::AsKinesis && !found.reads.allows(now_ms) {
            return Err(ReadError::ThroughputExceeded(shard.clone()));
        }
        let page = found.read(from, limit, &newest, now_ms);
        found.reads.gave(page.records.iter().map(size).sum());
        Ok(page)
    }

    /// Closes a shard and opens two in its place: one up to the hash key before `at`, one from `at` on. Answers their names.
    ///
    /// # Errors
    /// When the shard is not there, not open, or not cut in two by that hash key.
    pub fn split(&mut self, shard: &ShardId, at: u128, at_ms: u64) -> Result<[ShardId; 2], ReshardError> {
        let hash_keys = self.open_range(shard)?;
        let (first, last) = (*hash_keys.start(), *hash_keys.end());
        if at <= first.saturating_add(1) || at >= last {
            return Err(ReshardError::NotWithin { at, first, last });
        }
        self.close(shard, at_ms);
        let lower = self.open(first..=at - 1, vec![shard.clone()], at_ms);
        let upper = self.open(at..=last, vec![shard.clone()], at_ms);
        Ok([lower, upper])
    }

    /// Closes two shards whose ranges touch and opens one in their place. Answers its name.
    ///
    /// # Errors
    /// When one of them is not there or not open, or they do not touch.
    pub fn merge(&mut self, shard: &ShardId, adjacent: &ShardId, at_ms: u64) -> Result<ShardId, ReshardError> {
        let (one, other) = (self.open_range(shard)?, self.open_range(adjacent)?);
        let touch = |lower: &RangeInclusive<u128>, upper: &RangeInclusive<u128>| {
            lower.end().checked_add(1) == Some(*upper.start())
        };
        if !touch(&one, &other) && !touch(&other, &one) {
            return Err(ReshardError::NotAdjacent(shard.clone(), adjacent.clone()));
        }
        self.close(shard, at_ms);
        self.close(adjacent, at_ms);
        let (first, last) = (*one.start().min(other.start()), *one.end().max(other.end()));
        Ok(self.open(first..=last, vec![shard.clone(), adjacent.clone()], at_ms))
    }

    /// Forgets the records of a shard up to and including `through`.
    pub fn trim(&mut self, shard: &ShardId, through: &SequenceNumber) {
        if let Some(shard) = self.shards.iter_mut().find(|known| known.id == *shard) {
            let gone = shard.records.partition_point(|record| record.sequence_number <= *through);
            shard.records.drain(..gone);
        }
    }

    /// Forgets the records that arrived before a time, and the shards that were closed before it. Nothing when there are no limits.
    pub fn expire(&mut self, horizon_ms: u64) {
        if self.limits == Limits::None {
            return;
        }
        for shard in &mut self.shards {
            shard.expire(horizon_ms);
        }
        let is_gone = |shard: &Shard| shard.closed.as_ref().is_some_and(|closed| closed.at_ms < horizon_ms);
        self.shards.retain(|shard| !(is_gone(shard) && shard.records.is_empty()));
    }

    fn open_range(&self, id: &ShardId) -> Result<RangeInclusive<u128>, ReshardError> {
        let shard = self.shard(id).ok_or_else(|| ReshardError::NoShard(id.clone()))?;
        if shard.is_open() { Ok(shard.hash_keys.clone()) } else { Err(ReshardError::Closed(id.clone())) }
    }

    fn open(&mut self, hash_keys: RangeInclusive<u128>, parents: Vec<ShardId>, at_ms: u64) -> ShardId {
        let id = ShardId::numbered(self.opened);
        self.opened += 1;
        let starts = self.number();
        self.shards.push(Shard {
            id: id.clone(),
            parents,
            hash_keys,
            starts,
            opened_at_ms: at_ms,
            closed: None,
            records: VecDeque::new(),
            writes: WriteRate::new(self.largest_record),
            reads: ReadRate::new(),
        });
        id
    }

    fn close(&mut self, id: &ShardId, at_ms: u64) {
        let ends = self.number();
        if let Some(shard) = self.shards.iter_mut().find(|shard| shard.id == *id) {
            shard.closed = Some(Closed { ends, at_ms });
        }
    }

    fn number(&mut self) -> SequenceNumber {
        self.numbered += 1;
        SequenceNumber::of(self.numbered - 1)
    }
}

#[cfg(test)]
mod tests;
