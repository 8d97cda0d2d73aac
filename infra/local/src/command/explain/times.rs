//! Times of a store's day, as they are written on a command line.

use std::collections::BTreeMap;

use jiff::civil::{self, Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};
use tact_domain::Timestamp;

use crate::command::CommandError;
use crate::zones::{instant, local};

/// The day of a store's calendar on which most of these instants lie, the later of two; that of `otherwise` without any.
pub(in crate::command) fn busiest(
    instants: impl Iterator<Item = Timestamp>,
    zone: &TimeZone,
    otherwise: Timestamp,
) -> Date {
    let mut days: BTreeMap<Date, u64> = BTreeMap::new();
    for at in instants {
        *days.entry(local(at, zone).date()).or_insert(0) += 1;
    }
    let busiest = days.into_iter().max_by_key(|(day, count)| (*count, *day));
    busiest.map_or_else(|| local(otherwise, zone).date(), |(day, _)| day)
}

/// From when to when: times of a day on the store's clock, or instants. All of that day when nothing is said.
///
/// # Errors
/// When a time cannot be read, or they are the wrong way round.
pub(in crate::command) fn window(
    from: Option<&str>,
    to: Option<&str>,
    zone: &TimeZone,
    day: Date,
) -> Result<(Timestamp, Timestamp), CommandError> {
    let begins = from.map_or_else(|| midnight(day, zone), |text| read(text, day, zone))?;
    // A day that was only begun with ends when that day does.
    let next = local(begins, zone).date().saturating_add(Span::new().days(1));
    let until = to.map_or_else(|| midnight(next, zone), |text| read(text, day, zone))?;
    if begins < until {
        Ok((begins, until))
    } else {
        Err("the time of `--to` is not after that of `--from`; exchange them".into())
    }
}

fn read(text: &str, day: Date, zone: &TimeZone) -> Result<Timestamp, CommandError> {
    if text == "24:00" {
        return midnight(day.saturating_add(Span::new().days(1)), zone);
    }
    let of_day = || Time::strptime("%H:%M", text).ok().map(|time| day.to_datetime(time));
    let of_calendar = || text.parse::<civil::DateTime>().ok();
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(at.as_millisecond()));
    }
    let civil = of_day().or_else(of_calendar);
    let zoned = civil.and_then(|civil| civil.to_zoned(zone.clone()).ok());
    let wrong = || format!("`{text}` is no time; write `11:00`, `2026-10-31T11:00` or `2026-10-31T11:00:00-04:00`");
    Ok(zoned.map(|zoned: Zoned| instant(&zoned)).ok_or_else(wrong)?)
}

fn midnight(day: Date, zone: &TimeZone) -> Result<Timestamp, CommandError> {
    Ok(instant(&day.to_zoned(zone.clone())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Saturday; the clocks of New York go back an hour the night after.
    const DAY: Date = civil::date(2026, 10, 31);

    fn told(from: Option<&str>, to: Option<&str>) -> Result<[String; 2], String> {
        let zone = crate::zones::named("America/New_York").unwrap();
        let (from, to) = window(from, to, &zone, DAY).map_err(|error| error.to_string())?;
        Ok([from, to].map(|at| jiff::Timestamp::from_millisecond(at.0).unwrap().to_string()))
    }

    #[test]
    fn times_are_those_of_the_stores_day_or_instants() {
        let all_day = ["2026-10-31T04:00:00Z", "2026-11-01T04:00:00Z"].map(str::to_owned);
        assert_eq!(told(None, None), Ok(all_day.clone()));
        assert_eq!(told(Some("00:00"), Some("24:00")), Ok(all_day));
        let noon = ["2026-10-31T15:00:00Z", "2026-10-31T16:00:00Z"].map(str::to_owned);
        assert_eq!(told(Some("11:00"), Some("12:00")), Ok(noon.clone()));
        assert_eq!(told(Some("2026-10-31T11:00"), Some("2026-10-31T12:00:00-04:00")), Ok(noon));
        let before = ["2026-10-30T15:00:00Z", "2026-10-31T04:00:00Z"].map(str::to_owned);
        assert_eq!(told(Some("2026-10-30T11:00"), None), Ok(before));
    }

    #[test]
    fn the_day_meant_is_the_one_on_which_most_was_decided() {
        let zone = crate::zones::named("America/New_York").unwrap();
        let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let instants = ["2026-10-31T15:00:00Z", "2026-11-01T03:30:00Z", "2026-11-01T15:00:00Z"].map(at);
        assert_eq!(
            busiest(instants.into_iter(), &zone, Timestamp(0)),
            DAY,
            "half past eleven in the evening is that day"
        );
        assert_eq!(busiest(std::iter::empty(), &zone, at("2026-10-31T15:00:00Z")), DAY);
    }

    #[test]
    fn what_is_no_time_or_the_wrong_way_round_is_refused_with_what_to_write() {
        assert!(told(Some("eleven"), None).unwrap_err().contains("write `11:00`"));
        assert!(told(Some("25:00"), None).unwrap_err().contains("`25:00` is no time"));
        assert!(told(Some("12:00"), Some("11:00")).unwrap_err().contains("exchange them"));
    }
}
