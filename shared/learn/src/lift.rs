//! Lift: what those who were treated did beside those from whom the treatment was withheld by chance, and how much of that can be told.

use serde::Serialize;

use crate::apart::standard_errors;
use crate::examples::count;
use crate::proportion::{Difference, Estimate, POWER, SIGNIFICANCE, SampleRatio, Share, minimum_detectable, two_sided};

/// One person of whom chance decided whether they were treated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subject {
    /// Whether they were treated.
    pub treated: bool,
    /// Whether they did what is counted.
    pub did: bool,
    /// What they spent, in minor units, returns netted.
    pub spent: f64,
}

/// What a treatment brings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lift {
    /// How many were treated.
    pub treated: usize,
    /// From how many it was withheld.
    pub withheld: usize,
    /// The share of the treated who did it.
    pub rate: Estimate,
    /// The share of the others.
    pub rate_withheld: Estimate,
    /// The first share less the second.
    pub lift: Difference,
    /// The smallest difference of shares that so many people would show in four of five cases; `None` when they are too few for any.
    pub minimum_detectable: Option<f64>,
    /// How many people it would take, divided as they were meant to be, to show a difference of `WORTH_KNOWING`.
    pub needed: Option<u64>,
    /// What a treated person spent more than another, in minor units.
    pub spend: MeanDifference,
    /// Whether as many were treated as were meant to be; `None` when nobody was to be withheld, or nobody was counted.
    pub sample_ratio: Option<SampleRatio>,
    /// What it comes to.
    pub verdict: Verdict,
}

/// How far two means are apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanDifference {
    /// The first mean less the second; 0 when a side has nobody. Nothing bounds it when a side has fewer than two people, or nobody spent anything.
    pub value: f64,
    /// The lower end; `None` when nothing bounds it.
    pub low: Option<f64>,
    /// The upper end; `None` when nothing bounds it.
    pub high: Option<f64>,
    /// The probability of a difference as large as this, either way, were there none; 1 without an interval.
    pub p: f64,
    /// The smallest difference that so many people, as different as these, would show in four of five cases.
    pub minimum_detectable: Option<f64>,
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One of the sides has nobody.
    Nothing,
    /// The sides are not of the sizes they were meant to have, so that nothing here is to be believed.
    Broken,
    /// They do it more often when treated.
    More,
    /// They do it less often when treated.
    Less,
    /// No difference was found; one below the smallest detectable would hide.
    NotFound,
}

/// A difference of shares that somebody would act on.
pub const WORTH_KNOWING: f64 = 0.02;
/// Below this probability groups are not as they were drawn, and no result of theirs is to be believed.
pub const MISMATCH: f64 = 0.001;

impl Lift {
    /// What the treatment brings to these people, from whom it was to be withheld with a probability of `withheld`.
    ///
    /// Shares are compared as `Share::above` does. Spending is compared by the difference of means with the standard error of Welch (1947) and
    /// normal quantiles, which is good for dozens of people on a side and too sure for a handful.
    pub fn of(subjects: &[Subject], withheld: f64) -> Self {
        let (one, other): (Vec<&Subject>, Vec<&Subject>) = subjects.iter().partition(|subject| subject.treated);
        let (treated, control) = (share(&one), share(&other));
        let lift = treated.above(&control);
        let meant = [1.0 - withheld, withheld];
        let sample_ratio = SampleRatio::of(&[treated.trials, control.trials], &meant);
        let baseline = likely(&control);
        Self {
            treated: one.len(),
            withheld: other.len(),
            rate: treated.wilson(),
            rate_withheld: control.wilson(),
            lift,
            minimum_detectable: minimum_detectable(baseline, treated.trials, control.trials),
            needed: needed(baseline, WORTH_KNOWING, withheld),
            spend: MeanDifference::of(&spent(&one), &spent(&other)),
            sample_ratio,
            verdict: verdict(&lift, sample_ratio, one.is_empty() || other.is_empty()),
        }
    }
}

impl MeanDifference {
    /// How far the mean of some numbers is above that of others.
    pub fn of(one: &[f64], other: &[f64]) -> Self {
        let ((mean, error), (other_mean, other_error)) = (mean(one), mean(other));
        let value = if one.is_empty() || other.is_empty() { 0.0 } else { mean - other_mean };
        let error = (error + other_error).sqrt();
        if one.len() < 2 || other.len() < 2 || error <= 0.0 {
            return Self { value, low: None, high: None, p: 1.0, minimum_detectable: None };
        }
        let Estimate { low, high, .. } = Estimate::normal(value, error);
        let found = (standard_errors(SIGNIFICANCE) + standard_errors(2.0 * (1.0 - POWER))) * error;
        Self { value, low: Some(low), high: Some(high), p: two_sided(value / error), minimum_detectable: Some(found) }
    }
}

/// How many people it takes, of whom a share of `withheld` is not treated, to show a difference from a share of `baseline` in four of five cases; `None`
/// when nobody or everybody is withheld, or no number would do.
pub fn needed(baseline: f64, difference: f64, withheld: f64) -> Option<u64> {
    let shows = |people: u64| {
        let people = count(usize::try_from(people).unwrap_or(usize::MAX));
        minimum_detectable(baseline, people * (1.0 - withheld), people * withheld).is_some_and(|d| d <= difference)
    };
    if !(0.0 < withheld && withheld < 1.0 && difference > 0.0) {
        return None;
    }
    let mut enough = (0..41).map(|power| 1_u64 << power).find(|people| shows(*people))?;
    let mut short = enough / 2;
    while short + 1 < enough {
        let middle = u64::midpoint(short, enough);
        if shows(middle) {
            enough = middle;
        } else {
            short = middle;
        }
    }
    Some(enough)
}

/// The probabilities that stand when as many comparisons were made, each in the place of its own: a difference is found below 0.05 in fewer than one of
/// twenty such sets in which there is none (Holm 1979).
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = probabilities.iter().copied().enumerate().collect();
    order.sort_by(|(a, one), (b, other)| one.total_cmp(other).then(a.cmp(b)));
    let (mut least, mut adjusted) = (0.0_f64, vec![(0, 0.0); 0]);
    for (rank, (place, p)) in order.into_iter().enumerate() {
        least = least.max(p * count(probabilities.len() - rank)).min(1.0);
        adjusted.push((place, least));
    }
    adjusted.sort_by_key(|(place, _)| *place);
    adjusted.into_iter().map(|(_, p)| p).collect()
}

/// The share to be taken for the true one: the middle of the Wilson interval, which a handful of people leave near 0.5, where a difference takes most to show.
fn likely(share: &Share) -> f64 {
    let z2 = standard_errors(SIGNIFICANCE).powi(2);
    (share.successes + z2 / 2.0) / (share.trials + z2)
}

fn verdict(lift: &Difference, sample_ratio: Option<SampleRatio>, is_one_sided: bool) -> Verdict {
    if sample_ratio.is_some_and(|ratio| ratio.p < MISMATCH) {
        return Verdict::Broken;
    }
    match (lift.estimate.low, lift.estimate.high) {
        _ if is_one_sided => Verdict::Nothing,
        (low, _) if low > 0.0 => Verdict::More,
        (_, high) if high < 0.0 => Verdict::Less,
        _ => Verdict::NotFound,
    }
}

fn share(subjects: &[&Subject]) -> Share {
    Share::new(count(subjects.iter().filter(|subject| subject.did).count()), count(subjects.len()))
}

fn spent(subjects: &[&Subject]) -> Vec<f64> {
    subjects.iter().map(|subject| subject.spent).collect()
}

/// The mean and the square of its standard error; zeros without numbers, and no error with one.
fn mean(numbers: &[f64]) -> (f64, f64) {
    let many = count(numbers.len());
    if numbers.is_empty() {
        return (0.0, 0.0);
    }
    let mean = numbers.iter().sum::<f64>() / many;
    let apart: f64 = numbers.iter().map(|number| (number - mean) * (number - mean)).sum();
    (mean, if numbers.len() > 1 { apart / (many - 1.0) / many } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// People of whom one in twenty is withheld, who do it with one of two probabilities and spend 1,000 when they do.
    fn people(many: usize, treated: f64, withheld: f64, seed: u64) -> Vec<Subject> {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let mut one = || {
            let is_treated = dice.random::<f64>() >= 0.05;
            let did = dice.random::<f64>() < if is_treated { treated } else { withheld };
            Subject { treated: is_treated, did, spent: if did { 1_000.0 } else { 0.0 } }
        };
        (0..many).map(|_| one()).collect()
    }

    #[test]
    fn a_planted_effect_lies_in_its_interval_and_none_is_found_where_there_is_none() {
        let (mut held, mut found, mut false_alarms) = (0, 0, 0);
        for seed in 0..200 {
            let planted = Lift::of(&people(10_000, 0.20, 0.12, seed), 0.05);
            held += usize::from(planted.lift.estimate.holds(0.08));
            found += usize::from(planted.verdict == Verdict::More);
            false_alarms += usize::from(Lift::of(&people(10_000, 0.12, 0.12, seed), 0.05).verdict == Verdict::More);
        }
        assert!(held >= 184 && found >= 190, "{held} held, {found} found of 200");
        assert!(false_alarms <= 12, "{false_alarms} of 200");
    }

    #[test]
    fn what_would_be_found_is_found_in_four_of_five_cases() {
        let withheld = 0.12;
        let least = Lift::of(&people(10_000, withheld, withheld, 1), 0.05).minimum_detectable.unwrap();
        let found = (0..200)
            .filter(|seed| Lift::of(&people(10_000, withheld + least, withheld, *seed), 0.05).lift.p < SIGNIFICANCE)
            .count();
        assert!((140..185).contains(&found), "{found} of 200");
    }

    #[test]
    fn as_many_as_are_needed_do_and_one_fewer_does_not() {
        for (baseline, withheld) in [(0.1, 0.05), (0.5, 0.5), (0.0, 0.1)] {
            let many = needed(baseline, WORTH_KNOWING, withheld).unwrap();
            let least =
                |people: f64| minimum_detectable(baseline, people * (1.0 - withheld), people * withheld).unwrap_or(1.0);
            let exact = f64::from(u32::try_from(many).unwrap());
            assert!(least(exact) <= WORTH_KNOWING && least(exact - 1.0) > WORTH_KNOWING, "{many}");
        }
        // R: power.prop.test(p1 = .1, p2 = .12, power = .8): 3,841 on each side.
        assert_eq!(needed(0.1, 0.02, 0.5), Some(7_682));
        assert_eq!((needed(0.1, 0.02, 0.0), needed(0.1, 0.0, 0.5)), (None, None));
    }

    #[test]
    fn a_broken_split_is_not_believed() {
        let mut broken = people(10_000, 0.2, 0.1, 7);
        broken.retain(|subject| subject.treated || subject.did);
        let lift = Lift::of(&broken, 0.05);
        assert!(lift.sample_ratio.unwrap().p < MISMATCH);
        assert_eq!(lift.verdict, Verdict::Broken);
        let sound = Lift::of(&people(10_000, 0.2, 0.1, 7), 0.05);
        assert!(sound.sample_ratio.unwrap().p > MISMATCH && sound.verdict == Verdict::More);
    }

    #[test]
    fn means_are_apart_as_welch_says() {
        // Worked by hand: means 2.5 and 4, variances 5/3 and 2/2.
        let found = MeanDifference::of(&[1.0, 2.0, 3.0, 4.0], &[3.0, 4.0, 5.0]);
        let error = (5.0_f64 / 3.0 / 4.0 + 1.0 / 3.0).sqrt();
        assert!((found.value + 1.5).abs() < 1e-12);
        assert!((found.low.unwrap() - (-1.5 - 1.959_964 * error)).abs() < 1e-6);
        assert!((found.minimum_detectable.unwrap() - (1.959_964 + 0.841_621) * error).abs() < 1e-5);
        assert!((found.p - two_sided(1.5 / error)).abs() < 1e-12);
        let unknown = MeanDifference::of(&[1.0], &[]);
        assert_eq!((unknown.low, unknown.high, unknown.p), (None, None, 1.0));
    }

    #[test]
    fn nothing_is_told_of_one_side_alone() {
        let alone = Lift::of(&[Subject { treated: true, did: true, spent: 5.0 }], 0.05);
        assert_eq!((alone.verdict, alone.minimum_detectable), (Verdict::Nothing, None));
        assert!(alone.needed.is_some());
        assert_eq!(Lift::of(&[], 0.05).verdict, Verdict::Nothing);
    }

    #[test]
    fn more_comparisons_ask_for_more() {
        // R: p.adjust(c(.01, .04, .03, .005), "holm").
        for (found, known) in holm(&[0.01, 0.04, 0.03, 0.005]).into_iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - known).abs() < 1e-12);
        }
        assert!(holm(&[]).is_empty());
    }
}
