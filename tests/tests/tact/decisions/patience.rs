//! Patience: what messages take of it, what gives it back, and what an empty balance means.

use tact_decide::{Told, follow};
use tact_domain::{Allowance, Attribution, Happened, Outcome, OutcomeReport};

use super::*;
use crate::pipeline::world::signal;

const ALLOWANCE: Allowance = Allowance { most: 1_000, per_day: 200, thanked: 400, found: 100 };

/// Two offers at a check-in, by push and as a card, each push so creepy that it takes 350 thousandths.
fn rationed() -> Catalogue {
    let offer = |name: &str, score| {
        let mut action = worth(name, Issue::Grow, score);
        let way = |name: &str, channel, mode| Treatment {
            name: name.into(),
            channel,
            mode,
            tactic: discretion::steps(4),
            ..action.treatments[0].clone()
        };
        action.treatments = vec![way("push", Channel::Push, Mode::Push), way("card", Channel::Inbox, Mode::Pull)];
        action
    };
    let mut catalogue = catalogue(vec![offer("offer", 400.0), offer("other", 300.0)]);
    catalogue.policy.discretion = tact_decide::Discretion { allowance: ALLOWANCE, ..discretion::line() };
    catalogue
}

/// Somebody of whose patience so much was taken so many days ago.
fn tried(taken: u16, days: i64) -> Profile {
    let mut profile = willing();
    profile.contact.plan(contact(7, NOW.plus_s(-days * 86_400), taken));
    profile
}

fn contact(id: u128, at: Timestamp, patience: u16) -> Contact {
    Contact {
        decision: DecisionId(id),
        channel: Channel::Email,
        action: "before".into(),
        group: "before".into(),
        topic: None,
        patience: Taken::shared(patience),
        capped: false,
        planned_at: at,
        expires_at: at,
        state: ContactState::Sent,
    }
}

fn fate(profile: &Profile, action: &str, way: &str) -> Fate {
    let catalogue = rationed();
    fates(&decided(profile, &catalogue, false), &catalogue)[&(action.into(), way.into())]
}

const SPENT: Fate = Fate::Refused(Reason::DiscretionSpent);

#[test]
fn only_what_interrupts_unasked_takes_points() {
    let catalogue = rationed();
    let (offer, discretion) = (&catalogue.actions[0], &catalogue.policy.discretion);
    for channel in Channel::ALL {
        for mode in [Mode::Pull, Mode::Prompt, Mode::Push] {
            let way = Treatment { channel, mode, ..offer.treatments[0].clone() };
            let takes = discretion.points(0.35, offer, &way);
            assert_eq!(takes == 350, channel.interrupts() && mode != Mode::Pull, "{channel:?} {mode:?}");
            assert!(takes == 350 || takes == 0);
            let owed = Action { class: Class::Transactional, ..offer.clone() };
            assert_eq!(discretion.points(0.35, &owed, &way), 0, "what is owed takes none");
            let kept = Treatment { fulfils: true, ..way };
            assert_eq!(discretion.points(0.35, offer, &kept), 0, "a promise took it when it was made");
        }
    }
}

#[test]
fn an_empty_balance_is_silence_by_name_and_what_waits_to_be_found_stays() {
    let empty = tried(1_000, 0);
    assert_eq!(fate(&empty, "offer", "push"), SPENT);
    assert_eq!(fate(&empty, "other", "push"), SPENT);
    assert_eq!(fate(&empty, "offer", "card"), Fate::Chosen);
    let mut catalogue = rationed();
    catalogue.actions.iter_mut().for_each(|action| action.treatments.truncate(1));
    let decision = decided(&empty, &catalogue, false);
    assert_eq!((decision.chosen, decision.patience), (None, 0));
    assert!(decision.candidates.iter().all(|one| one.fate == SPENT));
}

#[test]
fn time_gives_patience_back_up_to_what_there_was() {
    assert_eq!(fate(&tried(1_000, 1), "offer", "push"), SPENT, "200 of the 350 it takes");
    assert_ne!(fate(&tried(1_000, 2), "offer", "push"), SPENT);
    let left = |days| decided(&tried(1_000, days), &rationed(), false).patience;
    assert_eq!([0, 1, 4, 5, 30].map(left), [0, 200, 800, 1_000, 1_000]);
}

#[test]
fn what_was_given_up_gives_back_what_it_took() {
    let mut profile = willing();
    profile.contact.plan(contact(7, NOW, 1_000));
    assert_eq!(fate(&profile, "offer", "push"), SPENT);
    profile.contact.progress(DecisionId(7), ContactState::Released, Channel::Email, NOW);
    assert_ne!(fate(&profile, "offer", "push"), SPENT);
}

/// Somebody without patience, after something came of a way to do an offer.
fn after(way: &str, outcome: Outcome) -> Profile {
    let (catalogue, mut profile) = (rationed(), tried(1_000, 0));
    let report = OutcomeReport { about: Attribution::Decision(DecisionId(7)), outcome, answer: None };
    let signal = signal("cust-1", 9, NOW, Happened::Outcome(report.clone()));
    let told = Told { action: &"offer".into(), treatment: &way.into(), store: None };
    follow(&mut profile.contact, &catalogue, told, &report, &signal);
    profile
}

#[test]
fn thanks_earn_for_what_they_were_for_and_for_nothing_else() {
    let thankful = after("push", Outcome::Thanked);
    assert_ne!(fate(&thankful, "offer", "push"), SPENT);
    assert_eq!(fate(&thankful, "other", "push"), SPENT);
    assert_eq!(thankful.contact.earned_by("offer", DecisionId(0)), 400);
}

#[test]
fn coming_for_it_by_oneself_earns_and_using_what_was_pushed_never_does() {
    for outcome in [Outcome::Opened, Outcome::Clicked, Outcome::Accepted, Outcome::Redeemed] {
        assert_eq!(after("card", outcome).contact.earned_by("offer", DecisionId(0)), 100, "{outcome:?}");
        assert_eq!(after("push", outcome).contact.earned_by("offer", DecisionId(0)), 0, "{outcome:?}");
    }
    for outcome in [Outcome::Delivered, Outcome::Shown, Outcome::Dismissed, Outcome::Expired, Outcome::Returned] {
        assert_eq!(after("card", outcome).contact.earned_by("offer", DecisionId(0)), 0, "{outcome:?}");
    }
}

#[test]
fn what_was_earned_goes_first_and_is_used_once() {
    let mut thankful = after("push", Outcome::Thanked);
    thankful.contact.plan(Contact { action: "offer".into(), ..contact(8, NOW, 350) });
    assert_eq!(thankful.contact.earned_by("offer", DecisionId(0)), 50);
    assert_eq!(fate(&thankful, "offer", "push"), SPENT);
}
