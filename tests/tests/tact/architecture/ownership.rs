//! Every facet has one writer: the function of its kind. The contact ledger alone is written by whoever decides, version-checked.

use std::fs;

use tact_domain::{EventKind, FacetKind, Profile, Timestamp};
use tact_wire::{decode_catalogue, pack_facet, parse};

use super::{none, root};

/// Each function, what its streams bring, and the facets it alone writes.
const OWNERS: [(&str, &[EventKind], &[FacetKind]); 7] = [
    ("checkin", &[EventKind::CheckIn], &[FacetKind::CheckIn]),
    ("purchase", &[EventKind::Purchase], &[FacetKind::Purchase]),
    ("geolocation", &[EventKind::Geolocation], &[FacetKind::Geolocation]),
    ("partner", &[EventKind::Partner], &[FacetKind::Partner]),
    ("comment", &[EventKind::Comment], &[FacetKind::Comment]),
    ("outcome", &[EventKind::Outcome, EventKind::Consent], &[FacetKind::Consent]),
    ("wake", &[EventKind::Due], &[]),
];

/// The functions that read no stream of events: one reads the table's own, the other is called over HTTP.
const WITHOUT_STREAM: [&str; 2] = ["dispatch", "reply"];

/// The one word for each event kind in the names of files.
const WORDS: [(EventKind, &str); 8] = [
    (EventKind::CheckIn, "checkin"),
    (EventKind::Purchase, "purchase"),
    (EventKind::Geolocation, "geolocation"),
    (EventKind::Partner, "partner"),
    (EventKind::Comment, "comment"),
    (EventKind::Consent, "consent"),
    (EventKind::Outcome, "outcome"),
    (EventKind::Due, "due"),
];

#[test]
fn every_event_kind_has_one_function_and_every_facet_one_owner() {
    for kind in EventKind::ALL {
        assert_eq!(OWNERS.iter().filter(|(_, kinds, _)| kinds.contains(&kind)).count(), 1, "{kind:?}");
    }
    for facet in FacetKind::ALL {
        let owners = OWNERS.iter().filter(|(_, _, facets)| facets.contains(&facet)).count();
        assert_eq!(owners, usize::from(facet != FacetKind::Contact), "{facet:?}");
    }
    for (function, kinds, facets) in OWNERS {
        let shared = |facet: &FacetKind| *facet == FacetKind::Contact;
        let folded: Vec<_> = kinds.iter().filter_map(|kind| FacetKind::of(*kind)).filter(|f| !shared(f)).collect();
        assert_eq!(folded, facets, "{function}");
    }
}

#[test]
fn a_function_accepts_its_own_kinds_only() {
    let mut functions = super::source::folders("functions");
    functions.retain(|name| !OWNERS.iter().any(|(function, _, _)| function == name));
    functions.retain(|name| !WITHOUT_STREAM.contains(&name.as_str()));
    none(&functions, "every function is in the table of owners");
    for (function, kinds, _) in OWNERS {
        // The clock's function does more than read its stream, and is wired where it is made.
        let (path, name) = match function {
            "wake" => ("shared/aws/src/cloud/clock.rs".to_owned(), "NAME".to_owned()),
            other => (format!("functions/{other}/src/main.rs"), format!("\"{other}\"")),
        };
        let code = fs::read_to_string(root().join(path)).unwrap();
        let accepts: Vec<_> = kinds.iter().map(|kind| format!("EventKind::{kind:?}")).collect();
        let wired = format!("Function::wire({name}, &[{}])", accepts.join(", "));
        assert!(code.contains(&wired), "{function} is not wired with `{wired}`");
    }
}

#[test]
fn folding_an_event_touches_the_facet_of_its_kind_only() {
    let places = decode_catalogue(tact_catalogue::CATALOGUE).unwrap().places;
    let mut profile = Profile::default();
    let mut changed = Vec::new();
    for sample in samples() {
        let event = parse(sample.as_bytes(), Timestamp(4_000_000_000_000)).unwrap();
        let before = FacetKind::ALL.map(|facet| pack_facet(&profile, facet));
        profile.fold(&event.signal, &tact_domain::Ground::of(&places, "USD"));
        let own = FacetKind::of(event.signal.happened.kind());
        for (facet, before) in FacetKind::ALL.into_iter().zip(before) {
            if pack_facet(&profile, facet) != before {
                assert_eq!(own, Some(facet), "{sample}");
                changed.push(facet);
            }
        }
    }
    for (_, _, facets) in OWNERS {
        assert!(facets.iter().all(|facet| changed.contains(facet)), "no sample changes {facets:?}");
    }
}

/// One event of every kind, of one customer who agreed to all of it.
fn samples() -> [String; 7] {
    let grants = r#"{"grants":[{"channel":"sms","purpose":"location","state":"granted"},{"purpose":"third_party","state":"granted"}]}"#;
    let basket = r#"{"receipt":"r-1","store":"market-street","channel":"store","currency":"USD","lines":[{"product":"p","category":"shoes","quantity":1,"unit_price":8900}]}"#;
    [
        sample("tact.consent.v1", 1, grants),
        sample("tact.check-in.v1", 2, r#"{"store":"market-street"}"#),
        sample("tact.purchase.v1", 3, basket),
        sample("tact.geolocation.v1", 4, r#"{"store":"market-street","zone":"door"}"#),
        sample("tact.partner.v1", 6, r#"{"kind":"card","category":"airline"}"#),
        sample("tact.comment.v1", 7, r#"{"arena":"social","text":"The display is confusing.","public":true}"#),
        sample("tact.outcome.v1", 5, r#"{"event":{"source":"test","id":"e-2"},"outcome":"accepted"}"#),
    ]
}

fn sample(kind: &str, minute: u32, body: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"e-{minute}","source":"test","type":"{kind}","subject":"ana","time":"2026-10-31T11:0{minute}:00Z","data":{body}}}"#
    )
}

#[test]
fn an_event_kind_has_the_same_word_in_every_crate() {
    let mut missing = Vec::new();
    for (kind, word) in WORDS {
        let (function, _, _) = OWNERS.iter().find(|(_, kinds, _)| kinds.contains(&kind)).unwrap();
        let slice = [
            format!("shared/domain/src/{word}.rs"),
            format!("shared/wire/src/event/{word}.rs"),
            format!("events/schema/{word}.json"),
            format!("events/kinesis/{word}.json"),
            format!("functions/{function}/src/main.rs"),
        ];
        missing.extend(slice.into_iter().filter(|path| !root().join(path).is_file()));
    }
    none(&missing, "the slice of a kind can be listed by its word");
}
