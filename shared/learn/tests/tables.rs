//! Models learnt from made-up tables whose truth is known, through the artefact: what is learnt, what is refused, and that the seed decides everything.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU64, Ordering};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tact_learn::{Candidate, Choice, Column, Kind, LearnError, Learnt, Plan, Sample, learn};
use tact_model::{Cell, Model};

/// The cells of a table as people write them: an age that is missing now and then, a channel, a visit count, a comment and an identifier.
struct Written {
    rows: Vec<[String; 5]>,
    labels: Vec<bool>,
}

const NAMES: [&str; 5] = ["age", "channel", "visits", "said", "id"];

/// The truth: e-mail is worse than sms and push better, those who keep their age to themselves accept less, visits help up to five and harm above, and
/// whoever says that something was late does not accept.
fn written(seed: u64, rows: usize) -> Written {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut made = Written { rows: Vec::new(), labels: Vec::new() };
    for row in 0..rows {
        let (age, visits) = (rng.random_range(18_u32..80), rng.random_range(0_u32..10));
        let (kept, channel) = (rng.random::<f64>() < 0.2, rng.random_range(0_u32..3));
        let (late, word) = (rng.random::<f64>() < 0.3, rng.random_range(0_u32..4));
        let odds = [-0.8, 0.0, 0.8][channel as usize]
            + if kept { -1.0 } else { f64::from(age) / 40.0 - 1.2 }
            + if visits <= 5 { f64::from(visits) / 2.5 - 1.0 } else { -1.5 }
            + if late { -1.5 } else { 0.5 };
        let said = format!(
            "{} {}",
            ["all was", "my order is", "THIS was", "so"][word as usize],
            if late { "Late" } else { "fine!" }
        );
        let age = if kept { "n/a".to_owned() } else { age.to_string() };
        made.rows.push([
            age,
            ["email", "sms", "push"][channel as usize].to_owned(),
            visits.to_string(),
            said,
            format!("p-{seed}-{row}"),
        ]);
        made.labels.push(rng.random::<f64>() < 1.0 / (1.0 + libm::exp(-odds)));
    }
    made
}

impl Written {
    fn sample(&self) -> Sample<'_> {
        let column = |(at, name): (usize, &&str)| {
            let kind = (*name == "said").then_some(Kind::Text);
            Column::read(name, self.rows.iter().map(|row| row[at].as_str()), kind).unwrap()
        };
        Sample {
            columns: NAMES.iter().enumerate().map(column).collect(),
            labels: self.labels.clone(),
            weights: vec![1.0; self.labels.len()],
        }
    }
}

fn plan(choice: Choice, seed: u64) -> Plan {
    let [name, label, trained_on] = ["accept", "`accepted` is `yes`", "made.csv"].map(str::to_owned);
    Plan { choice, seed, name, label, trained_on }
}

fn learnt(sample: &Sample<'_>, test: Option<&Sample<'_>>, choice: Choice) -> Learnt {
    learn(sample, test, &plan(choice, 1), &|_, _| ()).unwrap()
}

fn without<'a>(mut sample: Sample<'a>, column: &str) -> Sample<'a> {
    sample.columns.retain(|own| own.name != column);
    sample
}

#[test]
fn an_artefact_scores_raw_rows_by_itself_as_it_was_measured() {
    let (made, other) = (written(1, 2_000), written(2, 1_000));
    for choice in [Choice::Logistic, Choice::Forest, Choice::Auto] {
        let learnt = learnt(&made.sample(), Some(&other.sample()), choice);
        let test = learnt.test.unwrap();
        let model = Model::decode(&learnt.model.encode()).unwrap();
        let mut slots = vec![0.0; model.width()];
        let places = model.feature_names().iter().map(|name| NAMES.iter().position(|own| own == name).unwrap());
        let places: Vec<usize> = places.collect();
        let mut off = 0.0;
        for (row, label) in other.rows.iter().zip(&other.labels) {
            let cells: Vec<Cell<'_>> = places.iter().map(|place| Cell::of(&row[*place])).collect();
            off += (model.probability_of(&cells, &mut slots) - f64::from(u8::from(*label))).powi(2);
        }
        assert!((off / 1_000.0 - test.brier.value).abs() < 1e-9, "{choice:?}");
        assert!(test.auc.value > 0.75 && test.calibration_error.value < 0.06, "{choice:?} {test:?}");
        assert!((test.auc.value - learnt.crossed.auc.value).abs() < 0.05, "what is promised is kept: {choice:?}");
        assert_eq!(learnt.ignored.iter().map(|(column, _)| column.as_str()).collect::<Vec<_>>(), ["id"]);
        assert!(learnt.leaks.is_empty());
    }
}

#[test]
fn the_seed_decides_every_byte() {
    let made = written(3, 600);
    let made = without(made.sample(), "said");
    let bytes = |seed| learn(&made, None, &plan(Choice::Forest, seed), &|_, _| ()).unwrap().model.encode();
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn what_bends_is_left_to_a_forest_and_what_is_straight_to_a_regression() {
    let bent = written(4, 3_000);
    let bent = without(bent.sample(), "said");
    assert!(matches!(learnt(&bent, None, Choice::Auto).chosen, Candidate::Forest(_)));
    let mut straight = bent.clone();
    let visits = straight.columns.iter().position(|column| column.name == "visits").unwrap();
    straight.columns.truncate(visits);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for row in 0..straight.labels.len() {
        let age = f64::from(straight.columns[0].cells[row].number().unwrap_or(0.0));
        straight.labels[row] = rng.random::<f64>() < 1.0 / (1.0 + libm::exp(1.5 - age / 25.0));
    }
    assert!(matches!(learnt(&straight, None, Choice::Auto).chosen, Candidate::Logistic(_)));
}

#[test]
fn rows_without_weight_are_as_if_they_were_not_there() {
    let made = written(6, 1_500);
    let mut sample = without(made.sample(), "said");
    // The last third says the contrary, and does not count.
    for row in 1_000..1_500 {
        sample.labels[row] = !sample.labels[row];
        sample.weights[row] = 0.0;
    }
    let mut first = sample.clone();
    first.labels.truncate(1_000);
    first.weights.truncate(1_000);
    first.columns.iter_mut().for_each(|column| column.cells.truncate(1_000));
    for choice in [Choice::Logistic, Choice::Forest] {
        let [all, first] = [&sample, &first].map(|sample| learnt(sample, None, choice).crossed.auc);
        assert!((all.value - first.value).abs() < 0.03, "{choice:?} {all:?} {first:?}");
    }
}

#[test]
fn a_table_that_teaches_nothing_is_refused() {
    let made = written(7, 40);
    let mut sample = made.sample();
    sample.labels.fill(false);
    sample.labels[..4].fill(true);
    let refused = learn(&sample, None, &plan(Choice::Auto, 1), &|_, _| ()).unwrap_err();
    assert!(matches!(refused, LearnError::TooFew { which: "positive", found: 4 }), "{refused}");
    sample.labels[..10].fill(true);
    sample.columns.retain(|column| column.name == "id");
    let refused = learn(&sample, None, &plan(Choice::Auto, 1), &|_, _| ()).unwrap_err();
    assert!(matches!(refused, LearnError::NoColumn), "{refused}");
}

#[test]
fn a_regression_over_plain_numbers_is_one_that_any_row_of_numbers_binds_to() {
    let made = written(8, 400);
    let mut sample = made.sample();
    sample.columns.retain(|column| column.name == "visits");
    let learnt = learnt(&sample, None, Choice::Logistic);
    assert!(learnt.model.encoding().is_none() && learnt.model.calibration().is_none());
    let bound = learnt.model.bind(&["hour", "visits"]).unwrap();
    assert_eq!(bound.probability(&[9.0, 3.0]).to_bits(), learnt.model.probability(&[3.0]).to_bits());
}

#[test]
fn progress_ends_where_it_said_it_would() {
    let made = written(9, 200);
    let (last, told) = (AtomicU64::new(0), AtomicU64::new(0));
    let progress = |done: u64, of: u64| {
        assert!(done <= of);
        told.fetch_add(1, Ordering::Relaxed);
        last.store(of - done, Ordering::Relaxed);
    };
    learn(&without(made.sample(), "said"), None, &plan(Choice::Logistic, 1), &progress).unwrap();
    assert!(told.into_inner() >= 6 && last.into_inner() == 0);
}
