//! Mappings that end at any moment and go on in another life, from where they had got to or from where they had been before.

use std::time::Duration;

use tact_mapping::Checkpoints;

use super::super::deployment::binaries;
use super::super::town::{Town, cloud};
use super::super::traffic::{Dice, Live, account, agree, orders, put, settings};

/// As another process reads what this one wrote.
fn reread(checkpoints: &[Checkpoints]) -> Vec<Checkpoints> {
    checkpoints.iter().map(|one| Checkpoints::from_json(&one.to_json()).unwrap()).collect()
}

#[tokio::test]
async fn mappings_started_again_from_any_earlier_checkpoint_lose_nothing_and_have_nothing_sent_twice() {
    let Some(directory) = binaries() else { return };
    let town = Town::on(cloud(3).await, &directory, Vec::new()).await;
    let mut dice = Dice(13);
    let orders = orders(&mut dice, 24, 10, 0);
    agree(&town, &orders).await;
    let mut live = Live::start(&town, &settings());
    let mut kept = vec![live.checkpoints()];
    for some in orders.chunks(12) {
        put(&town, some);
        tokio::time::sleep(Duration::from_millis(dice.below(120))).await;
        kept.push(live.stop().await);
        // Every third life goes on from one of the last checkpoints that were kept, not the very last.
        let back = if dice.below(3) == 0 { usize::try_from(dice.below(4)).unwrap() } else { 0 };
        let from = &kept[kept.len().saturating_sub(1 + back)];
        live = Live::resume(&town, &settings(), &reread(from));
    }
    live.drained().await;
    assert_eq!(account(&town, &orders).await.sent, orders.len());
    assert!(live.given_up().is_empty());
    let duplicates: u64 = town.telemetry("purchase").iter().filter_map(|line| line["duplicate"].as_u64()).sum();
    assert!(duplicates > 0, "records were delivered again");
}
