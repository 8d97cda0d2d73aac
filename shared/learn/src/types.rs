//! Types of customers, found by k-means in what they do (Lloyd, 1982; seeded by k-means++, Arthur and Vassilvitskii, 2007), and how many customers of each
//! type of one version are of each type of another, so that what was counted by the old ones can be carried over.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use smartcore::cluster::kmeans::{KMeans, KMeansParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use crate::FitError;

/// Types of customers: everybody is of the one whose centre is nearest, the first of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Types {
    /// Which version of the types it is; counts name the one they were made by.
    pub version: u16,
    /// What customers are told apart by, in row order.
    pub features: Vec<String>,
    /// The mean of each feature,
    pub means: Vec<f64>,
    /// and how much it varies: its standard deviation, 1 for one that never does.
    pub deviations: Vec<f64>,
    /// The centres of the types, in standard deviations from the mean, in rising order.
    pub centres: Vec<Vec<f64>>,
}

/// smartcore's clusters of standardised rows.
type Clusters = KMeans<f64, u32, DenseMatrix<f64>, Vec<u32>>;

/// The most types there are: cells of counts are kept by them.
const MOST: usize = 32;
/// How often centres are moved at most.
const MOVES: usize = 100;

impl Types {
    /// Finds up to `count` types (2 to 32) in rows of numbers, one for each customer; fewer when rows hardly differ. The same rows and seed give the same
    /// types.
    ///
    /// # Errors
    /// When rows are not as long as there are features, hold no number, are fewer than types, or are refused by the library.
    pub fn find(
        version: u16,
        features: &[&str],
        rows: &[Vec<f64>],
        (count, seed): (usize, u64),
    ) -> Result<Self, FitError> {
        let sound = |row: &Vec<f64>| row.len() == features.len() && row.iter().all(|value| value.is_finite());
        if !rows.iter().all(sound) || features.is_empty() {
            return Err(FitError::Ragged);
        }
        if !(2..=MOST).contains(&count) || rows.len() < count {
            return Err(FitError::Library(format!("{} customers cannot be of {count} types", rows.len())));
        }
        let of = |place: usize| rows.iter().filter_map(move |row| row.get(place));
        let means: Vec<f64> = (0..features.len()).map(|place| of(place).sum::<f64>() / number(rows.len())).collect();
        let deviation = |(place, mean): (usize, &f64)| {
            let squares = of(place).map(|value| (value - mean) * (value - mean));
            let deviation = libm::sqrt(squares.sum::<f64>() / number(rows.len()));
            if deviation > 0.0 { deviation } else { 1.0 }
        };
        let deviations = means.iter().enumerate().map(deviation).collect();
        let features = features.iter().map(ToString::to_string).collect();
        let mut types = Self { version, features, means, deviations, centres: Vec::new() };
        types.centres = types.found(rows, count, seed)?;
        Ok(types)
    }

    /// Which type a customer is of; `None` for a row of another length.
    pub fn of(&self, row: &[f64]) -> Option<u8> {
        let at = (row.len() == self.features.len()).then(|| self.standardised(row))?;
        let far = |centre: &Vec<f64>| centre.iter().zip(&at).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        let all = (0_u8..).zip(self.centres.iter().map(far));
        all.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(place, _)| place)
    }

    /// How many of some customers, given by their rows in the old and in the new features, are of each type: a row for each old type, a column for
    /// each of these. `Counts::carried` divides what was counted by it.
    pub fn overlap(&self, old: &Self, customers: &[(Vec<f64>, Vec<f64>)]) -> Vec<Vec<u64>> {
        let mut overlap = vec![vec![0; self.centres.len()]; old.centres.len()];
        for (before, now) in customers {
            let (Some(before), Some(now)) = (old.of(before), self.of(now)) else { continue };
            if let Some(count) = overlap.get_mut(usize::from(before)).and_then(|row| row.get_mut(usize::from(now))) {
                *count += 1;
            }
        }
        overlap
    }

    fn standardised(&self, row: &[f64]) -> Vec<f64> {
        let scales = self.means.iter().zip(&self.deviations);
        row.iter().zip(scales).map(|(value, (mean, deviation))| (value - mean) / deviation).collect()
    }

    /// The centres of what the library finds, which tells who belongs together and nothing more.
    fn found(&self, rows: &[Vec<f64>], count: usize, seed: u64) -> Result<Vec<Vec<f64>>, FitError> {
        let library = |error: smartcore::error::Failed| FitError::Library(error.to_string());
        let rows: Vec<Vec<f64>> = rows.iter().map(|row| self.standardised(row)).collect();
        let data = DenseMatrix::from_2d_vec(&rows).map_err(library)?;
        let parameters = KMeansParameters { k: count, max_iter: MOVES, seed: Some(seed) };
        let clusters = Clusters::fit(&data, parameters).map_err(library)?;
        let kinds = clusters.predict(&data).map_err(library)?;
        let mut centres: Vec<Vec<f64>> = (0..).take(count).filter_map(|kind| centre(&rows, &kinds, kind)).collect();
        centres.sort_by(|a, b| rising(a, b));
        centres.dedup_by(|a, b| rising(a, b).is_eq());
        Ok(centres)
    }
}

/// The mean of the rows of a kind; `None` when there are none.
fn centre(rows: &[Vec<f64>], kinds: &[u32], kind: u32) -> Option<Vec<f64>> {
    let members: Vec<&Vec<f64>> = rows.iter().zip(kinds).filter(|(_, of)| **of == kind).map(|(row, _)| row).collect();
    let width = members.first()?.len();
    let mean = |place: usize| members.iter().filter_map(|row| row.get(place)).sum::<f64>() / number(members.len());
    Some((0..width).map(mean).collect())
}

/// The order of centres: by the first feature in which they differ.
fn rising(a: &[f64], b: &[f64]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn number(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of customers is far below 2^53")]
    let number = count as f64;
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Customers around planted centres, each as often as is said, and the planted centre of each.
    fn town(centres: &[([f64; 3], usize)]) -> (Vec<Vec<f64>>, Vec<usize>) {
        let mut state = 7_u64;
        let mut near = |centre: f64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            centre + number(usize::try_from(state >> 44).unwrap()) / 1_048_576.0 - 0.5
        };
        let (mut rows, mut planted) = (Vec::new(), Vec::new());
        for (place, (centre, count)) in centres.iter().enumerate() {
            for _ in 0..*count {
                rows.push(vec![near(centre[0]), 100.0 * near(centre[1]), centre[2]]);
                planted.push(place);
            }
        }
        (rows, planted)
    }

    const FEATURES: [&str; 3] = ["visits", "spend", "always_the_same"];
    const CENTRES: [([f64; 3], usize); 3] = [([0.0, 0.0, 4.0], 60), ([5.0, 0.0, 4.0], 40), ([5.5, 8.0, 4.0], 30)];

    #[test]
    fn planted_types_are_found_whatever_the_scale_and_the_same_seed_finds_the_same() {
        let (rows, planted) = town(&CENTRES);
        let types = Types::find(2, &FEATURES, &rows, (3, 11)).unwrap();
        assert_eq!(Types::find(2, &FEATURES, &rows, (3, 11)).unwrap(), types);
        let found: Vec<_> = rows.iter().map(|row| usize::from(types.of(row).unwrap())).collect();
        assert_eq!(found, planted, "in rising order of their centres");
        assert_eq!((types.version, types.of(&[1.0])), (2, None));
    }

    #[test]
    fn an_overlap_counts_every_customer_once() {
        let (rows, _) = town(&CENTRES);
        let old = Types::find(1, &FEATURES, &rows, (3, 11)).unwrap();
        let new = Types::find(2, &FEATURES, &rows, (2, 11)).unwrap();
        let both: Vec<_> = rows.iter().map(|row| (row.clone(), row.clone())).collect();
        let overlap = new.overlap(&old, &both);
        assert_eq!(overlap.iter().map(|row| row.iter().sum::<u64>()).collect::<Vec<_>>(), [60, 40, 30]);
        assert!(overlap.iter().all(|row| row.len() == 2 && row.iter().filter(|count| **count > 0).count() == 1));
    }

    #[test]
    fn what_cannot_be_told_apart_is_one_type_and_what_makes_no_sense_is_refused() {
        let rows = vec![vec![1.0, 2.0, 3.0]; 10];
        let types = Types::find(1, &FEATURES, &rows, (2, 1)).unwrap();
        assert_eq!((types.of(&rows[0]), types.centres.len()), (Some(0), 1));
        let refused = |rows: &[Vec<f64>], count| Types::find(1, &FEATURES, rows, (count, 1)).unwrap_err().to_string();
        assert!(refused(&rows[..1], 2).contains("1 customers cannot be of 2 types"));
        assert!(refused(&rows, 33).contains("cannot be of 33 types"));
        assert!(matches!(Types::find(1, &FEATURES, &[vec![1.0]], (2, 1)), Err(FitError::Ragged)));
        assert!(matches!(Types::find(1, &FEATURES, &[vec![f64::NAN; 3]], (2, 1)), Err(FitError::Ragged)));
    }
}
