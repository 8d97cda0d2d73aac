//! `stores.toml`: our stores, and the places near which nobody is followed or approached.

use tact_domain::{DenyZone, Key, Places, Store};
use toml::de::DeValue;

use crate::amount::{number, whole};
use crate::section::{Parsed, Section};
use crate::{time, word};

/// 2,000 ft: the greatest distance that any of the laws on sensitive places asks for.
const DENY_RADIUS_M: f64 = 609.6;
/// The greatest fence, in metres.
const FENCE_M: f64 = 50_000.0;

/// The places of a file, in id order.
pub(crate) fn places(section: &mut Section<'_, '_>) -> Places {
    let mut places = Places { stores: section.tables("store", store), deny: section.tables("deny", deny) };
    let ids: Vec<&Key> = places.stores.iter().map(|store| &store.id).collect();
    section.refuse_repeats("store", &ids);
    let ids: Vec<&Key> = places.deny.iter().map(|zone| &zone.id).collect();
    section.refuse_repeats("deny", &ids);
    places.stores.sort_by(|a, b| a.id.cmp(&b.id));
    places.deny.sort_by(|a, b| a.id.cmp(&b.id));
    places
}

fn store(section: &mut Section<'_, '_>) -> Store {
    let metres = |value: &DeValue<'_>| number(value, 1.0..=FENCE_M);
    let store = Store {
        id: section.required("id", "\"market-street\"", word::id),
        name: section.required("name", "\"Market Street\"", word::text),
        lat: section.required("lat", "40.7127", latitude),
        lon: section.required("lon", "-74.0060", longitude),
        zone: section
            .required("zone", "\"America/New_York\"", |value| time::zone(value).map(Some))
            .unwrap_or(jiff::tz::TimeZone::UTC),
        enter_m: section.required("enter_m", "200", metres),
        exit_m: section.required("exit_m", "300", metres),
        dwell_s: section.required("dwell_s", "300", |value| whole(value, 1..=86_400)),
        areas: areas(section),
        service_areas: service_areas(section),
    };
    if section.has("service_areas") && !store.service_areas.iter().all(|area| store.areas.contains(area)) {
        section.note("service_areas", "has an area that is not one of `areas`", "name areas of this store");
    }
    if store.exit_m < store.enter_m {
        section.note("exit_m", "is less than `enter_m`", "leave only farther out than one enters");
    }
    store
}

/// The areas of a store; a store without beacons has an empty list, or none.
fn areas(section: &mut Section<'_, '_>) -> Vec<Key> {
    let areas = |value: &DeValue<'_>| match value.as_array() {
        Some(none) if none.is_empty() => Ok(Vec::new()),
        _ => word::list(value, "\"door\"", word::id),
    };
    section.optional("areas", areas).unwrap_or_default()
}

/// Where whoever stays waits for somebody: at the service point, unless it is said where; an empty list is nowhere.
fn service_areas(section: &mut Section<'_, '_>) -> Vec<Key> {
    let areas = |value: &DeValue<'_>| match value.as_array() {
        Some(none) if none.is_empty() => Ok(Vec::new()),
        _ => word::list(value, "\"service\"", word::id),
    };
    section.optional("service_areas", areas).unwrap_or_else(|| vec![Key::new("service")])
}

/// A deny zone; its name is for people who read the file.
fn deny(section: &mut Section<'_, '_>) -> DenyZone {
    let radius = |value: &DeValue<'_>| number(value, DENY_RADIUS_M..=FENCE_M);
    section.optional("name", word::text);
    DenyZone {
        id: section.required("id", "\"main-street-clinic\"", word::id),
        category: section.required("category", "\"clinic\"", word::id),
        lat: section.required("lat", "40.8026", latitude),
        lon: section.required("lon", "-73.9715", longitude),
        radius_m: section.optional("radius_m", radius).unwrap_or(DENY_RADIUS_M),
    }
}

fn latitude(value: &DeValue<'_>) -> Parsed<f64> {
    number(value, -90.0..=90.0)
}

fn longitude(value: &DeValue<'_>) -> Parsed<f64> {
    number(value, -180.0..=180.0)
}
