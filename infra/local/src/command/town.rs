//! `tact town`: the events of the day in town.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Args;

use super::CommandError;
use crate::town::town;

/// The arguments of `tact town`.
#[derive(Args, Debug)]
pub(super) struct TownCommand {
    /// Which town; the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl TownCommand {
    /// Writes the events to standard output.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let mut out = BufWriter::new(io::stdout().lock());
        town(self.seed, &mut out)?;
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
