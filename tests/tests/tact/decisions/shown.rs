//! What is shown where somebody looks: several slots, each action once, groups apart as long as there are others, never more than caps allow.

use tact_decide::{Draw, Exclusion, Holdout, places, position};

use super::*;

fn card(name: &str, group: &str, score: f64) -> Action {
    let mut action = Action { group: group.into(), triggers: vec![Trigger::Open], ..worth(name, Issue::Grow, score) };
    action.treatments[0].placement = Some("home".into());
    action
}

fn shown(profile: &Profile, catalogue: &Catalogue, slots: usize) -> Vec<String> {
    let customer = CustomerId::new("cust-1").unwrap();
    let asked = Moment::asked(DecisionId(1), &customer, profile, NOW);
    let moment = Moment { rung: Rung::GroupPrior, placement: Some("home"), ..asked };
    let mut decision = Decision::empty();
    decide(&moment, catalogue, &Models::default(), &mut decision);
    let name = |place: usize| catalogue.actions[usize::from(decision.candidates[place].action)].name.to_string();
    places(&decision, catalogue, slots).into_iter().map(name).collect()
}

fn cards() -> Catalogue {
    let elsewhere = {
        let mut action = card("elsewhere", "news", 99.0);
        action.treatments[0].placement = Some("basket".into());
        action
    };
    let unasked = Action { triggers: vec![Trigger::CheckIn], ..card("unasked", "news", 98.0) };
    catalogue(vec![
        card("offer_1", "offers", 9.0),
        card("offer_2", "offers", 8.0),
        card("guide", "advice", 3.0),
        card("points", "loyalty", 2.0),
        card("worthless", "loyalty", -1.0),
        elsewhere,
        unasked,
    ])
}

#[test]
fn slots_are_filled_best_first_and_a_second_of_a_group_comes_last() {
    let (profile, catalogue) = (willing(), cards());
    assert_eq!(shown(&profile, &catalogue, 1), ["offer_1"]);
    assert_eq!(shown(&profile, &catalogue, 3), ["offer_1", "guide", "points"]);
    assert_eq!(shown(&profile, &catalogue, 9), ["offer_1", "guide", "points", "offer_2"], "and nothing worthless");
    assert_eq!(shown(&Profile::default(), &catalogue, 9), [""; 0], "nothing without consent");
}

#[test]
fn caps_count_what_is_shown_beside_it_and_stand_ins_are_not_shown_together() {
    let (profile, mut catalogue) = (willing(), cards());
    let cap = |name: &str, max, group: Option<&str>| Cap {
        name: name.into(),
        max,
        window_s: 86_400,
        impressions: true,
        channel: None,
        group: group.map(Key::from),
    };
    catalogue.policy.caps = vec![cap("two_cards", 2, None), cap("one_offer", 1, Some("offers"))];
    assert_eq!(shown(&profile, &catalogue, 9), ["offer_1", "guide"]);
    let mut seen = profile.clone();
    told_at(&mut seen, "another", NOW.plus_s(-60), Channel::Inbox);
    assert_eq!(shown(&seen, &catalogue, 9), ["offer_1"], "what was shown before counts as well");
    catalogue.policy.caps.clear();
    let actions = vec!["offer_1".into(), "guide".into()];
    catalogue.policy.exclusions = vec![Exclusion { name: "x".into(), actions, within_s: 60 }];
    assert_eq!(shown(&profile, &catalogue, 9), ["offer_1", "points", "offer_2"]);
}

#[test]
fn somebody_held_out_is_shown_what_is_owed_and_nothing_beside_it() {
    let mut catalogue = cards();
    let owed = Action { class: Class::Transactional, ..card("owed", "orders", 1.0) };
    catalogue.actions.push(Action { issue: Issue::Service, ..owed });
    catalogue.policy.holdout = Holdout { share: 0.5, salt: "s".into() };
    let customer = CustomerId::new("cust-1").unwrap();
    // A salt for which this customer is in the holdout.
    let salt =
        (0..64).map(|n| Key::new(format!("s{n}"))).find(|salt| position(Draw::Holdout, salt, &customer, NOW) < 0.5);
    catalogue.policy.holdout.salt = salt.unwrap();
    assert_eq!(shown(&willing(), &catalogue, 9), ["owed"]);
    catalogue.policy.holdout.share = 0.0;
    assert_eq!(shown(&willing(), &catalogue, 2), ["owed", "offer_1"], "and everything beside it otherwise");
}
