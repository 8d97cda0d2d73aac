//! A batch as the function receives it from Kinesis: as JSON on the wire, and as what the runtime makes of it.

use std::time::{Duration, UNIX_EPOCH};

use aws_lambda_events::event::kinesis::{KinesisEvent, KinesisEventRecord};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Batch;
use crate::stream::Record;

/// The event of one invocation: the batch's records in order, their data in base64.
pub fn kinesis_event(batch: &Batch, stream_arn: &str) -> Value {
    let records: Vec<_> = batch.records.iter().map(|record| event_record(record, batch, stream_arn)).collect();
    json!({ "Records": records })
}

/// The same event as a function sees it once its runtime has read the JSON.
pub fn lambda_event(batch: &Batch) -> KinesisEvent {
    let mut event = KinesisEvent::default();
    for record in &batch.records {
        let mut handed = KinesisEventRecord::default();
        handed.kinesis.partition_key = record.partition_key.to_string();
        record.sequence_number.as_str().clone_into(&mut handed.kinesis.sequence_number);
        handed.kinesis.data.0 = record.data.to_vec();
        handed.kinesis.approximate_arrival_timestamp.0 =
            (UNIX_EPOCH + Duration::from_millis(record.arrived_at_ms)).into();
        event.records.push(handed);
    }
    event
}

fn event_record(record: &Record, batch: &Batch, stream_arn: &str) -> Value {
    // Kinesis gives seconds, with the milliseconds behind the point.
    let arrived: serde_json::Number = format!("{}.{:03}", record.arrived_at_ms / 1_000, record.arrived_at_ms % 1_000)
        .parse()
        .unwrap_or_else(|_| (record.arrived_at_ms / 1_000).into());
    json!({
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": &*record.partition_key,
            "sequenceNumber": record.sequence_number.as_str(),
            "data": STANDARD.encode(&record.data),
            "approximateArrivalTimestamp": arrived,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": format!("{}:{}", batch.shard, record.sequence_number),
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::000000000000:role/local",
        "awsRegion": "us-east-1",
        "eventSourceARN": stream_arn,
    })
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::event::kinesis::KinesisEvent;

    use super::*;
    use crate::mapping::tests::records;
    use crate::stream::ShardId;

    #[test]
    fn lambda_reads_every_record_back_with_its_bytes_number_and_time() {
        let mut sent = records(0..3);
        sent[1].data = vec![0, 255, 10].into();
        sent[1].arrived_at_ms = 1_792_000_000_007;
        let batch = Batch { shard: ShardId(2), records: sent.clone(), failed_attempts: 0 };
        let event = kinesis_event(&batch, "arn:aws:kinesis:us-east-1:000000000000:stream/checkin");
        let read: KinesisEvent = serde_json::from_str(&event.to_string()).unwrap();
        assert_eq!(read.records.len(), 3);
        for (read, sent) in read.records.iter().zip(&sent) {
            assert_eq!(&*read.kinesis.data, &*sent.data);
            assert_eq!(read.kinesis.sequence_number, sent.sequence_number.as_str());
            assert_eq!(read.kinesis.partition_key, *sent.partition_key);
        }
        let arrived = &event["Records"][1]["kinesis"]["approximateArrivalTimestamp"];
        assert_eq!(arrived.to_string(), "1792000000.007");
    }
}
