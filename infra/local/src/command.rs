//! What a person can ask for on the command line.

mod attention;
mod check;
mod chosen;
mod compare;
mod complements;
mod coupons;
mod crowd;
mod day;
mod evaluate;
mod explain;
mod ground;
mod guard;
mod import;
mod inbox;
mod measure;
mod new;
mod promises;
mod publish;
mod redrive;
mod replay;
mod report;
mod run;
mod screen;
mod tasks;
mod town;
mod train;
mod types;
mod up;
mod uplift;

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
    /// Keep table, streams and providers on fixed ports of this machine, for functions, the AWS CLI and real clients
    Up(up::Up),
    /// Tell one person's day: what they received, what they were spared, what we know and who told us
    Inbox(inbox::Inbox),
    /// Tell why something was decided, and why not: for a customer, a decision, something imagined, or a store
    Explain(explain::Explain),
    /// Count the people of a store by what they do; no number is of few, and nobody can be told apart
    Crowd(crowd::Crowd),
    /// Tell what a screen in a store shows to those who are there, and why
    Screen(screen::Screen),
    /// Play the same events with two catalogues: who gains, who loses, who is spared
    Compare(compare::Compare),
    /// Check a catalogue: its form, its rules, what its messages give away, forbidden paths, and its policy tests
    Check(check::Check),
    /// Write files to begin with
    New(new::New),
    /// Check a catalogue, upload it, and put it in force with one write; or put a former one in force again
    Publish(publish::Publish),
    /// Put back what an event source mapping gave up and left whole in a bucket
    Redrive(redrive::Redrive),
    /// Turn a public data set into events
    Import(import::Import),
    /// Write the events of the day in town
    Town(town::TownCommand),
    /// Fit a propensity model: to a table, to what became of your messages, or the first ones to generated data
    Train(train::Train),
    /// Learn what contacts cost, from a decision log or in made-up towns, and measure whether it is worth it
    Attention(attention::Attention),
    /// Find types of customers in a decision log, by which what is learnt of messages is kept
    Types(types::FindTypes),
    /// Learn what goes with what from baskets, for the catalogue
    Complements(complements::GoesWith),
    /// Tell what another policy would have brought, from a log of what one did; or that the log cannot tell
    Evaluate(evaluate::Evaluate),
    /// Tell what treatments bring from a trial in which chance decided, and whether it is known to whom
    Uplift(uplift::Uplift),
    /// Write a page of what contacts brought beside ghosts, to whom, and what every part of deciding is worth
    Report(report::Report),
    /// Make recorded decisions again and compare them byte for byte
    Replay(replay::Replay),
    /// Count coupons: handed out, used, and still owed
    Coupons(coupons::Coupons),
    /// Tell how many recipients of each treatment wanted no more of it, and what was suspended
    Guard(guard::Guard),
    /// Count what stores were asked to do: by store and action, never by who did it
    Tasks(tasks::Tasks),
    /// Count what was promised for consents: kept, still open, broken, asked for once more, given anew
    Promises(promises::Promises),
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
            Command::Up(up) => up.run(),
            Command::Inbox(inbox) => inbox.run(),
            Command::Explain(explain) => explain.run(),
            Command::Crowd(crowd) => crowd.run(),
            Command::Screen(screen) => screen.run(),
            Command::Compare(compare) => compare.run(),
            Command::Check(check) => check.run(),
            Command::New(new) => new.run(),
            Command::Publish(publish) => publish.run(),
            Command::Redrive(redrive) => redrive.run(),
            Command::Import(import) => import.run(),
            Command::Town(town) => town.run(),
            Command::Train(train) => train.run(),
            Command::Attention(attention) => attention.run(),
            Command::Types(types) => types.run(),
            Command::Complements(complements) => complements.run(),
            Command::Evaluate(evaluate) => evaluate.run(),
            Command::Uplift(uplift) => uplift.run(),
            Command::Report(report) => report.run(),
            Command::Replay(replay) => replay.run(),
            Command::Coupons(coupons) => coupons.run(),
            Command::Guard(guard) => guard.run(),
            Command::Tasks(tasks) => tasks.run(),
            Command::Promises(promises) => promises.run(),
            Command::Measure(measure) => measure.run(),
        }
    }
}
