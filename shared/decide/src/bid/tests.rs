//! Who pays for a contact, how much, and what becomes of what does not pay.

use tact_domain::{
    Channel, ConsentChange, ConsentState, Contact, ContactState, CustomerId, DecisionId, Fingerprint, Grant, Profile,
    Purpose, Scope, Taken, Trigger,
};

use super::*;
use crate::{Catalogue, Class, Decision, Fate, Issue, Levers, Mode, Models, Reason, Rung, Term, decide};

const NOW: Timestamp = Timestamp(1_793_458_800_000);
const HOUR_MS: i64 = 3_600_000;

/// An action by a channel that is worth so much without the price of a contact.
fn worth(name: &str, channel: Channel, score: f64) -> Action {
    let treatment =
        Treatment { valid_s: 3_600, window_s: 3_600, group_prior: 1.0, ..Treatment::new("only", channel, Mode::Pull) };
    let triggers = vec![Trigger::CheckIn];
    Action { triggers, treatments: vec![treatment], margin: score, ..Action::new(name, Issue::Grow, "offers") }
}

fn cap(name: &str, max: u16, hours: i64) -> Cap {
    Cap { name: name.into(), max, window_s: hours * 3_600, impressions: false, channel: None, group: None }
}

fn catalogue(actions: Vec<Action>, bid: f64) -> Catalogue {
    let levers = Levers { bid, at_entry: 1.0, ..Levers::default() };
    let caps = vec![cap("one_a_day", 1, 24), cap("three_a_week", 3, 168)];
    let policy = Policy { currency: "USD".into(), levers, caps, ..Policy::default() };
    Catalogue { actions, policy, ..Catalogue::default() }
}

/// 12.00 for the last contact of a year, half as much for the last but one, and so on; in proportion to the hours up to 720.
fn table() -> BidTable {
    let left = |contacts: usize| f32::from(u8::try_from(contacts).unwrap());
    BidTable::of([0; BidTable::TYPES], |_, contacts, hours| f32::from(hours) / 0.6 / left(contacts)).unwrap()
}

fn with(bids: Option<BidTable>) -> Models {
    Models { bids, ..Models::default() }
}

/// Somebody who agreed to marketing by every channel, and was told something so many hours ago, each time by e-mail.
fn told(hours_ago: &[i64]) -> Profile {
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
    for ago in hours_ago {
        let at = Timestamp(NOW.0 - ago * HOUR_MS);
        profile.contact.plan(Contact {
            decision: DecisionId(at.0.unsigned_abs().into()),
            channel: Channel::Email,
            action: "earlier".into(),
            group: "offers".into(),
            topic: None,
            patience: Taken::default(),
            capped: true,
            planned_at: at,
            expires_at: at,
            state: ContactState::Sent,
        });
    }
    profile
}

fn decided(profile: &Profile, catalogue: &Catalogue, models: &Models) -> Decision {
    let customer = CustomerId::new("cust-1").unwrap();
    let asked = Moment::asked(DecisionId(1), &customer, profile, NOW);
    let moment = Moment { trigger: Trigger::CheckIn, rung: Rung::GroupPrior, ..asked };
    let mut decision = Decision::empty();
    decide(&moment, catalogue, models, &mut decision);
    decision
}

/// What the first candidate pays.
fn bid(profile: &Profile, catalogue: &Catalogue, models: &Models) -> f64 {
    decided(profile, catalogue, models).candidates[0].terms.unwrap().bid
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-4
}

#[test]
fn the_dearest_of_the_caps_that_count_it_is_paid() {
    let push = |channel| catalogue(vec![worth("offer", channel, 5_000.0)], 15.0);
    let models = with(Some(table()));
    for (hours_ago, price) in [
        // One contact for a day: 40. Three for a week: 280 by 3.
        (&[][..], 168.0 / 0.6 / 3.0),
        // Two left, and one more in 168 - 40 hours.
        (&[40][..], 128.0 / 0.6 / 2.0),
        // One left until the earliest of two no longer counts.
        (&[100, 40][..], 68.0 / 0.6),
        // The same, in an hour; the day costs more.
        (&[167, 40][..], 40.0),
        // What was told before the window is forgotten.
        (&[200, 169][..], 168.0 / 0.6 / 3.0),
    ] {
        let found = bid(&told(hours_ago), &push(Channel::Push), &models);
        assert!(near(found, price), "{hours_ago:?}: {found}, not {price}");
    }
    let mut by_text = push(Channel::Push);
    by_text.policy.caps = vec![Cap { channel: Some(Channel::Sms), ..cap("one_text", 1, 168) }];
    assert!(near(bid(&told(&[]), &by_text, &models), 0.0), "no cap counts it, and nothing is used up");
    let by_text = Catalogue { actions: vec![worth("offer", Channel::Sms, 5_000.0)], ..by_text };
    assert!(near(bid(&told(&[]), &by_text, &models), 280.0));
}

#[test]
fn what_waits_to_be_found_is_owed_or_keeps_a_promise_pays_nothing() {
    let models = with(Some(table()));
    let found = catalogue(vec![worth("card", Channel::Inbox, 50.0)], 15.0);
    assert!(near(bid(&told(&[]), &found, &models), 0.0));
    for class in [Class::Transactional, Class::Mandatory] {
        let owed = catalogue(vec![Action { class, ..worth("receipt", Channel::Email, 50.0) }], 15.0);
        assert!(near(bid(&told(&[]), &owed, &models), 0.0));
        assert!(near(bid(&told(&[]), &owed, &with(None)), 15.0), "without a table whatever interrupts pays the lever");
    }
}

#[test]
fn who_may_not_be_typed_pays_the_price_of_nobodys_type() {
    let only = |kind| BidTable::of([0; BidTable::TYPES], |of, _, _| f32::from(u8::from(of == kind)) * 7.0).unwrap();
    let push = catalogue(vec![worth("offer", Channel::Push, 50.0)], 15.0);
    let mut agreed = told(&[]);
    assert!(near(bid(&agreed, &push, &with(Some(only(5)))), 7.0));
    let scope = Scope { purpose: Purpose::Profiling, channel: None, topic: None };
    let grant = Grant { scope, state: ConsentState::Granted, terms: None, review_after: None, benefit: None };
    let change = ConsentChange { grants: vec![grant], ..ConsentChange::default() };
    agreed.consent.fold(&change, Timestamp(2), Fingerprint(2));
    assert_eq!(agreed.profile_type(NOW), Some(ProfileType::Newcomer));
    assert!(near(bid(&agreed, &push, &with(Some(only(0)))), 7.0));
    assert!(near(bid(&agreed, &push, &with(Some(only(5)))), 0.0));
}

#[test]
fn what_beats_silence_but_not_the_price_of_its_contact_is_saved_and_what_beats_neither_is_not() {
    let actions = |worths: [f64; 3]| {
        let named = ["a", "b", "c"].into_iter().zip(worths);
        catalogue(named.map(|(name, score)| worth(name, Channel::Push, score)).collect(), 15.0)
    };
    let models = with(Some(table()));
    let fates =
        |worths| decided(&told(&[]), &actions(worths), &models).candidates.iter().map(|c| c.fate).collect::<Vec<_>>();
    let (saved, silence) = (Fate::Lost(Reason::Saved), Fate::Lost(Reason::Silence));
    assert_eq!(fates([93.0, 0.0, -4.0]), [saved, silence, silence]);
    assert_eq!(fates([94.0, 93.0, 0.0]), [Fate::Chosen, saved, silence], "a contact costs 93.33");
    let by_lever = decided(&told(&[]), &actions([15.0, 16.0, 0.0]), &with(None));
    assert_eq!(by_lever.candidates[0].fate, saved, "the lever is a price too");
}

#[test]
fn a_card_wins_the_contact_of_a_push_that_is_worth_more_without_its_price() {
    let actions = vec![worth("card", Channel::Inbox, 40.0), worth("push", Channel::Push, 120.0)];
    let catalogue = catalogue(actions, 15.0);
    let chosen = |models: &Models| decided(&told(&[]), &catalogue, models).chosen;
    assert_eq!(chosen(&with(None)), Some(1));
    assert_eq!(chosen(&with(Some(table()))), Some(0), "120 less 93 is less than 40");
}

#[test]
fn a_price_of_nothing_is_greedy_in_every_bit() {
    let worths = [
        ("a", Channel::Push, 93.0),
        ("b", Channel::Email, 0.5),
        ("c", Channel::Inbox, 40.0),
        ("d", Channel::Sms, -2.0),
    ];
    let actions = || worths.map(|(name, channel, score)| worth(name, channel, score)).to_vec();
    let zero = || BidTable::of([0; BidTable::TYPES], |_, _, _| 0.0).unwrap();
    let off = |bid| {
        let mut off = catalogue(actions(), bid);
        off.policy.levers.off = vec![Term::Bid];
        off
    };
    for hours_ago in [&[][..], &[30], &[100, 30], &[2]] {
        let profile = told(hours_ago);
        let greedy = decided(&profile, &catalogue(actions(), 0.0), &with(None));
        let same = |made: &Decision| {
            let bits = |decision: &Decision| {
                let terms = decision.candidates.iter().map(|c| c.terms);
                terms.map(|terms| terms.map(|terms| (terms.bid.to_bits(), terms.score.to_bits()))).collect::<Vec<_>>()
            };
            *made == greedy && bits(made) == bits(&greedy)
        };
        assert!(greedy.candidates.iter().all(|candidate| candidate.fate != Fate::Lost(Reason::Saved)));
        assert!(same(&decided(&profile, &catalogue(actions(), 15.0), &with(Some(zero())))), "a table of nothing");
        assert!(same(&decided(&profile, &catalogue(actions(), 0.0), &with(Some(table())))), "a lever of nothing");
        assert!(same(&decided(&profile, &off(15.0), &with(Some(table())))), "the term switched off, with a table");
        assert!(same(&decided(&profile, &off(15.0), &with(None))), "and without");
    }
}
