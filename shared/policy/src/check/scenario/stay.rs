//! A stay in a store as the positions and beacons that show it.

use tact_domain::{Happened, Key, Places, Sighting, Store, Timestamp};

use super::fact::{Dated, Step};

/// Positions come so far apart, in seconds.
const HEARTBEAT_S: i64 = 300;
/// How far beyond a store's fence somebody is who has left, in degrees: some hundred metres to a few kilometres.
const AWAY: [f64; 4] = [0.01, 0.02, 0.04, 0.08];
const BEARINGS: [(f64, f64); 8] =
    [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0)];

/// A stay in a store.
#[derive(Clone, Debug)]
pub(super) struct Stay<'a> {
    /// Where.
    pub(super) store: &'a Store,
    /// Since when.
    pub(super) entered: Timestamp,
    /// Until when.
    pub(super) until: Timestamp,
    /// The areas, in the order walked, as long in each.
    pub(super) areas: Vec<Key>,
}

impl Stay<'_> {
    /// What is seen of it before its end.
    pub(super) fn sightings(&self) -> Vec<Dated> {
        let lasts_s = self.until.since_ms(self.entered) / 1000;
        let count = i64::try_from(self.areas.len()).unwrap_or(1).max(1);
        let beacons = (0..).zip(&self.areas).map(|(nth, area)| {
            let beacon = Sighting::Beacon { store: self.store.id.clone(), area: Some(area.clone()) };
            (self.entered.plus_s(1 + nth * lasts_s / count), beacon)
        });
        let heartbeats = (1..).map(|n| n * HEARTBEAT_S).take_while(|s| *s < lasts_s);
        let fixes = heartbeats.map(|s| (self.entered.plus_s(s), inside(self.store)));
        let entry = std::iter::once((self.entered, inside(self.store)));
        let seen = entry.chain(beacons).chain(fixes).filter(|(at, _)| *at < self.until);
        seen.map(|(at, sighting)| Dated { at, step: Step::Happens(Happened::Geolocation(sighting)) }).collect()
    }
}

/// A position in the middle of a store.
pub(super) fn inside(store: &Store) -> Sighting {
    Sighting::Fix { lat: store.lat, lon: store.lon, accuracy_m: None }
}

/// A position outside a store, in no other store, and, when there is such a place near, beside no sensitive one.
pub(super) fn outside(store: &Store, places: &Places) -> Sighting {
    let away = AWAY.iter().flat_map(|away| BEARINGS.map(|(north, east)| (north * away, east * away)));
    let positions: Vec<(f64, f64)> = away.map(|(north, east)| (store.lat + north, store.lon + east)).collect();
    let left = |(lat, lon): &(f64, f64)| {
        places.stores.iter().all(|other| tact_domain::distance_m(*lat, *lon, other.lat, other.lon) > other.exit_m)
    };
    let free = |at: &&(f64, f64)| left(at) && places.denied(at.0, at.1, 0.0).is_none();
    let found = positions.iter().find(free).or_else(|| positions.iter().find(|at| left(at)));
    let (lat, lon) = found.copied().unwrap_or((store.lat + 1.0, store.lon));
    Sighting::Fix { lat, lon, accuracy_m: None }
}
