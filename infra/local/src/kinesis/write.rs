//! `PutRecord` and `PutRecords`.
//!
//! The sizes are those of the service since it takes large records (late 2025): a call brings up to 10 MiB, and a record up to 1 MiB unless
//! its stream was made for larger ones (`MaxRecordSizeInKiB`, up to 10 MiB).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use super::fault::{Fault, THROUGHPUT, rate_exceeded};
use super::param;
use super::stream::{Entry, PutError, hash_key};
use super::streams::{Hosted, Put, Streams};

/// The most entries of one call.
const ENTRIES: usize = 500;
/// The most bytes of one call, keys and data.
const CALL_BYTES: usize = 10 * 1024 * 1024;
/// The most characters of a partition key.
const KEY_CHARS: usize = 256;

/// One record alone.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutRecord<'a> {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(borrow)]
    partition_key: Cow<'a, str>,
    explicit_hash_key: Option<String>,
}

/// Several records, each of which may be refused alone.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutRecords<'a> {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(borrow)]
    records: Vec<PutRecordsEntry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecordsEntry<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(borrow)]
    partition_key: Cow<'a, str>,
    explicit_hash_key: Option<String>,
}

/// Where a record is.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Placed {
    shard_id: String,
    sequence_number: String,
    encryption_type: &'static str,
}

/// What became of each record.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Outcomes {
    failed_record_count: usize,
    encryption_type: &'static str,
    records: Vec<Outcome>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

pub(super) fn put_record(streams: &Streams, call: &PutRecord<'_>) -> Result<Placed, Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    let entry = entry(&call.data, &call.partition_key, call.explicit_hash_key.as_deref())?;
    let put = |hosted: &mut Hosted, now_ms| {
        check_size(hosted, &entry)?;
        hosted.put_one(entry, now_ms).map_err(|error| Fault::of_put(error, name))
    };
    let (shard, number) = streams.with(name, put).ok_or_else(|| Fault::no_stream(name))??;
    Ok(Placed { shard_id: shard.to_string(), sequence_number: number.to_string(), encryption_type: "NONE" })
}

pub(super) fn put_records(streams: &Streams, call: &PutRecords<'_>) -> Result<Outcomes, Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    if !(1..=ENTRIES).contains(&call.records.len()) {
        return Err(Fault::invalid(format!("Records must bring 1 to {ENTRIES} entries")));
    }
    let read = |one: &PutRecordsEntry<'_>| entry(&one.data, &one.partition_key, one.explicit_hash_key.as_deref());
    let entries: Vec<_> = call.records.iter().map(read).collect::<Result<_, _>>()?;
    if entries.iter().map(Entry::size).sum::<usize>() > CALL_BYTES {
        return Err(Fault::argument("the records of one call have more than 10 MiB"));
    }
    let put = |hosted: &mut Hosted, now_ms| {
        entries.iter().try_for_each(|entry| check_size(hosted, entry))?;
        Ok(hosted.put(entries, now_ms))
    };
    let done: Vec<Put> = streams.with(name, put).ok_or_else(|| Fault::no_stream(name))??;
    let failed_record_count = done.iter().filter(|put| put.is_err()).count();
    let records = done.into_iter().map(|put| outcome(put, name)).collect();
    Ok(Outcomes { failed_record_count, encryption_type: "NONE", records })
}

fn entry(data: &str, partition_key: &str, explicit: Option<&str>) -> Result<Entry, Fault> {
    let data = BASE64.decode(data).map_err(|_| Fault::new("SerializationException", "Data is not base64"))?;
    if !(1..=KEY_CHARS).contains(&partition_key.chars().count()) {
        return Err(Fault::invalid(format!("PartitionKey must have 1 to {KEY_CHARS} characters")));
    }
    let hash_key = match explicit {
        Some(explicit) => param::hash_key(explicit, "ExplicitHashKey")?,
        None => hash_key(partition_key),
    };
    Ok(Entry { partition_key: partition_key.into(), data: data.into(), hash_key })
}

fn check_size(hosted: &Hosted, entry: &Entry) -> Result<(), Fault> {
    let most = hosted.stream.largest_record();
    if entry.size() <= most {
        return Ok(());
    }
    Err(Fault::argument(format!("a record of this stream has at most {} KiB, key and data", most / 1024)))
}

fn outcome(put: Put, name: &str) -> Outcome {
    match put {
        Ok((shard, number)) => Outcome {
            sequence_number: Some(number.to_string()),
            shard_id: Some(shard.to_string()),
            ..Outcome::default()
        },
        Err(PutError::ThroughputExceeded(shard)) => Outcome {
            error_code: Some(THROUGHPUT),
            error_message: Some(rate_exceeded(name, &shard)),
            ..Outcome::default()
        },
        Err(error) => Outcome {
            error_code: Some("InternalFailure"),
            error_message: Some(error.to_string()),
            ..Outcome::default()
        },
    }
}
