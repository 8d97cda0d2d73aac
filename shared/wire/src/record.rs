//! The decision record: a deterministic body, which replays to the same bytes and is hashed, and a measured envelope, which does not.

mod base85;
mod body;
mod readable;
mod snapshot;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tact_decide::{Catalogue, Decision, Models, Rung};
use tact_domain::{Happened, Key, Timestamp};

pub use self::readable::{chosen_terms, readable_body};

use crate::event::recorded;
use crate::sha256_hex;

/// The format of bodies written today.
const FORMAT: u32 = 1;

/// What a decision was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The event, as canonical JSON.
    pub event: String,
    /// When the event reached us.
    pub arrived: Timestamp,
    /// The instant decided for.
    pub now: Timestamp,
    /// The packed facets before the event was folded, in the order of `FacetKind::ALL`; empty for one that did not exist.
    pub facets: [Vec<u8>; 7],
    /// The block of text that holds them, as it was found in a record; `None` when it is to be made.
    pub snapshot: Option<String>,
    /// The versions of those facets as they were read, 0 for one that did not exist.
    pub versions: [u64; 7],
    /// The limits of which nothing was left.
    pub exhausted: Vec<Key>,
}

/// What is measured while deciding; it never replays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The version of the software.
    pub build: String,
    /// Milliseconds from the event's time to the decision.
    pub elapsed_ms: i64,
    /// Items read for the event's batch of this customer.
    pub reads: u32,
    /// Items written for it.
    pub writes: u32,
    /// How many times the decision was made, losing a race each time but the last; absent when that is once.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub attempts: u32,
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_once(attempts: &u32) -> bool {
    *attempts == once()
}

/// A record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is no record.
    #[error("not a decision record: {0}")]
    Malformed(String),
    /// It is of another format.
    #[error("decision record has format {0}, this version reads format {FORMAT}")]
    Format(u32),
    /// The profile in it is cut, altered, or unfolds to more than any profile takes.
    #[error("the profile in the decision record cannot be unfolded")]
    Profile,
    /// Its body does not have the hash it carries.
    #[error("decision record was altered: its body has hash `{found}`, the record says `{said}`")]
    Altered {
        /// The hash of the body as found.
        found: String,
        /// The hash the record carries.
        said: String,
    },
}

/// A record read back: the facts, how it was decided, and the exact body.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its id.
    pub decision: String,
    /// What it was made from.
    pub facts: Facts,
    /// The rung it was made on.
    pub rung: Rung,
    /// The catalogue it was made with.
    pub catalogue: String,
    /// The models it was made with.
    pub models: String,
    /// What was learnt that it was made with, by its name; `None` when nothing was.
    pub learned: Option<String>,
    /// What was chosen; `None` for silence.
    pub chosen: Option<Chosen>,
    /// The probability with which that was drawn, above 0 and at most 1.
    pub probability: f64,
    /// The bytes a replay must give again.
    pub body: String,
}

/// What was chosen, as a record names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Chosen {
    /// The action.
    pub action: Key,
    /// The treatment of it.
    pub treatment: Key,
}

/// The deterministic body of a decision, as JSON.
pub fn encode_body(facts: &Facts, decision: &Decision, catalogue: &Catalogue, models: &Models) -> String {
    serde_json::to_string(&body::body(facts, decision, catalogue, models)).unwrap_or_default()
}

/// The canonical form of an event that was found valid and says what happened: keys sorted, no white space, on one line. Of a comment nothing
/// is in it but what our contract names, and what was read in its words stands in their place.
pub fn canonical_event(bytes: &[u8], happened: &Happened) -> String {
    let mut event = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    if let (Happened::Comment(comment), Some(members)) = (happened, event.as_object_mut()) {
        members.retain(|name, _| ENVELOPE.contains(&name.as_str()));
        members.insert("data".to_owned(), recorded(comment));
    }
    event.to_string()
}

/// What our contract names of every event.
const ENVELOPE: [&str; 8] = ["specversion", "id", "source", "type", "subject", "time", "arrivedat", "data"];

/// A whole record on one line: body, hash of the body and, if given, the envelope.
pub fn record_line(body: &str, envelope: Option<&Envelope>) -> String {
    let line = Line { body: raw(body), hash: sha256_hex(body.as_bytes()), envelope: envelope.cloned() };
    serde_json::to_string(&line).unwrap_or_default()
}

/// Reads a record back.
///
/// # Errors
/// When it is malformed, of another format, or its body was altered.
pub fn decode_record(line: &str) -> Result<Recorded, RecordError> {
    let malformed = |error: serde_json::Error| RecordError::Malformed(error.to_string());
    let line: Line = serde_json::from_str(line).map_err(malformed)?;
    let body = line.body.get();
    let found = sha256_hex(body.as_bytes());
    if found != line.hash {
        return Err(RecordError::Altered { found, said: line.hash });
    }
    let Head { format } = serde_json::from_str(body).map_err(malformed)?;
    if format != FORMAT {
        return Err(RecordError::Format(format));
    }
    let read: Read = serde_json::from_str(body).map_err(malformed)?;
    let ReadCustomer { event, profile } = read.customer;
    let facts = Facts {
        event: event.get().to_owned(),
        arrived: Timestamp(read.arrived_ms.unwrap_or(read.now_ms)),
        now: Timestamp(read.now_ms),
        facets: snapshot::read(&profile)?,
        snapshot: Some(profile),
        versions: read.versions,
        exhausted: read.exhausted,
    };
    let Read { decision, rung, catalogue, models, learned, chosen, action_probability: probability, .. } = read;
    if !(probability > 0.0 && probability <= 1.0) {
        return Err(RecordError::Malformed(format!("`action_probability` is {probability}")));
    }
    Ok(Recorded { decision, facts, rung, catalogue, models, learned, chosen, probability, body: body.to_owned() })
}

#[derive(Serialize, Deserialize)]
struct Line {
    body: Box<RawValue>,
    hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    envelope: Option<Envelope>,
}

/// What tells how to read the rest.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

#[derive(Deserialize)]
struct Read {
    decision: String,
    customer: ReadCustomer,
    versions: [u64; 7],
    #[serde(default)]
    arrived_ms: Option<i64>,
    now_ms: i64,
    rung: Rung,
    catalogue: String,
    models: String,
    #[serde(default)]
    learned: Option<String>,
    #[serde(default)]
    exhausted: Vec<Key>,
    #[serde(default)]
    chosen: Option<Chosen>,
    #[serde(default = "certain")]
    action_probability: f64,
}

/// The probability of what could not have been otherwise.
fn certain() -> f64 {
    1.0
}

#[derive(Deserialize)]
struct ReadCustomer {
    event: Box<RawValue>,
    profile: String,
}

/// JSON that is known to be JSON, kept as it is; anything else becomes `null`.
fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
