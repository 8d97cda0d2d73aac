//! A visit to a store, while it lasts and once it is over: areas, path, and the mission it looks like.

use serde::{Deserialize, Serialize};

use crate::{Key, Store, Timestamp};

/// What a visit, or a customer's visits to a store, look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mission {
    /// Short and to the point: at most ten minutes and one area beside the door.
    Express,
    /// Long or wandering: at least twenty minutes, or four areas beside the door.
    Browse,
    /// Neither, or too little seen.
    #[default]
    Unknown,
}

/// Time spent in one area of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaStay {
    /// The area.
    pub area: Key,
    /// How long, in seconds.
    pub seconds: u32,
}

/// A visit that is going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The store.
    pub store: Key,
    /// The first fix inside.
    pub entered: Timestamp,
    /// The latest fix inside that was kept, at most five minutes old while fixes keep coming.
    pub seen: Timestamp,
    /// Whether the stay already counted as a dwell.
    pub dwelled: bool,
    /// The area the customer is in, if a beacon told.
    pub area: Option<Key>,
    /// Since when they are there.
    pub area_since: Timestamp,
    /// Time in areas already left, in order of first entry.
    pub areas: Vec<AreaStay>,
    /// Areas in the order entered, returns included; at most 16.
    pub path: Vec<Key>,
    /// When the first area other than the door was entered.
    pub first_area_at: Option<Timestamp>,
}

/// A visit that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The store.
    pub store: Key,
    /// The first fix inside.
    pub entered: Timestamp,
    /// When the customer left: the fix that showed it, or the last fix inside when fixes were lost in between.
    pub left: Timestamp,
    /// Time per area, in order of first entry.
    pub areas: Vec<AreaStay>,
    /// Areas in the order entered; at most 16.
    pub path: Vec<Key>,
    /// The area the customer went straight to and mostly stayed in, if there was one.
    pub direct_to: Option<Key>,
    /// What the visit looked like.
    pub mission: Mission,
}

impl Presence {
    const PATH: usize = 16;
    /// A gap this long without a fix means fixes were lost: the time in it is not counted as a stay.
    const LOST_S: u32 = 30 * 60;
    /// Whoever reaches an area within this time of entering went straight to it.
    const DIRECT_S: u32 = 180;
    /// The area at the entrance, which everybody passes.
    const DOOR: &'static str = "door";

    /// A visit that begins now.
    pub(crate) fn new(store: Key, at: Timestamp) -> Self {
        Self {
            store,
            entered: at,
            seen: at,
            dwelled: false,
            area: None,
            area_since: at,
            areas: Vec::new(),
            path: Vec::new(),
            first_area_at: None,
        }
    }

    /// Keeps the time of a fix inside. After a gap nobody knows where in the store the customer is: the stay in the area ended
    /// with the last fix before it.
    pub(crate) fn see(&mut self, at: Timestamp) {
        if at.seconds_since(self.seen) > Self::LOST_S {
            self.close_area(self.seen);
        }
        self.seen = at;
    }

    /// Enters an area; nothing changes when the customer is there already.
    pub(crate) fn enter_area(&mut self, area: &Key, at: Timestamp) -> bool {
        if self.area.as_ref() == Some(area) {
            return false;
        }
        self.close_area(at);
        self.area = Some(area.clone());
        self.area_since = at;
        if self.path.len() < Self::PATH {
            self.path.push(area.clone());
        }
        if self.first_area_at.is_none() && area != Self::DOOR {
            self.first_area_at = Some(at);
        }
        true
    }

    /// Whether the customer has been where one waits for somebody for as long as the store calls a dwell.
    pub fn waits(&self, store: &Store, now: Timestamp) -> bool {
        let area = self.area.as_ref().filter(|area| store.service_areas.contains(area));
        area.is_some() && now.seconds_since(self.area_since) >= store.dwell_s
    }

    /// Whether that has come true since the latest fix that was kept: once in a stay.
    pub(crate) fn begins_to_wait(&self, store: &Store, at: Timestamp) -> bool {
        let lost = at.seconds_since(self.seen) > Self::LOST_S;
        !lost && self.waits(store, at) && !self.waits(store, self.seen)
    }

    /// What the visit looks like so far.
    pub fn mission(&self, now: Timestamp) -> Mission {
        let areas = self.distinct_areas();
        if now.seconds_since(self.entered) >= 20 * 60 || areas >= 4 { Mission::Browse } else { Mission::Unknown }
    }

    /// The visit as it is remembered once the customer has left.
    pub(crate) fn end(mut self, at: Timestamp) -> Visit {
        let left = if at.seconds_since(self.seen) > Self::LOST_S { self.seen } else { at };
        self.close_area(left);
        let stay_s = left.seconds_since(self.entered);
        let mission = match self.distinct_areas() {
            areas if stay_s >= 20 * 60 || areas >= 4 => Mission::Browse,
            areas if stay_s <= 10 * 60 && areas <= 1 => Mission::Express,
            _ => Mission::Unknown,
        };
        let direct_to = self.direct_to();
        Visit { store: self.store, entered: self.entered, left, areas: self.areas, path: self.path, direct_to, mission }
    }

    fn close_area(&mut self, at: Timestamp) {
        let Some(area) = self.area.take() else { return };
        let seconds = at.seconds_since(self.area_since);
        let known = self.areas.iter().position(|stay| stay.area == area);
        if let Some(stay) = known.and_then(|place| self.areas.get_mut(place)) {
            stay.seconds = stay.seconds.saturating_add(seconds);
        } else if self.areas.len() < Self::PATH {
            self.areas.push(AreaStay { area, seconds });
        }
    }

    fn direct_to(&self) -> Option<Key> {
        let first = self.path.iter().find(|area| *area != Self::DOOR)?;
        if self.first_area_at?.seconds_since(self.entered) > Self::DIRECT_S {
            return None;
        }
        let beyond_door = self.areas.iter().filter(|stay| stay.area != Self::DOOR);
        let total: u64 = beyond_door.clone().map(|stay| u64::from(stay.seconds)).sum();
        let there: u64 = beyond_door.filter(|stay| stay.area == *first).map(|stay| u64::from(stay.seconds)).sum();
        (there * 2 >= total).then(|| first.clone())
    }

    fn distinct_areas(&self) -> usize {
        let current = self.area.iter().filter(|area| !self.areas.iter().any(|stay| stay.area == **area));
        let left = self.areas.iter().map(|stay| &stay.area);
        left.chain(current).filter(|area| **area != Self::DOOR).count()
    }
}
