//! The function of the clock: a tick a minute calls what is due, and the stream of appointments that are due is decided on.

use aws_lambda_events::event::kinesis::KinesisEvent;
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};
use tact_domain::{EventKind, Timestamp};
use tact_pipeline::Wake;

use super::live::on_the_wall;
use super::{clients, telemetry};
use crate::{Configuration, DynamoStore, Function, KinesisEvents, LiveClock};

/// What `wake` is made of.
pub struct WakeFunction {
    due: Function,
    wake: Wake<DynamoStore, KinesisEvents, LiveClock>,
}

const NAME: &str = "wake";

impl WakeFunction {
    /// What a template has to set: beside what every stream function reads, the streams of due appointments and of outcomes.
    pub const KEYS: [&'static str; 3] = ["TACT_TABLE", "TACT_DUE_STREAM", "TACT_OUTCOME_STREAM"];

    /// Wires the function.
    ///
    /// # Errors
    /// When the environment or what is compiled in is not as it must be. The function then does not start, and has said why.
    pub fn wire() -> Result<Self, Error> {
        let due = Function::wire(NAME, &[EventKind::Due])?;
        let wake = Self::wired().inspect_err(|error| telemetry::not_started(NAME, error))?;
        Ok(Self { due, wake })
    }

    fn wired() -> Result<Wake<DynamoStore, KinesisEvents, LiveClock>, Error> {
        let configuration = Configuration::from_environment(&Self::KEYS)?;
        let [table, due, outcomes] = Self::KEYS.map(|key| configuration.value(key));
        let streams = vec![(EventKind::Due, due), (EventKind::Outcome, outcomes)];
        Ok(Wake {
            store: DynamoStore::new(clients::dynamodb(&configuration), table),
            events: KinesisEvents::new(clients::kinesis(&configuration), streams),
            clock: LiveClock::of(&configuration)?,
        })
    }

    /// Opens the connections ahead of the first event.
    pub async fn warm(&self) {
        self.due.warm().await;
    }

    /// Handles one batch of its stream, which has records, or one tick of the rule that fires once a minute, whatever that says.
    ///
    /// # Errors
    /// When a tick could not tell what is due or put an event; everything stays due, and the next tick finds it.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        if event.payload.get("Records").is_some() {
            let batch: KinesisEvent = serde_json::from_value(event.payload)?;
            let response = self.due.handle(LambdaEvent::new(batch, event.context)).await?;
            return Ok(serde_json::to_value(response)?);
        }
        let ticked = self.wake.tick(planned(&event.payload)).await;
        telemetry::emit_tick(NAME, &ticked, on_the_wall());
        let report = ticked?;
        Ok(json!({ "turns": report.turns, "appointments": report.appointments, "expired": report.expired }))
    }
}

/// The instant that the rule names, as it writes it; 1970 when it names none.
fn planned(event: &Value) -> Timestamp {
    let time = event.get("time").and_then(Value::as_str).and_then(|time| time.parse::<jiff::Timestamp>().ok());
    Timestamp(time.map_or(0, jiff::Timestamp::as_millisecond))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_planned_for_the_minute_that_the_rule_names() {
        let event = json!({ "source": "aws.scheduler", "time": "2026-10-31T15:00:00Z", "detail": {} });
        assert_eq!(planned(&event), Timestamp(1_793_458_800_000));
        assert_eq!(planned(&json!({ "time": "noon" })), Timestamp(0));
        assert_eq!(planned(&json!("tick")), Timestamp(0));
    }
}
