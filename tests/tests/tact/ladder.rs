//! The latency ladder: a slow table is seen in the record as the rung reached, and no rung lets through what the full one holds back.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use tact_decide::{Decision, Fate, Models, Moment, Reason, Rung, decide};
use tact_domain::{
    Channel, ConsentChange, ConsentState, Contact, ContactState, CustomerId, DecisionId, Fingerprint, Grant, Key,
    Profile, Purpose, Scope, Taken, Timestamp, Trigger,
};
use tact_pipeline::Ending;
use tact_wire::parse;

use crate::faults::{Fault, Script};
use crate::pipeline::world::{
    CATALOGUE, DAY, Function, MINUTE, SATURDAY, Sample, answer, block_on, bodies, check_in, coffee_drinker, consent,
    decision_of, endings, event, function, handle, purchase,
};

static MODELS: LazyLock<Models> = LazyLock::new(|| tact_aws::models().unwrap());

/// A function with the real models, whose table answers the third load after so many milliseconds.
fn slow(ms: i64) -> Function {
    let mut function =
        function(Script::of(&[Fault::None, Fault::None, Fault::None, Fault::Delay(ms)]), Script::default());
    function.models = tact_aws::models().unwrap();
    function
}

/// What is decided on a signal when the table takes so long.
fn decided_after(ms: i64, signal: &Sample) -> (Ending, Value) {
    let function = slow(ms);
    block_on(handle(&function, &coffee_drinker("ana", &["email", "inbox"])));
    // The proof and the address of the consent were read and written above; the next call but this one is the load.
    let report = block_on(handle(&function, std::slice::from_ref(signal)));
    let id = if signal.sequence == "seq-c" { "c" } else { "p" };
    (endings(&report)[0], bodies(&function.log)[&decision_of(id)].clone())
}

/// The rungs on which the candidates were scored; empty when none was.
fn scored_on(body: &Value) -> Vec<String> {
    let candidates = body["candidates"].as_array().unwrap().iter();
    let mut rungs: Vec<_> = candidates.filter_map(|c| c["terms"]["rung"].as_str().map(str::to_owned)).collect();
    rungs.dedup();
    rungs
}

fn reasons(body: &Value) -> Vec<String> {
    let candidates = body["candidates"].as_array().unwrap().iter();
    candidates.map(|c| c["reason"].as_str().unwrap_or("chosen").to_owned()).collect()
}

#[test]
fn a_slow_table_leads_down_the_ladder_and_the_record_says_how_far() {
    let ladder = [
        (0, "full_model", &["full_model"][..]),
        (999, "full_model", &["full_model"]),
        (1_000, "small_model", &["small_model"]),
        (1_400, "group_prior", &["group_prior"]),
        (1_700, "rules_only", &[]),
        (1_999, "rules_only", &[]),
        (2_000, "silence", &[]),
        (60_000, "silence", &[]),
    ];
    for (ms, rung, scored) in ladder {
        let (ending, body) = decided_after(ms, &check_in("c", "ana", SATURDAY));
        assert_eq!(body["rung"], rung, "after {ms} ms");
        assert_eq!(scored_on(&body), scored, "after {ms} ms");
        assert_eq!(body["now_ms"], SATURDAY + ms);
        let expected = if scored.is_empty() { Ending::Silent } else { Ending::Decided };
        assert_eq!(ending, expected, "after {ms} ms: {body}");
        if rung == "silence" {
            assert!(reasons(&body).iter().all(|reason| reason == "moment_passed"), "{body}");
        }
        if rung == "rules_only" {
            assert!(reasons(&body).contains(&"not_scored".to_owned()), "{body}");
        }
    }
}

#[test]
fn what_comes_before_all_scores_is_still_said_when_nothing_can_be_scored() {
    let (ending, body) = decided_after(4_999, &purchase("p", "ana", SATURDAY, "shoes"));
    assert_eq!((ending, &body["rung"]), (Ending::Decided, &Value::from("rules_only")));
    assert_eq!(body["chosen"]["action"], "order_update");
    let (ending, _) = decided_after(5_000, &purchase("p", "ana", SATURDAY, "shoes"));
    assert_eq!(ending, Ending::Silent, "but not once its moment has passed");
}

#[test]
fn a_late_event_is_remembered_and_leads_to_no_message() {
    let function = slow(0);
    block_on(handle(&function, &coffee_drinker("ana", &["email", "inbox"])));
    let mut late = check_in("c", "ana", SATURDAY);
    late.arrived.0 += 3 * DAY;
    let report = block_on(handle(&function, &[late]));
    assert_eq!(endings(&report), [Ending::Silent]);
    assert_eq!(bodies(&function.log)[&decision_of("c")]["rung"], "silence");
    assert!(function.store.inner.facets().iter().any(|(key, _)| key.sk() == "f#checkin"));
}

/// A customer, a trigger and whether the place is denied: whatever a decision may look at.
#[derive(Clone, Debug)]
struct Case {
    profile: Profile,
    trigger: Trigger,
    store: Option<&'static str>,
    denied_place: bool,
    now: i64,
}

/// A profile folded from events, with contacts of the last days.
fn profile(
    consents: &[(usize, usize)],
    given: usize,
    bought: &[(usize, i64)],
    contacts: &[(usize, i64)],
    now: i64,
) -> Profile {
    let channels = ["sms", "email", "push", "inbox", "associate"];
    let states = ["granted", "denied", "revoked"];
    let points: &[&str] = [&[][..], &["sms"], &["email", "inbox"], &["sms", "email", "push", "inbox"]][given];
    let mut events = vec![consent("base", "ana", now - 60 * DAY, points)];
    for (n, (channel, state)) in consents.iter().enumerate() {
        events.push(answer(&format!("a{n}"), "ana", now - 50 * DAY, channels[*channel], states[*state]));
    }
    if given == 0 {
        let none = serde_json::json!({ "locale": "en-US", "grants": [{ "purpose": "profiling", "state": "revoked" }] });
        events.push(event("consent", "none", "ana", now - 40 * DAY, &none));
    }
    for (n, (category, days)) in bought.iter().enumerate() {
        let category = ["coffee", "shoes", "kitchen", "dresses"][*category];
        events.push(purchase(&format!("b{n}"), "ana", now - days * DAY, category));
    }
    let mut profile = Profile::default();
    for sample in events {
        let parsed = parse(&sample.bytes, sample.arrived).unwrap();
        profile.fold(&parsed.signal, &CATALOGUE.ground());
    }
    for (n, (channel, hours)) in contacts.iter().enumerate() {
        profile.contact.plan(Contact {
            decision: DecisionId(n as u128),
            channel: Channel::ALL[*channel],
            action: "offer".into(),
            group: "offers".into(),
            topic: None,
            patience: Taken::default(),
            capped: true,
            planned_at: Timestamp(now - hours * 60 * MINUTE),
            expires_at: Timestamp(now),
            state: ContactState::Planned,
        });
    }
    profile
}

fn cases() -> impl Strategy<Value = Case> {
    let consents = proptest::collection::vec((0..5_usize, 0..3_usize), 0..4);
    let bought = proptest::collection::vec((0..4_usize, 0..100_i64), 0..6);
    let contacts = proptest::collection::vec((0..6_usize, 0..200_i64), 0..4);
    let moment = (0..5_usize, any::<bool>(), prop::bool::weighted(0.1), 0..48_i64);
    (consents, 0..4_usize, bought, contacts, moment).prop_map(|(consents, given, bought, contacts, moment)| {
        let (trigger, in_store, denied_place, hours) = moment;
        let now = SATURDAY + hours * 60 * MINUTE;
        Case {
            profile: profile(&consents, given, &bought, &contacts, now),
            trigger: Trigger::ALL[trigger],
            store: in_store.then_some("market-street"),
            denied_place,
            now,
        }
    })
}

/// What a customer may take back.
const TAKEN_BACK: [(Purpose, Option<Channel>); 8] = [
    (Purpose::Marketing, Some(Channel::Sms)),
    (Purpose::Marketing, Some(Channel::Email)),
    (Purpose::Marketing, Some(Channel::Push)),
    (Purpose::Marketing, Some(Channel::Inbox)),
    (Purpose::Profiling, None),
    (Purpose::Location, None),
    (Purpose::ThirdParty, None),
    (Purpose::StaffRecognition, None),
];

/// The decision of a case on a rung.
fn decision(case: &Case, rung: Rung) -> Decision {
    let customer = CustomerId::new("ana").unwrap();
    let moment = Moment {
        trigger: case.trigger,
        store: case.store.map(Key::from),
        offset_s: -4 * 3600,
        rung,
        denied_place: case.denied_place,
        ..Moment::asked(DecisionId(1), &customer, &case.profile, Timestamp(case.now))
    };
    let mut decision = Decision::empty();
    decide(&moment, &CATALOGUE, &MODELS, &mut decision);
    decision
}

/// What may not be done, and why.
fn refused(decision: &Decision) -> BTreeMap<(u16, u16), Reason> {
    let refused = decision.candidates.iter().filter_map(|candidate| match candidate.fate {
        Fate::Refused(reason) => Some(((candidate.action, candidate.treatment), reason)),
        _ => None,
    });
    refused.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_rung_skips_a_gate(case in cases()) {
        let full = decision(&case, Rung::FullModel);
        let held_back = refused(&full);
        for rung in [Rung::SmallModel, Rung::GroupPrior, Rung::RulesOnly, Rung::Silence] {
            let lower = decision(&case, rung);
            prop_assert_eq!(lower.candidates.len(), full.candidates.len());
            if rung == Rung::Silence {
                prop_assert_eq!(refused(&lower).len(), full.candidates.len(), "silence refuses all");
                prop_assert_eq!(lower.chosen, None);
            } else {
                prop_assert_eq!(&refused(&lower), &held_back, "on {:?}", rung);
            }
            if let Some(winner) = lower.winner() {
                let name = (winner.action, winner.treatment);
                prop_assert!(!held_back.contains_key(&name), "refused on the full rung, chosen on {:?}", rung);
            }
        }
    }

    #[test]
    fn withdrawing_a_consent_never_lets_anything_through(case in cases(), taken in 0..TAKEN_BACK.len()) {
        let (purpose, channel) = TAKEN_BACK[taken];
        let scope = Scope { purpose, channel, topic: None };
        let grant = Grant { scope, state: ConsentState::Revoked, terms: None, review_after: None, benefit: None };
        let change = ConsentChange { grants: vec![grant], ..ConsentChange::default() };
        let mut poorer = case.clone();
        poorer.profile.consent.fold(&change, Timestamp(case.now - 1), Fingerprint(u64::MAX));
        let (before, after) = (decision(&case, Rung::FullModel), decision(&poorer, Rung::FullModel));
        let still = refused(&after);
        for name in refused(&before).keys() {
            prop_assert!(still.contains_key(name), "{:?} lets {:?} through", purpose, name);
        }
    }

    #[test]
    fn every_score_is_a_number_and_says_how_its_probability_was_found(case in cases()) {
        for rung in [Rung::FullModel, Rung::SmallModel, Rung::GroupPrior] {
            let decision = decision(&case, rung);
            for terms in decision.candidates.iter().filter_map(|candidate| candidate.terms) {
                prop_assert!(terms.score.is_finite() && (0.0..=1.0).contains(&terms.positive), "{:?}", terms);
                prop_assert!(terms.rung >= rung, "never found higher up than the rung reached");
            }
        }
    }
}
