//! Events of our own making: an appointment that is due, an outcome that came back, a consent that was changed. They go onto the stream of
//! their kind like anybody's, and mean the same however often they are put there.

use serde_json::{Value, json};
use tact_domain::{Cause, CustomerId, DecisionId, EventKind, Outcome, Timestamp};

/// One event to be put on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnEvent {
    /// The stream it belongs on.
    pub kind: EventKind,
    /// Whom it is about: the partition key.
    pub customer: CustomerId,
    /// The event as JSON.
    pub line: String,
}

impl OwnEvent {
    /// An appointment that is due.
    pub fn due(customer: &CustomerId, issue: &str, made_by: DecisionId, at: Timestamp) -> Self {
        let data = json!({ "issue": issue, "made_by": made_by.to_string() });
        Self::new(EventKind::Due, customer, "tact/wake", &format!("{made_by}/{issue}"), at, &data)
    }

    /// What became of a decision, as somebody reported it under an id of theirs.
    pub fn outcome(
        customer: &CustomerId,
        decision: DecisionId,
        outcome: Outcome,
        source: &str,
        id: &str,
        at: Timestamp,
    ) -> Self {
        let data = json!({ "decision": decision.to_string(), "outcome": outcome });
        Self::new(EventKind::Outcome, customer, source, id, at, &data)
    }

    /// What became of a decision that asked why, with the answer.
    pub fn answer(
        customer: &CustomerId,
        decision: DecisionId,
        (outcome, answer): (Outcome, Cause),
        source: &str,
        id: &str,
        at: Timestamp,
    ) -> Self {
        let data = json!({ "decision": decision.to_string(), "outcome": outcome, "answer": answer.name() });
        Self::new(EventKind::Outcome, customer, source, id, at, &data)
    }

    /// A change of consent; `data` is that of a `tact.consent.v1` event.
    pub fn consent(customer: &CustomerId, source: &str, id: &str, at: Timestamp, data: &Value) -> Self {
        Self::new(EventKind::Consent, customer, source, id, at, data)
    }

    fn new(kind: EventKind, customer: &CustomerId, source: &str, id: &str, at: Timestamp, data: &Value) -> Self {
        let name = match kind {
            EventKind::CheckIn => "check-in",
            other => other.name(),
        };
        let time = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        let event = json!({
            "specversion": "1.0", "id": id, "source": source, "type": format!("tact.{name}.v1"),
            "subject": customer.as_str(), "time": time.to_string(), "data": data,
        });
        Self { kind, customer: customer.clone(), line: event.to_string() }
    }
}
