//! Crowds and screens: whoever people are, no number is of few, none that is hidden can be worked out, and what a screen shows depends on the
//! counts alone.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod people;
mod town;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tact_decide::{Catalogue, Fate, Reason, Scene, ScreenDecision, Silence, screen, unrecognised};
use tact_domain::{Anyone, Crowd, Key, ProfileType, Timestamp, Trigger};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| tact_aws::catalogue().unwrap());

/// Noon of the day in town, in New York.
const NOON: Timestamp = Timestamp(1_793_462_400_000);
/// The smallest crowd there may be, so that little makes one.
const K: u32 = Crowd::LEAST;

fn anyone(kind: ProfileType) -> Anyone {
    Anyone { kind, areas: BTreeSet::new(), hours: BTreeSet::from([12]), bought: BTreeSet::new() }
}

fn many(kind: ProfileType, people: usize) -> Vec<Anyone> {
    vec![anyone(kind); people]
}

prop_compose! {
    fn somebody()(
        kind in select(ProfileType::ALL.to_vec()),
        areas in subsequence(vec!["beauty", "shoes", "women"], 0..=3),
        hours in subsequence(vec![11, 12, 13], 1..=3),
        bought in subsequence(vec!["bags", "shoes"], 0..=2),
    ) -> Anyone {
        let keys = |names: Vec<&str>| names.into_iter().map(Key::new).collect();
        Anyone { kind, areas: keys(areas), hours: hours.into_iter().collect(), bought: keys(bought) }
    }
}

/// So many people of each type.
fn divided(counts: &[usize]) -> Vec<Anyone> {
    ProfileType::ALL.into_iter().zip(counts).flat_map(|(kind, people)| many(kind, *people)).collect()
}

/// Every number that is told of a crowd.
fn numbers(crowd: &Crowd) -> Vec<u32> {
    let of_type = |counts: &tact_domain::Counts| {
        let areas = counts.areas.iter().chain(&counts.bought).map(|(_, people)| *people);
        areas.chain(counts.hours.iter().map(|(_, people)| *people)).chain([counts.people]).collect::<Vec<_>>()
    };
    crowd.types().iter().flat_map(of_type).chain(crowd.people()).collect()
}

fn at_market_street(crowd: &Crowd) -> ScreenDecision {
    screen(crowd, &CATALOGUE, CATALOGUE.places.store("market-street").unwrap(), NOON)
}

fn shown(decision: &ScreenDecision) -> Result<&'static str, Silence> {
    let action = |action: u16| CATALOGUE.actions[usize::from(action)].name.as_str();
    decision.shown.map(|candidate| action(candidate.action))
}

proptest! {
    #[test]
    fn no_number_is_of_few_and_neither_is_what_is_left_over(people in prop::collection::vec(somebody(), 0..90)) {
        let crowd = Crowd::of(people.clone(), K);
        prop_assert!(numbers(&crowd).into_iter().all(|number| number >= K));
        let told: u32 = crowd.types().iter().map(|counts| counts.people).sum();
        prop_assert!(crowd.people().is_none_or(|all| all == told || all - told >= K));
        for counts in crowd.types() {
            let cells = counts.areas.iter().chain(&counts.bought).map(|(_, inside)| *inside);
            for inside in cells.chain(counts.hours.iter().map(|(_, inside)| *inside)) {
                prop_assert!(counts.people - inside >= K, "those who are not in it are many as well");
            }
            let of_type = people.iter().filter(|anyone| anyone.kind == counts.kind);
            let in_none = of_type.filter(|anyone| !counts.areas.iter().any(|(area, _)| anyone.areas.contains(area)));
            let in_none = in_none.count();
            prop_assert!(in_none == 0 || in_none >= K as usize);
        }
    }

    #[test]
    fn in_which_order_people_come_is_not_told(people in prop::collection::vec(somebody(), 0..60)) {
        let reversed: Vec<_> = people.iter().rev().cloned().collect();
        prop_assert_eq!(Crowd::of(people, K), Crowd::of(reversed, K));
    }

    /// Whoever sees what is released cannot tell how many are of a hidden type: another number would have given the same.
    #[test]
    fn a_hidden_type_cannot_be_worked_out(counts in prop::collection::vec(0_usize..12, 5)) {
        let crowd = Crowd::of(divided(&counts), K);
        let hidden: Vec<usize> = (0..5).filter(|place| counts[*place] < K as usize).collect();
        let same = |other: &[usize]| Crowd::of(divided(other), K) == crowd;
        let nobody_hidden = hidden.iter().all(|place| counts[*place] == 0);
        for place in hidden.iter().copied().filter(|_| !nobody_hidden) {
            let others: Vec<_> = hidden.iter().copied().filter(|other| *other != place).collect();
            let another = (0..K as usize).filter(|number| *number != counts[place]).any(|number| {
                let with = |moved: &[(usize, usize)]| {
                    let mut all = counts.clone();
                    all[place] = number;
                    for (other, number) in moved {
                        all[*other] = *number;
                    }
                    all
                };
                let sum = |other: usize| counts[place] + counts[other];
                // The others as they are; one of them instead, so that the sum is the same; or hardly anybody at all.
                let instead = others.iter().filter(|other| (number..number + K as usize).contains(&sum(**other)));
                let instead = instead.map(|other| with(&[(*other, sum(*other) - number)]));
                let nobody: Vec<_> = others.iter().map(|other| (*other, 0)).collect();
                let hardly = others.iter().map(|other| with(&[&nobody[..], &[(*other, 1)]].concat()));
                instead.chain(hardly).chain([with(&[])]).any(|all| same(&all))
            });
            prop_assert!(another, "{counts:?} gives away that {} are of {:?}", counts[place], ProfileType::ALL[place]);
        }
    }

    /// Whoever the people are, the same counts show the same.
    #[test]
    fn what_a_screen_shows_depends_on_the_released_counts_alone(
        counts in prop::collection::vec(0_usize..12, 5),
        others in prop::collection::vec(0_usize..12, 5),
        details in prop::collection::vec(somebody(), 60),
    ) {
        let one = Crowd::of(divided(&counts), K);
        // The same types, where enough people are of them; the others are other people altogether.
        let kept: Vec<_> = counts.iter().zip(&others).map(|(n, m)| if *n >= K as usize { *n } else { m % K as usize }).collect();
        let mut people = divided(&kept);
        for (anyone, detail) in people.iter_mut().zip(details) {
            *anyone = Anyone { kind: anyone.kind, ..detail };
        }
        let other = Crowd::of(people, K);
        if (one.people(), one.shares()) == (other.people(), other.shares()) {
            prop_assert_eq!(at_market_street(&one), at_market_street(&other));
        }
    }
}

#[test]
fn a_screen_is_dark_for_nine_people_and_speaks_to_ten() {
    let crowd = |people| Crowd::of(many(ProfileType::Browser, people), CATALOGUE.policy.crowd);
    let nine = at_market_street(&crowd(9));
    assert_eq!((nine.shown, nine.candidates.len()), (Err(Silence::TooFew), 0));
    assert_eq!(shown(&at_market_street(&crowd(10))), Ok("screen_selection"));
}

#[test]
fn a_screen_speaks_to_most_of_those_who_are_there() {
    let crowd = |browsers, express| {
        let people = many(ProfileType::Browser, browsers).into_iter().chain(many(ProfileType::Express, express));
        shown(&at_market_street(&Crowd::of(people, K)))
    };
    assert_eq!(crowd(30, 0), Ok("screen_selection"));
    assert_eq!(crowd(25, 5), Ok("screen_selection"));
    assert_eq!(crowd(5, 25), Ok("screen_pickup"));
    assert_eq!(crowd(0, 30), Ok("screen_pickup"));
}

#[test]
fn what_asks_about_a_person_is_never_for_people_nobody_knows() {
    let store = CATALOGUE.places.store("market-street").unwrap();
    for kind in ProfileType::ALL {
        for trigger in Trigger::ALL {
            let found = unrecognised(kind, &CATALOGUE, &Scene { store, trigger, now: NOON });
            for candidate in found.candidates.iter().filter(|candidate| candidate.terms.is_some()) {
                let action = &CATALOGUE.actions[usize::from(candidate.action)];
                let asked = action.conditions.iter().flat_map(|condition| condition.rule.slots());
                let asked: Vec<_> = asked.map(|slot| &CATALOGUE.slots[usize::from(slot)]).collect();
                assert!(
                    asked.iter().all(|slot| matches!(slot, tact_decide::Slot::Store)),
                    "{}: {asked:?}",
                    action.name
                );
            }
        }
    }
    let open = Scene { store, trigger: Trigger::Open, now: NOON };
    assert_eq!(shown(&unrecognised(ProfileType::Browser, &CATALOGUE, &open)), Ok("screen_selection"));
    assert_eq!(shown(&unrecognised(ProfileType::Express, &CATALOGUE, &open)), Ok("screen_pickup"));
    let entry = Scene { trigger: Trigger::Entry, ..open };
    assert_eq!(shown(&unrecognised(ProfileType::Browser, &CATALOGUE, &entry)), Err(Silence::NothingFits));
}

#[test]
fn beside_a_place_where_nobody_is_approached_screens_stay_dark() {
    let crowd = Crowd::of(many(ProfileType::Express, 30), K);
    let riverside = CATALOGUE.places.store("riverside").unwrap();
    let decision = screen(&crowd, &CATALOGUE, riverside, NOON);
    assert_eq!(decision.shown, Err(Silence::NothingFits));
    assert!(decision.candidates.iter().all(|candidate| candidate.fate == Fate::Refused(Reason::DenyZone)));
}

/// What chooses for a screen cannot name anything that is one person's: the compiler would refuse it.
#[test]
fn the_code_that_chooses_for_screens_names_nothing_of_a_person() {
    let source = include_str!("../../../shared/decide/src/screen.rs");
    let names: BTreeMap<&str, usize> = source.split(|c: char| !c.is_alphanumeric()).map(|word| (word, 0)).collect();
    for person in ["Profile", "CustomerId", "Moment", "Known", "Signal", "Anyone", "ConsentFacet", "DecisionId"] {
        assert!(!names.contains_key(person), "`{person}`");
    }
    assert!(names.contains_key("Crowd"));
}
