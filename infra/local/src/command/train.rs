//! `tact train`: the first propensity models, fitted on generated data; or a model brought along.

mod import;

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
    /// Import a model that LightGBM saved as text, instead of fitting one; `--out` is then the artefact to write
    #[arg(long, value_name = "FILE", requires = "out", conflicts_with = "seed")]
    import_lightgbm: Option<PathBuf>,
}

impl Train {
    /// Fits both models, writes their artefacts and prints how good they are; or imports one.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        if let Some(from) = &self.import_lightgbm {
            io::stdout().lock().write_all(import::import(from, &self.out)?.as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }
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
