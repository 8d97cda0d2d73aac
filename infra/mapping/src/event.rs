//! A batch as the function receives it: the event of one invocation, as JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value, json};

use crate::{Batch, Record, Window, time};

/// Where the records come from and where they go, as events and failure records name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The stream. Its third part, `kinesis` or `dynamodb`, tells which kind it is.
    pub stream_arn: String,
    /// The region of the stream.
    pub region: String,
    /// The function.
    pub function_arn: String,
    /// The role that the function runs as.
    pub role_arn: String,
}

impl Source {
    /// Whether the stream is that of a `DynamoDB` table.
    pub fn is_dynamodb(&self) -> bool {
        self.stream_arn.split(':').nth(2) == Some("dynamodb")
    }
}

/// The event of one invocation, for the kind of stream that the source names.
pub fn event(batch: &Batch, source: &Source) -> Value {
    if source.is_dynamodb() { dynamodb_event(batch, source) } else { kinesis_event(batch, source) }
}

/// The event for records of Kinesis: in order, their data in base64.
pub fn kinesis_event(batch: &Batch, source: &Source) -> Value {
    with_window(batch, source, batch.records.iter().map(|record| kinesis_record(record, batch, source)).collect())
}

/// The event for records of a `DynamoDB` stream, in order. A record's data is the JSON of the stream's record; what it does
/// not say of its origin is added.
pub fn dynamodb_event(batch: &Batch, source: &Source) -> Value {
    with_window(batch, source, batch.records.iter().map(|record| dynamodb_record(record, batch, source)).collect())
}

/// Seconds since 1970, with the milliseconds behind the point.
pub(crate) fn seconds(at_ms: u64) -> Number {
    let text = format!("{}.{:03}", at_ms / 1_000, at_ms % 1_000);
    text.parse().unwrap_or_else(|_| (at_ms / 1_000).into())
}

fn with_window(batch: &Batch, source: &Source, records: Vec<Value>) -> Value {
    let mut event = Map::new();
    event.insert("Records".to_owned(), Value::Array(records));
    if let Some(window) = &batch.window {
        event.extend(window_fields(window, batch, source));
    }
    Value::Object(event)
}

fn window_fields(window: &Window, batch: &Batch, source: &Source) -> [(String, Value); 6] {
    let span = json!({ "start": time::to_the_second(window.start_ms), "end": time::to_the_second(window.end_ms) });
    [
        ("window".to_owned(), span),
        ("state".to_owned(), (*window.state).clone()),
        ("shardId".to_owned(), batch.lane.shard.as_str().into()),
        ("eventSourceARN".to_owned(), source.stream_arn.as_str().into()),
        ("isFinalInvokeForWindow".to_owned(), window.is_final.into()),
        ("isWindowTerminatedEarly".to_owned(), window.is_terminated_early.into()),
    ]
}

fn kinesis_record(record: &Record, batch: &Batch, source: &Source) -> Value {
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": &*record.partition_key,
            "sequenceNumber": record.sequence_number.as_str(),
            "data": STANDARD.encode(&record.data),
            "approximateArrivalTimestamp": seconds(record.arrived_at_ms),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("{}:{}", batch.lane.shard, record.sequence_number),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": source.role_arn,
        "awsRegion": source.region,
        "eventSourceARN": source.stream_arn,
    })
}

fn dynamodb_record(record: &Record, batch: &Batch, source: &Source) -> Value {
    let mut fields: Map<String, Value> = serde_json::from_slice(&record.data).unwrap_or_default();
    let id = format!("{}:{}", batch.lane.shard, record.sequence_number);
    let origin = [
        ("eventID", format!("{:x}", md5::compute(id))),
        ("eventVersion", "1.1".to_owned()),
        ("eventSource", "aws:dynamodb".to_owned()),
        ("awsRegion", source.region.clone()),
    ];
    for (name, value) in origin {
        fields.entry(name).or_insert_with(|| value.into());
    }
    fields.insert("eventSourceARN".to_owned(), source.stream_arn.as_str().into());
    Value::Object(fields)
}

#[cfg(test)]
pub(crate) mod tests;
