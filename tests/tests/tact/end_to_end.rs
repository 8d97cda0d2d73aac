//! From a batch as Kinesis hands it over to committed, explained decisions: through the functions' real binaries, and the same story
//! through their code in this process. The binaries are those in the directory that `TACT_FUNCTIONS_DIR` names.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod delivery;
mod deployment;
mod faults;
mod played;
mod story;
mod town;
mod traffic;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tact_domain::{CustomerId, DecisionId, FacetKind, Timestamp};
use tact_pipeline::{ItemKey, Store, replay};
use tact_wire::{DecisionItem, decode_record};

use deployment::{Deployment, binaries};
use story::{CANARIES, CUSTOMER, Event, minutes, now};

const NOTHING_UNDONE: &str = r#"{"batchItemFailures":[]}"#;

/// Plays the story and answers the records it left in the decision log, in order.
async fn played(deployment: &mut Deployment, now: Timestamp) -> Vec<Value> {
    for (function, events) in story::story(now) {
        let bytes: Vec<_> = events.iter().map(Event::bytes).collect();
        assert_eq!(deployment.deliver(function, now, &bytes).await, NOTHING_UNDONE, "{function}");
    }
    deployment.records().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn chosen(record: &Value) -> &str {
    record["body"]["chosen"]["action"].as_str().unwrap_or("silence")
}

#[tokio::test]
async fn the_story_in_this_process_ends_as_it_should() {
    let now = now();
    let mut deployment = Deployment::in_process(now).await;
    let records = played(&mut deployment, now).await;
    ends_as_it_should(&deployment, &records).await;
}

#[tokio::test]
async fn the_story_through_the_real_binaries_ends_as_it_should_and_like_the_one_in_this_process() {
    let Some(directory) = binaries() else { return };
    let now = now();
    let mut real = Deployment::of_binaries(&directory).await;
    let records = played(&mut real, now).await;
    ends_as_it_should(&real, &records).await;
    let mut in_process = Deployment::in_process(now).await;
    let expected = played(&mut in_process, now).await;
    assert_eq!(records.len(), expected.len());
    for (record, expected) in records.iter().zip(&expected) {
        // What came late was looked at when it came, on the clock on the wall.
        let is_late = record["body"]["rung"] == "silence";
        for considered in ["candidates", "refused"] {
            assert_eq!(record["body"][considered], expected["body"][considered]);
        }
        assert!(is_late || record["body"] == expected["body"], "{record}\n{expected}");
    }
}

/// What the story must have left behind, however it was played.
async fn ends_as_it_should(deployment: &Deployment, records: &[Value]) {
    let quarantined: Vec<_> = deployment.log().into_iter().filter(|line| !line.starts_with("{\"body")).collect();
    assert!(quarantined.is_empty(), "{quarantined:?}");
    let said = ["silence", "silence", "order_update", "welcome_back", "answer_where_said"];
    // What is said in public of a store of ours is a task for that store beside the answer.
    let expected = [&said[..], &["fix_it_here", "silence"]].concat();
    assert_eq!(records.iter().map(chosen).collect::<Vec<_>>(), expected);
    let late = records[0]["body"]["refused"].as_object().unwrap();
    assert!(records[0]["body"]["candidates"].is_null() && late.keys().eq(["moment_passed"]), "{late:?}");
    let (catalogue, models) = (tact_aws::catalogue().unwrap(), tact_aws::models().unwrap());
    for line in deployment.records() {
        let recorded = decode_record(&line).expect("the hash of a body is that of its bytes");
        assert_eq!(replay(&recorded, &catalogue, &models, None).as_ref(), Ok(&recorded.body));
    }
    let customer = CustomerId::new(CUSTOMER).unwrap();
    let facets = deployment.store().load(&customer).await.unwrap();
    let kinds: Vec<_> =
        FacetKind::ALL.into_iter().filter(|kind| facets.iter().any(|(found, _)| found == kind)).collect();
    assert_eq!(kinds, FacetKind::ALL, "every facet has been written");
    for record in records {
        let id = DecisionId::parse(record["body"]["decision"].as_str().unwrap()).unwrap();
        let stored = deployment.store().get(&ItemKey::Decision(customer.clone(), id)).await.unwrap();
        let item = stored.map(|item| DecisionItem::unpack(&item.bytes).unwrap());
        assert_eq!(item.as_ref().map_or("silence", |item| item.action.as_str()), chosen(record));
        let accepted = item.is_some_and(|item| item.outcomes != tact_domain::OutcomeLedger::default());
        assert_eq!(accepted, chosen(record) == "order_update", "the outcome is entered where it belongs");
    }
}

#[tokio::test]
async fn a_batch_delivered_again_decides_nothing_again_and_writes_nothing() {
    let Some(directory) = binaries() else { return };
    let now = now();
    let mut deployment = Deployment::of_binaries(&directory).await;
    let before = played(&mut deployment, now).await.len();
    let customer = CustomerId::new(CUSTOMER).unwrap();
    let facets = deployment.store().load(&customer).await.unwrap();
    for (function, events) in story::story(now) {
        let bytes: Vec<_> = events.iter().map(Event::bytes).collect();
        assert_eq!(deployment.deliver(function, now, &bytes).await, NOTHING_UNDONE);
        let telemetry = deployment.telemetry(function);
        let last = telemetry.last().unwrap();
        assert_eq!((&last["duplicate"], &last["writes"]), (&json!(events.len()), &json!(0)), "{last}");
    }
    assert_eq!(deployment.records().len(), before);
    assert_eq!(deployment.store().load(&customer).await.unwrap(), facets);
}

#[tokio::test]
async fn telemetry_is_one_line_of_metrics_for_each_batch_and_nothing_says_who_or_where() {
    let Some(directory) = binaries() else { return };
    let now = now();
    let mut deployment = Deployment::of_binaries(&directory).await;
    played(&mut deployment, now).await;
    deployment.deliver("checkin", now, &[format!("{{\"{}", CANARIES.join("\",")).into_bytes()]).await;
    for (function, batches) in
        [("outcome", 2), ("purchase", 1), ("checkin", 2), ("geolocation", 1), ("partner", 1), ("comment", 1)]
    {
        let telemetry = deployment.telemetry(function);
        assert_eq!(telemetry.len(), batches, "{function}");
        for line in telemetry {
            assert_eq!(line["function"], function);
            assert!(line["_aws"]["Timestamp"].is_i64() && line["event_us_max"].is_u64(), "{line}");
        }
        let said = deployment.said(function);
        let told: Vec<_> = CANARIES.iter().filter(|canary| said.contains(**canary)).collect();
        assert!(told.is_empty(), "{function} tells {told:?}");
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_quarantined_and_its_neighbours_are_not_held_up() {
    let Some(directory) = binaries() else { return };
    let now = now();
    let mut deployment = Deployment::of_binaries(&directory).await;
    let good = story::check_in("good", now).bytes();
    let foreign = story::purchase("foreign", now).bytes();
    let batch = [b"{not json".to_vec(), good, vec![0xff, 0xfe], foreign];
    assert_eq!(deployment.deliver("checkin", now, &batch).await, NOTHING_UNDONE);
    let telemetry = deployment.telemetry("checkin");
    assert_eq!((&telemetry[0]["quarantined"], &telemetry[0]["silent"]), (&json!(3), &json!(1)), "{telemetry:?}");
    let entries: Vec<Value> = deployment.log().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let reasons: Vec<_> = entries.iter().filter_map(|entry| entry["reason"].as_str()).collect();
    assert_eq!(reasons.len(), 3);
    assert_eq!(reasons[2], "wrong_stream");
}

#[tokio::test]
async fn every_sample_is_handled() {
    let Some(directory) = binaries() else { return };
    let deployment = Deployment::of_binaries(&directory).await;
    let samples = [
        ("outcome", "consent"),
        ("purchase", "purchase"),
        ("checkin", "checkin"),
        ("geolocation", "geolocation"),
        ("partner", "partner"),
        ("comment", "comment"),
        ("outcome", "outcome"),
    ];
    for (function, sample) in samples {
        let path = format!("{}/../events/kinesis/{sample}.json", env!("CARGO_MANIFEST_DIR"));
        let answer = deployment.invoke(function, std::fs::read(path).unwrap(), Duration::from_secs(20)).await;
        assert_eq!(answer, NOTHING_UNDONE, "{sample}");
        assert_eq!(deployment.telemetry(function).last().unwrap()["quarantined"], 0, "{sample}");
    }
}

#[tokio::test]
async fn exactly_the_records_the_log_refused_are_sent_again() {
    let Some(directory) = binaries() else { return };
    let now = now();
    let mut deployment = Deployment::of_binaries(&directory).await;
    let events: Vec<_> = ["a", "b", "c", "d"].map(|customer| story::check_in(customer, now).of(customer)).into();
    deployment.refuse(&[0, 2]);
    deployment.refuse(&[1]);
    let bytes: Vec<_> = events.iter().map(Event::bytes).collect();
    assert_eq!(deployment.deliver("checkin", now, &bytes).await, NOTHING_UNDONE);
    let calls = deployment.calls();
    assert_eq!(calls.len(), 3);
    let first = &calls[0].entries;
    assert_eq!(first.iter().map(|entry| &*entry.partition_key).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_eq!(calls[1].entries, [first[0].clone(), first[2].clone()]);
    assert_eq!(calls[2].entries, [first[2].clone()]);
}

#[tokio::test]
async fn a_log_that_keeps_refusing_leaves_the_batch_undone_and_nothing_committed() {
    let Some(directory) = binaries() else { return };
    let now = now();
    let mut deployment = Deployment::of_binaries(&directory).await;
    for _ in 0..4 {
        deployment.refuse(&[0]);
    }
    let answer = deployment.deliver("checkin", now, &[story::check_in("refused", now).bytes()]).await;
    assert_eq!(answer, failing(&deployment.last_batch()[0]));
    assert!(deployment.store().load(&CustomerId::new(CUSTOMER).unwrap()).await.unwrap().is_empty());
    assert_eq!(deployment.telemetry("checkin")[0]["undone"], 1);
}

#[tokio::test]
async fn a_function_without_configuration_does_not_start_and_names_all_that_is_missing() {
    let Some(directory) = binaries() else { return };
    for function in ["checkin", "purchase", "geolocation", "partner", "comment", "outcome"] {
        let (ended, said) =
            Deployment::started_without(&directory, function, &["TACT_TABLE", "TACT_DECISION_LOG"]).await;
        assert!(!ended.success());
        let line: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
        assert_eq!(line["function"], function);
        let message = "cannot start: set in the environment: `TACT_TABLE`, `TACT_DECISION_LOG`";
        assert_eq!(line["message"], message);
    }
}

#[tokio::test]
async fn a_table_that_cannot_be_reached_leaves_the_whole_batch_undone() {
    let Some(directory) = binaries() else { return };
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut deployment = Deployment::with_table_at(&directory, &format!("http://{closed}")).await;
    let events = [story::check_in("1", now()).bytes(), story::check_in("2", now()).of("other").bytes()];
    let answer = deployment.deliver("checkin", now(), &events).await;
    assert_eq!(answer, failing(&deployment.last_batch()[0]));
    let telemetry = deployment.telemetry("checkin");
    assert_eq!(telemetry[0]["undone"], 2);
    assert_eq!(telemetry[0]["failure"], "the table does not answer: no connection");
    assert!(deployment.records().is_empty(), "nothing was decided");
}

#[tokio::test]
async fn a_table_that_hangs_is_given_up_before_the_deadline() {
    let Some(directory) = binaries() else { return };
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let mut deployment = Deployment::with_table_at(&directory, &endpoint).await;
    let (event, left) = (story::check_in("1", now()).bytes(), Duration::from_millis(1_500));
    let payload = deployment.batch(now(), &[event]);
    let started = Instant::now();
    let answer = deployment.invoke("checkin", payload, left).await;
    assert!(started.elapsed() < left);
    assert_eq!(answer, failing(&deployment.last_batch()[0]));
    assert_eq!(deployment.telemetry("checkin")[0]["failure"], "the invocation ran out of time");
}

#[tokio::test]
async fn an_event_that_comes_in_time_is_scored_by_the_full_model() {
    let Some(directory) = binaries() else { return };
    let mut deployment = Deployment::of_binaries(&directory).await;
    let at = now();
    deployment.deliver("checkin", at, &[story::check_in("now", minutes(at, 1)).bytes()]).await;
    let record: Value = serde_json::from_str(&deployment.records()[0]).unwrap();
    assert_eq!(record["body"]["rung"], "full_model");
}

fn failing(sequence: &str) -> String {
    json!({ "batchItemFailures": [{ "itemIdentifier": sequence }] }).to_string()
}
