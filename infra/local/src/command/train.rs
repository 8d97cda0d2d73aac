//! `tact train`: the first propensity models, fitted on generated data.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CommandError;

/// The arguments of `tact train`.
#[derive(Args, Debug)]
pub(super) struct Train {
    /// Which data; the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to write the artefacts
    #[arg(long, value_name = "DIR", default_value = "shared/catalogue/models")]
    out: PathBuf,
}

impl Train {
    /// Fits both models, writes their artefacts and prints how good they are.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let first = tact_learn::train_first(self.seed)?;
        let failed = |path: &std::path::Path, error: io::Error| format!("cannot write `{}`: {error}", path.display());
        std::fs::create_dir_all(&self.out).map_err(|error| failed(&self.out, error))?;
        let mut said = format!("{}\n", first.report).into_bytes();
        for (name, bytes) in first.files() {
            let path = self.out.join(name);
            std::fs::write(&path, &bytes).map_err(|error| failed(&path, error))?;
            writeln!(said, "wrote {} ({} bytes)", path.display(), bytes.len())?;
        }
        io::stdout().lock().write_all(&said)?;
        Ok(ExitCode::SUCCESS)
    }
}
