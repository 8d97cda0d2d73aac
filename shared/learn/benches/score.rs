//! Nanoseconds a row: our scorers, bound and unbound, and smartcore's own prediction by the very same forest. Fails when a forest of
//! 100 trees of 31 leaves takes longer than it may.
#![expect(clippy::print_stdout, reason = "a bench measures time and prints it")]

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use tact_learn::{Examples, Growth, fit_forest, fit_logistic, generate, import_lightgbm};
use tact_model::{Card, Model, Quality, Scorer};

const ROWS: usize = 2_000;
const ROUNDS: usize = 51;
const SEED: u64 = 1;
const TREES: usize = 100;
const LEAVES: usize = 31;
/// Leaves hold at least one part in so many of the rows, which makes 31 of them or more on average.
const GROWTH: Growth = Growth { trees: TREES, depth: 8, leaves: 50, tried: 16 };
/// The most a row may take, in the quickest round: others on the machine make rounds slower, and none quicker.
const MOST_NS: f64 = 1_500.0;

fn main() -> Result<(), Box<dyn Error>> {
    let (fitted, examples) = (generate(SEED, 8_000), generate(2, ROWS));
    let schema: Vec<&str> = examples.features.iter().map(String::as_str).rev().collect();
    println!("{:<44} {:>9} {:>9}   {ROUNDS} rounds", "nanoseconds a row", "quickest", "median");
    let logistic = model(&fitted, Scorer::Logistic(fit_logistic(&fitted, 1.0)?))?;
    report("logistic regression", || sum(&examples, |row| logistic.probability(row)));

    let forest = model(&fitted, Scorer::Forest(fit_forest(&fitted, GROWTH, SEED)?))?;
    let bound = forest.bind(&schema)?;
    let averaged = report(&format!("forest, {}", shape(&forest)), || sum(&examples, |row| forest.probability(row)));
    report("forest, bound by name", || sum(&examples, |row| bound.probability(row)));
    let (rows, theirs) = (DenseMatrix::from_2d_vec(&examples.rows)?, smartcore_forest(&fitted)?);
    for (row, theirs) in examples.rows.iter().zip(theirs.predict(&rows)?) {
        if (forest.probability(row) - theirs).abs() > 1e-6 {
            return Err("smartcore's forest is another one".into());
        }
    }
    report("forest, the same in smartcore", || theirs.predict(&rows).map_or(0.0, |all| all.iter().sum()));

    let boosted = import_lightgbm(&leaf_by_leaf(&examples)?, "leaf by leaf")?;
    let boosted_ns =
        report(&format!("boosted, {}", shape(&boosted)), || sum(&examples, |row| boosted.probability(row)));
    let bytes = boosted.encode();
    println!("{:<44} {:>9.1} us", "decode and check the boosted forest", quickest(&rounds(|| decoded(&bytes))) / 1e3);
    if averaged.max(boosted_ns) > MOST_NS {
        return Err(format!("slower than it may be: at most {MOST_NS} ns a row").into());
    }
    Ok(())
}

fn model(fitted: &Examples, scorer: Scorer) -> Result<Model, Box<dyn Error>> {
    let card = Card {
        name: "bench".to_owned(),
        features: fitted.features.clone(),
        label: "the offer is accepted".to_owned(),
        trained_on: "generated situations".to_owned(),
        rows: 8_000,
        seed: SEED,
        quality: Quality { rows: 0, auc: 0.5, log_loss: 0.0, brier: 0.0 },
    };
    Ok(Model::new(card, scorer)?)
}

/// How many trees, and leaves a tree on average.
fn shape(model: &Model) -> String {
    let Scorer::Forest(forest) = model.scorer() else { return String::new() };
    let trees = forest.trees();
    let leaves: usize = trees.iter().map(|tree| tree.len().div_ceil(2)).sum();
    format!("{} trees of {} leaves", trees.len(), leaves / trees.len().max(1))
}

type SmartcoreForest = RandomForestRegressor<f32, f64, DenseMatrix<f32>, Vec<f64>>;

/// The forest that ours was taken out of: the same rows, the same growth, the same seed.
fn smartcore_forest(fitted: &Examples) -> Result<SmartcoreForest, Box<dyn Error>> {
    let rows = DenseMatrix::from_2d_vec(&fitted.rows)?;
    let labels: Vec<f64> = fitted.labels.iter().map(|label| f64::from(u8::from(*label))).collect();
    let parameters = RandomForestRegressorParameters::default()
        .with_n_trees(GROWTH.trees)
        .with_max_depth(GROWTH.depth)
        .with_min_samples_leaf(fitted.rows.len() / GROWTH.leaves + 1)
        .with_m(GROWTH.tried)
        .with_seed(SEED);
    Ok(RandomForestRegressor::fit(&rows, &labels, parameters)?)
}

/// A LightGBM model whose trees have exactly 31 leaves and were split leaf by leaf, at values of the rows: some branches are
/// three times as deep as others, as in models that were trained.
fn leaf_by_leaf(examples: &Examples) -> Result<String, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let features = examples.features.len();
    let mut text = format!(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx={}\nobjective=binary sigmoid:1\n\
         feature_names={}\ntree_sizes={}\n\n",
        features - 1,
        examples.features.join(" "),
        "0 ".repeat(TREES)
    );
    for tree in 0..TREES {
        let (mut feature, mut threshold, mut kind) = (Vec::new(), Vec::new(), Vec::new());
        let (mut left, mut right): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
        for split in 0..LEAVES - 1 {
            // The leaf that was split last is split again more often than the others.
            let leaf = if random.random_bool(0.3) { split } else { random.random_range(0..=split) };
            let (old, new) = (!i64::try_from(leaf)?, !i64::try_from(split + 1)?);
            for child in left.iter_mut().chain(&mut right).filter(|child| **child == old) {
                *child = i64::try_from(split)?;
            }
            let at = random.random_range(0..features);
            let row = examples.rows.get(random.random_range(0..examples.rows.len())).ok_or("no rows")?;
            feature.push(at);
            threshold.push(row.get(at).copied().unwrap_or(0.0));
            kind.push(if random.random_bool(0.5) { 8 } else { 10 });
            left.push(old);
            right.push(new);
        }
        let leaves: Vec<f64> = (0..LEAVES).map(|_| random.random_range(-0.1..0.1)).collect();
        write!(
            text,
            "Tree={tree}\nnum_leaves={LEAVES}\nsplit_feature={}\nthreshold={}\ndecision_type={}\nleft_child={}\n\
             right_child={}\nleaf_value={}\n\n",
            list(&feature),
            list(&threshold),
            list(&kind),
            list(&left),
            list(&right),
            list(&leaves)
        )?;
    }
    text.push_str("end of trees\n");
    Ok(text)
}

fn list<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

fn sum(examples: &Examples, score: impl Fn(&[f32]) -> f64) -> f64 {
    examples.rows.iter().map(|row| score(row)).sum()
}

fn decoded(bytes: &[u8]) -> f64 {
    Model::decode(bytes).map_or(0.0, |_| 1.0)
}

/// Prints what a row takes, and returns what it takes in the quickest round.
fn report(name: &str, all_rows: impl Fn() -> f64) -> f64 {
    let rows = f64::from(u32::try_from(ROWS).unwrap_or(u32::MAX));
    let rounds = rounds(all_rows);
    let median = rounds.get(ROUNDS / 2).copied().unwrap_or(f64::NAN);
    println!("{name:<44} {:>9.0} {:>9.0}", quickest(&rounds) / rows, median / rows);
    quickest(&rounds) / rows
}

fn quickest(rounds: &[f64]) -> f64 {
    rounds.first().copied().unwrap_or(f64::NAN)
}

/// The times of the rounds in nanoseconds, the quickest first.
fn rounds(call: impl Fn() -> f64) -> Vec<f64> {
    let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| timed(&call)).collect();
    rounds.sort_unstable_by(f64::total_cmp);
    rounds
}

fn timed(call: impl Fn() -> f64) -> f64 {
    let start = Instant::now();
    black_box(call());
    start.elapsed().as_secs_f64() * 1e9
}
