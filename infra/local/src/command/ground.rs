//! What there is to count: what a file comes to when it is played in memory, or what a directory keeps.

use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tact_decide::Catalogue;
use tact_domain::{DecisionId, Places, Store, Timestamp};

use super::CommandError;
use super::day::Day;
use super::explain::{read, times};
use super::inbox::closest;
use super::run::progress_bar;
use crate::explain::{Gathered, Wanted};
use crate::play::{Play, play};
use crate::respond::Respondents;
use crate::stack::{Kept, seal};

/// What there is to count.
pub(super) struct Ground {
    /// What the table holds.
    pub(super) kept: Kept,
    /// What lies before this instant was only remembered; `None` when nothing was.
    begins: Option<Timestamp>,
    /// When the events end.
    ends: Timestamp,
}

impl Ground {
    /// Plays a file, the day in town without one; or reads what a directory keeps, if one is given.
    ///
    /// # Errors
    /// When neither can be read.
    pub(super) fn of(file: Option<&Path>, data: Option<&Path>, catalogue: &Catalogue) -> Result<Self, CommandError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        match data {
            Some(directory) => {
                let kept = runtime.block_on(read(directory, catalogue))?;
                let failed = |error| format!("cannot read the decision log in `{}`: {error}", directory.display());
                let log = Gathered::read(Wanted::Decision(DecisionId(0)), directory).map_err(failed)?;
                Ok(Self { kept, begins: None, ends: log.latest().unwrap_or(Timestamp(0)) })
            }
            None => runtime.block_on(played(file, catalogue)),
        }
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

async fn played(file: Option<&Path>, catalogue: &Catalogue) -> Result<Ground, CommandError> {
    let day = Day::read(file, false)?;
    let (fold_only_until, seal) = (day.warm_up(), seal()?);
    let respond = day.in_town.then(|| Respondents::of(&day.arrivals, catalogue, seal));
    let ends = day.arrivals.iter().map(|arrival| arrival.at).max().unwrap_or(Timestamp(0));
    let bar = progress_bar(day.arrivals.len() as u64);
    let playing = Play { arrivals: day.arrivals, catalogue, data: None, fold_only_until, until: None, respond };
    let played = play(playing, &mut [], &|done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    Ok(Ground { kept: played.kept, begins: fold_only_until, ends })
}
