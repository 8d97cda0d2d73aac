//! Decisions over catalogues made here: the formula, the order of candidates, silence, and refusals that only ever take away.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod arenas;
mod arms;
mod discretion;
mod held_back;
mod laws;
mod moments;
mod patience;
mod shown;
mod timing;

use std::collections::BTreeMap;

use tact_decide::{
    Action, Cap, Catalogue, Class, Condition, Criterion, Decision, Fate, Issue, Levers, Mode, Models, Moment, Policy,
    Reason, Rule, Rung, Slot, Stage, Terms, Test, Treatment, Window, decide,
};
use tact_domain::{
    Channel, ConsentChange, ConsentState, Contact, ContactState, CustomerId, DecisionId, Fingerprint, Grant, Key,
    Profile, Purpose, Readiness, ReadinessKind, Scope, Taken, Timestamp, Trigger,
};

const NOW: Timestamp = Timestamp(1_793_458_800_000);

/// An action without any worth, and one treatment in the app.
fn action(name: &str, issue: Issue) -> Action {
    let treatments = vec![treatment("card", Channel::Inbox)];
    Action { triggers: vec![Trigger::CheckIn], treatments, ..Action::new(name, issue, "offers") }
}

fn treatment(name: &str, channel: Channel) -> Treatment {
    let text = "Hello.".to_owned();
    Treatment { valid_s: 3600, window_s: 3600, text, ..Treatment::new(name, channel, Mode::Pull) }
}

/// An action whose only treatment scores exactly so much.
fn worth(name: &str, issue: Issue, score: f64) -> Action {
    let mut action = action(name, issue);
    (action.margin, action.treatments[0].group_prior, action.treatments[0].cost) =
        (score.max(0.0), 1.0, (-score).max(0.0));
    action
}

fn catalogue(actions: Vec<Action>) -> Catalogue {
    let levers = Levers { benefit: 0.5, harm: 300.0, bid: 15.0, at_entry: 0.25, later: 0.9, off: Vec::new() };
    let policy = Policy { currency: "USD".into(), levers, ..Policy::default() };
    let slots = vec![Slot::Orders(None, Window { days: 90, earlier: false })];
    Catalogue { hash: "test".to_owned(), slots, actions, policy, ..Catalogue::default() }
}

/// The rule that a customer has so many orders in 90 days, in these catalogues.
fn buyers(least: f64) -> Condition {
    let test = Test::Range { min: Some(least), max: None };
    Condition {
        stage: Stage::Eligibility,
        of_group: false,
        text: format!("purchases.count(90d) >= {least}"),
        rule: Rule::Is(Criterion { slot: 0, test }),
    }
}

/// A customer who agreed to marketing by every channel, and gave every address.
fn willing() -> Profile {
    let grant = |channel| {
        let scope = Scope { purpose: Purpose::Marketing, channel: Some(channel), topic: None };
        Grant { scope, state: ConsentState::Granted, terms: None, review_after: None, benefit: None }
    };
    let recognised = Scope { purpose: Purpose::StaffRecognition, channel: None, topic: None };
    let recognised =
        Grant { scope: recognised, state: ConsentState::Granted, terms: None, review_after: None, benefit: None };
    let change = ConsentChange {
        grants: Channel::ALL.into_iter().map(grant).chain([recognised]).collect(),
        points: Channel::ALL.map(|channel| (channel, true)).to_vec(),
        zone: Some("America/New_York".into()),
        ..ConsentChange::default()
    };
    let mut profile = Profile::default();
    profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
    profile
}

/// Answers something for purposes, each for a channel or for all: the nth thing somebody says.
fn agreeing(profile: &mut Profile, purposes: &[(Purpose, Option<Channel>)], state: ConsentState, nth: u8) {
    let grant = |(purpose, channel): &(Purpose, Option<Channel>)| {
        let scope = Scope { purpose: *purpose, channel: *channel, topic: None };
        Grant { scope, state, terms: None, review_after: None, benefit: None }
    };
    let change = ConsentChange { grants: purposes.iter().map(grant).collect(), ..ConsentChange::default() };
    profile.consent.fold(&change, Timestamp(nth.into()), Fingerprint(nth.into()));
}

/// Enters that an action was said a minute ago, by e-mail.
fn told(profile: &mut Profile, action: &str) {
    told_at(profile, action, NOW.plus_s(-60), Channel::Email);
}

fn told_at(profile: &mut Profile, action: &str, at: Timestamp, channel: Channel) {
    profile.contact.plan(Contact {
        decision: DecisionId(at.0.unsigned_abs().into()),
        channel,
        action: action.into(),
        group: "other".into(),
        topic: None,
        patience: Taken::default(),
        capped: true,
        planned_at: at,
        expires_at: at,
        state: ContactState::Sent,
    });
}

/// Decides a check-in of the customer, who asks for help, by the rates of the group.
fn decided(profile: &Profile, catalogue: &Catalogue, denied_place: bool) -> Decision {
    let customer = CustomerId::new("cust-1").unwrap();
    let asked = Moment::asked(DecisionId(1), &customer, profile, NOW);
    let trouble = catalogue.policy.trouble(profile, NOW);
    let (store, ready) = (Some("market-street".into()), Some(Readiness::of(ReadinessKind::Help)));
    let moment =
        Moment { trigger: Trigger::CheckIn, rung: Rung::GroupPrior, denied_place, trouble, store, ready, ..asked };
    let mut decision = Decision::empty();
    decide(&moment, catalogue, &Models::default(), &mut decision);
    decision
}

/// The names of the winner; `None` is silence.
fn winner(decision: &Decision, catalogue: &Catalogue) -> Option<(Key, Key)> {
    decision.winner().map(|winner| names(winner.action, winner.treatment, catalogue))
}

fn names(action: u16, treatment: u16, catalogue: &Catalogue) -> (Key, Key) {
    let action = &catalogue.actions[usize::from(action)];
    (action.name.clone(), action.treatments[usize::from(treatment)].name.clone())
}

/// The name of the action that wins among these; `None` is silence.
fn best(actions: Vec<Action>) -> Option<Key> {
    let catalogue = catalogue(actions);
    winner(&decided(&willing(), &catalogue, false), &catalogue).map(|(action, _)| action)
}

/// The fate of every candidate, by name.
fn fates(decision: &Decision, catalogue: &Catalogue) -> BTreeMap<(Key, Key), Fate> {
    let candidates = decision.candidates.iter();
    candidates.map(|c| (names(c.action, c.treatment, catalogue), c.fate)).collect()
}

#[test]
fn a_coupon_for_what_would_be_bought_anyway_loses_to_silence() {
    // 18 % buy without one, 22 % with 10 % off, 26 % with 20 % off; the basket is 60.00 and the margin on it 40 %.
    let coupons = [("ten_percent", 0.22, 600.0, -36.0), ("twenty_percent", 0.26, 1200.0, -120.0)];
    let mut offer = Action { margin: 2400.0, basket: 6000.0, organic: 0.18, ..action("coupon", Issue::Grow) };
    offer.treatments = coupons
        .map(|(name, prior, incentive, _)| Treatment {
            incentive,
            group_prior: prior,
            ..treatment(name, Channel::Inbox)
        })
        .to_vec();
    let catalogue = catalogue(vec![offer]);
    let decision = decided(&willing(), &catalogue, false);
    assert_eq!(decision.chosen, None);
    for (candidate, (name, _, _, net)) in decision.candidates.iter().zip(coupons) {
        let score = candidate.terms.unwrap().score;
        assert!((score - net).abs() < 1e-9, "{name} is worth {score}, not {net}");
        assert_eq!(candidate.fate, Fate::Lost(Reason::Silence));
    }
}

#[test]
fn silence_wins_against_nothing_worth_more_than_nothing() {
    for (score, wins) in [(-5.0, false), (0.0, false), (-0.0, false), (1e-9, true)] {
        assert_eq!(best(vec![worth("only", Issue::Grow, score)]).is_some(), wins, "score {score}");
    }
    assert_eq!(best(Vec::new()), None);
}

#[test]
fn the_issue_comes_before_the_score() {
    let by_issue = [
        worth("safety", Issue::Safety, 1.0),
        worth("service", Issue::Service, 10.0),
        worth("entitlement", Issue::Entitlement, 100.0),
        worth("grow", Issue::Grow, 1_000.0),
        worth("retain", Issue::Retain, 999.0),
    ];
    for first in 0..by_issue.len() {
        let rest = by_issue[first..].to_vec();
        assert_eq!(best(rest), Some(by_issue[first].name.clone()));
    }
    let recognise = worth("recognise", Issue::Recognise, 1.0);
    assert_eq!(best(vec![recognise, worth("retain", Issue::Retain, 2.0)]), Some("retain".into()), "the rest by score");
}

#[test]
fn a_legal_duty_is_done_whatever_it_scores_and_without_consent() {
    let mut duty = worth("recall", Issue::Safety, -100.0);
    duty.class = Class::Mandatory;
    let catalogue = catalogue(vec![duty, worth("offer", Issue::Grow, 1_000.0)]);
    for profile in [willing(), Profile::default()] {
        let decision = decided(&profile, &catalogue, false);
        assert_eq!(winner(&decision, &catalogue).unwrap().0, "recall");
    }
}

#[test]
fn a_legal_duty_comes_before_every_other_issue() {
    let duty = Action { class: Class::Mandatory, ..worth("duty", Issue::Grow, -5.0) };
    assert_eq!(best(vec![worth("service", Issue::Service, 100.0), duty]).as_deref(), Some("duty"));
}

#[test]
fn what_the_customer_did_before_is_looked_at_only_with_their_consent_or_when_it_is_owed() {
    let offer = |class| Action { conditions: vec![buyers(0.0)], class, ..worth("offer", Issue::Grow, 5.0) };
    let fate = |profile: &Profile, class| decided(profile, &catalogue(vec![offer(class)]), false).candidates[0].fate;
    let mut profile = willing();
    assert_eq!(fate(&profile, Class::Default), Fate::Refused(Reason::EligibilityUnknown(0)));
    assert_eq!(fate(&profile, Class::Transactional), Fate::Chosen);
    let scope = Scope { purpose: Purpose::Profiling, channel: None, topic: None };
    let grant = Grant { scope, state: ConsentState::Granted, terms: None, review_after: None, benefit: None };
    let change = ConsentChange { grants: vec![grant], ..ConsentChange::default() };
    profile.consent.fold(&change, Timestamp(2), Fingerprint(2));
    assert_eq!(fate(&profile, Class::Default), Fate::Chosen);
}

#[test]
fn marketing_needs_consent_by_persons_and_by_other_systems_too() {
    for channel in [Channel::Associate, Channel::Webhook] {
        let mut task = worth("task", Issue::Grow, 5.0);
        task.treatments[0].channel = channel;
        let decision = decided(&Profile::default(), &catalogue(vec![task]), false);
        assert_eq!(decision.candidates[0].fate, Fate::Refused(Reason::ConsentMissing), "{}", channel.name());
    }
}

#[test]
fn equal_scores_are_decided_by_the_names() {
    let pair = || vec![worth("b", Issue::Grow, 5.0), worth("a", Issue::Grow, 5.0)];
    assert_eq!(best(pair()), Some("a".into()));
    assert_eq!(best(pair().into_iter().rev().collect()), Some("a".into()));
}

/// The formula of the architecture, written out once more.
fn formula(t: &Terms) -> f64 {
    let gain = (t.positive - t.positive_if_silent) * t.margin;
    let money = [
        t.lever * t.context * gain,
        t.benefit_weight * (t.liked * t.benefit),
        -(t.redeem * t.incentive),
        -(t.harmful * t.harm),
        -t.cost,
        -t.bid,
    ];
    money.iter().sum()
}

/// The terms that an action and a treatment must have at a check-in.
fn expected(action: &Action, treatment: &Treatment, levers: &Levers) -> Terms {
    let given_away = treatment.incentive > 0.0;
    let mut terms = Terms {
        lever: action.lever,
        context: 1.0,
        positive: treatment.group_prior,
        positive_if_silent: action.organic,
        margin: action.margin,
        benefit_weight: levers.benefit,
        liked: treatment.liked,
        benefit: action.benefit,
        redeem: if given_away { treatment.group_prior } else { 0.0 },
        incentive: treatment.incentive,
        harmful: if treatment.told == 0 { 0.0 } else { f64::from(treatment.harmed) / f64::from(treatment.told) },
        harm: levers.harm,
        cost: treatment.cost,
        bid: if treatment.channel == Channel::Inbox { 0.0 } else { levers.bid },
        rung: Rung::GroupPrior,
        score: 0.0,
    };
    terms.score = formula(&terms);
    terms
}

fn same(a: &Terms, b: &Terms) -> bool {
    let close = |x: f64, y: f64| (x - y).abs() <= 1e-9 * (1.0 + x.abs().max(y.abs()));
    close(a.score, b.score) && Terms { score: 0.0, ..*a } == Terms { score: 0.0, ..*b }
}

#[test]
fn the_door_weighs_the_gain_and_nothing_else() {
    let mut at_door = Action { benefit: 100.0, ..worth("offer", Issue::Grow, 400.0) };
    at_door.treatments[0] = Treatment { liked: 0.5, told: 100, harmed: 10, ..at_door.treatments[0].clone() };
    at_door.triggers = vec![Trigger::Entry, Trigger::CheckIn];
    let catalogue = catalogue(vec![at_door]);
    let profile = willing();
    let elsewhere = decided(&profile, &catalogue, false).candidates[0].terms.unwrap();
    let customer = CustomerId::new("cust-1").unwrap();
    let asked = Moment::asked(DecisionId(1), &customer, &profile, NOW);
    let moment = Moment { trigger: Trigger::Entry, rung: Rung::GroupPrior, ..asked };
    let mut decision = Decision::empty();
    decide(&moment, &catalogue, &Models::default(), &mut decision);
    let entered = decision.candidates[0].terms.unwrap();
    assert!((elsewhere.score - (400.0 + 25.0 - 30.0)).abs() < 1e-9);
    assert!((entered.score - (100.0 + 25.0 - 30.0)).abs() < 1e-9);
}

const ISSUES: [Issue; 8] = [
    Issue::Safety,
    Issue::Service,
    Issue::Entitlement,
    Issue::Recognise,
    Issue::Speed,
    Issue::Choose,
    Issue::Grow,
    Issue::Retain,
];
