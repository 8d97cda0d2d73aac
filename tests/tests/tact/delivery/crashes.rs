//! A process that dies: between commit and delivery, between delivery and its settlement, at its deadline, and at every await there is.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tact_domain::{Channel, CouponTerms, DecisionId, OnReturn, Timestamp, Trigger};
use tact_pipeline::{ItemKey, Refusal};
use tact_wire::Delivery;

use super::offers::{catalogue_of, offer, offer_by, willing};
use super::sink::Does;
use super::world::World;
use crate::faults::{Fault, scripts};
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, block_on, check_in, outcome, purchase};

#[tokio::test]
async fn flt08_what_was_committed_and_never_delivered_is_found_by_the_clock_and_sent_once() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
    let lost = world.appeared();
    assert_eq!(lost.len(), 1, "the record of the table's stream is lost");
    world.until(Timestamp(SATURDAY + MINUTE)).await;
    assert_eq!(world.sink.attempts().len(), 0);
    world.until(Timestamp(SATURDAY + 2 * MINUTE)).await;
    assert_eq!(world.sink.received_by("ana").len(), 1);
    let report = world.dispatch.handle(&lost, None).await;
    assert!(report.sent.is_empty(), "found after all, it has nothing more to say");
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt09_a_message_whose_acceptance_nobody_noted_is_offered_again_only_where_it_is_known_again() {
    for (channel, attempts, state) in [
        (Channel::Sms, 1, Delivery::Unknown),
        (Channel::Email, 1, Delivery::Unknown),
        (Channel::Webhook, 2, Delivery::Sent),
    ] {
        let mut world = World::embedded(offer_by(&[channel])).await;
        world.happens(&[willing("ana", SATURDAY - DAY, &[channel.name()])]).await;
        world.sink.next("ana", channel, &[Does::TakeAndHang]);
        world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
        world.until(Timestamp(SATURDAY + 10 * MINUTE)).await;
        let offered = world.sink.attempts();
        assert_eq!(offered.len(), attempts, "{channel:?}");
        assert!(offered.iter().all(|attempt| attempt.message.decision == offered[0].message.decision));
        assert_eq!(world.state("ana", "visit").await, state, "{channel:?}");
        assert_eq!(world.sink.reached().len(), 1);
        world.ends_well().await;
        world.stop().await;
    }
}

#[tokio::test]
async fn flt10_at_its_deadline_delivery_stops_and_what_it_did_is_not_done_again() {
    let mut world = World::in_memory(offer_by(&[Channel::Sms]));
    let names = ["ana", "bo", "cy"];
    world.happens(&names.map(|name| willing(name, SATURDAY - DAY, &["sms"]))).await;
    world.arrive(&names.map(|name| check_in(name, name, SATURDAY))).await;
    let waiting = world.appeared();
    // The second decision that is looked at takes nine seconds to load.
    world.table.inner.script.begin(&[&[Fault::None; 7][..], &[Fault::Delay(9_000)]].concat());
    let report = world.dispatch.handle(&waiting, Some(Timestamp(SATURDAY + 8_000))).await;
    let (undone, sent) = (report.first_undone.unwrap(), report.sent.len());
    assert_eq!((undone, sent), (2, 2), "what was begun is finished");
    assert_eq!(report.failure.as_deref(), Some("the deadline came first"));
    let report = world.dispatch.handle(&waiting[undone..], None).await;
    assert_eq!((report.first_undone, report.sent.len()), (None, 1));
    assert!(names.iter().all(|name| world.sink.received_by(name).len() == 1));
    world.ends_well().await;
}

/// A world in which everything there is happens: a refusal and its fallback, a pause, a coupon, a card, a webhook, a silent provider, a night.
fn eventful() -> World<MemoryStore> {
    let mut texted = offer("texted", Trigger::CheckIn, &[Channel::Sms, Channel::Email]);
    texted.triggers.push(Trigger::Due);
    texted.treatments[1].coupon = Some(CouponTerms { days: 30, stores: Vec::new(), on_return: OnReturn::Void });
    "An offer, with {{ code }} until {{ valid_until }}.".clone_into(&mut texted.treatments[1].text);
    let shown = offer("shown", Trigger::Purchase, &[Channel::Inbox, Channel::Webhook]);
    let world = World::in_memory(catalogue_of(vec![shown, texted]));
    world.sink.next("ana", Channel::Sms, &[Does::Refuse(Refusal::BadAddress)]);
    world.sink.next("ana", Channel::Email, &[Does::Pause(Some(60)), Does::Pause(None)]);
    world.sink.next("bo", Channel::Sms, &[Does::TakeSilently]);
    world.sink.next("eve", Channel::Email, &[Does::Refuse(Refusal::Rejected)]);
    world
}

/// What happens in it.
async fn story(world: &mut World<MemoryStore>) {
    let agree = [
        ("ana", &["sms", "email"][..]),
        ("bo", &["sms"]),
        ("cy", &["inbox"]),
        ("dee", &["webhook"]),
        ("eve", &["email"]),
    ];
    world.happens(&agree.map(|(name, channels)| willing(name, SATURDAY - DAY, channels))).await;
    let visits = ["ana", "bo", "eve"].map(|name| check_in(&format!("{name}-visits"), name, SATURDAY));
    world.happens(&visits).await;
    let pays = ["cy", "dee"].map(|name| purchase(&format!("{name}-pays"), name, SATURDAY + MINUTE, "shoes"));
    world.happens(&pays).await;
    world.until(Timestamp(SATURDAY + 5 * MINUTE)).await;
    // Nobody's provider tells of a message that it never got.
    if !world.sink.received_by("bo").is_empty() {
        world.happens(&[outcome("receipt", "bo", SATURDAY + 5 * MINUTE, "bo-visits", "delivered")]).await;
    }
    world.happens(&[outcome("tap", "cy", SATURDAY + 5 * MINUTE, "cy-pays", "clicked")]).await;
    // 21:00: too late for a text, which is decided on again in the morning.
    let night = SATURDAY + 10 * 60 * MINUTE;
    world.happens(&[willing("fay", SATURDAY, &["sms"]), check_in("fay-visits", "fay", night)]).await;
    world.settle().await;
}

/// How every decision ended.
async fn ends(world: &World<MemoryStore>) -> BTreeMap<DecisionId, Delivery> {
    world.items().await.into_iter().map(|(id, item)| (id, item.state)).collect()
}

/// Compares a story that was disturbed with the one that was not: the same was decided, and what differs is of unknown fate.
async fn nothing_is_lost(world: &World<MemoryStore>, undisturbed: &BTreeMap<DecisionId, Delivery>, what: &str) {
    let ended = ends(world).await;
    assert_eq!(ended.keys().collect::<Vec<_>>(), undisturbed.keys().collect::<Vec<_>>(), "{what}");
    for (id, state) in &ended {
        let expected = &undisturbed[id];
        let uncertain = *state == Delivery::Unknown && world.in_flight.contains(id);
        assert!(state == expected || uncertain, "{what}: {id} is {state:?} instead of {expected:?}");
    }
}

/// A coupon stands for every decision that reached its recipient with one, and no other is worth anything.
fn coupons_are_those_that_were_received(world: &World<MemoryStore>) {
    let received: Vec<_> =
        world.sink.reached().into_iter().filter(|m| m.text.contains("with")).map(|m| m.decision).collect();
    let in_flight = &world.in_flight;
    for (key, bytes) in world.store.others() {
        if let ItemKey::Coupon(_) = key {
            let coupon = tact_wire::unpack_coupon(&bytes).unwrap();
            let stands = coupon.state == tact_domain::CouponState::Issued;
            let meant = received.contains(&coupon.decision) || in_flight.contains(&coupon.decision);
            assert!(!stands || meant, "{} is worth something, and nobody has it", coupon.decision);
            assert!(stands || !received.contains(&coupon.decision), "{} is void, and somebody has it", coupon.decision);
        }
    }
}

#[test]
fn flt30_a_process_may_die_at_every_await_and_nothing_is_lost_and_nothing_sent_twice() {
    block_on(async {
        let mut sound = eventful();
        story(&mut sound).await;
        sound.ends_well().await;
        let undisturbed = ends(&sound).await;
        assert!(undisturbed.len() >= 6 && undisturbed.values().any(|state| matches!(state, Delivery::Failed(_))));
        assert_eq!(sound.sink.reached().len(), 4, "{:?}", sound.sink.reached());
        let beats = sound.life.beats();
        assert!(beats > 150, "{beats} awaits are too few to say anything");
        for beat in 1..=beats {
            let mut world = eventful();
            world.life.ends_at(beat);
            story(&mut world).await;
            world.ends_well().await;
            nothing_is_lost(&world, &undisturbed, &format!("dead at {beat}")).await;
            coupons_are_those_that_were_received(&world);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_and_whoever_dies_nothing_reaches_anybody_twice_and_all_is_settled(
        faults in scripts(),
        log in scripts(),
        from in 0..4_usize,
        deaths in proptest::collection::vec(1..400_u64, 0..4),
    ) {
        block_on(async {
            let mut world = eventful();
            let script = [vec![Fault::None; from * 20], faults].concat();
            world.table.inner.script.begin(&script);
            world.log.script.begin(&log);
            for death in deaths {
                world.life.ends_at(death);
            }
            story(&mut world).await;
            world.table.inner.script.begin(&[]);
            // Answers that are lost four times in a row leave a claim nobody can tell of.
            let claimed = world.items().await.into_iter().filter(|(_, item)| item.state == Delivery::Unknown);
            let claimed: Vec<_> = claimed.map(|(id, _)| id).collect();
            world.in_flight.extend(claimed);
            world.ends_well().await;
        });
    }
}
