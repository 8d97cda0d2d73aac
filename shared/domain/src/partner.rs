//! What partners tell of a customer, such as a card that paid for a flight. It is remembered with the customer's consent alone, and is
//! never a reason to decide: what is said right after it would give away who told us.

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, Horizon, Key, Timestamp};

/// One signal of a partner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartnerSignal {
    /// Who tells: the source of the event. Consent to third parties may be given to one source alone.
    pub source: Key,
    /// What kind of partner tells: `card` for a payment card.
    pub kind: Key,
    /// What the signal is about, such as `airline`.
    pub category: Key,
    /// Where it leads, if the partner tells.
    pub destination: Option<Key>,
    /// The other person it is about, if it is about one the customer knows.
    pub with: Option<Key>,
    /// When what it is about is over, such as the journey, if the partner tells.
    pub ends: Option<Timestamp>,
}

/// What we remember of partners' signals: the latest 16 of the 90 days that end with the newest. Knows its last 16 events.
/// Packed, it takes at most 2,516 bytes with keys of 24 bytes, 10,916 with keys of 128, and 41,636 with keys of 512, the longest there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartnerFacet {
    /// Which events were folded.
    pub horizon: Horizon<16>,
    /// The signals and when they happened, oldest first.
    pub signals: Vec<(Timestamp, PartnerSignal)>,
}

impl PartnerFacet {
    /// How many signals are kept.
    pub const SIGNALS: usize = 16;
    /// For how many days a signal is kept, and looked at.
    pub const DAYS: i32 = 90;
    /// After how many days a signal is over that does not say when.
    const LASTS_DAYS: i32 = 14;

    /// Folds one admitted signal.
    pub fn fold(&mut self, signal: &PartnerSignal, at: Timestamp, event: Fingerprint) {
        self.horizon.remember(at, event);
        let told = (at, signal.clone());
        let place = self.signals.partition_point(|known| *known < told);
        self.signals.insert(place, told);
        let newest = self.signals.last().map_or(at, |(newest, _)| *newest);
        let old = self.signals.partition_point(|(at, _)| *at <= days_after(newest, -Self::DAYS));
        let excess = self.signals.len().saturating_sub(Self::SIGNALS);
        self.signals.drain(..old.max(excess));
    }

    /// How many signals of a category that `counts` accepts happened in the `days` days before `now`; `None` when it cannot be told, because
    /// signals of these days may have been forgotten.
    pub fn count(
        &self,
        category: &str,
        now: Timestamp,
        days: i32,
        counts: impl Fn(&PartnerSignal) -> bool,
    ) -> Option<u32> {
        let known = days <= Self::DAYS && self.forgotten_until().is_none_or(|until| until <= days_after(now, -days));
        let of_category = self.window(now, days).filter(|(_, signal)| signal.category == category);
        let found = of_category.filter(|(_, signal)| counts(signal)).count();
        known.then(|| u32::try_from(found).unwrap_or(u32::MAX))
    }

    /// The latest signal of a category about the customer alone that is not over, and that `counts` accepts: before its end if it names one, else
    /// for 14 days. `None` when there is none in the 90 days before `now`.
    pub fn current(
        &self,
        category: &str,
        now: Timestamp,
        counts: impl Fn(&PartnerSignal) -> bool,
    ) -> Option<&PartnerSignal> {
        self.lasting(category, now, counts).map(|(signal, _)| signal)
    }

    /// When the signal that is current will be over; `None` when none is.
    pub fn current_until(&self, category: &str, now: Timestamp) -> Option<Timestamp> {
        self.lasting(category, now, |_| true).map(|(_, until)| until)
    }

    fn lasting(
        &self,
        category: &str,
        now: Timestamp,
        counts: impl Fn(&PartnerSignal) -> bool,
    ) -> Option<(&PartnerSignal, Timestamp)> {
        let of_category = self
            .window(now, Self::DAYS)
            .filter(|(_, signal)| signal.category == category && signal.with.is_none() && counts(signal));
        let until =
            |at: Timestamp, signal: &PartnerSignal| signal.ends.unwrap_or_else(|| days_after(at, Self::LASTS_DAYS));
        of_category.map(|(at, signal)| (signal, until(*at, signal))).filter(|(_, until)| now < *until).last()
    }

    /// The instant after which nothing was forgotten; `None` when nothing can have been.
    fn forgotten_until(&self) -> Option<Timestamp> {
        let ((oldest, _), (newest, _)) = (self.signals.first()?, self.signals.last()?);
        Some(if self.signals.len() < Self::SIGNALS { days_after(*newest, -Self::DAYS) } else { *oldest })
    }

    fn window(&self, now: Timestamp, days: i32) -> impl Iterator<Item = &(Timestamp, PartnerSignal)> {
        let after = days_after(now, -days);
        self.signals.iter().filter(move |(at, _)| *at > after && *at <= now)
    }
}

fn days_after(at: Timestamp, days: i32) -> Timestamp {
    at.plus_s(i64::from(days) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp(1_793_458_800_000).plus_s(day * 86_400)
    }

    fn signal(category: &str, ends: Option<i64>) -> PartnerSignal {
        let ends = ends.map(day);
        let (source, kind, category) = ("bank".into(), "card".into(), category.into());
        PartnerSignal { source, kind, category, destination: Some("Tampa".into()), with: None, ends }
    }

    fn facet(told: &[(i64, PartnerSignal)]) -> PartnerFacet {
        let mut facet = PartnerFacet::default();
        for (n, (at, signal)) in (0..).zip(told) {
            facet.fold(signal, day(*at), Fingerprint(n));
        }
        facet
    }

    #[test]
    fn signals_are_counted_by_category_in_a_window_that_ends_now() {
        let told = [(0, "airline"), (20, "hotel"), (40, "airline"), (80, "airline")];
        let facet = facet(&told.map(|(at, category)| (at, signal(category, None))));
        let counts = [(1, 1), (40, 1), (41, 2), (80, 2), (81, 3), (90, 3)];
        for (days, count) in counts {
            assert_eq!(facet.count("airline", day(80), days, |_| true), Some(count), "{days} days");
        }
        assert_eq!(facet.count("airline", day(79), 60, |_| true), Some(1), "what comes later is not counted yet");
        assert_eq!(facet.count("airline", day(80), 91, |_| true), None, "longer than anything is kept");
        assert_eq!(PartnerFacet::default().count("airline", day(0), 90, |_| true), Some(0));
    }

    #[test]
    fn a_full_ring_cannot_tell_how_many_came_unless_its_oldest_lies_before_the_window() {
        let told = |n: i64| facet(&(0..n).map(|at| (at, signal("airline", None))).collect::<Vec<_>>());
        assert_eq!(told(15).count("airline", day(20), 90, |_| true), Some(15));
        for n in [16, 20] {
            let full = told(n);
            assert_eq!(full.count("airline", day(n - 1), 16, |_| true), None, "{n}");
            assert_eq!(full.count("airline", day(n - 1), 15, |_| true), Some(15), "{n}");
            assert_eq!(
                full.count("hotel", day(n - 1), 16, |_| true),
                None,
                "{n}: it may have been one of those forgotten"
            );
        }
    }

    #[test]
    fn a_signal_is_current_until_it_ends_or_for_a_fortnight() {
        let facet =
            facet(&[(0, signal("airline", Some(60))), (10, signal("airline", None)), (11, signal("hotel", None))]);
        let ends = |at: i64| facet.current("airline", day(at), |_| true).map(|signal| signal.ends);
        assert_eq!(ends(-1), None, "not told yet");
        assert_eq!(ends(9), Some(Some(day(60))));
        assert_eq!([10, 23].map(ends), [Some(None); 2], "the later one");
        assert_eq!([24, 59].map(ends), [Some(Some(day(60))); 2], "the one that still goes on");
        assert_eq!(ends(60), None);
        assert_eq!(facet.current("ferry", day(12), |_| true), None);
    }

    #[test]
    fn what_is_ninety_days_old_is_neither_kept_nor_looked_at() {
        let long = || signal("airline", Some(400));
        let alone = facet(&[(0, long())]);
        assert!(alone.current("airline", day(89), |_| true).is_some());
        assert_eq!(alone.current("airline", day(90), |_| true), None);
        let followed = facet(&[(0, long()), (1, long()), (90, signal("hotel", None))]);
        assert_eq!(followed.signals.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [day(1), day(90)]);
    }

    #[test]
    fn the_latest_sixteen_are_kept_in_whatever_order_they_arrive() {
        let mut told: Vec<_> = (0..20).map(|at| (at / 2, signal(&format!("c-{at}"), None))).collect();
        let signals = facet(&told).signals;
        assert_eq!(signals.len(), PartnerFacet::SIGNALS);
        assert_eq!(signals.first().map(|(at, _)| *at), Some(day(2)));
        told.reverse();
        assert_eq!(facet(&told).signals, signals);
    }
}
