//! `tact screen`: what a screen in a store shows to those who are there, and why. It knows nobody.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tact_decide::screen;
use tact_domain::{Anyone, Crowd, Key, Span, Store, Timestamp};

use super::CommandError;
use super::chosen::Chosen;
use super::ground::{Ground, store_named};
use super::inbox::closest;
use crate::crowd::seen;
use crate::explain::OnScreen;

/// The hour that is meant when nobody says, and too few people came to tell when most of them did.
const NOON: u8 = 12;

/// The arguments of `tact screen`.
#[derive(Args, Debug)]
pub(super) struct Screen {
    /// The store
    store: String,
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    #[arg(conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Look at what a `tact run --data` kept in this directory, instead of playing a file
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The area of the store in which the screen stands [default: it is for all of the store]
    #[arg(long, value_name = "AREA")]
    area: Option<String>,
    /// When: `15:00` of the day on which most people came, or an instant [default: the hour in which most were there]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

impl Screen {
    /// Plays the file in memory, or reads what is kept, and prints what the screen shows.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let ground = Ground::of(self.file.as_deref(), self.data.as_deref(), self.chosen.read()?)?;
        let catalogue = &ground.catalogue;
        let store = store_named(&self.store, &catalogue.places)?;
        let area = self.area.as_deref().map(|area| area_named(area, store)).transpose()?;
        let at = match &self.at {
            Some(at) => at.clone(),
            None => format!("{:02}:00", busiest(&ground, store)?),
        };
        let (from, _) = ground.hours(store, Some(&at), None)?;
        let there = seen(&ground.kept, catalogue, &Span { store, from, to: from.plus_s(3_600) });
        let there = there.into_iter().filter(|anyone| area.is_none_or(|area| anyone.areas.contains(area)));
        let crowd = Crowd::of(there, catalogue.policy.crowd);
        let decision = screen(&crowd, catalogue, store, from);
        let told = OnScreen::crowd(&crowd, &decision, catalogue, store, from);
        let text = if self.json { format!("{}\n", serde_json::to_string(&told)?) } else { told.text() };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The hour in which most people were there, by what may be told of the day: the first of several, and noon when nothing may.
fn busiest(ground: &Ground, store: &Store) -> Result<u8, CommandError> {
    let (from, to): (Timestamp, Timestamp) = ground.hours(store, None, None)?;
    let there: Vec<Anyone> = seen(&ground.kept, &ground.catalogue, &Span { store, from, to });
    let mut hours: BTreeMap<u8, u32> = BTreeMap::new();
    let crowd = Crowd::of(there, ground.catalogue.policy.crowd);
    for (hour, people) in crowd.types().iter().flat_map(|counts| &counts.hours) {
        *hours.entry(*hour).or_default() += people;
    }
    Ok(hours.into_iter().rev().max_by_key(|(_, people)| *people).map_or(NOON, |(hour, _)| hour))
}

/// An area of a store.
fn area_named<'a>(name: &str, store: &'a Store) -> Result<&'a Key, CommandError> {
    let found = store.areas.iter().find(|known| known.eq_ignore_ascii_case(name));
    Ok(found.ok_or_else(|| {
        let names = store.areas.iter().map(Key::as_str).collect();
        let closest = closest(name, &names).unwrap_or_else(|| "none".to_owned());
        format!("there is no area `{name}` in `{}`; the closest are {closest}", store.id)
    })?)
}
