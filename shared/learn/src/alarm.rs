//! The leak alarm: columns that tell so much that they were probably only known afterwards.

use std::collections::BTreeMap;

use tact_model::Cell;

use crate::crossed::{Family, cross};
use crate::fit::FitError;
use crate::measure::auc;
use crate::sample::{Column, Kind, Sample};

/// A column that alone ranks so well explains nearly everything.
const NEARLY_EVERYTHING: f64 = 0.95;
/// A column that alone ranks worse is no suspect.
const SUSPECT: f64 = 0.7;
/// A suspect tells, alone, at least this part of what all other columns tell together ...
const OF_THE_OTHERS: f64 = 0.95;
/// ... and without it at least this part of what all tell is lost.
const LOST: f64 = 0.25;
/// With fewer other columns than this there is nothing to compare with.
const FEWEST_OTHERS: usize = 4;
/// Suspects that are left out in turn.
const MOST_SUSPECTS: usize = 3;
/// Texts that are looked at.
const MOST_TEXTS: usize = 3;
/// Parts of equal size that numbers are cut into.
const BINS: usize = 20;
/// The penalty of the regressions that are compared.
const PENALTY: f64 = 1.0;

/// A column that the alarm is raised for, with the areas under the curve that raised it.
#[derive(Clone, Debug, PartialEq)]
pub struct Leak {
    /// The column.
    pub column: String,
    /// How well it ranks alone, 0..1.
    pub alone: f64,
    /// How well all other columns rank together; `None` when it was enough that it explains nearly everything.
    pub others: Option<f64>,
}

/// The columns that the alarm is raised for, the loudest first.
///
/// A column is alarmed when it alone reaches an area of .95 under the curve; or, with at least four others beside it, when it alone reaches .7 and at least .95 of
/// what the others tell together, and at least a quarter of what all tell is lost without it. What is told is the area above one half. Alone, a column
/// ranks a row by the share of positive rows among those of other parts with the same value, numbers in twenty parts of equal size; together they rank by a
/// regression, cross-validated. So several columns that leak the same do not hide each other from the first rule, but do from the second. A text beside
/// other columns ranks by a regression over its words, for the first rule alone.
///
/// # Errors
/// When a regression cannot be fitted.
pub(crate) fn leaks(
    sample: &Sample<'_>,
    part_of: &[usize],
    seed: u64,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Leak>, FitError> {
    let mut ranked: Vec<(f64, usize)> = (0..)
        .zip(&sample.columns)
        .filter(|(_, column)| column.kind != Kind::Text)
        .map(|(place, column)| (alone(column, sample, part_of), place))
        .collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0));
    let named = |place: usize| sample.columns.get(place).map(|column| column.name.clone()).unwrap_or_default();
    let loud = ranked.iter().filter(|(alone, _)| *alone >= NEARLY_EVERYTHING);
    let mut found: Vec<Leak> =
        loud.map(|(alone, place)| Leak { column: named(*place), alone: *alone, others: None }).collect();
    let texts = || (0..).zip(&sample.columns).filter(|(_, column)| column.kind == Kind::Text).map(|(place, _)| place);
    for place in texts().filter(|_| sample.columns.len() > 1).take(MOST_TEXTS) {
        let alone = together(&sample.only(place), part_of, seed, done)?;
        if alone >= NEARLY_EVERYTHING {
            found.push(Leak { column: named(place), alone, others: None });
        }
    }
    if sample.columns.len() <= FEWEST_OTHERS {
        return Ok(found);
    }
    let suspects = ranked.iter().filter(|(alone, _)| (SUSPECT..NEARLY_EVERYTHING).contains(alone)).take(MOST_SUSPECTS);
    let mut all = None;
    for (alone, place) in suspects {
        let all = match all {
            Some(all) => all,
            None => *all.insert(together(sample, part_of, seed, done)?),
        };
        let others = together(&sample.without(*place), part_of, seed, done)?;
        if stands_out(*alone, others, all) {
            found.push(Leak { column: named(*place), alone: *alone, others: Some(others) });
        }
    }
    Ok(found)
}

fn stands_out(alone: f64, others: f64, all: f64) -> bool {
    let told = |auc: f64| (auc - 0.5).max(0.0);
    told(alone) >= OF_THE_OTHERS * told(others) && told(all) - told(others) >= LOST * told(all)
}

/// How well all columns of a sample rank together.
fn together(sample: &Sample<'_>, part_of: &[usize], seed: u64, done: &(dyn Fn() + Sync)) -> Result<f64, FitError> {
    let crossed = cross(&[Family::Logistic(vec![PENALTY])], sample, part_of, seed, done)?;
    Ok(auc(crossed.first().map_or(&[], Vec::as_slice), &sample.labels, &sample.weights))
}

/// How well one column ranks alone.
pub(crate) fn alone(column: &Column<'_>, sample: &Sample<'_>, part_of: &[usize]) -> f64 {
    let groups = groups(column);
    let prior = sample.positive_share();
    let mut all: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let mut own: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for (row, (group, part)) in groups.iter().zip(part_of).enumerate() {
        let (weight, target) = (sample.weight(row), sample.target(row));
        for (sum, positive) in [all.entry(*group).or_default(), own.entry((*group, *part)).or_default()] {
            *sum += weight;
            *positive += weight * target;
        }
    }
    let share = |(group, part): (&usize, &usize)| {
        let (sum, positive) = all.get(group).copied().unwrap_or_default();
        let (sum_here, positive_here) = own.get(&(*group, *part)).copied().unwrap_or_default();
        (positive - positive_here + prior) / (sum - sum_here + 1.0)
    };
    let scores: Vec<f64> = groups.iter().zip(part_of).map(share).collect();
    auc(&scores, &sample.labels, &sample.weights)
}

/// Which rows have the same value, or numbers in the same twentieth; missing is a value.
pub(crate) fn groups(column: &Column<'_>) -> Vec<usize> {
    if column.kind == Kind::Number {
        let mut numbers: Vec<f32> = column.cells.iter().filter_map(Cell::number).collect();
        numbers.sort_by(f32::total_cmp);
        let edges: Vec<f32> = (1..BINS).filter_map(|bin| numbers.get(bin * numbers.len() / BINS)).copied().collect();
        let group = |cell: &Cell<'_>| cell.number().map_or(BINS, |number| edges.partition_point(|edge| *edge < number));
        return column.cells.iter().map(group).collect();
    }
    let mut known = BTreeMap::new();
    let mut groups = Vec::with_capacity(column.cells.len());
    for value in column.cells.iter().map(Cell::text) {
        let next = known.len();
        groups.push(*known.entry(value).or_insert(next));
    }
    groups
}

/// How many regressions are fitted at most, one for each part.
pub(crate) fn most_regressions() -> usize {
    MOST_SUSPECTS + 1 + MOST_TEXTS
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::crossed::parts;

    /// Eight numbers that each tell a little, and one that tells `lead` as much as they do; the label is drawn from all of them.
    fn sample(lead: f64, rows: usize) -> Sample<'static> {
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let mut columns: Vec<Column<'static>> =
            (0..9).map(|nth| Column { name: format!("c{nth}"), kind: Kind::Number, cells: Vec::new() }).collect();
        let mut labels = Vec::new();
        for _ in 0..rows {
            let mut odds = -1.0;
            for (nth, column) in columns.iter_mut().enumerate() {
                let value = 2.0 * rng.random::<f64>() - 1.0;
                odds += value * if nth == 0 { lead } else { 0.7 };
                column.cells.push(Cell::Number(crate::export::nearest(value)));
            }
            labels.push(rng.random::<f64>() < 1.0 / (1.0 + libm::exp(-odds)));
        }
        Sample { columns, labels, weights: vec![1.0; rows] }
    }

    fn alarmed(sample: &Sample<'_>) -> Vec<String> {
        let part_of = parts(&sample.labels, 1);
        leaks(sample, &part_of, 1, &|| ()).unwrap().into_iter().map(|leak| leak.column).collect()
    }

    #[test]
    fn a_column_that_tells_far_more_than_all_others_is_alarmed_and_an_honest_one_is_not() {
        assert_eq!(alarmed(&sample(4.0, 3_000)), ["c0"]);
        assert!(alarmed(&sample(1.2, 3_000)).is_empty());
        assert!(alarmed(&sample(0.7, 3_000)).is_empty());
    }

    #[test]
    fn a_column_that_says_the_label_is_alarmed_even_beside_one_other_and_in_another_order() {
        let mut sample = sample(0.7, 1_000);
        sample.columns.truncate(1);
        let cells = sample.labels.iter().map(|label| Cell::Text(if *label { "after" } else { "before" })).collect();
        sample.columns.push(Column { name: "told".to_owned(), kind: Kind::Category, cells });
        let hump = |label: &bool| Cell::Number(if *label { 5.0 } else { 1.0 });
        let cells = sample
            .labels
            .iter()
            .enumerate()
            .map(|(row, label)| if row % 3 == 0 && !label { Cell::Number(9.0) } else { hump(label) });
        sample.columns.push(Column { name: "hump".to_owned(), kind: Kind::Number, cells: cells.collect() });
        assert_eq!(alarmed(&sample), ["told", "hump"]);
    }

    #[test]
    fn what_comes_once_tells_nothing() {
        let mut sample = sample(0.0, 600);
        let names: Vec<String> = (0..600).map(|row| format!("id{row}")).collect();
        let cells = names.iter().map(|name| Cell::Text(name)).collect();
        let column = Column { name: "id".to_owned(), kind: Kind::Category, cells };
        sample.columns.truncate(1);
        assert!((alone(&column, &sample, &parts(&sample.labels, 1)) - 0.5).abs() < 0.05);
    }
}
