//! HTTP in front of functions: the Invoke API, and what stands before `reply`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::pool::tests::{script, started};

const FREE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What came back: the status, the head in lower case, the body.
async fn asked(endpoint: &str, head: &str, body: &[u8]) -> (u16, String, String) {
    let mut connection = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!("{head}\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_lowercase(), body.to_owned())
}

async fn invoked(endpoint: &str, kind: &str, body: &[u8]) -> (u16, String, String) {
    let head = format!("POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nx-amz-invocation-type: {kind}");
    asked(endpoint, &head, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_invoked_by_name_or_arn_and_its_errors_are_answers() {
    let script = script();
    let (function, _) = started(script.path(), Vec::new()).await;
    function.ready().await;
    let api = InvokeApi::start(FREE, [Arc::new(function)]).await.unwrap();
    let at = api.endpoint();
    let (status, head, body) = invoked(&at, "RequestResponse", b"{\"a\":1}").await;
    assert_eq!((status, body.as_str()), (200, "{\"a\":1}"));
    assert!(head.contains("x-amz-executed-version: $latest") && !head.contains("x-amz-function-error"), "{head}");
    for name in ["echo:live", "arn:aws:lambda:us-east-1:000000000000:function:echo"] {
        let (status, _, body) =
            asked(&at, &format!("POST /2015-03-31/functions/{name}/invocations HTTP/1.1"), b"2").await;
        assert_eq!((status, body.as_str()), (200, "2"));
    }
    let (status, head, body) = invoked(&at, "RequestResponse", b"\"fail\"").await;
    assert!(status == 200 && head.contains("x-amz-function-error: unhandled"), "{head}");
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        json!({ "errorType": "Wrong", "errorMessage": "asked to" })
    );
    let (_, head, body) = invoked(&at, "RequestResponse", b"\"die\"").await;
    assert!(head.contains("x-amz-function-error: unhandled") && body.contains("Runtime.ExitError"), "{body}");
    let (_, head, body) = invoked(&at, "RequestResponse", b"\"hang\"").await;
    assert!(head.contains("x-amz-function-error: unhandled") && body.contains("Sandbox.Timedout"), "{body}");
    assert!(body.contains("Task timed out after 3.00 seconds"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_answered_is_taken_and_what_is_wrong_is_refused_as_lambda_does() {
    let script = script();
    let (function, _) = started(script.path(), Vec::new()).await;
    let api = InvokeApi::start(FREE, [Arc::new(function)]).await.unwrap();
    let at = api.endpoint();
    assert_eq!(invoked(&at, "Event", b"1").await.0, 202);
    assert_eq!(invoked(&at, "DryRun", b"1").await.0, 204);
    let large = vec![b' '; 6 * 1024 * 1024 + 1];
    for (kind, body, status, error) in [
        ("Never", b"1".as_slice(), 400, "InvalidParameterValueException"),
        ("RequestResponse", b"{", 400, "InvalidRequestContentException"),
        ("RequestResponse", &large, 413, "RequestTooLargeException"),
    ] {
        let (found, head, _) = invoked(&at, kind, body).await;
        assert_eq!(found, status, "{error}");
        assert!(head.contains(&format!("x-amzn-errortype: {}", error.to_lowercase())), "{head}");
    }
    let (status, _, body) = asked(&at, "POST /2015-03-31/functions/nobody/invocations HTTP/1.1", b"1").await;
    assert_eq!(status, 404);
    assert!(body.contains("Function not found: nobody; there are echo"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_becomes_the_event_of_a_gateway_and_an_answer_a_response() {
    let script = script();
    let (function, _) = started(script.path(), Vec::new()).await;
    function.ready().await;
    let gateway = Gateway::start(FREE, Arc::new(function)).await.unwrap();
    // The script answers with the event itself, which asks for no response.
    assert_eq!(asked(&gateway.endpoint(), "GET /u/x?y=1 HTTP/1.1", b"").await.0, 500);
    let request = HttpRequest {
        method: "POST".to_owned(),
        path: "/outcomes".to_owned(),
        query: "a=b".to_owned(),
        headers: vec![("host".to_owned(), "shop.example".to_owned())],
        body: vec![0, 255],
        at_ms: 7,
    };
    let event = http_event(&request);
    assert_eq!((&event["rawPath"], &event["rawQueryString"]), (&json!("/outcomes"), &json!("a=b")));
    assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("AP8="), &json!(true)));
    assert_eq!(event["requestContext"]["timeEpoch"], 7);
    assert_eq!(event["requestContext"]["domainName"], "shop.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_handed_to_whoever_brings_a_token() {
    let secrets = Secrets::start(FREE, &[7; 32]).await.unwrap();
    let at = format!("http://127.0.0.1:{}", secrets.port());
    assert_eq!(asked(&at, "GET /secretsmanager/get?secretId=tact HTTP/1.1", b"").await.0, 401);
    let with = "GET /secretsmanager/get?secretId=tact HTTP/1.1\r\nx-aws-parameters-secrets-token: local";
    let (status, _, body) = asked(&at, with, b"").await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    let secret: Value = serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap();
    assert_eq!((status, secret["seal"].as_str()), (200, Some("BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")));
}

/// A cloud with nothing in it.
async fn cloud() -> Cloud {
    let setting = Setting {
        ports: Ports::free(),
        data: None,
        secret: [7; 32],
        reply_url: None,
        delivery: DeliveryMode::Live,
        shards: std::num::NonZeroU32::MIN,
        limits: Limits::None,
        now_ms: wall(),
        dates_signatures: true,
    };
    Cloud::start(setting).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_move_from_a_stream_to_a_function_and_what_fails_is_kept_whole() {
    let (script, failed) = (script(), tempfile::tempdir().unwrap());
    let (function, _) = started(script.path(), Vec::new()).await;
    let (cloud, function) = (cloud().await, Arc::new(function));
    let streams = cloud.kinesis.streams();
    let polls = |from| Polls {
        source: Source::Stream { streams: streams.clone(), name: stream_of(EventKind::CheckIn) },
        function: Arc::clone(&function),
        settings: tact_mapping::Settings {
            batch_size: 2,
            maximum_retry_attempts: Some(1),
            first_retry_delay_ms: 1,
            report_batch_item_failures: true,
            ..mapping_settings()
        },
        from,
        idle: Duration::from_millis(20),
        is_woken: true,
        failures: Some(failed.path().to_owned()),
        now_ms: wall(),
        trouble: Arc::new(|_| ()),
    };
    // The script answers with the event itself, which is no partial response: all of it counts as failed, down to the single record.
    let poller = Poller::start(polls(None));
    for n in 0..3 {
        streams.put(stream_of(EventKind::CheckIn), "c", format!("{n}").as_bytes(), (wall())()).unwrap();
    }
    let mut kept = Vec::new();
    for _ in 0..2_000 {
        kept = files(failed.path());
        if kept.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let records: Vec<Value> =
        kept.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect();
    assert_eq!(records.len(), 3);
    for record in &records {
        assert_eq!(record["requestContext"]["condition"], "RetryAttemptsExhausted");
        let payload: Value = serde_json::from_str(record["payload"].as_str().unwrap()).unwrap();
        assert_eq!(payload["Records"].as_array().unwrap().len(), 1, "whole records");
    }
    let left = poller.stop().await;
    let shard = tact_mapping::ShardId::numbered(0);
    assert!(left.to_json().contains(shard.as_str()));
    // Another life goes on behind them.
    let poller = Poller::start(polls(Some(left.clone())));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(files(failed.path()).len(), 3);
    assert_eq!(poller.stop().await, left);
}

/// All files below a directory.
fn files(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(files(&entry)) } else { found.push(entry) }
    }
    found.sort();
    found
}

#[tokio::test]
async fn the_stream_of_the_table_tells_what_appears_and_a_mapping_is_filtered_to_decisions_and_turns() {
    let cloud = cloud().await;
    let source = Source::Table(TableStream::of(cloud.database.handle(), TABLE).unwrap());
    for (pk, sk) in [("c#ana", "f#checkin"), ("c#ana", "d#d-1"), ("c#ana", "t#d-1#0")] {
        let put = cloud.database.client().put_item().table_name(TABLE);
        let text = |value: &str| aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned());
        put.item("pk", text(pk)).item("sk", text(sk)).send().await.unwrap();
    }
    let [shard] = &source.shards().unwrap()[..] else { panic!("one shard") };
    let read = |from| tact_mapping::Read { shard: shard.id.clone(), from };
    let page = source.read(&read(tact_mapping::From::TrimHorizon)).unwrap();
    assert_eq!(page.records.iter().map(|record| &*record.partition_key).collect::<Vec<_>>(), ["c#ana"; 3]);
    let filter = tact_mapping::Filter::parse(fleet::APPEARED).unwrap();
    let settings = tact_mapping::Settings { filters: vec![filter], ..mapping_settings() };
    let mut mapping = tact_mapping::Mapping::new(settings);
    mapping.discover(&source.shards().unwrap());
    mapping.offer(&shard.id, page.records.clone(), 0);
    let tact_mapping::Step::Invoke(batch) = mapping.next(0) else { panic!("there is work") };
    let event = tact_mapping::event::event(&batch, &source.named("dispatch"));
    let keys: Vec<_> =
        event["Records"].as_array().unwrap().iter().map(|record| &record["dynamodb"]["Keys"]["sk"]["S"]).collect();
    assert_eq!(keys, ["d#d-1", "t#d-1#0"]);
    assert_eq!(event["Records"][0]["eventSource"], "aws:dynamodb");
    let after = tact_mapping::From::After(page.records[1].sequence_number.clone());
    assert_eq!(source.read(&read(after)).unwrap().records, page.records[2..]);
}
