//! A failure record: the object that Lambda writes into a bucket when a mapping gives a batch up. It says which function and stream it was, why, and holds
//! the whole invocation as text, in `payload`. Queues and topics get the same without the payload.

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tact_domain::Timestamp;

/// The longest partition key Kinesis takes, in characters.
const KEY_CHARS: usize = 256;

/// What a mapping left of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRecord {
    /// Why the mapping gave up, such as `RetryAttemptsExhausted`.
    pub condition: String,
    /// The function that did not do it.
    pub function: Named,
    /// The batch.
    pub batch: Batch,
}

/// A batch that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Of a stream that records can be put onto.
    Stream {
        /// The stream.
        stream: Named,
        /// What it held; never empty.
        records: Vec<StreamRecord>,
    },
    /// Of the stream of a table, onto which nobody can put anything.
    Table(TableBatch),
}

/// A stream or function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Named {
    /// Its name; that of a function with its alias, after a colon.
    pub name: String,
    /// Where it is.
    pub region: String,
}

/// One record of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRecord {
    /// The partition key: what has the same one stays in order.
    pub key: String,
    /// The data, as base64.
    pub data: String,
    /// How many bytes data and key have.
    pub bytes: usize,
    /// Where it stood in its shard.
    pub sequence: Sequence,
    /// When it arrived at first.
    pub arrived: Timestamp,
}

/// An invocation by the stream of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableBatch {
    /// The event, as JSON.
    pub event: String,
    /// The sequence numbers of its records; never empty.
    pub sequences: Vec<Sequence>,
    /// When the oldest and the newest record arrived.
    pub arrived: (Timestamp, Timestamp),
}

/// A sequence number: digits, compared as numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence(String);

/// Why an object cannot be put back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRedriven {
    /// The object is none that a mapping leaves.
    #[error("it is no failure record of a mapping from a stream: {0}")]
    NotFailure(&'static str),
    /// It says where the records are, and does not hold them.
    #[error(
        "it holds no records, only where they are, as queues and topics are told: {size} of `{stream}`, shard `{shard}`, from {first} to {last}; read them from \
         there while the stream keeps them (`aws kinesis get-shard-iterator --shard-iterator-type AT_SEQUENCE_NUMBER`, `get-records`), and have the failures of \
         the mapping go to a bucket"
    )]
    Pointers {
        /// The ARN of the stream.
        stream: String,
        /// The shard.
        shard: String,
        /// The first sequence number,
        first: String,
        /// and the last.
        last: String,
        /// How many there are.
        size: usize,
    },
    /// The payload is no invocation by a stream.
    #[error("its `payload` is no invocation by this stream: {0}")]
    Payload(&'static str),
    /// Some of the batch is missing.
    #[error("its `payload` holds {held} of the {said} records of the batch: it was cut, fetch it again")]
    Cut {
        /// How many there were.
        said: usize,
        /// How many there are.
        held: usize,
    },
    /// One record makes no sense.
    #[error("record {place} of its `payload`: {why}")]
    Record {
        /// Which, from 1 on.
        place: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl FailureRecord {
    /// Reads an object.
    ///
    /// # Errors
    /// When it is no failure record of a mapping from a stream, or does not hold all records of its batch.
    pub fn of(object: Value) -> Result<Self, NotRedriven> {
        let about = about(&object);
        let written: Written = serde_json::from_value(object).map_err(|_| NotRedriven::NotFailure(about))?;
        let function = named(&written.request.function_arn, "lambda", "function:")
            .ok_or(NotRedriven::NotFailure("its `functionArn` names no function"))?;
        let condition = Some(written.request.condition).filter(|text| is_name(text));
        let condition = condition.ok_or(NotRedriven::NotFailure("its `condition` is no word"))?;
        let (of, is_table) = match (written.stream, written.table) {
            (Some(of), None) => (of, false),
            (None, Some(of)) => (of, true),
            _ => return Err(NotRedriven::NotFailure(about)),
        };
        let Some(payload) = written.payload else { return Err(of.pointers()) };
        let event = match payload {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let batch = if is_table { table_batch(event, &of)? } else { stream_batch(&event, &of)? };
        Ok(Self { condition, function, batch })
    }
}

impl Sequence {
    fn parse(text: &str) -> Option<Self> {
        let is_one = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_one.then(|| Self(text.to_owned()))
    }

    /// Its digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl Ord for Sequence {
    fn cmp(&self, other: &Self) -> Ordering {
        let [a, b] = [self, other].map(|sequence| sequence.0.trim_start_matches('0'));
        // Of what is the same number, the longer one is later, so that only what is equal compares equal.
        (a.len(), a, self.0.len()).cmp(&(b.len(), b, other.0.len()))
    }
}

impl PartialOrd for Sequence {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A failure record as Lambda writes it.
#[derive(Deserialize)]
struct Written {
    #[serde(rename = "requestContext")]
    request: RequestContext,
    #[serde(rename = "KinesisBatchInfo")]
    stream: Option<BatchOf>,
    #[serde(rename = "DDBStreamBatchInfo")]
    table: Option<BatchOf>,
    payload: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    function_arn: String,
    condition: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchOf {
    shard_id: String,
    start_sequence_number: String,
    end_sequence_number: String,
    batch_size: usize,
    stream_arn: String,
}

impl BatchOf {
    fn pointers(self) -> NotRedriven {
        NotRedriven::Pointers {
            stream: self.stream_arn,
            shard: self.shard_id,
            first: self.start_sequence_number,
            last: self.end_sequence_number,
            size: self.batch_size,
        }
    }

    fn holds<T>(&self, records: &[T]) -> Result<(), NotRedriven> {
        let (said, held) = (self.batch_size, records.len());
        if said == held && held > 0 { Ok(()) } else { Err(NotRedriven::Cut { said, held }) }
    }
}

/// What an object that is no failure record seems to be.
fn about(object: &Value) -> &'static str {
    let has = |key: &str| object.get(key).is_some();
    if has("Records") {
        "it is an event itself, or a notice about an object; hand an event to its function, and fetch the object that a notice names"
    } else if has("requestPayload") {
        "it is of an asynchronous invocation, which has no stream to go back to"
    } else if has("Message") || has("Body") || has("Messages") {
        "it is what a queue or topic wraps around a message"
    } else {
        "it has no `requestContext` with `functionArn` and `condition`, or no `KinesisBatchInfo` or `DDBStreamBatchInfo`"
    }
}

#[derive(Deserialize)]
struct StreamEvent {
    #[serde(rename = "Records")]
    records: Vec<StreamEventRecord>,
}

#[derive(Deserialize)]
struct StreamEventRecord {
    kinesis: Kinesis,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kinesis {
    partition_key: String,
    sequence_number: String,
    data: String,
    approximate_arrival_timestamp: f64,
}

fn stream_batch(event: &str, of: &BatchOf) -> Result<Batch, NotRedriven> {
    let stream = named(&of.stream_arn, "kinesis", "stream/")
        .ok_or(NotRedriven::NotFailure("its `streamArn` names no stream of Kinesis"))?;
    let event: StreamEvent = serde_json::from_str(event)
        .map_err(|_| NotRedriven::Payload("it is no JSON with `Records`, each with its `kinesis`"))?;
    of.holds(&event.records)?;
    let records = (1..).zip(event.records).map(|(place, record)| stream_record(record.kinesis, place));
    Ok(Batch::Stream { stream, records: records.collect::<Result<_, _>>()? })
}

fn stream_record(record: Kinesis, place: usize) -> Result<StreamRecord, NotRedriven> {
    let wrong = |why| NotRedriven::Record { place, why };
    let sequence =
        Sequence::parse(&record.sequence_number).ok_or(wrong("its `sequenceNumber` is not made of digits"))?;
    if !(1..=KEY_CHARS).contains(&record.partition_key.chars().count()) {
        return Err(wrong("its `partitionKey` has none or more than 256 characters"));
    }
    let data = STANDARD.decode(&record.data).map_err(|_| wrong("its `data` is not base64"))?;
    let arrived = seconds(record.approximate_arrival_timestamp).ok_or(wrong("it does not say when it arrived"))?;
    let bytes = data.len() + record.partition_key.len();
    Ok(StreamRecord { key: record.partition_key, data: record.data, bytes, sequence, arrived })
}

#[derive(Deserialize)]
struct TableEvent {
    #[serde(rename = "Records")]
    records: Vec<TableEventRecord>,
}

#[derive(Deserialize)]
struct TableEventRecord {
    dynamodb: Change,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    sequence_number: String,
    approximate_creation_date_time: f64,
}

fn table_batch(event: String, of: &BatchOf) -> Result<Batch, NotRedriven> {
    let read: TableEvent = serde_json::from_str(&event)
        .map_err(|_| NotRedriven::Payload("it is no JSON with `Records`, each with its `dynamodb`"))?;
    of.holds(&read.records)?;
    let (mut sequences, mut arrived) = (Vec::new(), Vec::new());
    for (place, TableEventRecord { dynamodb }) in (1..).zip(read.records) {
        let wrong = |why| NotRedriven::Record { place, why };
        let sequence = Sequence::parse(&dynamodb.sequence_number);
        sequences.push(sequence.ok_or(wrong("its `SequenceNumber` is not made of digits"))?);
        let at = seconds(dynamodb.approximate_creation_date_time);
        arrived.push(at.ok_or(wrong("it does not say when it arrived"))?);
    }
    let arrived = super::oldest_and_newest(arrived.into_iter()).ok_or(NotRedriven::Cut { said: 0, held: 0 })?;
    Ok(Batch::Table(TableBatch { event, sequences, arrived }))
}

/// A time in seconds since 1970.
fn seconds(seconds: f64) -> Option<Timestamp> {
    let ms = (seconds * 1_000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "it is a whole number within the range")]
    let at = (0.0..1e16).contains(&ms).then_some(Timestamp(ms as i64));
    at
}

/// A stream or function by its ARN: `arn:aws:SERVICE:REGION:ACCOUNT:` and then its kind and name. What reads a stream by enhanced fan-out is named after it.
fn named(arn: &str, service: &str, kind: &str) -> Option<Named> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let of = parts.next()?;
    let region = parts.next()?;
    let rest = parts.nth(1)?.strip_prefix(kind)?;
    let name = rest.split('/').next()?;
    let is_one = of == service && is_name(region) && name.split(':').count() <= 2 && name.split(':').all(is_name);
    is_one.then(|| Named { name: name.to_owned(), region: region.to_owned() })
}

/// Whether it is made as the names of streams, functions, aliases and regions are: it is safe in a command and in the name of a file.
pub(super) fn is_name(text: &str) -> bool {
    let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.' | '$');
    (1..=128).contains(&text.len()) && text.chars().all(is_part) && !text.starts_with(['-', '.'])
}
