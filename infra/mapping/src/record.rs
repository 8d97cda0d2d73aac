//! What a stream is made of: records in order, in shards.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

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

/// The name of a shard, as its stream gives it. Cloning it shares its letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ShardId(Arc<str>);

impl ShardId {
    /// The name that Kinesis gives the shard of a number: `shardId-000000000007`.
    pub fn numbered(number: u32) -> Self {
        Self(format!("shardId-{number:012}").into())
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ShardId {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<ShardId> for String {
    fn from(shard: ShardId) -> Self {
        shard.as_str().to_owned()
    }
}

impl From<&str> for ShardId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for ShardId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A place in a stream: decimal digits, compared as a number. Ours have 56, as those of Kinesis.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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

impl TryFrom<String> for SequenceNumber {
    type Error = SequenceNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SequenceNumber> for String {
    fn from(number: SequenceNumber) -> Self {
        number.as_str().to_owned()
    }
}

/// Not a sequence number.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a sequence number: digits without leading zeros are")]
pub struct SequenceNumberError(String);
