//! Promises: a customer is asked, says yes, and gets what they were promised: once, by what they allow now, and without a second contact being counted.

use serde_json::Value;
use tact_decide::{Action, Cap, Catalogue, Issue, Mode, Treatment};
use tact_domain::{Channel, DecisionId, Timestamp, Trigger};
use tact_wire::{Delivery, readable_body};

use super::offers::{catalogue_of, willing};
use super::world::World;
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, answer, check_in, decision_of, outcome};

const WEEK_S: i64 = 7 * 86_400;

/// Asked by e-mail at a check-in, whoever says yes gets a text with what was promised; one contact a week.
fn asking() -> Catalogue {
    let way = |name: &str, channel, mode, text: &str| Treatment {
        group_prior: 0.9,
        valid_s: 16 * 3_600,
        window_s: 2 * 86_400,
        subject: Some("A question".to_owned()),
        text: text.to_owned(),
        ..Treatment::new(name, channel, mode)
    };
    let ask =
        Treatment { promises: Some("kept".into()), ..way("ask", Channel::Email, Mode::Prompt, "Would you like it?") };
    let kept = Treatment { fulfils: true, ..way("kept", Channel::Sms, Mode::Push, "Here it is, from {{ store }}.") };
    let treat = Action {
        triggers: vec![Trigger::CheckIn],
        margin: 10_000.0,
        treatments: vec![ask, kept],
        ..Action::new("treat", Issue::Grow, "offers")
    };
    let mut catalogue = catalogue_of(vec![treat]);
    let window_s = WEEK_S;
    catalogue.policy.caps =
        vec![Cap { name: "one_a_week".into(), max: 1, window_s, impressions: false, channel: None, group: None }];
    catalogue
}

/// A world in which ana was asked at eleven.
async fn asked() -> World<MemoryStore> {
    let mut world = World::in_memory(asking());
    world.happens(&[willing("ana", SATURDAY - DAY, &["email", "sms"])]).await;
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Sent);
    world
}

fn received(world: &World<MemoryStore>) -> Vec<Channel> {
    world.sink.reached().iter().map(|message| message.channel).collect()
}

/// Why nothing was done when the promise was due.
fn why_not(world: &World<MemoryStore>) -> Vec<String> {
    let due = DecisionId::of("tact/wake", &format!("{}/promise/treat", decision_of("visit")), 0);
    let records = world.log.records();
    let (_, line) = records.iter().rfind(|(id, _)| *id == due).unwrap();
    let mut record: Value = serde_json::from_str(line).unwrap();
    let body = readable_body(record["body"].take(), &world.catalogue);
    assert_eq!(body["chosen"], Value::Null);
    let candidates = body["candidates"].as_array().unwrap().iter();
    candidates.map(|c| format!("{}: {}", c["treatment"].as_str().unwrap(), c["reason"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn whoever_says_yes_gets_what_was_promised_although_the_cap_is_used_up_and_it_is_not_counted() {
    let mut world = asked().await;
    world.happens(&[outcome("yes", "ana", SATURDAY + MINUTE, "visit", "accepted")]).await;
    assert_eq!(received(&world), [Channel::Email], "it is kept by the clock");
    world.until(Timestamp(SATURDAY + 5 * MINUTE)).await;
    assert_eq!(received(&world), [Channel::Email, Channel::Sms]);
    assert_eq!(world.sink.reached()[1].text, "Here it is, from Market Street.");
    let ledger = world.profile("ana").await.contact;
    let now = Timestamp(SATURDAY + 6 * MINUTE);
    assert_eq!(ledger.count(true, now, WEEK_S, |contact| contact.capped), 1);
    assert_eq!(ledger.contacts().len(), 2, "it is entered, and left alone by caps");
    assert_eq!(ledger.appointments(), []);
    world.settle().await;
    assert_eq!(received(&world).len(), 2);
}

#[tokio::test]
async fn saying_yes_again_in_whatever_order_it_arrives_leads_to_nothing_more() {
    let mut world = asked().await;
    let yes = |id: &str, minute: i64| outcome(id, "ana", SATURDAY + minute * MINUTE, "visit", "accepted");
    world.happens(&[yes("yes", 3), yes("yes-again", 4)]).await;
    world.until(Timestamp(SATURDAY + 10 * MINUTE)).await;
    assert_eq!(received(&world), [Channel::Email, Channel::Sms]);
    // Said before, but told only now.
    world.happens(&[yes("yes-at-first", 1)]).await;
    world.happens(&[yes("yes", 3)]).await;
    world.settle().await;
    assert_eq!(received(&world), [Channel::Email, Channel::Sms]);
}

#[tokio::test]
async fn a_consent_taken_back_meanwhile_is_heard_and_the_record_says_so() {
    let mut world = asked().await;
    world.happens(&[outcome("yes", "ana", SATURDAY + MINUTE, "visit", "accepted")]).await;
    world.happens(&[answer("no-texts", "ana", SATURDAY + MINUTE + 1, "sms", "revoked")]).await;
    world.settle().await;
    assert_eq!(received(&world), [Channel::Email]);
    assert_eq!(why_not(&world), ["kept: consent_revoked"]);
}

#[tokio::test]
async fn a_consent_taken_back_on_the_way_out_closes_it() {
    let mut world = asked().await;
    world.happens(&[outcome("yes", "ana", SATURDAY + MINUTE, "visit", "accepted")]).await;
    world.otherwise = tact_pipeline::Switch::to(tact_pipeline::DeliveryMode::Off);
    world.begin_again().await;
    world.until(Timestamp(SATURDAY + 3 * MINUTE)).await;
    world.happens(&[answer("no-texts", "ana", SATURDAY + 4 * MINUTE, "sms", "revoked")]).await;
    world.otherwise = tact_pipeline::Switch::to(tact_pipeline::DeliveryMode::Live);
    world.begin_again().await;
    world.settle().await;
    assert_eq!(received(&world), [Channel::Email]);
}

#[tokio::test]
async fn what_was_promised_at_night_is_kept_in_the_morning() {
    let mut world = asked().await;
    // Eleven at night in New York; texts may be sent from nine on, when the clocks have gone back.
    let night = SATURDAY + 12 * 60 * MINUTE;
    world.happens(&[outcome("yes", "ana", night, "visit", "accepted")]).await;
    world.until(Timestamp(night + 10 * 60 * MINUTE)).await;
    assert_eq!(received(&world), [Channel::Email]);
    world.settle().await;
    assert_eq!(received(&world), [Channel::Email, Channel::Sms]);
    assert_eq!(world.sink.reached()[1].sent_at, Timestamp(night + 11 * 60 * MINUTE));
}

#[tokio::test]
async fn nobody_gets_it_who_was_not_promised_it_or_said_no() {
    let mut world = asked().await;
    world.happens(&[outcome("no", "ana", SATURDAY + MINUTE, "visit", "declined")]).await;
    world.settle().await;
    assert_eq!(received(&world), [Channel::Email]);
}
