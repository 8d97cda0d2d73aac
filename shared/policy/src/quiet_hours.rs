//! `quiet_hours.toml`: the hours the law leaves for messages that sell, by state and day of the week, and where telephone numbers are from.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tact_decide::{DayHours, Place, Quiet, QuietHours, Region, StateHours};
use tact_domain::{Channel, Key};
use toml::de::DeValue;

use crate::amount::whole;
use crate::section::{Parsed, Section, wrong};
use crate::{time, word};

/// 08:00 and 21:00, the federal hours of the United States (47 CFR 64.1200(c)(1)), in seconds since midnight.
const FEDERAL: DayHours = DayHours { open_s: 8 * 3_600, close_s: 21 * 3_600 };
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What the law says, before the policy's own hours.
#[derive(Clone, Debug)]
pub(crate) struct Law {
    /// The hours that hold everywhere.
    pub(crate) federal: DayHours,
    /// The channels all of this is about.
    pub(crate) channels: Vec<Channel>,
    /// The table, without the hours of channels.
    pub(crate) table: Quiet,
}

impl Law {
    /// What is known without the file: the federal hours, for text messages.
    pub(crate) fn without_table() -> Self {
        Self { federal: FEDERAL, channels: vec![Channel::Sms], table: Quiet::default() }
    }

    /// Whether there is a table: then a channel it speaks of rests although the policy says nothing of it.
    pub(crate) fn has_table(&self) -> bool {
        !self.table.as_of.is_empty()
    }
}

/// The law of a file.
pub(crate) fn law(section: &mut Section<'_, '_>) -> Law {
    let channel = |value: &DeValue<'_>| word::one_of(value, &word::channels());
    let channels = section.optional("channels", |value| word::list(value, "\"sms\"", channel));
    let source = section.required("source", "\"47 CFR 64.1200(c)(1)\"", word::text);
    let as_of = section.required("as_of", "2026-11-22", date);
    let zones = section.optional("possible_zones", zones).unwrap_or_default();
    let federal = federal(section);
    let mut states = section.tables("state", |section| state(section, federal));
    let names: Vec<_> = states.iter().map(|state| &state.name).collect();
    section.refuse_repeats("state", &names);
    states.sort_by(|a, b| a.name.cmp(&b.name));
    let regions = section.tables("region", region);
    check(section, &states, &regions);
    let anywhere = anywhere(&zones, &states, &regions);
    let table = Quiet { channels: Vec::new(), source, as_of, states, regions, anywhere };
    Law { federal, channels: channels.unwrap_or_else(|| vec![Channel::Sms]), table }
}

/// The hours of a channel: `open` and `close`, inside the federal ones unless `override` says why not.
pub(crate) fn hours_of(section: &mut Section<'_, '_>, channel: Channel, law: &Law) -> QuietHours {
    let DayHours { open_s, close_s } = open_and_close(section);
    let wider_because = section.optional("override", word::text);
    let by_state = law.channels.contains(&channel);
    let wider = by_state && is_wider(DayHours { open_s, close_s }, law.federal);
    if wider && !section.has("override") {
        let key = if open_s < law.federal.open_s { "open" } else { "close" };
        let federal = format!("{} to {}", shown(law.federal.open_s), shown(law.federal.close_s));
        let wrong = format!("is outside of the federal hours, {federal}");
        section.note(key, wrong, "write hours inside of them, or say why not: `override = \"…\"`");
    }
    if !wider && section.has("override") {
        section.note("override", "overrides nothing: the hours are inside of the federal ones", "remove it");
    }
    QuietHours { channel, open_s, close_s, by_state, wider_because }
}

/// `open` and `close` of one day.
fn open_and_close(section: &mut Section<'_, '_>) -> DayHours {
    let hours = DayHours {
        open_s: section.required("open", "\"09:00\"", time::time_of_day),
        close_s: section.required("close", "\"20:00\"", time::time_of_day),
    };
    if hours.open_s >= hours.close_s {
        section.note("close", "is not later than `open`", "write the hours of one day, for example 09:00 to 20:00");
    }
    hours
}

fn is_wider(hours: DayHours, than: DayHours) -> bool {
    hours.open_s < than.open_s || hours.close_s > than.close_s
}

/// A time of day as it is written.
fn shown(second: u32) -> String {
    format!("{:02}:{:02}", second / 3_600, second % 3_600 / 60)
}

/// A day without a time.
pub(crate) fn date(value: &DeValue<'_>) -> Parsed<String> {
    time::beginning(value, &TimeZone::UTC)?;
    let written = value.as_str().map_or_else(|| word::shown(value).replace('`', ""), str::to_owned);
    match written.parse::<Date>() {
        Ok(date) => Ok(date.to_string()),
        Err(_) => wrong(format!("`{written}` is not a date"), "write a date, for example `2026-11-22`"),
    }
}

/// IANA zones, by their canonical names.
fn zones(value: &DeValue<'_>) -> Parsed<Vec<Key>> {
    let named = |value: &DeValue<'_>| {
        let zone = time::zone(value)?;
        Ok(zone.iana_name().map_or_else(Key::default, Key::from))
    };
    word::list(value, "\"America/New_York\"", named)
}

/// `[federal]`: tighter than the law asks for, never looser.
fn federal(section: &mut Section<'_, '_>) -> DayHours {
    let Some(mut inner) = section.table("federal") else { return FEDERAL };
    let hours = open_and_close(&mut inner);
    if is_wider(hours, FEDERAL) {
        let key = if hours.open_s < FEDERAL.open_s { "open" } else { "close" };
        inner.note(key, "is outside of 08:00 to 21:00, which the law allows", "write hours inside of them");
    }
    inner.finish();
    hours
}

/// The hours of a state; a day of its own differs from the rest of the week, `closed` days have none.
fn state(section: &mut Section<'_, '_>, federal: DayHours) -> StateHours {
    let name = section.required("name", "\"RI\"", postal_code);
    let week = open_and_close(section);
    if is_wider(week, federal) {
        section.note(
            "open",
            "or `close` is outside of the federal hours",
            "write hours inside of them, or remove the state",
        );
    }
    let closed =
        section.optional("closed", |value| word::list(value, "\"sunday\"", |value| word::one_of(value, &weekdays())));
    let closed = closed.unwrap_or_default();
    let mut day = |place: usize, name: &'static str| {
        let own = section.table(name).map(|mut inner| {
            let hours = open_and_close(&mut inner);
            inner.finish();
            hours
        });
        match own {
            Some(_) if closed.contains(&place) => {
                section.note(name, "is closed, and has hours", "remove one of them");
                week
            }
            None if closed.contains(&place) => DayHours::default(),
            own => own.unwrap_or(week),
        }
    };
    let mut days = [week; 7];
    for (place, (hours, name)) in days.iter_mut().zip(DAYS).enumerate() {
        *hours = day(place, name);
    }
    StateHours { name, days }
}

fn weekdays() -> Vec<(&'static str, usize)> {
    DAYS.into_iter().zip(0..).collect()
}

fn postal_code(value: &DeValue<'_>) -> Parsed<Key> {
    let code = word::text(value)?;
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(code.into())
    } else {
        wrong(format!("`{code}` is not a state"), "write its postal code, for example `RI`")
    }
}

fn region(section: &mut Section<'_, '_>) -> Region {
    let code = |value: &DeValue<'_>| whole(value, 200..=999);
    Region {
        state: section.optional("state", postal_code),
        zones: section.required("zones", "[\"America/New_York\"]", zones),
        codes: section.required("codes", "[212]", |value| word::list(value, "212", code)),
    }
}

/// No area code is of two regions, and every state with hours of its own has area codes.
fn check(section: &mut Section<'_, '_>, states: &[StateHours], regions: &[Region]) {
    let mut seen: Vec<u16> = Vec::new();
    for code in regions.iter().flat_map(|region| &region.codes) {
        if seen.contains(code) {
            section.note(
                "region",
                format!("`{code}` is in two of them"),
                "give an area code to one region, with all of its zones",
            );
        }
        seen.push(*code);
    }
    // One without a name is told of already.
    for state in states.iter().filter(|state| !state.name.is_empty()) {
        if !regions.iter().any(|region| region.state.as_ref() == Some(&state.name)) {
            let wrong = format!("`{}` has no area code", state.name);
            section.note("state", wrong, "add a `[[region]]` with its zones and area codes");
        }
    }
}

/// Each possible zone, and each part of it that lies in a state with hours of its own.
fn anywhere(zones: &[Key], states: &[StateHours], regions: &[Region]) -> Vec<Place> {
    let mut places: Vec<_> = zones.iter().map(|zone| Place { zone: zone.clone(), state: None }).collect();
    for region in regions {
        let Some(state) = states.iter().find(|state| region.state.as_ref() == Some(&state.name)) else { continue };
        for zone in region.zones.iter().filter(|zone| zones.contains(zone)) {
            let place = Place { zone: zone.clone(), state: Some(state.name.clone()) };
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    places
}
