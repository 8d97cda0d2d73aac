//! `tact promises`: what was promised for consents, and what became of it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tact_domain::Timestamp;

use super::CommandError;
use super::chosen::Chosen;
use super::day::instant;
use super::ground::Ground;
use crate::promises::Promises as Counted;

/// The arguments of `tact promises`.
#[derive(Args, Debug)]
pub(super) struct Promises {
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    #[arg(conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Count in the directory of a `tact run --data` instead of playing events
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    /// As they stand at this time [default: when the last event arrives; with `--data`, now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Promises {
    /// Counts promises and prints what became of them.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let ground = Ground::of(self.file.as_deref(), self.data.as_deref(), self.chosen.read()?)?;
        let promises = Counted::of(&ground.kept, &ground.catalogue, self.at.unwrap_or(ground.ends));
        let text = if self.json { format!("{}\n", serde_json::to_string(&promises)?) } else { promises.text() };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}
