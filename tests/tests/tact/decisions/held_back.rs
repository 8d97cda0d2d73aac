//! What holds an action back beside its own rules: pauses, outcomes, stand-ins, troubles, limits, and consent that goes less far.

use tact_decide::{Exclusion, Limit, Resource};
use tact_domain::Trouble;

use super::*;

fn fate(profile: &Profile, catalogue: &Catalogue, name: &str) -> Fate {
    let decision = decided(profile, catalogue, false);
    let fates = fates(&decision, catalogue);
    *fates.iter().find(|((action, _), _)| action == name).unwrap().1
}

#[test]
fn an_action_rests_for_its_pause_whoever_said_it_and_by_whatever_way() {
    let paused = Action { cool_down_s: 86_400, ..worth("offer", Issue::Grow, 5.0) };
    let catalogue = catalogue(vec![paused]);
    let mut profile = willing();
    told_at(&mut profile, "offer", NOW.plus_s(-86_399), Channel::Email);
    assert_eq!(fate(&profile, &catalogue, "offer"), Fate::Refused(Reason::CoolDown));
    let mut rested = willing();
    told_at(&mut rested, "offer", NOW.plus_s(-86_400), Channel::Email);
    told_at(&mut rested, "another", NOW.plus_s(-60), Channel::Inbox);
    assert_eq!(fate(&rested, &catalogue, "offer"), Fate::Chosen);
}

#[test]
fn what_became_of_it_holds_an_action_back_until_it_is_over() {
    let catalogue = catalogue(vec![worth("offer", Issue::Grow, 5.0)]);
    let mut profile = willing();
    profile.contact.suppress(&"offer".into(), NOW.plus_s(1));
    assert_eq!(fate(&profile, &catalogue, "offer"), Fate::Refused(Reason::Suppressed));
    let mut over = willing();
    over.contact.suppress(&"offer".into(), NOW);
    assert_eq!(fate(&over, &catalogue, "offer"), Fate::Chosen);
}

#[test]
fn of_actions_that_stand_in_for_each_other_one_reaches_a_customer_in_a_window() {
    let mut catalogue = catalogue(vec![worth("coupon", Issue::Grow, 5.0), worth("win_back", Issue::Retain, 4.0)]);
    let actions = vec!["coupon".into(), "win_back".into()];
    catalogue.policy.exclusions = vec![Exclusion { name: "one_coupon".into(), actions, within_s: 3_600 }];
    let mut profile = willing();
    told_at(&mut profile, "win_back", NOW.plus_s(-3_599), Channel::Sms);
    assert_eq!(fate(&profile, &catalogue, "coupon"), Fate::Refused(Reason::Excluded(0)));
    assert_eq!(fate(&profile, &catalogue, "win_back"), Fate::Chosen, "it does not stand in for itself");
    let mut later = willing();
    told_at(&mut later, "win_back", NOW.plus_s(-3_600), Channel::Sms);
    assert_eq!(fate(&later, &catalogue, "coupon"), Fate::Chosen);
}

#[test]
fn a_customer_in_trouble_hears_of_service_and_safety_alone_whatever_class_the_rest_is() {
    let mut actions: Vec<_> = ISSUES.into_iter().map(|issue| worth(issue.name(), issue, 5.0)).collect();
    actions.push(Action { class: Class::Transactional, ..worth("contract", Issue::Recognise, 5.0) });
    let mut catalogue = catalogue(actions);
    catalogue.policy.troubles = vec![(Trouble::Complaint, 86_400), (Trouble::Return, 3_600)];
    let mut complained = willing();
    complained.contact.troubles.enter(Trouble::Complaint, NOW.plus_s(-86_399));
    let mut returned = willing();
    returned.purchase.last_return = Some(NOW.plus_s(-3_599));
    for profile in [&complained, &returned] {
        let decision = decided(profile, &catalogue, false);
        for ((action, _), fate) in fates(&decision, &catalogue) {
            let serves = action == "safety" || action == "service";
            assert_eq!(fate != Fate::Refused(Reason::InTrouble), serves, "{action}: {fate:?}");
        }
    }
    let mut over = willing();
    over.contact.troubles.enter(Trouble::Complaint, NOW.plus_s(-86_400));
    over.purchase.last_return = Some(NOW.plus_s(-3_600));
    over.contact.troubles.enter(Trouble::Bereavement, NOW);
    assert_eq!(fate(&over, &catalogue, "grow"), Fate::Lost(Reason::Outscored), "not listed is not open");
}

#[test]
fn whoever_agreed_to_marketing_alone_is_asked_or_finds_a_card_and_is_never_told() {
    let mut offer = worth("offer", Issue::Grow, 5.0);
    let way = offer.treatments[0].clone();
    let by = |name: &str, mode| Treatment { name: name.into(), channel: Channel::Email, mode, ..way.clone() };
    offer.treatments = vec![by("told", Mode::Push), by("asked", Mode::Prompt), way.clone()];
    let owed = Action {
        class: Class::Transactional,
        treatments: vec![by("told", Mode::Push)],
        ..worth("owed", Issue::Grow, 1.0)
    };
    let mut catalogue = catalogue(vec![offer, owed]);
    catalogue.policy.push_needs = vec![Purpose::Profiling];
    let decision = decided(&willing(), &catalogue, false);
    let fates = fates(&decision, &catalogue);
    assert_eq!(fates[&("offer".into(), "told".into())], Fate::Refused(Reason::LowConsent));
    assert!(!matches!(fates[&("owed".into(), "told".into())], Fate::Refused(_)));
    assert!(matches!(decision.winner().map(|w| w.treatment), Some(1 | 2)), "{fates:?}");
}

#[test]
fn what_is_used_up_is_refused_and_the_next_way_takes_its_place() {
    let mut help = worth("help", Issue::Service, 5.0);
    help.class = Class::Transactional;
    let card = help.treatments[0].clone();
    let task = Treatment { name: "task".into(), channel: Channel::Associate, liked: 1.0, ..card.clone() };
    help.treatments = vec![task, card];
    help.benefit = 100.0;
    help.limits = vec![Limit { of: Resource::Capacity, most: 8, every_s: 3_600, per_store: true }];
    let catalogue = catalogue(vec![help]);
    let customer = CustomerId::new("cust-1").unwrap();
    let profile = willing();
    let hour = NOW.0.div_euclid(3_600_000);
    let full = [Key::new(format!("help/capacity/market-street/{hour}"))];
    let decide_at = |store: Option<&str>, exhausted: &[Key]| {
        let asked = Moment::asked(DecisionId(1), &customer, &profile, NOW);
        let store = store.map(Key::from);
        let moment = Moment {
            trigger: Trigger::CheckIn,
            rung: Rung::GroupPrior,
            store,
            exhausted,
            ready: Some(Readiness::of(ReadinessKind::Help)),
            ..asked
        };
        let mut decision = Decision::empty();
        decide(&moment, &catalogue, &Models::default(), &mut decision);
        (winner(&decision, &catalogue).unwrap().1, decision.claims)
    };
    let (way, claims) = decide_at(Some("market-street"), &[]);
    assert_eq!(way, "task");
    assert_eq!((claims[0].limit.clone(), claims[0].amount, claims[0].most), (full[0].clone(), 1, 8));
    assert_eq!(claims[0].ends_at, Some(Timestamp((hour + 1) * 3_600_000)));
    let (way, claims) = decide_at(Some("market-street"), &full);
    assert_eq!((way.as_str(), claims.len()), ("card", 0), "a card takes no time of people");
    assert_eq!(decide_at(Some("riverside"), &full).0, "task", "each store has its own");
    assert_eq!(decide_at(None, &[]).0, "card", "without a store nobody can be asked");
}
