//! The contract of events: every sample parses and validates, every broken one is refused by name, and nothing panics.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod anything;
mod broken;
mod meaning;
mod refusals;

use std::fs;
use std::path::PathBuf;

use aws_lambda_events::event::kinesis::KinesisEvent;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};
use tact_domain::{Cause, Channel, Evidence, Happened, Method, Outcome, Timestamp, Tone};
use tact_wire::{ParseError, ParseReason, ParsedEvent, parse, parse_recorded};

/// Every function with the samples that its stream would bring.
const FUNCTIONS: [(&str, &[&str]); 8] = [
    ("checkin", &["check-in-store", "check-in-venue", "check-in-ready"]),
    ("purchase", &["purchase-store", "purchase-web", "purchase-return"]),
    ("geolocation", &["geolocation-fix", "geolocation-beacon"]),
    ("partner", &["partner-card", "partner-with"]),
    ("comment", &["comment-wifi", "comment-geo-tag", "comment-told", "comment-review"]),
    ("consent", &["consent-grant", "consent-revoke", "consent-withdraw-point", "consent-particular"]),
    ("outcome", &["outcome-decision", "outcome-event", "outcome-answer"]),
    ("due", &["due"]),
];

/// 2026-12-01T00:00:00Z, after every sample.
const ARRIVED: Timestamp = Timestamp(1_796_083_200_000);

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "events", name].iter().collect()
}

fn sample(name: &str) -> String {
    fs::read_to_string(path(&format!("{name}.json"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn parsed(text: &str) -> Result<ParsedEvent, ParseError> {
    parse(text.as_bytes(), ARRIVED)
}

/// The reason and field for which a record is refused.
fn refused(bytes: &[u8]) -> (&'static str, String) {
    let error = parse(bytes, ARRIVED).expect_err("a broken record was accepted");
    (error.reason.name(), error.field)
}

#[test]
fn every_sample_validates_against_its_schema() {
    for (_, names) in FUNCTIONS {
        for name in names {
            let event = serde_json::from_str(&sample(name)).unwrap();
            let error = schema_of(name).validate(&event).err().map(|error| error.to_string());
            assert_eq!(error, None, "{name}");
        }
    }
}

#[test]
fn every_event_of_the_day_in_town_is_valid() {
    let day = fs::read_to_string(path("a-day-in-town.ndjson")).unwrap();
    for (index, line) in day.lines().enumerate() {
        if let Err(error) = parse(line.as_bytes(), Timestamp(4_000_000_000_000)) {
            panic!("line {}: {error}", index + 1);
        }
    }
}

/// To write the wrapped samples anew after changing a bare one, run this test with `TACT_WRITE_SAMPLES=1`.
#[test]
fn the_wrapped_samples_hold_the_bare_ones() {
    for (function, names) in FUNCTIONS {
        let wrapped = wrap(function, names);
        let file = path(&format!("kinesis/{function}.json"));
        if std::env::var_os("TACT_WRITE_SAMPLES").is_some() {
            fs::write(&file, serde_json::to_string_pretty(&wrapped).unwrap() + "\n").unwrap();
        }
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), wrapped, "{function}");

        let event: KinesisEvent = serde_json::from_str(&text).unwrap();
        assert_eq!(event.records.len(), names.len());
        for record in &event.records {
            let arrived = Timestamp(record.kinesis.approximate_arrival_timestamp.timestamp_millis());
            let event = parse(&record.kinesis.data, arrived).unwrap();
            assert_eq!(record.kinesis.partition_key, event.signal.customer.as_str());
        }
    }
}

/// The batch in which a stream's mapping would hand the samples to a function, each arriving a second after it happened.
fn wrap(function: &str, names: &[&str]) -> Value {
    let record = |(index, name): (usize, &&str)| {
        let text = sample(name);
        let event = parsed(&text).unwrap();
        let sequence = format!("49590338271490256608559692538361571095921575989136588{index:03}");
        json!({
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": format!("shardId-000000000000:{sequence}"),
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": format!("arn:aws:iam::123456789012:role/tact-{function}"),
            "awsRegion": "us-east-1",
            "eventSourceARN": format!("arn:aws:kinesis:us-east-1:123456789012:stream/tact-{function}"),
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": event.signal.customer.as_str(),
                "sequenceNumber": sequence,
                "approximateArrivalTimestamp": event.signal.at.plus_s(1).0 / 1000,
                "data": BASE64_STANDARD.encode(text.trim_end()),
            },
        })
    };
    json!({"Records": names.iter().enumerate().map(record).collect::<Vec<_>>()})
}

/// The schema that a sample must fulfil.
fn schema_of(sample: &str) -> Validator {
    let schema = |name: &str| -> Value {
        let text = fs::read_to_string(path(&format!("schema/{name}.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let file = FUNCTIONS.iter().find(|(_, names)| names.contains(&sample)).unwrap().0;
    let envelope = schema("envelope");
    let id = envelope["$id"].as_str().unwrap().to_owned();
    let registry = Registry::new().add(id, envelope).unwrap().prepare().unwrap();
    jsonschema::options().with_registry(&registry).build(&schema(file)).unwrap()
}

/// A sample with the field at a JSON pointer set, or removed.
fn changed(name: &str, pointer: &str, value: Option<Value>) -> String {
    let mut event: Value = serde_json::from_str(&sample(name)).unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match (event.pointer_mut(parent).unwrap(), value) {
        (Value::Object(members), Some(value)) => drop(members.insert(key.to_owned(), value)),
        (Value::Object(members), None) => drop(members.remove(key).unwrap()),
        (Value::Array(elements), Some(value)) => elements[key.parse::<usize>().unwrap()] = value,
        (other, _) => panic!("{pointer} is no field of {other}"),
    }
    event.to_string()
}
