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
