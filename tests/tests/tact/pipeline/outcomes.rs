//! What becomes of a decision: states that only move forward, a refusal that is heard at once, and nothing counted twice.

use proptest::prelude::*;
use tact_domain::{Channel, Outcome, Timestamp};
use tact_pipeline::Ending;

use super::world::{
    DAY, Function, MINUTE, SATURDAY, Sample, answer, block_on, bodies, check_in, coffee_drinker, decision_of, endings,
    handle, outcome, purchase, sound_function,
};

/// A function for which `ana` bought coffee, by which channels she can be told, and was sent a receipt by e-mail if she can.
fn with_a_decision(channels: &[&str]) -> Function {
    let function = sound_function();
    block_on(handle(&function, &coffee_drinker("ana", channels)));
    let report = block_on(handle(&function, &[purchase("p", "ana", SATURDAY, "coffee")]));
    assert_eq!(endings(&report), [Ending::Decided]);
    function
}

fn told(id: &str, minutes: i64, what: &str) -> Sample {
    outcome(id, "ana", SATURDAY + minutes * MINUTE, "p", what)
}

fn first(function: &Function, what: Outcome) -> Option<Timestamp> {
    function.store.inner.decisions()[&decision_of("p")].outcomes.first(what)
}

#[test]
fn an_outcome_is_entered_once_and_only_an_earlier_one_of_its_kind_moves_it() {
    let function = with_a_decision(&["email"]);
    let batch = [told("o1", 5, "opened"), told("o1", 5, "opened"), told("o2", 9, "opened"), told("o3", 2, "opened")];
    let report = block_on(handle(&function, &batch));
    assert_eq!(endings(&report), [Ending::Applied, Ending::Duplicate, Ending::Stale, Ending::Applied]);
    assert_eq!(first(&function, Outcome::Opened), Some(Timestamp(SATURDAY + 2 * MINUTE)));
    let before = function.store.inner.others();
    let again = block_on(handle(&function, &batch));
    assert!(endings(&again).iter().all(|ending| matches!(ending, Ending::Duplicate | Ending::Stale)));
    assert_eq!(function.store.inner.others(), before);
}

#[test]
fn an_outcome_of_a_decision_we_do_not_keep_is_stale() {
    let function = with_a_decision(&["email"]);
    let silent = check_in("quiet", "dee", SATURDAY);
    block_on(handle(&function, &[silent]));
    let batch = [
        outcome("o1", "ana", SATURDAY, "never-happened", "opened"),
        outcome("o2", "dee", SATURDAY, "quiet", "opened"),
        // The decision is ana's: whoever else follows the link to claim what it promised gets nothing.
        outcome("o3", "bo", SATURDAY, "p", "accepted"),
    ];
    let (facets, others) = (function.store.inner.facets(), function.store.inner.others());
    assert_eq!(endings(&block_on(handle(&function, &batch))), vec![Ending::Stale; 3]);
    assert_eq!((function.store.inner.facets(), function.store.inner.others()), (facets, others));
}

#[test]
fn whoever_opts_out_of_a_message_gets_no_more_of_it_by_its_channel() {
    let ask_again = |function: &Function| {
        block_on(handle(function, &[check_in("later", "ana", SATURDAY + 10 * 24 * 60 * MINUTE)]));
        bodies(&function.log)[&decision_of("later")]["candidates"].clone()
    };
    let fate = |candidates: &serde_json::Value, channel: &str| {
        let mut of_channel =
            candidates.as_array().unwrap().iter().filter(|c| c["channel"] == channel && c["action"] == "replenish");
        let candidate = of_channel.next().unwrap();
        (candidate["fate"].as_str().unwrap().to_owned(), candidate["reason"].as_str().unwrap_or("").to_owned())
    };
    let stayed = with_a_decision(&["sms", "email"]);
    let before = ask_again(&stayed);
    assert_ne!(fate(&before, "email").0, "refused", "{before}");

    let left = with_a_decision(&["sms", "email"]);
    assert_eq!(left.store.inner.decisions()[&decision_of("p")].channel, Channel::Email);
    assert_eq!(endings(&block_on(handle(&left, &[told("stop", 1, "opted_out")]))), [Ending::Applied]);
    assert_eq!(first(&left, Outcome::OptedOut), Some(Timestamp(SATURDAY + MINUTE)));
    let after = ask_again(&left);
    assert_eq!(fate(&after, "email"), ("refused".to_owned(), "consent_revoked".to_owned()));
    assert_ne!(fate(&after, "sms").0, "refused", "the other channel was not meant: {after}");
}

#[test]
fn an_opt_out_counts_even_when_its_decision_is_not_kept_and_then_for_every_channel() {
    let function = with_a_decision(&["sms", "email"]);
    let stop = outcome("stop", "ana", SATURDAY + MINUTE, "never-happened", "opted_out");
    assert_eq!(endings(&block_on(handle(&function, std::slice::from_ref(&stop)))), [Ending::Applied]);
    assert_eq!(endings(&block_on(handle(&function, &[stop]))), [Ending::Duplicate]);
    block_on(handle(&function, &[check_in("later", "ana", SATURDAY + 10 * DAY)]));
    let candidates = bodies(&function.log)[&decision_of("later")]["candidates"].clone();
    let told = candidates.as_array().unwrap().iter().filter(|c| c["channel"] == "sms" || c["channel"] == "email");
    let reasons: Vec<_> = told.map(|c| c["reason"].as_str().unwrap_or("none")).collect();
    assert!(reasons.contains(&"consent_revoked"), "{candidates}");
    assert!(reasons.iter().all(|reason| ["consent_revoked", "not_eligible", "eligibility_unknown"].contains(reason)));
}

#[test]
fn a_second_opt_out_of_one_message_counts_after_the_customer_came_back() {
    let function = with_a_decision(&["email"]);
    let story = [
        told("stop", 1, "opted_out"),
        answer("back", "ana", SATURDAY + 2 * MINUTE, "email", "granted"),
        told("stop again", 3, "opted_out"),
    ];
    assert_eq!(endings(&block_on(handle(&function, &story))), [Ending::Applied; 3]);
    block_on(handle(&function, &[check_in("later", "ana", SATURDAY + 10 * DAY)]));
    let candidates = bodies(&function.log)[&decision_of("later")]["candidates"].clone();
    let mut by_email = candidates.as_array().unwrap().iter().filter(|c| c["channel"] == "email");
    assert!(by_email.all(|c| c["fate"] == "refused"), "{candidates}");
}

#[test]
fn an_opt_out_in_the_same_batch_counts_for_what_comes_after_it() {
    let function = with_a_decision(&["sms", "email"]);
    let batch = [told("stop", 1, "opted_out"), check_in("next", "ana", SATURDAY + 10 * 24 * 60 * MINUTE)];
    block_on(handle(&function, &batch));
    let candidates = bodies(&function.log)[&decision_of("next")]["candidates"].clone();
    let by_email = candidates.as_array().unwrap().iter().filter(|c| c["channel"] == "email");
    assert!(by_email.into_iter().all(|c| c["fate"] == "refused"), "{candidates}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn outcomes_lead_to_the_same_state_in_any_order_and_however_often_they_come(
        order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
        twice in proptest::collection::vec(0..8_usize, 0..6),
        cut in 1..8_usize,
    ) {
        let names = ["delivered", "opened", "clicked", "accepted", "opened", "redeemed", "delivered", "opted_out"];
        let sample = |n: usize| told(&format!("o{n}"), i64::try_from(n * 7 % 8).unwrap(), names[n]);
        let (straight, mixed) = (with_a_decision(&["email"]), with_a_decision(&["email"]));
        block_on(handle(&straight, &(0..8).map(sample).collect::<Vec<_>>()));
        let shuffled: Vec<_> = order.into_iter().chain(twice).map(sample).collect();
        for batch in shuffled.chunks(cut) {
            block_on(handle(&mixed, batch));
        }
        prop_assert_eq!(mixed.store.inner.others(), straight.store.inner.others());
        prop_assert_eq!(mixed.store.inner.facets(), straight.store.inner.facets());
    }
}
