//! A small world for the path of a signal: events as they would arrive, and a function on a table, a log and a clock that can fail.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use tact_decide::{Catalogue, Models};
use tact_domain::{CustomerId, DecisionId, EventKind, Fingerprint, Happened, Profile, Signal, Timestamp};
use tact_pipeline::{BatchReport, Ending, HoldReader, Leases, Pipeline, Process, Record, Store, Versions};
use tact_wire::{readable_body, unpack_facet};

use crate::faults::{FaultyLog, FaultyStore, Script, SimulatedClock, Trace};
use crate::memory_store::MemoryStore;

/// 2026-10-31T11:00:00-04:00, a Saturday.
pub(crate) const SATURDAY: i64 = 1_793_458_800_000;
/// A minute, in milliseconds.
pub(crate) const MINUTE: i64 = 60_000;
/// A day, in milliseconds.
pub(crate) const DAY: i64 = 86_400_000;

/// The default catalogue.
pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| tact_aws::catalogue().unwrap());

/// A function whose table, log and clock can fail. It scores by the rates of the group, as its models are absent.
pub(crate) type Function = Pipeline<FaultyStore<MemoryStore>, FaultyLog, SimulatedClock>;

/// A record as it lies in a stream.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) sequence: String,
    pub(crate) arrived: Timestamp,
    pub(crate) bytes: Vec<u8>,
}

/// A function on an empty table that accepts every kind of event, whose store and log meet these faults.
pub(crate) fn function(store: Script, log: Script) -> Function {
    let (clock, trace) = (SimulatedClock::default(), Trace::default());
    let store = FaultyStore { script: store, clock: clock.clone(), trace: trace.clone(), ..FaultyStore::default() };
    Pipeline {
        store,
        log: FaultyLog { script: log, trace, ..FaultyLog::default() },
        clock,
        catalogues: Versions::of(CATALOGUE.clone()),
        models: Models::default(),
        leases: Leases::default(),
        holds: HoldReader::default(),
        process: Process::named("test"),
        accepts: EventKind::ALL.to_vec(),
        fold_only_until: None,
        build: "test".to_owned(),
    }
}

/// A function that nothing befalls.
pub(crate) fn sound_function() -> Function {
    function(Script::default(), Script::default())
}

/// Hands samples to a function, as one batch.
pub(crate) async fn handle(function: &Function, samples: &[Sample]) -> BatchReport {
    function.handle(&records(samples), None).await
}

/// The samples as records.
pub(crate) fn records(samples: &[Sample]) -> Vec<Record<'_>> {
    samples.iter().map(|s| Record { sequence: &s.sequence, arrived: s.arrived, bytes: &s.bytes }).collect()
}

/// Hands samples over again and again, from the first left undone, until all are done.
pub(crate) async fn handle_until_done(function: &Function, samples: &[Sample]) -> Vec<BatchReport> {
    let (mut rest, mut reports) = (samples, Vec::new());
    for _ in 0..200 {
        let report = handle(function, rest).await;
        let undone = report.first_undone;
        reports.push(report);
        let Some(undone) = undone else { return reports };
        rest = &rest[undone..];
    }
    panic!("never done: {:?}", reports.last().and_then(|report| report.failure.clone()));
}

/// Runs something asynchronous to its end, on this thread alone.
pub(crate) fn block_on<T>(doing: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(doing)
}

/// The bodies of the last record of each decision as people read them, without the versions of the facets, which count commits.
pub(crate) fn bodies(log: &FaultyLog) -> BTreeMap<DecisionId, Value> {
    let body = |line: &str| {
        let body = serde_json::from_str::<Value>(line).unwrap()["body"].take();
        let mut body = readable_body(body, &CATALOGUE);
        body.as_object_mut().unwrap().retain(|key, _| key != "versions");
        body
    };
    log.records().iter().map(|(id, line)| (*id, body(line))).collect()
}

/// The ending of every record; all have one.
pub(crate) fn endings(report: &BatchReport) -> Vec<Ending> {
    report.endings.iter().map(|ending| ending.unwrap()).collect()
}

pub(crate) fn customer(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

/// The decision an event of this world leads to.
pub(crate) fn decision_of(id: &str) -> DecisionId {
    DecisionId::of("test", id, 0)
}

/// A customer as a table knows them.
pub(crate) async fn profile_in(store: &impl Store, name: &str) -> Profile {
    let mut profile = Profile::default();
    for (kind, item) in store.load(&customer(name)).await.unwrap() {
        unpack_facet(&mut profile, kind, &item.bytes).unwrap();
    }
    profile
}

/// A customer as the table of a function knows them.
pub(crate) fn profile(function: &Function, name: &str) -> Profile {
    block_on(profile_in(&function.store.inner, name))
}

/// An event that arrives when it happens.
pub(crate) fn event(kind: &str, id: &str, customer: &str, at: i64, data: &Value) -> Sample {
    event_from("test", kind, id, customer, at, data)
}

/// An event of another source.
pub(crate) fn event_from(source: &str, kind: &str, id: &str, customer: &str, at: i64, data: &Value) -> Sample {
    let bytes = written(source, kind, id, customer, at, data).to_string().into_bytes();
    Sample { sequence: format!("seq-{id}"), arrived: Timestamp(at), bytes }
}

/// An event as its source writes it.
pub(crate) fn written(source: &str, kind: &str, id: &str, customer: &str, at: i64, data: &Value) -> Value {
    let (time, kind) = (jiff::Timestamp::from_millisecond(at).unwrap().to_string(), format!("tact.{kind}.v1"));
    json!({ "specversion": "1.0", "id": id, "source": source, "type": kind, "subject": customer, "time": time, "data": data })
}

/// Something that happened, as it is folded: the nth of a customer.
pub(crate) fn signal(name: &str, nth: u64, at: Timestamp, happened: Happened) -> Signal {
    Signal {
        customer: customer(name),
        event: Fingerprint(nth),
        decision: DecisionId(nth.into()),
        at,
        source: "app".into(),
        offset_s: 0,
        arrived: at,
        happened,
    }
}

/// A record that is whatever it is.
pub(crate) fn raw(sequence: &str, bytes: &[u8]) -> Sample {
    Sample { sequence: sequence.to_owned(), arrived: Timestamp(SATURDAY), bytes: bytes.to_vec() }
}

pub(crate) fn check_in(id: &str, customer: &str, at: i64) -> Sample {
    event("check-in", id, customer, at, &json!({ "store": "market-street" }))
}

/// Somebody checks in and asks for help with a pair of loafers.
pub(crate) fn asks(id: &str, customer: &str, at: i64) -> Sample {
    let ready = json!({ "kind": "help", "product": "suede-loafer", "size": "8", "area": "shoes" });
    event("check-in", id, customer, at, &json!({ "store": "market-street", "ready": ready }))
}

pub(crate) fn purchase(id: &str, customer: &str, at: i64, category: &str) -> Sample {
    let line = json!({ "product": format!("{category}-1"), "category": category, "quantity": 1, "unit_price": 2000 });
    let data =
        json!({ "receipt": id, "store": "market-street", "channel": "store", "currency": "USD", "lines": [line] });
    event("purchase", id, customer, at, &data)
}

/// A card paid for a flight.
pub(crate) fn partner(id: &str, customer: &str, at: i64) -> Sample {
    event("partner", id, customer, at, &json!({ "kind": "card", "category": "airline", "destination": "Tampa" }))
}

/// Something said in public, with what speaks for a store.
pub(crate) fn comment(id: &str, customer: &str, at: i64, text: &str, evidence: &Value) -> Sample {
    event(
        "comment",
        id,
        customer,
        at,
        &json!({ "arena": "social", "text": text, "public": true, "evidence": evidence }),
    )
}

pub(crate) fn outcome(id: &str, customer: &str, at: i64, about: &str, outcome: &str) -> Sample {
    event("outcome", id, customer, at, &json!({ "event": { "source": "test", "id": about }, "outcome": outcome }))
}

/// Consent to marketing by these channels, to profiling, to positions and to what partners tell, with an address for each and a zone.
pub(crate) fn consent(id: &str, customer: &str, at: i64, channels: &[&str]) -> Sample {
    let marketing = channels.iter().map(|channel| {
        let proof = json!({ "text_id": "t-1", "shown": "about two messages a month", "seller": "Harbor & Co" });
        json!({ "channel": channel, "purpose": "marketing", "state": "granted", "proof": proof })
    });
    let others =
        ["profiling", "location", "third_party"].map(|purpose| json!({ "purpose": purpose, "state": "granted" }));
    let mut points = serde_json::Map::new();
    for channel in channels {
        match *channel {
            "sms" => points.insert("sms".to_owned(), json!("+12125550142")),
            "email" => points.insert("email".to_owned(), json!(format!("{customer}@example.com"))),
            _ => None,
        };
    }
    let grants: Vec<_> = marketing.chain(others).collect();
    event("consent", id, customer, at, &json!({ "grants": grants, "points": points, "zone": "America/New_York" }))
}

/// A change of one consent to marketing.
pub(crate) fn answer(id: &str, customer: &str, at: i64, channel: &str, state: &str) -> Sample {
    let grant = json!({ "channel": channel, "purpose": "marketing", "state": state });
    event("consent", id, customer, at, &json!({ "grants": [grant] }))
}

/// A customer who agreed to messages by these channels forty days ago and bought coffee ten days later.
pub(crate) fn coffee_drinker(name: &str, channels: &[&str]) -> Vec<Sample> {
    let before = SATURDAY - 40 * DAY;
    let coffee = purchase(&format!("{name}-first"), name, before + 10 * DAY, "coffee");
    vec![consent(&format!("{name}-consent"), name, before, channels), coffee]
}

/// Any day of three customers who drink coffee: events of every kind, some of them twice, some of them late. Positions come in time
/// order: one that moves nothing leaves no trace, so only the order tells whether it was there before.
pub(crate) fn days() -> impl Strategy<Value = Vec<Sample>> {
    let one = (0..3_usize, 0..13_usize, 0..3_000_i64, any::<prop::sample::Index>());
    proptest::collection::vec(one, 1..28).prop_map(|drawn| {
        let names = ["ana", "bo", "cy"];
        let channels: [&[&str]; 3] = [&["sms"], &["email", "inbox"], &["sms", "email", "push", "inbox"]];
        let mut day: Vec<_> = names.iter().zip(channels).flat_map(|(name, c)| coffee_drinker(name, c)).collect();
        for (n, (who, what, minutes, other)) in drawn.into_iter().enumerate() {
            let positioned = matches!(what, 4 | 5);
            let minutes = if positioned { i64::try_from(n).unwrap() * 100 + minutes % 100 } else { minutes };
            let at = SATURDAY + minutes * MINUTE;
            day.push(drawn_event(
                &format!("e{n}"),
                names[who],
                what,
                at,
                &day[other.index(day.len())],
                other.index(n + 1),
            ));
        }
        day
    })
}

fn drawn_event(id: &str, who: &str, what: usize, at: i64, earlier: &Sample, about: usize) -> Sample {
    let fix = |lat: f64| event("geolocation", id, who, at, &json!({ "lat": lat, "lon": -74.0060 }));
    let about = format!("e{about}");
    match what {
        0 | 1 => check_in(id, who, at),
        2 => purchase(id, who, at, "coffee"),
        3 => purchase(id, who, at, "shoes"),
        4 => fix(40.7127),
        5 => fix(40.8127),
        6 => answer(id, who, at, "sms", "revoked"),
        7 => answer(id, who, at, "email", "granted"),
        8 => outcome(id, who, at, &about, "opted_out"),
        9 => outcome(id, who, at, &about, "opened"),
        10 => partner(id, who, at),
        11 => comment(id, who, at, "The display is confusing.", &json!({ "kind": "told", "store": "market-street" })),
        _ => earlier.clone(),
    }
}
