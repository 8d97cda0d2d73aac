//! Whether what was foretold came true: how far probabilities are from what became of messages, how well they rank, and whether they come closer as more is
//! learnt. Only messages whose window is over count, as those that are answered early would count for all otherwise.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;
use tact_domain::Timestamp;
use tact_learn::{Estimate, Measured};

use super::lifts::{Rate, float};
use super::message::Message;

/// How far what was foretold came true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Foresight {
    /// Messages that count: whose probability was told, that reached whom their rate is a share of, and whose window is over.
    pub n: usize,
    /// Those that do not yet, as their window has not closed.
    pub open: usize,
    /// The mean of what was foretold.
    pub foretold: f64,
    /// The share that came true.
    pub came_true: Rate,
    /// How good the probabilities are; `None` when all or none came true.
    pub quality: Option<Figures>,
    /// Parts of the messages of equal size, by what was foretold.
    pub calibration: Vec<Bin>,
    /// What of all that came true is found in the messages ranked highest.
    pub gain: Vec<Gain>,
    /// How far off it was, by how many messages there had been.
    pub learning: Vec<Learning>,
}

/// Figures with intervals of 95 %.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The chance that one that came true was ranked above one that did not.
    pub auc: Estimate,
    /// The mean negative logarithm of the probability of what became true.
    pub log_loss: Estimate,
    /// The mean squared distance.
    pub brier: Estimate,
    /// The mean distance of what was foretold and what came true, in ten parts.
    pub calibration_error: Estimate,
}

/// Messages of which about the same was foretold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// The mean of what was foretold.
    pub foretold: f64,
    /// What came true.
    pub came_true: Rate,
}

/// A point of the gain curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gain {
    /// The share of the messages, those ranked highest first.
    pub of_messages: f64,
    /// The share of what came true that is among them.
    pub found: f64,
    /// What 95 of 100 random rankings find at least,
    pub random_low: f64,
    /// and at most: 2.5 lie below, 2.5 above.
    pub random_high: f64,
}

/// A point of the learning curve: mean squared distances over the messages of a stretch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Learning {
    /// After so many messages.
    pub after: usize,
    /// Of what was foretold,
    pub brier: f64,
    /// of what would have been without what had been learnt,
    pub without_learnt: f64,
    /// and of the rate of the group, which knows nothing of the person.
    pub group_rate: f64,
}

/// One message that counts.
struct Row {
    foretold: f64,
    base: f64,
    group: f64,
    is_true: bool,
}

/// How many parts a curve has.
const PARTS: usize = 10;
/// How many random rankings a gain is set beside.
const RANKINGS: usize = 200;

/// What became of what was foretold of messages, which are in the order of time.
pub(super) fn foresight(messages: &[Message<'_>], ends: Timestamp, seed: u64) -> Foresight {
    let is_told = |message: &&Message<'_>| message.won.positive.is_some() && message.item.decided.is_none();
    let told: Vec<_> = messages.iter().filter(|message| !message.action.for_store).filter(is_told).collect();
    let open = told.iter().filter(|message| !message.is_over(ends)).count();
    let rows: Vec<Row> =
        told.into_iter().filter(|message| message.is_over(ends) && message.counts()).map(row).collect();
    let mut ranked: Vec<&Row> = rows.iter().collect();
    // What is foretold alike stays in the order of time.
    ranked.sort_by(|a, b| b.foretold.total_cmp(&a.foretold));
    let foretold = rows.iter().map(|row| row.foretold).sum::<f64>() / float(rows.len().max(1));
    let came_true = Rate::of(rows.iter().filter(|row| row.is_true).count(), rows.len());
    Foresight {
        n: rows.len(),
        open,
        foretold,
        came_true,
        quality: quality(&rows, came_true, seed),
        calibration: parts(&ranked, PARTS).rev().map(bin).collect(),
        gain: gain(&ranked, came_true.k, seed),
        learning: learning(&rows),
    }
}

fn row(message: &Message<'_>) -> Row {
    let foretold = message.won.positive.unwrap_or(0.0);
    let base = message.won.base.unwrap_or(foretold);
    Row { foretold, base, group: message.treatment.group_prior, is_true: message.is_positive() }
}

fn quality(rows: &[Row], came_true: Rate, seed: u64) -> Option<Figures> {
    let labels: Vec<bool> = rows.iter().map(|row| row.is_true).collect();
    let foretold: Vec<f64> = rows.iter().map(|row| row.foretold).collect();
    (0 < came_true.k && came_true.k < came_true.n).then(|| {
        let Measured { auc, log_loss, brier, calibration_error, .. } =
            Measured::of(&foretold, &labels, &vec![1.0; rows.len()], seed);
        Figures { auc, log_loss, brier, calibration_error }
    })
}

/// Parts of nearly equal size, in order; fewer when there are fewer rows.
fn parts<T>(rows: &[T], many: usize) -> impl DoubleEndedIterator<Item = &[T]> {
    let many = many.min(rows.len());
    (0..many).filter_map(move |part| rows.get(part * rows.len() / many..(part + 1) * rows.len() / many))
}

fn bin(rows: &[&Row]) -> Bin {
    let foretold = rows.iter().map(|row| row.foretold).sum::<f64>() / float(rows.len().max(1));
    Bin { foretold, came_true: Rate::of(rows.iter().filter(|row| row.is_true).count(), rows.len()) }
}

fn gain(ranked: &[&Row], all: usize, seed: u64) -> Vec<Gain> {
    if all == 0 {
        return Vec::new();
    }
    let labels: Vec<bool> = ranked.iter().map(|row| row.is_true).collect();
    let found = curve(&labels, all);
    let (mut dice, mut shuffled) = (ChaCha8Rng::seed_from_u64(seed), labels);
    let mut random: Vec<Vec<f64>> = vec![Vec::new(); found.len()];
    for _ in 0..RANKINGS {
        shuffle(&mut shuffled, &mut dice);
        for (point, found) in random.iter_mut().zip(curve(&shuffled, all)) {
            point.push(found.1);
        }
    }
    let point = |((of_messages, found), mut random): ((f64, f64), Vec<f64>)| {
        random.sort_by(f64::total_cmp);
        let at = |place: usize| random.get(place).copied().unwrap_or(found);
        Gain { of_messages, found, random_low: at(RANKINGS / 40), random_high: at(RANKINGS - RANKINGS / 40 - 1) }
    };
    found.into_iter().zip(random).map(point).collect()
}

/// After each part of a ranking: the share of the rows, and that of those that came true.
fn curve(labels: &[bool], all: usize) -> Vec<(f64, f64)> {
    let (mut rows, mut found) = (0, 0);
    let point = |part: &[bool]| {
        rows += part.len();
        found += part.iter().filter(|is_true| **is_true).count();
        (float(rows) / float(labels.len()), float(found) / float(all))
    };
    parts(labels, PARTS).map(point).collect()
}

/// Every order equally likely, as nearly as 64 bits allow (Fisher and Yates, after Durstenfeld 1964).
fn shuffle(labels: &mut [bool], dice: &mut ChaCha8Rng) {
    for last in (1..labels.len()).rev() {
        let other = dice.next_u64() % (last as u64 + 1);
        labels.swap(last, usize::try_from(other).unwrap_or(last));
    }
}

fn learning(rows: &[Row]) -> Vec<Learning> {
    let mut after = 0;
    let point = |part: &[Row]| {
        after += part.len();
        let off = |of: fn(&Row) -> f64| {
            let squared = |row: &Row| (of(row) - f64::from(u8::from(row.is_true))).powi(2);
            part.iter().map(squared).sum::<f64>() / float(part.len())
        };
        Learning {
            after,
            brier: off(|row| row.foretold),
            without_learnt: off(|row| row.base),
            group_rate: off(|row| row.group),
        }
    };
    parts(rows, PARTS).map(point).collect()
}
