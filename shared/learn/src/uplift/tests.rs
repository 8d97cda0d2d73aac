//! Trials with a planted truth: what is there is found, and what is not is found no more often than was said.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::sample::Column;

/// A made-up customer: two columns that were known, the arm and the outcome.
type Row = (u8, f64, usize, bool);

/// Draws a trial of two arms and more; `rate` is of the segment, the number and the arm.
fn drawn(seed: u64, customers: usize, arms: usize, rate: impl Fn(u8, f64, usize) -> f64) -> Vec<Row> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let row = |nth: usize| {
        let (segment, number, arm) = (rng.random_range(0..4_u8), rng.random::<f64>(), nth % arms);
        (segment, number, arm, rng.random::<f64>() < rate(segment, number, arm))
    };
    (0..customers).map(row).collect()
}

/// What is written of each customer.
fn written(rows: &[Row]) -> [Vec<String>; 2] {
    [rows.iter().map(|row| format!("segment {}", row.0)).collect(), rows.iter().map(|row| row.1.to_string()).collect()]
}

fn trial<'a>(rows: &[Row], [segments, numbers]: &'a [Vec<String>; 2]) -> Trial<'a> {
    let column = |name: &str, cells: &'a [String]| Column::read(name, cells.iter().map(String::as_str), None).unwrap();
    let names = ["control", "letter", "call"];
    let arms = rows.iter().map(|row| row.2).max().unwrap_or(0) + 1;
    Trial {
        sample: Sample {
            columns: vec![column("segment", segments), column("number", numbers)],
            labels: rows.iter().map(|row| row.3).collect(),
            weights: vec![1.0; rows.len()],
        },
        arm_of: rows.iter().map(|row| row.2).collect(),
        arms: names.iter().take(arms).map(|name| Arm { name: (*name).to_owned(), share: 1.0 }).collect(),
    }
}

fn measured(rows: &[Row], test: Option<&[Row]>, seed: u64) -> Measure {
    let cells = written(rows);
    let test_cells = test.map(written);
    let test = test.zip(test_cells.as_ref()).map(|(rows, cells)| trial(rows, cells));
    trial(rows, &cells).measure(test.as_ref(), seed, &|_, _| ()).unwrap()
}

/// Letters work on one segment of four alone; calls work on everybody alike.
fn planted(segment: u8, _: f64, arm: usize) -> f64 {
    match arm {
        1 if segment == 2 => 0.35,
        2 => 0.3,
        _ => 0.15,
    }
}

#[test]
fn a_treatment_that_works_on_some_is_found_and_one_that_works_on_all_is_not_ranked() {
    let rows = drawn(1, 9_000, 3, planted);
    let found = measured(&rows, None, 1);
    let [(letter, some), (call, all)] = found.treatments.as_slice() else { panic!("{found:?}") };
    assert_eq!([letter.as_str(), call.as_str()], ["letter", "call"]);
    assert!(some.detectable && some.qini > some.qini_random.mean + 4.0 * some.qini_random.sd, "{some:?}");
    // The segment is a quarter of the customers: of 20 points there are 5 / 6 among the highest three tenths, half among the higher half, a quarter in all.
    let tops = some.uplift_at.unwrap();
    assert!(
        tops.three_tenths.estimate.holds(1.0 / 6.0) && tops.half.estimate.holds(0.1) && some.ate.estimate.holds(0.05),
        "{some:?}"
    );
    assert!(!all.detectable && all.uplift_at.is_none() && all.ate.estimate.holds(0.15) && all.ate.p < 1e-9, "{all:?}");
    assert!(found.sample_ratio.unwrap().p > 0.99 && found.suspects.is_empty());
    assert!(some.balance.iter().all(|column| column.p > 0.01 && column.difference.abs() < 0.1), "{:?}", some.balance);
    assert_eq!(found, measured(&rows, None, 1), "the same seed, the same figures");
}

#[test]
fn a_ranking_of_one_trial_is_measured_on_another() {
    let (rows, test) = (drawn(2, 4_000, 2, planted), drawn(3, 3_000, 2, planted));
    let found = measured(&rows, Some(&test), 1);
    let [(_, letter)] = found.treatments.as_slice() else { panic!("{found:?}") };
    assert_eq!(letter.n, Pair { treated: 1_500, control: 1_500 });
    assert!(letter.detectable && letter.qini > letter.qini_mde, "{letter:?}");
}

#[test]
fn what_is_not_there_is_found_about_as_often_as_was_said() {
    // The outcome depends on what is known, the effect of the letter does not.
    let alike = |segment: u8, number: f64, arm: usize| {
        0.1 + 0.1 * f64::from(segment) + 0.2 * number + if arm == 1 { 0.1 } else { 0.0 }
    };
    let found = (0..60).filter(|seed| {
        let found = measured(&drawn(100 + seed, 600, 2, alike), None, *seed);
        found.treatments.iter().any(|(_, letter)| letter.detectable)
    });
    // One of twenty: 3 of 60, at most 8 in 99 of 100 cases.
    let found = found.count();
    assert!(found <= 8, "{found} of 60");
}

#[test]
fn what_was_known_afterwards_is_left_out() {
    let rows = drawn(5, 2_000, 2, |_, _, arm| if arm == 1 { 0.3 } else { 0.2 });
    let mut cells = written(&rows);
    for (cell, row) in cells[1].iter_mut().zip(&rows) {
        *cell = if row.3 { format!("{}", 10.0 * row.1) } else { "0".to_owned() };
    }
    let found = trial(&rows, &cells).measure(None, 1, &|_, _| ()).unwrap();
    let names: Vec<&str> = found.suspects.iter().map(|suspect| suspect.column.as_str()).collect();
    assert_eq!(names, ["number"]);
    assert!(found.treatments.iter().all(|(_, letter)| !letter.detectable));
}

#[test]
fn a_trial_that_is_too_small_or_knows_nothing_is_refused() {
    let rows = drawn(6, 90, 2, planted);
    let refused = trial(&rows, &written(&rows)).measure(None, 1, &|_, _| ()).unwrap_err();
    assert_eq!(refused.to_string(), "the arm `control` has 45 rows, and at least 50 are needed");
    let rows = drawn(6, 400, 2, planted);
    let cells = written(&rows);
    let mut blind = trial(&rows, &cells);
    blind.sample.columns.clear();
    let refused = blind.measure(None, 1, &|_, _| ()).unwrap_err();
    assert_eq!(refused.to_string(), "no column is left that could tell on whom a treatment works");
}

#[test]
fn arms_of_another_size_than_declared_are_noticed() {
    let mut rows = drawn(7, 2_000, 2, planted);
    rows.retain({
        let mut nth = 0;
        move |row| {
            nth += 1;
            row.2 == 0 || nth % 4 != 0
        }
    });
    let found = measured(&rows, None, 1);
    assert!(found.sample_ratio.unwrap().p < 1e-6);
    let cells = written(&rows);
    let mut declared = trial(&rows, &cells);
    declared.arms[1].share = 0.5;
    let found = declared.measure(None, 1, &|_, _| ()).unwrap();
    assert!(found.treatments[0].1.srm_p.unwrap() > 0.9, "half as many were meant");
}
