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

use std::fs;
use std::path::PathBuf;

use aws_lambda_events::event::kinesis::KinesisEvent;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonschema::{Registry, Validator};
use serde_json::{Value, json};
use tact_domain::{Cause, Channel, Evidence, Happened, Method, Timestamp, Tone};
use tact_wire::{ParseError, ParseReason, ParsedEvent, parse, parse_recorded};

use broken::BROKEN;

/// Every function with the samples that its stream would bring.
const FUNCTIONS: [(&str, &[&str]); 8] = [
    ("checkin", &["check-in-store", "check-in-venue", "check-in-ready"]),
    ("purchase", &["purchase-store", "purchase-web", "purchase-return"]),
    ("geolocation", &["geolocation-fix", "geolocation-beacon"]),
    ("partner", &["partner-card", "partner-with"]),
    ("comment", &["comment-wifi", "comment-geo-tag", "comment-told", "comment-review"]),
    ("consent", &["consent-grant", "consent-revoke", "consent-withdraw-point", "consent-particular"]),
    ("outcome", &["outcome-decision", "outcome-event"]),
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
fn every_sample_says_what_its_name_says() {
    for (function, names) in FUNCTIONS {
        for name in names {
            let event = parsed(&sample(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let kind = event.signal.happened.kind().name().replace('_', "");
            assert_eq!(kind, function, "{name}");
        }
    }
    let event = parsed(&sample("check-in-store")).unwrap();
    assert_eq!((event.source.as_str(), event.id.as_str()), ("app/ios", "c-1"));
    assert_eq!(event.signal.customer.as_str(), "cust-42");
    assert_eq!((event.signal.at.0, event.signal.offset_s), (1_793_458_920_000, -14_400));
}

#[test]
fn a_receipt_nets_its_returns_and_an_online_one_has_no_store() {
    let purchase = |name: &str| match parsed(&sample(name)).unwrap().signal.happened {
        Happened::Purchase(purchase) => purchase,
        other => panic!("{other:?}"),
    };
    assert_eq!(purchase("purchase-store").net(), 8_900 + 3 * 450);
    assert_eq!(purchase("purchase-return").net(), 7_900 - 8_900);
    assert!(purchase("purchase-web").online);
    let picked_up = changed("purchase-web", "/data/store", Some(json!("market-street")));
    let Happened::Purchase(picked_up) = parsed(&picked_up).unwrap().signal.happened else { panic!("no purchase") };
    assert_eq!(picked_up.store, None);
}

#[test]
fn a_consent_event_keeps_addresses_and_proofs_apart_from_what_the_profile_learns() {
    let event = parsed(&sample("consent-grant")).unwrap();
    let Happened::Consent(change) = &event.signal.happened else { panic!("no consent") };
    assert_eq!(change.grants.len(), 3);
    assert_eq!(change.grants[0].scope.topic.as_deref(), Some("shoes"));
    assert_eq!(change.grants[0].review_after, Some(Timestamp(1_806_537_600_000)));
    assert_eq!(change.grants[1].scope.channel, None);
    assert_eq!(change.points, [(Channel::Sms, true), (Channel::Email, true)]);
    assert_eq!(change.zone.as_deref(), Some("America/New_York"));
    assert_eq!(event.points[0].address.as_deref(), Some("+12125550142"));
    assert_eq!(event.proofs.len(), 1);
    assert_eq!(event.proofs[0].scopes, [change.grants[0].scope.clone()]);

    let event = parsed(&sample("consent-withdraw-point")).unwrap();
    let Happened::Consent(change) = &event.signal.happened else { panic!("no consent") };
    assert_eq!(change.points, [(Channel::Email, false), (Channel::Push, true)]);
    assert_eq!(event.points[0].address, None);
}

#[test]
fn a_grant_may_be_for_one_source_one_person_or_one_precision_alone() {
    let event = parsed(&sample("consent-particular")).unwrap();
    let Happened::Consent(change) = &event.signal.happened else { panic!("no consent") };
    let particulars: Vec<_> = change.grants.iter().map(|grant| grant.scope.topic.as_deref().unwrap()).collect();
    assert_eq!(particulars, ["partner/card", "cust-43", "coarse"]);
    assert_eq!(change.grants[0].benefit.as_deref(), Some("partner-offers"));
    let Happened::Partner(signal) = parsed(&sample("partner-with")).unwrap().signal.happened else { panic!() };
    assert_eq!((signal.source.as_str(), signal.with.as_deref()), ("partner/tickets", Some("cust-43")));
}

#[test]
fn an_outcome_by_event_means_the_decision_that_event_led_to() {
    let check_in = parsed(&sample("check-in-store")).unwrap();
    let Happened::Outcome(report) = parsed(&sample("outcome-event")).unwrap().signal.happened else {
        panic!("no outcome")
    };
    assert_eq!(report.about.decision(), check_in.signal.decision);
}

#[test]
fn a_signal_of_a_partner_says_what_it_is_about_and_may_last_from_then_on_for_400_days() {
    let read = |text: &str| match parsed(text).unwrap().signal.happened {
        Happened::Partner(signal) => signal,
        other => panic!("{other:?}"),
    };
    let signal = read(&sample("partner-card"));
    assert_eq!((signal.kind.as_str(), signal.category.as_str()), ("card", "airline"));
    assert_eq!(signal.destination.as_deref(), Some("Tampa"));
    assert_eq!(signal.ends, Some(Timestamp(1_794_024_000_000)));
    for ends in ["2026-10-29T18:20:00-04:00", "2027-12-03T18:20:00-04:00"] {
        assert!(read(&changed("partner-card", "/data/ends", Some(json!(ends)))).ends.is_some(), "{ends}");
    }
    assert_eq!(read(&changed("partner-card", "/data/ends", None)).ends, None);
    assert_eq!(read(&changed("partner-card", "/data/destination", None)).destination, None);
}

#[test]
fn a_comment_is_read_for_what_it_says_and_tells_what_speaks_for_a_store() {
    let read = |name: &str| match parsed(&sample(name)).unwrap().signal.happened {
        Happened::Comment(comment) => comment,
        other => panic!("{other:?}"),
    };
    let told = |name: &str| {
        let comment = read(name);
        let label = (comment.read.cause.name(), comment.read.tone.name());
        (comment.arena.to_string(), comment.public, label, comment.evidence.method().map(Method::name))
    };
    let [social, call, review] = ["social", "call", "review"].map(str::to_owned);
    assert_eq!(told("comment-wifi"), (social.clone(), true, ("display", "complaint"), Some("wifi")));
    assert_eq!(told("comment-geo-tag"), (social, true, ("display", "complaint"), Some("geo_tag")));
    assert_eq!(told("comment-told"), (call, false, ("service", "complaint"), Some("told")));
    assert_eq!(told("comment-review"), (review, true, ("quality", "praise"), None));
    let wifi = read("comment-wifi");
    assert_eq!((wifi.about.as_deref(), wifi.reply_to.as_deref()), (Some("sku-9"), Some("post-778")));
    let silent = changed("comment-told", "/data/evidence", None);
    let Happened::Comment(silent) = parsed(&silent).unwrap().signal.happened else { panic!("no comment") };
    assert_eq!(silent.evidence, Evidence::Nothing, "without a word about it, nothing speaks for a store");
}

#[test]
fn what_was_read_is_taken_from_records_alone() {
    let read = json!({"cause": "price", "confidence": 0.5, "tone": "praise"});
    let claimed = changed("comment-wifi", "/data/read", Some(read));
    assert_eq!(parsed(&claimed), parsed(&sample("comment-wifi")), "a sender does not tell us how to read");
    let mut wordless: Value = serde_json::from_str(&claimed).unwrap();
    wordless["data"].as_object_mut().unwrap().remove("text");
    assert_eq!(refused(wordless.to_string().as_bytes()), ("missing_field", "data.text".to_owned()));
    let recorded = parse_recorded(&wordless.to_string(), ARRIVED).unwrap();
    let Happened::Comment(recorded) = recorded.signal.happened else { panic!("no comment") };
    assert_eq!((recorded.read.cause, recorded.read.tone), (Cause::Price, Tone::Praise));
}

#[test]
fn a_zone_is_kept_in_its_canonical_spelling() {
    let shouted = changed("consent-grant", "/data/zone", Some(json!("AMERICA/new_york")));
    let Happened::Consent(change) = parsed(&shouted).unwrap().signal.happened else { panic!("no consent") };
    assert_eq!(change.zone.as_deref(), Some("America/New_York"));
}

#[test]
fn an_event_may_be_ahead_of_its_arrival_by_five_minutes_and_no_more() {
    let text = sample("check-in-store");
    let at = parsed(&text).unwrap().signal.at;
    assert!(parse(text.as_bytes(), at.plus_s(-300)).is_ok());
    let error = parse(text.as_bytes(), Timestamp(at.plus_s(-300).0 - 1)).unwrap_err();
    assert_eq!((error.reason, error.field.as_str()), (ParseReason::Future, "time"));
    let noted = changed("check-in-store", "/arrivedat", Some(json!("2026-10-31T15:00:00Z")));
    assert!(parsed(&noted).is_ok());
}

// --- what is refused -------------------------------------------------------------------------------------------------

#[test]
fn every_broken_field_is_refused_by_name_and_by_the_schema_where_one_can_tell() {
    for (name, pointer, value, reason, field, schema_tells) in BROKEN {
        let value = (*value != "-").then(|| serde_json::from_str(value).unwrap());
        let text = changed(name, pointer, value);
        let case = format!("{name} {pointer}: {text}");
        assert_eq!(refused(text.as_bytes()), (*reason, (*field).to_owned()), "{case}");
        let valid = schema_of(name).is_valid(&serde_json::from_str(&text).unwrap());
        assert_eq!(valid, !schema_tells, "schema of {case}");
    }
}

#[test]
fn what_is_too_long_or_too_many_is_refused_by_name_and_by_the_schema() {
    let line = json!({"product": "p", "quantity": 1, "unit_price": 1});
    let long: [(&str, &str, Value, &str, &str); 14] = [
        ("check-in-store", "/id", json!("x".repeat(129)), "too_long", "id"),
        ("check-in-store", "/source", json!("\u{e9}".repeat(129)), "too_long", "source"),
        ("check-in-store", "/data/store", json!("x".repeat(129)), "too_long", "data.store"),
        ("check-in-store", "/subject", json!("x".repeat(129)), "too_long", "subject"),
        ("partner-card", "/data/kind", json!("x".repeat(129)), "too_long", "data.kind"),
        ("partner-card", "/data/category", json!("x".repeat(129)), "too_long", "data.category"),
        ("partner-card", "/data/destination", json!("x".repeat(129)), "too_long", "data.destination"),
        ("comment-wifi", "/data/text", json!("x".repeat(4_097)), "too_long", "data.text"),
        ("comment-wifi", "/data/product", json!("x".repeat(129)), "too_long", "data.product"),
        ("comment-wifi", "/data/reply_to", json!("x".repeat(129)), "too_long", "data.reply_to"),
        ("comment-told", "/data/evidence/store", json!("x".repeat(129)), "too_long", "data.evidence.store"),
        ("purchase-store", "/data/lines", json!(vec![line; 1001]), "too_many", "data.lines"),
        ("purchase-store", "/data/coupons", json!(vec!["A"; 51]), "too_many", "data.coupons"),
        ("consent-grant", "/data/grants/0/topics", json!(vec!["t"; 33]), "too_many", "data.grants[0].topics"),
    ];
    for (name, pointer, value, reason, field) in long {
        let text = changed(name, pointer, Some(value));
        assert_eq!(refused(text.as_bytes()), (reason, field.to_owned()), "{name} {pointer}");
        assert!(!schema_of(name).is_valid(&serde_json::from_str(&text).unwrap()), "{name} {pointer}");
    }
    let accents = changed("check-in-store", "/source", Some(json!("\u{e9}".repeat(128))));
    assert!(parsed(&accents).is_ok(), "128 characters may take more than 128 bytes");
}

#[test]
fn what_no_schema_can_say_is_refused_as_well() {
    let sample = sample("geolocation-fix");
    let with = |from: &str, to: &str| sample.replacen(from, to, 1).into_bytes();
    let nested = |depth: usize| with("1.1", &format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
    let cases: [(Vec<u8>, &str, &str); 20] = [
        (Vec::new(), "not_json", ""),
        (b"[]".to_vec(), "wrong_type", ""),
        (b"{}".to_vec(), "missing_field", "specversion"),
        (with("}", "} x"), "not_json", ""),
        (with("\"lat\"", "\"lon\": 1, \"lat\""), "duplicate_key", "data.lon"),
        (with("\"id\"", "\"subject\": \"cust-43\", \"id\""), "duplicate_key", "subject"),
        (with("\"id\"", "\"ana\": 1, \"ana\": 1, \"id\""), "duplicate_key", ""),
        (with("\"lat\"", "\"x\": {\"id\": 1, \"i\\u0064\": 2}, \"lat\""), "duplicate_key", "data"),
        (with("40.7127", "NaN"), "not_json", "data.lat"),
        (with("40.7127", "1e400"), "out_of_range", "data.lat"),
        (with("40.7127", "040"), "not_json", "data.lat"),
        (with("g-1", "g-\\ud83d"), "not_json", "id"),
        (with("g-1", "g-\\u0000"), "nul", "id"),
        (with("g-1", "g-\0"), "nul", ""),
        ([b"\xef\xbb\xbf", sample.as_bytes()].concat(), "byte_order_mark", ""),
        ([sample.as_bytes(), b"\xff"].concat(), "not_utf8", ""),
        (nested(31), "too_deep", ""),
        (vec![b'['; 200_000], "too_deep", ""),
        (format!("{sample}{}", " ".repeat(256 * 1024)).into_bytes(), "too_large", ""),
        (vec![b'x'; 1 << 20], "too_large", ""),
    ];
    for (bytes, reason, field) in cases {
        let start = String::from_utf8_lossy(&bytes).chars().take(400).collect::<String>();
        assert_eq!(refused(&bytes), (reason, field.to_owned()), "{start}");
    }
    assert_eq!(refused(&nested(30)), ("wrong_type", "data.speed_mps".to_owned()), "30 levels are not too deep");
}

#[test]
fn unknown_fields_and_brackets_in_texts_are_ignored() {
    let brackets = json!({"anything": ["[".repeat(100), "\"\\{"]});
    let text = changed("check-in-store", "/data/more", Some(brackets));
    assert_eq!(parsed(&text), parsed(&sample("check-in-store")));
}

#[test]
fn an_error_never_repeats_what_the_sender_wrote() {
    const SECRET: &str = "ana-4711";
    for (_, names) in FUNCTIONS {
        for name in names {
            let event: Value = serde_json::from_str(&sample(name)).unwrap();
            for pointer in pointers(&event) {
                for secret in [json!(SECRET), json!({SECRET: SECRET}), json!([SECRET]), json!({SECRET: {"id": []}})] {
                    let text = changed(name, &pointer, Some(secret));
                    for text in [text.clone(), text.replace("\"ana", "\\x\"ana"), text.replace("[]", "[1 1]")] {
                        if let Err(error) = parsed(&text) {
                            assert!(!format!("{error} {error:?}").contains("4711"), "{error:?} for {text}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn an_error_reads_as_a_sentence() {
    let text = changed("purchase-store", "/data/lines/1/unit_price", Some(json!(0)));
    let error = parsed(&text).unwrap_err();
    assert_eq!(error.to_string(), "`data.lines[1].unit_price` must lie between 1 and 10000000000");
    assert_eq!(parsed("[]").unwrap_err().to_string(), "the record must be an object");
    let error = parse(b"{\"data\": {\"a\": 1, \"a\": 2}}", ARRIVED).unwrap_err();
    assert_eq!(error.to_string(), "`data` holds an unknown key that is named twice");
}

// --- schemas and wrapped samples -------------------------------------------------------------------------------------

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

/// The JSON pointer of everything inside a value.
fn pointers(value: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(elements) => elements.iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let below = |(key, value): &(String, &Value)| {
        let deeper = pointers(value).into_iter().map(move |rest| format!("/{key}{rest}"));
        std::iter::once(format!("/{key}")).chain(deeper.collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    inside.iter().flat_map(below).collect()
}
