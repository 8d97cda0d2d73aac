//! `DescribeStream` and `DescribeStreamSummary`, and how a shard is described.

use serde::{Deserialize, Serialize};
use tact_mapping::ShardId;

use super::fault::Fault;
use super::param;
use super::shard::Shard;
use super::streams::{Capacity, Hosted, Streams};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeStream {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    limit: Option<i64>,
    exclusive_start_shard_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    stream_description: Description,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    #[serde(flatten)]
    about: About,
    shards: Vec<ShardDescription>,
    has_more_shards: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeStreamSummary {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Summarised {
    stream_description_summary: Summary,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    #[serde(flatten)]
    about: About,
    open_shard_count: usize,
    consumer_count: usize,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: usize,
}

/// What both descriptions say. Streams here are made, changed and deleted at once, and so always active.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct About {
    stream_name: String,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    stream_status: &'static str,
    stream_mode_details: Mode,
    retention_period_hours: u64,
    stream_creation_timestamp: f64,
    enhanced_monitoring: [Monitoring; 1],
    encryption_type: &'static str,
}

/// Who looks after the number of shards.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Mode {
    stream_mode: &'static str,
}

impl Mode {
    pub(super) fn of(hosted: &Hosted) -> Self {
        let stream_mode = match hosted.capacity {
            Capacity::Provisioned => "PROVISIONED",
            Capacity::OnDemand => "ON_DEMAND",
        };
        Self { stream_mode }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Monitoring {
    shard_level_metrics: [&'static str; 0],
}

/// A shard as lists and descriptions tell it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ShardDescription {
    shard_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_shard_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    adjacent_parent_shard_id: Option<String>,
    hash_key_range: HashKeyRange,
    sequence_number_range: SequenceNumberRange,
}

/// The hash keys of a shard, both ends included, as decimal numbers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HashKeyRange {
    starting_hash_key: String,
    ending_hash_key: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SequenceNumberRange {
    starting_sequence_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ending_sequence_number: Option<String>,
}

impl HashKeyRange {
    pub(super) fn of(shard: &Shard) -> Self {
        let (first, last) = (shard.hash_keys.start(), shard.hash_keys.end());
        Self { starting_hash_key: first.to_string(), ending_hash_key: last.to_string() }
    }
}

impl ShardDescription {
    pub(super) fn of(shard: &Shard) -> Self {
        let mut parents = shard.parents.iter().map(ToString::to_string);
        Self {
            shard_id: shard.id.to_string(),
            parent_shard_id: parents.next(),
            adjacent_parent_shard_id: parents.next(),
            hash_key_range: HashKeyRange::of(shard),
            sequence_number_range: SequenceNumberRange {
                starting_sequence_number: shard.starts.to_string(),
                ending_sequence_number: shard.closed.as_ref().map(|closed| closed.ends.to_string()),
            },
        }
    }
}

pub(super) fn describe_stream(streams: &Streams, call: &DescribeStream) -> Result<Described, Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    let limit = param::count(call.limit, 100, 1..=10_000, "Limit")?;
    let after = call.exclusive_start_shard_id.as_deref().map(ShardId::from);
    let describe = |hosted: &mut Hosted, _| {
        let is_left = |shard: &&Shard| after.as_ref().is_none_or(|after| shard.id > *after);
        let mut left = hosted.stream.shards().iter().filter(is_left);
        let shards = left.by_ref().take(limit).map(ShardDescription::of).collect();
        Description { about: About::of(name, hosted), shards, has_more_shards: left.next().is_some() }
    };
    let stream_description = streams.with(name, describe).ok_or_else(|| Fault::no_stream(name))?;
    Ok(Described { stream_description })
}

pub(super) fn describe_stream_summary(streams: &Streams, call: &DescribeStreamSummary) -> Result<Summarised, Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    let summarise = |hosted: &mut Hosted, _| Summary {
        about: About::of(name, hosted),
        open_shard_count: hosted.open_shards(),
        consumer_count: 0,
        max_record_size_in_kib: hosted.stream.largest_record() / 1024,
    };
    let stream_description_summary = streams.with(name, summarise).ok_or_else(|| Fault::no_stream(name))?;
    Ok(Summarised { stream_description_summary })
}

impl About {
    fn of(name: &str, hosted: &Hosted) -> Self {
        Self {
            stream_name: name.to_owned(),
            stream_arn: param::arn(name),
            stream_status: "ACTIVE",
            stream_mode_details: Mode::of(hosted),
            retention_period_hours: hosted.retention_ms / 3_600_000,
            stream_creation_timestamp: param::seconds(hosted.created_at_ms),
            enhanced_monitoring: [Monitoring { shard_level_metrics: [] }],
            encryption_type: "NONE",
        }
    }
}
