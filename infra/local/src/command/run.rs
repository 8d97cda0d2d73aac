//! `tact run`: events through the functions on this machine.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tact_decide::Catalogue;
use tact_domain::Timestamp;

use super::CommandError;
use super::chosen::Chosen;
use super::day::{Day, instant};
use crate::binaries::Binaries;
use crate::dry::Script;
use crate::observer::Observer;
use crate::outbox::Outbox;
use crate::output::Output;
use crate::play::{Play, Played, play, play_on};
use crate::publish;
use crate::respond::Respondents;
use crate::stack::{Stack, seal};
use crate::summary::{Beside, Twelve};
use crate::zones::Zones;

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
    #[command(flatten)]
    chosen: Chosen,
    /// Let events arrive in the order of the file, at their `arrivedat`, instead of by event time
    #[arg(long)]
    as_arrived: bool,
    /// Fold events before this time without deciding on them [default for the day in town: its morning]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    warm_up: Option<Timestamp>,
    /// Let the clock go on until this time after the last event [default: a day]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<Timestamp>,
    /// Let recipients answer what they receive, by a hidden model; `--respond=false` keeps them quiet [default: true for the day in
    /// town, false otherwise]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    respond: Option<bool>,
    /// Write every message that left into this directory, as its recipient sees it: `.eml` for e-mails, `.txt` for the others
    #[arg(long, value_name = "DIR")]
    outbox: Option<PathBuf>,
    /// Play through the functions' real binaries in this directory, over streams, mappings and the Runtime API of this machine, instead of through their
    /// code: it leaves the same behind. `cargo build --release --package ...` leaves them in `target/release`
    #[arg(long, value_name = "DIR")]
    functions: Option<PathBuf>,
    /// Write one row per decision as CSV
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
}

impl Run {
    /// Plays the file and prints what it came to.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let catalogue = runtime.block_on(self.in_force())?;
        let day = Day::read(self.file.as_deref(), self.as_arrived)?;
        let fold_only_until = self.warm_up.or_else(|| day.warm_up());
        let respond = if self.respond.unwrap_or(day.in_town) {
            Some(Respondents::of(&day.arrivals, &catalogue, seal()?))
        } else {
            None
        };
        let mut output = Output::open(self.out.as_deref(), self.decisions.as_deref())?;
        let outbox = self.outbox.as_deref();
        let mut outbox =
            outbox.map(|directory| Outbox::open(directory, &catalogue, Zones::of(&day.arrivals))).transpose()?;
        let mut observers: Vec<&mut dyn Observer> = vec![&mut output];
        observers.extend(outbox.as_mut().map(|outbox| outbox as &mut dyn Observer));
        // What a table held before would be counted for one column only.
        let columns = (day.in_town && self.data.is_none()).then(|| Script::of(&day.arrivals));
        let mut twelve = Twelve::default();
        observers.extend(twelve.observers().filter(|_| columns.is_some()));
        let answering = respond.clone();
        let bar = progress_bar(day.arrivals.len() as u64);
        let (arrivals, data, until) = (day.arrivals, self.data.as_deref(), self.until);
        let playing = Play { arrivals, catalogue: &catalogue, data, fold_only_until, until, respond };
        let done = |done| bar.set_position(done);
        let played = match &self.functions {
            None => runtime.block_on(play(playing, &mut observers, &done))?,
            Some(directory) => runtime.block_on(through(directory, playing, &mut observers, &done))?,
        };
        bar.finish_and_clear();
        let mut summary = played.summary;
        if let Some(script) = &columns {
            let (models, respond) = (&tact_aws::models()?, answering);
            let beside = Beside { script, catalogue: &catalogue, models, fold_only_until, until, respond };
            summary.set_beside(&beside, &played.kept, &twelve, &seal()?);
        }
        let warm_up = fold_only_until.and_then(|until| jiff::Timestamp::from_millisecond(until.0).ok());
        let warm_up = warm_up.map_or(String::new(), |until| format!("folded without deciding until {until}; then:\n"));
        let text = if self.json { format!("{}\n", summary.json()) } else { format!("{warm_up}{}", summary.text()) };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }

    /// The catalogue to play with. In a table that is kept, the one published there comes before the one compiled in.
    async fn in_force(&self) -> Result<Catalogue, CommandError> {
        let given = self.chosen.read()?;
        let Some(data) = &self.data else { return Ok(given) };
        let (hash, asked_for) = (given.hash.clone(), self.chosen.is_named());
        let in_force = publish::in_force(data, given).await?;
        if asked_for && in_force.hash != hash {
            let (data, published) = (data.display(), in_force.hash);
            let fix = "publish yours there with `tact publish`, or leave out --catalogue and --stores";
            return Err(format!("another catalogue is in force in `{data}`: `{published}`; {fix}").into());
        }
        Ok(in_force)
    }
}

/// Plays through real binaries, and says how long each took to start.
async fn through(
    directory: &Path,
    playing: Play<'_>,
    observers: &mut [&mut dyn Observer],
    done: &dyn Fn(u64),
) -> Result<Played, CommandError> {
    let binaries = Binaries::start(directory, playing.data, playing.catalogue, playing.fold_only_until).await?;
    let starts = binaries.start_ups();
    let played = play_on(Stack::on(binaries), playing, observers, done).await?;
    let took = starts.iter().map(|(name, took)| {
        let took = took.iter().max().map_or(0.0, |took| took.as_secs_f64() * 1e3);
        format!("{name} {took:.1} ms")
    });
    let said = format!("functions started: {}\n", took.collect::<Vec<_>>().join(", "));
    io::stderr().lock().write_all(said.as_bytes())?;
    Ok(played)
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
