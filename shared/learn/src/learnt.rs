//! A model learnt from a table: candidates compared by cross-validation, the best of them fitted to all rows, calibrated, measured, and asked for leaks.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use tact_model::{Calibration, Card, Cell, Model, ModelError, Quality, Scorer};

use crate::alarm::{Leak, leaks, most_regressions};
use crate::calibrate::{fit_calibration, folded};
use crate::crossed::{Family, calibrate, cross, parts};
use crate::encode::rare;
use crate::examples::count;
use crate::fit::{FitError, Growth};
use crate::label::LabelError;
use crate::measure::{Measured, losses};
use crate::sample::{Kind, NotANumber, Sample};

/// Penalties of the regressions, the strongest first: a weaker one is chosen when it is told apart from it (the rule of one standard error; Breiman et al.,
/// Classification and Regression Trees, 1984, 3.4.3), as a strong one holds better when times change.
const PENALTIES: [f64; 4] = [100.0, 10.0, 1.0, 0.3];
/// Forests, from the smallest on; how many features a split tries depends on how many there are: two of five.
const GROWTHS: [Growth; 2] =
    [Growth { trees: 100, depth: 8, leaves: 31, tried: 1 }, Growth { trees: 100, depth: 12, leaves: 127, tried: 1 }];
/// The fewest rows of each label.
const FEWEST: usize = 5;

/// What to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A regression; its penalty is chosen.
    Logistic,
    /// A forest; its size is chosen.
    Forest,
    /// Whichever does best: the plainer one when chance could have made the difference. With a text among the columns: a regression, as a tree asks about one word at a time.
    Auto,
}

/// What is to be learnt and what the card is to say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Which candidates there are.
    pub choice: Choice,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// The name of the model.
    pub name: String,
    /// What a probability of 1 would mean.
    pub label: String,
    /// Where the rows came from, in words.
    pub trained_on: String,
}

/// A model with all that is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt {
    /// The model.
    pub model: Model,
    /// Which candidate it is.
    pub chosen: Candidate,
    /// All candidates with their cross-validated log loss, in the order they were tried in.
    pub candidates: Vec<(Candidate, f64)>,
    /// How good it is on rows of the table that it was not fitted to: calibration, means and words are of the other parts too.
    pub crossed: Measured,
    /// How good it is on the rows of the test table; `None` without one.
    pub test: Option<Measured>,
    /// The columns that were probably only known afterwards.
    pub leaks: Vec<Leak>,
    /// The columns that were left out, each with the reason.
    pub ignored: Vec<(String, &'static str)>,
}

/// One of the models that are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Candidate {
    /// A regression with this penalty.
    Logistic(f64),
    /// A forest that may grow so far.
    Forest(Growth),
}

impl Candidate {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Logistic(_) => "logistic",
            Self::Forest(_) => "forest",
        }
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Logistic(penalty) => write!(out, "logistic, penalty {penalty}"),
            Self::Forest(Growth { trees, depth, leaves, .. }) => {
                write!(out, "forest, {trees} trees of depth {depth} and {leaves} leaves at most")
            }
        }
    }
}

/// Why nothing was learnt.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// A column of numbers has a text.
    #[error(transparent)]
    NotANumber(#[from] NotANumber),
    /// The label.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// One of the labels is too rare to be learnt.
    #[error("only {found} rows are {which}, and {FEWEST} are needed at least")]
    TooFew {
        /// Which rows.
        which: &'static str,
        /// How many.
        found: usize,
    },
    /// No column is left.
    #[error("no column is left that tells anything")]
    NoColumn,
    /// A model could not be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
}

impl From<ModelError> for LearnError {
    fn from(error: ModelError) -> Self {
        Self::Fit(error.into())
    }
}

/// How far learning has come: parts that are done, of how many at most.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// Learns a model from labelled rows; the same rows, plan and seed give the same model to the byte.
///
/// # Errors
/// When a label has fewer than five rows, no column tells anything, or a model cannot be fitted.
pub fn learn(
    sample: &Sample<'_>,
    test: Option<&Sample<'_>>,
    plan: &Plan,
    progress: Progress<'_>,
) -> Result<Learnt, LearnError> {
    check_labels(&sample.labels)?;
    let (sample, ignored) = useful(sample);
    if sample.columns.is_empty() {
        return Err(LearnError::NoColumn);
    }
    let families = families(plan.choice, &sample);
    let part_of = parts(&sample.labels, plan.seed);
    let steps = (families.len() + most_regressions()) * part_of.iter().max().map_or(0, |last| last + 1) + 1;
    let (done, steps) = (AtomicU64::new(0), u64::try_from(steps).unwrap_or(u64::MAX));
    let step = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, steps);
    let crossed = cross(&families, &sample, &part_of, plan.seed, &step)?;
    let candidates = families.iter().flat_map(candidates_of);
    let mut tried = Vec::new();
    for (candidate, scores) in candidates.zip(&crossed) {
        let answers = calibrate(scores, &sample, &part_of);
        let loss =
            losses(&answers, &sample.labels, &sample.weights).iter().sum::<f64>() / sample.weights.iter().sum::<f64>();
        tried.push((candidate, loss, scores, answers));
    }
    let best = plainest(tried.iter().map(|(.., answers)| answers.as_slice()), &sample);
    let (chosen, _, scores, answers) = tried.get(best).ok_or(LearnError::NoColumn)?;
    let crossed = Measured::of(answers, &sample.labels, &sample.weights, plan.seed);
    let all: Vec<usize> = (0..sample.labels.len()).collect();
    let line = fit_calibration(scores, &sample, &all);
    let leaks = leaks(&sample, &part_of, plan.seed, &step)?;
    let model = fit(*chosen, &sample, &all, line, plan)?;
    progress(steps, steps);
    let test = test.map(|test| measure(&model, test, plan.seed));
    let quality = test.as_ref().unwrap_or(&crossed).quality();
    let model = with_quality(&model, quality)?;
    let candidates = tried.iter().map(|(candidate, loss, ..)| (*candidate, *loss)).collect();
    Ok(Learnt { model, chosen: *chosen, candidates, crossed, test, leaks, ignored })
}

/// The place of the answers to prefer: the first, unless later ones have a lower log loss by more than one standard error of the mean difference of the rows.
/// What is told apart by chance alone is not preferred, so that the plainer model is kept.
fn plainest<'a>(mut tried: impl Iterator<Item = &'a [f64]>, sample: &Sample<'_>) -> usize {
    let Some(first) = tried.next() else { return 0 };
    let losses_of = |answers: &[f64]| losses(answers, &sample.labels, &sample.weights);
    let (mut best, mut kept) = (0, losses_of(first));
    for (place, answers) in (1..).zip(tried) {
        let losses = losses_of(answers);
        let gains: Vec<f64> = kept.iter().zip(&losses).map(|(kept, loss)| kept - loss).collect();
        let rows = count(gains.len().max(1));
        let mean = gains.iter().sum::<f64>() / rows;
        let variance = gains.iter().map(|gain| (gain - mean) * (gain - mean)).sum::<f64>() / rows;
        if mean > (variance / rows).sqrt() {
            (best, kept) = (place, losses);
        }
    }
    best
}

fn check_labels(labels: &[bool]) -> Result<(), LearnError> {
    for (label, which) in [(true, "positive"), (false, "negative")] {
        let found = labels.iter().filter(|own| **own == label).count();
        if found < FEWEST {
            return Err(LearnError::TooFew { which, found });
        }
    }
    Ok(())
}

/// The sample with the columns that can tell something, and those that cannot.
fn useful<'a>(sample: &Sample<'a>) -> (Sample<'a>, Vec<(String, &'static str)>) {
    let rare = rare(sample.labels.len());
    let (mut kept, mut ignored) = (Vec::new(), Vec::new());
    for column in &sample.columns {
        match column.useless(rare) {
            Some(reason) => ignored.push((column.name.clone(), reason)),
            None => kept.push(column.clone()),
        }
    }
    (Sample { columns: kept, labels: sample.labels.clone(), weights: sample.weights.clone() }, ignored)
}

fn families(choice: Choice, sample: &Sample<'_>) -> Vec<Family> {
    let reads = sample.columns.iter().any(|column| column.kind == Kind::Text);
    let forests = GROWTHS
        .into_iter()
        .map(Family::Forest)
        .filter(|_| choice == Choice::Forest || choice == Choice::Auto && !reads);
    let logistic = Some(Family::Logistic(PENALTIES.to_vec())).filter(|_| choice != Choice::Forest);
    logistic.into_iter().chain(forests).collect()
}

fn candidates_of(family: &Family) -> Vec<Candidate> {
    match family {
        Family::Logistic(penalties) => penalties.iter().copied().map(Candidate::Logistic).collect(),
        Family::Forest(growth) => vec![Candidate::Forest(*growth)],
    }
}

/// The chosen candidate, fitted to all rows.
fn fit(
    chosen: Candidate,
    sample: &Sample<'_>,
    rows: &[usize],
    line: Option<Calibration>,
    plan: &Plan,
) -> Result<Model, LearnError> {
    let family = match chosen {
        Candidate::Logistic(penalty) => Family::Logistic(vec![penalty]),
        Candidate::Forest(growth) => Family::Forest(growth),
    };
    let encoding = family.encoding(sample, rows)?;
    let scorer = family.fit(&encoding, sample, rows, plan.seed)?.into_iter().next().ok_or(LearnError::NoColumn)?;
    let (scorer, line) = match (scorer, line) {
        (Scorer::Logistic(logistic), Some(line)) => (Scorer::Logistic(folded(&logistic, line)), None),
        other => other,
    };
    let card = Card {
        name: plan.name.clone(),
        features: sample.columns.iter().map(|column| column.name.clone()).collect(),
        label: plan.label.clone(),
        trained_on: plan.trained_on.clone(),
        rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        seed: plan.seed,
        quality: Quality { rows: 0, auc: 0.5, log_loss: 0.0, brier: 0.0 },
    };
    // A regression over plain numbers says the same without an encoding, and what is missing is the mean in both.
    let needless = encoding.is_plain() && matches!(scorer, Scorer::Logistic(_));
    Ok(Model::encoded(card, scorer, Some(encoding).filter(|_| !needless), line)?)
}

/// How good a model is on labelled rows, which it reads by the names of their columns as it would read any; a column that is not there is missing in all of
/// them. The same seed gives the same intervals.
pub fn measure(model: &Model, test: &Sample<'_>, seed: u64) -> Measured {
    let columns: Vec<_> =
        model.feature_names().iter().map(|name| test.columns.iter().find(|column| column.name == *name)).collect();
    let mut slots = vec![0.0; model.width()];
    let mut row_of = |row: usize| {
        let cells: Vec<Cell<'_>> =
            columns.iter().map(|column| column.map_or(Cell::Missing, |column| column.cell(row))).collect();
        model.probability_of(&cells, &mut slots)
    };
    let answers: Vec<f64> = (0..test.labels.len()).map(&mut row_of).collect();
    Measured::of(&answers, &test.labels, &test.weights, seed)
}

/// The columns of labelled rows that the leak alarm is raised for, as `learn` would; none when there are too few rows of a label to learn from.
///
/// # Errors
/// When a regression cannot be fitted.
pub fn suspects(sample: &Sample<'_>, seed: u64) -> Result<Vec<Leak>, LearnError> {
    if check_labels(&sample.labels).is_err() {
        return Ok(Vec::new());
    }
    Ok(leaks(sample, &parts(&sample.labels, seed), seed, &|| ())?)
}

fn with_quality(model: &Model, quality: Quality) -> Result<Model, ModelError> {
    let card = Card { quality, ..model.card().clone() };
    Model::encoded(card, model.scorer().clone(), model.encoding().cloned(), model.calibration())
}
