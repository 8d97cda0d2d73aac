//! A stream function: wired once, before the first event, and then handed one batch after another.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aws_config::BehaviorVersion;
use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use lambda_runtime::{Error, LambdaEvent};
use tact_domain::{EventKind, Timestamp};
use tact_pipeline::{Clock, ItemKey, Pipeline, Store};

use crate::{Configuration, DynamoStore, KinesisLog, stream, telemetry};

/// What one of the stream functions is made of.
pub struct Function {
    name: &'static str,
    pipeline: Pipeline<DynamoStore, KinesisLog, LiveClock>,
}

impl Function {
    /// Wires a function for the kinds of events on its stream: configuration, clients, catalogue, models, and one call to the table,
    /// so that the first event finds a connection.
    ///
    /// # Errors
    /// When the environment or what is compiled in is not as it must be. The function then does not start.
    pub async fn wire(name: &'static str, accepts: &[EventKind]) -> Result<Self, Error> {
        let configuration = Configuration::from_environment()?;
        let aws = aws_config::defaults(BehaviorVersion::latest()).load().await;
        let store = DynamoStore::new(aws_sdk_dynamodb::Client::new(&aws), configuration.table);
        let log = KinesisLog::new(aws_sdk_kinesis::Client::new(&aws), configuration.decision_log);
        let pipeline = Pipeline {
            store,
            log,
            clock: LiveClock { started: Instant::now() },
            catalogue: crate::catalogue()?,
            models: crate::models()?,
            accepts: accepts.to_vec(),
            fold_only_until: None,
            build: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(Self { name, pipeline })
    }

    /// Opens the connection to the table ahead of the first event; whether that works is the first event's concern.
    pub async fn warm(&self) {
        if let Some(nobody) = tact_domain::CustomerId::new("-") {
            let _answer = self.pipeline.store.get(&ItemKey::Addresses(nobody)).await;
        }
    }

    /// Handles one batch.
    ///
    /// # Errors
    /// Never: what cannot be done is in the response.
    pub async fn handle(&self, event: LambdaEvent<KinesisEvent>) -> Result<KinesisEventResponse, Error> {
        let deadline = i64::try_from(event.context.deadline).ok().map(Timestamp);
        let (response, report) = stream::handle(&self.pipeline, &event.payload, deadline).await;
        telemetry::emit(self.name, &report, self.pipeline.clock.now(Timestamp(0)));
        Ok(response)
    }
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
