//! Processes that are killed at any moment, as `kill -9` does it.

use std::time::Duration;

use super::super::deployment::binaries;
use super::super::town::Town;
use super::super::traffic::{Account, Dice, Live, account, agree, orders, put, settings};
use super::two_minutes_later;

#[tokio::test]
async fn functions_killed_at_any_moment_lose_nothing_and_send_nothing_twice() {
    let Some(directory) = binaries() else { return };
    let town = Town::of_binaries(&directory).await;
    let mut dice = Dice(7);
    let orders = orders(&mut dice, 36, 8, 0);
    agree(&town, &orders).await;
    let live = Live::start(&town, &settings());
    let produced = async {
        for some in orders.chunks(4) {
            put(&town, some);
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    };
    let killed = async {
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_millis(20 + dice.below(120))).await;
            let name = ["purchase", "dispatch"][usize::try_from(dice.below(2)).unwrap()];
            town.fleet.function(name).unwrap().kill(0);
        }
    };
    tokio::join!(produced, killed);
    live.drained().await;
    two_minutes_later(&town, &live, &orders).await;
    let Account { sent, unknown } = account(&town, &orders).await;
    assert_eq!(sent + unknown, orders.len(), "everybody gets a receipt for everything");
    assert!(sent > unknown, "{sent} sent, {unknown} unknown: a process that is killed has one batch in hand");
    assert!(live.given_up().is_empty());
    let lives = ["purchase", "dispatch"].map(|name| town.fleet.function(name).unwrap().start_ups().len());
    assert!(lives.iter().all(|lives| *lives > 5), "processes were started again: {lives:?}");
}
