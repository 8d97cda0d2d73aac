//! The decision record: a deterministic body, which replays to the same bytes and is hashed, and a measured envelope, which does not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use tact_decide::{Candidate, Catalogue, Decision, Fate, Models, Rung, Terms};
use tact_domain::{Appointment, Channel, EventKind, FacetKind, On, Timestamp, Trigger};

use crate::sha256_hex;

/// The format of bodies written today.
const FORMAT: u32 = 1;
/// Up to this many candidates are listed one by one; beyond it those refused are counted by reason.
const LISTED: usize = 50;

/// What a decision was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The event, as canonical JSON.
    pub event: String,
    /// The kind of the event.
    pub kind: EventKind,
    /// When the event reached us.
    pub arrived: Timestamp,
    /// The instant decided for.
    pub now: Timestamp,
    /// The packed facets before the event was folded, in the order of `FacetKind::ALL`; empty for one that did not exist.
    pub facets: [Vec<u8>; 5],
    /// The versions of those facets as they were read, 0 for one that did not exist.
    pub versions: [u64; 5],
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
    /// How many times the decision was made, losing a race each time but the last.
    pub attempts: u32,
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
    /// What it was made from.
    pub facts: Facts,
    /// The rung it was made on.
    pub rung: Rung,
    /// The catalogue it was made with.
    pub catalogue: String,
    /// The models it was made with.
    pub models: String,
    /// The bytes a replay must give again.
    pub body: String,
}

/// The deterministic body of a decision, as JSON.
pub fn encode_body(facts: &Facts, decision: &Decision, catalogue: &Catalogue, models: &Models) -> String {
    let customer = Customer { event: raw(&facts.event), profile: snapshot(&facts.facets) };
    let listed = |candidate: &&Candidate| decision.candidates.len() <= LISTED || !is_refused(candidate);
    let body = Body {
        format: FORMAT,
        decision: decision.id.to_string(),
        kind: facts.kind,
        customer,
        versions: named(&facts.versions),
        commits: FacetKind::of(facts.kind).map(|own| (own.name(), version_of(&facts.versions, own) + 1)),
        arrived_ms: facts.arrived.0,
        now_ms: facts.now.0,
        trigger: decision.trigger,
        store: decision.store.as_deref(),
        rung: decision.rung,
        catalogue: &catalogue.hash,
        models: &models.hash,
        seed: format!("{:016x}", seed(decision)),
        caps: catalogue
            .policy
            .caps
            .iter()
            .zip(&decision.caps)
            .map(|(cap, used)| (cap.name.as_str(), (*used, cap.max)))
            .collect(),
        candidates: decision.candidates.iter().filter(listed).map(|c| entry(c, catalogue)).collect(),
        refused: counted(decision),
        chosen: decision.winner().map(|winner| entry(winner, catalogue).name),
        appointments: decision.appointments.iter().map(Put::from).collect(),
        action_probability: 1.0,
        arms: [],
    };
    serde_json::to_string(&body).unwrap_or_default()
}

/// The canonical form of an event that was found valid: keys sorted, no white space, on one line.
pub fn canonical_event(bytes: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(bytes).map_or_else(|_| "null".to_owned(), |event| event.to_string())
}

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
    let read: ReadBody = serde_json::from_str(body).map_err(malformed)?;
    if read.format != FORMAT {
        return Err(RecordError::Format(read.format));
    }
    let mut facets: [Vec<u8>; 5] = Default::default();
    let mut versions = [0; 5];
    for ((facet, version), kind) in facets.iter_mut().zip(&mut versions).zip(FacetKind::ALL) {
        if let Some(packed) = read.customer.profile.get(kind.name()) {
            let bytes = BASE64.decode(packed);
            *facet =
                bytes.map_err(|_| RecordError::Malformed(format!("profile of `{}` is not base64", kind.name())))?;
        }
        *version = read.versions.get(kind.name()).copied().unwrap_or(0);
    }
    let event = read.customer.event.get().to_owned();
    let (arrived, now) = (Timestamp(read.arrived_ms), Timestamp(read.now_ms));
    Ok(Recorded {
        facts: Facts { event, kind: read.kind, arrived, now, facets, versions },
        rung: read.rung,
        catalogue: read.catalogue,
        models: read.models,
        body: body.to_owned(),
    })
}

#[derive(Serialize, Deserialize)]
struct Line {
    body: Box<RawValue>,
    hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    envelope: Option<Envelope>,
}

/// The body. What describes the customer is one block, so that it can be sealed per customer.
#[derive(Serialize)]
struct Body<'a> {
    format: u32,
    decision: String,
    kind: EventKind,
    customer: Customer,
    versions: BTreeMap<&'static str, u64>,
    commits: Option<(&'static str, u64)>,
    arrived_ms: i64,
    now_ms: i64,
    trigger: Trigger,
    store: Option<&'a str>,
    rung: Rung,
    catalogue: &'a str,
    models: &'a str,
    seed: String,
    /// By cap: how many messages it counted, and how many it allows.
    caps: BTreeMap<&'a str, (u16, u16)>,
    candidates: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    refused: BTreeMap<&'static str, u32>,
    chosen: Option<Name<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    appointments: Vec<Put<'a>>,
    action_probability: f64,
    arms: [&'a str; 0],
}

#[derive(Serialize)]
struct Customer {
    event: Box<RawValue>,
    profile: BTreeMap<&'static str, String>,
}

#[derive(Clone, Copy, Serialize)]
struct Name<'a> {
    action: &'a str,
    treatment: &'a str,
    channel: Channel,
}

/// An appointment made.
#[derive(Serialize)]
struct Put<'a> {
    issue: &'a str,
    on: On,
    not_before_ms: i64,
    until_ms: i64,
}

impl<'a> From<&'a Appointment> for Put<'a> {
    fn from(made: &'a Appointment) -> Self {
        Self { issue: &made.issue, on: made.on, not_before_ms: made.not_before.0, until_ms: made.until.0 }
    }
}

#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<Terms>,
}

#[derive(Deserialize)]
struct ReadBody {
    format: u32,
    kind: EventKind,
    customer: ReadCustomer,
    versions: BTreeMap<String, u64>,
    arrived_ms: i64,
    now_ms: i64,
    rung: Rung,
    catalogue: String,
    models: String,
}

#[derive(Deserialize)]
struct ReadCustomer {
    event: Box<RawValue>,
    profile: BTreeMap<String, String>,
}

fn entry<'a>(candidate: &Candidate, catalogue: &'a Catalogue) -> Entry<'a> {
    let action = catalogue.actions.get(usize::from(candidate.action));
    let treatment = action.and_then(|action| action.treatments.get(usize::from(candidate.treatment)));
    let (fate, reason) = match candidate.fate {
        Fate::Chosen => ("chosen", None),
        Fate::Lost(reason) => ("lost", Some(reason)),
        Fate::Refused(reason) => ("refused", Some(reason)),
    };
    Entry {
        name: Name {
            action: action.map_or("", |action| action.name.as_str()),
            treatment: treatment.map_or("", |treatment| treatment.name.as_str()),
            channel: treatment.map_or(Channel::Inbox, |treatment| treatment.channel),
        },
        fate,
        reason: reason.map(tact_decide::Reason::name),
        detail: reason.and_then(|reason| detail(reason, action, catalogue)),
        consent: candidate.consent.map(|event| event.to_string()),
        terms: candidate.terms,
    }
}

/// Which criterion or cap a reason means, by name.
fn detail(reason: tact_decide::Reason, action: Option<&tact_decide::Action>, catalogue: &Catalogue) -> Option<String> {
    let place = usize::from(reason.place()?);
    if let tact_decide::Reason::Cap(_) = reason {
        return catalogue.policy.caps.get(place).map(|cap| cap.name.to_string());
    }
    let criterion = action?.eligibility.get(place)?;
    serde_json::to_value(&criterion.slot).ok().map(|slot| match slot {
        serde_json::Value::String(name) => name,
        other => other.to_string().replace(['{', '}', '"'], ""),
    })
}

fn counted(decision: &Decision) -> BTreeMap<&'static str, u32> {
    let mut counts = BTreeMap::new();
    if decision.candidates.len() > LISTED {
        for candidate in &decision.candidates {
            if let Fate::Refused(reason) = candidate.fate {
                *counts.entry(reason.name()).or_insert(0) += 1;
            }
        }
    }
    counts
}

fn is_refused(candidate: &Candidate) -> bool {
    matches!(candidate.fate, Fate::Refused(_))
}

/// The seed of everything random about a decision: the last 64 bits of its id.
fn seed(decision: &Decision) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
    let low = decision.id.0 as u64;
    low
}

fn snapshot(facets: &[Vec<u8>; 5]) -> BTreeMap<&'static str, String> {
    let known = FacetKind::ALL.iter().zip(facets).filter(|(_, bytes)| !bytes.is_empty());
    known.map(|(kind, bytes)| (kind.name(), BASE64.encode(bytes))).collect()
}

fn named(versions: &[u64; 5]) -> BTreeMap<&'static str, u64> {
    let known = FacetKind::ALL.iter().zip(versions).filter(|(_, version)| **version > 0);
    known.map(|(kind, version)| (kind.name(), *version)).collect()
}

fn version_of(versions: &[u64; 5], wanted: FacetKind) -> u64 {
    FacetKind::ALL.iter().zip(versions).find(|(kind, _)| **kind == wanted).map_or(0, |(_, version)| *version)
}

/// JSON that is known to be JSON, kept as it is; anything else becomes `null`.
fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
