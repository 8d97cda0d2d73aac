//! `tact types`: types of customers, found in a decision log.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use tact_domain::{CustomerId, Purpose, Timestamp};
use tact_model::Types;

use super::CommandError;
use super::chosen::Chosen;
use super::ground;
use crate::explain::{Gathered, Wanted};
use crate::types::{Customers, told};

/// The arguments of `tact types`.
#[derive(Args, Debug)]
pub(super) struct FindTypes {
    /// The directory of a `tact run --data`, whose decision log tells of the customers
    #[arg(long, value_name = "DIR")]
    log: PathBuf,
    /// How many types to find; fewer when customers hardly differ
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=32))]
    count: u8,
    /// The same seed and the same log give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Begin again from the types by rule, instead of with the version after the types in use
    #[arg(long)]
    afresh: bool,
    /// Where to write the types, such as shared/catalogue/models/customers.types
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

impl FindTypes {
    /// Finds types, writes them if that is asked for, and says what they are.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let (catalogue, models) = (self.chosen.read()?, tact_aws::models()?);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let gathered = Gathered::read(Wanted::All, &self.log)?;
        let (kept, catalogue) = runtime.block_on(ground::read(&self.log, catalogue))?;
        let ends = gathered.latest().unwrap_or(Timestamp(0));
        let consents = kept.consents();
        let agrees = |customer: &CustomerId| {
            let known = consents.get(customer.as_str());
            known.is_some_and(|known| known.relied_on_anywhere(Purpose::Profiling, ends).is_ok())
        };
        let customers = Customers::of(&gathered.records(), &catalogue, &models, (self.afresh, &agrees));
        if customers.count() == 0 {
            let directory = self.log.display();
            return Err(format!(
                "the log in `{directory}` tells of nobody who agreed to be profiled; give the directory of a `tact run --data`"
            )
            .into());
        }
        let types = customers.types(usize::from(self.count), self.seed)?;
        if let Some(path) = &self.out {
            let failed = |error: io::Error| format!("cannot write `{}`: {error}", path.display());
            std::fs::write(path, types.encode()).map_err(failed)?;
        }
        let sizes = customers.sizes(&types);
        let said = if self.json { as_json(&types, &sizes) } else { told(&types, &sizes) };
        io::stdout().lock().write_all(said.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(types: &Types, sizes: &[u64]) -> String {
    let (features, centres) = types.described();
    let before = types.before().map(|before| json!({ "version": before.version, "overlap": before.overlap }));
    let said = json!({
        "version": types.version(), "customers": sizes, "features": features, "centres": centres, "before": before,
    });
    format!("{said}\n")
}
