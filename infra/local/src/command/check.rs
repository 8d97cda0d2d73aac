//! `tact check`: everything that can be found out about a catalogue before it decides.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use tact_domain::Timestamp;

use super::CommandError;
use crate::check::{Sources, json, text};

/// The arguments of `tact check`.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The folder of a catalogue, and files of policy tests beside its own, `*.test.toml` [default: the default
    /// catalogue]
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    /// As of this time, which tells what is over [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
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
        let here = env::current_dir().ok();
        let sources = Sources::find(directory, here.as_deref().map(Path::new))?.and_tests(&tests)?;
        let at = self.at.map_or_else(now, |at| Timestamp(at.as_millisecond()));
        let checked = tact_policy::check(&sources.files, &sources.tests, &tact_aws::models()?, at);
        let told = if self.json { json(&checked)? } else { text(&checked, &sources.place) };
        io::stdout().lock().write_all(told.as_bytes())?;
        Ok(if checked.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The instant it is, for what is over by now.
pub(super) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
