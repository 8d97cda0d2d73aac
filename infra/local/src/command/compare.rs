//! `tact compare`: the same events with two catalogues.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tact_decide::Catalogue;

use super::CommandError;
use super::chosen::catalogue;
use super::day::Day;
use crate::compare::{Compared, Comparison};

/// The arguments of `tact compare`.
#[derive(Args, Debug)]
pub(super) struct Compare {
    /// A catalogue: its folder, or `built-in`
    a: PathBuf,
    /// The catalogue it is compared with: its folder, or `built-in`
    b: PathBuf,
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    file: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

impl Compare {
    /// Plays the events dry with both and prints what differs. Nothing is written.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let (a, b) = (named(&self.a)?, named(&self.b)?);
        let day = Day::read(self.file.as_deref(), false)?;
        let (models, fold_only_until) = (tact_aws::models()?, day.warm_up());
        let compared = Compared { arrivals: &day.arrivals, models: &models, fold_only_until, answered: day.in_town };
        let comparison = Comparison::of(&compared, &a, &b)?;
        let text = if self.json { format!("{}\n", serde_json::to_string(&comparison)?) } else { comparison.text() };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The catalogue in a folder, or the one compiled in.
fn named(name: &Path) -> Result<Catalogue, CommandError> {
    catalogue(Some(name).filter(|name| *name != Path::new("built-in")), None)
}
