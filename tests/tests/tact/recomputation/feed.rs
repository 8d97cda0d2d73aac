//! Raw events, and the product's own path from them to profiles: parsed, then folded.

use std::fmt::Write;

use jiff::tz::Offset;
use serde_json::{Value, json};
use tact_decide::Catalogue;
use tact_domain::{FacetKind, Folded, Ground, Places, Profile, Timestamp};
use tact_policy::{SourceFile, with_stores};
use tact_wire::{pack_facet, parse};

/// A store as the tests know it; every fence is entered at 200 m and left beyond 300 m, a dwell takes 300 s.
pub(crate) struct Shop {
    pub(crate) id: &'static str,
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    pub(crate) zone: &'static str,
}

/// Stores around the world, so that their days are not those of the events' own offsets; the first two overlap.
pub(crate) const SHOPS: [Shop; 7] = [
    Shop { id: "harbor", lat: 40.7127, lon: -74.006, zone: "America/New_York" },
    Shop { id: "canal", lat: 40.7136, lon: -74.006, zone: "America/New_York" },
    Shop { id: "sunset", lat: 34.0522, lon: -118.2437, zone: "America/Los_Angeles" },
    Shop { id: "bazaar", lat: 18.9388, lon: 72.8354, zone: "Asia/Kolkata" },
    Shop { id: "ferry", lat: -36.8485, lon: 174.7633, zone: "Pacific/Auckland" },
    Shop { id: "reef", lat: -31.5553, lon: 159.0821, zone: "Australia/Lord_Howe" },
    Shop { id: "plaza", lat: -33.4489, lon: -70.6693, zone: "America/Santiago" },
];

/// The areas that every store has.
pub(crate) const AREAS: [&str; 6] = ["door", "women", "shoes", "fitting", "service", "checkout"];

/// The stores as the product reads them.
pub(crate) fn places(shops: &[Shop]) -> Places {
    let mut text = String::new();
    for Shop { id, lat, lon, zone } in shops {
        let fence = "enter_m = 200\nexit_m = 300\ndwell_s = 300";
        let store = format!("id = \"{id}\"\nname = \"{id}\"\nlat = {lat:?}\nlon = {lon:?}\nzone = \"{zone}\"");
        write!(text, "[[store]]\n{store}\n{fence}\nareas = {AREAS:?}\n").unwrap();
    }
    places_of(text)
}

/// The stores of a stores file.
pub(crate) fn places_of(text: String) -> Places {
    let file = SourceFile { path: "stores.toml".to_owned(), text };
    with_stores(&Catalogue::default(), &file).unwrap().places
}

/// An event of a kind, as it would arrive: its time is written at the clock `offset_s` ahead of UTC, what is null is left out.
pub(crate) fn event(kind: &str, id: &str, subject: &str, at_ms: i64, offset_s: i32, data: &Value) -> Value {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap();
    let time = at.display_with_offset(Offset::from_seconds(offset_s).unwrap()).to_string();
    let kind = format!("tact.{kind}.v1");
    json!({
        "specversion": "1.0", "id": id, "source": "tests", "type": kind, "subject": subject, "time": time,
        "data": without_nulls(data),
    })
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let there = members.iter().filter(|(_, value)| !value.is_null());
            there.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(elements) => elements.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

/// Delivers an event to a customer's profile.
pub(crate) fn deliver(profile: &mut Profile, event: &Value, places: &Places) -> Folded {
    deliver_bytes(profile, event.to_string().as_bytes(), places)
}

/// Delivers an event, as the bytes it is made of, to a customer's profile.
pub(crate) fn deliver_bytes(profile: &mut Profile, event: &[u8], places: &Places) -> Folded {
    /// 2099-01-01, after every event.
    const ARRIVED: Timestamp = Timestamp(4_070_908_800_000);
    let signal = parse(event, ARRIVED).unwrap().signal;
    profile.fold(&signal, &Ground::of(places, "USD"))
}

/// Every facet as it is stored.
pub(crate) fn packed(profile: &Profile) -> [Vec<u8>; 7] {
    FacetKind::ALL.map(|kind| pack_facet(profile, kind))
}
