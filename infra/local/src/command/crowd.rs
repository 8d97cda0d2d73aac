//! `tact crowd`: the people of a store counted together, by what they do; nobody of them can be told apart.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tact_domain::{Crowd as Counted, Span};

use super::CommandError;
use super::chosen::Chosen;
use super::ground::{Ground, store_named};
use crate::crowd::CrowdReport;

/// The arguments of `tact crowd`.
#[derive(Args, Debug)]
pub(super) struct Crowd {
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    #[arg(conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Count what a `tact run --data` kept in this directory, instead of playing a file
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The store [default: each one, one after another]
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// From this time on: `11:00` of the day on which most people came, or an instant; whole hours [default: the beginning of that day]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until before this time [default: the end of the day]
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Tell of no fewer people than this, at least 5 [default: that of the policy]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(i64::from(Counted::LEAST)..=1_000))]
    k: Option<u32>,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of text, one object a store
    #[arg(long)]
    json: bool,
}

impl Crowd {
    /// Plays the file in memory, or reads what is kept, and prints the counts.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let ground = Ground::of(self.file.as_deref(), self.data.as_deref(), self.chosen.read()?)?;
        let catalogue = &ground.catalogue;
        let stores = match &self.store {
            Some(name) => vec![store_named(name, &catalogue.places)?],
            None => catalogue.places.stores.iter().collect(),
        };
        let k = self.k.unwrap_or(catalogue.policy.crowd);
        let mut told = Vec::new();
        for store in stores {
            let (from, to) = ground.hours(store, self.from.as_deref(), self.to.as_deref())?;
            let report = CrowdReport::of(&ground.kept, catalogue, &Span { store, from, to }, k);
            told.push(if self.json { format!("{}\n", serde_json::to_string(&report)?) } else { report.text() });
        }
        let gap = if self.json { "" } else { "\n" };
        io::stdout().lock().write_all(told.join(gap).as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}
