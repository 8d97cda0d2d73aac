//! `GetShardIterator` and `GetRecords`.

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize, Serializer};
use tact_mapping::{Record, SequenceNumber, ShardId};

use super::describe::HashKeyRange;
use super::fault::Fault;
use super::param;
use super::shard::{Position, Shard};
use super::stream::Stream;
use super::streams::{Hosted, Streams};
use super::token::{LIFE_MS, ShardIterator};

/// The most records of one answer.
const RECORDS: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetShardIterator {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    shard_id: String,
    shard_iterator_type: String,
    starting_sequence_number: Option<String>,
    timestamp: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Issued {
    shard_iterator: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetRecords {
    shard_iterator: String,
    limit: Option<i64>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Given {
    records: Vec<GivenRecord>,
    /// `None`, and written as such, when the shard is closed and nothing more comes.
    next_shard_iterator: Option<String>,
    millis_behind_latest: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    child_shards: Vec<ChildShard>,
}

/// A record as it is written: its data goes from bytes to base64 only there.
struct GivenRecord(Record);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChildShard {
    shard_id: String,
    parent_shards: Vec<String>,
    hash_key_range: HashKeyRange,
}

pub(super) fn get_shard_iterator(streams: &Streams, call: &GetShardIterator) -> Result<Issued, Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    let shard = ShardId::from(call.shard_id.as_str());
    let issue = |hosted: &mut Hosted, now_ms| {
        let found = hosted.stream.shard(&shard).ok_or_else(|| Fault::no_shard(name, &shard))?;
        let from = position(call, &hosted.stream, found, now_ms)?;
        let stream = name.to_owned();
        Ok(ShardIterator { stream, created: hosted.created, shard: shard.clone(), from, issued_at_ms: now_ms })
    };
    let iterator = streams.with(name, issue).ok_or_else(|| Fault::no_stream(name))??;
    Ok(Issued { shard_iterator: iterator.to_text() })
}

/// Where the call wants to begin. The latest is what it is now: after the highest number given out.
fn position(call: &GetShardIterator, stream: &Stream, shard: &Shard, now_ms: u64) -> Result<Position, Fault> {
    match (call.shard_iterator_type.as_str(), &call.starting_sequence_number, call.timestamp) {
        ("TRIM_HORIZON", None, _) => Ok(Position::TrimHorizon),
        ("LATEST", None, _) => Ok(Position::After(stream.newest())),
        ("AT_TIMESTAMP", None, Some(seconds)) => {
            let at_ms = param::millis(seconds)?;
            if at_ms > now_ms {
                return Err(Fault::argument("Timestamp must not be in the future"));
            }
            Ok(Position::AtTimestamp(at_ms))
        }
        ("AT_SEQUENCE_NUMBER", Some(number), _) => Ok(Position::At(number_in(number, stream, shard)?)),
        ("AFTER_SEQUENCE_NUMBER", Some(number), _) => Ok(Position::After(number_in(number, stream, shard)?)),
        ("TRIM_HORIZON" | "LATEST" | "AT_TIMESTAMP", Some(_), _) => {
            Err(Fault::argument(format!("{} takes no StartingSequenceNumber", call.shard_iterator_type)))
        }
        ("AT_TIMESTAMP", None, None) => Err(Fault::argument("AT_TIMESTAMP takes a Timestamp")),
        ("AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER", None, _) => {
            Err(Fault::argument(format!("{} takes a StartingSequenceNumber", call.shard_iterator_type)))
        }
        _ => Err(Fault::invalid("ShardIteratorType is none of the five")),
    }
}

/// A number that may be one of the shard's.
fn number_in(text: &str, stream: &Stream, shard: &Shard) -> Result<SequenceNumber, Fault> {
    let number: SequenceNumber =
        text.parse().map_err(|_| Fault::argument("StartingSequenceNumber is not a sequence number"))?;
    let newest = stream.newest();
    let last = shard.closed.as_ref().map_or(&newest, |closed| &closed.ends);
    if (&shard.starts..=last).contains(&&number) {
        return Ok(number);
    }
    Err(Fault::argument(format!("StartingSequenceNumber did not come from {}", shard.id)))
}

pub(super) fn get_records(streams: &Streams, call: &GetRecords) -> Result<Given, Fault> {
    let text = ShardIterator::from_text(&call.shard_iterator);
    let iterator = text.ok_or_else(|| Fault::argument("Invalid ShardIterator."))?;
    let name = iterator.stream.as_str();
    if let Some(arn) = &call.stream_arn {
        param::stream_name(Some(name), Some(arn))?;
    }
    if call.limit.is_some_and(|limit| limit > 10_000) {
        return Err(Fault::argument("Limit must be 10000 or less"));
    }
    let limit = param::count(call.limit, RECORDS, 1..=RECORDS, "Limit")?;
    let give = |hosted: &mut Hosted, now_ms| give(hosted, &iterator, limit, now_ms);
    streams.with(name, give).ok_or_else(|| Fault::no_stream(name))?
}

fn give(hosted: &mut Hosted, iterator: &ShardIterator, limit: usize, now_ms: u64) -> Result<Given, Fault> {
    let (name, shard) = (iterator.stream.as_str(), &iterator.shard);
    if hosted.created != iterator.created {
        return Err(Fault::no_stream(name));
    }
    if now_ms.saturating_sub(iterator.issued_at_ms) > LIFE_MS {
        let message = format!(
            "Iterator expired. The iterator was created at {} while right now it is {now_ms}: more than {LIFE_MS} milliseconds later.",
            iterator.issued_at_ms
        );
        return Err(Fault::new("ExpiredIteratorException", message));
    }
    let page = hosted.stream.read_counted(shard, &iterator.from, limit, now_ms);
    let page = page.map_err(|error| Fault::of_read(error, name))?;
    let next = ShardIterator { from: page.next, issued_at_ms: now_ms, ..iterator.clone() };
    Ok(Given {
        records: page.records.into_iter().map(GivenRecord).collect(),
        next_shard_iterator: (!page.ended).then(|| next.to_text()),
        millis_behind_latest: page.behind_ms,
        child_shards: if page.ended { children(&hosted.stream, shard) } else { Vec::new() },
    })
}

/// The shards that go on where one ended.
fn children(stream: &Stream, parent: &ShardId) -> Vec<ChildShard> {
    let children = stream.shards().iter().filter(|shard| shard.parents.contains(parent));
    let child = |shard: &Shard| ChildShard {
        shard_id: shard.id.to_string(),
        parent_shards: shard.parents.iter().map(ToString::to_string).collect(),
        hash_key_range: HashKeyRange::of(shard),
    };
    children.map(child).collect()
}

impl Serialize for GivenRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let Self(record) = self;
        let mut fields = serializer.serialize_struct("Record", 5)?;
        fields.serialize_field("SequenceNumber", record.sequence_number.as_str())?;
        fields.serialize_field("ApproximateArrivalTimestamp", &param::seconds(record.arrived_at_ms))?;
        fields.serialize_field("Data", &InBase64(&record.data))?;
        fields.serialize_field("PartitionKey", &*record.partition_key)?;
        fields.serialize_field("EncryptionType", "NONE")?;
        fields.end()
    }
}

struct InBase64<'a>(&'a [u8]);

impl Serialize for InBase64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &BASE64))
    }
}
