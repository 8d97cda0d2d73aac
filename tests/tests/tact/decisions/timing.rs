//! What is done, by which channel, and now or later, is chosen together; a promise is kept without a second contact.

use tact_decide::{Later, Quiet, QuietHours};
use tact_domain::{Appointment, On};

use super::*;

/// 11:00 in New York is quiet for texts here, until noon.
fn until_noon() -> Quiet {
    let hours = QuietHours {
        channel: Channel::Sms,
        open_s: 12 * 3_600,
        close_s: 20 * 3_600,
        by_state: false,
        wider_because: None,
    };
    Quiet { channels: vec![hours], ..Quiet::default() }
}

/// An offer by e-mail now, or by text at noon.
fn offer(email: f64, sms: f64) -> Catalogue {
    let mut offer = Action { margin: 1_000.0, ..action("offer", Issue::Grow) };
    let way = |name: &str, channel, group_prior| Treatment {
        group_prior,
        mode: Mode::Prompt,
        valid_s: 8 * 3_600,
        ..treatment(name, channel)
    };
    offer.treatments = vec![way("email", Channel::Email, email), way("sms", Channel::Sms, sms)];
    offer.triggers.push(Trigger::Due);
    let mut catalogue = catalogue(vec![offer]);
    catalogue.policy.levers.bid = 0.0;
    catalogue.policy.quiet = until_noon();
    catalogue
}

#[test]
fn what_is_worth_more_later_keeps_the_contact_for_later() {
    let catalogue = offer(0.2, 0.4);
    let decision = decided(&willing(), &catalogue, false);
    assert_eq!(decision.chosen, None);
    assert_eq!(decision.candidates[0].fate, Fate::Lost(Reason::BetterLater));
    assert_eq!(decision.candidates[1].fate, Fate::Refused(Reason::QuietHours));
    let noon = NOW.plus_s(3_600);
    assert_eq!(
        decision.candidates[1].later,
        Some(Later { on: On::Time, not_before: noon, until: NOW.plus_s(8 * 3_600) })
    );
    assert_eq!(decision.appointments.iter().map(|made| made.not_before).collect::<Vec<_>>(), [noon]);
}

#[test]
fn what_is_worth_about_as_much_now_does_not_wait() {
    // 0.9 of what the text would be worth is less than the e-mail now.
    let catalogue = offer(0.37, 0.4);
    let decision = decided(&willing(), &catalogue, false);
    assert_eq!(winner(&decision, &catalogue).unwrap().1, "email");
    assert!(decision.appointments.is_empty(), "the same is not said twice");
}

#[test]
fn a_card_takes_no_contact_so_it_need_not_wait_for_the_better_message() {
    let mut catalogue = offer(0.2, 0.4);
    catalogue.actions.push(worth("card", Issue::Choose, 1.0));
    let decision = decided(&willing(), &catalogue, false);
    assert_eq!(winner(&decision, &catalogue).unwrap().0, "card");
    assert_eq!(decision.appointments.len(), 1);
}

#[test]
fn a_promise_is_kept_although_caps_and_pauses_are_used_up_and_not_without_consent() {
    let mut offer = Action { cool_down_s: 86_400, ..action("offer", Issue::Grow) };
    let way = |name: &str| Treatment { mode: Mode::Prompt, ..treatment(name, Channel::Email) };
    offer.treatments = vec![
        Treatment { promises: Some("kept".into()), ..way("ask") },
        Treatment { fulfils: true, mode: Mode::Push, ..way("kept") },
    ];
    let mut catalogue = catalogue(vec![offer, worth("rival", Issue::Service, 50.0)]);
    catalogue.policy.push_needs = vec![Purpose::Profiling];
    let cap = Cap { name: "none".into(), max: 0, window_s: 60, impressions: false, channel: None, group: None };
    catalogue.policy.caps = vec![cap];
    let promise = Appointment {
        issue: "promise/offer".into(),
        on: On::Time,
        not_before: NOW,
        until: NOW.plus_s(3_600),
        made_by: DecisionId(9),
        trigger: Trigger::Due,
        store: None,
        said: None,
        promised: Some(("offer".into(), "kept".into())),
    };
    let keep = |profile: &Profile| {
        let customer = CustomerId::new("cust-1").unwrap();
        let asked = Moment::asked(DecisionId(1), &customer, profile, NOW);
        let moment = Moment { trigger: Trigger::Due, rung: Rung::GroupPrior, kept: vec![promise.clone()], ..asked };
        let mut decision = Decision::empty();
        decide(&moment, &catalogue, &Models::default(), &mut decision);
        fates(&decision, &catalogue)
    };
    let mut profile = willing();
    told(&mut profile, "offer");
    let kept = keep(&profile);
    assert_eq!(kept.into_iter().collect::<Vec<_>>(), [(("offer".into(), "kept".into()), Fate::Chosen)]);
    let refused = keep(&Profile::default());
    assert_eq!(refused[&("offer".into(), "kept".into())], Fate::Refused(Reason::ConsentMissing));
    let asked = decided(&willing(), &catalogue, false);
    assert!(!fates(&asked, &catalogue).contains_key(&("offer".into(), "kept".into())), "never said unasked");
}
