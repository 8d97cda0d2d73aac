//! What customers say of us: tied to one store, answered where it was said, its words kept nowhere, and never a reason to walk up to anybody.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod nobody_walks_up;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tact_decide::Models;
use tact_domain::{Cause, Channel, EventKind, FacetKind, Key, Method, Remark, Timestamp, Tone, Trouble};
use tact_pipeline::{Ending, replay};
use tact_wire::{decode_record, facet_json, parse};

use crate::pipeline::world::{
    CATALOGUE, DAY, Function, MINUTE, SATURDAY, Sample, block_on, check_in, coffee_drinker, comment, consent,
    decision_of, endings, event, handle, profile, raw, sound_function,
};

/// The words that must be found nowhere; they are read as a complaint about a display.
const CANARY: &str = "canary7f3a";
const COMPLAINT: &str = "The display is confusing, says canary7f3a.";

fn wifi(store: &str, at: i64) -> Value {
    json!({ "kind": "wifi", "store": store, "at": jiff::Timestamp::from_millisecond(at).unwrap().to_string() })
}

fn told(store: &str) -> Value {
    json!({ "kind": "told", "store": store })
}

/// A photo that was taken in Market Street, to a metre that nobody else stands on.
fn geo_tag(at: i64) -> Value {
    let taken_at = jiff::Timestamp::from_millisecond(at).unwrap().to_string();
    json!({ "kind": "geo_tag", "lat": 40.712_713, "lon": -74.006_017, "accuracy_m": 20, "taken_at": taken_at })
}

fn remark(function: &Function, who: &str) -> Remark {
    profile(function, who).comment.remarks.last().unwrap().clone()
}

/// Says something right after agreeing to some purposes, and answers what became of it.
fn said(function: &Function, who: &str, purposes: &[&str], evidence: &Value) -> Ending {
    let grants: Vec<_> = purposes.iter().map(|purpose| json!({ "purpose": purpose, "state": "granted" })).collect();
    if !grants.is_empty() {
        let agreed = event("consent", &format!("n-{who}"), who, SATURDAY - DAY, &json!({ "grants": grants }));
        block_on(handle(function, &[agreed]));
    }
    let said = comment(&format!("m-{who}"), who, SATURDAY, COMPLAINT, evidence);
    endings(&block_on(handle(function, &[said])))[0]
}

#[test]
fn a_complaint_belongs_to_the_store_its_evidence_names_and_other_stores_get_nothing() {
    let cases = [
        ("wifi", wifi("market-street", SATURDAY - 10 * MINUTE), Some("market-street"), Some(Method::Wifi)),
        ("late", wifi("market-street", SATURDAY - 31 * MINUTE), None, Some(Method::Wifi)),
        ("told", told("tampa"), Some("tampa"), Some(Method::Told)),
        ("else", told("nowhere"), None, Some(Method::Told)),
        ("tag", geo_tag(SATURDAY - 60 * MINUTE), Some("market-street"), Some(Method::GeoTag)),
        ("none", json!({ "kind": "none" }), None, None),
    ];
    let function = sound_function();
    for (who, evidence, store, method) in cases {
        assert_eq!(said(&function, who, &["location"], &evidence), Ending::Decided, "{who}");
        let remark = remark(&function, who);
        assert_eq!((remark.store.as_deref(), remark.method), (store, method), "{who}");
        assert_eq!((remark.cause, remark.tone), (Cause::Display, Tone::Complaint), "{who}");
        let item = &function.store.inner.decisions()[&decision_of(&format!("m-{who}"))];
        assert_eq!((item.store.as_deref(), item.action.as_str()), (store, "answer_where_said"), "{who}");
        let tasks = function.store.inner.decisions();
        let task = tasks.get(&decision_of(&format!("m-{who}")).for_store());
        let told = task.map(|task| (task.store.as_deref(), task.action.as_str()));
        assert_eq!(told, store.map(|store| (Some(store), "fix_it_here")), "{who}: that store alone hears of it");
    }
    let alone = |id: &str, evidence: &Value| {
        let data = json!({ "arena": "call", "text": COMPLAINT, "public": false, "evidence": evidence });
        let report = block_on(handle(&function, &[event("comment", id, id, SATURDAY, &data)]));
        let mut decisions = function.store.inner.decisions();
        assert_eq!(decisions.get(&decision_of(id)), None, "to the customer there is nothing to say");
        (endings(&report)[0], decisions.remove(&decision_of(id).for_store()))
    };
    let (ending, task) = alone("alone", &told("tampa"));
    let task = task.unwrap();
    assert_eq!((ending, task.action.as_str(), task.channel), (Ending::Decided, "fix_it_here", Channel::Associate));
    assert_eq!(task.store.as_deref(), Some("tampa"), "no other store hears of it");
    assert_eq!(alone("nowhere", &json!({ "kind": "none" })), (Ending::Silent, None));
}

#[test]
fn a_tag_left_on_by_accident_is_counted_and_kept_of_nobody() {
    let function = sound_function();
    let data = json!({ "arena": "chat", "text": COMPLAINT, "public": false, "evidence": geo_tag(SATURDAY) });
    let report = block_on(handle(&function, &[event("comment", "m", "cy", SATURDAY, &data)]));
    assert_eq!(endings(&report), [Ending::Silent]);
    let counted = BTreeMap::from([(Key::new("market-street"), BTreeMap::from([("display", 1)]))]);
    assert_eq!(report.tally.comments, counted, "per store, of nobody");
    let remark = remark(&function, "cy");
    assert_eq!((remark.store, remark.method), (None, Some(Method::GeoTag)));
    let records: BTreeMap<_, _> = function.log.records().into_iter().collect();
    let (of_customer, of_store) = (decision_of("m"), decision_of("m").for_store());
    assert!(records.len() == 2 && records.contains_key(&of_customer), "one for the customer, one for the store");
    let body = |record: &str| serde_json::from_str::<Value>(record).unwrap()["body"].take();
    for record in records.values() {
        assert!(
            !record.contains("40.712713") && !record.contains("-74.006017") && !record.contains("taken_at"),
            "{record}"
        );
        let body = body(record);
        assert_eq!(body["customer"]["event"]["data"]["evidence"], json!({ "kind": "geo_tag" }));
        assert_eq!((body.get("store"), &body["chosen"]), (None, &Value::Null));
    }
    let refused = body(&records[&of_store])["refused"].take();
    assert_eq!(refused, json!({ "accidental_place": ["fix_it_here"] }), "nobody is sent there");
}

#[test]
fn consent_to_be_located_reaches_no_comment_that_was_made_before_it() {
    let function = sound_function();
    let later = consent("n", "dee", SATURDAY + MINUTE, &["email"]);
    let said = comment("m", "dee", SATURDAY, COMPLAINT, &geo_tag(SATURDAY));
    block_on(handle(&function, &[later, said]));
    assert_eq!(remark(&function, "dee").store, None);
}

#[test]
fn every_comment_that_was_decided_on_replays_to_the_same_bytes() {
    let function = sound_function();
    let evidence = [wifi("riverside", SATURDAY), told("naples"), geo_tag(SATURDAY), json!({ "kind": "none" })];
    for (n, evidence) in evidence.iter().enumerate() {
        for (who, purposes) in [(format!("a{n}"), &["location"][..]), (format!("b{n}"), &[])] {
            said(&function, &who, purposes, evidence);
        }
    }
    let records = function.log.records();
    assert_eq!(records.len(), 2 * 8, "of every comment one for the customer and one for the store");
    let decided: BTreeSet<_> = records.iter().map(|(id, _)| *id).collect();
    let comments = (0..4).flat_map(|n| [format!("m-a{n}"), format!("m-b{n}")]).map(|id| decision_of(&id));
    assert_eq!(decided, comments.flat_map(|id| [id, id.for_store()]).collect());
    for (_, line) in records {
        let recorded = decode_record(&line).unwrap();
        assert_eq!(replay(&recorded, &CATALOGUE, &Models::default(), None).unwrap(), recorded.body);
    }
}

/// Everything the function wrote: items and lines of the log, and what its lines hold in base64.
fn written(function: &Function) -> Vec<String> {
    let items = [function.store.inner.facets(), function.store.inner.others()].concat();
    let items = items.into_iter().map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned());
    let lines = function.log.records().into_iter().map(|(_, line)| line).chain(function.log.quarantined());
    items.chain(lines).collect()
}

#[test]
fn the_words_of_a_comment_are_found_in_no_item_no_record_and_no_line() {
    let function = sound_function();
    block_on(handle(&function, &coffee_drinker("bo", &["email", "inbox"])));
    let data = json!({
        "arena": "social", "text": COMPLAINT, "public": true, "evidence": told("market-street"),
        "author": CANARY, "handle": { "name": CANARY }, "read": { "cause": CANARY },
    });
    let mut spoken = event("comment", "m-1", "bo", SATURDAY, &data);
    let mut more: Value = serde_json::from_slice(&spoken.bytes).unwrap();
    more["title"] = CANARY.into();
    more["data"]["evidence"]["seen_by"] = CANARY.into();
    spoken.bytes = more.to_string().into_bytes();
    let mut unreadable = more.clone();
    unreadable["data"]["public"] = CANARY.into();
    let unreadable = raw("bad", unreadable.to_string().as_bytes());
    let cut = raw("cut", &spoken.bytes[..spoken.bytes.len() - 2]);
    let report = block_on(handle(&function, &[spoken, unreadable, cut]));
    assert_eq!(endings(&report), [Ending::Decided, Ending::Quarantined, Ending::Quarantined]);
    let written = written(&function);
    assert!(written.iter().any(|text| text.contains("\"read\":{\"cause\":\"display\"")), "what was read is kept");
    let found: Vec<_> = written.iter().filter(|text| text.contains(CANARY) || text.contains("confusing")).collect();
    assert!(found.is_empty(), "{found:?}");
    for line in function.log.quarantined() {
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&line["record"], &line["first_bytes"]), (&Value::Null, &json!("")), "{line}");
    }
    assert!(!format!("{report:?}").contains(CANARY));
    assert!(!facet_json(&profile(&function, "bo"), FacetKind::Comment).to_string().contains(CANARY));
}

#[test]
fn a_complaint_and_a_question_are_troubles_and_offers_wait_until_they_are_over() {
    let function = sound_function();
    let texts = [("ana", COMPLAINT, Some(Trouble::Complaint)), ("bo", "Do you have size 12?", Some(Trouble::Question))];
    let texts = texts.into_iter().chain([("cy", "Great shop, thank you!", None), ("dee", "hm", None)]);
    for (who, text, trouble) in texts {
        let none = json!({ "kind": "none" });
        block_on(handle(&function, &coffee_drinker(who, &["inbox"])));
        let said = [comment(&format!("m-{who}"), who, SATURDAY, text, &none)];
        let ending = endings(&block_on(handle(&function, &said)))[0];
        assert_eq!(ending, if trouble.is_some() { Ending::Decided } else { Ending::Applied }, "{who}");
        let troubles = profile(&function, who).contact.troubles;
        for known in Trouble::ALL {
            assert_eq!(troubles.since(known).is_some(), Some(known) == trouble, "{who} {known:?}");
        }
        block_on(handle(&function, &[check_in(&format!("c-{who}"), who, SATURDAY + MINUTE)]));
        let visit = decision_of(&format!("c-{who}"));
        let (_, record) = function.log.records().into_iter().find(|(id, _)| *id == visit).unwrap();
        assert_eq!(record.contains("\"in_trouble\":["), trouble.is_some(), "{who}");
    }
}

#[test]
fn a_trouble_is_written_although_nothing_is_decided() {
    let function = Function { fold_only_until: Some(Timestamp(SATURDAY + DAY)), ..sound_function() };
    let report = block_on(handle(&function, &[comment("m", "ana", SATURDAY, COMPLAINT, &told("tampa"))]));
    assert_eq!((endings(&report), function.log.records().len()), (vec![Ending::Applied], 0));
    assert_eq!(profile(&function, "ana").contact.troubles.since(Trouble::Complaint), Some(Timestamp(SATURDAY)));
}

#[test]
fn a_minors_comment_is_neither_remembered_nor_counted_and_one_sent_twice_counts_once() {
    let function = sound_function();
    let born = event("consent", "n", "gus", SATURDAY - DAY, &json!({ "birth_year": 2012 }));
    let by = |id: &str, who: &str| comment(id, who, SATURDAY, COMPLAINT, &told("tampa"));
    let report = block_on(handle(&function, &[born, by("m-1", "gus"), by("m-2", "ana"), by("m-2", "ana")]));
    assert_eq!(endings(&report), [Ending::Applied, Ending::Withheld, Ending::Decided, Ending::Duplicate]);
    assert_eq!(report.tally.comments[&Key::new("tampa")], BTreeMap::from([("display", 1)]));
    assert!(profile(&function, "gus").comment.remarks.is_empty());
    let again = block_on(handle(&function, &[by("m-2", "ana")]));
    assert_eq!((endings(&again), again.tally.comments.len()), (vec![Ending::Duplicate], 0));
}

#[test]
fn the_samples_are_read_and_none_of_their_words_stays_in_what_is_read() {
    for name in ["comment-wifi", "comment-geo-tag", "comment-told", "comment-review"] {
        let path = format!("{}/../events/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let words = serde_json::from_str::<Value>(&text).unwrap()["data"]["text"].as_str().unwrap().to_owned();
        let parsed = parse(text.as_bytes(), Timestamp(SATURDAY + DAY)).unwrap();
        let told = format!("{parsed:?}");
        let long = words.split(' ').filter(|word| word.len() > 7).find(|word| told.contains(*word));
        assert_eq!(long, None, "{name}: {told}");
    }
}

#[test]
fn what_is_found_among_comments_keeps_no_word_whatever_it_says_it_is() {
    let mut function = sound_function();
    function.accepts = vec![EventKind::Comment];
    let said = event("comment", "m-1", "bo", SATURDAY, &json!({ "text": CANARY }));
    let said = String::from_utf8(said.bytes).unwrap();
    for (n, kind) in ["", "tact.coment.v1", "tact\\u002ecomment.v1"].into_iter().enumerate() {
        let broken = said.replace("tact.comment.v1", kind);
        let report = block_on(handle(&function, &[raw(&format!("broken-{n}"), broken.as_bytes())]));
        assert_eq!(endings(&report), [Ending::Quarantined]);
        assert_eq!(report.quarantined[0].first_bytes, "");
    }
    let lines = function.log.quarantined();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["record"], Value::Null, "{line}");
    }
}

#[test]
fn a_comment_on_the_wrong_stream_is_quarantined_without_its_words() {
    let function = Function { accepts: vec![tact_domain::EventKind::CheckIn], ..sound_function() };
    let said: Sample = comment("m", "ana", SATURDAY, COMPLAINT, &told("tampa"));
    let report = block_on(handle(&function, &[said]));
    assert_eq!(endings(&report), [Ending::Quarantined]);
    assert!(written(&function).iter().all(|text| !text.contains(CANARY)));
}
