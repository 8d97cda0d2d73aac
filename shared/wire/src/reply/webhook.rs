//! Outcomes that other systems report: `{"id","customer","decision","outcome","at"}`.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;
use tact_domain::{Outcome, Timestamp};

use super::body::Body;
use super::{Rejection, Report};

/// Reads a report.
pub(super) fn read(bytes: &[u8], now: Timestamp) -> Result<Report, Rejection> {
    let body = Body::read(bytes)?;
    Ok(Report {
        id: body.text("id", 128)?.to_owned(),
        customer: body.customer("customer")?,
        decision: body.decision("decision")?,
        outcome: body.word("outcome", outcome)?,
        at: body.instant("at", now)?,
        source: "webhook",
    })
}

fn outcome(word: &str) -> Option<Outcome> {
    let word: serde::de::value::StrDeserializer<'_, Error> = word.into_deserializer();
    Outcome::deserialize(word).ok()
}
