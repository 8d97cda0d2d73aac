//! A function allocates while it reads and writes; folding, gating, scoring and arbitrating an event of a known customer does not.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use tact_decide::{Basis, Decision, Evaluation, Models, Rung, evaluate};
use tact_domain::{Folded, Profile, Signal, Timestamp};
use tact_model::{BidTable, FEATURES, Model};
use tact_wire::{decode_catalogue, parse};

const DAYS: i64 = 200;
/// Until then the collections of the profile grow to the size they keep.
const WARM_DAYS: i64 = 120;
/// 2026-01-01T05:00:00Z, midnight in New York.
const FIRST_DAY_MS: i64 = 1_767_243_600_000;
const CONSENT: &str = r#""type":"tact.consent.v1","data":{
    "grants":[{"purpose":"marketing","channel":"sms","state":"granted"},{"purpose":"marketing","channel":"email","state":"granted"},
        {"purpose":"marketing","channel":"push","state":"granted"},{"purpose":"marketing","channel":"inbox","state":"granted"},
        {"purpose":"profiling","state":"granted"},{"purpose":"location","state":"granted"}],
    "points":{"sms":"+12125550111","email":"one@example.com","push":"endpoint/1"},"zone":"America/New_York"}"#;

/// One event of a day: what it is called, the minute of the day, and its type and data as JSON.
type Event = (&'static str, i64, String);

/// A day of a customer who comes in the morning, buys at noon, and walks by in the evening.
fn a_day(day: i64, store: &tact_domain::Store) -> Vec<Event> {
    let ping = |lat: f64| {
        format!(r#""type":"tact.geolocation.v1","data":{{"lat":{lat},"lon":{},"accuracy_m":10}}"#, store.lon)
    };
    let check_in = format!(r#""type":"tact.check-in.v1","data":{{"store":"{}"}}"#, store.id);
    let line = |n: i64| {
        let (product, category) = (n % 40, n % 12);
        format!(r#"{{"product":"p-{product}","category":"cat-{category}","quantity":1,"unit_price":1999}}"#)
    };
    let purchase = format!(
        r#""type":"tact.purchase.v1","data":{{"receipt":"r-{day}","channel":"store","store":"{}","currency":"USD","lines":[{},{}]}}"#,
        store.id,
        line(day * 2),
        line(day * 2 + 1)
    );
    vec![
        ("ping", 9 * 60, ping(store.lat + 0.1)),
        ("crossing", 10 * 60, ping(store.lat)),
        ("ping", 10 * 60 + 1, ping(store.lat)),
        ("check-in", 10 * 60 + 2, check_in),
        ("purchase", 12 * 60, purchase),
        ("crossing", 13 * 60, ping(store.lat + 0.1)),
        ("ping", 18 * 60, ping(store.lat + 0.1)),
    ]
}

fn signal(day: i64, minute: i64, what: &str) -> Signal {
    let at = Timestamp(FIRST_DAY_MS + (day * 1440 + minute) * 60_000);
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap();
    let event = format!(
        r#"{{"specversion":"1.0","id":"e-{day}-{minute}","source":"test","subject":"cust-1","time":"{time}",{what}}}"#
    );
    parse(event.as_bytes(), at).unwrap_or_else(|error| panic!("{event}: {error}")).signal
}

fn models() -> Models {
    let bound = |bytes: &[u8]| Some(Model::decode(bytes).unwrap().bind(&FEATURES).unwrap());
    let (full, small) = (bound(tact_catalogue::FULL_MODEL), bound(tact_catalogue::SMALL_MODEL));
    Models { full, small, bids: BidTable::decode(tact_catalogue::BIDS).ok(), types: None, hash: "test".to_owned() }
}

#[test]
fn an_event_of_a_known_customer_is_folded_and_decided_without_allocating() {
    let (catalogue, models) = (decode_catalogue(tact_catalogue::CATALOGUE).unwrap(), models());
    let store = catalogue.places.stores.first().unwrap();
    let (mut profile, mut decision) = (Profile::default(), Decision::empty());
    let (mut measured, mut scored, mut chosen) = (0, 0, 0);
    profile.fold(&signal(0, 0, CONSENT), &catalogue.ground());
    for day in 0..DAYS {
        for (name, minute, what) in a_day(day, store) {
            let signal = signal(day, minute, &what);
            let mut done = Evaluation { folded: Folded::Unchanged, decided: false, covers: false };
            let rung = |_| Some(Rung::FullModel);
            let counted = allocation_counter::measure(|| {
                let basis = Basis { catalogue: &catalogue, models: &models, exhausted: &[], learned: None };
                done = evaluate(&signal, &mut profile, basis, signal.at, rung, &mut decision);
            });
            if day < WARM_DAYS {
                continue;
            }
            // Crossing a fence, a few times a day at most, allocates the list of what was crossed: it is handed out.
            let allowed = u64::from(name == "crossing");
            assert!(counted.count_total <= allowed, "{name} on day {day}: {counted:?}, {done:?}");
            measured += 1;
            scored += u32::from(done.decided && decision.candidates.iter().any(|one| one.terms.is_some()));
            chosen += u32::from(done.decided && decision.chosen.is_some());
        }
    }
    assert!(measured > 500 && scored > 50 && chosen > 5, "{measured} measured, {scored} scored, {chosen} chosen");
}
