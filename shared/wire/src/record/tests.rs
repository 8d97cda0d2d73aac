//! The layout of records, and the way back from one.

use super::*;
use serde_json::{Value, json};
use tact_decide::{
    Action, Candidate, Cap, Condition, Fate, Issue, Mode, Policy, Reason, Rule, Stage, Terms, Treatment,
};
use tact_domain::{Channel, DecisionId, FacetKind, Fingerprint, Profile, Trigger};

use crate::pack_facet;

const NOW: Timestamp = Timestamp(1_793_458_800_000);

fn catalogue() -> Catalogue {
    let ways = [("text", Channel::Sms), ("card", Channel::Inbox)];
    let action = |name: &str| {
        let treatments = ways.map(|(name, channel)| Treatment::new(name, channel, Mode::Push)).to_vec();
        Action { treatments, ..Action::new(name, Issue::ALL[0], "offers") }
    };
    let mut actions = vec![action("greet"), action("remind"), action("replenish")];
    let rule = Rule::Any(Vec::new());
    let text = "mission == 'browse'".to_owned();
    actions[0].conditions = vec![Condition { stage: Stage::Eligibility, of_group: false, text, rule }];
    let cap =
        Cap { name: "one_a_day".into(), max: 1, window_s: 86_400, impressions: false, channel: None, group: None };
    let policy = Policy { caps: vec![cap], ..Policy::default() };
    Catalogue { hash: "c".to_owned(), actions, policy, ..Catalogue::default() }
}

fn terms(positive: f64) -> Terms {
    Terms {
        lever: 1.0,
        context: 1.0,
        positive,
        base: positive,
        positive_if_silent: 0.18,
        margin: 2_400.0,
        benefit_weight: 0.5,
        liked: 0.15,
        benefit: 100.0,
        redeem: 0.0,
        incentive: 0.0,
        harmful: 0.08,
        harm: 50.0,
        cost: 0.2,
        bid: 0.0,
        rung: Rung::SmallModel,
        score: 12.345_678_9,
    }
}

fn candidate(action: u16, treatment: u16, fate: Fate) -> Candidate {
    Candidate { action, treatment, fate, terms: None, foretold: 0.0, creepy: 0, consent: None, later: None }
}

/// One action is refused for all of its treatments, one for one of them, and one treatment wins.
fn decision() -> Decision {
    let mut decision = Decision::empty();
    let lost = Candidate { terms: Some(terms(0.1)), ..candidate(1, 1, Fate::Lost(Reason::Outscored)) };
    let won =
        Candidate { terms: Some(terms(0.25)), consent: Some(Fingerprint(0xabc)), ..candidate(2, 1, Fate::Chosen) };
    let refused = |action, treatment, reason| candidate(action, treatment, Fate::Refused(reason));
    decision.candidates = vec![
        refused(0, 0, Reason::NotEligible(0)),
        refused(0, 1, Reason::NotEligible(0)),
        refused(1, 0, Reason::Cap(0)),
        lost,
        refused(2, 0, Reason::ConsentMissing),
        won,
    ];
    (decision.id, decision.trigger, decision.chosen) = (DecisionId(7), Trigger::Entry, Some(5));
    decision.caps = vec![1];
    decision
}

fn facts() -> Facts {
    let mut profile = Profile::default();
    profile.checkin.check_ins = 3;
    Facts {
        event: r#"{"id":"c-1"}"#.to_owned(),
        arrived: NOW,
        now: NOW,
        facets: FacetKind::ALL.map(|kind| pack_facet(&profile, kind)),
        snapshot: None,
        versions: [4, 0, 0, 0, 0, 1, 0],
        exhausted: vec!["replenish".into()],
    }
}

fn models() -> Models {
    Models { hash: "m".to_owned(), ..Models::default() }
}

fn body() -> Value {
    serde_json::from_str(&encode_body(&facts(), &decision(), &catalogue(), &models())).unwrap()
}

#[test]
fn what_is_refused_is_named_once_by_reason_and_what_may_be_done_has_its_terms() {
    let body = body();
    assert_eq!(
        body["refused"],
        json!({ "not_eligible": ["greet:0"], "contact_cap": ["remind/text:0"], "consent_missing": ["replenish/text"] })
    );
    let numbers =
        |positive: f64| json!([1, 1, positive, 0.18, 2400, 0.5, 0.15, 100, 0, 0, 0.08, 50, 0.2, 0, 12.345_679]);
    let candidates = json!([
        ["remind/card", "outscored", null, numbers(0.1), "small_model"],
        ["replenish/card", "chosen", 0, numbers(0.25), "small_model"],
    ]);
    assert_eq!(body["candidates"], candidates);
    assert_eq!(body["consents"], json!(["0000000000000abc"]));
    assert_eq!(body["chosen"], json!({ "action": "replenish", "treatment": "card", "channel": "inbox" }));
    assert_eq!(body["silence"], json!(0));
    assert!(body.get("action_probability").is_none(), "it is 1");
    assert_eq!((&body["versions"], &body["caps"]), (&json!([4, 0, 0, 0, 0, 1, 0]), &json!([1])));
    assert!(body.get("arrived_ms").is_none(), "it is the instant decided for");
}

#[test]
fn with_its_catalogue_a_body_tells_every_candidate_in_catalogue_order() {
    let told = readable_body(body(), &catalogue());
    let rows: Vec<_> = told["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let text = |key: &str| c[key].as_str().unwrap_or("").to_owned();
            [text("action"), text("channel"), text("fate"), text("reason"), text("detail")].join(" ")
        })
        .collect();
    let expected = [
        "greet sms refused not_eligible mission == 'browse'",
        "greet inbox refused not_eligible mission == 'browse'",
        "remind sms refused contact_cap one_a_day",
        "remind inbox lost outscored ",
        "replenish sms refused consent_missing ",
        "replenish inbox chosen  ",
    ];
    assert_eq!(rows, expected);
    let winner = &told["candidates"][5];
    assert_eq!((&winner["consent"], &winner["terms"]["positive"]), (&json!("0000000000000abc"), &json!(0.25)));
    assert_eq!((&winner["terms"]["score"], &winner["terms"]["rung"]), (&json!(12.345_679), &json!("small_model")));
    assert_eq!((&told["caps"], &told["versions"]["checkin"]), (&json!({ "one_a_day": 1 }), &json!(4)));
    assert_eq!(chosen_terms(&body()).as_ref(), Some(&winner["terms"]));
    assert_eq!(told["action_probability"], json!(1));
    assert_eq!(readable_body(Value::Null, &catalogue()), Value::Null);
}

#[test]
fn a_record_read_back_gives_the_same_bytes_even_if_its_profile_was_compressed_otherwise() {
    let mut made = facts();
    let first = encode_body(&made, &decision(), &catalogue(), &models());
    let recorded = decode_record(&record_line(&first, None)).unwrap();
    assert_eq!(encode_body(&recorded.facts, &decision(), &catalogue(), &models()), first);
    assert_eq!((recorded.facts.now, recorded.facts.arrived, &recorded.facts.exhausted), (NOW, NOW, &made.exhausted));

    // The same profile, as something else would have compressed it.
    let whole = made.facets.iter().try_fold(Vec::new(), |whole, facet| postcard::to_extend(facet, whole)).unwrap();
    let other = base85::encode(&miniz_oxide::deflate::compress_to_vec(&whole, 0));
    assert_ne!(recorded.facts.snapshot.as_ref(), Some(&other));
    made.snapshot = Some(other);
    let second = encode_body(&made, &decision(), &catalogue(), &models());
    let recorded = decode_record(&record_line(&second, None)).unwrap();
    assert_eq!(recorded.facts.facets, made.facets);
    assert_eq!(encode_body(&recorded.facts, &decision(), &catalogue(), &models()), second);
}

#[test]
fn another_format_an_altered_body_and_a_broken_profile_are_told_apart() {
    let body = encode_body(&facts(), &decision(), &catalogue(), &models());
    let read = |body: &str| decode_record(&record_line(body, None)).unwrap_err();
    assert_eq!(read(r#"{"format":9}"#), RecordError::Format(9));
    assert!(matches!(read("{}"), RecordError::Malformed(_)));
    let line = record_line(&body, None).replacen("outscored", "stand_by", 1);
    assert!(matches!(decode_record(&line), Err(RecordError::Altered { .. })));
    let profile = facts();
    let block = snapshot::write(&profile.facets);
    assert_eq!(read(&body.replacen(&block, "no block", 1)), RecordError::Profile);
}

#[test]
fn what_was_learnt_and_what_was_tried_are_told_and_nothing_of_them_when_there_is_nothing() {
    let plain = encode_body(&facts(), &decision(), &catalogue(), &models());
    assert!(!plain.contains("learned"));
    let mut tried = decision();
    (tried.learned, tried.probability) = (Some("0123456789abcdef".into()), 0.016_667);
    if let Some(terms) = &mut tried.candidates[5].terms {
        terms.base = 0.2;
    }
    let body = encode_body(&facts(), &tried, &catalogue(), &models());
    let told: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&told["learned"], &told["action_probability"]), (&json!("0123456789abcdef"), &json!(0.016_667)));
    let lengths: Vec<_> =
        told["candidates"].as_array().unwrap().iter().map(|one| one.as_array().unwrap().len()).collect();
    assert_eq!(lengths, [5, 6], "of what nothing was learnt, nothing is said");
    let readable = readable_body(told, &catalogue());
    let of = |place: usize| readable["candidates"][place]["terms"]["base"].clone();
    assert_eq!((of(3), of(5)), (json!(0.1), json!(0.2)));
    let recorded = decode_record(&record_line(&body, None)).unwrap();
    assert_eq!(recorded.learned.as_deref(), Some("0123456789abcdef"));
    let chosen = Chosen { action: "replenish".into(), treatment: "card".into() };
    assert_eq!((recorded.chosen, recorded.probability.to_bits()), (Some(chosen), 0.016_667_f64.to_bits()));
    assert_eq!(decode_record(&record_line(&plain, None)).unwrap().probability.to_bits(), 1.0_f64.to_bits());
    let never = body.replacen("\"action_probability\":0.016667", "\"action_probability\":0", 1);
    assert!(matches!(decode_record(&record_line(&never, None)), Err(RecordError::Malformed(_))));
    assert_eq!(decode_record(&record_line(&plain, None)).unwrap().learned, None);
}
