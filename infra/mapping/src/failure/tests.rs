use aws_lambda_events::event::kinesis::KinesisEvent;

use super::*;
use crate::event::tests::{batch, source};
use crate::tests::records;

fn given_up() -> Batch {
    let mut records = records(0..3);
    for (record, arrived_at_ms) in records.iter_mut().zip([1_573_691_884_835, 1_573_691_885_000, 1_573_691_885_580]) {
        record.arrived_at_ms = arrived_at_ms;
    }
    Batch { failed_attempts: 2, is_function_error: true, ..batch(records) }
}

fn failure<'a>(batch: &'a Batch, source: &'a Source, condition: Condition) -> Failure<'a> {
    Failure { batch, condition, source, request_id: "c9b8fa9f", at_ms: 1_573_691_886_021 }
}

#[test]
fn the_message_points_at_the_records_and_holds_none_of_them() {
    let (batch, source) = (given_up(), source("kinesis"));
    let expected = json!({
        "requestContext": {
            "requestId": "c9b8fa9f",
            "functionArn": "arn:aws:lambda:eu-central-1:000000000000:function:checkin",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 2,
        },
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "version": "1.0",
        "timestamp": "2019-11-14T00:38:06.021Z",
        "KinesisBatchInfo": {
            "shardId": "shardId-000000000002",
            "startSequenceNumber": batch.records[0].sequence_number.as_str(),
            "endSequenceNumber": batch.records[2].sequence_number.as_str(),
            "approximateArrivalOfFirstRecord": "2019-11-14T00:38:04.835Z",
            "approximateArrivalOfLastRecord": "2019-11-14T00:38:05.580Z",
            "batchSize": 3,
            "streamArn": "arn:aws:kinesis:eu-central-1:000000000000:stream/checkin",
        },
    });
    assert_eq!(message(&failure(&batch, &source, Condition::RetryAttemptsExhausted)), expected);
}

#[test]
fn the_message_of_a_table_stream_has_whole_seconds_under_its_own_name() {
    let (batch, source) = (given_up(), source("dynamodb"));
    let message = message(&failure(&batch, &source, Condition::RetryAttemptsExhausted));
    assert_eq!(message.get("KinesisBatchInfo"), None);
    assert_eq!(message["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"], "2019-11-14T00:38:04Z");
}

#[test]
fn what_was_never_invoked_has_no_response_and_a_named_failure_no_error() {
    let source = source("kinesis");
    let never = Batch { failed_attempts: 0, is_function_error: false, ..given_up() };
    let told = message(&failure(&never, &source, Condition::RecordAgeExceeded));
    assert_eq!(told["requestContext"]["condition"], "RecordAgeExceeded");
    assert_eq!(told.get("responseContext"), None);
    let partial = Batch { is_function_error: false, ..given_up() };
    let told = message(&failure(&partial, &source, Condition::RetryAttemptsExhausted));
    assert_eq!(told["responseContext"]["functionError"], Value::Null);
}

#[test]
fn the_record_for_a_bucket_holds_the_whole_event_as_text() {
    let (batch, source) = (given_up(), source("kinesis"));
    let failure = failure(&batch, &source, Condition::RetryAttemptsExhausted);
    let mut record = invocation_record(&failure);
    let payload = record.as_object_mut().unwrap().remove("payload").unwrap();
    assert_eq!(record, message(&failure));
    let event: KinesisEvent = serde_json::from_str(payload.as_str().unwrap()).unwrap();
    let read: Vec<_> = event.records.iter().map(|record| record.kinesis.data.to_vec()).collect();
    assert_eq!(read, batch.records.iter().map(|record| record.data.to_vec()).collect::<Vec<_>>());
}

#[test]
fn the_key_of_an_object_is_lambdas() {
    let key = object_key("2b733gdc", &ShardId::numbered(1), 1_573_691_886_021, "9f2c");
    assert_eq!(key, "aws/lambda/2b733gdc/shardId-000000000001/2019/11/14/2019-11-14T00.38.06-9f2c");
}
