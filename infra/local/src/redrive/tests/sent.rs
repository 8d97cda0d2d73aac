//! What a stream and a function get, over HTTP on loopback.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tokio::net::TcpListener;

use super::*;

/// A stream that refuses a record as often as it is told to, by chance or always, and keeps what it took.
struct Shard {
    taken: Vec<(String, String)>,
    calls: usize,
    refuses: Box<dyn FnMut(&str) -> bool + Send>,
}

/// Serves a stream, and answers where.
async fn serve(refuses: impl FnMut(&str) -> bool + Send + 'static) -> (Endpoint, Arc<Mutex<Shard>>) {
    let shard = Arc::new(Mutex::new(Shard { taken: Vec::new(), calls: 0, refuses: Box::new(refuses) }));
    let kept = Arc::clone(&shard);
    let app = Router::new().fallback(move |headers: HeaderMap, body: String| {
        let kept = Arc::clone(&kept);
        async move {
            assert_eq!(headers["x-amz-target"], "Kinesis_20131202.PutRecords");
            assert_eq!(headers["content-type"], "application/x-amz-json-1.1");
            let signed = headers["authorization"].to_str().unwrap();
            assert!(signed.starts_with("AWS4-HMAC-SHA256 ") && signed.contains("/us-east-2/kinesis/aws4_request"));
            put(&mut kept.lock().unwrap(), &serde_json::from_str(&body).unwrap())
        }
    });
    (listen(app).await, shard)
}

fn put(shard: &mut Shard, call: &Value) -> String {
    assert_eq!(call["StreamName"], "tact-checkin");
    shard.calls += 1;
    let mut answers = Vec::new();
    for record in call["Records"].as_array().unwrap() {
        let [key, data] = ["PartitionKey", "Data"].map(|name| record[name].as_str().unwrap().to_owned());
        if (shard.refuses)(&key) {
            answers.push(
                json!({ "ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded" }),
            );
        } else {
            shard.taken.push((key, String::from_utf8(STANDARD.decode(data).unwrap()).unwrap()));
            answers.push(json!({ "SequenceNumber": "1", "ShardId": "shardId-000000000000" }));
        }
    }
    json!({ "FailedRecordCount": answers.iter().filter(|one| one.get("ErrorCode").is_some()).count(), "Records": answers }).to_string()
}

async fn listen(app: Router) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    at(address)
}

fn at(address: SocketAddr) -> Endpoint {
    format!("http://{address}").parse().unwrap()
}

/// Thirty records of seven customers, numbered.
fn thirty() -> Plan {
    let of: Vec<_> = (0..30).map(|n| (format!("k{}", n % 7), format!("{}", n + 1), format!("{n}"))).collect();
    let of: Vec<_> = of.iter().map(|(key, sequence, data)| (key.as_str(), sequence.as_str(), data.as_str())).collect();
    plan(vec![of_stream(&of)])
}

#[tokio::test]
async fn exactly_what_is_refused_is_put_again_and_nothing_overtakes() {
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let (endpoint, shard) = serve(move |_| dice.next_u32() % 10 < 3).await;
    let plan = thirty();
    let redriven = plan.carry_out(endpoint, endpoint).await;
    assert_eq!((redriven.put, redriven.calls, redriven.stopped), (30, 5, None));
    let mut shard = shard.lock().unwrap();
    assert!(redriven.again > 0 && shard.calls > 5, "some were refused: {}", redriven.again);
    assert_eq!(shard.taken.len(), 30, "each was taken once");
    // By customer, in the order in which they were put: that is how they stood.
    shard.taken.sort_by_key(|(key, _)| key.clone());
    let mut expected = keys_and_data(&plan.streams[0]);
    expected.sort_by_key(|(key, _)| key.clone());
    assert_eq!(shard.taken, expected);
}

/// A function that answers every invocation alike.
async fn function(status: u16, header: Option<&'static str>, answer: &'static str) -> Endpoint {
    listen(Router::new().fallback(move |uri: axum::http::Uri, body: String| async move {
        assert_eq!(uri.path(), "/2015-03-31/functions/tact-dispatch:live/invocations");
        assert!(body.contains("\"KEYS_ONLY\""));
        let headers: HeaderMap =
            header.map(|how| ("x-amz-function-error".parse().unwrap(), how.parse().unwrap())).into_iter().collect();
        (StatusCode::from_u16(status).unwrap(), headers, answer)
    }))
    .await
}

async fn invoked(endpoint: Endpoint) -> Result<Vec<String>, EndpointError> {
    let plan = plan(vec![of_table(&["7", "8"])]);
    endpoint.invoke(&plan.functions[0].function, &plan.functions[0].batches[0].event).await
}

#[tokio::test]
async fn what_a_function_left_undone_is_answered_by_number() {
    let partial = function(200, None, r#"{"batchItemFailures":[{"itemIdentifier":"8"}]}"#).await;
    assert_eq!(invoked(partial).await.unwrap(), ["8"]);
    for all in [r#"{"batchItemFailures":[]}"#, "null", "", "{}", r#"{"batchItemFailures":null}"#] {
        assert_eq!(invoked(function(200, None, all).await).await, Ok(Vec::new()), "{all}");
    }
}

#[tokio::test]
async fn what_was_not_done_is_everything_from_the_first_that_is_named() {
    let plan = plan(vec![of_table(&["7", "8", "9"])]);
    for (answer, done, undone) in [
        (r#"{"batchItemFailures":[{"itemIdentifier":"9"},{"itemIdentifier":"8"}]}"#, 1, vec!["8"]),
        (r#"{"batchItemFailures":[{"itemIdentifier":"nobody"}]}"#, 0, vec!["7"]),
        (r#"{"batchItemFailures":[]}"#, 3, vec![]),
    ] {
        let endpoint = function(200, None, answer).await;
        let redriven = plan.carry_out(endpoint, endpoint).await;
        assert_eq!(
            (redriven.done, redriven.undone, redriven.stopped),
            (done, undone.into_iter().map(str::to_owned).collect(), None)
        );
    }
}

#[tokio::test]
async fn what_ends_it_early_says_how_to_go_on() {
    let (endpoint, shard) = serve(|key| key == "k0").await;
    let redriven = thirty().carry_out(endpoint, endpoint).await;
    let why = redriven.stopped.unwrap();
    assert!(
        why.contains("`tact-checkin`: the stream refuses 1 of a call's records") && why.contains("same files again"),
        "{why}"
    );
    assert_eq!(shard.lock().unwrap().taken.len(), 6, "nothing of the next call left");
}

#[tokio::test]
async fn what_is_no_success_is_told_without_a_word_of_what_was_sent() {
    let broke = function(200, Some("Unhandled"), r#"{"errorMessage":"Erika"}"#).await;
    assert_eq!(invoked(broke).await, Err(EndpointError::Function("Unhandled".to_owned())));
    let gone = function(404, None, r#"{"__type":"com.amazonaws#ResourceNotFoundException","message":"Erika"}"#).await;
    let told = invoked(gone).await.unwrap_err().to_string();
    assert_eq!(told, "the answer is 404 ResourceNotFoundException");
    assert!(matches!(invoked(function(200, None, "[1]").await).await, Err(EndpointError::Answer(_))));
    // Bound and let go again: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(invoked(at(nobody)).await, Err(EndpointError::NoAnswer(nobody)));
}

#[test]
fn nothing_is_sent_to_any_other_machine() {
    for here in ["http://127.0.0.1:4566", "http://localhost:1/", "http://[::1]:80"] {
        assert!(here.parse::<Endpoint>().is_ok(), "{here}");
    }
    let there = [
        "http://10.0.0.1:80",
        "https://127.0.0.1:1",
        "http://localhost.example:80",
        "127.0.0.1:80",
        "http://127.0.0.1",
        "",
    ];
    for there in there {
        assert!(there.parse::<Endpoint>().is_err(), "{there}");
    }
}
