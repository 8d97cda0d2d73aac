//! `tact check`: everything that can be found out about a catalogue before it decides.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use tact_catalogue::{FULL_MODEL, SMALL_MODEL};
use tact_decide::Catalogue;
use tact_domain::Timestamp;
use tact_model::Model;

use super::CommandError;
use super::day::{Day, now};
use super::run::progress_bar;
use crate::bystander::{Bystander, PAIRS};
use crate::check::{Sources, json, text};
use crate::discretion::Drawn;
use crate::features::unaccounted;
use crate::risk::{Crowd, Risk};
use crate::stack::seal;
use crate::town::Secret;

/// The arguments of `tact check`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Check {
    /// The folder of a catalogue, and files of policy tests beside its own, `*.test.toml` [default: the default
    /// catalogue]
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    /// As of this time, which tells what is over [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
    /// Report by which paths data could reach somebody it must not, and what every way may bring and cost; fails when a
    /// path is open
    #[arg(long, conflicts_with_all = ["discretion", "bystander", "at"])]
    risk: bool,
    /// Count people in these events, `.gz` too [default: a day in town]
    #[arg(long, value_name = "FILE", requires = "risk")]
    events: Option<PathBuf>,
    /// Show where the line between cool and creepy runs, what it was drawn by, and where every way stands
    #[arg(long, conflicts_with_all = ["bystander", "at"])]
    discretion: bool,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
    /// Test instead what bystanders could guess: pairs of people, alike but for a secret, get thirty days of messages, and a
    /// fresh classifier sees what comes, when, and what does not
    #[arg(long, conflicts_with = "at")]
    bystander: bool,
    /// Other people for the bystander test
    #[arg(long, value_name = "N", requires = "bystander", default_value_t = 1)]
    seed: u64,
}

impl Check {
    /// Checks a catalogue and prints what was found; fails when that is an error or a failed test.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let (tests, directories): (Vec<PathBuf>, Vec<PathBuf>) =
            self.paths.iter().cloned().partition(|path| path.to_string_lossy().ends_with(".toml"));
        let directory = match directories.as_slice() {
            [] => None,
            [directory] => Some(directory.as_path()),
            _ => return Err("one catalogue is checked at a time; give one folder".into()),
        };
        let reports = self.bystander || self.risk || self.discretion;
        if let Some(test) = tests.first().filter(|_| reports) {
            let test = test.display();
            return Err(format!("a report plays no policy tests; leave out {test}").into());
        }
        let here = env::current_dir().ok();
        let sources = Sources::find(directory, here.as_deref().map(Path::new))?.and_tests(&tests)?;
        if self.bystander {
            return self.bystander(&tact_policy::compile(&sources.files)?);
        }
        if self.risk || self.discretion {
            return self.report(&sources);
        }
        let at = self.at.map_or_else(now, |at| Timestamp(at.as_millisecond()));
        let mut checked = tact_policy::check(&sources.files, &sources.tests, &tact_aws::models()?, at);
        if let Ok(catalogue) = tact_policy::compile(&sources.files) {
            checked
                .warnings
                .extend(unaccounted(&catalogue, &[Model::decode(FULL_MODEL)?, Model::decode(SMALL_MODEL)?]));
        }
        let told = if self.json { json(&checked)? } else { text(&checked, &sources.place) };
        io::stdout().lock().write_all(told.as_bytes())?;
        Ok(if checked.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Tests what bystanders could guess and prints what was found; fails when a secret is given away.
    fn bystander(&self, catalogue: &Catalogue) -> Result<ExitCode, CommandError> {
        let bar = progress_bar(Secret::ALL.len() as u64);
        let test = Bystander { catalogue, models: &tact_aws::models()?, seed: self.seed, pairs: PAIRS };
        let found = test.test(&Secret::ALL, &|done| bar.set_position(done));
        bar.finish_and_clear();
        let found = found?;
        let told = if self.json { format!("{}\n", serde_json::to_string(&found)?) } else { found.text() };
        io::stdout().lock().write_all(told.as_bytes())?;
        Ok(if found.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Prints the report that was asked for; fails when it is about risk and a path is open.
    fn report(&self, sources: &Sources) -> Result<ExitCode, CommandError> {
        let catalogue = tact_policy::compile(&sources.files)?;
        let (told, open) = if self.discretion {
            let drawn = Drawn::of(&sources.files, &catalogue)?;
            (if self.json { line(&drawn)? } else { drawn.text() }, 0)
        } else {
            let day = Day::read(self.events.as_deref(), false)?;
            let crowd = Crowd {
                arrivals: &day.arrivals,
                fold_only_until: day.warm_up(),
                answered: day.in_town.then(seal).transpose()?,
            };
            let risk = Risk::of(&sources.files, &catalogue, &tact_aws::models()?, crowd)?;
            (if self.json { line(&risk)? } else { risk.text(&sources.place) }, risk.open)
        };
        io::stdout().lock().write_all(told.as_bytes())?;
        Ok(if open == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn line(report: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(report).map(|json| json + "\n")
}
