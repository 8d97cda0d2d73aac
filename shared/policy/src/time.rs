//! Time: durations, hours of the day, dates and zones.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use tact_domain::Timestamp;
use toml::de::DeValue;

use crate::section::{Parsed, wrong};
use crate::suggest::did_you_mean;
use crate::word::{shown, text};

/// A second and a day, in milliseconds.
pub(crate) const SECOND: i64 = 1000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

const UNITS: [(&str, i64); 5] = [("ms", 1), ("s", SECOND), ("m", 60 * SECOND), ("h", 3_600 * SECOND), ("d", DAY)];

/// A duration from `least` to `most`, in milliseconds: a whole number and a unit, `1500ms`, `90s`, `30m`, `2h` or `21d`.
pub(crate) fn duration(value: &DeValue<'_>, least: i64, most: i64) -> Parsed<i64> {
    let Some(text) = value.as_str() else {
        return wrong(format!("{} is not a duration", shown(value)), "write for example `\"2h\"` or `\"21d\"`");
    };
    let Some(ms) = measure(text, &UNITS) else {
        let fix = in_words(text).unwrap_or_else(|| "2h".to_owned());
        return wrong(format!("`{text}` is not a duration"), format!("write for example `{fix}`"));
    };
    if (least..=most).contains(&ms) {
        return Ok(ms);
    }
    wrong(
        format!("`{text}` is out of bounds"),
        format!("write a duration from `{}` to `{}`", short(least), short(most)),
    )
}

/// A number and the word behind it, as milliseconds.
fn measure(text: &str, units: &[(&str, i64)]) -> Option<i64> {
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    let (_, ms) = units.iter().find(|(known, _)| *known == unit)?;
    number.parse::<i64>().ok()?.checked_mul(*ms)
}

/// What somebody meant who wrote the unit as a word, or apart.
fn in_words(text: &str) -> Option<String> {
    const WORDS: [(&str, i64); 7] = [
        ("sec", SECOND),
        ("second", SECOND),
        ("min", 60 * SECOND),
        ("minute", 60 * SECOND),
        ("hour", 3_600 * SECOND),
        ("day", DAY),
        ("w", 7 * DAY),
    ];
    let joined: String = text.to_lowercase().split_whitespace().collect();
    let word = joined.trim_end_matches('s');
    let word = word.strip_suffix("eek").unwrap_or(word);
    measure(&joined, &UNITS).or_else(|| measure(word, &WORDS)).map(short)
}

/// A duration in the greatest unit that divides it.
fn short(ms: i64) -> String {
    let divides = |(_, unit): &&(&str, i64)| ms >= *unit && ms % unit == 0;
    let (unit, length) = UNITS.iter().rev().find(divides).copied().unwrap_or(("ms", 1));
    format!("{}{unit}", ms / length)
}

/// A time of day `HH:MM` from 00:00 to 24:00, as seconds since midnight.
pub(crate) fn time_of_day(value: &DeValue<'_>) -> Parsed<u32> {
    let part = |text: &str, most: u32| {
        let number = text.parse::<u32>().ok().filter(|_| text.len() == 2)?;
        (number <= most).then_some(number)
    };
    let seconds = value.as_str().and_then(|text| {
        let (hour, minute) = text.split_once(':')?;
        Some(part(hour, 24)? * 3600 + part(minute, 59)? * 60)
    });
    match seconds.filter(|seconds| *seconds <= 86_400) {
        Some(seconds) => Ok(seconds),
        None => wrong(format!("{} is not a time of day", shown(value)), "write for example `\"09:00\"`"),
    }
}

/// When something begins: the first instant of a date in a zone, or the very instant when one with an offset is written.
pub(crate) fn beginning(value: &DeValue<'_>, zone: &TimeZone) -> Parsed<Timestamp> {
    instant(value, zone, Some)
}

/// When something is over: the first instant after a date in a zone, or the very instant when one with an offset is written.
pub(crate) fn end(value: &DeValue<'_>, zone: &TimeZone) -> Parsed<Timestamp> {
    instant(value, zone, |last| last.tomorrow().ok())
}

fn instant(value: &DeValue<'_>, zone: &TimeZone, day: impl Fn(Date) -> Option<Date>) -> Parsed<Timestamp> {
    let written = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        _ => String::new(),
    };
    let is_date = written.len() == "2026-11-01".len();
    let at = if is_date {
        let day = written.parse::<Date>().ok().and_then(day);
        day.and_then(|day| day.to_zoned(zone.clone()).ok()).map(|day| day.timestamp())
    } else {
        written.parse::<jiff::Timestamp>().ok()
    };
    match at {
        Some(at) => Ok(Timestamp(at.as_millisecond())),
        None => wrong(
            format!("{} is not a date", shown(value)),
            "write a date, for example `2026-11-01`, or an instant, `2026-11-01T08:00:00-04:00`",
        ),
    }
}

/// A zone of the calendar by its IANA name.
pub(crate) fn zone(value: &DeValue<'_>) -> Parsed<TimeZone> {
    let name = text(value)?;
    let calendar = TimeZoneDatabase::bundled();
    if let Ok(zone) = calendar.get(&name) {
        return Ok(zone);
    }
    let names: Vec<String> = calendar.available().map(|zone| zone.to_string()).collect();
    let fix = did_you_mean(&name, names.iter().map(String::as_str));
    wrong(
        format!("`{name}` is not a zone"),
        fix.unwrap_or_else(|| "write an IANA name, for example `America/New_York`".to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_proposed() {
        let meant = ["3 weeks", "2 hours", "1 day", "90 sec", "soon", "3", "1w"].map(in_words);
        let expected = [Some("21d"), Some("2h"), Some("1d"), Some("90s"), None, None, Some("7d")];
        assert_eq!(meant.map(Option::unwrap_or_default), expected.map(|fix| fix.unwrap_or_default().to_owned()));
    }

    #[test]
    fn durations_are_a_number_and_a_unit() {
        let lengths =
            ["1500ms", "2s", "30m", "24h", "7d", "7", "d", "-1d", "1h30m", ""].map(|text| measure(text, &UNITS));
        let known = [1500, 2000, 1_800_000, DAY, 7 * DAY].map(Some);
        assert_eq!(lengths.get(..5), Some(&known[..]));
        assert!(lengths.iter().skip(5).all(Option::is_none));
    }

    #[test]
    fn the_last_day_of_an_action_counts_whole() {
        let zone = TimeZoneDatabase::bundled().get("America/New_York").unwrap();
        let date = DeValue::parse("2026-10-31").unwrap();
        let first = beginning(date.get_ref(), &zone).unwrap();
        assert_eq!(first, Timestamp(1_793_419_200_000));
        assert_eq!(end(date.get_ref(), &zone).unwrap(), first.plus_s(86_400));
        let instant = DeValue::parse("2026-10-31T00:00:00-04:00").unwrap();
        assert_eq!(end(instant.get_ref(), &zone).unwrap(), first);
    }
}
