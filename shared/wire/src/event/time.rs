//! Times and dates as events write them: RFC 3339 with an offset, and plain dates.
//! A leap second (`:60`) and `24:00` are refused: both name an instant that another writing names as well.

use jiff::civil;
use jiff::tz::Offset;
use tact_domain::Timestamp;

use super::error::{ParseError, Reason};
use super::field::Field;

/// A time as an event writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventTime {
    /// The instant, cut to milliseconds.
    pub(super) at: Timestamp,
    /// The offset from UTC it was written with, in seconds.
    pub(super) offset_s: i32,
    /// The civil year it was written with.
    pub(super) year: i16,
}

impl EventTime {
    /// Reads a time of the years 2000 to 2100, UTC.
    pub(super) fn read(field: Field<'_>) -> Result<Self, ParseError> {
        let form = "an RFC 3339 time with an offset, such as 2026-10-31T11:02:00-04:00";
        let time = field.formed(form, parse)?;
        if (FIRST_MS..=LAST_MS).contains(&time.at.0) {
            Ok(time)
        } else {
            Err(field.refuse(Reason::OutOfRange, "must lie in the years 2000 to 2100"))
        }
    }
}

/// 2000-01-01T00:00:00Z
const FIRST_MS: i64 = 946_684_800_000;
/// 2100-12-31T23:59:59.999Z
const LAST_MS: i64 = 4_133_980_799_999;

/// The first instant, UTC, of a date of the years 2000 to 2100.
pub(super) fn read_date(field: Field<'_>) -> Result<Timestamp, ParseError> {
    let form = "a date, such as 2027-04-01";
    let date = field.formed(form, |text| {
        let mut rest = Digits(text.as_bytes());
        rest.date().filter(|_| rest.0.is_empty())
    })?;
    if !(2000..=2100).contains(&date.year()) {
        return Err(field.refuse(Reason::OutOfRange, "must lie in the years 2000 to 2100"));
    }
    instant(date.at(0, 0, 0, 0), 0).ok_or_else(|| field.refuse(Reason::OutOfRange, "is beyond the calendar"))
}

fn parse(text: &str) -> Option<EventTime> {
    let mut rest = Digits(text.as_bytes());
    let date = rest.date()?;
    rest.one_of(b"Tt")?;
    let hour = rest.small(24)?;
    rest.one_of(b":")?;
    let minute = rest.small(60)?;
    rest.one_of(b":")?;
    let second = rest.small(60)?;
    let nanosecond = rest.nanosecond()?;
    let offset_s = rest.offset_s()?;
    if !rest.0.is_empty() {
        return None;
    }
    Some(EventTime { at: instant(date.at(hour, minute, second, nanosecond), offset_s)?, offset_s, year: date.year() })
}

fn instant(local: civil::DateTime, offset_s: i32) -> Option<Timestamp> {
    let at = Offset::from_seconds(offset_s).ok()?.to_timestamp(local).ok()?;
    Some(Timestamp(at.as_millisecond()))
}

/// What is left of a text to read.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn date(&mut self) -> Option<civil::Date> {
        let year = i16::try_from(self.number(4)?).ok()?;
        self.one_of(b"-")?;
        let month = i8::try_from(self.number(2)?).ok()?;
        self.one_of(b"-")?;
        let day = i8::try_from(self.number(2)?).ok()?;
        civil::Date::new(year, month, day).ok()
    }

    /// Two digits that make a number below `end`.
    fn small(&mut self, end: i8) -> Option<i8> {
        i8::try_from(self.number(2)?).ok().filter(|number| *number < end)
    }

    /// A fraction of a second of one to nine digits, if there is one.
    fn nanosecond(&mut self) -> Option<i32> {
        if self.one_of(b".").is_none() {
            return Some(0);
        }
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        let scale = (digits..9).fold(1, |scale, _| scale * 10);
        Some(self.number(digits)? * scale)
    }

    fn offset_s(&mut self) -> Option<i32> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = i32::from(self.small(24)?);
        self.one_of(b":")?;
        let minutes = i32::from(self.small(60)?);
        Some(sign * (hours * 3600 + minutes * 60))
    }

    fn number(&mut self, digits: usize) -> Option<i32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |sum, b| {
            let digit = b.checked_sub(b'0').filter(|digit| *digit < 10)?;
            Some(sum * 10 + i32::from(digit))
        })
    }

    fn one_of(&mut self, allowed: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        allowed.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_an_instant_an_offset_and_a_year() {
        let time = |text| parse(text).map(|time| (time.at.0, time.offset_s, time.year));
        assert_eq!(time("1970-01-01T00:00:00Z"), Some((0, 0, 1970)));
        assert_eq!(time("2026-10-31T11:02:00-04:00"), Some((1_793_458_920_000, -14_400, 2026)));
        assert_eq!(time("2026-10-31t20:32:00.9999+05:30"), Some((1_793_458_920_999, 19_800, 2026)));
        assert_eq!(time("2026-10-31T15:02:00.05z"), Some((1_793_458_920_050, 0, 2026)));
    }

    #[test]
    fn what_is_no_time_of_day_or_has_no_offset_is_none() {
        for bad in [
            "",
            "2026-10-31",
            "2026-10-31T11:02:00",
            "2026-10-31 11:02:00Z",
            "2026-10-31T11:02Z",
            "2026-10-31T24:00:00Z",
            "2026-06-30T23:59:60Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-10-31T11:02:00.Z",
            "2026-10-31T11:02:00.1234567890Z",
            "2026-10-31T11:02:00-0400",
            "2026-10-31T11:02:00+24:00",
            "2026-10-31T11:02:00Z ",
            "+026-10-31T11:02:00Z",
            "1793458920",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
