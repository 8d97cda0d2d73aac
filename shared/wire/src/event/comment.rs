//! `tact.comment.v1`: something a customer said of us. Its words are read here, and go no further: what is kept, in profiles and in decision
//! records alike, is what was read in them.

mod reading;

use serde_json::{Map, Value, json};
use tact_domain::{Cause, Comment, Evidence, Key, Method, Reading, Tag, Timestamp, Tone};

use super::Origin;
use super::error::ParseError;
use super::field::{Field, Object};
use super::geolocation::{MAX_ACCURACY_M, position};
use super::time::EventTime;

pub use self::reading::reading;

/// The longest comment, in characters.
const MAX_TEXT: usize = 4_096;

/// Reads a comment. In a decision record what was read in its words stands in their place.
pub(super) fn read(data: &Object<'_>, origin: Origin) -> Result<Comment, ParseError> {
    let evidence = data.optional("evidence").map(|field| read_evidence(&field, origin)).transpose()?;
    Ok(Comment {
        arena: data.required("arena")?.word(read_arena)?,
        public: data.required("public")?.flag()?,
        about: data.optional("product").map(|field| field.key()).transpose()?,
        reply_to: data.optional("reply_to").map(|field| field.key()).transpose()?,
        evidence: evidence.unwrap_or_default(),
        read: match origin {
            Origin::Sender => reading(&data.required("text")?.prose(MAX_TEXT)?),
            Origin::Record => read_reading(&data.required("read")?)?,
        },
    })
}

/// What a record keeps of a comment: everything it said but its words, and what was read in them. Nothing else its sender may have added.
pub(crate) fn recorded(comment: &Comment) -> Value {
    let Reading { cause, confidence, tone } = comment.read;
    let mut data = Map::new();
    let mut keep = |name: &str, value: Value| {
        data.insert(name.to_owned(), value);
    };
    keep("arena", json!(comment.arena));
    keep("public", json!(comment.public));
    for (name, key) in [("product", &comment.about), ("reply_to", &comment.reply_to)] {
        if let Some(key) = key {
            keep(name, json!(key));
        }
    }
    keep("evidence", recorded_evidence(&comment.evidence));
    keep("read", json!({ "cause": cause.name(), "confidence": confidence, "tone": tone.name() }));
    Value::Object(data)
}

fn recorded_evidence(evidence: &Evidence) -> Value {
    let kind = evidence.method().map_or("none", Method::name);
    match evidence {
        Evidence::Nothing | Evidence::GeoTag(None) => json!({ "kind": kind }),
        Evidence::Told { store } => json!({ "kind": kind, "store": store }),
        Evidence::Wifi { store, at } => json!({ "kind": kind, "store": store, "at": stamp(*at) }),
        Evidence::GeoTag(Some(Tag { lat, lon, accuracy_m, taken_at })) => {
            json!({ "kind": kind, "lat": lat, "lon": lon, "accuracy_m": accuracy_m, "taken_at": stamp(*taken_at) })
        }
    }
}

fn stamp(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string()
}

fn read_arena(word: &str) -> Option<Key> {
    Comment::ARENAS.contains(&word).then(|| Key::new(word))
}

fn read_evidence(field: &Field<'_>, origin: Origin) -> Result<Evidence, ParseError> {
    let evidence = field.object()?;
    let kind = evidence.required("kind")?;
    if kind.text()? == "none" {
        return Ok(Evidence::Nothing);
    }
    Ok(match kind.word(read_method)? {
        Method::Told => Evidence::Told { store: evidence.required("store")?.key()? },
        Method::Wifi => Evidence::Wifi {
            store: evidence.required("store")?.key()?,
            at: EventTime::read(evidence.required("at")?)?.at,
        },
        // A position that was not to be kept is not in the record.
        Method::GeoTag if origin == Origin::Record && evidence.optional("lat").is_none() => Evidence::GeoTag(None),
        Method::GeoTag => Evidence::GeoTag(Some(read_tag(&evidence)?)),
    })
}

fn read_method(word: &str) -> Option<Method> {
    Method::ALL.into_iter().find(|method| method.name() == word)
}

fn read_tag(evidence: &Object<'_>) -> Result<Tag, ParseError> {
    let (lat, lon) = position(evidence)?;
    Ok(Tag {
        lat,
        lon,
        accuracy_m: evidence.required("accuracy_m")?.number(0.0..=MAX_ACCURACY_M)?,
        taken_at: EventTime::read(evidence.required("taken_at")?)?.at,
    })
}

fn read_reading(field: &Field<'_>) -> Result<Reading, ParseError> {
    let read = field.object()?;
    let cause = |word: &str| Cause::ALL.into_iter().find(|cause| cause.name() == word);
    let tone = |word: &str| Tone::ALL.into_iter().find(|tone| tone.name() == word);
    Ok(Reading {
        cause: read.required("cause")?.word(cause)?,
        confidence: read.required("confidence")?.number(0.0..=1.0)?,
        tone: read.required("tone")?.word(tone)?,
    })
}
