//! Crowds: what is known of many people together when nobody of them can be told apart, or worked out by subtraction.

use std::collections::{BTreeMap, BTreeSet};

use crate::anyone::Anyone;
use crate::{Key, ProfileType};

/// What is known of the people of some time and place together. It can be made of people without names only, and holds nothing of fewer than `k`:
///
/// - a type is told when at least `k` people are of it;
/// - an area, an hour or a category of a type is told when at least `k` people of the type are in it, at least `k` are not, and those who are in none
///   that is told are at least `k`, or nobody;
/// - the sum is told when nobody is of a type that is hidden, or so many that no hidden type can be worked out of it.
///
/// That is promised of one crowd. It is not promised of two whose times overlap: who subtracts one from the other, or knows everybody else in it,
/// may learn of one person. Ask about whole hours that stand side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowd {
    k: u32,
    people: Option<u32>,
    types: Vec<Counts>,
}

/// The people of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The type.
    pub kind: ProfileType,
    /// How many there are.
    pub people: u32,
    /// Where they were, by area; somebody may be in several.
    pub areas: Vec<(Key, u32)>,
    /// When they were there, by hour of the store's day, 0 to 23; somebody may be in several.
    pub hours: Vec<(u8, u32)>,
    /// What they bought within 90 days, by category; somebody may be in several.
    pub bought: Vec<(Key, u32)>,
}

impl Crowd {
    /// Nobody may be counted in a smaller crowd, whatever is asked for.
    pub const LEAST: u32 = 5;

    /// What is known of some people, each given once, in whatever order. A `k` under `LEAST` is taken to be that.
    pub fn of(people: impl IntoIterator<Item = Anyone>, k: u32) -> Self {
        let k = k.max(Self::LEAST);
        let mut of_type: BTreeMap<ProfileType, Vec<Anyone>> = BTreeMap::new();
        for anyone in people {
            of_type.entry(anyone.kind).or_default().push(anyone);
        }
        let all: u32 = of_type.values().map(|people| count(people.len())).sum();
        let types: Vec<_> = of_type.iter().filter_map(|(kind, people)| Counts::of(*kind, people, k)).collect();
        let told: u32 = types.iter().map(|counts| counts.people).sum();
        let hidden_types = count(ProfileType::ALL.len().saturating_sub(types.len()));
        let may_be_told = all > 0 && hides(all - told, hidden_types, k);
        Self { k, people: may_be_told.then_some(all), types }
    }

    /// The fewest people it tells of.
    pub fn k(&self) -> u32 {
        self.k
    }

    /// How many people there are; `None` when there are none, or it may not be told.
    pub fn people(&self) -> Option<u32> {
        self.people
    }

    /// The types that are told, in their order; empty when there are none.
    pub fn types(&self) -> &[Counts] {
        &self.types
    }

    /// The shares of the types, which are 1 together, `None` for all that are hidden; empty when nothing is known of anybody.
    pub fn shares(&self) -> Vec<(Option<ProfileType>, f64)> {
        let told: u32 = self.types.iter().map(|counts| counts.people).sum();
        let all = self.people.unwrap_or(told);
        let share = |people: u32| f64::from(people) / f64::from(all.max(1));
        let of_types = self.types.iter().map(|counts| (Some(counts.kind), share(counts.people)));
        let hidden = Some((None, share(all - told))).filter(|_| all > told);
        of_types.chain(hidden).collect()
    }
}

impl Counts {
    /// The counts of the people of a type; `None` when they are too few.
    fn of(kind: ProfileType, people: &[Anyone], k: u32) -> Option<Self> {
        let counted = count(people.len());
        (counted >= k).then(|| Self {
            kind,
            people: counted,
            areas: cells(people, k, |anyone| &anyone.areas),
            hours: cells(people, k, |anyone| &anyone.hours),
            bought: cells(people, k, |anyone| &anyone.bought),
        })
    }
}

/// Whether a number of people in hidden types, each of fewer than `k`, leaves every one of these types open: it does when there is nobody, and
/// otherwise when it is at least `k` and not the most there could be, which only one division makes.
fn hides(hidden: u32, types: u32, k: u32) -> bool {
    hidden == 0 || (k..types.saturating_mul(k - 1)).contains(&hidden)
}

/// The cells of one kind that may be told, in their order. Where those in none of them would be too few, the last ones are kept back as well:
/// an order that does not look at the counts gives nothing away.
fn cells<T: Ord + Clone>(people: &[Anyone], k: u32, of: impl Fn(&Anyone) -> &BTreeSet<T>) -> Vec<(T, u32)> {
    let mut counts: BTreeMap<&T, u32> = BTreeMap::new();
    for cell in people.iter().flat_map(&of) {
        *counts.entry(cell).or_default() += 1;
    }
    let all = count(people.len());
    let mut told: Vec<(T, u32)> = counts
        .into_iter()
        .filter(|(_, inside)| *inside >= k && all - inside >= k)
        .map(|(cell, inside)| (cell.clone(), inside))
        .collect();
    let in_none = |told: &[(T, u32)]| {
        let in_any = |anyone: &&Anyone| told.iter().any(|(cell, _)| of(anyone).contains(cell));
        all - count(people.iter().filter(in_any).count())
    };
    while (1..k).contains(&in_none(&told)) {
        told.pop();
    }
    told
}

fn count(people: usize) -> u32 {
    u32::try_from(people).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(kind: ProfileType, many: usize, areas: &[&str], hour: u8) -> Vec<Anyone> {
        let areas = areas.iter().map(|area| Key::new(*area)).collect();
        vec![Anyone { kind, areas, hours: BTreeSet::from([hour]), bought: BTreeSet::new() }; many]
    }

    #[test]
    fn nine_of_ten_are_nobody_and_ten_are_told() {
        let nine = Crowd::of(people(ProfileType::Browser, 9, &[], 11), 10);
        assert_eq!((nine.people(), nine.types().len(), nine.shares().len()), (None, 0, 0));
        let ten = Crowd::of(people(ProfileType::Browser, 10, &[], 11), 10);
        assert_eq!((ten.people(), ten.types().len()), (Some(10), 1));
        assert_eq!(ten.shares(), [(Some(ProfileType::Browser), 1.0)]);
        let four = Crowd::of(people(ProfileType::Browser, 4, &[], 11), 1);
        assert_eq!((four.k(), four.people()), (5, None), "no k is smaller than the least");
    }

    #[test]
    fn a_sum_that_would_give_a_hidden_type_away_is_not_told() {
        let with = |express| {
            let hidden = people(ProfileType::Express, express, &[], 11);
            Crowd::of(people(ProfileType::Browser, 20, &[], 11).into_iter().chain(hidden), 10)
        };
        assert_eq!(with(3).people(), None);
        assert_eq!(with(3), with(4), "whether there are three or four, nobody learns");
        assert_eq!(with(0).people(), Some(20));
        assert_eq!(with(10).people(), Some(30));
        let two = people(ProfileType::Newcomer, 8, &[], 11).into_iter().chain(people(ProfileType::Lapsing, 7, &[], 11));
        let crowd = Crowd::of(two, 10);
        assert_eq!((crowd.people(), crowd.types().len()), (Some(15), 0), "how they divide stays open");
        assert_eq!(crowd.shares(), [(None, 1.0)]);
    }

    #[test]
    fn an_area_is_told_when_k_people_are_in_it_and_k_are_not() {
        let areas = |inside, outside| {
            let shoes = people(ProfileType::Browser, inside, &["shoes"], 11);
            let crowd = Crowd::of(shoes.into_iter().chain(people(ProfileType::Browser, outside, &[], 12)), 10);
            crowd.types().first().map(|counts| counts.areas.len())
        };
        assert_eq!(areas(10, 10), Some(1));
        assert_eq!(areas(9, 11), Some(0));
        assert_eq!(areas(11, 9), Some(0), "or the nine who are elsewhere would be known");
        assert_eq!(areas(20, 0), Some(0), "what all of them did would be known of each");
    }

    #[test]
    fn those_in_no_area_that_is_told_are_many_or_nobody() {
        let mut all = people(ProfileType::Browser, 12, &["beauty"], 11);
        all.extend(people(ProfileType::Browser, 14, &["shoes"], 12));
        let told = |all: &[Anyone]| {
            Crowd::of(all.to_vec(), 10).types().iter().flat_map(|counts| counts.areas.clone()).collect::<Vec<_>>()
        };
        assert_eq!(told(&all), [(Key::new("beauty"), 12), (Key::new("shoes"), 14)]);
        all.extend(people(ProfileType::Browser, 3, &["women"], 13));
        assert_eq!(told(&all), [(Key::new("beauty"), 12)], "or three would be left over");
    }
}
