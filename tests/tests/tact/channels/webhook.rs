//! The webhook: its contract, its repetitions under one key, and tasks that do not say whom they are about.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tact::sinks::{Behaviour, Provider, Received};
use tact_channels::{Providers, SettingsError};
use tact_domain::{Channel, DecisionId, Post, TaskKind, Timestamp};
use tact_pipeline::{Channels, Handover, Refusal};
use tact_wire::{Message, Seal, Task, What};

use super::deployment::{Deployment, SENT_AT, Stopwatch, message, settings};

/// Posts the usual message while the receiver behaves like this, call by call; what came of it and what came in.
async fn posted(behaviours: &[Behaviour]) -> (Handover, Vec<Received>) {
    let deployment = Deployment::with(|settings| settings.patience.answer = Duration::from_millis(900)).await;
    for behaviour in behaviours {
        deployment.sinks.next(Provider::Webhook, *behaviour);
    }
    let handover = deployment.providers.send(&message(Channel::Webhook)).await;
    (handover, deployment.sinks.received(Provider::Webhook))
}

#[tokio::test]
async fn a_message_is_posted_as_the_contract_says() {
    let (handover, received) = posted(&[]).await;
    assert_eq!(handover, Handover::Accepted(None));
    let expected = json!({
        "version": 1,
        "kind": "message",
        "decision": "d-0000000000000000000000000000002a",
        "customer": "cust:42",
        "channel": "webhook",
        "action": "ten-percent",
        "treatment": "short",
        "store": "store:harbor",
        "text": "Grüße: 10 % today. Reply STOP to end.",
        "sent_at": "2026-09-21T14:13:20Z",
        "expires_at": "2026-09-21T16:13:20Z",
    });
    assert_eq!(serde_json::from_slice::<Value>(&received[0].body).unwrap(), expected);
    assert_eq!(received[0].header("content-type"), Some("application/json"));
    assert!(received[0].taken && received[0].complaint.is_none());
}

#[tokio::test]
async fn an_answer_to_a_comment_says_where_it_is_posted() {
    for (reply_to, expected) in [(Some("post-7"), json!("post-7")), (None, Value::Null)] {
        let deployment = Deployment::start().await;
        let post = Post { arena: "forum".into(), reply_to: reply_to.map(Into::into) };
        let answer = Message { answers: Some(post), ..message(Channel::Webhook) };
        assert_eq!(deployment.providers.send(&answer).await, Handover::Accepted(None));
        let body: Value = serde_json::from_slice(&deployment.sinks.received(Provider::Webhook)[0].body).unwrap();
        assert_eq!(body["answers"], json!({ "arena": "forum", "reply_to": expected }));
    }
}

#[tokio::test]
async fn a_task_says_where_and_what_and_not_for_whom() {
    let deployment = Deployment::start().await;
    let task = Task {
        decision: DecisionId(42),
        store: "store:harbor".into(),
        area: None,
        kind: TaskKind::Help,
        action: "help".into(),
        says: "Somebody waits.".to_owned(),
        what: What::default(),
        person: None,
        offered_at: SENT_AT,
        expires_at: SENT_AT.plus_s(900),
    };
    let handover = deployment.providers.send(&message(Channel::Associate)).await;
    assert_eq!(handover, Handover::Refused(Refusal::Rejected), "a task that nobody described");
    let described = Message { task: Some(Box::new(task)), ..message(Channel::Associate) };
    let handover = deployment.providers.send(&described).await;
    assert_eq!(handover, Handover::Accepted(None));
    let received = &deployment.sinks.received(Provider::Webhook)[0];
    assert!(received.taken, "{:?}", received.complaint);
    let body: Value = serde_json::from_slice(&received.body).unwrap();
    let fields: BTreeSet<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["schema", "id", "store", "kind", "issue", "what", "person", "offered_at", "expires_at"];
    assert_eq!((fields, &body["person"]), (BTreeSet::from(expected), &json!({ "masked": true })));
    let everything = format!("{:?}{}", received.headers, String::from_utf8_lossy(&received.body));
    assert!(!everything.contains("cust:42") && !everything.contains("Y3VzdDo0Mg"), "{everything}");
}

#[tokio::test]
async fn a_receiver_that_breaks_down_is_asked_three_times_with_one_key_and_one_signature() {
    for behaviour in [Behaviour::Fail(500), Behaviour::Fail(503), Behaviour::Fail(408), Behaviour::Hang] {
        let (handover, received) = posted(&[behaviour; 3]).await;
        assert_eq!((handover, received.len()), (Handover::NotNow(None), 3), "{behaviour:?}");
        let keys: BTreeSet<_> = received.iter().map(|call| call.header("idempotency-key").unwrap()).collect();
        let signatures: BTreeSet<_> = received.iter().map(|call| call.header("tact-signature").unwrap()).collect();
        assert_eq!((keys, signatures.len()), (BTreeSet::from(["d-0000000000000000000000000000002a"]), 1));
        assert!(received.iter().all(|call| call.complaint.is_none() && !call.taken), "{behaviour:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_leads_to_a_repetition_that_the_receiver_knows_by_its_key() {
    let (handover, received) = posted(&[Behaviour::AcceptAndCut, Behaviour::Fail(502)]).await;
    assert_eq!(handover, Handover::Accepted(None));
    let taken: Vec<_> = received.iter().map(|call| call.taken).collect();
    assert_eq!(taken, [true, false, false], "it arrived once");
}

#[tokio::test]
async fn a_receiver_that_knows_what_it_wants_is_asked_once() {
    let cases = [
        (Behaviour::Throttle { retry_after_s: Some(7) }, Handover::NotNow(Some(7))),
        (Behaviour::Throttle { retry_after_s: None }, Handover::NotNow(None)),
        (Behaviour::Refuse(Refusal::BadAddress), Handover::Refused(Refusal::BadAddress)),
        (Behaviour::Refuse(Refusal::OptedOut), Handover::Refused(Refusal::OptedOut)),
        (Behaviour::Refuse(Refusal::Rejected), Handover::Refused(Refusal::Rejected)),
        (Behaviour::Fail(404), Handover::Refused(Refusal::Rejected)),
        (Behaviour::Fail(307), Handover::Refused(Refusal::Rejected)),
    ];
    for (behaviour, expected) in cases {
        let (handover, received) = posted(&[behaviour]).await;
        assert_eq!((handover, received.len()), (expected, 1), "{behaviour:?}");
    }
}

#[tokio::test]
async fn what_another_secret_signed_or_an_hour_ago_is_not_taken() {
    let forged = Deployment::with(|settings| settings.webhook_seal = Seal::new(&[9; 32]).unwrap()).await;
    let genuine = Deployment::start().await;
    let old = Message { sent_at: Timestamp(SENT_AT.0 - 3_600_000), ..message(Channel::Webhook) };
    for (deployment, message) in [(forged, message(Channel::Webhook)), (genuine, old)] {
        assert_eq!(deployment.providers.send(&message).await, Handover::Refused(Refusal::Rejected));
        let received = deployment.sinks.received(Provider::Webhook);
        assert_eq!(received[0].complaint.as_deref(), Some("the signature is missing, wrong or old"));
        assert!(deployment.sinks.taken().is_empty());
    }
}

#[test]
fn a_webhook_that_could_be_read_on_the_way_is_refused_at_the_start() {
    let mut settings = settings();
    settings.webhook_url = Some("http://shop.example/messages".to_owned());
    assert_eq!(Providers::new(&settings, Stopwatch::default()).unwrap_err(), SettingsError::WebhookUrl);
}
