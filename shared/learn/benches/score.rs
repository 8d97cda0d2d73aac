//! Nanoseconds a row: our scorers, bound and unbound, beside smartcore's own prediction by a forest of the same size.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]

use std::hint::black_box;
use std::time::Instant;

use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use tact_learn::{Examples, First, generate, train_first};

const ROWS: usize = 2_000;
const ROUNDS: usize = 31;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let First { forest, logistic, .. } = train_first(1)?;
    let examples = generate(2, ROWS);
    let schema: Vec<&str> = examples.features.iter().map(String::as_str).rev().collect();
    let bound = forest.bind(&schema)?;
    let bytes = forest.encode();
    println!("{:<24} {:>9}", "median of 31 rounds", "ns a row");
    report("logistic", || sum(&examples, |row| logistic.probability(row)));
    report("forest", || sum(&examples, |row| forest.probability(row)));
    report("forest, bound by name", || sum(&examples, |row| bound.probability(row)));
    let (rows, theirs) = smartcore_forest(&examples)?;
    report("forest, smartcore", || theirs.predict(&rows).map_or(0.0, |all| all.iter().sum()));
    println!(
        "{:<24} {:>9.1}",
        "decode forest, us",
        median(|| tact_model::Model::decode(&bytes).map_or(0.0, |_| 1.0)) / 1e3
    );
    Ok(())
}

type SmartcoreForest = RandomForestRegressor<f32, f64, DenseMatrix<f32>, Vec<f64>>;

/// A forest of 100 trees with leaves of the size that the first model has, fitted to the very rows.
fn smartcore_forest(examples: &Examples) -> Result<(DenseMatrix<f32>, SmartcoreForest), Box<dyn std::error::Error>> {
    let rows = DenseMatrix::from_2d_vec(&examples.rows)?;
    let labels: Vec<f64> = examples.labels.iter().map(|label| f64::from(u8::from(*label))).collect();
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(100)
        .with_max_depth(8)
        .with_min_samples_leaf(ROWS / 31 + 1)
        .with_m(16);
    let forest = RandomForestRegressor::fit(&rows, &labels, parameters)?;
    Ok((rows, forest))
}

fn sum(examples: &Examples, score: impl Fn(&[f32]) -> f64) -> f64 {
    examples.rows.iter().map(|row| score(row)).sum()
}

fn report(name: &str, all_rows: impl Fn() -> f64) {
    let rows = f64::from(u32::try_from(ROWS).unwrap_or(u32::MAX));
    println!("{name:<24} {:>9.0}", median(all_rows) / rows);
}

/// The median time of a call in nanoseconds.
fn median(call: impl Fn() -> f64) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| timed(&call)).collect();
    rounds.sort_unstable_by(f64::total_cmp);
    rounds.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
}

fn timed(call: impl Fn() -> f64) -> f64 {
    let start = Instant::now();
    black_box(call());
    start.elapsed().as_secs_f64() * 1e9
}
