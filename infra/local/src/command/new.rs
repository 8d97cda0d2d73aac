//! `tact new`: files to begin with.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use tact_domain::Trigger;
use tact_policy::{SourceFile, compile, is_name, scenarios};

use super::CommandError;
use crate::check::{Sources, above};

/// The arguments of `tact new`.
#[derive(Args, Debug)]
pub(super) struct New {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write a new action with a policy test, to begin with
    Action(NewAction),
}

/// The arguments of `tact new action`.
#[derive(Args, Debug)]
struct NewAction {
    /// What it is called: at most 64 lower-case letters, digits, `_` or `-`
    name: String,
    /// The folder of the catalogue [default: shared/catalogue here or in a folder around this one]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl New {
    /// Writes what was asked for and says what to do next.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let What::Action(action) = &self.what;
        action.run()
    }
}

impl NewAction {
    fn run(&self) -> Result<ExitCode, CommandError> {
        let name = self.name.as_str();
        if !is_name(name) {
            let rule = "write at most 64 lower-case letters, digits, `_` or `-`, for example `win_back`";
            return Err(format!("`{name}` is not a name for an action; {rule}").into());
        }
        let here = || above(&env::current_dir().ok()?);
        let Some(directory) = self.dir.clone().or_else(here) else {
            return Err("there is no catalogue around this folder; name its folder by `--dir`".into());
        };
        let written = write(&directory, name)?;
        let shown = directory.display();
        let mut out = io::stdout().lock();
        for path in &written {
            writeln!(out, "wrote {}", path.display())?;
        }
        writeln!(out, "change both as you like, then run: tact check {shown}")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes an action and its test into a catalogue, which must be without mistakes, before and with them.
fn write(directory: &Path, name: &str) -> Result<[PathBuf; 2], CommandError> {
    let actions = directory.join("actions");
    let paths = [actions.join(format!("{name}.toml")), actions.join(format!("{name}.test.toml"))];
    if let Some(known) = paths.iter().find(|path| path.exists()) {
        return Err(format!("`{}` is there already, and stays; choose another name", known.display()).into());
    }
    let texts = texts(&Sources::read(directory)?, name)?;
    for (path, text) in paths.iter().zip(texts) {
        // Nobody else's file is ever written over, not even one made this instant.
        let mut file = File::create_new(path).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
        if let Err(error) = file.write_all(text.as_bytes()) {
            let _what_is_half_written_is_no_use = fs::remove_file(path);
            return Err(format!("cannot write `{}`: {error}", path.display()).into());
        }
    }
    Ok(paths)
}

/// The action and the test, which comes true in the catalogue.
fn texts(sources: &Sources, name: &str) -> Result<[String; 2], CommandError> {
    let before = compile(&sources.files)?;
    let usual = [Trigger::CheckIn, Trigger::Purchase, Trigger::Entry, Trigger::Exit];
    let Some(trigger) = usual.into_iter().find(|trigger| before.budgets.of(*trigger).is_some()) else {
        return Err("no usual trigger has a budget; declare `[check_in]` in budgets.toml".into());
    };
    let free = |store: &&tact_domain::Store| before.places.denied(store.lat, store.lon, 0.0).is_none();
    let Some(store) = before.places.stores.iter().find(free) else {
        return Err("there is no store at which anybody may be approached; add one to stores.toml".into());
    };
    let path = format!("actions/{name}.toml");
    let action = fill(ACTION, name, trigger, &store.id);
    let mut files = sources.files.clone();
    files.push(SourceFile { path, text: action.clone() });
    let after = compile(&files)?;
    let test = fill(TEST, name, trigger, &store.id);
    let refused = |text: &str| {
        let file = SourceFile { path: format!("actions/{name}.test.toml"), text: text.to_owned() };
        let models = tact_aws::models().ok()?;
        let tests = scenarios(&file, &after, &[]).ok()?;
        tests.iter().all(|test| test.run(&after, &models).is_ok()).then_some(())
    };
    if refused(&test).is_none() {
        return Err("the policy of this catalogue refuses what a new action is; write it by hand".into());
    }
    // Where nothing else is worth more, a second test shows that it is said.
    let both = format!("{test}{}", fill(SAID, name, trigger, &store.id));
    Ok([action, if refused(&both).is_some() { both } else { test }])
}

fn fill(template: &str, name: &str, trigger: Trigger, store: &str) -> String {
    template.replace("NAME", name).replace("TRIGGER", trigger.name()).replace("STORE", store)
}

/// An action that compiles in every catalogue.
const ACTION: &str = include_str!("new/action.toml");
/// A test that comes true in every catalogue.
const TEST: &str = include_str!("new/refused.test.toml");
/// A test that comes true in a catalogue in which nothing else is worth more.
const SAID: &str = include_str!("new/said.test.toml");

#[cfg(test)]
mod tests {
    use tact_domain::Timestamp;
    use tact_policy::check;

    use super::*;

    /// A folder with a copy of the default catalogue.
    fn copy() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let Sources { files, tests, .. } = Sources::compiled_in();
        for file in files.iter().chain(&tests) {
            let path = folder.path().join(&file.path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &file.text).unwrap();
        }
        folder
    }

    #[test]
    fn a_new_action_is_valid_and_its_tests_come_true() {
        let folder = copy();
        let models = tact_aws::models().unwrap();
        let found = || {
            let Sources { files, tests, .. } = Sources::read(folder.path()).unwrap();
            check(&files, &tests, &models, Timestamp(1_793_470_800_000))
        };
        let before = found();
        let written = write(folder.path(), "try_this").unwrap();
        assert!(written.iter().all(|path| path.is_file()));
        let after = found();
        assert_eq!(after.actions, before.actions + 1);
        assert_eq!(after.passed, before.passed + 2, "{:?}", after.failures);
        let left = |checked: tact_policy::Checked| (checked.failures, checked.errors, checked.warnings);
        assert_eq!(left(after), left(before), "it leaves everything else as it was");
    }

    #[test]
    fn what_is_there_stays() {
        let folder = copy();
        write(folder.path(), "try_this").unwrap();
        let action = folder.path().join("actions/try_this.toml");
        fs::write(&action, "mine").unwrap();
        let error = write(folder.path(), "try_this").unwrap_err().to_string();
        assert!(error.contains("is there already, and stays; choose another name"), "{error}");
        assert_eq!(fs::read_to_string(&action).unwrap(), "mine");
        fs::remove_file(&action).unwrap();
        assert!(write(folder.path(), "try_this").is_err(), "its test is still there");
    }

    #[test]
    fn bad_names_and_bad_catalogues_are_refused_before_anything_is_written() {
        let folder = copy();
        for name in ["", "Win", "../win", "_win", "a b", &"x".repeat(65)] {
            let action = NewAction { name: name.to_owned(), dir: Some(folder.path().to_owned()) };
            let error = action.run().unwrap_err().to_string();
            assert!(error.contains("is not a name for an action"), "{error}");
        }
        fs::write(folder.path().join("policy.toml"), "").unwrap();
        assert!(write(folder.path(), "try_this").unwrap_err().to_string().contains("policy.toml"));
        assert!(!folder.path().join("actions/try_this.toml").exists());
    }
}
