//! `tact explain`: why something was decided, and why not. Nothing is changed by it.

mod ask;
pub(super) mod times;
mod visitor;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use tact_decide::Catalogue;
use tact_domain::{ProfileType, Timestamp, Trigger};
use tact_wire::Recorded;

use super::CommandError;
use super::chosen::Chosen;
use super::day::{Day, instant};
use super::ground::{Ended, played, read};
use crate::explain::{Explainer, Gathered, Wanted};
use crate::stack::Kept;
use ask::Asked;

/// The arguments of `tact explain`.
#[derive(Args, Debug)]
pub(super) struct Explain {
    /// Whose decisions, capitals do not matter; or one decision, by its id `d-...`
    #[arg(value_name = "NAME", required_unless_present = "store")]
    who: Option<String>,
    /// Events as NDJSON, `.gz` too; `-` reads standard input [default: a day in town]
    #[arg(conflicts_with = "data")]
    file: Option<PathBuf>,
    /// Explain what a `tact run --data` kept in this directory, instead of playing a file
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The latest decision alone
    #[arg(long, conflicts_with_all = ["event", "placement", "store"])]
    last: bool,
    /// Imagine this event, as JSON or in a file; only `type` and `data` have to be there
    #[arg(long, value_name = "JSON|FILE", conflicts_with_all = ["placement", "store"])]
    event: Option<String>,
    /// Imagine the customer looking at this place
    #[arg(long, value_name = "PLACE", conflicts_with = "store")]
    placement: Option<String>,
    /// How many things that place shows at once
    #[arg(long, value_name = "N", default_value_t = 1, requires = "placement", value_parser = clap::value_parser!(u8).range(1..=20))]
    slots: u8,
    /// Imagine it at this time [default: when the events end; an event may say its own]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
    /// What happened in this store, without anybody's name
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// What a visitor to the store would find of whom no more is known than this type
    #[arg(long = "type", value_name = "TYPE", requires = "store", value_parser = visitor::type_named, conflicts_with_all = ["data", "from", "to"])]
    kind: Option<ProfileType>,
    /// What that visitor does [default: open]
    #[arg(long, value_name = "TRIGGER", requires = "kind", value_parser = visitor::trigger_named)]
    trigger: Option<Trigger>,
    /// From this time on: `11:00` of the day on which most was decided, or an instant [default: the beginning of that day]
    #[arg(long, value_name = "TIME", requires = "store")]
    from: Option<String>,
    /// Until before this time [default: the end of the day]
    #[arg(long, value_name = "TIME", requires = "store")]
    to: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// What there is to explain.
struct Ground {
    kept: Kept,
    /// The catalogue in force.
    catalogue: Catalogue,
    records: Vec<Recorded>,
    /// When the events end.
    ends: Timestamp,
    /// The hash of the state before anything was explained.
    state: String,
}

/// What is printed for machines: the answer, and the hash of the state before and after.
#[derive(Serialize)]
struct Answer<'a, T: Serialize> {
    #[serde(flatten)]
    answer: &'a T,
    state_hash: StateHash,
}

#[derive(Serialize)]
struct StateHash {
    before: String,
    after: String,
}

impl Explain {
    /// Plays the file in memory, or reads what is kept, and tells what was asked.
    pub(super) fn run(mut self) -> Result<ExitCode, CommandError> {
        if self.store.is_some() && self.file.is_none() {
            // Nobody is asked about: what stands in their place is the file.
            self.file = self.who.take().map(PathBuf::from);
        }
        let catalogue = self.chosen.read()?;
        if let Some(kind) = self.kind {
            return visitor::run(&self, kind, &catalogue);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let asked = Asked::of(&self)?;
        let (asked, ground) = match &self.data {
            Some(directory) => runtime.block_on(stored(directory, catalogue, asked))?,
            None => runtime.block_on(happened(self.file.as_deref(), catalogue, asked))?,
        };
        let models = tact_aws::models()?;
        let explainer = Explainer { kept: &ground.kept, catalogue: &ground.catalogue, models: &models };
        let text = asked.answer(&self, &explainer, &ground)?;
        // Asked once more, where it lies.
        let after = match &self.data {
            Some(directory) => runtime.block_on(read(directory, ground.catalogue.clone()))?.0.state_hash(),
            None => ground.kept.state_hash(),
        };
        if after != ground.state {
            return Err("the state is not what it was before: something else writes to it; ask again".into());
        }
        let text = text(&after)?;
        io::stdout().lock().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What a directory keeps, and its log.
async fn stored(directory: &Path, given: Catalogue, asked: Asked) -> Result<(Asked, Ground), CommandError> {
    let (kept, catalogue) = read(directory, given).await?;
    let names = kept.facets.iter().map(|(customer, ..)| customer.as_str()).collect();
    let asked = asked.known(&names)?;
    let failed = |error| format!("cannot read the decision log in `{}`: {error}", directory.display());
    let gathered = Gathered::read(asked.wanted()?, directory).map_err(failed)?;
    let (ends, state) = (gathered.latest().unwrap_or(Timestamp(0)), kept.state_hash());
    Ok((asked, Ground { kept, catalogue, records: gathered.records(), ends, state }))
}

/// What a file comes to when it is played in memory.
async fn happened(file: Option<&Path>, catalogue: Catalogue, asked: Asked) -> Result<(Asked, Ground), CommandError> {
    let day = Day::read(file, false)?;
    let names = day.arrivals.iter().map(|arrival| arrival.customer.as_str()).filter(|name| !name.is_empty()).collect();
    let asked = asked.known(&names)?;
    let mut gathered = Gathered::of(asked.wanted()?);
    let Ended { played, ends, .. } = played(day, &catalogue, &mut [&mut gathered]).await?;
    let state = played.summary.state_hash;
    Ok((asked, Ground { kept: played.kept, catalogue, records: gathered.records(), ends, state }))
}

/// The answer, for people or for machines, once the hash of the state afterwards is known.
type Printed = Box<dyn FnOnce(&str) -> Result<String, CommandError>>;

/// Puts an answer as it was asked for.
fn printed<T: Serialize + 'static>(answer: T, text: String, json: bool, before: &str) -> Printed {
    let before = before.to_owned();
    Box::new(move |after| {
        if !json {
            return Ok(text);
        }
        let state_hash = StateHash { before, after: after.to_owned() };
        Ok(format!("{}\n", serde_json::to_string(&Answer { answer: &answer, state_hash })?))
    })
}
