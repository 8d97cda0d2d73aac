//! A customer who says stop between the decision and its delivery: that is the last word, whatever is under way.

use tact_domain::{Channel, Timestamp};
use tact_pipeline::{Refusal, Settled};
use tact_wire::Delivery;

use super::offers::{offer_by, willing};
use super::sink::Does;
use super::world::World;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, answer, check_in, event, outcome};

#[tokio::test]
async fn flt26_a_stop_between_decision_and_delivery_wins_however_it_is_said() {
    let stops = [
        answer("stop", "ana", SATURDAY, "sms", "revoked"),
        outcome("stop", "ana", SATURDAY, "earlier", "opted_out"),
        event("consent", "stop", "ana", SATURDAY, &serde_json::json!({ "points": { "sms": null } })),
        event("consent", "stop", "ana", SATURDAY, &serde_json::json!({ "birth_year": 2012 })),
    ];
    let reasons = ["consent_revoked", "consent_revoked", "unreachable", "minor"];
    for (stop, reason) in stops.into_iter().zip(reasons) {
        let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
        world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
        world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
        world.arrive(&[stop]).await;
        world.deliver().await;
        assert_eq!(world.settled, [Settled::Closed(reason)]);
        assert_eq!(world.sink.attempts().len(), 0, "{reason}");
        world.ends_well().await;
        world.stop().await;
    }
}

#[tokio::test]
async fn flt26_a_stop_reaches_what_waits_and_what_was_closed_stays_closed_when_consent_returns() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.sink.next("ana", Channel::Sms, &[Does::Pause(Some(3_600))]);
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Scheduled);
    world.happens(&[answer("stop", "ana", SATURDAY + 10 * MINUTE, "sms", "revoked")]).await;
    world.until(Timestamp(SATURDAY + 61 * MINUTE)).await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Closed("consent_revoked".into()));

    world.happens(&[answer("back", "ana", SATURDAY + 70 * MINUTE, "sms", "granted")]).await;
    world.until(Timestamp(SATURDAY + DAY)).await;
    assert_eq!(world.sink.attempts().len(), 1, "a return of consent brings nothing back");
    world.happens(&[check_in("anew", "ana", SATURDAY + DAY)]).await;
    assert_eq!(world.sink.received_by("ana").len(), 1, "and holds for what is decided from then on");
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt26_a_stop_by_one_channel_does_not_send_the_message_by_another() {
    let mut world = World::embedded(offer_by(&[Channel::Sms, Channel::Email])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
    world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
    world.happens(&[answer("stop", "ana", SATURDAY, "sms", "revoked")]).await;
    assert_eq!(world.sink.attempts().len(), 0);
    assert_eq!(world.state("ana", "visit").await, Delivery::Closed("consent_revoked".into()));
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt26_a_stop_before_the_second_way_is_tried_ends_it_there() {
    let mut world = World::embedded(offer_by(&[Channel::Sms, Channel::Email])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
    world.sink.next("ana", Channel::Sms, &[Does::Pause(Some(60)), Does::Refuse(Refusal::Rejected)]);
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    world.happens(&[answer("stop", "ana", SATURDAY, "email", "revoked")]).await;
    world.until(Timestamp(SATURDAY + MINUTE)).await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Failed("rejected".into()));
    assert!(world.sink.attempts().iter().all(|attempt| attempt.message.channel == Channel::Sms));
    world.ends_well().await;
    world.stop().await;
}

/// Consent to cards, and one to texts with a promise that is due a day before the Saturday.
fn promised(benefit: &str) -> crate::pipeline::world::Sample {
    let before = SATURDAY - 40 * DAY;
    let text = serde_json::json!({
        "channel": "sms", "purpose": "marketing", "state": "granted", "benefit": benefit, "review_after": "2026-10-30",
    });
    let card = serde_json::json!({ "channel": "inbox", "purpose": "marketing", "state": "granted" });
    let data = serde_json::json!({
        "grants": [text, card], "points": { "sms": "+12125550142" }, "zone": "America/New_York",
    });
    event("consent", "promised", "ana", before, &data)
}

#[tokio::test]
async fn what_rests_is_asked_for_once_and_the_second_card_stays_away() {
    let mut catalogue = offer_by(&[Channel::Inbox]);
    catalogue.policy.discretion = tact_decide::Discretion::default();
    catalogue.actions.iter_mut().for_each(|action| action.asks_again = true);
    let mut world = World::embedded(catalogue).await;
    world.happens(&[promised("early-sale")]).await;
    assert!(world.profile("ana").await.consent.may_ask_again(Timestamp(SATURDAY)));
    // Both are decided before the first card is in the app.
    world.arrive(&[check_in("one", "ana", SATURDAY), check_in("two", "ana", SATURDAY + MINUTE)]).await;
    world.deliver().await;
    let mut settled = world.settled.clone();
    settled.sort_by_key(|settled| *settled != Settled::Sent);
    assert_eq!(settled, [Settled::Sent, Settled::Closed("already_said")]);
    assert!(!world.profile("ana").await.consent.may_ask_again(Timestamp(SATURDAY + DAY)));
    world.stop().await;
}

#[tokio::test]
async fn what_is_delivered_in_time_keeps_its_promise_and_what_comes_late_does_not() {
    for (at, kept) in [(SATURDAY - 10 * DAY, true), (SATURDAY, false)] {
        let mut catalogue = offer_by(&[Channel::Inbox]);
        catalogue.policy.discretion = tact_decide::Discretion::default();
        for treatment in catalogue.actions.iter_mut().flat_map(|action| &mut action.treatments) {
            treatment.delivers = Some("early-sale".into());
        }
        let mut world = World::embedded(catalogue).await;
        world.happens(&[promised("early-sale")]).await;
        world.happens(&[check_in("visit", "ana", at)]).await;
        assert_eq!(world.settled, [Settled::Sent]);
        let consent = world.profile("ana").await.consent;
        let stands = consent.relied_on(tact_domain::Purpose::Marketing, Channel::Sms, None, Timestamp(SATURDAY + DAY));
        assert_eq!(stands.is_ok(), kept);
        world.stop().await;
    }
}

#[tokio::test]
async fn a_promise_is_kept_by_what_a_provider_took_and_by_nothing_else() {
    let cases = [(Does::Take, true), (Does::Refuse(Refusal::Rejected), false), (Does::Hang, false)];
    for (does, kept) in cases {
        let mut catalogue = offer_by(&[Channel::Email]);
        for treatment in catalogue.actions.iter_mut().flat_map(|action| &mut action.treatments) {
            treatment.delivers = Some("early-sale".into());
        }
        let mut world = World::in_memory(catalogue);
        let at = SATURDAY - 10 * DAY;
        world.happens(&[willing("ana", at - 20 * DAY, &["email"]), promised("early-sale")]).await;
        world.sink.always(Channel::Email, does);
        world.happens(&[check_in("visit", "ana", at)]).await;
        world.settle().await;
        let consent = world.profile("ana").await.consent;
        let stands = consent.relied_on(tact_domain::Purpose::Marketing, Channel::Sms, None, Timestamp(SATURDAY + DAY));
        assert_eq!(stands.is_ok(), kept, "{does:?}");
    }
}
