//! From a purchase on a stream to an e-mail at the provider, the link in it, and the clock: through the real binaries of `purchase`, `outcome`, `dispatch`,
//! `reply` and `wake`, each behind a Runtime API of its own.

use serde_json::{Value, json};
use tact::cloud::{HttpRequest, http_event, stream_of};
use tact::sinks::Provider;
use tact_domain::{Channel, CustomerId, DecisionId, EventKind, FacetKind, Profile, Purpose, Timestamp};
use tact_pipeline::{ItemKey, Nonce, Store, Write};
use tact_wire::{Delivery, Seal, Unsubscribe, unpack_facet};

use super::deployment::{binaries, lines};
use super::story::now;
use super::town::{SECRET, Town, written};

const CUSTOMER: &str = "canary-customer-51c9";
const EMAIL: &str = "canary.kim@example.com";

/// Hands one event of the customer to a stream function.
async fn event(town: &Town, function: &str, kind: &str, id: &str, at: Timestamp, data: &Value) {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "story", "type": format!("tact.{kind}.v1"),
        "subject": CUSTOMER, "time": written(at), "data": data,
    });
    town.event(function, CUSTOMER, event.to_string().into_bytes()).await;
}

/// What the table's stream says when an item appears.
async fn appears(town: &Town, key: &ItemKey) {
    let record = json!({
        "awsRegion": "us-east-1", "eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "eventVersion": "1.1",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/tact/stream/2026",
        "dynamodb": {
            "ApproximateCreationDateTime": now().0 / 1000, "SequenceNumber": "111", "SizeBytes": 26, "StreamViewType": "KEYS_ONLY",
            "Keys": { "pk": { "S": key.pk() }, "sk": { "S": key.sk() } },
        },
    });
    let answer = town.invoke("dispatch", &json!({ "Records": [record] })).await;
    assert_eq!(answer, json!({ "batchItemFailures": [] }), "{}", town.said_so_far());
}

async fn request(town: &Town, method: &str, path: &str, body: &str) -> Value {
    let request = HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: String::new(),
        headers: vec![("host".to_owned(), "reply.example".to_owned())],
        body: body.as_bytes().to_vec(),
        at_ms: u64::try_from(now().0).unwrap(),
    };
    town.invoke("reply", &http_event(&request)).await
}

/// Whether the customer's consent to marketing by e-mail holds.
async fn may_mail(town: &Town) -> bool {
    let mut profile = Profile::default();
    for (kind, item) in town.store().load(&customer()).await.unwrap() {
        if kind == FacetKind::Consent {
            unpack_facet(&mut profile, kind, &item.bytes).unwrap();
        }
    }
    profile.consent.relied_on(Purpose::Marketing, Channel::Email, None, now()).is_ok()
}

fn customer() -> CustomerId {
    CustomerId::new(CUSTOMER).unwrap()
}

fn key(id: DecisionId) -> ItemKey {
    ItemKey::Decision(customer(), id)
}

/// Somebody who agreed to e-mails, and has just bought something.
async fn bought(town: &Town, id: &str) -> DecisionId {
    let grants = json!([
        { "purpose": "marketing", "channel": "email", "state": "granted" },
        { "purpose": "profiling", "state": "granted" },
    ]);
    let consent = json!({ "grants": grants, "points": { "email": EMAIL }, "zone": "America/New_York" });
    let long_ago = Timestamp(now().0 - 60 * 86_400_000);
    event(town, "outcome", "consent", "n-1", long_ago, &consent).await;
    let line = json!({ "product": "sku-1", "category": "gadgets", "quantity": 1, "unit_price": 8900 });
    let purchase =
        json!({ "receipt": id, "store": "market-street", "channel": "store", "currency": "USD", "lines": [line] });
    event(town, "purchase", "purchase", id, now(), &purchase).await;
    DecisionId::of("story", id, 0)
}

#[tokio::test]
async fn what_the_purchase_function_decided_reaches_the_provider_once_and_nothing_that_is_said_about_it_is_personal() {
    let Some(directory) = binaries() else { return };
    let town = Town::of_binaries(&directory).await;
    let decision = bought(&town, "p-1").await;
    assert_eq!(town.decision(CUSTOMER, decision).await.0.state, Delivery::Pending);
    appears(&town, &key(decision)).await;
    appears(&town, &key(decision)).await;
    let mails = town.cloud.sinks.received(Provider::Email);
    assert_eq!(mails.len(), 1, "{}", town.said_so_far());
    assert_eq!((mails[0].decision.clone(), mails[0].to.as_deref()), (decision.to_string(), Some(EMAIL)));
    assert_eq!(town.decision(CUSTOMER, decision).await.0.state, Delivery::Sent);
    let said = town.said().await;
    assert!(said.contains("\"sent\":1"), "{said}");
    assert!(!said.contains(CUSTOMER) && !said.contains(EMAIL), "{said}");
}

#[tokio::test]
async fn a_decision_that_nobody_looked_at_is_found_by_the_clock_and_leaves_once() {
    let Some(directory) = binaries() else { return };
    let town = Town::of_binaries(&directory).await;
    let decision = bought(&town, "p-1").await;
    let (mut item, version) = town.decision(CUSTOMER, decision).await;
    // As if two minutes had passed.
    item.due_at = Some(Timestamp(now().0 - 1_000));
    let (bytes, forget_at, due_at) = (item.pack(), Some(item.forget_at()), item.due_at);
    let write = [Write { key: key(decision), expected: Some(version), bytes, forget_at, due_at }];
    town.store().commit(&write, Nonce::of(&write)).await.unwrap();
    let tick = json!({ "detail-type": "Scheduled Event", "source": "aws.events" });
    for _ in 0..2 {
        assert_eq!(town.invoke("wake", &tick).await["turns"], 1, "{}", town.said_so_far());
    }
    let n = u64::try_from(item.due_at.unwrap().0).unwrap();
    let turn = ItemKey::Turn(customer(), decision, n);
    assert!(town.store().get(&turn).await.unwrap().is_some(), "two ticks within ten minutes are one turn");
    appears(&town, &turn).await;
    appears(&town, &key(decision)).await;
    assert_eq!(town.cloud.sinks.received(Provider::Email).len(), 1);
    assert_eq!(town.invoke("wake", &tick).await["turns"], 0);
}

#[tokio::test]
async fn one_click_ends_it_before_it_is_answered_and_looking_at_the_link_does_not() {
    let Some(directory) = binaries() else { return };
    let town = Town::of_binaries(&directory).await;
    let decision = bought(&town, "p-1").await;
    let link = Unsubscribe { customer: customer(), channel: Channel::Email, decision };
    let path = format!("/u/{}", Seal::new(&SECRET).unwrap().unsubscribe_token(&link));
    assert_eq!(request(&town, "GET", &path, "").await["statusCode"], 200);
    assert!(may_mail(&town).await);
    let forged = request(&town, "POST", "/u/00.00", "List-Unsubscribe=One-Click").await;
    assert_eq!(forged["statusCode"], 404);
    assert!(may_mail(&town).await);
    for _ in 0..2 {
        assert_eq!(request(&town, "POST", &path, "List-Unsubscribe=One-Click").await["statusCode"], 200);
        assert!(!may_mail(&town).await);
    }
    let streams = town.cloud.kinesis.streams();
    let put = [EventKind::Outcome, EventKind::Consent].map(|kind| lines(&streams, stream_of(kind)));
    let outcomes: Vec<_> = put.into_iter().flatten().filter(|line| line.contains("opted_out")).collect();
    assert!(!outcomes.is_empty() && outcomes.iter().all(|line| *line == outcomes[0]), "{outcomes:?}");
    assert!(!town.said().await.contains(CUSTOMER));
}
