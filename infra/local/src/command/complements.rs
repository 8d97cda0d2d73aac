//! `tact complements`: what goes with what, learnt from baskets of one's own, or from made-up ones for the catalogue's goods.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use tact_learn::{Complement, Complements, generate_baskets};

use super::CommandError;
use super::chosen::Chosen;
use crate::table::Table;

/// How many baskets are made up,
const MADE_UP: usize = 40_000;
/// and one of how many is held out to measure on.
const HELD_OUT: usize = 5;
/// How many pairs are shown.
const SHOWN: usize = 10;

/// The arguments of `tact complements`.
#[derive(Args, Debug)]
pub(super) struct GoesWith {
    /// A table with a row for each product on each receipt: CSV, `.gz` too [default: made-up baskets of the
    /// catalogue's goods]
    #[arg(value_name = "TABLE", requires = "basket", requires = "product")]
    table: Option<PathBuf>,
    /// The column that says which receipt
    #[arg(long, value_name = "COL", requires = "table")]
    basket: Option<String>,
    /// The column that says which product
    #[arg(long, value_name = "COL", requires = "table")]
    product: Option<String>,
    /// Where to write what a catalogue reads: its complements.csv
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The same seed makes the same baskets up
    #[arg(long, default_value_t = 1, conflicts_with = "table")]
    seed: u64,
    #[command(flatten)]
    chosen: Chosen,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

impl GoesWith {
    /// Learns, writes what is asked for, and prints the card with the strongest pairs and what became of them in baskets that were held out.
    pub(super) fn run(&self) -> Result<ExitCode, CommandError> {
        let (learnt, measured) = match (&self.table, &self.basket, &self.product) {
            (Some(table), Some(basket), Some(product)) => {
                let table = Table::read(table)?;
                learn(&baskets(&table, table.column(basket)?, table.column(product)?))
            }
            _ => {
                let goods = self.chosen.read()?.goods;
                let products: Vec<_> =
                    goods.products().iter().map(|product| (product.id.as_str(), product.category.as_str())).collect();
                learn(&generate_baskets(self.seed, MADE_UP, &products))
            }
        };
        let mut said = if self.json { told(&learnt, measured) } else { text(&learnt, measured) };
        if let Some(path) = &self.out {
            let bytes = write(path, &learnt)?;
            if !self.json {
                let _in_memory = writeln!(said, "\nwrote {} ({bytes} bytes)", path.display());
            }
        }
        io::stdout().lock().write_all(said.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The baskets of a table, in the order of their names.
fn baskets(table: &Table, basket: usize, product: usize) -> Vec<Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (basket, product) in table.cells(basket).zip(table.cells(product)) {
        found.entry(basket).or_default().push(product);
    }
    found.into_values().collect()
}

/// How many held-out baskets hold both of a pair, as many as chance would have, and as the lifts would.
type Measured = (f64, f64, f64);

/// What all baskets tell, and how well the pairs of four in five of them come true in the fifth.
fn learn(baskets: &[Vec<&str>]) -> (Complements, Measured) {
    let part = |held_out: bool| {
        let of = baskets.iter().enumerate().filter(move |(nth, _)| nth.is_multiple_of(HELD_OUT) == held_out);
        of.map(|(_, basket)| basket.clone())
    };
    (Complements::learn(baskets.iter().cloned()), Complements::learn(part(false)).held_out(part(true)))
}

fn write(path: &Path, learnt: &Complements) -> Result<usize, CommandError> {
    let csv = learnt.csv();
    std::fs::write(path, &csv).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
    Ok(csv.len())
}

fn text(learnt: &Complements, (seen, chance, lifted): Measured) -> String {
    let mut said = learnt.to_string();
    let _in_memory = writeln!(
        said,
        "in one basket of {HELD_OUT}, held out: {seen:.0} with both of a pair; chance has {chance:.0}, these lifts {lifted:.0}\n"
    );
    let mut strongest: Vec<&Complement> = learnt.pairs.iter().collect();
    strongest.sort_by(|a, b| b.lift.total_cmp(&a.lift));
    for Complement { product, with, lift, baskets } in strongest.into_iter().take(SHOWN) {
        let _in_memory = writeln!(said, "{lift:>6.2}  {with} with {product} ({baskets} baskets)");
    }
    said
}

fn told(learnt: &Complements, (seen, chance, lifted): Measured) -> String {
    let pair = |Complement { product, with, lift, baskets }: &Complement| -> Value {
        json!({ "product": product, "with": with, "lift": lift, "baskets": baskets })
    };
    let pairs: Vec<Value> = learnt.pairs.iter().map(pair).collect();
    let held_out = json!({ "seen": seen, "by_chance": chance, "by_lift": lifted });
    format!("{}\n", json!({ "baskets": learnt.baskets, "held_out": held_out, "pairs": pairs }))
}
