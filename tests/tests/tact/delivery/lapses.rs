//! What an offer is about may be over before the offer is: then it lapses unsent, by whatever way.

use serde_json::json;
use tact_decide::{Action, Catalogue, Condition, Criterion, Rule, Slot, Stage, Test};
use tact_domain::{Channel, Timestamp, Trigger};
use tact_pipeline::{DeliveryMode, Refusal, Settled, Switch};
use tact_wire::Delivery;

use super::offers::{catalogue_of, offer};
use super::sink::Does;
use super::world::World;
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, check_in, consent, event};

const HOUR: i64 = 60 * MINUTE;

/// An offer for whoever flies to Tampa, worth sixteen hours.
fn for_the_journey() -> Catalogue {
    let flies = Rule::Is(Criterion { slot: 0, test: Test::OneOf(vec!["Tampa".into()]) });
    let text = "partner.destination(\"airline\") == \"Tampa\"".to_owned();
    let condition = Condition { stage: Stage::Applicability, of_group: false, text, rule: flies };
    let offer = offer("boots", Trigger::CheckIn, &[Channel::Email, Channel::Inbox]);
    let mut catalogue = catalogue_of(vec![Action { conditions: vec![condition], ..offer }]);
    catalogue.slots = vec![Slot::Destination("airline".into())];
    // Nobody gets it who does not fly, so that nobody could ever cover another.
    catalogue.policy.cover.k = 0;
    catalogue
}

/// A world in which a card paid for a journey of ana that ends then, if the partner tells.
async fn booked(at: i64, ends: Option<i64>) -> World<MemoryStore> {
    let mut world = World::in_memory(for_the_journey());
    let mut told = json!({ "kind": "card", "category": "airline", "destination": "Tampa" });
    if let Some(ends) = ends {
        told["ends"] = jiff::Timestamp::from_millisecond(ends).unwrap().to_string().into();
    }
    world.happens(&[consent("agrees", "ana", at - DAY, &["email", "inbox"])]).await;
    world.happens(&[event("partner", "flight", "ana", at, &told)]).await;
    world
}

#[tokio::test]
async fn an_offer_for_a_journey_lapses_when_the_journey_ends() {
    for (at, ends, expires_at) in [
        (SATURDAY - DAY, Some(SATURDAY + 3 * HOUR), SATURDAY + 3 * HOUR),
        (SATURDAY - DAY, Some(SATURDAY + 30 * HOUR), SATURDAY + 16 * HOUR),
        (SATURDAY - 14 * DAY + HOUR, None, SATURDAY + HOUR),
        (SATURDAY - DAY, None, SATURDAY + 16 * HOUR),
    ] {
        let mut world = booked(at, ends).await;
        world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
        assert_eq!(world.item("ana", "visit").await.expires_at, Timestamp(expires_at), "{ends:?}");
    }
}

#[tokio::test]
async fn what_could_not_leave_before_the_journey_ended_never_leaves() {
    let mut world = booked(SATURDAY - DAY, Some(SATURDAY + HOUR)).await;
    world.otherwise = Switch::to(DeliveryMode::Off);
    world.begin_again().await;
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    world.until(Timestamp(SATURDAY + HOUR)).await;
    world.otherwise = Switch::to(DeliveryMode::Live);
    world.begin_again().await;
    world.settle().await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Closed("expired".into()));
    assert_eq!(world.sink.attempts().len(), 0);
}

#[tokio::test]
async fn another_way_to_tell_of_it_lapses_at_the_same_instant() {
    let mut world = booked(SATURDAY - DAY, Some(SATURDAY + 3 * HOUR)).await;
    world.sink.next("ana", Channel::Email, &[Does::Refuse(Refusal::BadAddress)]);
    // That they fly again, later, makes the journey that was meant no longer.
    let again =
        json!({ "kind": "card", "category": "airline", "destination": "Tampa", "ends": "2026-12-24T12:00:00Z" });
    world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
    world.arrive(&[event("partner", "again", "ana", SATURDAY, &again)]).await;
    world.deliver().await;
    let item = world.item("ana", "visit").await;
    assert_eq!((item.channel, item.expires_at), (Channel::Inbox, Timestamp(SATURDAY + 3 * HOUR)));
    assert_eq!(world.settled.last(), Some(&Settled::Sent));
}
