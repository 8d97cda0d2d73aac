//! `tact tasks`: what became of what the people of stores were asked to do.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use tact_decide::Catalogue;

use super::CommandError;
use super::day::Day;
use super::run::{catalogue, progress_bar};
use crate::database::Snapshot;
use crate::play::{Play, play};
use crate::respond::Respondents;
use crate::stack::{Kept, Stack, seal};
use crate::tasks::TaskCounts;

/// The arguments of `tact tasks`.
#[derive(Args, Debug)]
pub(super) struct Tasks {
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    #[arg(conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Those of this store alone
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// Count what a `tact run --data` kept in this directory, instead of playing a file
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Use this catalogue instead of the one compiled in
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Tasks {
    /// Counts the tasks by store and action, and prints the counts.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let catalogue = catalogue(self.catalogue.as_deref(), None)?;
        let store = self.store.as_deref();
        if let Some(store) = store.filter(|store| catalogue.places.store(store).is_none()) {
            let known: Vec<_> = catalogue.places.stores.iter().map(|store| format!("`{}`", store.id)).collect();
            return Err(format!("there is no store `{store}`; there are {}", known.join(", ")).into());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let kept = match &self.data {
            Some(directory) => runtime.block_on(read(directory, &catalogue))?,
            None => runtime.block_on(played(self.file.as_deref(), &catalogue))?,
        };
        let counts = TaskCounts::of(&kept.tasks, store);
        let text = if self.json { serde_json::to_string(&counts)? } else { table(&counts) };
        writeln!(io::stdout().lock(), "{text}")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The table of a directory, read from a copy.
async fn read(directory: &Path, catalogue: &Catalogue) -> Result<Kept, CommandError> {
    let snapshot = Snapshot::of(directory)?;
    let stack = Stack::start(Some(snapshot.path()), catalogue, None).await?;
    let kept = stack.kept().await?;
    stack.stop().await?;
    Ok(kept)
}

/// What a file comes to when it is played in memory.
async fn played(file: Option<&Path>, catalogue: &Catalogue) -> Result<Kept, CommandError> {
    let day = Day::read(file, false)?;
    let (fold_only_until, seal) = (day.warm_up(), seal()?);
    let respond = day.in_town.then(|| Respondents::of(&day.arrivals, catalogue, seal));
    let bar = progress_bar(day.arrivals.len() as u64);
    let playing = Play { arrivals: day.arrivals, catalogue, data: None, fold_only_until, until: None, respond };
    let played = play(playing, &mut [], &|done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    Ok(played.kept)
}

fn table(counts: &[TaskCounts]) -> String {
    if counts.is_empty() {
        return "nobody was asked to do anything".to_owned();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let header =
        ["store", "action", "offered", "claimed", "done", "not ready", "gone", "expired", "median minutes to claim"];
    table.set_header(header);
    for counts in counts {
        table.add_row(row(counts));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn row(counts: &TaskCounts) -> [String; 9] {
    [
        counts.store.to_string(),
        counts.action.to_string(),
        counts.offered.to_string(),
        counts.claimed.to_string(),
        counts.done.to_string(),
        counts.not_ready.to_string(),
        counts.gone.to_string(),
        counts.expired.to_string(),
        counts.median_minutes_to_claim.map_or("-".to_owned(), |minutes| format!("{minutes:.1}")),
    ]
}
