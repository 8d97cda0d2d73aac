//! The probability in a decision is what enumeration finds, nothing is tried that may not be done, and off is off.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "counts in tests are small, and probabilities are exact"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use tact_domain::{Channel, CustomerId, Key, Trigger};

use super::*;
use crate::shop::{NOW, at_check_in, catalogue, offer, willing};
use crate::{
    Action, Class, Fate, Holdout, Issue, Limit, Mode, Models, Moment, Reason, Resource, Rung, Treatment, decide, places,
};

fn exploring(actions: Vec<Action>, share: f64, within: f64) -> Catalogue {
    let mut catalogue = catalogue(actions);
    catalogue.policy.explore = Explore { share, within, salt: "s".into() };
    catalogue
}

fn decided(catalogue: &Catalogue, id: u128) -> Decision {
    at_check_in(catalogue, &Models::default(), None, (Rung::GroupPrior, id))
}

fn name(decision: &Decision, catalogue: &Catalogue) -> Key {
    let winner = decision.winner().unwrap();
    catalogue.actions[usize::from(winner.action)].name.clone()
}

#[test]
fn every_draw_chooses_something_and_each_thing_as_often_as_is_said() {
    for (share, count) in [(0.2, 3), (0.05, 7), (0.000_003, 5), (0.1, 1), (0.0, 4), (0.123_457, 2)] {
        let explore = Explore { share, ..Explore::default() };
        let mut seen = vec![0_u32; 7];
        let mut said = vec![None; 7];
        for draw in 0..Explore::DRAWS {
            let (chosen, draws) = explore.choose(count, draw);
            seen[chosen as usize] += 1;
            assert!(said[chosen as usize].is_none_or(|known| known == draws), "always the same");
            said[chosen as usize] = Some(draws);
        }
        let found: Vec<_> = seen.iter().map(|n| Some(*n).filter(|n| *n > 0)).collect();
        assert_eq!(found, said, "{share} of {count}");
        let tries = (share * f64::from(Explore::DRAWS)).round();
        let fair = tries / f64::from(count);
        let is_fair = |n: u32| (f64::from(n) - fair).abs() <= 1.0;
        let beyond_best = seen.iter().skip(1).take(count as usize - 1);
        assert!(count < 2 || tries < f64::from(count) || beyond_best.clone().all(|n| is_fair(*n)), "{seen:?}");
    }
}

#[test]
fn a_draw_is_any_of_all_and_another_with_another_salt() {
    let explore = |salt: &str| Explore { salt: salt.into(), ..Explore::default() };
    let draws: Vec<_> = (0..4_000_u128).map(|id| explore("a").draw(DecisionId(id))).collect();
    assert!(draws.iter().all(|draw| *draw < Explore::DRAWS));
    let mean = draws.iter().map(|draw| f64::from(*draw)).sum::<f64>() / 4_000.0;
    assert!((mean / f64::from(Explore::DRAWS) - 0.5).abs() < 0.02, "{mean}");
    assert_ne!(explore("a").draw(DecisionId(1)), explore("b").draw(DecisionId(1)));
}

#[test]
fn what_is_tried_is_chosen_and_the_better_says_so() {
    let actions =
        [("a_worse", 0.30), ("b_best", 0.32), ("c_poor", 0.20)].map(|(name, prior)| offer(name, 200.0, prior));
    let catalogue = exploring(actions.to_vec(), 0.2, 5.0);
    let mut often = [0, 0];
    for id in 0..2_000 {
        let decision = decided(&catalogue, id);
        let fates: Vec<_> = decision.candidates.iter().map(|candidate| candidate.fate).collect();
        let lost = Fate::Lost(Reason::Outscored);
        match name(&decision, &catalogue).as_str() {
            "b_best" => {
                often[0] += 1;
                assert_eq!(fates, [lost, Fate::Chosen, lost]);
                assert!((decision.probability - 0.9).abs() < 1e-9);
            }
            tried => {
                often[1] += 1;
                assert_eq!((tried, fates), ("a_worse", vec![Fate::Chosen, Fate::Lost(Reason::Explored), lost]));
                assert!((decision.probability - 0.1).abs() < 1e-9);
                assert_eq!(places(&decision, &catalogue, 3), [0, 1, 2], "what is tried stands first");
            }
        }
        assert_eq!(decision, decided(&catalogue, id), "and again the same");
    }
    assert!((150..250).contains(&often[1]), "{often:?}");
}

#[test]
fn whoever_is_held_out_has_the_ghost_of_what_would_have_been_tried() {
    let mut catalogue = exploring(["a", "b"].map(|name| offer(name, 200.0, 0.3)).to_vec(), 0.2, 5.0);
    let told: Vec<_> = (0..300).map(|id| decided(&catalogue, id)).collect();
    catalogue.policy.holdout = Holdout { share: 1.0, salt: "all".into() };
    assert!(catalogue.policy.holdout.holds(&CustomerId::new("cust-1").unwrap(), NOW));
    for (id, told) in (0..).zip(told) {
        let held_out = decided(&catalogue, id);
        assert_eq!((held_out.chosen, held_out.ghost), (None, told.chosen));
        assert!((held_out.probability - told.probability).abs() < 1e-12);
    }
}

fn any_action() -> impl Strategy<Value = (usize, usize, f64, u8)> {
    (0..8_usize, 0..3_usize, 0.0..0.6_f64, 0..4_u8)
}

fn made(nth: usize, (issue, class, prior, mark): (usize, usize, f64, u8)) -> Action {
    let mut action = offer(&format!("a{nth}"), 200.0, prior);
    action.issue = Issue::ALL[issue];
    action.class = [Class::Default, Class::Default, Class::Mandatory][class];
    let other = Treatment { group_prior: prior * 0.99, ..Treatment::new("mail", Channel::Email, Mode::Push) };
    action.treatments.push(Treatment { valid_s: 60, window_s: 60, ..other });
    match mark {
        0 => action.until = Some(NOW),
        1 => action.treatments[0].promises = Some("mail".into()),
        2 => action.treatments[1].fulfils = true,
        _ => {}
    }
    action
}

proptest! {
    // Each counts a million draws.
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_is_tried_that_is_refused_worth_nothing_or_owed_and_probabilities_are_those_of_an_enumeration(
        drawn in proptest::collection::vec(any_action(), 1..6),
        share in 0.001..0.2_f64,
        within in 0.0..60.0_f64,
        id in any::<u128>(),
    ) {
        let actions: Vec<_> = drawn.into_iter().enumerate().map(|(nth, one)| made(nth, one)).collect();
        let off = decided(&exploring(actions.clone(), 0.0, within), id);
        let on = exploring(actions, share, within);
        let decision = decided(&on, id);
        prop_assert_eq!(decision.chosen.is_some(), off.chosen.is_some(), "silence is as it was");
        let (Some(best), Some(winner)) = (off.winner(), decision.winner()) else { return Ok(()) };

        // What is nearly as good, found from what is decided without trying anything.
        let parts = |candidate: &Candidate| {
            let action = &on.actions[usize::from(candidate.action)];
            (action, &action.treatments[usize::from(candidate.treatment)])
        };
        let worth = |candidate: &Candidate| candidate.terms.map_or(f64::NEG_INFINITY, |terms| terms.score);
        let sells = |candidate: &Candidate| {
            let (action, treatment) = parts(candidate);
            action.class == Class::Default && action.issue.precedence() == 3 && !treatment.fulfils
        };
        let ran = |fate: Fate| matches!(fate, Fate::Chosen | Fate::Lost(Reason::Outscored | Reason::StandBy));
        let nearly: Vec<_> = off.candidates.iter().filter(|one| {
            ran(one.fate) && sells(one) && sells(best) && worth(one) >= worth(best) - within && worth(one) > 0.0
        }).collect();
        if nearly.len() < 2 {
            prop_assert_eq!((&decision.candidates, decision.probability), (&off.candidates, 1.0));
            return Ok(());
        }
        let is_in = |candidate: &Candidate| nearly.iter().any(|one| (one.action, one.treatment) == (candidate.action, candidate.treatment));
        prop_assert!(is_in(winner));

        // Every draw there is, counted by hand.
        let tries = (share * 1e6).round() as u64;
        let count = nearly.len() as u64;
        let mut ranked = nearly.clone();
        ranked.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then_with(|| parts(a).0.name.cmp(&parts(b).0.name)).then_with(|| parts(a).1.name.cmp(&parts(b).1.name)));
        let place = ranked.iter().position(|one| (one.action, one.treatment) == (winner.action, winner.treatment)).unwrap() as u64;
        let hits = (0..1_000_000_u64).filter(|draw| if *draw < tries { draw * count / tries == place } else { place == 0 }).count();
        prop_assert_eq!(decision.probability, hits as f64 / 1e6);
    }

    #[test]
    fn the_switch_turns_it_off_to_the_last_bit(
        drawn in proptest::collection::vec(any_action(), 1..6),
        id in any::<u128>(),
    ) {
        let actions: Vec<_> = drawn.into_iter().enumerate().map(|(nth, one)| made(nth, one)).collect();
        let plain = decided(&catalogue(actions.clone()), id);
        let mut switched_off = exploring(actions, 0.2, 1e9);
        switched_off.policy.levers.off = vec![Term::Explore];
        prop_assert_eq!(decided(&switched_off, id), plain);
    }
}

#[test]
fn what_takes_of_a_limit_is_neither_tried_nor_tried_instead_of_so_that_probabilities_stay_exact() {
    let mut actions: Vec<_> =
        [("a", 0.34), ("b", 0.33), ("c", 0.32)].map(|(name, prior)| offer(name, 200.0, prior)).into();
    actions[0].limits = vec![Limit { of: Resource::Stock, most: 1, every_s: 0, per_store: false }];
    let catalogue = exploring(actions, 0.2, 50.0);
    let (customer, profile) = (CustomerId::new("cust-1").unwrap(), willing());
    let (mut weight, total) = (BTreeMap::<(bool, Key), f64>::new(), 40_000_u128);
    for nth in 0..total {
        let id = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15_1234_5678_9abc_def1);
        let again = |exhausted: &[Key]| {
            let asked = Moment::asked(DecisionId(id), &customer, &profile, NOW);
            let moment = Moment { trigger: Trigger::CheckIn, rung: Rung::GroupPrior, exhausted, ..asked };
            let mut decision = Decision::empty();
            decide(&moment, &catalogue, &Models::default(), &mut decision);
            decision
        };
        // None is left, which is found out by asking for what was chosen; or there is some.
        for is_used_up in [true, false] {
            let (mut exhausted, mut decision) = (Vec::new(), again(&[]));
            while let Some(claim) = decision.claims.first().filter(|_| is_used_up) {
                exhausted.push(claim.limit.clone());
                decision = again(&exhausted);
            }
            *weight.entry((is_used_up, name(&decision, &catalogue))).or_default() += 1.0 / decision.probability;
        }
    }
    let mean =
        |is_used_up: bool, name: &str| weight.get(&(is_used_up, name.into())).copied().unwrap_or(0.0) / total as f64;
    assert_eq!((mean(false, "a"), mean(false, "b"), mean(true, "a")), (1.0, 0.0, 0.0));
    for name in ["b", "c"] {
        assert!(
            (mean(true, name) - 1.0).abs() < 0.05,
            "the mean of what is chosen by its probability is 1: {weight:?}"
        );
    }
}
