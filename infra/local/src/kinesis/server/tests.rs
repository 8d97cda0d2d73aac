//! Kinesis as a client sees it: what goes in as JSON and comes out as JSON, by the names of the protocol.

mod consuming;
mod faults;
mod listing;
mod producing;
mod wire;

use std::sync::atomic::AtomicU64;

use axum::http::HeaderValue;
use serde_json::Value;

use super::*;

/// Streams on a clock that is set by hand.
struct Local {
    streams: Streams,
    clock: Arc<AtomicU64>,
}

const NOW_MS: u64 = 1_792_000_000_000;

impl Local {
    fn new() -> Self {
        let clock = Arc::new(AtomicU64::new(NOW_MS));
        let hand = Arc::clone(&clock);
        Self { streams: Streams::new(move || hand.load(Ordering::Relaxed)), clock }
    }

    /// With a stream of that many shards, limits as in Kinesis.
    fn with(shards: u32) -> Self {
        let local = Self::new();
        local.call("CreateStream", &json!({ "StreamName": "events", "ShardCount": shards }));
        local
    }

    fn pass(&self, ms: u64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    /// What a call is answered; `null` for nothing.
    fn call(&self, operation: &str, body: &Value) -> Value {
        let answered = self.ask(operation, body);
        answered.unwrap_or_else(|fault| panic!("{operation} {body}: {} {}", fault.kind, fault.message))
    }

    /// The type of the error that a call is answered.
    fn refused(&self, operation: &str, body: &Value) -> &'static str {
        match self.ask(operation, body) {
            Ok(answer) => panic!("{operation} {body} is answered {answer}"),
            Err(fault) => fault.kind,
        }
    }

    fn ask(&self, operation: &str, body: &Value) -> Result<Value, Fault> {
        let answer = answer(&self.streams, &headers(operation), Ok(body.to_string().into()))?;
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer).unwrap() })
    }

    fn put(&self, key: &str, data: &str) -> Value {
        self.call("PutRecord", &record(key, data))
    }

    /// An iterator of a shard; the fields say which.
    fn iterator(&self, shard: &Value, fields: &Value) -> String {
        let answer = self.call("GetShardIterator", &asked(shard, fields));
        answer["ShardIterator"].as_str().unwrap().to_owned()
    }

    fn read(&self, iterator: &str) -> Value {
        self.call("GetRecords", &json!({ "ShardIterator": iterator }))
    }

    /// The data that a shard gives from its start.
    fn all(&self, shard: &Value) -> Vec<String> {
        data(&self.read(&self.iterator(shard, &json!({ "ShardIteratorType": "TRIM_HORIZON" }))))
    }
}

fn headers(operation: &str) -> HeaderMap {
    let target = HeaderValue::from_str(&format!("{TARGET}{operation}")).unwrap();
    let signature =
        "AWS4-HMAC-SHA256 Credential=local/20261122/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=00";
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-target", target);
    headers.insert("authorization", HeaderValue::from_static(signature));
    headers.insert("content-type", HeaderValue::from_static(JSON));
    headers
}

/// A `PutRecord` to the stream.
fn record(key: &str, data: &str) -> Value {
    json!({ "StreamName": "events", "PartitionKey": key, "Data": base64_of(data) })
}

/// A call about a shard of the stream.
fn asked(shard: &Value, fields: &Value) -> Value {
    let mut body = json!({ "StreamName": "events", "ShardId": shard });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The data of the records of an answer.
fn data(answer: &Value) -> Vec<String> {
    use base64::Engine as _;
    let decoded =
        |record: &Value| base64::engine::general_purpose::STANDARD.decode(record["Data"].as_str().unwrap()).unwrap();
    let records = answer["Records"].as_array().unwrap().iter();
    records.map(|record| String::from_utf8(decoded(record)).unwrap()).collect()
}

/// The name of the shard of a number.
fn shard(number: u32) -> Value {
    json!(tact_mapping::ShardId::numbered(number).as_str())
}
