//! Check-ins: the customer tells us where they are; at a store of ours that is a visit.

use serde::{Deserialize, Serialize};

use crate::{Day, DayBuckets, Fingerprint, Ground, Horizon, Key, Places, Readiness, Timestamp, TopKeys};

/// A check-in at a store of ours, or at someone else's venue.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckIn {
    /// The store named by the event, if it names one.
    pub store: Option<Key>,
    /// The venue named by the event, if it names one.
    pub venue: Option<Venue>,
    /// The sign that they want somebody to come, if they gave one; only in a store of ours.
    pub ready: Option<Readiness>,
}

/// A place that is named by a third party's id.
#[derive(Clone, Debug, PartialEq)]
pub struct Venue {
    /// The third party's id.
    pub id: Key,
    /// What kind of place it is, if known.
    pub category: Option<Key>,
    /// Latitude and longitude in degrees, if known.
    pub position: Option<(f64, f64)>,
}

impl CheckIn {
    /// The store this check-in is a visit to: the one it names, the one whose id the venue has, or the only one whose fence
    /// holds the venue. `None` is a check-in somewhere else.
    pub fn store_in<'a>(&self, places: &'a Places) -> Option<&'a crate::Store> {
        if let Some(id) = &self.store {
            return places.store(id);
        }
        let venue = self.venue.as_ref()?;
        let near = || venue.position.and_then(|(lat, lon)| places.only_store_at(lat, lon));
        places.store(&venue.id).or_else(near)
    }
}

/// What we remember of a customer's check-ins: at most 8 stores with 90 days each, 16 venue categories, 90 days over all, and 90 days
/// for each of 8 rules that reward visits. Knows its last 16 events. Packed, it takes at most 7,875 bytes with keys of 24 bytes,
/// 11,235 with keys of 128, and 23,523 with keys of 512, the longest there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckInFacet {
    /// Which events were folded.
    pub horizon: Horizon<16>,
    /// Check-ins ever, wherever.
    pub check_ins: u32,
    /// Check-ins ever at stores of ours.
    pub visits: u32,
    /// Check-ins from Monday to Friday.
    pub weekday: u32,
    /// Check-ins on Saturdays and Sundays.
    pub weekend: u32,
    /// The earliest check-in.
    pub first: Option<Timestamp>,
    /// The latest check-in.
    pub last: Option<Timestamp>,
    /// The latest visit.
    pub last_visit: Option<Timestamp>,
    /// Counts by civil day, at the store's clock or the event's own offset.
    pub days: DayBuckets<DayCheckIns>,
    /// Visits by store.
    pub stores: TopKeys<StoreCheckIns, 8>,
    /// Check-ins by venue category.
    pub categories: TopKeys<u32, 16>,
    /// By the name of a rule that rewards visits, those that no award has counted yet, by civil day at the store's clock.
    pub unrewarded: TopKeys<DayBuckets<u16>, 8>,
}

/// The check-ins of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCheckIns {
    /// All of them.
    pub check_ins: u16,
    /// Those at stores of ours.
    pub visits: u16,
}

/// The visits to one store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoreCheckIns {
    /// Visits since the store was last forgotten.
    pub visits: u32,
    /// Visits by civil day at the store's clock.
    pub days: DayBuckets<u16>,
}

impl CheckInFacet {
    /// Folds one admitted check-in. One where nobody is approached is known to have come, and leaves nothing else.
    pub fn fold(&mut self, check_in: &CheckIn, at: Timestamp, event: Fingerprint, offset_s: i32, ground: &Ground<'_>) {
        self.horizon.remember(at, event);
        if ground.is_private(check_in) {
            return;
        }
        let store = check_in.store_in(ground.places);
        let day = at.day(store.map_or(offset_s, |store| crate::offset_s(&store.zone, at)));
        self.check_ins = self.check_ins.saturating_add(1);
        let part_of_week = if day.is_weekend() { &mut self.weekend } else { &mut self.weekday };
        *part_of_week = part_of_week.saturating_add(1);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = self.last.max(Some(at));
        if let Some(bucket) = self.days.bucket(day) {
            bucket.check_ins = bucket.check_ins.saturating_add(1);
            bucket.visits = bucket.visits.saturating_add(u16::from(store.is_some()));
        }
        if let Some(category) = check_in.venue.as_ref().and_then(|venue| venue.category.as_ref())
            && let Some(count) = self.categories.touch(category, at)
        {
            *count = count.saturating_add(1);
        }
        let Some(store) = store else { return };
        self.visits = self.visits.saturating_add(1);
        self.last_visit = self.last_visit.max(Some(at));
        if let Some(seen) = self.stores.touch(&store.id, at) {
            seen.visits = seen.visits.saturating_add(1);
            if let Some(count) = seen.days.bucket(day) {
                *count = count.saturating_add(1);
            }
        }
    }

    /// Counts a visit towards the next award of a rule and answers whether that is due now: for `every` visits in the `within_days` days that end with
    /// the latest visited. What one award counted, no other counts.
    pub(crate) fn award(&mut self, rule: &str, every: u16, within_days: i32, (day, at): (Day, Timestamp)) -> bool {
        let Some(visits) = self.unrewarded.touch(rule, at) else { return false };
        let Some(count) = visits.bucket(day) else { return false };
        *count = count.saturating_add(1);
        let latest = visits.iter().last().map_or(day, |(latest, _)| latest);
        let in_time: u32 = visits.window(latest, within_days).map(|count| u32::from(*count)).sum();
        let due = every > 0 && in_time >= u32::from(every);
        if due {
            *visits = DayBuckets::default();
        }
        due
    }
}
