//! The town's calendar: day 0 is Sunday 2 August 2026, day 90 the Saturday the story is about. Moments count elapsed
//! seconds, so on Sunday 1 November, when the clocks go back at 02:00, the wall clock reads an hour less from then on.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Error, Timestamp};

/// Saturday 31 October 2026: the day in town. Every day before it is warm-up.
pub(super) const SATURDAY: i32 = 90;
/// Sunday 1 November 2026: the clocks go back, and the story ends at 11:00.
pub(super) const SUNDAY: i32 = 91;
/// Midnight of day 0 in New York, 2026-08-02T00:00:00-04:00, in Unix seconds.
const FIRST_MIDNIGHT: i64 = 1_785_643_200;

/// A point in time, in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(i64);

impl Moment {
    /// So many elapsed hours and minutes after midnight of `day` in summer time; days before 0 are further back.
    pub(super) fn on(day: i32, hour: i32, minute: i32) -> Self {
        Self(FIRST_MIDNIGHT + i64::from(day) * 86_400 + i64::from(hour) * 3_600 + i64::from(minute) * 60)
    }

    /// When New York's clocks show this on Sunday 1 November, after they have gone back.
    pub(super) fn sunday(hour: i32, minute: i32) -> Self {
        Self::on(SUNDAY, hour + 1, minute)
    }

    /// The moment so many seconds later, or earlier when negative.
    pub(super) fn plus(self, seconds: i32) -> Self {
        Self(self.0 + i64::from(seconds))
    }
}

/// Whether a day of the town is a Saturday or a Sunday.
pub(super) fn is_weekend(day: i32) -> bool {
    matches!(day.rem_euclid(7), 0 | 6)
}

/// Where a person lives, and so how their clock reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// Eastern time.
    NewYork,
    /// Mountain time.
    Denver,
}

impl Zone {
    /// The name of the zone in the time zone database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NewYork => "America/New_York",
            Self::Denver => "America/Denver",
        }
    }
}

/// Writes moments as people in their zone read them.
pub(super) struct Calendar {
    new_york: TimeZone,
    denver: TimeZone,
}

impl Calendar {
    /// Takes the rules of both zones from the database inside the binary.
    ///
    /// # Errors
    /// When that database has no such zone.
    pub(super) fn open() -> Result<Self, Error> {
        let zones = TimeZoneDatabase::bundled();
        Ok(Self { new_york: zones.get(Zone::NewYork.name())?, denver: zones.get(Zone::Denver.name())? })
    }

    /// The moment as RFC 3339 text with the offset in force in `zone`.
    ///
    /// # Errors
    /// When the moment is beyond the years a timestamp can hold.
    pub(super) fn text(&self, moment: Moment, zone: Zone) -> Result<String, Error> {
        let rules = match zone {
            Zone::NewYork => &self.new_york,
            Zone::Denver => &self.denver,
        };
        let instant = Timestamp::from_second(moment.0)?;
        Ok(instant.display_with_offset(rules.to_offset(instant)).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_wall_time_comes_twice_in_the_night_the_clocks_go_back() {
        let calendar = Calendar::open().unwrap();
        let text = |moment| calendar.text(moment, Zone::NewYork).unwrap();
        assert_eq!(text(Moment::on(SATURDAY, 8, 0)), "2026-10-31T08:00:00-04:00");
        assert_eq!(text(Moment::on(SUNDAY, 1, 30)), "2026-11-01T01:30:00-04:00");
        assert_eq!(text(Moment::sunday(1, 30)), "2026-11-01T01:30:00-05:00");
        assert_eq!(text(Moment::sunday(11, 0)), "2026-11-01T11:00:00-05:00");
    }

    #[test]
    fn denver_reads_two_hours_less() {
        let calendar = Calendar::open().unwrap();
        let text = calendar.text(Moment::on(SUNDAY, 0, 40), Zone::Denver).unwrap();
        assert_eq!(text, "2026-10-31T22:40:00-06:00");
    }

    #[test]
    fn day_zero_is_a_sunday_and_day_ninety_a_saturday() {
        assert!(is_weekend(0) && is_weekend(SATURDAY) && is_weekend(SUNDAY));
        assert!(!is_weekend(1) && !is_weekend(SATURDAY - 1));
    }
}
