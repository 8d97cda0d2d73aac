//! Two forests: how probable an outcome is with a treatment, and without it.

use tact_model::{Encoding, Scorer};

use crate::crossed::{Family, encode, parts};
use crate::fit::{FitError, Growth};
use crate::parallel::in_parallel;
use crate::sample::Sample;

/// Parts that customers are cut into; each is scored by forests of the others.
pub(super) const PARTS: usize = 5;
/// Shallow trees with large leaves: uplift is much fainter than what else decides an outcome.
const FAMILY: Family = Family::Forest(Growth { trees: 100, depth: 5, leaves: 31, tried: 1 });

/// A forest of the treated, and one of the control.
pub(super) struct TwoModels {
    encoding: Encoding,
    treated: Scorer,
    control: Scorer,
}

impl TwoModels {
    /// Fits both to these rows, of which `treated` says, by their places in the sample, who was.
    pub(super) fn fit(sample: &Sample<'_>, treated: &[bool], rows: &[usize], seed: u64) -> Result<Self, FitError> {
        let encoding = FAMILY.encoding(sample, rows)?;
        let (with, without): (Vec<usize>, Vec<usize>) = rows.iter().partition(|row| treated.get(**row) == Some(&true));
        let fit = |rows: &[usize]| {
            let fitted = FAMILY.fit(&encoding, sample, rows, seed)?.pop();
            fitted.ok_or_else(|| FitError::Library("no forest was grown".to_owned()))
        };
        let (treated, control) = (fit(&with)?, fit(&without)?);
        Ok(Self { encoding, treated, control })
    }

    /// How much more probable the outcome is with the treatment, for these rows.
    pub(super) fn scores(&self, sample: &Sample<'_>, rows: &[usize]) -> Vec<f64> {
        let score = |row: Vec<f32>| self.treated.probability(&row) - self.control.probability(&row);
        encode(&self.encoding, sample, rows).into_iter().map(score).collect()
    }
}

/// The scores of rows, each by forests of other parts of them; in the order of `rows`.
pub(super) fn crossed(
    sample: &Sample<'_>,
    treated: &[bool],
    rows: &[usize],
    seed: u64,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<f64>, FitError> {
    let labels: Vec<bool> = rows.iter().map(|row| sample.labels.get(*row) == Some(&true)).collect();
    let part_of = parts(&labels, seed);
    let work = |part: usize| -> Result<Vec<f64>, FitError> {
        let of = |own: bool| {
            let rows = rows.iter().zip(&part_of).filter(move |(_, at)| (**at == part) == own);
            rows.map(|(row, _)| *row).collect::<Vec<usize>>()
        };
        Ok(TwoModels::fit(sample, treated, &of(false), seed)?.scores(sample, &of(true)))
    };
    let mut found = Vec::with_capacity(PARTS);
    for scores in in_parallel(PARTS, work, done) {
        found.push(scores?.into_iter());
    }
    Ok(part_of.iter().map(|part| found.get_mut(*part).and_then(Iterator::next).unwrap_or_default()).collect())
}
