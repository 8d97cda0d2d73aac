//! Records so large that a batch is cut by its payload, and one that is too large to be an event.

use serde_json::Value;
use tact::cloud::mapping_settings;
use tact_pipeline::Ending;

use super::super::deployment::binaries;
use super::super::story::now;
use super::super::town::{Town, until};
use super::super::traffic::{Dice, Live, PURCHASES, account, agree, orders, put};

/// The largest event there may be.
const LARGEST: usize = 256 * 1024;
/// How many of those fit into 6 MB of payload, where each is base64 and so a third longer.
const FIT: u64 = 17;

#[tokio::test]
async fn a_batch_is_cut_at_6_mb_and_what_is_no_event_for_its_size_holds_up_nobody() {
    let Some(directory) = binaries() else { return };
    let town = Town::of_binaries(&directory).await;
    let mut orders = orders(&mut Dice(17), 10, 4, 0);
    let longer = LARGEST - orders.iter().map(|order| order.bytes.len()).max().unwrap() - 64;
    orders = super::super::traffic::orders(&mut Dice(17), 10, 4, longer);
    assert!(orders.iter().all(|order| (LARGEST - 200..=LARGEST).contains(&order.bytes.len())));
    agree(&town, &orders).await;
    let (before, after) = orders.split_at(orders.len() / 2);
    put(&town, before);
    for bytes in [LARGEST + 1, 1_000_000] {
        let customer = &orders[0].customer;
        let streams = town.cloud.kinesis.streams();
        streams.put(PURCHASES, customer, &vec![b'x'; bytes], u64::try_from(now().0).unwrap()).unwrap();
    }
    put(&town, after);
    let live = Live::start(&town, &mapping_settings());
    live.drained().await;
    let is_told = || town.telemetry("purchase").iter().map(records).sum::<u64>() >= orders.len() as u64 + 2;
    until("every batch is told of", || std::future::ready(is_told())).await;
    assert_eq!(town.telemetry("purchase").iter().filter_map(|line| line["quarantined"].as_u64()).sum::<u64>(), 2);
    assert_eq!(account(&town, &orders).await.sent, orders.len());
    assert!(live.given_up().is_empty());
    let batches: Vec<_> = town.telemetry("purchase").iter().map(records).collect();
    assert_eq!(batches.iter().sum::<u64>(), orders.len() as u64 + 2, "every record is counted once: {batches:?}");
    assert!(batches.iter().all(|records| *records <= FIT) && batches.contains(&FIT), "{batches:?}");
}

/// How many records a line of metrics counts, whatever became of them.
fn records(line: &Value) -> u64 {
    Ending::ALL.iter().map(|ending| line[ending.name()].as_u64().unwrap()).sum::<u64>()
        + line["undone"].as_u64().unwrap()
}
