//! `tact guard`: what guardrails know of every treatment, and what they did.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use tact_decide::Catalogue;
use tact_domain::Timestamp;

use super::CommandError;
use super::day::{Day, instant};
use super::run::{catalogue, progress_bar};
use crate::database::Snapshot;
use crate::guard::Guarded;
use crate::play::{Play, play};
use crate::publish;
use crate::respond::Respondents;
use crate::stack::{Kept, Stack, seal};

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
    /// Use this catalogue instead of the one compiled in
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

impl Guard {
    /// Tells what guardrails know.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let given = catalogue(self.catalogue.as_deref(), None)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (kept, catalogue, ends) = match &self.data {
            Some(directory) => runtime.block_on(kept(directory, given))?,
            None => runtime.block_on(played(self.file.as_deref(), given))?,
        };
        let guarded = Guarded::of(&kept, &catalogue, self.at.unwrap_or(ends));
        let text = if self.json { format!("{}\n", serde_json::to_string(&guarded)?) } else { guarded.text() };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What a directory keeps, read from a copy, the catalogue in force there, and now.
async fn kept(directory: &Path, given: Catalogue) -> Result<(Kept, Catalogue, Timestamp), CommandError> {
    let snapshot = Snapshot::of(directory)?;
    let catalogue = publish::in_force(snapshot.path(), given).await?;
    let stack = Stack::start(Some(snapshot.path()), &catalogue, None).await?;
    let kept = stack.kept().await?;
    stack.stop().await?;
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((kept, catalogue, Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))))
}

/// What a file comes to when it is played in memory, and when it ends.
async fn played(file: Option<&Path>, catalogue: Catalogue) -> Result<(Kept, Catalogue, Timestamp), CommandError> {
    let day = Day::read(file, false)?;
    let fold_only_until = day.warm_up();
    let respond =
        day.in_town.then(|| seal().map(|seal| Respondents::of(&day.arrivals, &catalogue, seal))).transpose()?;
    let ends = day.arrivals.iter().map(|arrival| arrival.at).max().unwrap_or(Timestamp(0));
    let bar = progress_bar(day.arrivals.len() as u64);
    let arrivals = day.arrivals;
    let playing = Play { arrivals, catalogue: &catalogue, data: None, fold_only_until, until: None, respond };
    let played = play(playing, &mut [], &|done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    Ok((played.kept, catalogue, ends))
}
