//! `tact import`: public data sets as events.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CommandError;
use super::run::progress_bar;
use crate::import::{Consent, Options, Set, busiest_venues, fences, import};

/// The arguments of `tact import`.
#[derive(Args, Debug)]
pub(super) struct Import {
    /// foursquare, geolife, complete-journey or starbucks
    #[arg(value_parser = set)]
    set: Set,
    /// The set's files, gzip or plain, in any order
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
    /// Who is said to have consented: all, none or half of the customers
    #[arg(long, default_value = "none", value_parser = consent)]
    consent: Consent,
    /// At most this many events, the earliest
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Instead of events, write the ten fences of the busiest stays as a stores file (geolife)
    #[arg(long, conflicts_with = "stores")]
    fences: bool,
    /// Instead of events, write the N busiest venues that are no sensitive place as a stores file, and the places of care as zones (foursquare)
    #[arg(long, value_name = "N")]
    stores: Option<usize>,
}

impl Import {
    /// Writes the events, or the stores, to standard output, and what was read to standard error.
    pub(super) fn run(self) -> Result<ExitCode, CommandError> {
        let length = self.files.iter().filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
        let bar = progress_bar(length);
        let mut progress = |bytes| bar.set_position(bytes);
        let mut out = BufWriter::new(io::stdout().lock());
        let said = match (self.fences, self.stores) {
            (true, _) if self.set != Set::Geolife => return Err("--fences goes with geolife".into()),
            (_, Some(_)) if self.set != Set::Foursquare => return Err("--stores goes with foursquare".into()),
            (true, _) => {
                out.write_all(fences(&self.files, &mut progress)?.as_bytes())?;
                "wrote the ten fences of the busiest stays".to_owned()
            }
            (false, Some(count)) => {
                let sensitive = tact_aws::catalogue()?.sensitive;
                out.write_all(busiest_venues(&self.files, count, &sensitive, &mut progress)?.as_bytes())?;
                format!("wrote the {count} busiest venues that are no sensitive place, and near no place of care")
            }
            (false, None) => {
                let options = Options { consent: self.consent, limit: self.limit };
                import(self.set, &self.files, &options, &mut out, &mut progress)?.to_string()
            }
        };
        out.flush()?;
        bar.finish_and_clear();
        writeln!(io::stderr(), "{said}")?;
        Ok(ExitCode::SUCCESS)
    }
}

fn set(name: &str) -> Result<Set, String> {
    Set::parse(name).ok_or_else(|| {
        let known: Vec<_> = Set::ALL.iter().map(|set| set.name()).collect();
        format!("known sets: {}", known.join(", "))
    })
}

fn consent(name: &str) -> Result<Consent, String> {
    Consent::parse(name).ok_or_else(|| "all, none or half".to_owned())
}
