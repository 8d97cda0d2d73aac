//! Time as the fold needs it: instants in milliseconds, civil days, and the offset of a zone at an instant.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant `seconds` later (earlier when negative).
    #[must_use]
    pub fn plus_s(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds from `earlier` to this instant, never negative.
    pub fn seconds_since(self, earlier: Self) -> u32 {
        u32::try_from(self.since_ms(earlier).max(0) / 1000).unwrap_or(u32::MAX)
    }

    /// The civil day at the given offset from UTC.
    pub fn day(self, offset_s: i32) -> Day {
        let local_ms = self.0.saturating_add(i64::from(offset_s) * 1000);
        Day(i32::try_from(local_ms.div_euclid(86_400_000)).unwrap_or(i32::MAX))
    }

    /// The calendar year in UTC; 0 beyond the years the calendar covers.
    pub fn year(self) -> i16 {
        jiff::Timestamp::from_millisecond(self.0).map_or(0, |at| TimeZone::UTC.to_datetime(at).year())
    }

    /// Seconds since local midnight at the given offset from UTC, 0 to 86,399.
    pub fn second_of_day(self, offset_s: i32) -> u32 {
        let local_ms = self.0.saturating_add(i64::from(offset_s) * 1000);
        u32::try_from(local_ms.rem_euclid(86_400_000) / 1000).unwrap_or(0)
    }
}

/// A civil day: days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> u8 {
        u8::try_from((i64::from(self.0) + 3).rem_euclid(7)).unwrap_or(0)
    }

    /// Whether the day is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        self.weekday() >= 5
    }

    /// The day `n` days earlier.
    #[must_use]
    pub fn minus(self, n: i32) -> Self {
        Self(self.0.saturating_sub(n))
    }
}

/// The offset from UTC, in seconds, that a zone observes at an instant; 0 beyond the years the calendar covers.
pub fn offset_s(zone: &TimeZone, at: Timestamp) -> i32 {
    jiff::Timestamp::from_millisecond(at.0).map_or(0, |at| zone.to_offset(at).seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_weekdays_follow_the_civil_calendar() {
        let halloween = Timestamp(1_793_419_200_000); // 2026-10-31T04:00:00Z, midnight in New York
        assert_eq!(halloween.day(-4 * 3600).weekday(), 5);
        assert!(halloween.day(-4 * 3600).is_weekend());
        assert_eq!(halloween.second_of_day(-4 * 3600), 0);
        assert_eq!(halloween.plus_s(-1).day(-4 * 3600), halloween.day(-4 * 3600).minus(1));
        assert_eq!(Timestamp(-1).day(0), Day(-1));
    }
}
