//! What a mapping that gives a batch up tells its failure destination.

use serde_json::{Value, json};

use crate::{Batch, Condition, ShardId, Source, event, time};

/// A batch that was given up.
#[derive(Clone, Copy, Debug)]
pub struct Failure<'a> {
    /// The batch, as [`crate::Step::GiveUp`] has it.
    pub batch: &'a Batch,
    /// Why it was given up.
    pub condition: Condition,
    /// Where it comes from and where it was to go.
    pub source: &'a Source,
    /// The id of its last invocation, or a fresh one when it had none.
    pub request_id: &'a str,
    /// When it was given up, in milliseconds since 1970.
    pub at_ms: u64,
}

/// The message for a queue or a topic: pointers to the records, not the records. Without `responseContext` when the batch
/// was never invoked.
pub fn message(failure: &Failure<'_>) -> Value {
    let batch = failure.batch;
    let mut message = json!({
        "requestContext": {
            "requestId": failure.request_id,
            "functionArn": failure.source.function_arn,
            "condition": failure.condition.as_str(),
            "approximateInvokeCount": batch.failed_attempts,
        },
        "version": "1.0",
        "timestamp": time::to_the_millisecond(failure.at_ms),
    });
    let (name, arrival): (_, fn(u64) -> String) = if failure.source.is_dynamodb() {
        ("DDBStreamBatchInfo", time::to_the_second)
    } else {
        ("KinesisBatchInfo", time::to_the_millisecond)
    };
    let (first, last) = (batch.records.first(), batch.records.last());
    if let Value::Object(fields) = &mut message {
        if batch.failed_attempts > 0 {
            let error = batch.is_function_error.then_some("Unhandled");
            let context = json!({ "statusCode": 200, "executedVersion": "$LATEST", "functionError": error });
            fields.insert("responseContext".to_owned(), context);
        }
        let info = json!({
            "shardId": batch.lane.shard.as_str(),
            "startSequenceNumber": first.map(|record| record.sequence_number.as_str()),
            "endSequenceNumber": last.map(|record| record.sequence_number.as_str()),
            "approximateArrivalOfFirstRecord": first.map(|record| arrival(record.arrived_at_ms)),
            "approximateArrivalOfLastRecord": last.map(|record| arrival(record.arrived_at_ms)),
            "batchSize": batch.records.len(),
            "streamArn": failure.source.stream_arn,
        });
        fields.insert(name.to_owned(), info);
    }
    message
}

/// The object for a bucket: the message, and in `payload` the whole event as text, so that the batch can be played again.
pub fn invocation_record(failure: &Failure<'_>) -> Value {
    let mut record = message(failure);
    if let Value::Object(fields) = &mut record {
        let payload = event::event(failure.batch, failure.source).to_string();
        fields.insert("payload".to_owned(), payload.into());
    }
    record
}

/// The key under which Lambda stores such an object:
/// `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<unique>`. Mapping and `unique` are UUIDs in Lambda.
pub fn object_key(mapping: &str, shard: &ShardId, at_ms: u64, unique: &str) -> String {
    format!("aws/lambda/{mapping}/{shard}/{}-{unique}", time::day_and_time(at_ms))
}

#[cfg(test)]
mod tests;
