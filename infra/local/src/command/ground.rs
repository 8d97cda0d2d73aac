//! What there is to count: what a file comes to when it is played in memory, or what a directory keeps.

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tact_decide::Catalogue;
use tact_domain::{Places, Store, Timestamp};

use super::CommandError;
use super::day::{Day, now};
use super::explain::times;
use super::inbox::closest;
use super::run::progress_bar;
use crate::database::Snapshot;
use crate::observer::Observer;
use crate::play::{Play, Played, play};
use crate::publish;
use crate::respond::Respondents;
use crate::stack::{Kept, Stack, seal};

/// What there is to count.
pub(super) struct Ground {
    /// What the table holds.
    pub(super) kept: Kept,
    /// The catalogue in force.
    pub(super) catalogue: Catalogue,
    /// What lies before this instant was only remembered; `None` when nothing was.
    begins: Option<Timestamp>,
    /// When the last event arrives; of a directory, now.
    pub(super) ends: Timestamp,
}

/// A day that was played in memory.
pub(super) struct Ended {
    /// What it came to.
    pub(super) played: Played,
    /// What lies before this instant was only remembered; `None` when nothing was.
    pub(super) begins: Option<Timestamp>,
    /// When the last event arrives.
    pub(super) ends: Timestamp,
}

impl Ground {
    /// Plays a file with a catalogue, the day in town without a file; or reads what a directory keeps, if one is given, with the catalogue
    /// published there, or this one when none ever was.
    ///
    /// # Errors
    /// When neither can be read.
    pub(super) fn of(file: Option<&Path>, data: Option<&Path>, given: Catalogue) -> Result<Self, CommandError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        if let Some(directory) = data {
            let (kept, catalogue) = runtime.block_on(read(directory, given))?;
            return Ok(Self { kept, catalogue, begins: None, ends: now() });
        }
        let Ended { played, begins, ends } = runtime.block_on(played(Day::read(file, false)?, &given, &mut []))?;
        Ok(Self { kept: played.kept, catalogue: given, begins, ends })
    }

    /// The day of a store's calendar that is meant when none is named: the one on which most people came, the last of several.
    pub(super) fn day(&self, store: &Store) -> Date {
        let visits = self.kept.profiles().flat_map(|profile| {
            let of_store = |id: &tact_domain::Key| *id == store.id;
            let ended = profile.geolocation.visits.into_iter().filter(|visit| of_store(&visit.store));
            let going_on = profile.geolocation.inside.into_iter().filter(|presence| of_store(&presence.store));
            let entered: Vec<_> =
                ended.map(|visit| visit.entered).chain(going_on.map(|presence| presence.entered)).collect();
            entered
        });
        let meant = visits.filter(|entered| self.begins.is_none_or(|begins| *entered >= begins));
        times::busiest(meant, &store.zone, self.ends)
    }

    /// The whole hours of a store that are meant: of the day above, all of it when nothing is said.
    ///
    /// # Errors
    /// When a time cannot be read, or they are the wrong way round.
    pub(super) fn hours(
        &self,
        store: &Store,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<(Timestamp, Timestamp), CommandError> {
        let (from, to) = times::window(from, to, &store.zone, self.day(store))?;
        Ok((hour_of(from, &store.zone), hour_of(Timestamp(to.0.saturating_sub(1)), &store.zone).plus_s(3_600)))
    }
}

/// The beginning of the hour of a store's clock that an instant lies in.
fn hour_of(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let second = at.second_of_day(tact_domain::offset_s(zone, at)) % 3_600;
    Timestamp(at.plus_s(-i64::from(second)).0.div_euclid(1000) * 1000)
}

/// The store of that id, capitals or not.
///
/// # Errors
/// When there is none; the message tells the closest.
pub(super) fn store_named<'a>(name: &str, places: &'a Places) -> Result<&'a Store, CommandError> {
    let found = places.stores.iter().find(|known| known.id.eq_ignore_ascii_case(name));
    Ok(found.ok_or_else(|| {
        let names = places.stores.iter().map(|store| store.id.as_str()).collect();
        let closest = closest(name, &names).unwrap_or_else(|| "none".to_owned());
        format!("there is no store `{name}`; the closest are {closest}")
    })?)
}

/// The table of a directory, read from a copy, and the catalogue in force there: this one when none was ever published.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn read(directory: &Path, given: Catalogue) -> Result<(Kept, Catalogue), CommandError> {
    let snapshot = Snapshot::of(directory)?;
    let catalogue = publish::in_force(snapshot.path(), given).await?;
    let stack = Stack::start(Some(snapshot.path()), &catalogue, None).await?;
    let kept = stack.kept().await?;
    stack.stop().await?;
    Ok((kept, catalogue))
}

/// Plays a day in memory; in town, people answer.
///
/// # Errors
/// When the stack fails.
pub(super) async fn played(
    day: Day,
    catalogue: &Catalogue,
    observers: &mut [&mut dyn Observer],
) -> Result<Ended, CommandError> {
    let (begins, seal) = (day.warm_up(), seal()?);
    let respond = day.in_town.then(|| Respondents::of(&day.arrivals, catalogue, seal));
    let ends = day.arrivals.iter().map(|arrival| arrival.at).max().unwrap_or(Timestamp(0));
    let bar = progress_bar(day.arrivals.len() as u64);
    let playing = Play { arrivals: day.arrivals, catalogue, data: None, fold_only_until: begins, until: None, respond };
    let played = play(playing, observers, &|done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    Ok(Ended { played, begins, ends })
}
