//! `tact inbox`: one person's day, as they could be told it.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CommandError;
use super::chosen::Chosen;
use super::day::Day;
use super::ground::{Ended, played};
use crate::arrival::Arrival;
use crate::inbox::{Inbox as Told, Watch};
use crate::nearest::nearest;
use crate::stack::seal;

/// The arguments of `tact inbox`.
#[derive(Args, Debug)]
pub(super) struct Inbox {
    /// Whose day: a customer of the file; capitals do not matter
    name: String,
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    file: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

impl Inbox {
    /// Plays the file in memory and prints what one person's day was.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let catalogue = self.chosen.read()?;
        let day = Day::read(self.file.as_deref(), false)?;
        let customer = find(&self.name, &day.arrivals)?;
        let mut watch = Watch::on(&customer);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let Ended { played, ends, .. } = runtime.block_on(played(day, &catalogue, &mut [&mut watch]))?;
        let told = Told::of(&watch, &played.kept, &catalogue, &seal()?, ends);
        let text = if self.json { format!("{}\n", serde_json::to_string(&told)?) } else { told.text() };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The customer of that name, however it is written.
fn find(name: &str, arrivals: &[Arrival]) -> Result<String, CommandError> {
    let named: BTreeSet<&str> =
        arrivals.iter().map(|arrival| arrival.customer.as_str()).filter(|known| !known.is_empty()).collect();
    known(name, &named).map(str::to_owned).ok_or_else(|| {
        let advice = closest(name, &named)
            .map_or("the file names nobody".to_owned(), |closest| format!("the closest names are {closest}"));
        format!("nobody in these events is called `{name}`; {advice}").into()
    })
}

/// The one of these names that is meant, capitals or not; `None` when none is.
pub(super) fn known<'a>(name: &str, named: &BTreeSet<&'a str>) -> Option<&'a str> {
    named.get(name).or_else(|| named.iter().find(|known| known.eq_ignore_ascii_case(name))).copied()
}

/// The three names closest to one that is not among them, each quoted; `None` when there is none at all.
pub(super) fn closest(name: &str, named: &BTreeSet<&str>) -> Option<String> {
    let closest: Vec<_> =
        nearest(name, named.iter().copied(), 3).into_iter().map(|known| format!("`{known}`")).collect();
    (!closest.is_empty()).then(|| closest.join(", "))
}
