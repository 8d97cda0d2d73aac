//! `tact tasks`: what became of what the people of stores were asked to do.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};

use super::CommandError;
use super::chosen::Chosen;
use super::ground::{Ground, store_named};
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
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Tasks {
    /// Counts the tasks by store and action, and prints the counts.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let ground = Ground::of(self.file.as_deref(), self.data.as_deref(), self.chosen.read()?)?;
        let named = self.store.as_deref().map(|store| store_named(store, &ground.catalogue.places)).transpose()?;
        let counts = TaskCounts::of(&ground.kept.tasks, named.map(|store| store.id.as_str()));
        let text = if self.json { serde_json::to_string(&counts)? } else { table(&counts) };
        writeln!(io::stdout().lock(), "{text}")?;
        Ok(ExitCode::SUCCESS)
    }
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
