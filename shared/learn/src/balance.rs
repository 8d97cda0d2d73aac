//! Whether those who were treated are like those who were not, as they are when chance decides who is treated; and columns that only came afterwards.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::alarm::{alone, groups};
use crate::crossed::parts;
use crate::examples::count;
use crate::proportion::chi_square_above;
use crate::sample::{Column, Kind, Sample};

/// A column that alone ranks so well explains nearly all of the outcome.
const NEARLY_EVERYTHING: f64 = 0.95;
/// No chance makes the arms of a trial differ so, or an outcome so sure, in one of a million columns.
const NO_CHANCE: f64 = 1e-6;
/// Cells of a table of counts of which fewer are expected are joined.
const FEWEST_EXPECTED: f64 = 5.0;

/// How alike a column is among the treated and the control.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// The column.
    pub column: String,
    /// The standardised mean difference: of numbers the difference of the means over the root of the mean variance, of categories the same for whether a
    /// customer has a value, at the value where it is greatest. 0.1 is usually taken for the most that does not matter (Austin 2009).
    pub difference: f64,
    /// The probability of a column as unlike as this, had chance decided who is treated: the chi-square test of independence, numbers in twenty parts.
    pub p: f64,
}

/// A column that was probably only known afterwards, and why it is thought so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suspect {
    /// The column.
    pub column: String,
    /// Why.
    pub why: &'static str,
}

impl Balance {
    /// Compares a column between the rows that were treated and the others; `treated` says which of `rows` were.
    pub(crate) fn of(column: &Column<'_>, rows: &[usize], treated: &[bool]) -> Self {
        let groups = groups(column);
        let group = |row: &usize| groups.get(*row).copied().unwrap_or_default();
        let difference = match column.kind {
            Kind::Number => {
                let number = |row: &usize| column.cell(*row).number().map(f64::from);
                standardised(rows.iter().map(number).zip(treated))
            }
            Kind::Category | Kind::Text => most_different(rows, treated, group),
        };
        let p = independence(rows.iter().map(group).zip(treated.iter().copied()));
        Self { column: column.name.clone(), difference, p }
    }
}

impl Suspect {
    /// The columns of a trial that cannot have been known before it: those that explain nearly all of the outcome, those with a value (of numbers: a
    /// twentieth) at which the outcome is certain although many have it, and those that differ between the arms as chance never lets them.
    pub(crate) fn among(sample: &Sample<'_>, arms: &[usize], seed: u64) -> Vec<Self> {
        let part_of = parts(&sample.labels, seed);
        let suspect = |column: &Column<'_>| {
            let why = if alone(column, sample, &part_of) >= NEARLY_EVERYTHING {
                "it explains nearly all of the outcome"
            } else if makes_certain(column, &sample.labels) {
                "with one of its values the outcome is certain"
            } else if independence(groups(column).into_iter().zip(arms.iter().copied())) < NO_CHANCE {
                "it differs between treatments as nothing does that was known before"
            } else {
                return None;
            };
            Some(Self { column: column.name.clone(), why })
        };
        sample.columns.iter().filter_map(suspect).collect()
    }
}

/// Whether all with some value have the outcome, or none of them, and so many that chance would not do it.
fn makes_certain(column: &Column<'_>, outcomes: &[bool]) -> bool {
    let mut counts: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (group, outcome) in groups(column).into_iter().zip(outcomes) {
        let (all, positive) = counts.entry(group).or_default();
        *all += 1.0;
        *positive += f64::from(u8::from(*outcome));
    }
    let rate = outcomes.iter().filter(|outcome| **outcome).count();
    let rate = count(rate) / count(outcomes.len().max(1));
    counts.values().any(|(all, positive)| {
        let every = *positive >= *all && all * libm::log(rate) < libm::log(NO_CHANCE);
        let none = *positive <= 0.0 && all * libm::log1p(-rate) < libm::log(NO_CHANCE);
        every || none
    })
}

/// The difference of the means of numbers over the root of the mean of their variances; 0 without a number on either side, or when none varies.
fn standardised<'a>(numbers: impl Iterator<Item = (Option<f64>, &'a bool)>) -> f64 {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for (number, treated) in numbers {
        if let Some(number) = number {
            if *treated { one.push(number) } else { other.push(number) }
        }
    }
    if one.is_empty() || other.is_empty() {
        return 0.0;
    }
    let moments = |numbers: &[f64]| {
        let mean = numbers.iter().sum::<f64>() / count(numbers.len());
        (mean, numbers.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>() / count(numbers.len()))
    };
    let ((mean, variance), (other_mean, other_variance)) = (moments(&one), moments(&other));
    let spread = f64::midpoint(variance, other_variance).sqrt();
    if spread > 0.0 { (mean - other_mean) / spread } else { 0.0 }
}

/// The greatest standardised difference of whether a row is in a group; 0 when either side is empty.
fn most_different(rows: &[usize], treated: &[bool], group: impl Fn(&usize) -> usize) -> f64 {
    let mut counts: BTreeMap<usize, [f64; 2]> = BTreeMap::new();
    let mut all = [0.0; 2];
    for (row, treated) in rows.iter().zip(treated) {
        let one = if *treated { [1.0, 0.0] } else { [0.0, 1.0] };
        for sides in [counts.entry(group(row)).or_default(), &mut all] {
            sides.iter_mut().zip(one).for_each(|(side, one)| *side += one);
        }
    }
    let difference = |[with, without]: &[f64; 2]| {
        let [p, q] = [with / all[0].max(1.0), without / all[1].max(1.0)];
        let spread = f64::midpoint(p * (1.0 - p), q * (1.0 - q)).sqrt();
        if spread > 0.0 { (p - q) / spread } else { 0.0 }
    };
    counts.values().map(difference).fold(0.0, |most: f64, one| if one.abs() > most.abs() { one } else { most })
}

/// The p of the chi-square test of independence of two divisions (Pearson 1900); values too rare to expect five of each are joined. 1 when nothing is
/// left to compare.
fn independence<A: Copy + Ord>(pairs: impl Iterator<Item = (usize, A)>) -> f64 {
    let mut cells: BTreeMap<usize, BTreeMap<A, f64>> = BTreeMap::new();
    let (mut arms, mut all) = (BTreeMap::<A, f64>::new(), 0.0);
    for (value, arm) in pairs {
        *cells.entry(value).or_default().entry(arm).or_default() += 1.0;
        *arms.entry(arm).or_default() += 1.0;
        all += 1.0;
    }
    let smallest = arms.values().copied().fold(f64::INFINITY, f64::min) / all;
    let (mut kept, mut rest) = (Vec::new(), BTreeMap::<A, f64>::new());
    for counts in cells.into_values() {
        if counts.values().sum::<f64>() * smallest >= FEWEST_EXPECTED {
            kept.push(counts);
        } else {
            for (arm, number) in counts {
                *rest.entry(arm).or_default() += number;
            }
        }
    }
    if rest.values().sum::<f64>() * smallest >= FEWEST_EXPECTED {
        kept.push(rest);
    }
    let whole: f64 = kept.iter().flat_map(BTreeMap::values).sum();
    let mut chi_square = 0.0;
    for counts in &kept {
        let of_value: f64 = counts.values().sum();
        for arm in arms.keys() {
            let of_arm: f64 = kept.iter().filter_map(|counts| counts.get(arm)).sum();
            let expected = of_value * of_arm / whole;
            let off = counts.get(arm).copied().unwrap_or_default() - expected;
            chi_square += if expected > 0.0 { off * off / expected } else { 0.0 };
        }
    }
    let degrees = kept.len().saturating_sub(1) * arms.len().saturating_sub(1);
    chi_square_above(chi_square, u32::try_from(degrees).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: f64, other: f64, within: f64) {
        assert!((one - other).abs() < within, "{one} is not {other}");
    }

    fn column<'a>(name: &str, cells: &[&'a str]) -> Column<'a> {
        Column::read(name, cells.iter().copied(), None).unwrap()
    }

    #[test]
    fn independence_is_that_of_the_textbook() {
        // Agresti's aspirin study: chi-square 25.01, p 5.7e-7.
        let study = [(0, true, 189), (1, true, 10_845), (0, false, 104), (1, false, 10_933)];
        let pairs = study.iter().flat_map(|(value, arm, n)| (0..*n).map(move |_| (*value, *arm)));
        near(independence(pairs), 5.692e-7, 1e-9);
        // Three of a value are too few to compare by themselves.
        near(independence([(0, true), (0, false), (1, true)].into_iter()), 1.0, 1e-12);
        near(independence(std::iter::empty::<(usize, bool)>()), 1.0, 1e-12);
    }

    #[test]
    fn differences_are_in_standard_deviations() {
        // Means 2 and 1, variances 1 and 0: 1 / root of 1/2.
        let number = column("n", &["1", "3", "1", "1"]);
        let found = Balance::of(&number, &[0, 1, 2, 3], &[true, true, false, false]);
        near(found.difference, std::f64::consts::SQRT_2, 1e-6);
        // `x` for all treated and half of the others: 1/2 over the root of half of 1/4.
        let word = column("w", &["x", "x", "x", "y"]);
        let found = Balance::of(&word, &[0, 1, 2, 3], &[true, true, false, false]);
        near(found.difference.abs(), 0.5 / 0.125_f64.sqrt(), 1e-6);
        assert!(found.p > 0.99, "too few to tell");
    }

    #[test]
    fn what_was_known_afterwards_is_suspected_and_nothing_else() {
        let n = 600_usize;
        let arms: Vec<usize> = (0..n).map(|row| row % 2).collect();
        let labels: Vec<bool> = (0..n).map(|row| row * 7_919 % 101 < 20).collect();
        let written =
            |of: &dyn Fn(usize) -> bool| -> Vec<&str> { (0..n).map(|row| if of(row) { "1" } else { "0" }).collect() };
        let copy = written(&|row| labels[row]);
        let bought = written(&|row| labels[row] && row % 3 == 0);
        let opened = written(&|row| arms[row] == 1 && row % 4 == 1);
        let before = written(&|row| row * 31 % 17 < 8);
        let columns = vec![
            column("copy", &copy),
            column("bought", &bought),
            column("opened", &opened),
            column("before", &before),
        ];
        let sample = Sample { columns, labels, weights: vec![1.0; n] };
        let found: Vec<(String, &str)> =
            Suspect::among(&sample, &arms, 1).into_iter().map(|suspect| (suspect.column, suspect.why)).collect();
        assert_eq!(
            found,
            [
                ("copy".to_owned(), "it explains nearly all of the outcome"),
                ("bought".to_owned(), "with one of its values the outcome is certain"),
                ("opened".to_owned(), "it differs between treatments as nothing does that was known before"),
            ]
        );
    }
}
