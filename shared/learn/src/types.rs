//! Types of customers, found by k-means in what they do (Lloyd, 1982; seeded by k-means++, Arthur and Vassilvitskii, 2007), and how many customers of each
//! type of one version are of each type of another, so that what was counted by the old ones can be carried over.

use std::cmp::Ordering;

use smartcore::cluster::kmeans::{KMeans, KMeansParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use tact_model::{Before, FEATURES, Row, Scale, Types, TypesError, logarithm};

use crate::FitError;

/// smartcore's clusters of scaled rows.
type Clusters = KMeans<f64, u32, DenseMatrix<f64>, Vec<u32>>;

/// How often centres are moved at most.
const MOVES: usize = 100;

/// Finds up to `count` types (2 to 32) in the rows of customers, one for each, told apart by these of `Types::BY`; fewer when rows hardly differ. `old` is the type
/// of each customer by the version before, if they have one; `before` is that version and how many types it has. The same rows and seed give the same types.
///
/// # Errors
/// When there are fewer customers than types, or a feature is none of those; or when the library refuses them.
pub fn find_types(
    version: u16,
    features: &[&str],
    rows: &[Row],
    (before, old): (u16, &[Option<u8>]),
    (count, seed): (usize, u64),
) -> Result<Types, TypesFound> {
    let Some(places) = features.iter().map(|name| FEATURES.iter().position(|known| known == name)).collect() else {
        return Err(TypesFound::Types(TypesError::Shape));
    };
    let places: Vec<usize> = places;
    if !(2..=Types::MOST).contains(&count) || rows.len() < count {
        return Err(TypesFound::Few { customers: rows.len(), count });
    }
    let logarithms = |row: &Row| {
        places.iter().filter_map(|place| row.get(*place)).map(|value| logarithm(f64::from(*value))).collect()
    };
    let mut rows_of: Vec<Vec<f64>> = rows.iter().map(logarithms).collect();
    let scale = scale(features, &rows_of);
    for row in &mut rows_of {
        let scales = scale.means.iter().zip(&scale.deviations);
        row.iter_mut().zip(scales).for_each(|(value, (mean, deviation))| *value = (*value - mean) / deviation);
    }
    let centres = centres(&rows_of, count, seed)?;
    let found = Types::new(version, scale.clone(), centres.clone(), None).map_err(TypesFound::Types)?;
    let overlap = overlap(&found, rows, old);
    if overlap.is_empty() {
        return Ok(found);
    }
    Types::new(version, scale, centres, Some(Before { version: before, overlap })).map_err(TypesFound::Types)
}

/// Why no types were found.
#[derive(Debug, thiserror::Error)]
pub enum TypesFound {
    /// There are too few customers, or too few or many types.
    #[error(
        "{customers} customers cannot be of {count} types: ask for 2 to 32, and for no more than there are customers"
    )]
    Few {
        /// How many customers.
        customers: usize,
        /// How many types.
        count: usize,
    },
    /// They cannot be.
    #[error(transparent)]
    Types(TypesError),
    /// The library refused.
    #[error(transparent)]
    Library(#[from] FitError),
}

/// How many customers of each old type are of each new one, up to the last old type that anybody is of; empty when nobody is of any.
fn overlap(types: &Types, rows: &[Row], old: &[Option<u8>]) -> Vec<Vec<u64>> {
    let before = old.iter().flatten().max().map_or(0, |last| usize::from(*last) + 1);
    let mut overlap = vec![vec![0; types.count()]; before];
    for (row, old) in rows.iter().zip(old) {
        let of_old = old.and_then(|old| overlap.get_mut(usize::from(old)));
        if let Some(count) = of_old.and_then(|of_old| of_old.get_mut(usize::from(types.of(row)))) {
            *count += 1;
        }
    }
    overlap
}

fn scale(features: &[&str], rows: &[Vec<f64>]) -> Scale {
    let of = |place: usize| rows.iter().filter_map(move |row| row.get(place));
    let means: Vec<f64> = (0..features.len()).map(|place| of(place).sum::<f64>() / number(rows.len())).collect();
    let deviation = |(place, mean): (usize, &f64)| {
        let squares = of(place).map(|value| (value - mean) * (value - mean));
        let deviation = libm::sqrt(squares.sum::<f64>() / number(rows.len()));
        // What never differs tells nobody apart, whatever its scale.
        if deviation > 0.0 { deviation } else { 1.0 }
    };
    let deviations = means.iter().enumerate().map(deviation).collect();
    Scale { features: features.iter().map(ToString::to_string).collect(), means, deviations }
}

/// The centres of what the library finds in scaled rows, which tells who belongs together and nothing more.
fn centres(rows: &[Vec<f64>], count: usize, seed: u64) -> Result<Vec<Vec<f64>>, FitError> {
    let library = |error: smartcore::error::Failed| FitError::Library(error.to_string());
    let data = DenseMatrix::from_2d_vec(&rows.to_vec()).map_err(library)?;
    let parameters = KMeansParameters { k: count, max_iter: MOVES, seed: Some(seed) };
    let clusters = Clusters::fit(&data, parameters).map_err(library)?;
    let kinds = clusters.predict(&data).map_err(library)?;
    let mut centres: Vec<Vec<f64>> = (0..).take(count).filter_map(|kind| centre(rows, &kinds, kind)).collect();
    centres.sort_by(|a, b| rising(a, b));
    centres.dedup_by(|a, b| rising(a, b).is_eq());
    Ok(centres)
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

    const BY: [&str; 3] = ["visits_30d", "spend_90d", "tenure_days"];

    fn row(values: [f64; 3]) -> Row {
        let mut row = [0.0; FEATURES.len()];
        for (name, value) in BY.iter().zip(values) {
            #[expect(clippy::cast_possible_truncation, reason = "a made-up row")]
            let value = value as f32;
            row[FEATURES.iter().position(|known| known == name).unwrap()] = value;
        }
        row
    }

    /// Customers around planted centres, each as often as is said, and the planted centre of each.
    fn town(centres: &[([f64; 3], usize)]) -> (Vec<Row>, Vec<Option<u8>>) {
        let mut state = 7_u64;
        let mut near = |centre: f64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            centre * (1.0 + 0.2 * (number(usize::try_from(state >> 44).unwrap()) / 1_048_576.0 - 0.5))
        };
        let (mut rows, mut planted) = (Vec::new(), Vec::new());
        for (place, (centre, count)) in (0..).zip(centres) {
            for _ in 0..*count {
                rows.push(row([near(centre[0]), near(centre[1]), centre[2]]));
                planted.push(Some(place));
            }
        }
        (rows, planted)
    }

    const CENTRES: [([f64; 3], usize); 3] =
        [([1.0, 0.0, 400.0], 60), ([12.0, 50.0, 400.0], 40), ([13.0, 900.0, 400.0], 30)];

    #[test]
    fn planted_types_are_found_whatever_the_scale_and_the_same_seed_finds_the_same() {
        let (rows, planted) = town(&CENTRES);
        let find = || find_types(2, &BY, &rows, (1, &planted), (3, 11)).unwrap();
        let types = find();
        assert_eq!(types.encode(), find().encode());
        let found: Vec<_> = rows.iter().map(|row| Some(types.of(row))).collect();
        assert_eq!(found, planted, "in rising order of their centres");
        let before = types.before().unwrap();
        assert_eq!((before.version, &before.overlap), (1, &vec![vec![60, 0, 0], vec![0, 40, 0], vec![0, 0, 30]]));
        let (names, centres) = types.described();
        assert_eq!(names, BY.as_slice());
        assert!((centres[2][1] / 900.0 - 1.0).abs() < 0.05, "{centres:?}");
    }

    #[test]
    fn an_overlap_counts_every_customer_of_a_type_once() {
        let (rows, mut planted) = town(&CENTRES);
        planted[0] = None;
        let types = find_types(3, &BY, &rows, (2, &planted), (2, 11)).unwrap();
        let overlap = &types.before().unwrap().overlap;
        assert_eq!(overlap.iter().map(|row| row.iter().sum::<u64>()).collect::<Vec<_>>(), [59, 40, 30]);
        assert!(overlap.iter().all(|row| row.len() == 2 && row.iter().filter(|count| **count > 0).count() == 1));
        let untyped = vec![None; rows.len()];
        assert_eq!(find_types(3, &BY, &rows, (2, &untyped), (2, 11)).unwrap().before(), None);
    }

    #[test]
    fn what_cannot_be_told_apart_is_one_type_and_what_makes_no_sense_is_refused() {
        let rows = vec![row([1.0, 2.0, 3.0]); 10];
        let types = find_types(2, &BY, &rows, (1, &[]), (2, 1)).unwrap();
        assert_eq!((types.of(&rows[0]), types.count()), (0, 1));
        let refused = |features: &[&str], rows: &[Row], version, count| {
            find_types(version, features, rows, (1, &[]), (count, 1)).unwrap_err().to_string()
        };
        assert!(refused(&BY, &rows[..1], 2, 2).contains("1 customers cannot be of 2 types"));
        assert!(refused(&BY, &rows, 2, 33).contains("cannot be of 33 types"));
        assert!(refused(&["shoe_size"], &rows, 2, 2).contains("do not fit"));
        assert!(refused(&["channel_sms"], &rows, 2, 2).contains("not told apart by `channel_sms`"));
        assert!(refused(&BY, &rows, 1, 2).contains("begin with 2"));
    }
}
