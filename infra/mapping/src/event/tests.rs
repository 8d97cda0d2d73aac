use aws_lambda_events::event::dynamodb::Event as DynamoDbEvent;
use aws_lambda_events::event::kinesis::{KinesisEvent, KinesisTimeWindowEvent};

use super::*;
use crate::tests::{lane, records};

pub(crate) fn source(kind: &str) -> Source {
    Source {
        stream_arn: format!("arn:aws:{kind}:eu-central-1:000000000000:stream/checkin"),
        region: "eu-central-1".to_owned(),
        function_arn: "arn:aws:lambda:eu-central-1:000000000000:function:checkin".to_owned(),
        role_arn: "arn:aws:iam::000000000000:role/checkin".to_owned(),
    }
}

pub(crate) fn batch(records: Vec<Record>) -> Batch {
    Batch { lane: lane(2), records, failed_attempts: 0, is_function_error: false, window: None }
}

#[test]
fn lambda_reads_every_record_of_kinesis_back_with_its_bytes_number_and_time() {
    let mut sent = records(0..3);
    sent[1].data = vec![0, 255, 10].into();
    sent[1].arrived_at_ms = 1_792_000_000_007;
    let event = kinesis_event(&batch(sent.clone()), &source("kinesis"));
    let read: KinesisEvent = serde_json::from_str(&event.to_string()).unwrap();
    assert_eq!(read.records.len(), 3);
    for (read, sent) in read.records.iter().zip(&sent) {
        assert_eq!(&*read.kinesis.data, &*sent.data);
        assert_eq!(read.kinesis.sequence_number, sent.sequence_number.as_str());
        assert_eq!(read.kinesis.partition_key, *sent.partition_key);
        assert_eq!(read.kinesis.approximate_arrival_timestamp.timestamp_millis(), sent.arrived_at_ms.cast_signed());
        assert_eq!(read.event_source_arn, Some(source("kinesis").stream_arn));
        assert_eq!(read.aws_region.as_deref(), Some("eu-central-1"));
        assert_eq!(read.event_id, Some(format!("shardId-000000000002:{}", sent.sequence_number)));
    }
    let arrived = &event["Records"][1]["kinesis"]["approximateArrivalTimestamp"];
    assert_eq!(arrived.to_string(), "1792000000.007");
}

#[test]
fn lambda_reads_every_record_of_dynamodb_back_with_its_keys() {
    let mut sent = records(0..2);
    let change = json!({
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": { "pk": { "S": "c#1" }, "sk": { "S": "d#1" } },
            "SequenceNumber": "111",
            "SizeBytes": 26,
            "StreamViewType": "KEYS_ONLY",
            "ApproximateCreationDateTime": 1_693_997_155.0,
        },
    });
    sent[0].data = change.to_string().into_bytes().into();
    let whole =
        json!({ "eventID": "own", "eventVersion": "1.0", "eventName": "REMOVE", "dynamodb": change["dynamodb"] });
    sent[1].data = whole.to_string().into_bytes().into();
    let event = event(&batch(sent), &source("dynamodb"));
    let read: DynamoDbEvent = serde_json::from_str(&event.to_string()).unwrap();
    assert_eq!(read.records.iter().map(|record| record.event_name.as_str()).collect::<Vec<_>>(), ["INSERT", "REMOVE"]);
    let first = &read.records[0];
    assert_eq!(first.change.sequence_number.as_deref(), Some("111"));
    assert_eq!(first.event_source.as_deref(), Some("aws:dynamodb"));
    assert_eq!(first.event_source_arn, Some(source("dynamodb").stream_arn));
    assert_eq!(first.event_id.len(), 32);
    assert_eq!((read.records[1].event_id.as_str(), read.records[1].event_version.as_deref()), ("own", Some("1.0")));
    assert_eq!(event["Records"][0]["dynamodb"], change["dynamodb"]);
}

#[test]
fn lambda_reads_the_window_of_an_event_back() {
    let window = Window {
        start_ms: 1_607_497_440_000,
        end_ms: 1_607_497_560_000,
        state: json!({ "1": "282" }).into(),
        is_final: true,
        is_terminated_early: false,
    };
    let batch = Batch { window: Some(window), ..batch(Vec::new()) };
    let event = event(&batch, &source("kinesis"));
    assert_eq!(event["Records"], json!([]));
    assert_eq!(event["window"], json!({ "start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z" }));
    let read: KinesisTimeWindowEvent = serde_json::from_str(&event.to_string()).unwrap();
    let read = read.time_window_properties;
    assert_eq!(read.state.get("1").map(String::as_str), Some("282"));
    assert_eq!(read.shard_id.as_deref(), Some("shardId-000000000002"));
    assert_eq!(read.event_source_arn, Some(source("kinesis").stream_arn));
    assert!(read.is_final_invoke_for_window && !read.is_window_terminated_early);
}
