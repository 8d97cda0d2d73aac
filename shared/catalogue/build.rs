//! Compiles the default catalogue; a mistake in it fails the build, and all of them are shown.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

const SOURCES: [&str; 6] =
    ["policy.toml", "budgets.toml", "stores.toml", "channels.toml", "entitlements.toml", "actions"];

fn main() -> ExitCode {
    match compile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "the default catalogue does not compile:\n{error}");
            ExitCode::FAILURE
        }
    }
}

fn compile() -> Result<(), Box<dyn Error>> {
    for source in SOURCES {
        writeln!(io::stdout(), "cargo::rerun-if-changed={source}")?;
    }
    let folder = env::var("CARGO_MANIFEST_DIR")?;
    let catalogue = tact_policy::load(Path::new(&folder), None)?;
    let compiled = Path::new(&env::var("OUT_DIR")?).join("catalogue.json");
    fs::write(compiled, tact_wire::encode_catalogue(&catalogue))?;
    Ok(())
}
