//! Faults of the records themselves: again, late, in the wrong order, from another time, or no records at all.

use serde_json::json;
use tact_domain::{Channel, Outcome, Timestamp};
use tact_pipeline::Ending;
use tact_wire::Delivery;

use super::offers::{offer_by, willing};
use super::sink::Does;
use super::world::World;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, Sample, check_in, customer, decision_of, event, outcome, raw};

/// A record that arrives so much later than it would have.
fn delayed(sample: Sample, ms: i64) -> Sample {
    Sample { arrived: Timestamp(sample.arrived.0 + ms), ..sample }
}

/// The same event in a record of its own.
fn resent(sample: &Sample, sequence: &str) -> Sample {
    Sample { sequence: sequence.to_owned(), ..sample.clone() }
}

#[tokio::test]
async fn flt01_the_same_record_again_sends_nothing_again() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    let visit = check_in("visit", "ana", SATURDAY);
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"]), visit.clone(), visit.clone()]).await;
    world.happens(&[visit]).await;
    assert_eq!(world.endings, [Ending::Applied, Ending::Decided, Ending::Duplicate, Ending::Duplicate]);
    let record = world.record(tact_pipeline::ItemKey::Decision(customer("ana"), decision_of("visit")));
    for _ in 0..3 {
        let report = world.dispatch.handle(&[record.clone(), record.clone()], None).await;
        assert!(report.sent.is_empty(), "the table's stream comes again as well");
    }
    assert_eq!(world.sink.received_by("ana"), ["sms: An offer. Reply STOP to opt out."]);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt02_an_event_sent_twice_by_its_producer_is_a_duplicate_and_at_the_horizon_it_is_stale() {
    let mut world = World::embedded(offer_by(&[Channel::Email])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["email"])]).await;
    let visit = check_in("visit-0", "ana", SATURDAY);
    world.happens(&[visit.clone(), resent(&visit, "other")]).await;
    world.happens(&[resent(&visit, "another")]).await;
    assert_eq!(world.endings.split_off(1), [Ending::Decided, Ending::Duplicate, Ending::Duplicate]);
    let day: Vec<_> = (1..=20).map(|n| check_in(&format!("visit-{n}"), "ana", SATURDAY + n * MINUTE)).collect();
    world.happens(&day).await;
    world.endings.clear();
    world.happens(&[delayed(resent(&visit, "late"), DAY)]).await;
    assert_eq!(world.endings, [Ending::Stale], "twenty events later nobody remembers it, and it is not folded");
    assert_eq!(world.sink.received_by("ana").len(), 1);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt03_what_comes_too_late_for_its_moment_is_remembered_and_says_nothing() {
    let mut world = World::embedded(offer_by(&[Channel::Email])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["email"])]).await;
    let late = delayed(check_in("first", "ana", SATURDAY), 10 * MINUTE);
    world.happens(&[late]).await;
    assert_eq!(world.sink.received_by("ana").len(), 0);
    assert_eq!(world.refusals("first", "email"), ["moment_passed"]);

    let (second, third) = (check_in("second", "bo", SATURDAY), check_in("third", "bo", SATURDAY + MINUTE));
    world.happens(&[willing("bo", SATURDAY - DAY, &["email"])]).await;
    world.happens(&[third, delayed(second, MINUTE + 500)]).await;
    let profile = world.profile("bo").await.checkin;
    assert_eq!(profile.check_ins, 2, "both are counted");
    assert_eq!(profile.last_visit, Some(Timestamp(SATURDAY + MINUTE)), "the last visit does not move back");
    assert_eq!(world.sink.received_by("bo").len(), 1);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt04_a_day_played_again_sends_nothing_and_an_offer_that_has_lapsed_is_not_made() {
    let mut world = World::embedded(offer_by(&[Channel::Email])).await;
    let mut day: Vec<_> = ["ana", "bo", "cy"].map(|name| willing(name, SATURDAY - DAY, &["email"])).to_vec();
    day.extend((0..9).map(|n| check_in(&format!("v{n}"), ["ana", "bo", "cy"][n % 3], SATURDAY)));
    world.happens(&day).await;
    assert_eq!(world.sink.reached().len(), 3);
    let again: Vec<_> = day.into_iter().map(|sample| delayed(sample, 5 * 60 * MINUTE)).collect();
    world.endings.clear();
    world.happens(&again).await;
    assert!(world.endings.iter().all(|ending| matches!(ending, Ending::Duplicate | Ending::Stale)));
    assert_eq!(world.sink.reached().len(), 3);

    world.happens(&[willing("dee", SATURDAY, &["email"])]).await;
    world.arrive(&[check_in("evening", "dee", SATURDAY + 6 * 60 * MINUTE)]).await;
    world.now = world.item("dee", "evening").await.expires_at;
    world.deliver().await;
    assert_eq!(world.state("dee", "evening").await, Delivery::Closed("expired".into()));
    assert_eq!(world.sink.received_by("dee").len(), 0);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt05_a_poison_record_is_quarantined_and_the_messages_of_the_others_leave() {
    let mut world = World::embedded(offer_by(&[Channel::Email])).await;
    let names = ["ana", "bo", "cy"];
    world.happens(&names.map(|name| willing(name, SATURDAY - DAY, &["email"]))).await;
    world.endings.clear();
    let batch = [
        check_in("a", "ana", SATURDAY),
        raw("poison-1", b"{\"specversion\":"),
        check_in("b", "bo", SATURDAY),
        event("check-in", "poison-2", "cy", SATURDAY, &json!({ "store": 7 })),
        raw("poison-3", br#"{"specversion":"1.0","id":"x","source":"s","type":"tact.check-in.v9","subject":"cy","time":"2026-10-31T15:00:00Z","data":{}}"#),
        check_in("c", "cy", SATURDAY),
    ];
    world.happens(&batch).await;
    let quarantined = world.endings.iter().filter(|ending| **ending == Ending::Quarantined).count();
    assert_eq!((world.endings.len(), quarantined), (6, 3), "each is looked at once");
    let lines = world.log.quarantined().join("\n");
    assert!(["poison-1", "seq-poison-2", "poison-3"].iter().all(|sequence| lines.contains(sequence)), "{lines}");
    assert!(names.iter().all(|name| world.sink.received_by(name).len() == 1));
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt14_receipts_that_come_twice_in_any_order_or_for_somebody_else_lead_to_one_state() {
    for order in [["delivered", "opened", "bounced"], ["bounced", "opened", "delivered"]] {
        let mut world = World::embedded(offer_by(&[Channel::Email])).await;
        world.happens(&["ana", "bo"].map(|name| willing(name, SATURDAY - DAY, &["email"]))).await;
        world.sink.next("ana", Channel::Email, &[Does::TakeSilently]);
        world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
        assert_eq!(world.state("ana", "visit").await, Delivery::Unknown);

        world.happens(&[outcome("forged", "bo", SATURDAY + MINUTE, "visit", "delivered")]).await;
        assert_eq!(world.endings.last(), Some(&Ending::Stale), "bo has no such decision");
        assert_eq!(world.state("ana", "visit").await, Delivery::Unknown);
        for (n, name) in (2..).zip(order) {
            let receipt = outcome(name, "ana", SATURDAY + n * MINUTE, "visit", name);
            world.happens(&[receipt.clone(), receipt]).await;
            assert_eq!(world.endings.last(), Some(&Ending::Duplicate));
        }
        let item = world.item("ana", "visit").await;
        assert!(item.outcomes.first(Outcome::Delivered).is_some() && item.outcomes.first(Outcome::Bounced).is_some());
        assert_eq!(item.state, Delivery::Failed("bad_address".into()), "{order:?}");
        world.settle().await;
        assert_eq!(world.sink.attempts().len(), 1, "no receipt sends anything");
        world.stop().await;
    }
}

#[tokio::test]
async fn flt15_a_producer_whose_clock_is_fast_is_believed_for_five_minutes_and_never_into_the_day() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    let names = ["ana", "bo", "cy"];
    world.happens(&names.map(|name| willing(name, SATURDAY - DAY, &["sms"]))).await;
    world.endings.clear();
    let fast = |id: &str, name: &str, arrived: i64, by: i64| Sample {
        arrived: Timestamp(arrived),
        ..check_in(id, name, arrived + by)
    };
    // Delivery's own clock is four minutes behind the instant decided for, and stays so.
    world.happens(&[fast("four", "ana", SATURDAY, 4 * MINUTE), fast("six", "bo", SATURDAY, 6 * MINUTE)]).await;
    assert_eq!(world.endings, [Ending::Decided, Ending::Quarantined]);
    assert_eq!((world.sink.received_by("ana").len(), world.sink.received_by("bo").len()), (1, 0));
    world.happens(&[check_in("again", "ana", SATURDAY + MINUTE)]).await;
    assert_eq!(world.sink.received_by("ana").len(), 1, "what lies ahead counts under the caps");

    // 19:58 by our clock, 20:02 by theirs: the later one says that the day is over.
    let evening = SATURDAY + (8 * 60 + 58) * MINUTE;
    world.happens(&[fast("evening", "cy", evening, 4 * MINUTE)]).await;
    assert_eq!(world.refusals("evening", "sms"), ["quiet_hours"]);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt16_times_that_cannot_be_are_quarantined_and_spoil_nothing() {
    let mut world = World::embedded(offer_by(&[Channel::Email])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["email"])]).await;
    world.endings.clear();
    let at = |time: &str| {
        let visit = check_in("strange", "ana", SATURDAY);
        let text = String::from_utf8(visit.bytes.clone()).unwrap().replace("2026-10-31T15:00:00Z", time);
        assert!(text.contains(time), "{text}");
        Sample { bytes: text.into_bytes(), ..visit }
    };
    // A day ahead; the epoch; seconds taken for milliseconds, and milliseconds for seconds.
    let strange = ["2026-11-01T15:00:00Z", "1970-01-01T00:00:00Z", "1970-01-21T18:10:58Z", "+058802-01-01T00:00:00Z"];
    world.happens(&strange.map(at)).await;
    assert_eq!(world.endings, [Ending::Quarantined; 4]);
    assert_eq!(world.profile("ana").await.checkin.last_visit, None);
    world.happens(&[check_in("visit", "ana", SATURDAY)]).await;
    assert_eq!(world.sink.received_by("ana").len(), 1);
    world.ends_well().await;
    world.stop().await;
}
