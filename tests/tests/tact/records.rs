//! Decision records: how many bytes they take on the day in town, and at most.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tact_decide::{
    Action, Candidate, Cap, Catalogue, Decision, Fate, Issue, Mode, Models, Policy, Reason, Rung, Terms, Treatment,
};
use tact_domain::{Appointment, Channel, DecisionId, FacetKind, Fingerprint, Key, On, Timestamp, Trigger};
use tact_wire::{Envelope, Facts, decode_record, encode_body, pack_facet, readable_body, record_line};

use crate::fullest::{LATE, fullest};
use crate::run::TOWN;

/// What half of the records of the day in town must not exceed, in bytes.
const MEDIAN: usize = 2_048;
/// What no record must exceed.
const WORST: usize = 32_768;

#[test]
fn half_of_the_records_of_the_day_in_town_take_two_kilobytes_at_most() {
    let mut sizes: Vec<usize> = TOWN.file("decisions.ndjson").lines().map(str::len).collect();
    sizes.sort_unstable();
    let (median, worst) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
    assert!(median <= MEDIAN && worst <= WORST, "median {median}, worst {worst} bytes");
}

/// An action and a treatment have names of 24 bytes each.
fn catalogue() -> Catalogue {
    let treatment = |n: u16| Treatment::new(format!("treatment_number_{n:07}"), Channel::Sms, Mode::Push);
    let action = |n: u16| Action {
        treatments: (0..5).map(treatment).collect(),
        ..Action::new(format!("action_number_{n:010}"), Issue::ALL[0], "offers")
    };
    let cap = |n: u16| Cap {
        name: format!("cap_number_{n:013}").into(),
        max: u16::MAX,
        window_s: i64::MAX,
        impressions: false,
        channel: None,
        group: None,
    };
    Catalogue {
        hash: "c".repeat(64),
        actions: (0..1_000).map(action).collect(),
        policy: Policy { caps: (0..20).map(cap).collect(), ..Policy::default() },
        ..Catalogue::default()
    }
}

/// A decision among 5,000 treatments, of which every third is refused, and the others are scored with terms that no rounding shortens.
fn decision() -> Decision {
    let candidate = |n: u16| {
        let third = f64::from(n) / 3.0 + 1_000.0;
        let terms = Terms {
            lever: third,
            context: third,
            positive: third / 1e5,
            base: third / 1e6,
            positive_if_silent: third / 1e5,
            margin: third * 1e3,
            benefit_weight: third,
            liked: third / 1e5,
            benefit: third * 1e3,
            redeem: third / 1e5,
            incentive: third * 1e3,
            harmful: third / 1e5,
            harm: third * 1e3,
            cost: third,
            bid: third,
            rung: Rung::GroupPrior,
            score: -third * 1e3,
        };
        let refused = n % 3 == 2;
        Candidate {
            action: n / 5,
            treatment: n % 5,
            fate: if refused { Fate::Refused(Reason::NotEligible(n)) } else { Fate::Lost(Reason::Outscored) },
            terms: (!refused).then_some(terms),
            foretold: 0.0,
            consent: Some(Fingerprint(u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15))),
            creepy: 388,
            later: None,
        }
    };
    let mut decision = Decision::empty();
    decision.candidates = (0..5_000).map(candidate).collect();
    decision.candidates[4_999].fate = Fate::Chosen;
    (decision.id, decision.chosen, decision.ghost) = (DecisionId(u128::MAX), Some(4_999), Some(0));
    (decision.store, decision.rung) = (Some(Key::from("a_store_of_24_characters")), Rung::FullModel);
    decision.caps = vec![u16::MAX; 20];
    (decision.learned, decision.probability) = (Some("0123456789abcdef".into()), 0.016_667);
    decision.arms = (0..1_000).map(|n| (format!("trial_{n:018}").into(), "arm".into())).collect();
    let appointment = |n: usize| Appointment {
        issue: format!("issue_{n:018}").into(),
        on: On::NextVisit,
        not_before: LATE,
        until: LATE,
        made_by: decision.id,
        trigger: Trigger::Due,
        store: None,
        said: None,
        promised: None,
    };
    decision.appointments = (0..8).map(appointment).collect();
    decision
}

/// A receipt of 40 lines, none of which is like another.
fn receipt() -> String {
    let line = |n: u32| {
        let product = Fingerprint::of("product", &n.to_string()).to_string();
        json!({ "kind": "sale", "product": product, "category": "women", "quantity": n + 1, "unit_price": n * 997 + 1 })
    };
    json!({ "data": { "lines": (0..40).map(line).collect::<Vec<_>>() } }).to_string()
}

#[test]
fn the_largest_record_of_a_thousand_actions_takes_32_kilobytes_at_most() {
    let (catalogue, decision) = (catalogue(), decision());
    let profile = fullest(24);
    let facts = Facts {
        event: receipt(),
        arrived: Timestamp(LATE.0 - 1),
        now: LATE,
        facets: FacetKind::ALL.map(|kind| pack_facet(&profile, kind)),
        snapshot: None,
        versions: [u64::MAX; 7],
        exhausted: (0..32).map(|n| format!("budget_{n:017}").into()).collect(),
    };
    let models = Models { hash: "m".repeat(64), ..Models::default() };
    let body = encode_body(&facts, &decision, &catalogue, &models);
    let envelope = Envelope { build: "1.2.3".to_owned(), elapsed_ms: i64::MAX, reads: 100, writes: 100, attempts: 9 };
    let line = record_line(&body, Some(&envelope));
    assert!(line.len() <= WORST, "{} bytes", line.len());

    let recorded = decode_record(&line).unwrap();
    assert_eq!(encode_body(&recorded.facts, &decision, &catalogue, &models), body, "the same facts, the same bytes");
    let told = readable_body(serde_json::from_str(&body).unwrap(), &catalogue);
    let candidates = told["candidates"].as_array().unwrap();
    let counted: u64 = told["counted"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!((candidates.len(), counted), (50, 4_950), "what is not told is counted");
    assert!(candidates.iter().any(|candidate| candidate["fate"] == "chosen"), "the last of all is told");
    assert_eq!(candidates[0]["treatment"], "treatment_number_0000000", "and the ghost");
    let score = |place: usize| candidates[place]["terms"]["score"].as_f64().unwrap();
    assert!(score(48) > score(49), "beside them, the best are told: the scores go down");
}
