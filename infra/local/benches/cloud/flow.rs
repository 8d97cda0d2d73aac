//! How many records a second one producer gets through the server of the streams and the mapping into a function that does nothing: this very program, started as one.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tact::cloud::{Poller, Polls, Source, mapping_settings};
use tact::kinesis::{KinesisServer, Limits, Streams};
use tact::pool::{Function, Listener, Plan};

use crate::http::Connection;

/// Says to a process of this program that it is a function.
const ROLE: &str = "TACT_BENCH_IS_A_FUNCTION";
const STREAM: &str = "flow";
/// What one call may put at most.
const ENTRIES: usize = 500;
const SHARDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);
const CUSTOMERS: usize = 1_000;

/// Where a process of this program that is to be a function takes invocations from; `None` for one that is not.
pub(crate) fn asked_to_be_a_function() -> Option<String> {
    std::env::var(ROLE).ok().and_then(|_| std::env::var("AWS_LAMBDA_RUNTIME_API").ok())
}

/// Answers every invocation at once, for ever.
pub(crate) async fn be_a_function(api: &str) -> Result<(), Box<dyn Error>> {
    let mut connection = Connection::to(api).await?;
    loop {
        let next = connection.call("GET", "/2018-06-01/runtime/invocation/next", "", b"").await?;
        let id = next.header("lambda-runtime-aws-request-id").ok_or("an invocation has no id")?;
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        connection.call("POST", &path, "", br#"{"batchItemFailures":[]}"#).await?;
    }
}

/// Puts for so long what the server takes, waits until all of it was invoked, and prints how fast that was.
pub(crate) async fn measure(time: Duration) -> Result<(), Box<dyn Error>> {
    let kinesis = KinesisServer::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), now_ms).await?;
    kinesis.streams().create(STREAM, SHARDS, Limits::None);
    let environment = vec![(ROLE, "1".to_owned())];
    let (binary, timeout) = (std::env::current_exe()?, Duration::from_secs(30));
    let plan = Plan { name: STREAM.to_owned(), binary, environment, processes: SHARDS.get(), timeout };
    let listener: Listener = Arc::new(|_| {});
    let function = Arc::new(Function::start(plan, &listener).await?);
    function.ready().await;
    let source = Source::Stream { streams: kinesis.streams(), name: STREAM };
    let poller = Poller::start(Polls {
        source,
        function,
        settings: mapping_settings(),
        from: None,
        idle: Duration::from_secs(1),
        is_woken: true,
        failures: None,
        now_ms: Arc::new(now_ms),
        trouble: Arc::new(|what| println!("{what}")),
    });
    let begun = Instant::now();
    let records = produce(kinesis.endpoint().trim_start_matches("http://"), time).await?;
    let put_s = begun.elapsed().as_secs_f64();
    while !is_done(&kinesis.streams(), STREAM, &poller) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let done_s = begun.elapsed().as_secs_f64();
    let (put, done) = (f64::from(records) / put_s, f64::from(records) / done_s);
    println!(
        "one producer, {records} records of 300 bytes over HTTP in calls of {ENTRIES}, {SHARDS} shards, batches of 100:"
    );
    println!("  put: {put:.0} records/s for {put_s:.1} s");
    println!("  put, mapped and invoked to the last: {done:.0} records/s over {done_s:.1} s");
    Ok(())
}

/// Puts call after call; answers how many records were taken.
async fn produce(address: &str, time: Duration) -> Result<u32, Box<dyn Error>> {
    let mut connection = Connection::to(address).await?;
    let signature =
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=00";
    let headers = format!(
        "content-type: application/x-amz-json-1.1\r\nx-amz-target: Kinesis_20131202.PutRecords\r\nauthorization: {signature}\r\n"
    );
    let (begun, mut taken) = (Instant::now(), 0_u32);
    while begun.elapsed() < time {
        let entry = |n: usize| {
            let number = n + usize::try_from(taken).unwrap_or(0);
            let data = STANDARD.encode(format!("{{\"id\":\"{number:0>288}\"}}"));
            json!({ "PartitionKey": format!("customer-{}", number % CUSTOMERS), "Data": data })
        };
        let entries: Vec<_> = (0..ENTRIES).map(entry).collect();
        let body = json!({ "StreamName": STREAM, "Records": entries }).to_string();
        let answer = connection.call("POST", "/", &headers, body.as_bytes()).await?;
        let told: Value = serde_json::from_slice(&answer.body)?;
        if answer.status != 200 || told.get("FailedRecordCount") != Some(&json!(0)) {
            return Err(format!("records were refused with {}", answer.status).into());
        }
        taken += u32::try_from(ENTRIES)?;
    }
    Ok(taken)
}

/// Whether a mapping has done with all that is on its stream.
pub(crate) fn is_done(streams: &Streams, name: &str, poller: &Poller) -> bool {
    let checkpoints = poller.checkpoints();
    let through = |shard| checkpoints.shards.get(shard).and_then(|known| known.done_through.clone());
    streams.shards(name).iter().all(|shard| {
        let from = through(&shard.id).map_or(tact::kinesis::Position::TrimHorizon, tact::kinesis::Position::After);
        streams.read(name, &shard.id, &from, 1).is_ok_and(|page| page.records.is_empty())
    })
}

pub(crate) fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
