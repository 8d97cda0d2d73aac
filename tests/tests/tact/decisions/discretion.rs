//! How creepy something is: what it does to the harm that is reckoned with and to the score, what may be said to whom, and what amends are worth.

use proptest::prelude::*;

use tact_decide::{Discretion, Most, Tactic};

use super::*;

/// A line that rises by a twentieth with each step, of which one in ten acts, worth a hundred messages.
pub(super) fn line() -> Discretion {
    let by_steps = (0..=16).map(|steps| 0.1 + f64::from(steps) / 20.0).collect();
    Discretion { by_steps, acts: 0.1, counts_as: 100.0, ..Discretion::default() }
}

/// A tactic of so many steps, by what it stands on and who takes part alone.
pub(super) fn steps(steps: u8) -> Tactic {
    let (evidence, audience) = (steps.min(3), steps.saturating_sub(3).min(2));
    Tactic { evidence, audience, control: 3, value: 2, ..Tactic::default() }
}

fn one(tactic: Tactic) -> Catalogue {
    let mut action = worth("offer", Issue::Grow, 400.0);
    action.treatments[0] =
        Treatment { tactic, channel: Channel::Email, mode: Mode::Prompt, ..action.treatments[0].clone() };
    let mut catalogue = catalogue(vec![action]);
    catalogue.policy.discretion = line();
    catalogue
}

fn profiled() -> Profile {
    let mut profile = willing();
    agreeing(&mut profile, &[(Purpose::Profiling, None)], ConsentState::Granted, 2);
    profile
}

#[test]
fn the_harm_reckoned_with_begins_at_the_prior_and_what_was_counted_overrules_it() {
    let mut catalogue = one(steps(4));
    // A check-in is in the middle of shopping: one step more.
    let creepy = 0.1 + 5.0 / 20.0;
    let harmful = |catalogue: &Catalogue| decided(&willing(), catalogue, false).candidates[0].terms.unwrap().harmful;
    assert!((harmful(&catalogue) - 0.1 * creepy).abs() < 1e-12);
    assert_eq!(decided(&willing(), &catalogue, false).candidates[0].creepy, 350);
    for (told, harmed, expected) in
        [(100, 0, 0.05 * creepy), (300, 40, (10.0 * creepy + 40.0) / 400.0), (1_000_000, 250_000, 0.25)]
    {
        catalogue.actions[0].treatments[0] = Treatment { told, harmed, ..catalogue.actions[0].treatments[0].clone() };
        assert!((harmful(&catalogue) - expected).abs() < 1e-4, "{told} {harmed}");
    }
}

#[test]
fn who_agreed_to_the_channel_alone_hears_less_than_who_agreed_to_suggestions_by_every_mode() {
    for mode in [Mode::Pull, Mode::Prompt, Mode::Push] {
        let mut catalogue = one(steps(4));
        catalogue.actions[0].treatments[0].mode = mode;
        let creepy = if mode == Mode::Pull { 0.30 } else { 0.35 };
        let fate = |catalogue: &Catalogue, profile: &Profile| decided(profile, catalogue, false).candidates[0].fate;
        for (asked, profiled_most, of_asked, of_profiled) in [
            (creepy - 0.01, creepy, Fate::Refused(Reason::Indiscreet), Fate::Chosen),
            (creepy, creepy, Fate::Chosen, Fate::Chosen),
            (creepy - 0.02, creepy - 0.01, Fate::Refused(Reason::Indiscreet), Fate::Refused(Reason::Indiscreet)),
        ] {
            let most = Most { asked: asked + 1e-9, profiled: profiled_most + 1e-9 };
            catalogue.policy.discretion.most = vec![(mode, most)];
            assert_eq!(fate(&catalogue, &willing()), of_asked, "{mode:?} {asked}");
            assert_eq!(fate(&catalogue, &profiled()), of_profiled, "{mode:?} {profiled_most}");
        }
        catalogue.policy.discretion.most = vec![(mode, Most { asked: 0.0, profiled: 0.0 })];
        catalogue.actions[0].class = Class::Transactional;
        assert_eq!(fate(&catalogue, &willing()), Fate::Chosen, "what is owed is said");
    }
}

#[test]
fn the_same_words_are_creepier_at_the_door_than_in_the_aisle_and_at_leisure() {
    let mut catalogue = one(steps(2));
    catalogue.actions[0].triggers = Trigger::ALL.to_vec();
    let (customer, profile) = (CustomerId::new("cust-1").unwrap(), willing());
    let creepy = |trigger| {
        let asked = Moment::asked(DecisionId(1), &customer, &profile, NOW);
        let mut decision = Decision::empty();
        decide(&Moment { trigger, rung: Rung::GroupPrior, ..asked }, &catalogue, &Models::default(), &mut decision);
        decision.candidates[0].creepy
    };
    let triggers = [Trigger::Open, Trigger::Purchase, Trigger::Exit, Trigger::CheckIn, Trigger::Dwell, Trigger::Entry];
    assert_eq!(triggers.map(creepy), [200, 200, 200, 250, 250, 300]);
}

#[test]
fn amends_are_worth_half_as_much_each_time_within_a_year() {
    let mut catalogue = one(steps(0));
    catalogue.policy.discretion.amends = 2_000.0;
    catalogue.policy.levers.harm = 0.0;
    let action = &mut catalogue.actions[0];
    (action.issue, action.margin) = (Issue::Service, 10_000.0);
    let sized = |name: &str, incentive| Treatment {
        name: name.into(),
        incentive,
        amends: true,
        ..action.treatments[0].clone()
    };
    action.treatments =
        vec![sized("twenty", 2_000.0), sized("ten", 1_000.0), sized("five", 500.0), sized("more", 2_001.0)];
    let passed = |made: &[i64]| {
        let mut profile = willing();
        for days in made {
            profile.contact.make_amends(NOW.plus_s(-days * 86_400));
        }
        let fates = fates(&decided(&profile, &catalogue, false), &catalogue);
        let spent = Fate::Refused(Reason::AmendsSpent);
        ["more", "twenty", "ten", "five"].map(|way| fates[&("offer".into(), way.into())] != spent)
    };
    assert_eq!(passed(&[]), [false, true, true, true]);
    assert_eq!(passed(&[3]), [false, false, true, true]);
    assert_eq!(passed(&[200, 3]), [false, false, false, true]);
    assert_eq!(passed(&[300, 200, 3]), [false; 4]);
    assert_eq!(passed(&[400, 366, 3]), [false, false, true, true], "what was made up for a year ago is over");
}

fn tactics() -> impl Strategy<Value = Tactic> {
    (0..=3_u8, 0..=3_u8, 0..=2_u8, 0..=3_u8, 0..=2_u8).prop_map(
        |(identification, evidence, audience, control, value)| Tactic {
            identification,
            evidence,
            audience,
            control,
            value,
            ..Tactic::default()
        },
    )
}

/// The fate and the terms of the one way there is, once what it is like has been changed.
fn with(catalogue: &Catalogue, change: impl Fn(&mut Tactic)) -> tact_decide::Candidate {
    let mut catalogue = catalogue.clone();
    change(&mut catalogue.actions[0].treatments[0].tactic);
    decided(&willing(), &catalogue, false).candidates[0]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_control_or_value_never_raises_the_harm_nor_lowers_the_score(
        tactic in tactics(),
        rises in proptest::collection::vec(0.0..0.06_f64, 17),
        (acts, counts_as, told, harmed) in (0.0..1.0_f64, 1.0..500.0_f64, 0..1_000_u32, 0..1_000_u32),
    ) {
        let mut catalogue = one(tactic);
        let by_steps = rises.iter().scan(0.0, |sum, rise| { *sum += rise; Some(*sum) }).collect();
        catalogue.policy.discretion = Discretion { by_steps, acts, counts_as, ..Discretion::default() };
        let way = &mut catalogue.actions[0].treatments[0];
        (way.told, way.harmed) = (told, harmed.min(told));
        let before = with(&catalogue, |_| {});
        let changes: [fn(&mut Tactic); 2] = [|tactic| tactic.control += 1, |tactic| tactic.value += 1];
        for change in changes {
            let after = with(&catalogue, change);
            let (was, is) = (before.terms.unwrap(), after.terms.unwrap());
            prop_assert!(after.creepy <= before.creepy && is.harmful <= was.harmful && is.score >= was.score);
        }
        let changes: [fn(&mut Tactic); 3] =
            [|tactic| tactic.evidence += 1, |tactic| tactic.audience += 1, |tactic| tactic.identification += 1];
        for change in changes {
            let after = with(&catalogue, change);
            prop_assert!(after.creepy >= before.creepy && after.terms.unwrap().score <= before.terms.unwrap().score);
        }
    }

    #[test]
    fn whoever_agreed_to_more_is_never_refused_what_others_may_hear(tactic in tactics(), asked in 0.0..1.0_f64, more in 0.0..1.0_f64) {
        let mut catalogue = one(tactic);
        catalogue.policy.discretion.most = vec![(Mode::Prompt, Most { asked, profiled: (asked + more).min(1.0) })];
        let refused = |profile: &Profile| decided(profile, &catalogue, false).candidates[0].fate == Fate::Refused(Reason::Indiscreet);
        prop_assert!(!refused(&profiled()) || refused(&willing()));
    }
}
