//! Faults, through the functions' real binaries and the mappings of this machine's cloud, on the clock on the wall: whatever happens on the way, the account that is
//! drawn up at the end is right. A file for each fault.

mod given_up;
mod kills;
mod large;
mod resharding;
mod restarts;
mod silence;

use serde_json::json;
use tact_domain::{CustomerId, Timestamp};
use tact_pipeline::{ItemKey, Nonce, Store, Write};
use tact_wire::Delivery;

use super::story::now;
use super::town::Town;
use super::traffic::{Live, Order};

/// Has the clock find what was claimed by processes that are gone, as if two minutes had passed, and waits for what comes of it.
async fn two_minutes_later(town: &Town, live: &Live, orders: &[Order]) {
    for order in orders {
        let id = tact_domain::DecisionId::of("till", &order.id, 0);
        let key = ItemKey::Decision(CustomerId::new(&order.customer).unwrap(), id);
        if town.store().get(&key).await.unwrap().is_none() {
            continue;
        }
        let (mut item, version) = town.decision(&order.customer, id).await;
        if item.state == Delivery::Sending {
            item.due_at = Some(Timestamp(now().0 - 1_000));
            let (bytes, forget_at, due_at) = (item.pack(), Some(item.forget_at()), item.due_at);
            let write = [Write { key, expected: Some(version), bytes, forget_at, due_at }];
            town.store().commit(&write, Nonce::of(&write)).await.unwrap();
        }
    }
    town.invoke("wake", &json!({ "detail-type": "Scheduled Event", "source": "aws.events" })).await;
    live.drained().await;
}
