//! What customers say of us: tied to one store, answered where it was said, its words kept nowhere, and never a reason to walk up to anybody.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use tact_decide::{Basis, Catalogue, Decision, Fate, Models, Reason, Rung, evaluate};
use tact_domain::{
    Appointment, Cause, Channel, Comment, ConsentChange, ConsentState, DecisionId, Due, Evidence, FacetKind,
    Fingerprint, Folded, Grant, Happened, Key, Method, On, Profile, Purpose, Reading, Remark, Scope, Signal, Tag,
    Timestamp, Tone, Trigger, Trouble,
};
use tact_pipeline::{Ending, ItemKey, replay};
use tact_wire::{decode_record, facet_json, parse, unpack_facet};

use crate::pipeline::world::{
    CATALOGUE, DAY, Function, MINUTE, SATURDAY, Sample, block_on, check_in, coffee_drinker, comment, consent, customer,
    decision_of, endings, event, handle, raw, sound_function,
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

/// What is remembered of somebody.
fn profile(function: &Function, who: &str) -> Profile {
    let mut profile = Profile::default();
    for (key, bytes) in function.store.inner.facets() {
        if let ItemKey::Facet(customer, kind) = key
            && customer.as_str() == who
        {
            unpack_facet(&mut profile, kind, &bytes).unwrap();
        }
    }
    profile
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
    }
    let alone = |id: &str, evidence: &Value| {
        let data = json!({ "arena": "call", "text": COMPLAINT, "public": false, "evidence": evidence });
        let report = block_on(handle(&function, &[event("comment", id, id, SATURDAY, &data)]));
        (endings(&report)[0], function.store.inner.decisions().remove(&decision_of(id)))
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
    let [(_, record)] = &function.log.records()[..] else { panic!("one record") };
    assert!(
        !record.contains("40.712713") && !record.contains("-74.006017") && !record.contains("taken_at"),
        "{record}"
    );
    let body = &serde_json::from_str::<Value>(record).unwrap()["body"];
    assert_eq!(body["customer"]["event"]["data"]["evidence"], json!({ "kind": "geo_tag" }));
    assert_eq!(body.get("store"), None);
    let accident = body["refused"]["accidental_place"].as_array().unwrap();
    assert!(accident.contains(&json!("fix_it_here")), "{body}");
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
    assert_eq!(records.len(), 8);
    for (_, line) in records {
        let recorded = decode_record(&line).unwrap();
        assert_eq!(replay(&recorded, &CATALOGUE, &Models::default()).unwrap(), recorded.body);
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

// --- over the catalogue ----------------------------------------------------------------------------------------------

/// The catalogue at its worst: everything in it may follow a comment, whoever made it, and every person who is sent knows whom they approach.
fn careless() -> Catalogue {
    let mut catalogue = CATALOGUE.clone();
    for action in &mut catalogue.actions {
        action.triggers = vec![Trigger::Comment, Trigger::Due];
        (action.from, action.until, action.put_off, action.cool_down_s) = (None, None, None, 0);
        action.conditions.clear();
        action.limits.clear();
        let mut person = action.treatments[0].clone();
        (person.name, person.channel, person.liked, person.cost) = ("person".into(), Channel::Associate, 1.0, 0.0);
        action.benefit = 10_000.0;
        action.treatments.push(person);
        for treatment in &mut action.treatments {
            treatment.identifies |= treatment.channel == Channel::Associate;
        }
    }
    catalogue
}

fn agreed(purposes: &[Purpose]) -> Profile {
    let marketing = Channel::ALL.map(|channel| (Purpose::Marketing, Some(channel)));
    let scopes = purposes.iter().map(|purpose| (*purpose, None)).chain(marketing);
    let grant = |(purpose, channel)| Grant {
        scope: Scope { purpose, channel, topic: None },
        state: ConsentState::Granted,
        terms: None,
        review_after: None,
        benefit: None,
    };
    let points = Channel::ALL.map(|channel| (channel, true)).to_vec();
    let change = ConsentChange {
        grants: scopes.map(grant).collect(),
        points,
        zone: Some("America/New_York".into()),
        ..ConsentChange::default()
    };
    let mut profile = Profile::default();
    profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
    profile
}

fn signal(happened: Happened) -> Signal {
    let (at, decision) = (Timestamp(SATURDAY), DecisionId(7));
    Signal {
        customer: customer("ana"),
        event: Fingerprint(7),
        decision,
        at,
        source: "app".into(),
        offset_s: 0,
        arrived: at,
        happened,
    }
}

fn decided(happened: Happened, profile: &mut Profile, catalogue: &Catalogue) -> Decision {
    let mut decision = Decision::empty();
    let basis = Basis { catalogue, models: &Models::default(), exhausted: &[] };
    let rung = |_| Some(Rung::GroupPrior);
    let done = evaluate(&signal(happened), profile, basis, Timestamp(SATURDAY), rung, &mut decision);
    assert!(done.decided && matches!(done.folded, Folded::Changed(_)));
    decision
}

/// The channel of every candidate, whether it makes somebody known to staff, and what became of it.
fn ways(decision: &Decision, catalogue: &Catalogue) -> Vec<(Channel, bool, Fate)> {
    let way = |candidate: &tact_decide::Candidate| {
        let action = &catalogue.actions[usize::from(candidate.action)];
        let treatment = &action.treatments[usize::from(candidate.treatment)];
        (treatment.channel, treatment.identifies, candidate.fate)
    };
    decision.candidates.iter().map(way).collect()
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let at = Timestamp(SATURDAY);
    let tag = Tag { lat: 40.7127, lon: -74.006, accuracy_m: 10.0, taken_at: at };
    select(vec![
        Evidence::Nothing,
        Evidence::Told { store: "market-street".into() },
        Evidence::Wifi { store: "market-street".into(), at },
        Evidence::GeoTag(Some(tag)),
    ])
}

fn spoken() -> impl Strategy<Value = Comment> {
    let tone = select(vec![Tone::Complaint, Tone::Question]);
    let (arena, cause) = (select(Comment::ARENAS.to_vec()), select(Cause::ALL.to_vec()));
    (arena, any::<bool>(), evidence(), cause, tone).prop_map(|(arena, public, evidence, cause, tone)| Comment {
        arena: arena.into(),
        public,
        about: None,
        reply_to: None,
        evidence,
        read: Reading { cause, confidence: 0.5, tone },
    })
}

fn purposes() -> impl Strategy<Value = Vec<Purpose>> {
    let all =
        vec![Purpose::Profiling, Purpose::Location, Purpose::StaffRecognition, Purpose::ThirdParty, Purpose::Social];
    proptest::sample::subsequence(all, 0..=5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_path_of_the_catalogue_walks_up_to_the_author_of_a_comment(comment in spoken(), purposes in purposes()) {
        let catalogue = careless();
        let mut profile = agreed(&purposes);
        let accidental = matches!(comment.evidence, Evidence::GeoTag(_)) && !purposes.contains(&Purpose::Location);
        let decision = decided(Happened::Comment(comment), &mut profile, &catalogue);
        let ways = ways(&decision, &catalogue);
        prop_assert!(ways.iter().filter(|(_, identifies, _)| *identifies).count() >= catalogue.actions.len());
        for (channel, identifies, fate) in ways {
            if identifies {
                let refused = matches!(fate, Fate::Refused(Reason::InPerson | Reason::AccidentalPlace | Reason::InTrouble));
                prop_assert!(refused, "{:?}", fate);
            }
            if accidental && channel == Channel::Associate {
                let of_moment = matches!(fate, Fate::Refused(Reason::AccidentalPlace | Reason::InTrouble));
                prop_assert!(of_moment, "{:?}", fate);
            }
        }
        if accidental {
            prop_assert_eq!(decision.store, None);
            prop_assert_eq!(&profile.comment.remarks[0].store, &None);
        }
    }

    #[test]
    fn nor_does_it_when_what_a_comment_led_to_is_decided_again(purposes in purposes(), issue in 0..8_usize) {
        let catalogue = careless();
        let mut profile = agreed(&purposes);
        let issue = Key::new(tact_decide::Issue::ALL[issue].name());
        let appointment = Appointment {
            issue: issue.clone(),
            on: On::Time,
            not_before: Timestamp(1),
            until: Timestamp(i64::MAX),
            made_by: DecisionId(1),
            trigger: Trigger::Comment,
            store: Some("market-street".into()),
            said: None,
            promised: None,
        };
        profile.contact.appoint(appointment, Timestamp(1));
        let decision = decided(Happened::Due(Due { issue, made_by: DecisionId(1) }), &mut profile, &catalogue);
        let in_person = ways(&decision, &catalogue).into_iter().filter(|(_, identifies, _)| *identifies);
        for (_, _, fate) in in_person {
            prop_assert_eq!(fate, Fate::Refused(Reason::InPerson));
        }
    }
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
fn a_comment_on_the_wrong_stream_is_quarantined_without_its_words() {
    let function = Function { accepts: vec![tact_domain::EventKind::CheckIn], ..sound_function() };
    let said: Sample = comment("m", "ana", SATURDAY, COMPLAINT, &told("tampa"));
    let report = block_on(handle(&function, &[said]));
    assert_eq!(endings(&report), [Ending::Quarantined]);
    assert!(written(&function).iter().all(|text| !text.contains(CANARY)));
}
