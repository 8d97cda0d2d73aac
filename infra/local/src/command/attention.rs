//! `tact attention`: what contacts cost, learnt from a decision log or in made-up towns, and whether that is worth it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use tact_learn::learn_bids;
use tact_model::BidTable;

use super::CommandError;
use super::chosen::Chosen;
use crate::attention::{Measured, Scarce, Towns, opportunities, prices};
use crate::explain::{Gathered, Wanted};

/// The arguments of `tact attention`.
#[derive(Args, Debug)]
pub(super) struct Attention {
    /// Learn from the decision log in this directory of a `tact run --data` [default: from made-up towns]
    #[arg(long, value_name = "DIR")]
    log: Option<PathBuf>,
    /// How many made-up towns to learn in; the prices are measured in as many others
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    towns: u64,
    /// Allow at most so many contacts in so many days, up to 31, instead of the catalogue's caps, as in `1/30d`
    #[arg(long, value_name = "MOST/DAYS", value_parser = scarce)]
    cap: Option<Scarce>,
    /// Let something of little worth be said on every purchase and entry, which greed spends contacts on
    #[arg(long)]
    chatty: bool,
    /// Where to write the table of prices
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

impl Attention {
    /// Learns a table, writes it if that is asked for, and prints what contacts cost; learnt in towns, what that is worth in others.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let (catalogue, models) = (self.chosen.read()?, tact_aws::models()?);
        let (table, measured) = match &self.log {
            Some(directory) => {
                let gathered = Gathered::read(Wanted::All, directory)?;
                let records = gathered.records();
                if records.is_empty() {
                    let directory = directory.display();
                    return Err(format!(
                        "no decision is logged in `{directory}`; give the directory of a `tact run --data`"
                    )
                    .into());
                }
                let (found, latest) = opportunities(&records, gathered.learned(), &catalogue, &models)?;
                (learn_bids(&found, latest)?, None)
            }
            None => {
                let Self { towns, cap: scarce, chatty, .. } = *self;
                let towns = Towns { catalogue: &catalogue, models: &models, towns, scarce, chatty };
                let bar = ProgressBar::new(towns.plays());
                let (table, found) = towns.learn(&|| bar.inc(1))?;
                let measured = towns.measure(&table, found, &|| bar.inc(1))?;
                bar.finish_and_clear();
                (table, Some(measured))
            }
        };
        if let Some(path) = &self.out {
            let failed = |error: io::Error| format!("cannot write `{}`: {error}", path.display());
            std::fs::write(path, table.encode()).map_err(failed)?;
        }
        let text = if self.json { told(&table, measured.as_ref()) } else { text(&table, measured.as_ref()) };
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn text(table: &BidTable, measured: Option<&Measured>) -> String {
    let measured = measured.map_or(String::new(), |measured| format!("\n{}", measured.text()));
    format!("{}{measured}", prices(table))
}

fn told(table: &BidTable, measured: Option<&Measured>) -> String {
    format!("{}\n", json!({ "learnt_from": table.learnt_from(), "measured": measured }))
}

/// So many contacts in so many days.
fn scarce(text: &str) -> Result<Scarce, String> {
    let parts = text.strip_suffix('d').and_then(|text| text.split_once('/'));
    let read = parts.and_then(|(most, days)| Some(Scarce { most: most.parse().ok()?, days: days.parse().ok()? }));
    let sound = read.filter(|scarce| scarce.most > 0 && (1..=31).contains(&scarce.days));
    sound.ok_or_else(|| "write a number of contacts and of days up to 31, such as 1/30d".to_owned())
}
