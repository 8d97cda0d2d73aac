//! `CreateStream`, `DeleteStream`, `SplitShard`, `MergeShards`, and how long records are kept. All of it is done at once: a stream is never
//! found creating, updating or deleting.

use std::num::NonZeroU32;

use serde::Deserialize;
use tact_mapping::ShardId;

use super::fault::Fault;
use super::param;
use super::stream::{Limits, RECORD_BYTES, Stream};
use super::streams::{Capacity, Hosted, Streams};

/// The most open shards of all streams together: a quota that AWS gives a new account in many regions.
const SHARDS: usize = 1_000;
/// The shards of a stream that looks after their number itself.
const ON_DEMAND_SHARDS: u32 = 4;
/// One hour, in milliseconds.
const HOUR_MS: u64 = 3_600_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateStream {
    stream_name: String,
    shard_count: Option<i64>,
    stream_mode_details: Option<ModeAsked>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ModeAsked {
    stream_mode: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteStream {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SplitShard {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    shard_to_split: String,
    new_starting_hash_key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MergeShards {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    shard_to_merge: String,
    adjacent_shard_to_merge: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RetentionPeriod {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(rename = "RetentionPeriodHours")]
    hours: i64,
}

pub(super) fn create_stream(streams: &Streams, call: &CreateStream) -> Result<(), Fault> {
    let name = call.stream_name.as_str();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if !(1..=128).contains(&name.len()) || !name.bytes().all(is_letter) {
        return Err(Fault::invalid("StreamName must be 1 to 128 letters, digits, dots, hyphens and underscores"));
    }
    let largest = param::count(call.max_record_size_in_kib, RECORD_BYTES / 1024, 1_024..=10_240, "MaxRecordSizeInKiB")?;
    let mode = call.stream_mode_details.as_ref().map_or("PROVISIONED", |mode| mode.stream_mode.as_str());
    let (capacity, shards) = match (mode, call.shard_count) {
        ("ON_DEMAND", None) => (Capacity::OnDemand, ON_DEMAND_SHARDS),
        ("ON_DEMAND", Some(_)) => return Err(Fault::invalid("a stream ON_DEMAND takes no ShardCount")),
        ("PROVISIONED", None) => return Err(Fault::invalid("a PROVISIONED stream takes a ShardCount")),
        ("PROVISIONED", Some(count)) => (Capacity::Provisioned, u32::try_from(count.max(0)).unwrap_or(u32::MAX)),
        _ => return Err(Fault::invalid("StreamMode must be PROVISIONED or ON_DEMAND")),
    };
    let shards = NonZeroU32::new(shards).ok_or_else(|| Fault::invalid("ShardCount must be at least 1"))?;
    check_quota(streams, shards.get())?;
    let stream = Stream::for_records_of(largest * 1024, shards, Limits::AsKinesis, streams.now_ms());
    if streams.host(name, stream, capacity) {
        return Ok(());
    }
    Err(Fault::new("ResourceInUseException", format!("Stream {name} already exists.")))
}

pub(super) fn delete_stream(streams: &Streams, call: &DeleteStream) -> Result<(), Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    if streams.delete(name) { Ok(()) } else { Err(Fault::no_stream(name)) }
}

pub(super) fn split_shard(streams: &Streams, call: &SplitShard) -> Result<(), Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    let at = param::hash_key(&call.new_starting_hash_key, "NewStartingHashKey")?;
    check_provisioned(streams, name)?;
    check_quota(streams, 1)?;
    let split = streams.split(name, &ShardId::from(call.shard_to_split.as_str()), at);
    split.map(|_| ()).map_err(|error| Fault::of_reshard(error, name))
}

pub(super) fn merge_shards(streams: &Streams, call: &MergeShards) -> Result<(), Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    check_provisioned(streams, name)?;
    let shard = ShardId::from(call.shard_to_merge.as_str());
    let adjacent = ShardId::from(call.adjacent_shard_to_merge.as_str());
    let merged = streams.merge(name, &shard, &adjacent);
    merged.map(|_| ()).map_err(|error| Fault::of_reshard(error, name))
}

pub(super) fn increase_retention(streams: &Streams, call: &RetentionPeriod) -> Result<(), Fault> {
    keep(streams, call, |asked_ms, now_ms| asked_ms >= now_ms, "less")
}

pub(super) fn decrease_retention(streams: &Streams, call: &RetentionPeriod) -> Result<(), Fault> {
    keep(streams, call, |asked_ms, now_ms| asked_ms <= now_ms, "more")
}

/// Keeps records as long as asked, if that is on the right side of how long they are kept now.
fn keep(
    streams: &Streams,
    call: &RetentionPeriod,
    may_be: impl FnOnce(u64, u64) -> bool,
    wrong: &str,
) -> Result<(), Fault> {
    let name = param::stream_name(call.stream_name.as_deref(), call.stream_arn.as_deref())?;
    let hours = u64::try_from(call.hours).ok().filter(|hours| (24..=8_760).contains(hours));
    let hours = hours.ok_or_else(|| Fault::argument("RetentionPeriodHours must be from 24 to 8760"))?;
    let keep = |hosted: &mut Hosted, _| {
        let asked_ms = hours * HOUR_MS;
        if !may_be(asked_ms, hosted.retention_ms) {
            return Err(Fault::argument(format!("RetentionPeriodHours is {wrong} than it is now")));
        }
        hosted.retention_ms = asked_ms;
        Ok(())
    };
    streams.with(name, keep).ok_or_else(|| Fault::no_stream(name))?
}

fn check_provisioned(streams: &Streams, name: &str) -> Result<(), Fault> {
    match streams.with(name, |hosted, _| hosted.capacity) {
        Some(Capacity::Provisioned) => Ok(()),
        Some(Capacity::OnDemand) => {
            Err(Fault::invalid(format!("Stream {name} is ON_DEMAND: it looks after its shards itself.")))
        }
        None => Err(Fault::no_stream(name)),
    }
}

fn check_quota(streams: &Streams, more: u32) -> Result<(), Fault> {
    let open = streams.open_shards();
    if open + more as usize <= SHARDS {
        return Ok(());
    }
    let message = format!("{open} shards are open and {more} more were asked for; {SHARDS} may be.");
    Err(Fault::new("LimitExceededException", message))
}
