//! Receipts of providers and outcomes of other systems: the same state in whatever order they come and however often, and a complaint is heard
//! at once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};
use tact_decide::Reason;
use tact_domain::{Channel, DecisionId, Outcome, Timestamp};

use super::setting::{NOW, Setting, notice, post, setting, signed};
use crate::pipeline::world::{DAY, SATURDAY, consent};
use crate::recomputation::cases;

fn with_messages() -> (Setting, DecisionId, DecisionId) {
    let setting = setting(&[consent("c-1", "ana", SATURDAY - 40 * DAY, &["sms", "email"])]);
    let email = setting.was_sent("ana", "replenish", Channel::Email, "c-1");
    let text = setting.was_sent("ana", "replenish", Channel::Sms, "c-1");
    (setting, email, text)
}

/// What SES publishes of an e-mail, `minutes` before now.
fn of_email(decision: DecisionId, kind: &str, minutes: i64) -> Value {
    let time = jiff::Timestamp::from_millisecond(NOW.0 - minutes * 60_000).unwrap().to_string();
    let tags = json!({
        "decision": [decision.to_string()], "customer": [URL_SAFE_NO_PAD.encode("ana")], "class": ["default"],
        "ses:operation": ["SendEmail"],
    });
    let mut message = json!({ "eventType": kind, "mail": {
        "timestamp": time, "messageId": "0100-e-1", "destination": ["ana@example.com"], "tags": tags,
    }});
    let bounce = json!({ "timestamp": time, "bounceType": "Permanent", "feedbackId": "f-1",
        "bouncedRecipients": [{ "emailAddress": "ana@example.com" }] });
    message[kind.to_lowercase()] = if kind == "Bounce" { bounce } else { json!({ "timestamp": time }) };
    message
}

/// What End User Messaging publishes of a text.
fn of_text(decision: DecisionId, kind: &str) -> Value {
    json!({
        "eventType": kind, "eventVersion": "1.0", "eventTimestamp": NOW.0 - 60_000, "isFinal": true,
        "destinationPhoneNumber": super::setting::NUMBER, "messageId": "862a-1", "messageStatus": "x",
        "context": { "decision": decision.to_string(), "customer": URL_SAFE_NO_PAD.encode("ana") },
    })
}

fn receive(setting: &Setting, message: &Value) -> &'static str {
    let answer = setting.ask(&post("/receipts", &notice(message, NOW)));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.what
}

fn first(setting: &Setting, decision: DecisionId, outcome: Outcome) -> Option<Timestamp> {
    setting.desk.store.inner.decisions()[&decision].outcomes.first(outcome)
}

#[test]
fn what_became_of_a_message_reaches_its_decision() {
    let (setting, email, text) = with_messages();
    for (kind, outcome) in [("Delivery", Outcome::Delivered), ("Open", Outcome::Opened), ("Click", Outcome::Clicked)] {
        assert_eq!(receive(&setting, &of_email(email, kind, 5)), "reported");
        setting.deliver();
        assert_eq!(first(&setting, email, outcome), Some(NOW.plus_s(-300)), "{kind}");
    }
    receive(&setting, &of_email(email, "Bounce", 5));
    receive(&setting, &of_text(text, "TEXT_SUCCESSFUL"));
    receive(&setting, &of_text(text, "TEXT_INVALID"));
    setting.deliver();
    assert_eq!(first(&setting, email, Outcome::Bounced), Some(NOW.plus_s(-300)));
    assert_eq!(first(&setting, text, Outcome::Delivered), Some(NOW.plus_s(-60)));
    assert_eq!(first(&setting, text, Outcome::Bounced), Some(NOW.plus_s(-60)));
}

#[test]
fn what_tells_nothing_or_is_of_no_message_of_ours_is_ignored() {
    let (setting, email, text) = with_messages();
    let mut soft = of_email(email, "Bounce", 5);
    soft["bounce"]["bounceType"] = "Transient".into();
    let mut untagged = of_email(email, "Open", 5);
    untagged["mail"].as_object_mut().unwrap().remove("tags");
    let mut foreign = of_email(email, "Open", 5);
    foreign["mail"]["tags"]["customer"] = json!(["not base64!"]);
    let mut others: Vec<_> = ["Send", "Reject", "DeliveryDelay", "Rendering Failure", "Novelty"]
        .map(|kind| of_email(email, kind, 5))
        .to_vec();
    others.extend(
        ["TEXT_BLOCKED", "TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_QUEUED", "TEXT_UNKNOWN"]
            .map(|kind| of_text(text, kind)),
    );
    for message in [vec![soft, untagged, foreign], others].concat() {
        assert_eq!(receive(&setting, &message), "ignored", "{message}");
    }
    assert!(setting.put().is_empty());
}

#[test]
fn a_complaint_ends_e_mails_before_it_is_answered() {
    let (setting, email, _) = with_messages();
    receive(&setting, &of_email(email, "Complaint", 5));
    let refused = setting.refusals("ana", Channel::Email).unwrap();
    assert!(refused.iter().all(|reason| *reason == Reason::ConsentRevoked), "{refused:?}");
    setting.deliver();
    assert!(first(&setting, email, Outcome::Complained).is_some());
    assert!(
        setting.profile("ana").consent.relied_on(tact_domain::Purpose::Marketing, Channel::Sms, None, NOW).is_ok(),
        "texts were not meant"
    );
}

fn told(id: &str, decision: DecisionId, outcome: &str) -> Value {
    json!({ "id": id, "customer": "ana", "decision": decision.to_string(), "outcome": outcome, "at": "2026-10-31T10:58:00-04:00" })
}

#[test]
fn another_system_reports_outcomes_and_an_opt_out_is_heard_at_once() {
    let (setting, email, text) = with_messages();
    assert_eq!(setting.ask(&signed("/outcomes", &told("o-1", email, "accepted"), NOW)).what, "reported");
    assert_eq!(setting.ask(&signed("/outcomes", &told("o-2", text, "opted_out"), NOW)).what, "reported");
    assert!(setting.refusals("ana", Channel::Sms).is_some());
    setting.deliver();
    assert_eq!(first(&setting, email, Outcome::Accepted), Some(NOW.plus_s(-120)));
    assert_eq!(first(&setting, text, Outcome::OptedOut), Some(NOW.plus_s(-120)));
    assert!(
        setting.profile("ana").consent.relied_on(tact_domain::Purpose::Marketing, Channel::Email, None, NOW).is_ok()
    );
}

#[test]
fn an_opt_out_of_something_unknown_is_one_of_everything() {
    let (setting, ..) = with_messages();
    setting.ask(&signed("/outcomes", &told("o-1", DecisionId(7), "opted_out"), NOW));
    for channel in [Channel::Sms, Channel::Email] {
        assert!(setting.refusals("ana", channel).is_some(), "{channel:?}");
    }
}

#[test]
fn a_report_that_breaks_the_contract_is_refused_by_the_name_of_its_field() {
    let (setting, email, _) = with_messages();
    let mut fields = Vec::new();
    for (field, value) in [
        ("id", json!("")),
        ("customer", json!("ana maria")),
        ("decision", json!("d-1")),
        ("outcome", json!("loved_it")),
        ("at", json!("2026-10-31T12:30:00-04:00")),
    ] {
        let mut body = told("o-1", email, "accepted");
        body[field] = value;
        let answer = setting.ask(&signed("/outcomes", &body, NOW));
        assert_eq!(answer.status, 400);
        fields.push(answer.body.split('`').nth(1).unwrap().to_owned());
    }
    assert_eq!(fields, ["id", "customer", "decision", "outcome", "at"]);
    assert!(setting.put().is_empty());
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn receipts_lead_to_one_state_in_any_order_and_however_often(
        order in Just(vec![("Delivery", 9), ("Open", 7), ("Open", 3), ("Click", 2), ("Bounce", 1), ("Open", 7)]).prop_shuffle(),
        again in proptest::collection::vec(0..6_usize, 0..4),
    ) {
        let (setting, email, _) = with_messages();
        let repeated: Vec<_> = again.iter().map(|place| order[*place]).collect();
        for (kind, minutes) in order.iter().chain(&repeated) {
            receive(&setting, &of_email(email, kind, *minutes));
        }
        setting.deliver();
        let known = [Outcome::Delivered, Outcome::Opened, Outcome::Clicked, Outcome::Bounced];
        let minutes = known.map(|outcome| first(&setting, email, outcome).map(|at| NOW.since_ms(at) / 60_000));
        prop_assert_eq!(minutes, [Some(9), Some(7), Some(2), Some(1)]);
    }
}
