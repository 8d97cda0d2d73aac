//! A day in town: a fictional brand, some 160 people, 90 days of warm-up that fold and never send, then Saturday
//! 31 October 2026 from 08:00 to Sunday 1 November 11:00 in New York, the night the clocks go back.

use std::io::{self, Write};

mod calendar;
mod cast;
mod consents;
mod diary;
mod dice;
mod goods;
mod places;
mod record;
mod secrets;
mod townspeople;
mod visits;

use calendar::Calendar;
use diary::{Diary, Entry, Person};
use record::Line;

pub use secrets::{DECIDED_FROM, DECIDED_UNTIL, Pairs, Secret, pairs};

/// When the warm-up ends and the day begins; events before it are history.
pub const DAY_BEGINS: &str = "2026-10-31T08:00:00-04:00";

/// Writes the day in town as NDJSON in the order of event time. The same seed gives the same bytes everywhere; the
/// people with a name do the same in every town, the others live by the seed. The one duplicate is Carla's tenth
/// check-in, which is delivered three times.
///
/// # Errors
/// When `out` cannot be written to.
pub fn town(seed: u64, out: &mut dyn Write) -> io::Result<()> {
    let calendar = Calendar::open().map_err(io::Error::other)?;
    let mut diaries = cast::cast(seed);
    diaries.extend(townspeople::townspeople(seed));
    for (person, entry) in in_order(&diaries) {
        write_line(&calendar, person, entry, out)?;
    }
    out.flush()
}

/// All entries by time; those of one moment in the order of the diaries.
fn in_order(diaries: &[Diary]) -> Vec<(&Person, &Entry)> {
    let mut all: Vec<(&Person, &Entry)> =
        diaries.iter().flat_map(|diary| diary.entries.iter().map(|entry| (&diary.person, entry))).collect();
    all.sort_by_key(|(_, entry)| entry.at);
    all
}

fn write_line(calendar: &Calendar, person: &Person, entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let time = calendar.text(entry.at, person.zone).map_err(io::Error::other)?;
    let line = Line {
        specversion: "1.0",
        id: &entry.event.id,
        source: entry.event.source,
        kind: entry.data.kind(),
        subject: &person.name,
        time: &time,
        data: &entry.data,
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests;
