//! A stream function: wired once, before the first event, and then handed one batch after another.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use lambda_runtime::{Error, LambdaEvent};
use tact_domain::{EventKind, Timestamp};
use tact_pipeline::{BatchReport, Clock, ItemKey, Pipeline, Store};

use crate::{Configuration, DynamoStore, KinesisLog, stream, telemetry};

/// How long the answer to an invocation takes at most to leave, in milliseconds: what is not done by then is reported as undone.
const ANSWER_MS: i64 = 200;
/// The longest invocation Lambda grants, in milliseconds.
const LONGEST_MS: i64 = 900_000;
/// The time left when the deadline makes no sense: `cargo lambda watch` sends a constant that lies in 1970.
const UNTOLD_MS: i64 = 30_000;
/// How long opening connections may hold up the start.
const WARM_UP: Duration = Duration::from_secs(2);

/// What one of the stream functions is made of.
pub struct Function {
    name: &'static str,
    pipeline: Pipeline<DynamoStore, KinesisLog, LiveClock>,
}

impl Function {
    /// Wires a function for the kinds of events on its stream: configuration, clients, catalogue and models.
    ///
    /// # Errors
    /// When the environment or what is compiled in is not as it must be. The function then does not start, and has said why.
    pub fn wire(name: &'static str, accepts: &[EventKind]) -> Result<Self, Error> {
        telemetry::report_panics();
        let wired = Self::wired(name, accepts);
        if let Err(error) = &wired {
            telemetry::not_started(name, error);
        }
        wired
    }

    fn wired(name: &'static str, accepts: &[EventKind]) -> Result<Self, Error> {
        let configuration = Configuration::from_environment()?;
        let pipeline = Pipeline {
            store: DynamoStore::new(dynamodb(&configuration), configuration.table.clone()),
            log: KinesisLog::new(kinesis(&configuration), configuration.decision_log.clone()),
            clock: LiveClock { started: Instant::now() },
            catalogue: crate::catalogue()?,
            models: crate::models()?,
            accepts: accepts.to_vec(),
            fold_only_until: None,
            build: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(Self { name, pipeline })
    }

    /// Opens the connections to table and stream ahead of the first event; whether that works is the first event's concern.
    pub async fn warm(&self) {
        let table = async {
            if let Some(nobody) = tact_domain::CustomerId::new("-") {
                let _answer = self.pipeline.store.get(&ItemKey::Addresses(nobody)).await;
            }
        };
        let both = Box::pin(async { tokio::join!(table, self.pipeline.log.warm()) });
        let _in_time_or_not = tokio::time::timeout(WARM_UP, both).await;
    }

    /// Handles one batch.
    ///
    /// # Errors
    /// Never: what cannot be done is in the response.
    pub async fn handle(&self, event: LambdaEvent<KinesisEvent>) -> Result<KinesisEventResponse, Error> {
        let now = self.pipeline.clock.now(Timestamp(0));
        let left_ms = time_left_ms(event.context.deadline, now);
        let handling = stream::handle(&self.pipeline, &event.payload, Some(Timestamp(now.0 + left_ms)));
        let answer_in = Duration::from_millis(u64::try_from(left_ms - ANSWER_MS).unwrap_or(0));
        let handled = tokio::time::timeout(answer_in, handling).await;
        let (response, report) = handled.unwrap_or_else(|_| unfinished(&event.payload));
        telemetry::emit(self.name, &report, self.pipeline.clock.now(Timestamp(0)));
        Ok(response)
    }
}

fn dynamodb(configuration: &Configuration) -> aws_sdk_dynamodb::Client {
    let mut builder = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(configuration.region.clone()))
        .credentials_provider(configuration.credentials.clone())
        .timeout_config(timeouts())
        .retry_config(retries());
    builder.set_endpoint_url(configuration.table_endpoint.clone());
    aws_sdk_dynamodb::Client::from_conf(builder.build())
}

fn kinesis(configuration: &Configuration) -> aws_sdk_kinesis::Client {
    let mut builder = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(configuration.region.clone()))
        .credentials_provider(configuration.credentials.clone())
        .timeout_config(timeouts())
        .retry_config(retries());
    builder.set_endpoint_url(configuration.decision_log_endpoint.clone());
    aws_sdk_kinesis::Client::from_conf(builder.build())
}

/// Nothing waits for ever. A TLS handshake alone takes three quarters of a second on the smallest functions.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(2_500))
        .operation_timeout(Duration::from_secs(5))
        .build()
}

/// Nothing is tried so often that a batch outlives its invocation.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(400))
}

/// How long an invocation may still take, in milliseconds.
fn time_left_ms(deadline_ms: u64, now: Timestamp) -> i64 {
    let left_ms = i64::try_from(deadline_ms).unwrap_or(i64::MAX).saturating_sub(now.0);
    if left_ms > 0 { left_ms.min(LONGEST_MS) } else { UNTOLD_MS }
}

/// A batch that ran out of time: all of it is to be delivered again, and what was committed of it will be known as duplicate.
fn unfinished(event: &KinesisEvent) -> (KinesisEventResponse, BatchReport) {
    let mut response = KinesisEventResponse::default();
    if let Some(first) = event.records.first() {
        response.add_failure(&first.kinesis.sequence_number);
    }
    let report = BatchReport {
        endings: vec![None; event.records.len()],
        first_undone: (!event.records.is_empty()).then_some(0),
        failure: Some("the invocation ran out of time".to_owned()),
        ..BatchReport::default()
    };
    (response, report)
}

/// The clock on the wall.
struct LiveClock {
    started: Instant,
}

impl Clock for LiveClock {
    fn now(&self, _arrived: Timestamp) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn stopwatch_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_793_458_921_000);

    #[test]
    fn the_time_left_is_what_lies_before_the_deadline() {
        assert_eq!(time_left_ms(1_793_458_924_000, NOW), 3_000);
    }

    #[test]
    fn a_deadline_that_makes_no_sense_neither_stops_a_batch_nor_lets_it_run_for_ever() {
        assert_eq!(time_left_ms(600_000, NOW), UNTOLD_MS);
        assert_eq!(time_left_ms(0, NOW), UNTOLD_MS);
        assert_eq!(time_left_ms(u64::MAX, NOW), LONGEST_MS);
    }
}
