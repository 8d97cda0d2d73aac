//! A comment in a policy test: in words, which are read as in life, or by what would be read in them.

use tact_domain::{Cause, Comment, Evidence, Key, Method, Reading, Store, Tag, Timestamp, Tone};
use tact_wire::reading;

use super::fact::{Around, store};
use crate::section::Section;
use crate::word;

/// How exact a tag is that lies in the middle of a store, in metres.
const ACCURACY_M: f64 = 10.0;

/// A comment that is made at an instant. It is public, on a social network, and a complaint about nothing in particular, where nothing else is
/// said; a store without a method was told.
pub(super) fn comment(section: &mut Section<'_, '_>, around: &Around<'_>, at: Timestamp) -> Comment {
    let arenas = Comment::ARENAS.map(|arena| (arena, arena));
    let arena = section.optional("arena", |value| word::one_of(value, &arenas)).unwrap_or("social");
    let heard = section.optional("text", word::text).map(|text| reading(&text));
    let unheard = Reading { cause: Cause::Other, confidence: 1.0, tone: Tone::Complaint };
    let Reading { cause, confidence, tone } = heard.unwrap_or(unheard);
    let (causes, tones) = (Cause::ALL.map(|cause| (cause.name(), cause)), Tone::ALL.map(|tone| (tone.name(), tone)));
    let read = Reading {
        cause: section.optional("cause", |value| word::one_of(value, &causes)).unwrap_or(cause),
        confidence,
        tone: section.optional("tone", |value| word::one_of(value, &tones)).unwrap_or(tone),
    };
    if section.has("text") && (section.has("cause") || section.has("tone")) {
        section.note("text", "is read for what it says", "leave out `cause` and `tone`, or leave out the text");
    }
    Comment {
        arena: Key::new(arena),
        public: section.optional("public", word::flag).unwrap_or(true),
        about: section.optional("product", word::id),
        reply_to: section.optional("reply_to", word::id),
        evidence: evidence(section, around, at),
        read,
    }
}

fn evidence(section: &mut Section<'_, '_>, around: &Around<'_>, at: Timestamp) -> Evidence {
    let methods = Method::ALL.map(|method| (method.name(), method));
    let named = section.optional("store", |value| store(value, around));
    if section.has("by") && !section.has("store") {
        section.note(
            "by",
            "says how a store is known, and none is named",
            "add for example `store = \"market-street\"`",
        );
    }
    let by = section.optional("by", |value| word::one_of(value, &methods)).unwrap_or(Method::Told);
    named.map_or(Evidence::Nothing, |store| found(store, by, at))
}

/// What speaks for a store: just now, and in the middle of it.
fn found(store: &Store, by: Method, at: Timestamp) -> Evidence {
    let id = store.id.clone();
    match by {
        Method::Told => Evidence::Told { store: id },
        Method::Wifi => Evidence::Wifi { store: id, at },
        Method::GeoTag => {
            let Store { lat, lon, .. } = *store;
            Evidence::GeoTag(Some(Tag { lat, lon, accuracy_m: ACCURACY_M, taken_at: at }))
        }
    }
}
