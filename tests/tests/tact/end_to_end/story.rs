//! A customer's story: consents, orders long ago and one just now, a check-in, a flight that a card
//! paid for, a public complaint, a step through the door, and what came of it.
//! What is to be decided on lies a minute ahead of the clock, as of a device whose clock is fast: so it is decided for its own time,
//! to the byte the same however long the machine takes.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tact_domain::Timestamp;

/// The customer.
pub(crate) const CUSTOMER: &str = "canary-customer-7f3a";

/// What must never be said outside the table and the decision log.
pub(crate) const CANARIES: [&str; 6] =
    [CUSTOMER, "+12125550142", "canary.ana@example.com", "40.712713", "-74.006017", "The canary display is confusing."];

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event(Value);

impl Event {
    fn new(id: &str, kind: &str, at: Timestamp, data: &Value) -> Self {
        let time = jiff::Timestamp::from_millisecond(at.0).unwrap().to_string();
        let kind = format!("tact.{kind}.v1");
        Self(json!({
            "specversion": "1.0", "id": id, "source": "story", "type": kind, "subject": CUSTOMER, "time": time, "data": data,
        }))
    }

    /// The same, of another customer.
    pub(crate) fn of(mut self, customer: &str) -> Self {
        self.0["subject"] = customer.into();
        self
    }

    /// As it goes on the stream.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }
}

/// The story, as batches for functions.
pub(crate) fn story(now: Timestamp) -> Vec<(&'static str, Vec<Event>)> {
    let days = |days: i64| minutes(now, -days * 24 * 60);
    let orders = vec![purchase("p-1", days(40)), purchase("p-2", days(20)), purchase("p-3", minutes(now, 1))];
    let flight = json!({ "kind": "card", "category": "airline", "destination": "Tampa" });
    let evidence = json!({ "kind": "told", "store": "market-street" });
    let said = json!({ "arena": "social", "text": CANARIES[5], "public": true, "evidence": evidence });
    let accepted = json!({ "event": { "source": "story", "id": "p-3" }, "outcome": "accepted" });
    vec![
        ("outcome", vec![consent(days(60))]),
        ("purchase", orders),
        ("checkin", vec![check_in("c-1", minutes(now, 2))]),
        ("partner", vec![Event::new("t-1", "partner", minutes(now, 2), &flight)]),
        ("comment", vec![Event::new("m-1", "comment", minutes(now, 2), &said)]),
        ("geolocation", vec![fix("g-1", minutes(now, 2))]),
        ("outcome", vec![Event::new("o-1", "outcome", minutes(now, 3), &accepted)]),
    ]
}

fn consent(at: Timestamp) -> Event {
    let grants = json!([
        { "purpose": "marketing", "channel": "inbox", "state": "granted" },
        { "purpose": "location", "state": "granted" },
        { "purpose": "profiling", "state": "granted" },
        { "purpose": "third_party", "state": "granted" },
    ]);
    let points = json!({ "sms": CANARIES[1], "email": CANARIES[2] });
    let data = json!({ "grants": grants, "points": points, "zone": "America/New_York", "birth_year": 1990 });
    Event::new("n-1", "consent", at, &data)
}

pub(crate) fn purchase(id: &str, at: Timestamp) -> Event {
    let line = json!({ "product": "sku-9", "category": "shoes", "quantity": 1, "unit_price": 8900 });
    let till =
        json!({ "receipt": id, "store": "market-street", "channel": "store", "currency": "USD", "lines": [line] });
    Event::new(id, "purchase", at, &till)
}

pub(crate) fn check_in(id: &str, at: Timestamp) -> Event {
    Event::new(id, "check-in", at, &json!({ "store": "market-street" }))
}

fn fix(id: &str, at: Timestamp) -> Event {
    let position = |place: usize| CANARIES[place].parse::<f64>().unwrap();
    Event::new(id, "geolocation", at, &json!({ "lat": position(3), "lon": position(4), "accuracy_m": 12.0 }))
}

/// The instant so many minutes later.
pub(crate) fn minutes(at: Timestamp, minutes: i64) -> Timestamp {
    Timestamp(at.0 + minutes * 60_000)
}

/// The instant on the wall.
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since_epoch.as_millis()).unwrap())
}
