//! Events as they arrive: `CloudEvents` 1.0 in structured JSON, checked to the last field and turned into signals.
//! Read in this order: `json` (bytes to a tree), `field` (typed reading that names what is wrong), then one file per event kind.
//! Unknown fields are ignored; anything else that is not as the contract says refuses the whole event.

mod checkin;
mod comment;
mod consent;
mod due;
mod error;
mod field;
mod geolocation;
mod json;
mod outcome;
mod partner;
mod path;
mod point;
mod purchase;
mod time;

use tact_domain::{DecisionId, EventKind, Fingerprint, Happened, Key, Signal, Timestamp};

pub use comment::reading;
pub(crate) use comment::recorded;
pub use consent::ConsentProof;
pub use error::{ParseError, Reason};
pub(crate) use outcome::read_cause;
pub use point::ContactPoint;

use field::{Field, KEY_CHARS, Object};
use time::EventTime;

/// How far after its arrival an event may say that it happened, in milliseconds.
const MAX_AHEAD_MS: i64 = 5 * 60 * 1000;

/// A valid event.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedEvent {
    /// What it says.
    pub signal: Signal,
    /// Who sent it.
    pub source: Key,
    /// What the sender calls it; unique per source.
    pub id: Key,
    /// Addresses given and withdrawn by a consent event, in the order sms, email, push. The profile only learns that there are some.
    pub points: Vec<ContactPoint>,
    /// What the customer was shown, one per grant of a consent event that tells.
    pub proofs: Vec<ConsentProof>,
}

impl ParsedEvent {
    /// What a consent event leaves as evidence: who sent it, when, and what was shown. Nothing else it said is kept with it.
    pub fn proof_json(&self) -> String {
        let Self { source, id, proofs, signal, .. } = self;
        serde_json::json!({ "source": source, "id": id, "at_ms": signal.at.0, "proofs": proofs }).to_string()
    }
}

/// Reads one event that reached us at `arrived`.
///
/// # Errors
/// Why it is none, and which field says so. The same bytes always give the same answer.
pub fn parse(bytes: &[u8], arrived: Timestamp) -> Result<ParsedEvent, ParseError> {
    parse_from(Origin::Sender, bytes, arrived)
}

/// Reads the event of a decision record, in which what was read in the words of a comment stands in their place.
///
/// # Errors
/// As `parse`.
pub fn parse_recorded(event: &str, arrived: Timestamp) -> Result<ParsedEvent, ParseError> {
    parse_from(Origin::Record, event.as_bytes(), arrived)
}

/// Where an event is read from.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// It is as its sender wrote it.
    Sender,
    /// It is as a decision record keeps it.
    Record,
}

fn parse_from(origin: Origin, bytes: &[u8], arrived: Timestamp) -> Result<ParsedEvent, ParseError> {
    let json = json::read(bytes)?;
    let event = Object::root(&json)?;
    read_specversion(&event.required("specversion")?)?;
    let kind = read_kind(&event.required("type")?)?;
    let id = Key::new(event.required("id")?.printable(KEY_CHARS)?);
    let source = Key::new(event.required("source")?.printable(KEY_CHARS)?);
    let customer = event.required("subject")?.customer()?;
    let time = read_time(&event, arrived)?;
    let body = read_data(&event.required("data")?, kind, (&source, origin), time)?;
    Ok(ParsedEvent {
        signal: Signal {
            customer,
            source: source.clone(),
            event: Fingerprint::of(&source, &id),
            decision: DecisionId::of(&source, &id, 0),
            at: time.at,
            offset_s: time.offset_s,
            arrived,
            happened: body.happened,
        },
        source,
        id,
        points: body.points,
        proofs: body.proofs,
    })
}

fn read_specversion(field: &Field<'_>) -> Result<(), ParseError> {
    match field.text()? {
        "1.0" => Ok(()),
        _ => Err(field.refuse(Reason::UnknownVersion, "must be 1.0")),
    }
}

/// What is said of a type that is none of these.
const KNOWN_TYPES: &str = "is none of tact.check-in.v1, tact.purchase.v1, tact.geolocation.v1, tact.partner.v1, tact.comment.v1, tact.consent.v1, tact.outcome.v1, tact.due.v1";

fn read_kind(field: &Field<'_>) -> Result<EventKind, ParseError> {
    let text = field.text()?;
    let named = text.strip_prefix("tact.").and_then(|rest| rest.rsplit_once(".v"));
    let kind = named.and_then(|(name, version)| Some((kind_named(name)?, version)));
    match kind {
        Some((kind, "1")) => Ok(kind),
        Some(_) => Err(field.refuse(Reason::UnknownVersion, "is of a version we do not know")),
        None => Err(field.refuse(Reason::UnknownType, KNOWN_TYPES)),
    }
}

fn kind_named(name: &str) -> Option<EventKind> {
    match name {
        "check-in" => Some(EventKind::CheckIn),
        "purchase" => Some(EventKind::Purchase),
        "geolocation" => Some(EventKind::Geolocation),
        "partner" => Some(EventKind::Partner),
        "comment" => Some(EventKind::Comment),
        "consent" => Some(EventKind::Consent),
        "outcome" => Some(EventKind::Outcome),
        "due" => Some(EventKind::Due),
        _ => None,
    }
}

/// The event's time: not after its arrival, neither ours nor the one a gateway before us noted.
fn read_time(event: &Object<'_>, arrived: Timestamp) -> Result<EventTime, ParseError> {
    let field = event.required("time")?;
    let time = EventTime::read(field)?;
    let noted = event.optional("arrivedat").map(EventTime::read).transpose()?;
    let arrived = noted.map_or(arrived, |noted| noted.at.min(arrived));
    if time.at.since_ms(arrived) > MAX_AHEAD_MS {
        return Err(field.refuse(Reason::Future, "is more than 5 minutes after the event arrived"));
    }
    Ok(time)
}

/// What an event's `data` says.
struct Body {
    happened: Happened,
    points: Vec<ContactPoint>,
    proofs: Vec<ConsentProof>,
}

fn read_data(
    field: &Field<'_>,
    kind: EventKind,
    (source, origin): (&Key, Origin),
    time: EventTime,
) -> Result<Body, ParseError> {
    let data = field.object()?;
    let (mut points, mut proofs) = (Vec::new(), Vec::new());
    let happened = match kind {
        EventKind::CheckIn => Happened::CheckIn(checkin::read(&data)?),
        EventKind::Purchase => Happened::Purchase(purchase::read(&data)?),
        EventKind::Geolocation => Happened::Geolocation(geolocation::read(&data)?),
        EventKind::Partner => Happened::Partner(partner::read(&data, source, time.at)?),
        EventKind::Comment => Happened::Comment(comment::read(&data, origin)?),
        EventKind::Outcome => Happened::Outcome(outcome::read(&data)?),
        EventKind::Due => Happened::Due(due::read(&data)?),
        EventKind::Consent => {
            let consent = consent::read(field, &data, time.year)?;
            (points, proofs) = (consent.points, consent.proofs);
            Happened::Consent(consent.change)
        }
    };
    Ok(Body { happened, points, proofs })
}
