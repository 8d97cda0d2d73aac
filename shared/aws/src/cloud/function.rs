//! A stream function: wired once, before the first event, and then handed one batch after another.

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use lambda_runtime::{Error, LambdaEvent};
use tact_domain::EventKind;
use tact_pipeline::{BatchReport, HoldReader, Learning, Leases, Pipeline, Versions};

use super::live::{self, TimeLeft};
use super::{clients, telemetry};
use crate::{Configuration, DynamoStore, KinesisLog, LiveClock, stream};

/// What one of the stream functions is made of.
pub struct Function {
    name: &'static str,
    pipeline: Pipeline<DynamoStore, KinesisLog, LiveClock>,
}

impl Function {
    /// What a template has to set: the name of the table, and that of the stream that keeps decisions.
    pub const KEYS: [&'static str; 2] = ["TACT_TABLE", "TACT_DECISION_LOG"];

    /// Wires a function for the kinds of events on its stream: configuration, clients, catalogue and models.
    ///
    /// # Errors
    /// When the environment or what is compiled in is not as it must be. The function then does not start, and has said why.
    pub fn wire(name: &'static str, accepts: &[EventKind]) -> Result<Self, Error> {
        telemetry::report_panics();
        Self::wired(name, accepts).inspect_err(|error| telemetry::not_started(name, error))
    }

    fn wired(name: &'static str, accepts: &[EventKind]) -> Result<Self, Error> {
        let configuration = Configuration::from_environment(&Self::KEYS)?;
        let [table, log] = Self::KEYS.map(|key| configuration.value(key));
        let pipeline = Pipeline {
            store: DynamoStore::new(clients::dynamodb(&configuration), table),
            log: KinesisLog::new(clients::kinesis(&configuration), log),
            clock: LiveClock::of(&configuration)?,
            catalogues: Versions::of(crate::catalogue()?),
            models: crate::models()?,
            leases: Leases::default(),
            holds: HoldReader::default(),
            learning: Learning::default(),
            process: configuration.process(),
            accepts: accepts.to_vec(),
            fold_only_until: configuration.fold_only_until()?,
            build: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(Self { name, pipeline })
    }

    /// Opens the connections to table and stream ahead of the first event.
    pub async fn warm(&self) {
        live::warm(&self.pipeline.store, self.pipeline.log.warm()).await;
    }

    /// Handles one batch.
    ///
    /// # Errors
    /// Never: what cannot be done is in the response.
    pub async fn handle(&self, event: LambdaEvent<KinesisEvent>) -> Result<KinesisEventResponse, Error> {
        let left = TimeLeft::before(event.context.deadline, &self.pipeline.clock);
        let handling = stream::handle(&self.pipeline, &event.payload, left.deadline);
        let handled = tokio::time::timeout(left.answer_in, handling).await;
        let (response, report) = handled.unwrap_or_else(|_| unfinished(&event.payload));
        telemetry::emit(self.name, &report, live::on_the_wall());
        Ok(response)
    }
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
