//! `tact guard`: what guardrails know of every treatment, and what they did.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tact_domain::Timestamp;

use super::CommandError;
use super::chosen::Chosen;
use super::day::instant;
use super::ground::Ground;
use crate::guard::Guarded;

/// The arguments of `tact guard`.
#[derive(Args, Debug)]
pub(super) struct Guard {
    /// Events to play in memory; `-` reads standard input [default: a day in town]
    #[arg(conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Tell of what a `tact run --data` kept in this directory, instead of playing a file
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// As it stands at this time [default: now, or when the file ends]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Guard {
    /// Tells what guardrails know.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let ground = Ground::of(self.file.as_deref(), self.data.as_deref(), self.chosen.read()?)?;
        let guarded = Guarded::of(&ground.kept, &ground.catalogue, self.at.unwrap_or(ground.ends));
        let text = if self.json { format!("{}\n", serde_json::to_string(&guarded)?) } else { guarded.text() };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}
