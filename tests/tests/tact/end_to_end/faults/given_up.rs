//! A function that is down for as long as anybody asks it: what is given up is kept whole, and comes in once it is played again.

use std::time::Duration;

use serde_json::{Value, json};
use tact_mapping::Settings;

use super::super::deployment::binaries;
use super::super::town::{Town, until};
use super::super::traffic::{Dice, Live, account, agree, orders, put, settings};

#[tokio::test]
async fn what_was_given_up_is_kept_whole_and_played_again_brings_everything_in_once() {
    let Some(directory) = binaries() else { return };
    let town = Town::of_binaries(&directory).await;
    let orders = orders(&mut Dice(19), 12, 4, 0);
    agree(&town, &orders).await;
    let (lost, taken) = orders.split_at(30);
    put(&town, lost);
    let patience = Settings {
        maximum_retry_attempts: Some(2),
        bisect_batch_on_function_error: false,
        batch_size: 30,
        ..settings()
    };
    let live = Live::start(&town, &patience);
    let function = town.fleet.function("purchase").unwrap();
    while live.given_up().is_empty() {
        // It dies of every invocation.
        function.kill(0);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    put(&town, taken);
    live.drained().await;
    let given_up = live.given_up();
    assert_eq!(given_up.len(), 1, "one batch, one object");
    let record = &given_up[0];
    assert_eq!(record["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(
        (&record["requestContext"]["approximateInvokeCount"], &record["KinesisBatchInfo"]["batchSize"]),
        (&3.into(), &30.into())
    );
    let payload: Value = serde_json::from_str(record["payload"].as_str().unwrap()).unwrap();
    for _ in 0..2 {
        assert_eq!(town.invoke("purchase", &payload).await["batchItemFailures"], json!([]));
    }
    live.drained().await;
    // What was given up comes late: behind what its customers bought after it.
    let late = [taken, lost].concat();
    assert_eq!(account(&town, &late).await.sent, orders.len());
    let is_told = || town.telemetry("purchase").last().is_some_and(|line| line["duplicate"] == 30);
    until("what is played twice is taken once", || std::future::ready(is_told())).await;
}
