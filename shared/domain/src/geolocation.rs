//! Positions: entering, dwelling in and leaving the fences of our stores, and the visits that make.

use serde::{Deserialize, Serialize};

use crate::{Admission, Day, DayBuckets, Fingerprint, Histogram, Horizon, Key, Mission, Places, Presence, Store};
use crate::{Timestamp, TopKeys, Visit, distance_m, offset_s};

/// Where a device of the customer was seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// A position.
    Fix {
        /// Latitude in degrees.
        lat: f64,
        /// Longitude in degrees.
        lon: f64,
        /// Radius of uncertainty in metres, if the device tells.
        accuracy_m: Option<f64>,
    },
    /// A beacon inside a store.
    Beacon {
        /// The store.
        store: Key,
        /// The area of the store, if the beacon is for one.
        area: Option<Key>,
    },
}

/// What a position changed, in the order things happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transition {
    /// The customer came into the fence of a store.
    Entered(Key),
    /// The customer has been there for as long as the store calls a dwell, or has waited for as long where one waits for somebody.
    Dwelled(Key),
    /// The customer left.
    Left(Key),
}

/// What we remember of a customer's positions: never a track, only visits. At most 8 stores at once, 8 past visits, 6 stores' history.
/// Knows the last 8 positions that moved something. Packed, it takes at most 16,431 bytes with keys of 24 bytes, 74,181 with
/// keys of 128, and 285,381 with keys of 512, the longest there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GeolocationFacet {
    /// Which positions were folded; positions are taken in time order, so the horizon is the latest of them.
    pub horizon: Horizon<8>,
    /// Visits going on.
    pub inside: Vec<Presence>,
    /// The latest visits that ended, oldest first.
    pub visits: Vec<Visit>,
    /// Visits begun on weekdays and on weekends.
    pub weekday: u32,
    /// Visits begun on Saturdays and Sundays.
    pub weekend: u32,
    /// Visits begun by civil day, at the store's clock.
    pub days: DayBuckets<u16>,
    /// History by store, for comparing a visit with all earlier ones.
    pub stores: TopKeys<StoreHistory, 6>,
}

/// A customer's ended visits to one store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoreHistory {
    /// How long they lasted, in minutes.
    pub minutes: Histogram<12>,
    /// How many areas they touched.
    pub areas: Histogram<6>,
    /// What they looked like on weekdays and at weekends: the same person comes differently.
    pub missions: [Missions; 2],
}

/// How many visits looked like what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missions {
    /// Express.
    pub express: u16,
    /// Browsing.
    pub browse: u16,
    /// Neither.
    pub unknown: u16,
}

impl Missions {
    fn count(&mut self, mission: Mission) {
        let slot = match mission {
            Mission::Express => &mut self.express,
            Mission::Browse => &mut self.browse,
            Mission::Unknown => &mut self.unknown,
        };
        *slot = slot.saturating_add(1);
    }

    fn and(self, other: Self) -> Self {
        Self {
            express: self.express.saturating_add(other.express),
            browse: self.browse.saturating_add(other.browse),
            unknown: self.unknown.saturating_add(other.unknown),
        }
    }

    /// The mission of two thirds of at least three visits; `None` when there are fewer.
    fn usual(self) -> Option<Mission> {
        let [express, browse, unknown] = [self.express, self.browse, self.unknown].map(u32::from);
        let total = express + browse + unknown;
        (total >= 3).then_some(match () {
            () if express * 3 >= total * 2 => Mission::Express,
            () if browse * 3 >= total * 2 => Mission::Browse,
            () => Mission::Unknown,
        })
    }
}

impl GeolocationFacet {
    const INSIDE: usize = 8;
    const VISITS: usize = 8;
    /// How old the kept time of a stay may grow while fixes keep coming, in seconds.
    const HEARTBEAT_S: u32 = 300;

    /// Whether a position may be folded: one that is not newer than the latest folded is stale, or a duplicate if it is one of the last eight.
    pub fn admit(&self, at: Timestamp, event: Fingerprint) -> Admission {
        match self.horizon.admit(at, event) {
            Admission::New if self.horizon.latest().is_some_and(|latest| at <= latest) => Admission::Stale,
            other => other,
        }
    }

    /// Folds one admitted position. A position that moves nothing leaves the facet exactly as it was, and answers `None`:
    /// folding one by one and folding in batches are then the same.
    pub fn fold(
        &mut self,
        sighting: &Sighting,
        at: Timestamp,
        event: Fingerprint,
        places: &Places,
    ) -> Option<Vec<Transition>> {
        let mut transitions = Vec::new();
        let moved = match sighting {
            Sighting::Beacon { store, area } => {
                places.store(store).is_some_and(|store| self.sight(store, area.as_ref(), at, &mut transitions))
            }
            Sighting::Fix { lat, lon, accuracy_m } => {
                self.locate((*lat, *lon), accuracy_m.unwrap_or(0.0), at, places, &mut transitions)
            }
        };
        moved.then(|| {
            self.horizon.remember(at, event);
            transitions
        })
    }

    /// The visit going on in a store.
    pub fn presence(&self, store: &str) -> Option<&Presence> {
        self.inside.iter().find(|presence| presence.store == store)
    }

    /// The mission this customer usually comes to a store with on such a day, weekday or weekend: the one of two thirds of at least three
    /// past visits; of all their visits while there are fewer on such days.
    pub fn usual_mission(&self, store: &str, day: Day) -> Mission {
        let Some(history) = self.stores.get(store) else { return Mission::Unknown };
        let [weekdays, weekends] = history.missions;
        let such_days = if day.is_weekend() { weekends } else { weekdays };
        such_days.usual().or_else(|| weekdays.and(weekends).usual()).unwrap_or_default()
    }

    /// The mission this customer usually comes with, to whatever store: the one of two thirds of at least three past visits.
    pub(crate) fn usual_mission_anywhere(&self) -> Mission {
        self.missions().usual().unwrap_or_default()
    }

    /// What all visits looked like that are kept, to whatever store, on whatever day.
    pub(crate) fn missions(&self) -> Missions {
        let missions = self.stores.iter().flat_map(|(_, _, history)| history.missions);
        missions.fold(Missions::default(), Missions::and)
    }

    fn locate(
        &mut self,
        (lat, lon): (f64, f64),
        accuracy_m: f64,
        at: Timestamp,
        places: &Places,
        transitions: &mut Vec<Transition>,
    ) -> bool {
        let mut moved = false;
        for store in &places.stores {
            if accuracy_m > store.enter_m {
                continue;
            }
            let away_m = distance_m(lat, lon, store.lat, store.lon);
            let inside = self.inside.iter().position(|presence| presence.store == store.id);
            match inside {
                Some(place) if away_m > store.exit_m => {
                    self.leave(place, store, at, transitions);
                    moved = true;
                }
                Some(_) => moved |= self.stay(store, None, at, transitions),
                None if away_m <= store.enter_m => {
                    self.enter(store, at, transitions);
                    moved = true;
                }
                None => {}
            }
        }
        moved
    }

    fn sight(&mut self, store: &Store, area: Option<&Key>, at: Timestamp, transitions: &mut Vec<Transition>) -> bool {
        let known = self.inside.iter().any(|presence| presence.store == store.id);
        // Only areas the store declares are remembered: what a beacon may call itself is not bounded, a facet is.
        let area = area.filter(|area| store.areas.contains(area));
        let mut moved = if known {
            self.stay(store, area, at, transitions)
        } else {
            self.enter(store, at, transitions);
            true
        };
        if let Some(area) = area
            && let Some(presence) = self.inside.iter_mut().find(|presence| presence.store == store.id)
        {
            moved |= presence.enter_area(area, at);
            if moved {
                presence.seen = at;
            }
        }
        moved
    }

    fn enter(&mut self, store: &Store, at: Timestamp, transitions: &mut Vec<Transition>) {
        if self.inside.len() >= Self::INSIDE {
            let longest_ago = (0..self.inside.len()).min_by_key(|i| self.inside.get(*i).map(|presence| presence.seen));
            if let Some(place) = longest_ago {
                self.inside.remove(place);
            }
        }
        self.inside.push(Presence::new(store.id.clone(), at));
        let day = at.day(offset_s(&store.zone, at));
        let part_of_week = if day.is_weekend() { &mut self.weekend } else { &mut self.weekday };
        *part_of_week = part_of_week.saturating_add(1);
        if let Some(count) = self.days.bucket(day) {
            *count = count.saturating_add(1);
        }
        transitions.push(Transition::Entered(store.id.clone()));
    }

    /// Stays in a store, in the area that a beacon tells if one does.
    fn stay(&mut self, store: &Store, area: Option<&Key>, at: Timestamp, transitions: &mut Vec<Transition>) -> bool {
        let Some(presence) = self.inside.iter_mut().find(|presence| presence.store == store.id) else {
            return false;
        };
        let dwells = !presence.dwelled && at.seconds_since(presence.entered) >= store.dwell_s;
        presence.dwelled |= dwells;
        let is_there = area.is_none_or(|area| presence.area.as_ref() == Some(area));
        let dwells = dwells || (is_there && presence.begins_to_wait(store, at));
        if dwells {
            transitions.push(Transition::Dwelled(store.id.clone()));
        }
        let moved = dwells || at.seconds_since(presence.seen) >= Self::HEARTBEAT_S;
        if moved {
            presence.see(at);
        }
        moved
    }

    fn leave(&mut self, place: usize, store: &Store, at: Timestamp, transitions: &mut Vec<Transition>) {
        let visit = self.inside.remove(place).end(at);
        if let Some(history) = self.stores.touch(&store.id, visit.left) {
            history.minutes.add(u64::from(visit.left.seconds_since(visit.entered) / 60));
            history.areas.add(visit.areas.len() as u64);
            let weekend = visit.entered.day(offset_s(&store.zone, visit.entered)).is_weekend();
            if let Some(missions) = history.missions.get_mut(usize::from(weekend)) {
                missions.count(visit.mission);
            }
        }
        self.visits.push(visit);
        let excess = self.visits.len().saturating_sub(Self::VISITS);
        self.visits.drain(..excess);
        transitions.push(Transition::Left(store.id.clone()));
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    const START: Timestamp = Timestamp(1_793_458_800_000);

    fn places() -> Places {
        let areas = ["door", "shoes", "service"].map(Key::new).to_vec();
        let store = Store {
            id: "harbor".into(),
            name: "Harbor".to_owned(),
            lat: 40.0,
            lon: -74.0,
            zone: TimeZone::UTC,
            enter_m: 200.0,
            exit_m: 300.0,
            dwell_s: 300,
            areas,
            service_areas: vec!["service".into()],
        };
        Places { stores: vec![store], deny: Vec::new() }
    }

    /// After how many seconds each dwell came, and whether the customer waited at the service point then. Without an area it is a fix.
    fn dwells(heard: &[(i64, Option<&str>)]) -> Vec<(i64, bool)> {
        let (places, mut facet, mut dwells) = (places(), GeolocationFacet::default(), Vec::new());
        for (place, (after_s, area)) in (0..).zip(heard) {
            let sighting = match area {
                Some(area) => Sighting::Beacon { store: "harbor".into(), area: Some(Key::new(*area)) },
                None => Sighting::Fix { lat: 40.0, lon: -74.0, accuracy_m: None },
            };
            let at = START.plus_s(*after_s);
            let moved = facet.fold(&sighting, at, Fingerprint(place), &places).unwrap_or_default();
            let waits = |presence: &Presence| places.store("harbor").is_some_and(|store| presence.waits(store, at));
            let waits = facet.presence("harbor").is_some_and(waits);
            dwells.extend(moved.contains(&Transition::Dwelled("harbor".into())).then_some((*after_s, waits)));
        }
        dwells
    }

    #[test]
    fn whoever_waits_at_the_service_point_dwells_there_once_however_long_they_were_elsewhere_before() {
        let heard = [(0, None), (10, Some("shoes")), (310, None), (600, Some("service")), (700, Some("service"))];
        let still = [(899, None), (901, None), (950, None), (1_300, None), (1_700, Some("service"))];
        assert_eq!(dwells(&[&heard[..], &still].concat()), [(310, false), (901, true)]);
    }

    #[test]
    fn whoever_only_passes_the_service_point_when_the_store_counts_a_dwell_does_not_wait() {
        assert_eq!(
            dwells(&[(0, None), (290, Some("service")), (310, None), (330, Some("shoes")), (700, None)]),
            [(310, false)]
        );
    }

    #[test]
    fn who_is_heard_elsewhere_or_not_for_half_an_hour_does_not_wait_any_more() {
        assert_eq!(dwells(&[(0, Some("service")), (310, Some("shoes"))]), [(310, false)]);
        assert_eq!(dwells(&[(0, Some("service")), (2_000, None)]), [(2_000, false)]);
    }

    #[test]
    fn a_second_stay_there_counts_by_itself() {
        let heard = [(0, Some("service")), (300, None), (400, Some("shoes")), (500, Some("service")), (900, None)];
        assert_eq!(dwells(&heard), [(300, true), (900, true)]);
    }
}
