//! Compiles the default catalogue; a mistake in it fails the build, and all of them are shown.

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

const SOURCES: [&str; 14] = [
    "policy.toml",
    "quiet_hours.toml",
    "budgets.toml",
    "stores.toml",
    "channels.toml",
    "entitlements.toml",
    "discretion.toml",
    "promises.toml",
    "products.csv",
    "complements.csv",
    "forbidden.toml",
    "sensitive.toml",
    "actions",
    "stock",
];

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
    keep_sources(Path::new(&folder))
}

/// Keeps the text of every source, so that the catalogue can be checked where its folder is not.
fn keep_sources(folder: &Path) -> Result<(), Box<dyn Error>> {
    let files = tact_policy::read_dir(folder)?.into_iter().chain(tact_policy::read_tests(folder)?);
    let sources: Vec<_> = files.map(|file| (file.path, file.text)).collect();
    // What is shown for debugging is how a program would write it.
    fs::write(Path::new(&env::var("OUT_DIR")?).join("sources.rs"), format!("&{sources:#?}"))?;
    Ok(())
}
