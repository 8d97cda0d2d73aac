//! How many are a crowd.

use tact_domain::{
    Channel, ConsentChange, ConsentState, Grant, PartnerSignal, Places, Purpose, Scope, Sensitive, Store,
};

use super::*;
use crate::{Condition, Criterion, Issue, Mode, Policy, Rule, Stage, Test, Window};

const COVER: Cover = Cover { k: 3, within_s: 1_000 };
const NOW: Timestamp = Timestamp(1_793_458_800_000);
const HER: Fingerprint = Fingerprint(99);

/// A crowd of those who got it so many seconds ago.
fn crowd(ago_s: &[i64]) -> Crowd {
    let mut crowd = Crowd::default();
    for (face, ago_s) in (1..).zip(ago_s) {
        crowd.join(COVER, Fingerprint(face), NOW.plus_s(-ago_s));
    }
    crowd
}

#[test]
fn one_fewer_than_asked_for_cover_nobody() {
    assert!(!crowd(&[30, 20]).covers(COVER, HER, NOW));
    assert!(crowd(&[30, 20, 10]).covers(COVER, HER, NOW));
}

#[test]
fn one_customer_twice_counts_once() {
    let mut crowd = crowd(&[30, 20]);
    assert!(!crowd.join(COVER, Fingerprint(2), NOW), "that changes nothing");
    assert!(!crowd.covers(COVER, HER, NOW));
}

#[test]
fn nobody_covers_themselves() {
    assert!(!crowd(&[30, 20, 10]).covers(COVER, Fingerprint(2), NOW));
}

#[test]
fn who_got_it_too_long_ago_or_not_yet_does_not_count() {
    let crowd = crowd(&[900, 20, 10]);
    assert!(crowd.covers(COVER, HER, NOW.plus_s(99)));
    assert!(!crowd.covers(COVER, HER, NOW.plus_s(100)));
    assert!(!crowd.covers(COVER, HER, NOW.plus_s(-15)));
}

#[test]
fn a_full_crowd_takes_nobody_until_half_the_window_is_over_and_is_then_renewed_without_a_gap() {
    let mut crowd = crowd(&[30, 20, 10]);
    assert!(!crowd.join(COVER, Fingerprint(7), NOW));
    let mut writes = 0;
    for second in 0..5_000 {
        let now = NOW.plus_s(second);
        writes += u32::from(crowd.join(COVER, Fingerprint(1_000 + second.unsigned_abs()), now));
        assert!(crowd.covers(COVER, HER, now) && crowd.0.len() == 3, "{second}");
    }
    assert!(writes <= 30, "{writes}");
}

#[test]
fn the_same_customer_is_another_in_another_crowd() {
    let ana = CustomerId::new("ana").unwrap();
    assert_ne!(Crowd::face("win_back", "sms", &ana), Crowd::face("win_back", "email", &ana));
    assert_eq!(Crowd::face("win_back", "sms", &ana), Crowd::face("win_back", "sms", &ana));
}

/// A card for whom one slot holds, in these words, at two stores.
fn catalogue(slot: Slot, text: &str) -> Catalogue {
    let rule = Rule::Is(Criterion { slot: 0, test: Test::Range { min: Some(1.0), max: None } });
    let card = Treatment { text: text.to_owned(), ..Treatment::new("card", Channel::Inbox, Mode::Pull) };
    let action = Action {
        conditions: vec![Condition { stage: Stage::Eligibility, of_group: false, text: String::new(), rule }],
        treatments: vec![card],
        ..Action::new("offer", Issue::Grow, "offers")
    };
    let store = |id: &str| Store {
        id: id.into(),
        name: id.to_owned(),
        lat: 0.0,
        lon: 0.0,
        zone: jiff::tz::TimeZone::UTC,
        enter_m: 100.0,
        exit_m: 100.0,
        dwell_s: 300,
        areas: Vec::new(),
        service_areas: Vec::new(),
    };
    let places = Places { stores: vec![store("north"), store("south")], deny: Vec::new() };
    let policy = Policy { cover: COVER, ..Policy::default() };
    Catalogue { slots: vec![slot], actions: vec![action], policy, places, ..Catalogue::default() }
}

#[test]
fn whom_somebody_knows_and_what_is_sensitive_need_cover_like_what_others_told() {
    let about_all = Window { days: 90, earlier: false };
    let sensitive = Slot::Sensitive(Sensitive::Health, Box::new(Slot::Orders(None, about_all)));
    let needs = |slot| coverable(&catalogue(slot, "News.")).count();
    assert_eq!(needs(Slot::Partner("airline".into(), 30)), 1);
    assert_eq!(needs(Slot::Friends("airline".into(), 30)), 1);
    assert_eq!(needs(sensitive), 1);
    assert_eq!(needs(Slot::Orders(None, about_all)), 0);
}

#[test]
fn words_that_name_a_store_are_covered_by_those_who_got_them_at_that_store() {
    let flies = || Slot::Partner("airline".into(), 30);
    let her = CustomerId::new("ana").unwrap();
    let holds = |catalogue: &Catalogue, at: &str| {
        let crowds = BTreeMap::from([(("offer".into(), "card".into(), Key::from(at)), crowd(&[30, 20, 10]))]);
        let held = uncovered(catalogue, &crowds, (&her, None), NOW);
        held.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (named, area) = (catalogue(flies(), "New at {{ store }}."), catalogue(flies(), "It stands at {{area}}."));
    for catalogue in [&named, &area] {
        assert_eq!(holds(catalogue, "-/north"), ["cover/offer/card/south"]);
        assert_eq!(holds(catalogue, "-"), ["cover/offer/card"], "at no store");
        assert_eq!(renderings(catalogue).map(|(.., words)| words).collect::<Vec<_>>(), ["-/north", "-/south"]);
    }
    let unnamed = catalogue(flies(), "The store has something new, {{ brand }}.");
    assert_eq!(holds(&unnamed, "-"), Vec::<String>::new());
    assert_eq!(renderings(&unnamed).map(|(.., words)| words).collect::<Vec<_>>(), ["-"]);
}

#[test]
fn what_is_uncovered_at_one_store_is_held_back_there_alone() {
    let (catalogue, her) = (catalogue(Slot::Partner("airline".into(), 30), "New at {{ store }}."), "ana");
    let (her, mut profile) = (CustomerId::new(her).unwrap(), tact_domain::Profile::default());
    let scope = Scope { purpose: Purpose::ThirdParty, channel: None, topic: None };
    let grants = vec![Grant { scope, state: ConsentState::Granted, terms: None, review_after: None, benefit: None }];
    let change = ConsentChange { grants, ..ConsentChange::default() };
    profile.consent.fold(&change, Timestamp(1), Fingerprint(1));
    let signal = PartnerSignal {
        source: "amex".into(),
        kind: "card".into(),
        category: "airline".into(),
        destination: None,
        with: None,
        ends: None,
    };
    profile.partner.fold(&signal, NOW.plus_s(-60), Fingerprint(2));
    let exhausted = ["cover/offer/card/south".into()];
    let covered = |store: &str| {
        let asked = Moment::asked(tact_domain::DecisionId(1), &her, &profile, NOW);
        let moment = Moment { store: Some(store.into()), exhausted: &exhausted, ..asked };
        let action = &catalogue.actions[0];
        crate::hold::covered(&moment, &Known::at(&moment, &catalogue.slots), action, &action.treatments[0]).is_ok()
    };
    assert_eq!(["north", "south"].map(covered), [true, false]);
}
