//! Faults of the table: it throttles, others write first, it is down, its answers are lost; and two processes at work on the same customer.

use proptest::prelude::*;
use tact_domain::{Channel, Trigger};
use tact_pipeline::{Ending, ItemKey};
use tact_wire::Delivery;

use super::offers::{catalogue_of, offer, offer_by, willing};
use super::world::World;
use crate::faults::{Call, Fault};
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, block_on, check_in, customer, decision_of, purchase, records};

fn commits(calls: &[Call]) -> usize {
    calls.iter().filter(|call| matches!(call, Call::Commit(_))).count()
}

#[tokio::test]
async fn flt06_a_table_that_throttles_delays_a_message_and_none_leaves_without_its_write() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    let visit = [check_in("visit", "ana", SATURDAY)];
    for calls_before in 0..2 {
        let script = [vec![Fault::None; calls_before], vec![Fault::Throttle]].concat();
        world.table.inner.script.begin(&script);
        let report = world.function.handle(&records(&visit), None).await;
        assert_eq!((report.first_undone, report.committed.len()), (Some(0), 0));
        assert!(world.appeared().is_empty());
    }
    world.arrive(&visit).await;
    let waiting = world.appeared();
    world.table.inner.script.always(Fault::Throttle);
    let report = world.dispatch.handle(&waiting, None).await;
    assert_eq!((report.first_undone, report.failure.as_deref()), (Some(0), Some("the table is throttling")));
    assert_eq!(world.sink.attempts().len(), 0, "nothing is handed over that could not be claimed");
    world.table.inner.script.always(Fault::None);
    let report = world.dispatch.handle(&waiting, None).await;
    assert_eq!((report.first_undone, report.sent.len()), (None, 1));
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt07_whoever_loses_a_race_looks_again_and_does_not_send_again() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    // Load, lost; load, lost; load, committed. Then the claim is lost twice, too.
    world.table.inner.script.begin(&[Fault::None, Fault::Conflict, Fault::None, Fault::Conflict]);
    world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.endings.last(), Some(&Ending::Decided));
    let before = commits(&world.table.inner.trace.calls());
    // Decision, profile, switch, address, claim; the switch is known from then on.
    let looks = [Fault::None; 4];
    world.table.inner.script.begin(&[&looks[..], &[Fault::Conflict], &looks[..3], &[Fault::Conflict]].concat());
    world.deliver().await;
    assert_eq!(
        commits(&world.table.inner.trace.calls()) - before,
        4,
        "two lost claims, one that holds, one settlement"
    );
    assert_eq!(world.sink.attempts().len(), 1);
    assert_eq!(world.state("ana", "visit").await, Delivery::Sent);
    world.ends_well().await;
    world.stop().await;
}

#[test]
fn flt07_two_events_that_race_for_one_contact_lead_to_one_message() {
    block_on(async {
        let actions = [("at_visit", Trigger::CheckIn), ("at_till", Trigger::Purchase)];
        let actions = actions.map(|(name, trigger)| offer(name, trigger, &[Channel::Sms]));
        let mut world = World::in_memory(catalogue_of(actions.into()));
        world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
        world.race_on_saturday("ana").await;
        assert_eq!(world.sink.reached().len(), 1);
        world.ends_well().await;
    });
}

#[test]
fn flt07_a_card_planned_while_a_text_is_claimed_stays_in_the_ledger() {
    block_on(async {
        let texted = offer("texted", Trigger::CheckIn, &[Channel::Sms]);
        let shown = offer("shown", Trigger::Purchase, &[Channel::Inbox]);
        let mut world = World::in_memory(catalogue_of(vec![shown, texted]));
        world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "inbox"])]).await;
        world.arrive(&[check_in("v", "ana", SATURDAY)]).await;
        let (claimed, till) = (world.appeared(), [purchase("p", "ana", SATURDAY, "shoes")]);
        let till = records(&till);
        // Delivery has looked at everything and is about to claim; then the purchase is decided on; then the claim is made.
        world.table.inner.script.begin(&[&[Fault::None; 4][..], &[Fault::Yield]].concat());
        let (delivered, paid) = tokio::join!(world.dispatch.handle(&claimed, None), world.function.handle(&till, None));
        assert_eq!((delivered.sent.len(), paid.committed.len()), (1, 1));
        let ledger = world.profile("ana").await.contact;
        assert_eq!((ledger.contacts().len(), ledger.impressions().len()), (1, 1));
        world.deliver().await;
        world.ends_well().await;
    });
}

/// Two processes are given the same record at the same instant, by two shards or twice by one.
async fn two_at_once(faults: &[Fault]) {
    let mut world = World::in_memory(offer_by(&[Channel::Sms]));
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.now.0 = SATURDAY;
    let (visit, rival) = ([check_in("visit", "ana", SATURDAY)], world.another_function());
    let visit = records(&visit);
    world.table.inner.script.begin(faults);
    tokio::join!(world.function.handle(&visit, None), rival.handle(&visit, None));
    assert_eq!(world.items().await.len(), 1, "one event, one decision");
    let record = world.record(ItemKey::Decision(customer("ana"), decision_of("visit")));
    let (rival, records) = (world.another_dispatch(), [record]);
    tokio::join!(world.dispatch.handle(&records, None), rival.handle(&records, None));
    assert_eq!(world.sink.attempts().len(), 1, "only one of them claims it");
    world.ends_well().await;
}

#[test]
fn flt17_two_shards_that_bring_one_event_lead_to_one_message() {
    block_on(two_at_once(&[Fault::Yield; 64]));
    block_on(two_at_once(&[]));
}

#[tokio::test]
async fn flt28_while_the_table_is_down_nothing_leaves_and_nothing_is_lost() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    let names = ["ana", "bo", "cy"];
    world.happens(&names.map(|name| willing(name, SATURDAY - DAY, &["sms"]))).await;
    world.arrive(&[check_in("before", "ana", SATURDAY)]).await;
    let waiting = world.appeared();

    world.table.inner.script.always(Fault::Fail);
    let batch = [check_in("b", "bo", SATURDAY), check_in("c", "cy", SATURDAY)];
    for _ in 0..3 {
        let report = world.function.handle(&records(&batch), None).await;
        assert_eq!((report.endings, report.first_undone), (vec![None; 2], Some(0)), "the whole batch is undone");
        let report = world.dispatch.handle(&waiting, None).await;
        assert_eq!((report.settled, report.first_undone), (vec![None], Some(0)));
        world.tick(world.next_tick().unwrap()).await;
    }
    assert_eq!(world.sink.attempts().len(), 0);

    world.table.inner.script.always(Fault::None);
    world.arrive(&batch).await;
    world.settle().await;
    assert!(names.iter().all(|name| world.sink.received_by(name).len() == 1), "all of it came through in the end");
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt29_a_commit_whose_answer_was_lost_is_recognised_as_ones_own() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.endings.clear();
    world.table.inner.script.begin(&[Fault::None, Fault::LoseAnswer]);
    world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.endings, [Ending::Duplicate], "it was committed; delivered again it is known");
    // Decision, profile, switch, address; then the claim and what came of it, each with its first answer lost.
    let lost = [Fault::LoseAnswer, Fault::None];
    world.table.inner.script.begin(&[&[Fault::None; 4][..], &lost, &lost].concat());
    world.deliver().await;
    assert_eq!(world.sink.attempts().len(), 1);
    assert_eq!(world.state("ana", "visit").await, Delivery::Sent);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt29_a_claim_nobody_can_tell_of_is_not_acted_on() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
    world.table.inner.script.begin(&[&[Fault::None; 4][..], &[Fault::LoseAnswer; 4]].concat());
    world.deliver().await;
    assert_eq!(world.sink.attempts().len(), 0, "whether it is ours to send is not known");
    assert_eq!(world.state("ana", "visit").await, Delivery::Sending);
    world.until(world.now.plus_s(180)).await;
    assert_eq!(world.state("ana", "visit").await, Delivery::Unknown, "and nobody ever sends it");
    assert_eq!(world.sink.attempts().len(), 0);
    world.stop().await;
}

fn interruptions() -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![3 => Just(Fault::Yield), 2 => Just(Fault::None), 1 => Just(Fault::LoseAnswer)];
    proptest::collection::vec(fault, 0..48)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_two_processes_interleave_on_one_record_it_leads_to_at_most_one_message(faults in interruptions()) {
        block_on(async {
            let mut world = World::in_memory(offer_by(&[Channel::Sms]));
            world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
            world.happens(&[]).await;
            world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
            let (rival, records) = (world.another_dispatch(), world.appeared());
            world.table.inner.script.begin(&faults);
            tokio::join!(world.dispatch.handle(&records, None), rival.handle(&records, None));
            world.table.inner.script.begin(&[]);
            assert!(world.sink.attempts().len() <= 1);
            world.in_flight.insert(decision_of("visit"));
            world.now.0 += 3 * MINUTE;
            world.ends_well().await;
        });
    }
}
