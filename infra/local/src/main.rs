//! `tact`: the command line.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use tact::command::Tact;

fn main() -> ExitCode {
    match Tact::parse().run() {
        Ok(code) => code,
        Err(error) => {
            let _nowhere_left_to_say_it = writeln!(std::io::stderr(), "tact: {error}");
            ExitCode::FAILURE
        }
    }
}
