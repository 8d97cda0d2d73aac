//! People who answer what they receive: through the functions' own code, once, and never against what the file tells.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use serde_json::Value;
use tact_domain::{Channel, ConsentRefusal, CouponState, DecisionId, Outcome, Purpose, Timestamp};
use tact_wire::{DecisionItem, Delivery, readable_body};

use crate::pipeline::world::CATALOGUE;
use crate::run::{ANSWERED, Run, TOWN};

/// Of these a message gets at most one.
const FINAL: [Outcome; 5] =
    [Outcome::Accepted, Outcome::Thanked, Outcome::Declined, Outcome::Dismissed, Outcome::Complained];

/// How people of a store end a task; a customer they came to does neither.
const FINAL_OF_TASK: [Outcome; 2] = [Outcome::Accepted, Outcome::Dismissed];

fn answers(run: &Run) -> BTreeMap<String, u64> {
    serde_json::from_value(run.summary.json()["answers"].clone()).unwrap()
}

fn finals(item: &DecisionItem) -> usize {
    FINAL.iter().filter(|outcome| item.outcomes.first(**outcome).is_some()).count()
}

fn of<'a>(run: &'a Run, customer: &str) -> Vec<&'a DecisionItem> {
    run.kept.decisions.iter().filter(|(known, _)| known == customer).map(|(_, item)| item).collect()
}

#[test]
fn on_the_day_in_town_somebody_does_each_of_the_things_people_do() {
    // A complaint is rare: of the few messages of one day there need not be any.
    let answers = answers(&TOWN);
    for outcome in [
        "delivered",
        "shown",
        "opened",
        "clicked",
        "accepted",
        "declined",
        "thanked",
        "dismissed",
        "opted_out",
        "redeemed",
    ] {
        assert!(answers.get(outcome).is_some_and(|n| *n > 0), "nobody {outcome}: {answers:?}");
    }
}

#[test]
fn nobody_answers_a_message_twice_and_what_the_file_tells_stands() {
    for run in [&*TOWN, &ANSWERED[0], &ANSWERED[1]] {
        for (_, item) in &run.kept.decisions {
            // Of a task both speak: whoever came says whether it was done, and the customer all else.
            let of_task = if item.channel == Channel::Associate { &FINAL_OF_TASK[..] } else { &[][..] };
            let ends = FINAL.into_iter().filter(|outcome| item.outcomes.first(*outcome).is_some());
            let (of_task, others): (Vec<Outcome>, Vec<Outcome>) = ends.partition(|outcome| of_task.contains(outcome));
            assert!(of_task.len() <= 1 && others.len() <= 1, "{:?}", item.outcomes);
            let answered = finals(item) > 0 || item.outcomes.first(Outcome::Opened).is_some();
            assert!(!answered || item.state == Delivery::Sent, "only what was received is answered");
        }
    }
    let told = |source: &str, id: &str, outcome| {
        let decision = DecisionId::of(source, id, 0);
        let (_, item) = TOWN.kept.decisions.iter().find(|(_, item)| item.decision == decision).unwrap();
        assert!(item.outcomes.first(outcome).is_some(), "{id}");
        item
    };
    assert_eq!(finals(told("pos/market-street", "ana-p10", Outcome::Accepted)), 1);
    assert_eq!(finals(told("app/ios", "carla-c10", Outcome::Thanked)), 1);
    assert_eq!(finals(told("pos/market-street", "kit-p2", Outcome::Opened)), 0);
}

#[test]
fn playing_again_sends_nothing_so_nobody_answers() {
    let [first, second] = &*ANSWERED;
    assert!(answers(first).values().sum::<u64>() > 100, "{:?}", answers(first));
    let told = second.summary.json();
    assert_eq!(
        (&told["messages"], &told["answers"], &told["delivery"]),
        (
            &Value::from(serde_json::Map::new()),
            &Value::from(serde_json::Map::new()),
            &Value::from(serde_json::Map::new())
        )
    );
    assert_eq!(second.summary.state_hash, first.summary.state_hash);
    assert_eq!(second.kept.coupons, first.kept.coupons);
}

#[test]
fn whoever_opts_out_of_what_sells_has_taken_the_consent_back_and_gets_no_more_by_that_channel() {
    let mut left = 0;
    for run in [&*TOWN, &ANSWERED[0]] {
        for (customer, item) in &run.kept.decisions {
            let Some(at) = item.outcomes.first(Outcome::OptedOut) else { continue };
            let consent = run.kept.profile(customer).consent;
            let standing = consent.relied_on(Purpose::Marketing, item.channel, None, at);
            assert_eq!(standing.err(), Some(ConsentRefusal::Revoked), "{customer}");
            let later = of(run, customer).into_iter().filter(|other| {
                other.channel == item.channel && other.consent.is_some() && other.sent_at.is_some_and(|sent| sent > at)
            });
            assert_eq!(later.count(), 0, "{customer}");
            left += 1;
        }
    }
    assert!(left > 0);
}

#[test]
fn a_coupon_that_is_used_tells_the_decision_that_handed_it_out() {
    let mut used = 0;
    for run in [&*TOWN, &ANSWERED[0]] {
        for coupon in &run.kept.coupons {
            let (_, item) = run.kept.decisions.iter().find(|(_, item)| item.decision == coupon.decision).unwrap();
            let redeemed = item.outcomes.first(Outcome::Redeemed);
            match &coupon.state {
                CouponState::Redeemed { at, .. } => {
                    assert_eq!(redeemed, Some(*at));
                    assert!(item.outcomes.first(Outcome::Accepted).is_some_and(|accepted| accepted < *at));
                    used += 1;
                }
                _ => assert_eq!(redeemed, None),
            }
        }
        let told = run.summary.json();
        assert_eq!(told["coupons"]["issued"], run.kept.coupons.len() as u64);
        assert_eq!(
            told["coupons"]["redeemed"].as_u64(),
            Some(answers(run).get("redeemed").copied().unwrap_or_default())
        );
    }
    assert!(used > 0);
}

#[test]
fn hana_is_not_texted_after_she_said_so_and_ivo_is_texted_in_his_own_morning() {
    let clock = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let texts = |name: &str| {
        let messages = TOWN.file("messages.ndjson").lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        messages.filter(|message| message["customer"] == name && message["channel"] == "sms").collect::<Vec<_>>()
    };
    assert!(texts("hana").is_empty());
    let ivo = texts("ivo");
    assert_eq!(ivo.len(), 1);
    assert_eq!(clock(ivo[0]["sent_at"].as_str().unwrap()), clock("2026-11-01T09:00:00-07:00"));
    let decided = |name: &str| {
        let records = TOWN.file("decisions.ndjson").lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let bodies = records.map(|mut record| readable_body(record["body"].take(), &CATALOGUE));
        bodies.filter(|body| body["customer"]["event"]["subject"] == name).collect::<Vec<_>>()
    };
    for name in ["hana", "ivo"] {
        let decided = decided(name);
        assert!(decided.iter().any(|body| !body["appointments"].is_null()), "{name} had an appointment");
        assert!(decided.iter().any(|body| body["trigger"] == "due"), "{name}: it was kept");
    }
    let refused = decided("hana").into_iter().find(|body| body["trigger"] == "due").unwrap();
    let text = refused["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|candidate| candidate["channel"] == "sms")
        .unwrap()
        .clone();
    assert_eq!(text["reason"], "consent_revoked");
}
