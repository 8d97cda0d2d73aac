//! Who is served less than others: for every group of customers, how much of what was considered for it passes each stage, and how many of its people are
//! contacted at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tact_domain::CustomerId;
use tact_learn::{Difference, Share};

use super::evidence::Decided;
use super::lifts::{Rate, UNTYPED, float};
use crate::stages::STAGES;

/// How one group fares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// By what people are grouped: `profile_type`, `language` or `zone`.
    pub by: &'static str,
    /// The group.
    pub name: String,
    /// Its people.
    pub people: usize,
    /// Decisions about them.
    pub decisions: usize,
    /// What was considered for them.
    pub candidates: u64,
    /// What of that is left after each stage.
    pub stages: Vec<Left>,
    /// The share of its people who were contacted, or would have been were they not held out.
    pub contacted: Rate,
    /// The same share of everybody.
    pub contacted_of_all: Rate,
    /// The first over the second; `None` when nobody is contacted.
    pub ratio: Option<f64>,
    /// The share of the group less that of everybody else.
    pub beside_others: Difference,
    /// Whether the group gets less than four fifths of what everybody gets: the stages after which that holds, and `contacted`.
    pub under_served: Vec<&'static str>,
}

/// What is left of what was considered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Left {
    /// After this stage.
    pub stage: &'static str,
    /// Candidates that are left.
    pub left: u64,
    /// The share of those that came to this stage and ended here.
    pub refused: f64,
    /// Their share of what was considered, over the same share of everybody; `None` when nothing is left of anybody.
    pub ratio: Option<f64>,
}

/// Below this ratio a group is under-served. The four fifths of the Uniform Guidelines on Employee Selection Procedures (29 CFR 1607.4 D, 1978).
pub const FOUR_FIFTHS: f64 = 0.8;

#[derive(Default)]
struct Counted<'a> {
    people: BTreeSet<&'a CustomerId>,
    contacted: BTreeSet<&'a CustomerId>,
    decisions: usize,
    ended: [u64; STAGES.len() + 1],
}

impl<'a> Counted<'a> {
    fn enter(&mut self, decided: &'a Decided) {
        self.people.insert(&decided.customer);
        self.decisions += 1;
        if decided.won.is_some() {
            self.contacted.insert(&decided.customer);
        }
        for (all, more) in self.ended.iter_mut().zip(decided.ended) {
            *all += u64::from(more);
        }
    }

    fn considered(&self) -> u64 {
        self.ended.iter().sum()
    }

    /// What is left after a stage and all before it.
    fn left(&self, stage: usize) -> u64 {
        self.ended.iter().skip(stage + 1).sum()
    }

    fn share(&self, stage: usize) -> f64 {
        ratio(whole(self.left(stage)), whole(self.considered())).unwrap_or(0.0)
    }

    fn contacted(&self) -> Rate {
        Rate::of(self.contacted.len(), self.people.len())
    }
}

/// How somebody's group is found.
type Name = fn(&Decided) -> Option<&str>;

/// The groups of at least `least` people, by what they are grouped by; those that are smaller stand together as `others`, if they are as many together, so that nobody can be told by
/// where they live or what they read. Of a customer who changes groups, each decision counts where they were then.
pub(super) fn groups(decisions: &[&Decided], least: usize) -> Vec<Group> {
    let mut all = Counted::default();
    for decided in decisions {
        all.enter(decided);
    }
    let by: [(&str, Name); 3] = [
        ("profile_type", |decided| Some(decided.kind.unwrap_or(UNTYPED))),
        ("language", |decided| decided.language.as_deref()),
        ("zone", |decided| decided.zone.as_deref()),
    ];
    let mut groups = Vec::new();
    for (by, name) in by {
        let mut people: BTreeMap<&str, BTreeSet<&CustomerId>> = BTreeMap::new();
        for decided in decisions {
            people.entry(name(decided).unwrap_or("not_told")).or_default().insert(&decided.customer);
        }
        let mut counted: BTreeMap<&str, Counted<'_>> = BTreeMap::new();
        for decided in decisions {
            let name = name(decided).unwrap_or("not_told");
            let is_large = people.get(name).is_some_and(|people| people.len() >= least);
            counted.entry(if is_large { name } else { "others" }).or_default().enter(decided);
        }
        let told = counted.iter().filter(|(_, counted)| counted.people.len() >= least);
        groups.extend(told.map(|(name, counted)| group(by, name, counted, &all)));
    }
    groups
}

fn group(by: &'static str, name: &str, counted: &Counted<'_>, all: &Counted<'_>) -> Group {
    let stages: Vec<Left> =
        STAGES.iter().enumerate().map(|(place, (stage, _))| left(place, stage, counted, all)).collect();
    let (contacted, contacted_of_all) = (counted.contacted(), all.contacted());
    let others = all.people.difference(&counted.people).count();
    let others_contacted = all.contacted.difference(&counted.people).count();
    let of_group = Share::new(float(contacted.k), float(contacted.n));
    let beside_others = of_group.above(&Share::new(float(others_contacted), float(others)));
    let ratio = ratio(contacted.rate.value, contacted_of_all.rate.value);
    let is_less = |ratio: Option<f64>| ratio.is_some_and(|ratio| ratio < FOUR_FIFTHS);
    let after = stages.iter().filter(|left| is_less(left.ratio)).map(|left| left.stage);
    let under_served = after.chain(is_less(ratio).then_some("contacted")).collect();
    Group {
        by,
        name: name.to_owned(),
        people: counted.people.len(),
        decisions: counted.decisions,
        candidates: counted.considered(),
        stages,
        contacted,
        contacted_of_all,
        ratio,
        beside_others,
        under_served,
    }
}

fn left(place: usize, stage: &'static str, counted: &Counted<'_>, all: &Counted<'_>) -> Left {
    let ended = counted.ended.get(place).copied().unwrap_or(0);
    let refused = ratio(whole(ended), whole(counted.left(place) + ended)).unwrap_or(0.0);
    Left { stage, left: counted.left(place), refused, ratio: ratio(counted.share(place), all.share(place)) }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn whole(n: u64) -> f64 {
    n as f64
}
