//! The holdout with its ghosts, controls, and ways that are tried against each other.

use tact_decide::{Arm, Draw, Holdout, position};

use super::*;

fn decided_for(customer: &str, catalogue: &Catalogue, now: Timestamp) -> Decision {
    let (customer, profile) = (CustomerId::new(customer).unwrap(), willing());
    let asked = Moment::asked(DecisionId(1), &customer, &profile, now);
    let moment = Moment { trigger: Trigger::CheckIn, rung: Rung::GroupPrior, ..asked };
    let mut decision = Decision::empty();
    decide(&moment, catalogue, &Models::default(), &mut decision);
    decision
}

fn names_of(n: usize) -> impl Iterator<Item = String> {
    (0..n).map(|n| format!("customer-{n}"))
}

#[test]
fn the_holdout_runs_the_whole_decision_and_keeps_the_ghost_of_its_winner() {
    let mut catalogue = catalogue(vec![worth("offer", Issue::Grow, 5.0)]);
    catalogue.policy.holdout = Holdout { share: 0.2, salt: "s".into() };
    let mut held = 0;
    for name in names_of(2_000) {
        let decision = decided_for(&name, &catalogue, NOW);
        let customer = CustomerId::new(&name).unwrap();
        let inside = position(Draw::Holdout, "s", &customer, NOW) < 0.2;
        assert_eq!((decision.chosen, decision.ghost), if inside { (None, Some(0)) } else { (Some(0), None) });
        assert_eq!(decision.candidates[0].fate == Fate::Lost(Reason::HeldOut), inside);
        assert!(decision.candidates[0].terms.is_some(), "a ghost is scored like a winner");
        assert_eq!(decision.arms, [("holdout".into(), if inside { "held_out" } else { "contacted" }.into())]);
        held += usize::from(inside);
    }
    // 400 are expected; five standard deviations are 90.
    assert!((310..=490).contains(&held), "{held} of 2,000");
}

#[test]
fn what_is_owed_helps_or_was_earned_is_never_withheld() {
    let owed = [
        Action { class: Class::Mandatory, ..worth("law", Issue::Grow, 5.0) },
        Action { class: Class::Transactional, ..worth("contract", Issue::Grow, 5.0) },
        worth("safety", Issue::Safety, 5.0),
        worth("service", Issue::Service, 5.0),
        worth("earned", Issue::Entitlement, 5.0),
    ];
    for action in owed {
        let mut catalogue = catalogue(vec![Action { control: 0.5, ..action }]);
        catalogue.policy.holdout = Holdout { share: 0.5, salt: "s".into() };
        assert!(names_of(50).all(|name| decided_for(&name, &catalogue, NOW).chosen.is_some()));
    }
}

#[test]
fn a_control_never_gets_its_action_and_gets_the_next_best_instead() {
    let better = Action { control: 0.3, ..worth("better", Issue::Grow, 5.0) };
    let catalogue = catalogue(vec![better, worth("good", Issue::Grow, 4.0)]);
    let mut controls = 0;
    for name in names_of(1_000) {
        let decision = decided_for(&name, &catalogue, NOW);
        let control = position(Draw::Control, "better", &CustomerId::new(&name).unwrap(), NOW) < 0.3;
        assert_eq!(winner(&decision, &catalogue).unwrap().0, if control { "good" } else { "better" });
        assert_eq!(decision.arms.contains(&("better".into(), "control".into())), control);
        controls += usize::from(control);
    }
    assert!((225..=375).contains(&controls), "{controls} of 1,000");
}

#[test]
fn ways_that_are_tried_against_each_other_divide_the_customers_by_their_shares() {
    let arm = |name: &str, from, to| Some(Arm { name: name.into(), from, to });
    let mut offer = worth("offer", Issue::Grow, 5.0);
    let plain = offer.treatments[0].clone();
    // The second is worth more, and still only for those it is for; beyond both shares nobody gets either.
    let a = Treatment { name: "a".into(), arm: arm("short", 0.0, 0.5), ..plain.clone() };
    let b = Treatment { name: "b".into(), arm: arm("long", 0.5, 0.8), liked: 1.0, ..plain };
    offer.treatments = vec![a, b];
    let catalogue = catalogue(vec![offer]);
    let mut counts = BTreeMap::new();
    for name in names_of(2_000) {
        let decision = decided_for(&name, &catalogue, NOW);
        let at = position(Draw::Arm, "offer", &CustomerId::new(&name).unwrap(), NOW);
        let expected = [(0.5, Some("a")), (0.8, Some("b"))].iter().find(|(to, _)| at < *to).and_then(|(_, way)| *way);
        let won = winner(&decision, &catalogue).map(|(_, way)| way);
        assert_eq!(won.as_deref(), expected);
        *counts.entry(expected).or_insert(0) += 1;
    }
    assert!((890..=1_110).contains(&counts[&Some("a")]), "{counts:?}");
    assert!((497..=703).contains(&counts[&Some("b")]), "{counts:?}");
}

#[test]
fn who_is_where_can_be_told_again_by_anybody_and_is_drawn_anew_each_year() {
    // Worked out from the documented steps in another language.
    let ana = CustomerId::new("ana").unwrap();
    let at = |draw, salt| position(draw, salt, &ana, NOW);
    assert!((at(Draw::Holdout, "2026") - HOLDOUT_OF_ANA).abs() < 1e-12, "{}", at(Draw::Holdout, "2026"));
    assert!((at(Draw::Arm, "win_back") - ARM_OF_ANA).abs() < 1e-12, "{}", at(Draw::Arm, "win_back"));
    let next_year = NOW.plus_s(366 * 86_400);
    let moved = names_of(200).filter(|name| {
        let customer = CustomerId::new(name).unwrap();
        let now = position(Draw::Holdout, "s", &customer, NOW);
        assert_eq!(now.to_bits(), position(Draw::Holdout, "s", &customer, NOW.plus_s(86_400)).to_bits());
        (now - position(Draw::Holdout, "s", &customer, next_year)).abs() > 0.01
    });
    assert!(moved.count() > 150);
}

const HOLDOUT_OF_ANA: f64 = 0.586_282_840_635_834_9;
const ARM_OF_ANA: f64 = 0.704_888_444_478_890_3;
