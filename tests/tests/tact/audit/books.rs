//! The books that are inspected: what happened, what was decided, what left, and what the run said of itself.

use serde_json::{Value, json};
use tact_decide::Catalogue;
use tact_wire::readable_body;

/// Everything there is to inspect. It can be altered, to see whether that is found.
#[derive(Clone)]
pub(crate) struct Books {
    /// The raw events.
    pub(crate) events: Vec<Value>,
    /// The bodies of the decision records.
    pub(crate) decisions: Vec<Value>,
    /// What left.
    pub(crate) messages: Vec<Value>,
    /// The summary of the run.
    pub(crate) summary: Value,
    /// What gave patience back, told by answers that are in no file.
    pub(crate) earned: Vec<Earned>,
}

/// Something that gave patience back for an action: thanks, or else coming for it by oneself.
#[derive(Clone)]
pub(crate) struct Earned {
    pub(crate) customer: String,
    pub(crate) action: String,
    pub(crate) at: i64,
    pub(crate) thanked: bool,
}

impl Books {
    /// Reads the files.
    pub(crate) fn of(events: &str, [decisions, messages]: [&str; 2], summary: Value, catalogue: &Catalogue) -> Self {
        let read = |text: &str| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
        let body = |mut record: Value| readable_body(record["body"].take(), catalogue);
        let decisions = read(decisions).into_iter().map(body).collect();
        Self { events: read(events), decisions, messages: read(messages), summary, earned: Vec::new() }
    }

    /// Adds that a customer took back the consent to marketing by a channel, in an answer that is in no file.
    pub(crate) fn stopped(&mut self, customer: &str, channel: &str, at_ms: i64) {
        let time = jiff::Timestamp::from_millisecond(at_ms).unwrap().to_string();
        let grant = json!({ "channel": channel, "purpose": "marketing", "state": "revoked" });
        let data = json!({ "grants": [grant] });
        self.events.push(json!({ "type": "tact.consent.v1", "subject": customer, "time": time, "data": data }));
    }
}

/// A time of day and date, in milliseconds since 1970.
pub(crate) fn instant(text: &Value) -> i64 {
    text.as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}
