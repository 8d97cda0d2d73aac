//! Places: our stores with their fences and their goods, the zones where nobody is ever approached, and distances on the sphere.

mod complements;
mod goods;

use jiff::tz::TimeZone;

pub use complements::Complement;
pub use goods::{Goods, Product, Shelf};

use crate::{Key, Timestamp, offset_s};

/// A store of ours and its fence; stores are independent of each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// Its id, as events name it.
    pub id: Key,
    /// Its name, as people read it.
    pub name: String,
    /// Latitude of the fence's centre, in degrees.
    pub lat: f64,
    /// Longitude of the fence's centre, in degrees.
    pub lon: f64,
    /// The IANA zone of its clocks.
    pub zone: TimeZone,
    /// A fix within this distance is inside, in metres.
    pub enter_m: f64,
    /// A fix beyond this distance is outside, in metres; at least `enter_m`.
    pub exit_m: f64,
    /// A stay of this many seconds is a dwell: in the store, and where one waits for somebody.
    pub dwell_s: u32,
    /// The areas a beacon may name.
    pub areas: Vec<Key>,
    /// Those of them where whoever stays waits for somebody.
    pub service_areas: Vec<Key>,
}

/// A sensitive place: no decision is triggered by a position near it.
#[derive(Clone, Debug, PartialEq)]
pub struct DenyZone {
    /// Its id.
    pub id: Key,
    /// What it is, for example `clinic`.
    pub category: Key,
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lon: f64,
    /// How far around it nothing is triggered, in metres.
    pub radius_m: f64,
}

/// All stores and deny zones of a deployment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    /// The stores, in id order.
    pub stores: Vec<Store>,
    /// The deny zones, in id order.
    pub deny: Vec<DenyZone>,
}

impl Places {
    /// The store with this id.
    pub fn store(&self, id: &str) -> Option<&Store> {
        self.stores.iter().find(|store| store.id == id)
    }

    /// The one store whose fence holds the position; `None` when there is none, or more than one.
    pub fn only_store_at(&self, lat: f64, lon: f64) -> Option<&Store> {
        let mut inside = self.stores.iter().filter(|store| distance_m(lat, lon, store.lat, store.lon) <= store.enter_m);
        let first = inside.next()?;
        inside.next().is_none().then_some(first)
    }

    /// The offset from UTC of the store's clocks at an instant; `fallback_s` for a store we do not know.
    pub fn offset_s(&self, store: Option<&str>, at: Timestamp, fallback_s: i32) -> i32 {
        store.and_then(|id| self.store(id)).map_or(fallback_s, |store| offset_s(&store.zone, at))
    }

    /// The deny zone that a position, give or take its accuracy, may lie in.
    pub fn denied(&self, lat: f64, lon: f64, accuracy_m: f64) -> Option<&DenyZone> {
        self.deny.iter().find(|zone| distance_m(lat, lon, zone.lat, zone.lon) <= zone.radius_m + accuracy_m)
    }
}

/// The great-circle distance in metres between two positions in degrees (haversine, R = 6,371,008.8 m).
pub fn distance_m(lat_a: f64, lon_a: f64, lat_b: f64, lon_b: f64) -> f64 {
    const RADIUS_M: f64 = 6_371_008.8;
    let half_lat = libm::sin((lat_b - lat_a).to_radians() / 2.0);
    let half_lon = libm::sin((lon_b - lon_a).to_radians() / 2.0);
    let cosines = libm::cos(lat_a.to_radians()) * libm::cos(lat_b.to_radians());
    let chord = half_lat * half_lat + cosines * half_lon * half_lon;
    2.0 * RADIUS_M * libm::asin(libm::sqrt(chord.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_195_metres() {
        assert!((distance_m(40.0, -74.0, 41.0, -74.0) - 111_195.08).abs() < 0.01);
        assert!(distance_m(40.0, -74.0, 40.0, -74.0).abs() < f64::EPSILON);
        assert!((distance_m(0.0, 179.5, 0.0, -179.5) - 111_195.08).abs() < 0.01, "across the date line");
    }
}
