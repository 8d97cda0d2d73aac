//! The table's own stream: a batch of keys in, a partial batch response out.

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use tact_domain::Timestamp;
use tact_pipeline::{Appeared, Channels, Clock, Dispatch, DispatchReport, ItemKey, Store};

/// How long before the deadline no new decision is begun, in milliseconds: handing a message over may take so long.
const MARGIN_MS: i64 = 6_000;

/// Handles one invocation. The response names the first record left undone; the mapping delivers it and all after it again.
pub async fn deliver<S: Store, H: Channels, C: Clock>(
    dispatch: &Dispatch<S, H, C>,
    event: &Event,
    deadline: Option<Timestamp>,
) -> (DynamoDbEventResponse, DispatchReport) {
    let records: Vec<_> = event.records.iter().map(appeared).collect();
    let stop_at = deadline.map(|deadline| Timestamp(deadline.0.saturating_sub(MARGIN_MS)));
    let report = dispatch.handle(&records, stop_at).await;
    let mut response = DynamoDbEventResponse::default();
    if let Some(record) = report.first_undone.and_then(|place| records.get(place)) {
        response.batch_item_failures.push(failure(&record.sequence));
    }
    (response, report)
}

fn failure(sequence: &str) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = Some(sequence.to_owned());
    failure
}

/// What appeared; nothing for an item that was changed or removed.
fn appeared(record: &EventRecord) -> Appeared {
    let keys = serde_json::to_value(&record.change.keys).unwrap_or_default();
    let text = |pointer: &str| keys.pointer(pointer).and_then(|value| value.as_str());
    let inserted = record.event_name == "INSERT";
    let key = text("/pk/S").zip(text("/sk/S")).filter(|_| inserted).and_then(|(pk, sk)| ItemKey::parse(pk, sk));
    Appeared {
        sequence: record.change.sequence_number.clone().unwrap_or_default(),
        key,
        arrived: Timestamp(record.change.approximate_creation_date_time.timestamp_millis()),
    }
}
