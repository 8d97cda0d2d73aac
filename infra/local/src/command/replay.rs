//! `tact replay`: recorded decisions, made again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tact_decide::Learned;
use tact_pipeline::replay;
use tact_wire::{decode_learned_line, decode_record};

use super::CommandError;
use super::chosen::Chosen;
use crate::output::LEARNED;

/// The arguments of `tact replay`.
#[derive(Args, Debug)]
pub(super) struct Replay {
    /// Decision records as NDJSON, as `tact run --out` writes them; what was learnt is read from the `learned.ndjson` beside it, or where it stands among them
    #[arg(value_name = "decisions.ndjson")]
    file: PathBuf,
    #[command(flatten)]
    chosen: Chosen,
}

impl Replay {
    /// Replays every record; the exit code is 1 when one of them differs.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let catalogue = self.chosen.read()?;
        let models = tact_aws::models()?;
        let file = File::open(&self.file).map_err(|error| {
            format!("cannot read `{}`: {error}; give the decisions.ndjson of a `tact run --out`", self.file.display())
        })?;
        let mut learned = self.learned()?;
        let (mut same, mut different) = (0_u64, Vec::new());
        for (number, line) in (1_u64..).zip(BufReader::new(file).lines()) {
            let line = line?;
            if let Some(known) = decode_learned_line(&line) {
                learned.insert(known.hash.clone(), known);
                continue;
            }
            let recorded = decode_record(&line).map_err(|error| format!("line {number}: {error}"))?;
            let named = recorded.learned.as_ref().and_then(|hash| learned.get(hash));
            match replay(&recorded, &catalogue, &models, named) {
                Ok(body) if body == recorded.body => same += 1,
                Ok(_) => different.push(format!("line {number}: made again, the decision differs")),
                Err(error) => different.push(format!("line {number}: {error}")),
            }
        }
        let mut out = io::stdout().lock();
        writeln!(out, "{same} decisions made again, the same to the byte; {} differ", different.len())?;
        for line in different.iter().take(20) {
            writeln!(out, "{line}")?;
        }
        Ok(if different.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// What was learnt as it stands in the file beside the records, by its name; nothing when there is none.
    fn learned(&self) -> Result<BTreeMap<String, Learned>, CommandError> {
        let path = self.file.with_file_name(LEARNED);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            read => read.map_err(|error| format!("cannot read `{}`: {error}", path.display()))?,
        };
        Ok(text.lines().filter_map(decode_learned_line).map(|known| (known.hash.clone(), known)).collect())
    }
}
