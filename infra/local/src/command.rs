//! What a person can ask for on the command line.

mod coupons;
mod day;
mod import;
mod inbox;
mod measure;
mod replay;
mod run;
mod town;
mod train;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Real-time decisioning with tact: events in, next best actions out, or silence.
#[derive(Debug, Parser)]
#[command(name = "tact", version, max_term_width = 100)]
pub struct Tact {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play events through the functions on this machine (the default: a day in town)
    Run(run::Run),
    /// Tell one person's day: what they received, what they were spared, what we know and who told us
    Inbox(inbox::Inbox),
    /// Turn a public data set into events
    Import(import::Import),
    /// Write the events of the day in town
    Town(town::TownCommand),
    /// Fit the first propensity models on generated data
    Train(train::Train),
    /// Make recorded decisions again and compare them byte for byte
    Replay(replay::Replay),
    /// Count coupons: handed out, used, and still owed
    Coupons(coupons::Coupons),
    /// Measure the functions' binaries: size, start-up, memory and processor time
    Measure(measure::Measure),
}

/// Whatever ended a command early, as one line that says what to do.
pub type CommandError = Box<dyn std::error::Error>;

impl Tact {
    /// Does what was asked for.
    ///
    /// # Errors
    /// With one line that says what was wrong and what to do.
    pub fn run(self) -> Result<ExitCode, CommandError> {
        match self.command.unwrap_or_else(|| Command::Run(run::Run::default())) {
            Command::Run(run) => run.run(),
            Command::Inbox(inbox) => inbox.run(),
            Command::Import(import) => import.run(),
            Command::Town(town) => town.run(),
            Command::Train(train) => train.run(),
            Command::Replay(replay) => replay.run(),
            Command::Coupons(coupons) => coupons.run(),
            Command::Measure(measure) => measure.run(),
        }
    }
}
