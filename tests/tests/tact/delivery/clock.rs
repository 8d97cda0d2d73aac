//! Hours, zones and the clock: nothing leaves at night wherever the customer is, and what waits for the morning leaves then, once.

use tact::local_streams::LocalStreams;
use tact_decide::Catalogue;
use tact_domain::{Channel, On, Timestamp, Trigger};
use tact_pipeline::{Ending, ItemKey, Refusal, Settled, Wake};
use tact_wire::{Delivery, OwnEvent};

use super::offers::{catalogue_of, offer, offer_by, willing, willing_in};
use super::sink::Does;
use super::world::World;
use crate::faults::SimulatedClock;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, Sample, check_in, customer, decision_of, event};

/// An instant of the night in which clocks go back.
fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// An offer by text that is decided on again when it is due.
fn by_day() -> Catalogue {
    let mut offer = offer("offer", Trigger::CheckIn, &[Channel::Sms]);
    offer.triggers.push(Trigger::Due);
    catalogue_of(vec![offer])
}

#[tokio::test]
async fn flt31_a_text_that_missed_the_day_waits_for_the_morning_of_a_night_that_is_an_hour_longer() {
    for (zone, evening, morning) in [
        ("America/New_York", "2026-10-31T20:00:00-04:00", "2026-11-01T09:00:00-05:00"),
        ("America/Denver", "2026-10-31T20:00:00-06:00", "2026-11-01T09:00:00-07:00"),
        ("America/Phoenix", "2026-10-31T20:00:00-07:00", "2026-11-01T09:00:00-07:00"),
        ("Europe/Berlin", "2026-10-31T20:00:00+01:00", "2026-11-01T09:00:00+01:00"),
    ] {
        let (evening, morning) = (at(evening), at(morning));
        let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
        world.happens(&[willing_in(Some(zone), "ana", SATURDAY - DAY, &["sms"])]).await;
        world.arrive(&[check_in("visit", "ana", evening.0 - 1_000)]).await;
        assert_eq!(world.endings.last(), Some(&Ending::Decided), "{zone}: a second before eight");
        world.now = evening;
        world.deliver().await;
        assert_eq!(world.settled, [Settled::Scheduled], "{zone}");
        assert_eq!(world.item("ana", "visit").await.due_at, Some(morning), "{zone}");
        world.until(Timestamp(morning.0 - 1)).await;
        assert_eq!(world.sink.attempts().len(), 0, "{zone}: nothing leaves before nine");
        world.until(morning).await;
        let left: Vec<_> = world.sink.reached().iter().map(|message| message.sent_at).collect();
        assert_eq!(left, [morning], "{zone}");
        world.ends_well().await;
        world.stop().await;
    }
}

#[tokio::test]
async fn flt31_whoever_moves_west_before_the_message_leaves_is_asleep_there() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    let ten = at("2026-11-02T10:00:00-05:00");
    world.arrive(&[check_in("visit", "ana", ten.0)]).await;
    let moved = event("consent", "moved", "ana", ten.0, &serde_json::json!({ "zone": "America/Denver" }));
    world.happens(&[moved]).await;
    assert_eq!(world.item("ana", "visit").await.due_at, Some(at("2026-11-02T09:00:00-07:00")));
    world.ends_well().await;
    assert_eq!(world.sink.reached()[0].sent_at, at("2026-11-02T09:00:00-07:00"));
    world.stop().await;
}

#[tokio::test]
async fn flt31_whose_hour_nobody_knows_gets_no_text_at_any_hour() {
    let mut catalogue = offer_by(&[Channel::Sms]);
    catalogue.policy.quiet.anywhere.clear();
    let mut world = World::embedded(catalogue).await;
    world.happens(&[willing_in(None, "ana", SATURDAY - DAY, &["sms"])]).await;
    let hours: Vec<_> = (0..24).map(|n| check_in(&format!("v{n}"), "ana", SATURDAY + n * 60 * MINUTE)).collect();
    world.happens(&hours).await;
    assert!((0..24).all(|n| world.refusals(&format!("v{n}"), "sms") == ["zone_unknown"]));
    assert_eq!(world.sink.attempts().len(), 0);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn flt31_who_may_be_anywhere_is_texted_when_it_is_day_everywhere() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing_in(None, "ana", SATURDAY - DAY, &["sms"])]).await;
    // From eleven in New York on; at three it is nine in Honolulu, and at five the weekend's day ends in Rhode Island.
    let hours: Vec<_> = (0..5).map(|n| check_in(&format!("v{n}"), "ana", SATURDAY + n * 60 * MINUTE)).collect();
    world.happens(&hours).await;
    assert!((0..4).all(|n| world.refusals(&format!("v{n}"), "sms") == ["quiet_hours"]));
    let left: Vec<_> = world.sink.reached().iter().map(|message| message.sent_at).collect();
    assert_eq!(left, [Timestamp(SATURDAY + 4 * 60 * MINUTE)]);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn what_would_have_to_leave_at_night_is_decided_again_in_the_morning_of_the_customer() {
    for (zone, morning) in
        [("America/New_York", "2026-11-01T09:00:00-05:00"), ("America/Denver", "2026-11-01T09:00:00-07:00")]
    {
        let mut world = World::embedded(by_day()).await;
        world.happens(&[willing_in(Some(zone), "ana", SATURDAY - DAY, &["sms"])]).await;
        let night = at("2026-10-31T23:40:00-06:00");
        world.happens(&[check_in("visit", "ana", night.0)]).await;
        assert_eq!(world.items().await.len(), 0, "an appointment holds no message");
        world.until(Timestamp(at(morning).0 - 1)).await;
        assert_eq!(world.sink.attempts().len(), 0, "{zone}");
        world.until(at(morning)).await;
        assert_eq!(world.sink.reached().iter().map(|message| message.sent_at).collect::<Vec<_>>(), [at(morning)]);
        world.ends_well().await;
        world.stop().await;
    }
}

#[tokio::test]
async fn an_appointment_that_is_called_twice_leads_to_one_decision() {
    let mut world = World::embedded(by_day()).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    let night = at("2026-10-31T23:40:00-04:00");
    world.happens(&[check_in("visit", "ana", night.0)]).await;
    let morning = at("2026-11-01T09:00:00-05:00");
    let due = OwnEvent::due(&customer("ana"), "grow", decision_of("visit"), morning);
    let call =
        |sequence: &str| Sample { sequence: sequence.to_owned(), arrived: morning, bytes: due.line.clone().into() };
    world.endings.clear();
    world.happens(&[call("one"), call("two")]).await;
    world.happens(&[call("three")]).await;
    assert_eq!(world.endings, [Ending::Decided, Ending::Duplicate, Ending::Duplicate]);
    assert_eq!(world.items().await.len(), 1);
    world.ends_well().await;
    assert_eq!(world.sink.received_by("ana").len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn an_appointment_nobody_called_in_time_has_lapsed_and_says_nothing() {
    let mut world = World::embedded(by_day()).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.happens(&[check_in("visit", "ana", at("2026-10-31T23:40:00-04:00").0)]).await;
    let appointment = world.profile("ana").await.contact.appointments()[0].clone();
    assert_eq!((appointment.on, appointment.not_before), (On::Time, at("2026-11-01T09:00:00-05:00")));
    // The clock stood still until the offer was worth nothing any more: 16 hours after it was thought of.
    world.tick(Timestamp(appointment.until.0 + 2 * 60 * MINUTE)).await;
    world.settle().await;
    assert_eq!(world.items().await.len(), 0);
    assert_eq!(world.sink.attempts().len(), 0);
    world.stop().await;
}

#[tokio::test]
async fn two_ticks_in_one_minute_call_a_decision_once() {
    let mut world = World::embedded(offer_by(&[Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms"])]).await;
    world.arrive(&[check_in("visit", "ana", SATURDAY)]).await;
    world.appeared();
    for later in [120_000, 120_500, 150_000] {
        world.now = Timestamp(SATURDAY + later);
        let (events, clock) = (LocalStreams::default(), SimulatedClock::default());
        let wake = Wake { store: world.table.clone(), events, clock };
        assert_eq!(wake.tick(world.now).await.unwrap().turns, 1);
    }
    let mut turns: Vec<_> = world.appeared().into_iter().filter_map(|record| record.key).collect();
    turns.dedup();
    assert!(matches!(turns[..], [ItemKey::Turn(..)]), "one turn, however often it is called: {turns:?}");
    world.until(Timestamp(SATURDAY + 15 * MINUTE)).await;
    assert_eq!(world.sink.received_by("ana").len(), 1, "a turn that is lost as well is followed by another");
    assert_eq!(world.state("ana", "visit").await, Delivery::Sent);
    world.ends_well().await;
    world.stop().await;
}

#[tokio::test]
async fn a_second_way_that_rests_at_night_takes_over_in_the_morning() {
    let mut world = World::embedded(offer_by(&[Channel::Email, Channel::Sms])).await;
    world.happens(&[willing("ana", SATURDAY - DAY, &["sms", "email"])]).await;
    world.sink.next("ana", Channel::Email, &[Does::Refuse(Refusal::BadAddress)]);
    let eight = at("2026-10-31T20:00:00-04:00");
    world.arrive(&[check_in("visit", "ana", eight.0 - 1_000)]).await;
    world.now = eight;
    world.deliver().await;
    assert_eq!(world.settled, [Settled::Scheduled]);
    let item = world.item("ana", "visit").await;
    assert_eq!((item.channel, item.due_at), (Channel::Sms, Some(at("2026-11-01T09:00:00-05:00"))));
    world.ends_well().await;
    assert_eq!(world.sink.reached()[0].sent_at, at("2026-11-01T09:00:00-05:00"));
    world.stop().await;
}
