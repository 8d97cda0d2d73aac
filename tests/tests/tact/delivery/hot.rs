//! A customer who sends ten thousand events: nobody else waits, and not one message more leaves.

use std::collections::BTreeSet;

use tact_domain::{Channel, Timestamp};
use tact_pipeline::{Ending, ItemKey};

use super::offers::{offer_by, willing};
use super::world::World;
use crate::faults::Call;
use crate::pipeline::world::{DAY, MINUTE, SATURDAY, block_on, check_in, customer, records};

/// How many events the bot sends within a minute.
const EVENTS: i64 = 10_000;
/// How many records a batch holds.
const BATCH: i64 = 500;

#[test]
fn flt19_ten_thousand_events_of_one_customer_hold_up_nobody_and_lead_to_one_message() {
    block_on(async {
        let mut world = World::in_memory(offer_by(&[Channel::Sms]));
        let others: Vec<_> = (0..EVENTS / BATCH).map(|n| format!("other-{n}")).collect();
        let everybody = others.iter().map(String::as_str).chain(["bot"]);
        world.happens(&everybody.map(|name| willing(name, SATURDAY - DAY, &["sms"])).collect::<Vec<_>>()).await;
        for (n, other) in (0..).zip(&others) {
            let at = |event: i64| SATURDAY + (n * BATCH + event) * MINUTE / EVENTS;
            let mut batch: Vec<_> = (1..BATCH).map(|e| check_in(&format!("b{n}-{e}"), "bot", at(e))).collect();
            batch.push(check_in(other, other, at(BATCH)));
            let before = world.table.inner.trace.calls().len();
            let report = world.function.handle(&records(&batch), None).await;
            assert_eq!(report.first_undone, None);
            assert_eq!(report.endings.last(), Some(&Some(Ending::Decided)), "{other} is decided on in the same batch");
            let mut calls = world.table.inner.trace.calls().split_off(before);
            calls.retain(|call| *call != Call::Get(ItemKey::InForce));
            let loads = calls.iter().filter(|call| **call == Call::Load(customer("bot"))).count();
            assert_eq!((loads, calls.len()), (1, 4), "one read and one write for each customer");
            world.now = Timestamp(at(BATCH));
            world.deliver().await;
        }
        assert_eq!(world.profile("bot").await.checkin.check_ins, u32::try_from(EVENTS - EVENTS / BATCH).unwrap());
        let reached: BTreeSet<_> =
            world.sink.reached().into_iter().map(|message| message.customer.to_string()).collect();
        assert_eq!(reached.len(), others.len() + 1);
        assert_eq!(world.sink.reached().len(), others.len() + 1, "the bot got one text, like everybody");
        world.ends_well().await;
    });
}
