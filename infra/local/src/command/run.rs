//! `tact run`: events through the functions on this machine.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use tact_decide::Catalogue;
use tact_domain::Timestamp;

use super::CommandError;
use crate::output::Output;
use crate::play::{Play, play};
use crate::town::DAY_BEGINS;
use crate::{arrival, command};

/// The day in town, compiled in, so that the first run needs no file.
const DAY_IN_TOWN: &[u8] = include_bytes!("../../../../events/a-day-in-town.ndjson");

/// The arguments of `tact run`.
#[derive(Args, Debug, Default)]
pub(super) struct Run {
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    file: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Keep the table in this directory, and go on with what is there [default: in memory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Write decisions, messages, quarantine and facets as NDJSON into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Use these stores instead of the catalogue's
    #[arg(long, value_name = "FILE")]
    stores: Option<PathBuf>,
    /// Use this catalogue instead of the one compiled in
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Let events arrive in the order of the file, at their `arrivedat`, instead of by event time
    #[arg(long)]
    as_arrived: bool,
    /// Fold events before this time without deciding on them [default for the day in town: its morning]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    warm_up: Option<Timestamp>,
    /// Write one row per decision as CSV
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
}

impl Run {
    /// Plays the file and prints what it came to.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let catalogue = command::run::catalogue(self.catalogue.as_deref(), self.stores.as_deref())?;
        let arrivals = self.arrivals()?;
        let fold_only_until = self.warm_up.or_else(|| {
            (self.file.is_none() || is_the_day_in_town(&arrivals)).then(|| instant(DAY_BEGINS).ok()).flatten()
        });
        let output = Output::open(self.out.as_deref(), self.decisions.as_deref())?;
        let bar = progress_bar(arrivals.len() as u64);
        let playing = Play { arrivals, catalogue: &catalogue, data: self.data.as_deref(), fold_only_until };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let summary = runtime.block_on(play(playing, output, &|done| bar.set_position(done)))?;
        bar.finish_and_clear();
        let warm_up = fold_only_until.and_then(|until| jiff::Timestamp::from_millisecond(until.0).ok());
        let warm_up = warm_up.map_or(String::new(), |until| format!("folded without deciding until {until}; then:\n"));
        let text = if self.json { format!("{}\n", summary.json()) } else { format!("{warm_up}{}", summary.text()) };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    fn arrivals(&self) -> Result<Vec<arrival::Arrival>, CommandError> {
        let (name, source): (String, Box<dyn Read>) = match &self.file {
            None => ("the day in town".to_owned(), Box::new(DAY_IN_TOWN)),
            Some(path) if path == Path::new("-") => ("standard input".to_owned(), Box::new(io::stdin().lock())),
            Some(path) => {
                let opened = File::open(path).and_then(|file| {
                    if file.metadata()?.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(file) }
                });
                let file = opened.map_err(|error| {
                    format!("cannot read `{}`: {error}; give a file of events, one JSON object a line", path.display())
                })?;
                (path.display().to_string(), Box::new(file))
            }
        };
        let failed = |error: io::Error| format!("cannot read {name}: {error}");
        let mut plain = BufReader::new(source);
        let packed = plain.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let mut lines: Box<dyn BufRead> =
            if packed { Box::new(BufReader::new(MultiGzDecoder::new(plain))) } else { Box::new(plain) };
        Ok(arrival::read(&mut lines, self.as_arrived).map_err(failed)?)
    }
}

/// Whether these are the events that are compiled in, wherever they were read from: then the warm-up is known.
fn is_the_day_in_town(arrivals: &[arrival::Arrival]) -> bool {
    let town = arrival::read(&mut BufReader::new(DAY_IN_TOWN), false).unwrap_or_default();
    arrivals.len() == town.len() && arrivals.iter().zip(&town).all(|(a, b)| a.bytes == b.bytes)
}

/// The catalogue in a directory, or the one compiled in, with other stores if given.
pub(super) fn catalogue(directory: Option<&Path>, stores: Option<&Path>) -> Result<Catalogue, CommandError> {
    match (directory, stores) {
        (Some(directory), stores) => Ok(tact_policy::load(directory, stores)?),
        (None, None) => Ok(tact_aws::catalogue()?),
        (None, Some(stores)) => {
            Ok(tact_policy::with_stores(&tact_aws::catalogue()?, &tact_policy::read_file(stores)?)?)
        }
    }
}

/// A bar on a terminal; nothing elsewhere.
pub(super) fn progress_bar(length: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {human_pos} of {human_len}, {eta} left");
    let bar = ProgressBar::new(length);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    let at = parsed.map_err(|_| "write a time such as 2026-10-31T08:00:00-04:00".to_owned())?;
    Ok(Timestamp(at.as_millisecond()))
}
