//! Lambda's batches: a Kinesis event in, a partial batch response out.

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use tact_domain::Timestamp;
use tact_pipeline::{BatchReport, Clock, DecisionLog, Pipeline, Record, Store};

/// How long before the deadline no new customer is begun, in milliseconds.
const MARGIN_MS: i64 = 500;

/// Handles one invocation. The response names the first record left undone; the mapping delivers it and all after it again.
pub async fn handle<S: Store, L: DecisionLog, C: Clock>(
    pipeline: &Pipeline<S, L, C>,
    event: &KinesisEvent,
    deadline: Option<Timestamp>,
) -> (KinesisEventResponse, BatchReport) {
    let records: Vec<_> = event
        .records
        .iter()
        .map(|record| Record {
            sequence: &record.kinesis.sequence_number,
            arrived: Timestamp(record.kinesis.approximate_arrival_timestamp.timestamp_millis()),
            bytes: &record.kinesis.data,
        })
        .collect();
    let stop_at = deadline.map(|deadline| Timestamp(deadline.0.saturating_sub(MARGIN_MS)));
    let report = pipeline.handle(&records, stop_at).await;
    let mut response = KinesisEventResponse::default();
    if let Some(record) = report.first_undone.and_then(|place| records.get(place)) {
        response.add_failure(record.sequence);
    }
    (response, report)
}
