//! Exactly once, in bounded space: a horizon in event time and the fingerprints of the events folded after it.

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, Timestamp};

/// Whether an event may still be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Not seen before and after the horizon.
    New,
    /// Folded before.
    Duplicate,
    /// At or before the horizon: it may have been folded, so it never is again.
    Stale,
}

/// The last `N` events folded, and the point in (time, fingerprint) order up to which everything else counts as past.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Horizon<const N: usize> {
    past: Option<(Timestamp, Fingerprint)>,
    #[serde(with = "crate::gaps")]
    seen: Vec<(Timestamp, Fingerprint)>,
}

impl<const N: usize> Horizon<N> {
    /// Whether the event with this time and fingerprint is new, a duplicate or stale.
    pub fn admit(&self, at: Timestamp, event: Fingerprint) -> Admission {
        match self.seen.binary_search(&(at, event)) {
            Ok(_) => Admission::Duplicate,
            Err(_) if self.past.is_some_and(|past| (at, event) <= past) => Admission::Stale,
            // The same event sent again with another time: its identity, not its time, is what counts.
            Err(_) if self.seen.iter().any(|(_, known)| *known == event) => Admission::Duplicate,
            Err(_) => Admission::New,
        }
    }

    /// Remembers an admitted event; when the ring is full the earliest entry becomes the horizon.
    pub fn remember(&mut self, at: Timestamp, event: Fingerprint) {
        let place = self.seen.partition_point(|known| *known < (at, event));
        self.seen.insert(place, (at, event));
        if self.seen.len() > N {
            self.past = Some(self.seen.remove(0));
        }
    }

    /// The time of the latest event folded; `None` before the first.
    pub fn latest(&self) -> Option<Timestamp> {
        self.seen.last().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(horizon: &mut Horizon<3>, at: i64, event: u64) -> Admission {
        let admission = horizon.admit(Timestamp(at), Fingerprint(event));
        if admission == Admission::New {
            horizon.remember(Timestamp(at), Fingerprint(event));
        }
        admission
    }

    #[test]
    fn a_known_event_is_a_duplicate_even_when_its_time_changed() {
        let mut horizon = Horizon::default();
        assert_eq!(feed(&mut horizon, 10, 1), Admission::New);
        assert_eq!(feed(&mut horizon, 10, 1), Admission::Duplicate);
        assert_eq!(feed(&mut horizon, 11, 1), Admission::Duplicate);
    }

    #[test]
    fn a_full_ring_moves_the_horizon_and_nothing_before_it_is_folded() {
        let mut horizon = Horizon::default();
        for (at, event) in [(10, 1), (20, 2), (30, 3), (40, 4)] {
            assert_eq!(feed(&mut horizon, at, event), Admission::New);
        }
        assert_eq!(feed(&mut horizon, 10, 1), Admission::Stale);
        assert_eq!(feed(&mut horizon, 5, 9), Admission::Stale);
        assert_eq!(feed(&mut horizon, 15, 9), Admission::New, "late but after the horizon");
        assert_eq!(horizon.latest(), Some(Timestamp(40)));
    }
}
