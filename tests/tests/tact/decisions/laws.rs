//! Laws over catalogues and customers made at random.

use proptest::prelude::*;

use tact_decide::{Exclusion, Term};
use tact_domain::Trouble;

use super::*;

fn treatments() -> impl Strategy<Value = Vec<Treatment>> {
    let chance = || 0.0..=1.0_f64;
    let one = (0..6_usize, prop_oneof![Just(0.0), 0.0..5_000.0_f64], 0.0..50.0_f64, chance(), chance(), 0..100_u32);
    proptest::collection::vec(one, 1..4).prop_map(|drawn| {
        let made = drawn.into_iter().enumerate().map(|(n, (channel, incentive, cost, group_prior, liked, harmed))| {
            let plain = treatment(&format!("t{n}"), Channel::ALL[channel]);
            Treatment { incentive, cost, group_prior, liked, told: 1_000, harmed, ..plain }
        });
        made.collect()
    })
}

/// Any catalogue of a few actions of distinct names; some score alike.
fn catalogues() -> impl Strategy<Value = Catalogue> {
    let money = || prop_oneof![Just(0.0), Just(1_000.0), 0.0..10_000.0_f64];
    let class = prop_oneof![8 => Just(Class::Default), 1 => Just(Class::Transactional), 1 => Just(Class::Mandatory)];
    let one = (0..8_usize, class, money(), money(), 0.0..=1.0_f64, 0.1..4.0_f64, treatments());
    proptest::collection::vec(one, 1..7).prop_map(|drawn| {
        let made =
            drawn.into_iter().enumerate().map(|(n, (issue, class, margin, benefit, organic, lever, treatments))| {
                let plain = action(&format!("a{n}"), ISSUES[issue]);
                Action { class, margin, benefit, organic, lever, treatments, basket: margin * 2.0, ..plain }
            });
        catalogue(made.collect())
    })
}

/// What each switch takes out of a score.
type Switch = (Term, fn(&Terms) -> f64);
const SWITCHES: [Switch; 9] = [
    (Term::Gain, |t| t.lever * t.context * (t.positive - t.positive_if_silent) * t.margin),
    (Term::Lever, |t| (t.lever - 1.0) * t.context * (t.positive - t.positive_if_silent) * t.margin),
    (Term::Context, |t| t.lever * (t.context - 1.0) * (t.positive - t.positive_if_silent) * t.margin),
    (Term::Organic, |t| -t.lever * t.context * t.positive_if_silent * t.margin),
    (Term::Benefit, |t| t.benefit_weight * t.liked * t.benefit),
    (Term::Incentive, |t| -t.redeem * t.incentive),
    (Term::Harm, |t| -t.harmful * t.harm),
    (Term::Cost, |t| -t.cost),
    (Term::Bid, |t| -t.bid),
];

/// One more reason to hold something back.
#[derive(Clone, Debug)]
enum Refusal {
    Cap(usize, bool),
    DenyZone,
    Revoked(usize),
    NotFor(usize),
    Ended(usize),
    InTrouble,
    MoreThanMarketing,
    Excluded(usize, usize),
    Paused(usize),
}

fn refusals() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        (0..7_usize, any::<bool>()).prop_map(|(channel, impressions)| Refusal::Cap(channel, impressions)),
        Just(Refusal::DenyZone),
        (0..6_usize).prop_map(Refusal::Revoked),
        (0..7_usize).prop_map(Refusal::NotFor),
        (0..7_usize).prop_map(Refusal::Ended),
        Just(Refusal::InTrouble),
        Just(Refusal::MoreThanMarketing),
        (0..7_usize, 0..7_usize).prop_map(|(one, other)| Refusal::Excluded(one, other)),
        (0..7_usize).prop_map(Refusal::Paused),
    ]
}

/// Adds a refusal; answers whether the place is denied.
fn refuse(refusal: &Refusal, catalogue: &mut Catalogue, profile: &mut Profile) -> bool {
    let count = catalogue.actions.len();
    match refusal {
        Refusal::Cap(channel, impressions) => catalogue.policy.caps.push(Cap {
            name: "none".into(),
            max: 0,
            window_s: 86_400,
            impressions: *impressions,
            channel: Channel::ALL.get(*channel).copied(),
            group: None,
        }),
        Refusal::DenyZone => return true,
        Refusal::Revoked(channel) => {
            let scope = Scope { purpose: Purpose::Marketing, channel: Some(Channel::ALL[*channel]), topic: None };
            let grant = Grant { scope, state: ConsentState::Revoked, terms: None, review_after: None, benefit: None };
            let change = ConsentChange { grants: vec![grant], ..ConsentChange::default() };
            profile.consent.fold(&change, Timestamp(2), Fingerprint(2));
        }
        Refusal::NotFor(place) => {
            catalogue.actions[place % count].conditions.push(buyers(1_000.0));
        }
        Refusal::Ended(place) => catalogue.actions[place % count].until = Some(NOW),
        Refusal::InTrouble => {
            catalogue.policy.troubles = vec![(Trouble::Complaint, 86_400)];
            profile.contact.troubles.enter(Trouble::Complaint, NOW.plus_s(-60));
        }
        Refusal::MoreThanMarketing => catalogue.policy.push_needs = vec![Purpose::Profiling],
        Refusal::Excluded(one, other) => {
            let names = [one, other].map(|place| catalogue.actions[place % count].name.clone());
            told(profile, &names[0]);
            catalogue.policy.exclusions.push(Exclusion { name: "x".into(), actions: names.to_vec(), within_s: 86_400 });
        }
        Refusal::Paused(place) => {
            let action = &mut catalogue.actions[place % count];
            action.cool_down_s = 86_400;
            told(profile, &action.name);
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_term_is_recorded_and_the_score_is_the_formula_over_them(catalogue in catalogues()) {
        let decision = decided(&willing(), &catalogue, false);
        prop_assert!(decision.candidates.iter().all(|candidate| candidate.terms.is_some()));
        for candidate in &decision.candidates {
            let action = &catalogue.actions[usize::from(candidate.action)];
            let treatment = &action.treatments[usize::from(candidate.treatment)];
            let (terms, wanted) = (candidate.terms.unwrap(), expected(action, treatment, &catalogue.policy.levers));
            prop_assert!(same(&terms, &wanted), "{:?} is not {:?}", terms, wanted);
            prop_assert!(terms.score.is_finite());
        }
    }

    #[test]
    fn a_term_that_is_switched_off_is_gone_from_the_score(mut catalogue in catalogues(), which in 0..SWITCHES.len()) {
        let before = decided(&willing(), &catalogue, false);
        catalogue.policy.levers.off = vec![SWITCHES[which].0];
        let after = decided(&willing(), &catalogue, false);
        for (with, without) in before.candidates.iter().zip(&after.candidates) {
            let (with, without) = (with.terms.unwrap(), without.terms.unwrap());
            let gone = SWITCHES[which].1(&with);
            prop_assert!((with.score - gone - without.score).abs() < 1e-6, "{:?}", SWITCHES[which].0);
        }
    }

    #[test]
    fn the_order_of_the_candidates_does_not_matter(
        catalogue in catalogues(),
        places in Just((0..24_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut shuffled = catalogue.clone();
        shuffled.actions.sort_by_key(|action| places[usize::from(action.name.as_bytes()[1] - b'0')]);
        for action in &mut shuffled.actions {
            action.treatments.sort_by_key(|treatment| places[12 + usize::from(treatment.name.as_bytes()[1] - b'0')]);
        }
        let (one, other) = (decided(&willing(), &catalogue, false), decided(&willing(), &shuffled, false));
        prop_assert_eq!(winner(&one, &catalogue), winner(&other, &shuffled));
        prop_assert_eq!(fates(&one, &catalogue), fates(&other, &shuffled));
    }

    #[test]
    fn the_winner_beats_every_other_on_its_own(catalogue in catalogues()) {
        let all = decided(&willing(), &catalogue, false);
        let Some(winner) = all.winner() else { return Ok(()) };
        let champion = catalogue.actions[usize::from(winner.action)].clone();
        for rival in catalogue.actions.iter().filter(|rival| rival.name != champion.name) {
            let duel = Catalogue { actions: vec![rival.clone(), champion.clone()], ..catalogue.clone() };
            let duel = decided(&willing(), &duel, false);
            prop_assert_eq!(duel.winner().map(|winner| winner.action), Some(1), "an order without circles");
        }
        let scores = all.candidates.iter().filter(|c| c.action == winner.action).filter_map(|c| c.terms);
        prop_assert!(scores.into_iter().all(|terms| terms.score <= winner.terms.unwrap().score));
    }

    #[test]
    fn adding_a_refusal_never_adds_an_action(catalogue in catalogues(), first in refusals(), second in refusals()) {
        let (mut profile, mut narrower) = (willing(), catalogue);
        let denied = refuse(&first, &mut narrower, &mut profile);
        let before = decided(&profile, &narrower, denied);
        let denied = refuse(&second, &mut narrower, &mut profile) || denied;
        let after = decided(&profile, &narrower, denied);
        for (was, is) in before.candidates.iter().zip(&after.candidates) {
            if matches!(was.fate, Fate::Refused(_)) {
                prop_assert!(matches!(is.fate, Fate::Refused(_)), "{:?} became {:?}", was.fate, is.fate);
            }
        }
        prop_assert!(before.chosen.is_some() || after.chosen.is_none(), "silence was broken by a refusal");
    }
}
