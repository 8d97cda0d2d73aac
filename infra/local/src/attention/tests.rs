//! What is an opportunity, and what prices earn in town.

use tact_decide::{Action, Class, Decision, Issue, Mode, Moment, Rung, Treatment, decide};
use tact_domain::{
    Channel, ConsentChange, ConsentState, CustomerId, DecisionId, Fingerprint, Grant, Profile, Purpose, Scope, Trigger,
};
use tact_model::BidTable;

use super::*;

const NOW: Timestamp = Timestamp(1_793_458_800_000);

/// An action by a channel that is worth so much without the price of a contact.
fn worth(name: &str, issue: Issue, channel: Channel, score: f64) -> Action {
    let treatment = Treatment { valid_s: 3_600, group_prior: 1.0, ..Treatment::new("only", channel, Mode::Pull) };
    let triggers = vec![Trigger::CheckIn];
    Action { triggers, treatments: vec![treatment], margin: score, ..Action::new(name, issue, "offers") }
}

/// Somebody who agreed to whatever sells.
fn willing() -> Profile {
    let grant = |channel| {
        let scope = Scope { purpose: Purpose::Marketing, channel: Some(channel), topic: None };
        Grant { scope, state: ConsentState::Granted, terms: None, review_after: None, benefit: None }
    };
    let change = ConsentChange {
        grants: Channel::ALL.into_iter().map(grant).collect(),
        points: Channel::ALL.map(|channel| (channel, true)).to_vec(),
        zone: Some("America/New_York".into()),
        ..ConsentChange::default()
    };
    let mut profile = Profile::default();
    profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
    profile
}

/// What an opportunity a check-in is worth among these actions, where every contact costs 15.
fn score(actions: Vec<Action>) -> Option<f64> {
    let mut catalogue = Catalogue { actions, ..Catalogue::default() };
    (catalogue.policy.levers.bid, catalogue.policy.levers.at_entry) = (15.0, 1.0);
    let (customer, profile) = (CustomerId::new("cust-1").unwrap(), willing());
    let asked = Moment::asked(DecisionId(1), &customer, &profile, NOW);
    let moment = Moment { trigger: Trigger::CheckIn, rung: Rung::GroupPrior, ..asked };
    let mut decision = Decision::empty();
    decide(&moment, &catalogue, &Models::default(), &mut decision);
    decision.opportunity(&catalogue).map(f64::round)
}

#[test]
fn an_opportunity_is_worth_what_its_contact_adds_to_what_takes_none() {
    let push = |score| worth("push", Issue::Grow, Channel::Push, score);
    let card = |score| worth("card", Issue::Grow, Channel::Inbox, score);
    assert_eq!(score(vec![push(50.0)]), Some(50.0));
    assert_eq!(score(vec![push(10.0)]), Some(10.0), "saved now, and an opportunity all the same");
    assert_eq!(score(vec![push(50.0), worth("email", Issue::Retain, Channel::Email, 80.0)]), Some(80.0));
    assert_eq!(score(vec![push(50.0), card(30.0)]), Some(20.0));
    assert_eq!(score(vec![push(50.0), card(60.0)]), Some(-10.0));
    assert_eq!(score(vec![push(50.0), card(-60.0)]), Some(50.0), "silence is worth more than that card");
    assert_eq!(score(vec![card(60.0)]), None);
    assert_eq!(score(Vec::new()), None);
}

#[test]
fn what_comes_first_without_a_contact_leaves_no_opportunity() {
    let receipt = Action { class: Class::Transactional, ..worth("receipt", Issue::Service, Channel::Email, 20.0) };
    let push = worth("push", Issue::Grow, Channel::Push, 500.0);
    assert_eq!(score(vec![push.clone(), receipt.clone()]), None);
    let worthless = Action { margin: 0.0, ..receipt };
    assert_eq!(score(vec![push, worthless]), Some(500.0), "a receipt that is worth nothing is not sent");
}

#[test]
fn in_town_prices_earn_more_than_greed_with_fewer_contacts_where_there_is_something_to_save() {
    let (catalogue, models) = (tact_aws::catalogue().unwrap(), tact_aws::models().unwrap());
    let scarce = Some(Scarce { most: 1, days: 7 });
    let towns = Towns { catalogue: &catalogue, models: &models, towns: 3, scarce, chatty: true };
    let (table, found) = towns.learn(&|| {}).unwrap();
    let measured = towns.measure(&table, found, &|| {}).unwrap();
    let [greedy, _, learnt] = measured.arms.as_slice() else { panic!("{measured:?}") };
    assert!(learnt.more_each_minor.low > 0.0, "{}", measured.text());
    assert!(learnt.contacts < greedy.contacts, "{}", measured.text());
    let (all, equal) = (learnt.more_each_minor, learnt.more_each_at_equal_contacts_minor);
    assert!(equal.low > all.low, "greed that makes fewer contacts earns less: {}", measured.text());
    let nothing = BidTable::of([0; BidTable::TYPES], |_, _, _| 0.0).unwrap();
    let measured = towns.measure(&nothing, found, &|| {}).unwrap();
    let [greedy, _, free] = measured.arms.as_slice() else { panic!("{measured:?}") };
    assert_eq!(free, &Arm { name: free.name, ..greedy.clone() }, "prices of nothing are greed");
}

#[test]
fn in_town_as_it_is_no_cap_binds_and_prices_change_next_to_nothing() {
    let (catalogue, models) = (tact_aws::catalogue().unwrap(), tact_aws::models().unwrap());
    let towns = Towns { catalogue: &catalogue, models: &models, towns: 2, scarce: None, chatty: false };
    let (table, found) = towns.learn(&|| {}).unwrap();
    let measured = towns.measure(&table, found, &|| {}).unwrap();
    let [greedy, _, learnt] = measured.arms.as_slice() else { panic!("{measured:?}") };
    assert!((learnt.worth_minor / greedy.worth_minor - 1.0).abs() < 0.002, "{}", measured.text());
}
