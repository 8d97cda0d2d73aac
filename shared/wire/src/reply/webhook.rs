//! Outcomes that other systems report: `{"id","customer","decision","outcome","at"}`, and `"answer"` where the decision asked why.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;
use tact_domain::{Outcome, Timestamp};

use super::body::Body;
use super::{Rejection, Report};
use crate::event::read_cause;

/// Reads a report.
pub(super) fn read(bytes: &[u8], now: Timestamp) -> Result<Report, Rejection> {
    let body = Body::read(bytes)?;
    Ok(Report {
        id: body.text("id", 128)?.to_owned(),
        customer: body.customer("customer")?,
        decision: body.decision("decision")?,
        outcome: body.word("outcome", outcome)?,
        answer: body.word_if_any("answer", read_cause)?,
        at: body.instant("at", now)?,
        source: "webhook",
    })
}

fn outcome(word: &str) -> Option<Outcome> {
    let word: serde::de::value::StrDeserializer<'_, Error> = word.into_deserializer();
    Outcome::deserialize(word).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_793_458_800_000);

    fn report(more: &str) -> Result<Report, Rejection> {
        let decision = "d-0123456789abcdef0123456789abcdef";
        let told = r#""id":"tap-1","customer":"cust-42","outcome":"accepted","at":"2026-10-31T11:00:00-04:00""#;
        read(format!(r#"{{{told},"decision":"{decision}"{more}}}"#).as_bytes(), NOW)
    }

    #[test]
    fn an_answer_goes_on_with_the_outcome_as_an_event_says_it() {
        let data = |more| -> serde_json::Value {
            let event: serde_json::Value = serde_json::from_str(&report(more).unwrap().event().line).unwrap();
            event["data"]["answer"].clone()
        };
        assert_eq!(data(r#","answer":"fit""#), "fit");
        assert_eq!((data(""), data(r#","answer":null"#)), (serde_json::Value::Null, serde_json::Value::Null));
        let refused = report(r#","answer":"fits""#).unwrap_err();
        assert_eq!(refused.to_string(), "`answer` is none of the known words");
    }
}
