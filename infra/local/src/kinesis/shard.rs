//! One shard: a range of hash keys, and the records whose keys fall into it, in order.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use tact_mapping::{Record, SequenceNumber, ShardId};

use super::rate::{ReadRate, WriteRate};

/// Most bytes of keys and data that one reading gives, unless the first record alone is larger.
const PAGE_BYTES: usize = 10 * 1024 * 1024;

/// One shard of a stream.
#[derive(Clone, Debug)]
pub struct Shard {
    /// Its name.
    pub id: ShardId,
    /// The shards it came from: none for those a stream begins with, one after a split, two after a merge.
    pub parents: Vec<ShardId>,
    /// The hash keys of its records.
    pub hash_keys: RangeInclusive<u128>,
    /// Lower than the number of each of its records.
    pub starts: SequenceNumber,
    /// When it was opened, in milliseconds since 1970.
    pub opened_at_ms: u64,
    /// When and where it was closed; `None` while it takes records.
    pub closed: Option<Closed>,
    pub(super) records: VecDeque<Record>,
    pub(super) writes: WriteRate,
    pub(super) reads: ReadRate,
}

/// The end of a shard that was split or merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Higher than the number of each of its records.
    pub ends: SequenceNumber,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
}

/// A place in a shard to read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// The oldest record kept.
    TrimHorizon,
    /// The first record put after the reading.
    Latest,
    /// The first record that arrived at this time, in milliseconds since 1970, or later.
    AtTimestamp(u64),
    /// The record of this number, or the first after it.
    At(SequenceNumber),
    /// The first record after this number.
    After(SequenceNumber),
}

/// What one reading of a shard gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The records, oldest first; empty when there are none from the position on.
    pub records: Vec<Record>,
    /// Where to go on.
    pub next: Position,
    /// Whether the shard is closed and nothing comes after these records.
    pub ended: bool,
    /// How long ago the last of these records arrived when more are waiting, in milliseconds; 0 when none are.
    pub behind_ms: u64,
}

impl Shard {
    /// Whether it takes records.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// The same shard with none of its records.
    pub(super) fn without_records(&self) -> Self {
        let (id, parents, hash_keys) = (self.id.clone(), self.parents.clone(), self.hash_keys.clone());
        let (starts, closed, records) = (self.starts.clone(), self.closed.clone(), VecDeque::new());
        let (writes, reads) = (self.writes.clone(), self.reads.clone());
        Self { id, parents, hash_keys, starts, opened_at_ms: self.opened_at_ms, closed, records, writes, reads }
    }

    /// Whether it takes records of a hash key.
    pub(super) fn holds(&self, hash_key: u128) -> bool {
        self.is_open() && self.hash_keys.contains(&hash_key)
    }

    /// Up to `limit` records from a position on, of at most 10 MiB. `newest` is the highest number that the stream has given out.
    pub(super) fn read(&self, from: &Position, limit: usize, newest: &SequenceNumber, now_ms: u64) -> Page {
        let start = match from {
            Position::TrimHorizon => 0,
            Position::Latest => self.records.len(),
            Position::AtTimestamp(at_ms) => {
                let later = self.records.iter().position(|record| record.arrived_at_ms >= *at_ms);
                later.unwrap_or(self.records.len())
            }
            Position::At(number) => self.records.partition_point(|record| record.sequence_number < *number),
            Position::After(number) => self.records.partition_point(|record| record.sequence_number <= *number),
        };
        let mut bytes = 0;
        let fits = |record: &&Record| {
            let is_first = bytes == 0;
            bytes += size(record);
            is_first || bytes <= PAGE_BYTES
        };
        let records: Vec<_> = self.records.range(start..).take(limit).take_while(fits).cloned().collect();
        let is_all = start + records.len() == self.records.len();
        let next = match (records.last(), from) {
            (Some(last), _) => Position::After(last.sequence_number.clone()),
            (None, Position::Latest) => Position::After(newest.clone()),
            (None, from) => from.clone(),
        };
        let behind_ms = match records.last() {
            Some(last) if !is_all => now_ms.saturating_sub(last.arrived_at_ms),
            _ => 0,
        };
        Page { records, next, ended: is_all && !self.is_open(), behind_ms }
    }

    /// Forgets the records that arrived before a time.
    pub(super) fn expire(&mut self, horizon_ms: u64) {
        while self.records.front().is_some_and(|record| record.arrived_at_ms < horizon_ms) {
            self.records.pop_front();
        }
    }
}

/// What a record counts for, in bytes: its key and its data.
pub(super) fn size(record: &Record) -> usize {
    record.partition_key.len() + record.data.len()
}
