//! `tact promises`: what was promised for consents, and what became of it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tact_decide::Catalogue;
use tact_domain::Timestamp;

use super::CommandError;
use super::check::now;
use super::day::{Day, instant};
use super::run::{catalogue, progress_bar};
use crate::database::{Embedded, create_table};
use crate::play::{Play, play};
use crate::promises::Promises as Counted;
use crate::respond::Respondents;
use crate::stack::{Kept, seal};

/// The name of the one table, and what its file is called in the directory.
const TABLE: &str = "tact";
const FILE: &str = "tact.db";

/// The arguments of `tact promises`.
#[derive(Args, Debug)]
pub(super) struct Promises {
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    #[arg(conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Count in the directory of a `tact run --data` instead of playing events
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Use this catalogue instead of the one compiled in
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
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
        let catalogue = catalogue(self.catalogue.as_deref(), None)?;
        let (kept, last) = match &self.data {
            Some(directory) => (stored(directory)?, now()),
            None => played(self.file.as_deref(), &catalogue)?,
        };
        let promises = Counted::of(&kept, &catalogue, self.at.unwrap_or(last));
        let text = if self.json { format!("{}\n", serde_json::to_string(&promises)?) } else { promises.text() };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What the table of a directory holds.
fn stored(directory: &Path) -> Result<Kept, CommandError> {
    if !directory.join(FILE).is_file() {
        let directory = directory.display();
        return Err(format!("there is no table in `{directory}`; give the directory of a `tact run --data`").into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let database = Embedded::start(Some(directory)).await?;
        create_table(&database.client(), TABLE).await?;
        let kept = Kept::read(&database.client(), TABLE).await?;
        database.stop().await?;
        Ok(kept)
    })
}

/// What the table holds after a file was played in memory, and when its last event arrives.
fn played(file: Option<&Path>, catalogue: &Catalogue) -> Result<(Kept, Timestamp), CommandError> {
    let day = Day::read(file, false)?;
    let fold_only_until = day.warm_up();
    let seal = seal()?;
    let respond = day.in_town.then(|| Respondents::of(&day.arrivals, catalogue, seal));
    let last = day.arrivals.iter().map(|arrival| arrival.at).max().unwrap_or(Timestamp(0));
    let bar = progress_bar(day.arrivals.len() as u64);
    let playing = Play { arrivals: day.arrivals, catalogue, data: None, fold_only_until, until: None, respond };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let played = runtime.block_on(play(playing, &mut [], &|done| bar.set_position(done)))?;
    bar.finish_and_clear();
    Ok((played.kept, last))
}
