//! Texts from customers: a stop is heard at once and confirmed once; the others are answered with what was told, and nothing else.

use tact_decide::Reason;
use tact_domain::{Channel, On, Outcome, Purpose, Timestamp};
use tact_pipeline::{ItemKey, Store};
use tact_wire::{Request, unpack_appointment};

use super::setting::{NOW, Setting, inbound, notice, post, setting};
use crate::faults::{Fault, Script};
use crate::pipeline::world::{DAY, SATURDAY, block_on, coffee_drinker, consent, customer, event, handle};

/// Ana agreed to texts and e-mails, and was sent a text.
fn with_a_text() -> Setting {
    let setting = setting(&coffee_drinker("ana", &["sms", "email"]));
    setting.was_sent("ana", "replenish", Channel::Sms, "ana-consent");
    setting
}

fn may_be_texted(setting: &Setting, name: &str, at: Timestamp) -> bool {
    setting.profile(name).consent.relied_on(Purpose::Marketing, Channel::Sms, None, at).is_ok()
}

#[test]
fn a_stop_takes_back_every_consent_to_texts_and_is_confirmed_once() {
    let setting = setting(&coffee_drinker("ana", &["sms", "email"]));
    assert_eq!(setting.refusals("ana", Channel::Sms), None, "a text could leave");
    assert_eq!(setting.text("m-1", "pls STOP texting me"), "stop");
    let refused = setting.refusals("ana", Channel::Sms).unwrap();
    assert!(refused.iter().all(|reason| *reason == Reason::ConsentRevoked), "{refused:?}");
    assert_eq!(setting.refusals("ana", Channel::Email), None, "e-mails were not meant");

    let before = setting.table();
    assert_eq!(setting.text("m-1", "pls STOP texting me"), "stop", "delivered again");
    assert_eq!(setting.text("m-2", "stop"), "stop", "and said again");
    assert_eq!(setting.table(), before);
    let answers = setting.answers();
    assert_eq!(answers.len(), 1);
    assert!(answers[0].2.contains("unsubscribed") && !answers[0].2.contains("http"), "{answers:?}");
}

#[test]
fn a_stop_reaches_the_decision_it_answers() {
    let setting = setting(&coffee_drinker("ana", &["sms", "email"]));
    let decision = setting.was_sent("ana", "replenish", Channel::Sms, "ana-consent");
    setting.text("m-1", "STOP");
    setting.deliver();
    assert_eq!(setting.desk.store.inner.decisions()[&decision].outcomes.first(Outcome::OptedOut), Some(NOW));
    assert!(setting.profile("ana").consent.relied_on(Purpose::Marketing, Channel::Email, None, NOW).is_ok());
}

#[test]
fn a_stop_is_that_of_everybody_who_has_the_number_and_of_nobody_who_has_another() {
    let before = SATURDAY - 40 * DAY;
    let people = ["ana", "bo", "cy"].map(|name| consent(&format!("{name}-1"), name, before, &["sms"]));
    let moved =
        event("consent", "cy-2", "cy", before + DAY, &serde_json::json!({ "points": { "sms": "+12125550199" } }));
    let gave_up = event("consent", "bo-2", "bo", before + DAY, &serde_json::json!({ "points": { "sms": null } }));
    let setting = setting(&[people.to_vec(), vec![moved, gave_up]].concat());
    setting.text("m-1", "stop");
    assert!(!may_be_texted(&setting, "ana", NOW));
    assert!(!may_be_texted(&setting, "bo", NOW), "the number may still be theirs");
    assert!(may_be_texted(&setting, "cy", NOW), "who has another number did not say it");
    assert_eq!(setting.answers().iter().map(|(to, ..)| to.as_str()).collect::<Vec<_>>(), ["ana"]);
}

#[test]
fn a_stop_that_cannot_be_kept_is_asked_for_again_and_nothing_is_confirmed() {
    let mut setting = with_a_text();
    let stop = post("/sms", &notice(&inbound("m-1", "stop"), NOW));
    // The owners, the addresses, the ledger, the decision, the consent, the answer: then the commit.
    for calls in 0..7 {
        setting.befalls(Script::of(&[vec![Fault::None; calls], vec![Fault::Fail]].concat()));
        let answer = setting.ask(&stop);
        assert_eq!((answer.status, answer.what), (503, "not_kept"), "{calls}");
        assert!(may_be_texted(&setting, "ana", NOW) && setting.answers().is_empty(), "{calls}");
    }
    setting.befalls(Script::of(&[vec![Fault::None; 6], vec![Fault::LoseAnswer]].concat()));
    assert_eq!(setting.ask(&stop).status, 503, "it was kept, and nobody knows");
    assert_eq!(setting.ask(&stop).status, 200);
    assert!(!may_be_texted(&setting, "ana", NOW));
    assert_eq!(setting.answers().len(), 1);
}

#[test]
fn a_stop_wins_over_a_consent_from_a_clock_that_goes_ahead_and_not_over_one_given_since() {
    let ahead = setting(&[consent("c-1", "ana", SATURDAY, &["sms"])]);
    let told = NOW.plus_s(-120);
    let stop = |at| post("/sms", &notice(&inbound("m-1", "stop"), at));
    assert_eq!(ahead.ask_at(&stop(told), told).status, 200);
    assert!(!may_be_texted(&ahead, "ana", NOW.plus_s(1)), "given two minutes from now");

    let since = setting(&[consent("c-1", "ana", SATURDAY - DAY, &["sms"])]);
    let again = consent("c-2", "ana", SATURDAY - 60_000, &["sms"]);
    block_on(handle(&since.function, &[again]));
    assert_eq!(since.ask(&stop(told)).status, 200, "a stop of two minutes ago arrives late");
    assert!(may_be_texted(&since, "ana", NOW), "she agreed again a minute ago");
}

#[test]
fn help_is_what_the_brand_says() {
    let setting = with_a_text();
    assert_eq!(setting.text("m-1", "HELP"), "help");
    let help = setting.desk.catalogues.own().brand.help.clone();
    assert_eq!(setting.answers(), [(customer("ana"), "help".to_owned(), help)]);
    assert!(setting.put().is_empty());
}

#[test]
fn the_reason_is_what_she_was_told_and_nothing_that_she_did() {
    let setting = with_a_text();
    assert_eq!(setting.text("m-1", "why am I getting this?"), "why");
    let said = "you agreed on 21 September 2026 to: 'about two messages a month'. Reply STOP to end.";
    let answers = setting.answers();
    assert!(answers[0].2.ends_with(said), "{answers:?}");

    let unproved = with_a_text();
    unproved.was_sent("ana", "win_back", Channel::Sms, "no-such-consent");
    unproved.text("m-1", "why");
    let words = &unproved.answers()[0].2;
    assert!(words.contains("that you agreed to") && !words.to_lowercase().contains("coffee"), "{words}");
}

#[test]
fn less_halves_the_cadence_once_for_each_time_it_is_said() {
    let setting = with_a_text();
    let terms = |setting: &Setting| {
        let consent = setting.profile("ana").consent;
        consent.relied_on(Purpose::Marketing, Channel::Sms, None, NOW).unwrap().value.terms.unwrap().per_days
    };
    assert_eq!(setting.text("m-1", "less please"), "less");
    setting.deliver();
    setting.text("m-1", "less please");
    setting.deliver();
    assert_eq!(terms(&setting), 14, "the policy says one in seven");
    let relied_on =
        setting.profile("ana").consent.relied_on(Purpose::Marketing, Channel::Sms, None, NOW).unwrap().event;
    let proof = block_on(setting.desk.store.inner.get(&ItemKey::Proof(customer("ana"), relied_on))).unwrap().unwrap();
    assert!(String::from_utf8(proof.bytes).unwrap().contains("about two messages a month"), "its proof goes with it");
    setting.text("m-2", "fewer texts");
    setting.deliver();
    assert_eq!(terms(&setting), 28);
    assert!(setting.answers()[0].2.contains("at most 1 marketing text in 14 days"));
}

#[test]
fn less_gives_nobody_back_what_they_took_back() {
    let setting = with_a_text();
    setting.text("m-1", "stop");
    setting.text("m-2", "less");
    assert!(setting.put().iter().all(|event| event["type"] == "tact.outcome.v1"));
    assert!(setting.answers().iter().any(|(_, _, words)| words.contains("no marketing texts")));
}

#[test]
fn later_is_tomorrow_at_the_same_time_when_texts_may_be_sent() {
    // 11:00 on the day before the clocks go back is 25 hours before 11:00; 23:00 becomes 9:00 of the day after.
    for (passed_h, expected_h) in [(0, 25), (12, 47)] {
        let setting = with_a_text();
        let now = NOW.plus_s(passed_h * 3600);
        let ask = |id: &str| setting.ask_at(&post("/sms", &notice(&inbound(id, "later"), now)), now);
        assert_eq!(ask("m-1").what, "later");
        let open = setting.profile("ana").contact.appointments().to_vec();
        assert_eq!((open.len(), open[0].on, open[0].not_before), (1, On::Time, NOW.plus_s(expected_h * 3600)));
        assert_eq!((open[0].until, &open[0].said), (now.plus_s(7 * 86_400), &None));
        let key = ItemKey::Appointment(customer("ana"), open[0].issue.clone());
        let item = block_on(setting.desk.store.inner.get(&key)).unwrap().unwrap();
        assert_eq!(unpack_appointment(&item.bytes).unwrap().as_ref(), open.first());
        let before = setting.table();
        ask("m-1");
        ask("m-2");
        assert_eq!(setting.table(), before, "one appointment, one answer");
        assert!(setting.put().iter().all(|event| event["data"]["outcome"] == "dismissed"));
    }
}

#[test]
fn nobody_is_answered_who_is_not_known_or_asks_for_nothing() {
    let setting = with_a_text();
    let stranger = |text: &str| {
        let mut message = inbound("m-1", text);
        message["originationNumber"] = "+442079460000".into();
        setting.ask(&post("/sms", &notice(&message, NOW)))
    };
    let before = setting.table();
    assert!(["help", "later", "less", "why"].iter().all(|text| stranger(text).what == "stranger"));
    assert_eq!(setting.text("m-2", "do you have these in blue"), "other");
    let mut short_code = inbound("m-3", "stop");
    short_code["originationNumber"] = "40404".into();
    assert_eq!(setting.ask(&post("/sms", &notice(&short_code, NOW))).what, "ignored");
    assert_eq!(setting.table(), before);
}

#[test]
fn a_stop_from_a_number_nobody_gave_yet_counts_for_whoever_turns_out_to_own_it() {
    let setting = setting(&[]);
    assert_eq!(setting.text("m-1", "stop"), "stranger");
    // Her consent, given the day before, was still on the stream.
    let report = block_on(handle(&setting.function, &coffee_drinker("ana", &["sms", "email"])));
    assert_eq!(report.first_undone, None);
    assert!(!may_be_texted(&setting, "ana", NOW));
    assert_eq!(setting.refusals("ana", Channel::Email), None, "e-mails were not meant");
}

#[test]
fn what_is_no_text_is_refused_by_the_name_of_the_field() {
    let setting = with_a_text();
    let refused = |message: &serde_json::Value| {
        let Request { body, .. } = post("/sms", &notice(message, NOW));
        let answer = setting.ask(&super::setting::request("POST", "/sms", &body));
        (answer.status, answer.body)
    };
    let mut nameless = inbound("", "stop");
    assert_eq!(refused(&nameless), (400, "`inboundMessageId` must be 1 to 100 visible ASCII characters".to_owned()));
    nameless.as_object_mut().unwrap().remove("messageBody");
    assert_eq!(refused(&nameless), (400, "`Message` must be an inbound text message".to_owned()));
}
