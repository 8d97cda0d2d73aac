//! How messages leave, for everybody: the switch acts within a minute, and what cannot be read lets nothing leave.

use tact_domain::{Channel, Timestamp};
use tact_pipeline::{DeliveryMode, HeldBack, ItemKey, Refusal, Settled, Store, Switch};
use tact_wire::Delivery;

use super::offers::{offer_by, willing};
use super::sink::Does;
use super::world::World;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, answer, check_in};

const OFF: &[u8] = br#"{"mode":"off"}"#;
const LIVE: &[u8] = br#"{"mode":"live"}"#;

/// Customers who are each worth a text.
async fn guests<S: Store + Clone>(world: &mut World<S>, names: &[&str]) {
    let agree: Vec<_> = names.iter().map(|name| willing(name, SATURDAY - DAY, &["sms"])).collect();
    world.happens(&agree).await;
}

#[tokio::test]
async fn switched_off_nothing_leaves_within_a_minute_and_switched_on_what_still_holds_does() {
    let mut world = World::in_memory(offer_by(&[Channel::Sms]));
    guests(&mut world, &["ana", "bo", "cy"]).await;
    world.happens(&[check_in("first", "ana", SATURDAY)]).await;
    assert_eq!(world.sink.reached().len(), 1, "the switch was read, and is on");
    world.put(ItemKey::Switch, OFF).await;
    world.happens(&[check_in("minute", "bo", SATURDAY + MINUTE)]).await;
    world.happens(&[check_in("hour", "cy", SATURDAY + 60 * MINUTE)]).await;
    let evening = SATURDAY + 8 * 60 * MINUTE;
    world.until(Timestamp(evening)).await;
    assert_eq!(world.sink.attempts().len(), 1, "nothing leaves while it is off");
    assert_eq!(world.state("bo", "minute").await, Delivery::Scheduled);

    // Cy leaves the programme meanwhile; Bo's text still holds.
    world.happens(&[answer("stop", "cy", evening, "sms", "revoked")]).await;
    world.put(ItemKey::Switch, LIVE).await;
    world.until(Timestamp(evening + 10 * MINUTE)).await;
    assert_eq!(world.sink.received_by("bo").len(), 1);
    assert_eq!(world.state("cy", "hour").await, Delivery::Closed("consent_revoked".into()));
    world.ends_well().await;
    assert_eq!(world.sink.reached().len(), 2);
}

#[tokio::test]
async fn what_is_decided_while_all_is_off_lapses_at_its_end_and_holds_no_contact() {
    let mut world = World::in_memory(offer_by(&[Channel::Sms]));
    guests(&mut world, &["ana"]).await;
    world.put(ItemKey::Switch, OFF).await;
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    world.settle().await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Closed("expired".into()));
    world.put(ItemKey::Switch, LIVE).await;
    world.happens(&[check_in("next", "ana", SATURDAY + DAY)]).await;
    assert_eq!(world.sink.received_by("ana").len(), 1);
    world.ends_well().await;
}

#[tokio::test]
async fn a_switch_nobody_can_read_lets_nothing_leave_and_nothing_get_lost() {
    for nonsense in
        [&b"{"[..], b"", br#"{"mode":"on"}"#, br#"{"mode":"live","limit":1}"#, br#"{"mode":"live","spend_per_day":-1}"#]
    {
        let mut world = World::in_memory(offer_by(&[Channel::Sms]));
        guests(&mut world, &["ana"]).await;
        world.put(ItemKey::Switch, nonsense).await;
        world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
        assert_eq!((world.settled.len(), world.sink.attempts().len()), (0, 0), "it is tried again and again");
        assert_eq!(world.state("ana", "visit").await, Delivery::Pending);
        world.put(ItemKey::Switch, LIVE).await;
        world.until(Timestamp(SATURDAY + 15 * MINUTE)).await;
        assert_eq!(world.sink.received_by("ana").len(), 1);
        world.ends_well().await;
    }
}

#[tokio::test]
async fn without_a_word_from_anybody_deliveries_are_in_shadow_and_count() {
    let mut world = World::embedded(offer_by(&[Channel::Sms, Channel::Email])).await;
    world.otherwise = Switch::default();
    world.dispatch = world.another_dispatch();
    let agrees = willing("ana", SATURDAY - DAY, &["sms", "email"]);
    world.happens(&[agrees, check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.settled, [Settled::Shadowed]);
    world.happens(&[check_in("again", "ana", SATURDAY + MINUTE)]).await;
    assert_eq!(world.items().await.len(), 1, "the contact counts as it would live");
    world.ends_well().await;
    assert_eq!(world.sink.attempts().len(), 0);
    world.stop().await;
}

#[tokio::test]
async fn on_a_list_only_those_on_it_get_anything() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    guests(&mut world, &["ana", "bo"]).await;
    world.put(ItemKey::Switch, br#"{"mode":"allowlist","allow":["bo"]}"#).await;
    world.happens(&[check_in("a", "ana", SATURDAY), check_in("b", "bo", SATURDAY)]).await;
    assert_eq!((world.sink.received_by("ana").len(), world.sink.received_by("bo").len()), (0, 1));
    assert_eq!(world.state("ana", "a").await, Delivery::Shadowed);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn a_limit_on_spending_holds_back_the_rest_of_the_day() {
    let mut world = World::embedded(offer_by(&[Channel::Email])).await;
    let names = ["ana", "bo", "cy", "dee"];
    let agree = names.map(|name| willing(name, SATURDAY - DAY, &["email"]));
    world.happens(&agree).await;
    world.otherwise = Switch { spend_per_day: Some(2.5), ..Switch::to(DeliveryMode::Live) };
    world.dispatch = world.another_dispatch();
    world.happens(&names.map(|name| check_in(name, name, SATURDAY))).await;
    assert_eq!(world.sink.reached().len(), 2, "a message costs one: two are within the limit");
    assert_eq!(world.unaffordable, 2, "and somebody hears that two others are not");
    let midnight = Timestamp((SATURDAY / DAY + 1) * DAY);
    world.until(Timestamp(midnight.0 - 1)).await;
    assert_eq!(world.sink.reached().len(), 2);
    world.until(midnight).await;
    assert_eq!(world.sink.reached().len(), 4, "the next day has a limit of its own");
    world.ends_well().await;
    world.stop().await;
}

/// Suspended by guardrails until long after.
fn suspended(way: &str) -> Vec<u8> {
    let until = Timestamp(SATURDAY + 30 * DAY);
    serde_json::to_vec(&HeldBack(std::collections::BTreeMap::from([(way.into(), until)]))).unwrap()
}

#[tokio::test]
async fn what_waits_when_its_treatment_is_suspended_does_not_leave_and_no_suspended_one_takes_over() {
    let both = [Channel::Sms, Channel::Email];
    let mut world = World::in_memory(offer_by(&both));
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
    world.arrive(&[check_in("waits", "ana", SATURDAY)]).await;
    world.put(ItemKey::HeldBack, &suspended("offer/by_sms_0")).await;
    world.deliver().await;
    assert_eq!(world.state("ana", "waits").await, Delivery::Closed("guardrail".into()));

    let mut world = World::in_memory(offer_by(&both));
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
    world.arrive(&[check_in("refused", "ana", SATURDAY)]).await;
    world.put(ItemKey::HeldBack, &suspended("offer/by_email_1")).await;
    world.sink.always(Channel::Sms, Does::Refuse(Refusal::Rejected));
    world.deliver().await;
    assert_eq!(world.state("ana", "refused").await, Delivery::Failed("rejected".into()));
}

#[tokio::test]
async fn as_long_as_nobody_can_tell_what_is_suspended_what_sells_waits() {
    let mut world = World::in_memory(offer_by(&[Channel::Email]));
    world.happens(&[willing("ana", SATURDAY - DAY, &["email"])]).await;
    world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
    world.put(ItemKey::HeldBack, b"?").await;
    world.deliver().await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Scheduled);
    world.put(ItemKey::HeldBack, b"{}").await;
    world.settle().await;
    assert_eq!(world.sink.received_by("ana").len(), 1);
}
