//! `tact redrive`: what a mapping gave up is handled once more.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Args};

use super::CommandError;
use crate::redrive::{Elsewhere, Endpoint, Plan, Redriven, calls, read, time, write};

/// Why it is safe.
const HARMLESS: &str = "what was handled before is a duplicate, known by its source and id: it changes nothing, and nothing is sent twice; what comes late is \
                        remembered, and nothing is said about a moment that has passed";

/// The arguments of `tact redrive`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("where").required(true).multiple(false).args(["endpoint", "out", "dry_run"]))]
pub(super) struct Redrive {
    /// Failure records as Lambda leaves them in a bucket, or directories of them; one or many to a file, `.gz` too
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// Put them back at this address of this machine, where the streams of `tact up` listen: `http://127.0.0.1:7401`
    #[arg(long, value_name = "URL")]
    endpoint: Option<Endpoint>,
    /// Hand records of the table's stream to their function at this one, where the functions of `tact up` listen: `http://127.0.0.1:7402` [default: the same]
    #[arg(long, value_name = "URL", requires = "endpoint")]
    invoke: Option<Endpoint>,
    /// Write one file for each call to this directory, and print the commands of the AWS CLI (version 2) that make the calls, in their order
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Onto this stream [default: the one it was read from]
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// To this function, for records of a table's stream [default: the one that did not do it]
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

impl Redrive {
    /// Puts back what was given up; the exit code is 1 when something is not done.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let elsewhere = Elsewhere { stream: self.stream, function: self.function };
        let plan = Plan::of(read(&self.paths)?, &elsewhere)?;
        let redriven = if let Some(endpoint) = self.endpoint {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            Some(runtime.block_on(plan.carry_out(endpoint, self.invoke.unwrap_or(endpoint))))
        } else {
            None
        };
        let commands = match &self.out {
            Some(directory) => write(&plan, directory)
                .map_err(|error| format!("the calls cannot be written to `{}`: {error}", directory.display()))?,
            None => Vec::new(),
        };
        let text = if self.json {
            format!("{}\n", serde_json::json!({ "plan": plan, "redriven": redriven, "commands": commands }))
        } else {
            told(&plan, redriven.as_ref(), &commands)
        };
        io::stdout().lock().write_all(text.as_bytes())?;
        let Some(Redriven { undone, stopped, .. }) = redriven else { return Ok(ExitCode::SUCCESS) };
        match stopped {
            Some(why) => Err(why.into()),
            None if undone.is_empty() => Ok(ExitCode::SUCCESS),
            None => Ok(ExitCode::FAILURE),
        }
    }
}

/// What is, and what was done.
fn told(plan: &Plan, redriven: Option<&Redriven>, commands: &[String]) -> String {
    let mut text = String::new();
    let why: Vec<_> = plan.conditions.iter().map(|(condition, count)| format!("{count} {condition}")).collect();
    let _ = writeln!(text, "failure records: {}, given up for: {}", plan.failures, why.join(", "));
    for to in &plan.streams {
        let (records, calls) = (to.records.len(), calls(&to.records).len());
        let between = between(to.arrived);
        let _ = writeln!(text, "onto stream {}: {records} records in {calls} calls, arrived {between}", to.stream.name);
        if to.repeated > 0 {
            let _ = writeln!(text, "  {} stood in two failure records, and are put back once", to.repeated);
        }
    }
    for to in &plan.functions {
        let (records, batches, between) = (to.records(), to.batches.len(), between(to.arrived));
        let name = &to.function.name;
        let _ = writeln!(
            text,
            "to function {name}: {records} records of a table's stream in {batches} calls, arrived {between}"
        );
    }
    if let Some(Redriven { put, again, done, undone, .. }) = redriven {
        let _ = writeln!(text, "put back: {put}; refused and put again: {again}; done by functions: {done}");
        for sequence in undone {
            let _ = writeln!(
                text,
                "not done: the record {sequence} of the table's stream, and those after it in its batch"
            );
        }
    }
    let _ = writeln!(text, "{HARMLESS}");
    if !commands.is_empty() {
        let _ = writeln!(
            text,
            "one after the other; put a call that prints another number than 0 again before the next, and remove the files after the last, as they hold \
             what people did:"
        );
        for command in commands {
            let _ = writeln!(text, "{command}");
        }
    }
    text
}

fn between((oldest, newest): (tact_domain::Timestamp, tact_domain::Timestamp)) -> String {
    format!("{} to {}", time(oldest), time(newest))
}
