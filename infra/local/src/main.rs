//! `tact`: the command line.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use tact::command::{CommandError, Tact};

fn main() -> ExitCode {
    let asked = match Tact::try_parse() {
        Ok(asked) => asked,
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => return fail(&in_one_line(&error.render().to_string()), 2),
    };
    match asked.run() {
        Ok(code) => code,
        Err(error) if nobody_listens(&error) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), 1),
    }
}

fn fail(error: &str, code: u8) -> ExitCode {
    let _nowhere_left_to_say_it = writeln!(std::io::stderr(), "tact: {error}");
    ExitCode::from(code)
}

/// What was wrong with a command line, and what to do.
fn in_one_line(error: &str) -> String {
    let said = error.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let said: Vec<_> = said.filter(|line| !line.is_empty() && !line.starts_with("For more")).collect();
    format!("{}; see `tact --help`", said.join(" ").trim_start_matches("error: ").replace(" tip: ", "; "))
}

/// Whoever read our output has read enough.
fn nobody_listens(error: &CommandError) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
