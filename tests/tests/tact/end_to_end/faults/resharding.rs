//! Shards that are split and merged while records flow.

use std::time::Duration;

use tact::kinesis::Shard;

use super::super::deployment::binaries;
use super::super::town::{Town, cloud};
use super::super::traffic::{Dice, Live, PURCHASES, account, agree, orders, put, settings};

/// Splits an open shard in the middle, or merges two that touch.
fn reshard(town: &Town, dice: &mut Dice) {
    let streams = town.cloud.kinesis.streams();
    let mut open: Vec<_> = streams.shards(PURCHASES).into_iter().filter(Shard::is_open).collect();
    open.sort_by_key(|shard| *shard.hash_keys.start());
    let place = usize::try_from(dice.below(open.len() as u64)).unwrap();
    let one = &open[place];
    match open.get(place + 1) {
        Some(next) if open.len() > 6 || dice.below(2) == 0 => {
            streams.merge(PURCHASES, &one.id, &next.id).unwrap();
        }
        _ => {
            let (start, end) = (*one.hash_keys.start(), *one.hash_keys.end());
            streams.split(PURCHASES, &one.id, start + (end - start) / 2 + 1).unwrap();
        }
    }
}

#[tokio::test]
async fn splits_and_merges_under_load_lose_nothing_and_keep_the_order_of_every_customer() {
    let Some(directory) = binaries() else { return };
    let town = Town::on(cloud(2).await, &directory, Vec::new()).await;
    let mut dice = Dice(11);
    let orders = orders(&mut dice, 24, 10, 0);
    agree(&town, &orders).await;
    let live = Live::start(&town, &settings());
    for (number, some) in orders.chunks(6).enumerate() {
        put(&town, some);
        if number % 2 == 0 {
            reshard(&town, &mut dice);
        }
        tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
    }
    live.drained().await;
    assert_eq!(account(&town, &orders).await.sent, orders.len());
    assert!(live.given_up().is_empty());
    assert!(town.cloud.kinesis.streams().shards(PURCHASES).len() > 12, "shards were split and merged");
}
