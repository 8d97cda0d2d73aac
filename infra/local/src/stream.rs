//! A stream in memory: records in order, per shard, until they are trimmed. It has no clock: the time of arrival is
//! given by whoever puts a record.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

/// One stream: its shards share the space of MD5 hashes of partition keys evenly, as in Kinesis.
#[derive(Clone, Debug)]
pub struct Stream {
    shards: Vec<Shard>,
    records_put: u128,
}

impl Stream {
    /// An empty stream of that many shards.
    pub fn new(shards: NonZeroU32) -> Self {
        let width = u128::MAX / u128::from(shards.get());
        let start = |index: u32| u128::from(index) * width;
        let last = shards.get() - 1;
        let shards = (0..=last)
            .map(|index| Shard {
                id: ShardId(index),
                hash_keys: start(index)..=if index == last { u128::MAX } else { start(index + 1) - 1 },
                records: VecDeque::new(),
            })
            .collect();
        Self { shards, records_put: 0 }
    }

    /// Appends a record to the shard of its partition key and answers where it is.
    pub fn put(&mut self, partition_key: &str, data: &[u8], arrived_at_ms: u64) -> (ShardId, SequenceNumber) {
        let sequence_number = SequenceNumber::of(self.records_put);
        self.records_put += 1;
        let record = Record {
            sequence_number: sequence_number.clone(),
            partition_key: partition_key.into(),
            data: data.into(),
            arrived_at_ms,
        };
        let shard = self.shard_of(partition_key);
        let id = shard.map_or(ShardId(0), |shard| {
            shard.records.push_back(record);
            shard.id
        });
        (id, sequence_number)
    }

    /// The shards, in the order of their hash keys.
    pub fn shards(&self) -> impl Iterator<Item = ShardId> {
        self.shards.iter().map(|shard| shard.id)
    }

    /// Up to `limit` records of a shard that come after `after`, oldest first; from the oldest one kept when `after` is
    /// `None`. Empty when there are none, or no such shard.
    pub fn read(&self, shard: ShardId, after: Option<&SequenceNumber>, limit: usize) -> Vec<Record> {
        let Some(shard) = self.shards.iter().find(|known| known.id == shard) else {
            return Vec::new();
        };
        let start = after.map_or(0, |after| shard.records.partition_point(|record| record.sequence_number <= *after));
        shard.records.range(start..).take(limit).cloned().collect()
    }

    /// Forgets the records of a shard up to and including `through`.
    pub fn trim(&mut self, shard: ShardId, through: &SequenceNumber) {
        if let Some(shard) = self.shards.iter_mut().find(|known| known.id == shard) {
            let gone = shard.records.partition_point(|record| record.sequence_number <= *through);
            shard.records.drain(..gone);
        }
    }

    fn shard_of(&mut self, partition_key: &str) -> Option<&mut Shard> {
        let hash_key = u128::from_be_bytes(md5::compute(partition_key).0);
        self.shards.iter_mut().find(|shard| shard.hash_keys.contains(&hash_key))
    }
}

#[derive(Clone, Debug)]
struct Shard {
    id: ShardId,
    hash_keys: RangeInclusive<u128>,
    records: VecDeque<Record>,
}

/// One record of a stream. Cloning it shares its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the stream.
    pub sequence_number: SequenceNumber,
    /// Records with the same key keep their order.
    pub partition_key: Arc<str>,
    /// What the producer put, uninterpreted.
    pub data: Arc<[u8]>,
    /// When the stream took it, in milliseconds since 1970.
    pub arrived_at_ms: u64,
}

/// The number of a shard; written `shardId-000000000000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShardId(pub u32);

impl fmt::Display for ShardId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "shardId-{:012}", self.0)
    }
}

/// A place in a stream: decimal digits, compared as a number. Ours have 56, as those of Kinesis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SequenceNumber(Arc<str>);

impl SequenceNumber {
    /// The number of the record put after that many others.
    pub fn of(records_before: u128) -> Self {
        Self(format!("49{records_before:054}").into())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for SequenceNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for SequenceNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for SequenceNumber {
    type Err = SequenceNumberError;

    /// Reads digits without leading zeros, so that text and number are one to one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_number = !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { Ok(Self(text.into())) } else { Err(SequenceNumberError(text.to_owned())) }
    }
}

/// Not a sequence number.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a sequence number: digits without leading zeros are")]
pub struct SequenceNumberError(String);

#[cfg(test)]
mod tests {
    use super::*;

    fn stream_of(shards: u32) -> Stream {
        Stream::new(NonZeroU32::new(shards).unwrap())
    }

    fn text(record: &Record) -> &str {
        std::str::from_utf8(&record.data).unwrap()
    }

    #[test]
    fn sequence_numbers_have_56_digits_and_rise() {
        let mut stream = stream_of(3);
        let numbers: Vec<_> = (0..50).map(|n| stream.put(&format!("c{n}"), b"x", n).1).collect();
        assert!(numbers.iter().all(|number| number.as_str().len() == 56));
        assert!(numbers.windows(2).all(|pair| pair.first() < pair.last()));
    }

    #[test]
    fn sequence_numbers_compare_as_numbers_and_read_back() {
        let short: SequenceNumber = "99".parse().unwrap();
        let long: SequenceNumber = "100".parse().unwrap();
        assert!(short < long);
        let ours = SequenceNumber::of(7);
        assert_eq!(ours.to_string().parse::<SequenceNumber>().unwrap(), ours);
        for wrong in ["", "007", "12a", "-1", "４９"] {
            assert!(wrong.parse::<SequenceNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_key_stays_in_one_shard_in_order() {
        let mut stream = stream_of(4);
        let mut shards = Vec::new();
        for n in 0..20 {
            shards.push(stream.put("c-42", format!("{n}").as_bytes(), n).0);
        }
        let home = *shards.first().unwrap();
        assert!(shards.iter().all(|shard| *shard == home));
        let read: Vec<_> = stream.read(home, None, 100).iter().map(|record| text(record).to_owned()).collect();
        assert_eq!(read, (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
    }

    #[test]
    fn keys_spread_over_all_shards_and_none_is_lost() {
        let mut stream = stream_of(5);
        for n in 0..1_000 {
            stream.put(&format!("customer-{n}"), b"x", 0);
        }
        let sizes: Vec<_> = stream.shards().map(|shard| stream.read(shard, None, 2_000).len()).collect();
        assert_eq!(sizes.iter().sum::<usize>(), 1_000);
        assert!(sizes.iter().all(|size| *size > 100), "{sizes:?}");
    }

    #[test]
    fn reading_goes_on_after_a_number_and_stops_at_the_limit() {
        let mut stream = stream_of(1);
        let numbers: Vec<_> = (0..10_u64).map(|n| stream.put("c", n.to_string().as_bytes(), n).1).collect();
        let read = stream.read(ShardId(0), numbers.get(3), 2);
        assert_eq!(read.iter().map(text).collect::<Vec<_>>(), ["4", "5"]);
        assert!(stream.read(ShardId(0), numbers.last(), 10).is_empty());
        assert!(stream.read(ShardId(9), None, 10).is_empty());
    }

    #[test]
    fn trimmed_records_are_gone_and_the_rest_is_read_from_the_start() {
        let mut stream = stream_of(1);
        let numbers: Vec<_> = (0..5_u64).map(|n| stream.put("c", n.to_string().as_bytes(), n).1).collect();
        stream.trim(ShardId(0), numbers.get(2).unwrap());
        assert_eq!(stream.read(ShardId(0), None, 10).iter().map(text).collect::<Vec<_>>(), ["3", "4"]);
        assert_eq!(stream.read(ShardId(0), numbers.first(), 10).len(), 2);
    }

    #[test]
    fn shard_ids_are_written_as_kinesis_writes_them() {
        assert_eq!(ShardId(7).to_string(), "shardId-000000000007");
    }
}
