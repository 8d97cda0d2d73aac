//! Faults of the providers: they refuse, ask for a pause, or never say what they did.

use tact_domain::{Channel, Timestamp};
use tact_pipeline::{ItemKey, Refusal, Settled, Store};
use tact_wire::{AddressBook, Delivery};

use super::offers::{number, offer_by, willing};
use super::sink::Does;
use super::world::World;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, check_in, customer, event, outcome};

const BOTH: [Channel; 2] = [Channel::Sms, Channel::Email];

/// The address a customer can be texted at, as delivery knows it.
async fn sms_address<S: Store + Clone>(world: &World<S>, name: &str) -> Option<String> {
    let found = world.store.get(&ItemKey::Addresses(customer(name))).await.unwrap().unwrap();
    AddressBook::unpack(&found.bytes).unwrap().address(Channel::Sms).map(str::to_owned)
}

#[tokio::test]
async fn flt11_an_address_that_does_not_work_is_remembered_and_the_next_way_takes_over() {
    for refusal in [Refusal::BadAddress, Refusal::OptedOut] {
        let mut world = World::embedded(offer_by(&BOTH)).await;
        world.happens(&[willing("ana", SATURDAY - 20 * DAY, &["sms", "email"])]).await;
        assert_eq!(sms_address(&world, "ana").await, Some(number("ana")));
        world.sink.next("ana", Channel::Sms, &[Does::Refuse(refusal)]);
        world.happens(&[check_in("first", "ana", SATURDAY - 10 * DAY)]).await;
        let ways: Vec<_> = world.sink.attempts().iter().map(|attempt| attempt.message.channel).collect();
        assert_eq!(ways, BOTH, "one attempt each, the text first");
        let item = world.item("ana", "first").await;
        assert_eq!((item.state, item.channel), (Delivery::Sent, Channel::Email));
        assert_eq!(sms_address(&world, "ana").await, None);

        world.happens(&[check_in("second", "ana", SATURDAY)]).await;
        let ways: Vec<_> = world.sink.attempts().iter().skip(2).map(|attempt| attempt.message.channel).collect();
        assert_eq!(ways, [Channel::Email], "nothing goes to that number any more: the other way takes over");
        let new = event("consent", "new", "ana", SATURDAY, &serde_json::json!({ "points": { "sms": "+12125550199" } }));
        world.happens(&[new, check_in("third", "ana", SATURDAY + 10 * DAY)]).await;
        let last = world.sink.attempts().pop().unwrap().message;
        assert_eq!((last.channel, last.to.as_deref()), (Channel::Sms, Some("+12125550199")), "another number works");
        world.ends_well().await;
        world.stop().await;
    }
}

#[tokio::test]
async fn flt11_what_is_refused_by_every_way_has_failed_and_its_contact_is_free_again() {
    let mut world = World::embedded(offer_by(&BOTH)).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
    for channel in BOTH {
        world.sink.next("ana", channel, &[Does::Refuse(Refusal::Rejected)]);
    }
    world.happens(&[check_in("first", "ana", SATURDAY)]).await;
    assert_eq!(world.settled, [Settled::Failed]);
    assert_eq!(world.state("ana", "first").await, Delivery::Failed("rejected".into()));
    assert_eq!(sms_address(&world, "ana").await, Some(number("ana")), "nothing is wrong with the number");
    world.happens(&[check_in("second", "ana", SATURDAY + MINUTE)]).await;
    assert_eq!(world.sink.received_by("ana").len(), 1, "nothing came of the first, so the second may");
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt11_nothing_leaves_by_a_way_the_customer_did_not_agree_to() {
    let mut world = World::embedded(offer_by(&BOTH)).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.sink.next("ana", Channel::Sms, &[Does::Refuse(Refusal::BadAddress)]);
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Failed("bad_address".into()));
    assert_eq!(world.sink.attempts().len(), 1);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt12_a_provider_that_says_how_long_to_wait_is_not_asked_before() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.sink.next("ana", Channel::Sms, &[Does::Pause(Some(90)), Does::Pause(Some(600))]);
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.settled, [Settled::Scheduled]);
    assert_eq!(world.item("ana", "visit").await.due_at, Some(Timestamp(SATURDAY).plus_s(90)));
    world.until(Timestamp(SATURDAY).plus_s(119)).await;
    assert_eq!(world.sink.attempts().len(), 1);
    world.until(Timestamp(SATURDAY).plus_s(120 + 599)).await;
    assert_eq!(world.sink.attempts().len(), 2, "the next minute after ninety seconds");
    world.until(Timestamp(SATURDAY).plus_s(120 + 600)).await;
    assert_eq!(world.sink.attempts().len(), 3);
    assert_eq!(world.state("ana", "visit").await, Delivery::Sent);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt12_without_a_word_the_pauses_grow_and_the_offer_ends_when_it_is_worth_nothing() {
    let mut world = World::embedded(offer_by(&[Channel::Email])).await;
    world.happens(&["ana", "bo"].map(|name| willing(name, SATURDAY - DAY, &["email"]))).await;
    world.sink.always(Channel::Email, Does::Pause(None));
    world.happens(&[check_in("visit", "ana", SATURDAY), check_in("other", "bo", SATURDAY)]).await;
    let mut pauses = Vec::new();
    while let Some(due_at) = world.item("ana", "visit").await.due_at {
        pauses.push(due_at.since_ms(world.now) / 1_000);
        world.tick(world.next_tick().unwrap()).await;
        while world.item("ana", "visit").await.due_at == Some(due_at) {
            world.tick(world.next_tick().unwrap()).await;
        }
    }
    let grows = pauses.windows(2).take(6).all(|two| two[0] < two[1]);
    assert!(grows && pauses[0] >= 15 && pauses.iter().all(|pause| *pause <= 3_600), "{pauses:?}");
    assert_eq!(world.state("ana", "visit").await, Delivery::Closed("expired".into()));
    assert!((20..80).contains(&pauses.len()), "sixteen hours of at most an hour each: {pauses:?}");
    let (mine, other) = (world.item("ana", "visit").await, world.item("bo", "other").await);
    assert_ne!(mine.decision.0 % 1_000, other.decision.0 % 1_000, "two that began together do not stay together");
    world.sink.always(Channel::Email, Does::Take);
    world.happens(&[check_in("next", "ana", SATURDAY + DAY)]).await;
    assert_eq!(world.sink.received_by("ana").len(), 1, "what lapsed holds no contact");
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt12_a_message_that_left_late_counts_from_when_it_left() {
    let mut world = World::embedded(offer_by(&[Channel::Email])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["email"])]).await;
    world.sink.next("ana", Channel::Email, &[Does::Pause(Some(15 * 3_600))]);
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    world.until(Timestamp(SATURDAY + 15 * 60 * MINUTE)).await;
    assert_eq!(world.sink.received_by("ana").len(), 1);
    world.happens(&[check_in("next", "ana", SATURDAY + DAY + MINUTE)]).await;
    assert_eq!(world.sink.received_by("ana").len(), 1, "a day after it was planned, nine hours after it came");
    world.happens(&[check_in("later", "ana", SATURDAY + DAY + (15 * 60 + 1) * MINUTE)]).await;
    assert_eq!(world.sink.received_by("ana").len(), 2);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt13_what_may_have_left_is_never_sent_again_and_a_receipt_settles_it() {
    for does in [Does::TakeSilently, Does::Lose] {
        let mut world = World::embedded(offer_by(&BOTH)).await;
        world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
        world.sink.next("ana", Channel::Sms, &[does]);
        world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
        assert_eq!(world.settled, [Settled::Unknown]);
        world.happens(&[check_in("again", "ana", SATURDAY + MINUTE)]).await;
        assert_eq!(world.sink.attempts().len(), 1, "neither again nor by another way, and it counts under the caps");
        if does == Does::TakeSilently {
            world.happens(&[outcome("receipt", "ana", SATURDAY + 2 * MINUTE, "visit", "delivered")]).await;
            assert_eq!(world.state("ana", "visit").await, Delivery::Sent);
        }
        world.ends_well().await;
        assert_eq!(world.sink.attempts().len(), 1);
        world.stop().await;
    }
}

#[tokio::test]
async fn flt13_a_provider_that_never_answers_holds_up_nothing_and_is_not_asked_again() {
    for does in [Does::Hang, Does::TakeAndHang] {
        let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
        world.happens(&["ana", "bo"].map(|name| willing(name, SATURDAY - DAY, &["sms"]))).await;
        world.sink.next("ana", Channel::Sms, &[does]);
        // The invocation runs into its time-out, and the batch comes again.
        world.happens(&[check_in("visit", "ana", SATURDAY), check_in("other", "bo", SATURDAY)]).await;
        world.until(Timestamp(SATURDAY + 3 * MINUTE)).await;
        assert_eq!(world.state("ana", "visit").await, Delivery::Unknown);
        assert_eq!(world.sink.attempts().iter().filter(|a| a.message.customer.as_str() == "ana").count(), 1);
        world.ends_well().await;
        world.stop().await;
    }
}
