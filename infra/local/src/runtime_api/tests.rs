//! The Runtime API, as a function's process sees it.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;

const ARN: &str = "arn:aws:lambda:eu-central-1:000000000000:function:checkin";
const LONG: Duration = Duration::from_secs(30);

/// What came back: status, headers in lower case, body.
struct Reply {
    status: u16,
    headers: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        let line = self.headers.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_default()
    }
}

fn exchange_bytes(address: SocketAddr, method: &str, path: &str, body: &str) -> Reply {
    let mut connection = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}");
    write!(connection, "{head}\r\n\r\n{body}").unwrap();
    let mut reply = String::new();
    connection.read_to_string(&mut reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, headers: head.to_lowercase(), body: body.to_owned() }
}

async fn get(api: &RuntimeApi, path: &'static str) -> Reply {
    let address = api.address();
    tokio::task::spawn_blocking(move || exchange_bytes(address, "GET", path, "")).await.unwrap()
}

async fn post(api: &RuntimeApi, path: String, body: &'static str) -> Reply {
    let address = api.address();
    tokio::task::spawn_blocking(move || exchange_bytes(address, "POST", &path, body)).await.unwrap()
}

async fn next(api: &RuntimeApi) -> Reply {
    get(api, "/2018-06-01/runtime/invocation/next").await
}

async fn answer(api: &RuntimeApi, invocation: &Reply, how: &str, body: &'static str) -> Reply {
    let id = invocation.header("lambda-runtime-aws-request-id");
    post(api, format!("/2018-06-01/runtime/invocation/{id}/{how}"), body).await
}

async fn started() -> RuntimeApi {
    RuntimeApi::start(ARN).await.unwrap()
}

#[tokio::test]
async fn an_invocation_reaches_the_process_and_its_answer_comes_back() {
    let api = started().await;
    let process = async {
        let invocation = next(&api).await;
        let reply = answer(&api, &invocation, "response", r#"{"batchItemFailures":[]}"#).await;
        (invocation, reply)
    };
    let (returned, (invocation, reply)) = tokio::join!(api.invoke(b"{\"Records\":[]}".to_vec(), LONG), process);
    assert_eq!(returned.unwrap(), br#"{"batchItemFailures":[]}"#);
    assert_eq!((invocation.status, invocation.body.as_str()), (200, r#"{"Records":[]}"#));
    assert_eq!(invocation.header("lambda-runtime-invoked-function-arn"), ARN.to_lowercase());
    assert!(invocation.header("lambda-runtime-trace-id").starts_with("root=1-"));
    assert_eq!(reply.status, 202);
}

#[tokio::test]
async fn the_deadline_is_the_time_left_from_now_in_milliseconds_since_1970() {
    let api = started().await;
    let now_ms = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let before_ms = now_ms();
    let (_, invocation) = tokio::join!(api.invoke(Vec::new(), Duration::from_millis(300)), next(&api));
    let deadline_ms: u128 = invocation.header("lambda-runtime-deadline-ms").parse().unwrap();
    assert!((before_ms + 300..=now_ms() + 300).contains(&deadline_ms));
}

#[tokio::test]
async fn a_poll_waits_for_an_invocation_and_the_first_one_is_reported() {
    let api = started().await;
    let before = Instant::now();
    let invoker = async {
        let polled = api.first_poll().await;
        (polled, api.invoke(b"1".to_vec(), LONG).await)
    };
    let process = async {
        let invocation = next(&api).await;
        answer(&api, &invocation, "response", "2").await
    };
    let ((polled, returned), _) = tokio::join!(invoker, process);
    assert!(polled >= before);
    assert_eq!(returned.unwrap(), b"2");
}

#[tokio::test]
async fn invocations_are_taken_in_order_and_each_answer_finds_its_own() {
    let api = started().await;
    let process = async {
        let first = next(&api).await;
        let second = next(&api).await;
        assert_eq!((first.body.as_str(), second.body.as_str()), ("1", "2"));
        answer(&api, &second, "response", "two").await;
        answer(&api, &first, "response", "one").await;
    };
    let (one, two, ()) = tokio::join!(api.invoke(b"1".to_vec(), LONG), api.invoke(b"2".to_vec(), LONG), process);
    assert_eq!((one.unwrap(), two.unwrap()), (b"one".to_vec(), b"two".to_vec()));
}

#[tokio::test]
async fn an_error_of_the_function_names_its_type_and_message() {
    let api = started().await;
    let process = async {
        let invocation = next(&api).await;
        answer(&api, &invocation, "error", r#"{"errorType":"StoreDown","errorMessage":"no answer"}"#).await
    };
    let (returned, reply) = tokio::join!(api.invoke(Vec::new(), LONG), process);
    let expected = InvokeError::Function { kind: "StoreDown".to_owned(), message: "no answer".to_owned() };
    assert_eq!((returned, reply.status), (Err(expected), 202));
}

#[tokio::test]
async fn an_init_error_fails_what_waits_and_what_comes_until_a_process_polls_again() {
    let api = started().await;
    let report = r#"{"errorType":"Config","errorMessage":"no table"}"#;
    let process = post(&api, "/2018-06-01/runtime/init/error".to_owned(), report);
    let (waiting, _) = tokio::join!(api.invoke(Vec::new(), LONG), process);
    let expected = InvokeError::Init { kind: "Config".to_owned(), message: "no table".to_owned() };
    assert_eq!(waiting, Err(expected.clone()));
    assert_eq!(api.invoke(Vec::new(), LONG).await, Err(expected));
    let process = async {
        let invoker = async {
            api.first_poll().await;
            api.invoke(b"x".to_vec(), LONG).await
        };
        let (invocation, returned) = tokio::join!(next_and_answer(&api), invoker);
        assert_eq!((invocation.body.as_str(), returned.unwrap()), ("x", b"ok".to_vec()));
    };
    process.await;
}

async fn next_and_answer(api: &RuntimeApi) -> Reply {
    let invocation = next(api).await;
    answer(api, &invocation, "response", "ok").await;
    invocation
}

#[tokio::test]
async fn without_an_answer_the_invocation_ends_at_its_deadline_and_a_late_answer_is_refused() {
    let api = started().await;
    let short = Duration::from_millis(200);
    let (returned, invocation) = tokio::join!(api.invoke(Vec::new(), short), next(&api));
    assert_eq!(returned, Err(InvokeError::TimedOut(short)));
    let late = answer(&api, &invocation, "response", "too late").await;
    assert_eq!(late.status, 400);
    assert!(late.body.contains("InvalidRequestID"));
}

#[tokio::test]
async fn an_invocation_that_found_no_process_in_time_is_never_delivered() {
    let api = started().await;
    let short = Duration::from_millis(1);
    assert_eq!(api.invoke(b"old".to_vec(), short).await, Err(InvokeError::Throttled(short)));
    let (returned, invocation) = tokio::join!(api.invoke(b"new".to_vec(), LONG), next_and_answer(&api));
    assert_eq!((invocation.body.as_str(), returned.unwrap()), ("new", b"ok".to_vec()));
}

#[tokio::test]
async fn a_process_that_ends_fails_what_it_runs_at_once() {
    let api = started().await;
    let process = async {
        next(&api).await;
        api.process_ended();
    };
    let (returned, ()) = tokio::join!(api.invoke(Vec::new(), LONG), process);
    assert_eq!(returned, Err(InvokeError::ProcessEnded));
}

#[tokio::test]
async fn a_process_that_ends_fails_nothing_that_another_one_runs() {
    let api = started().await;
    let other = api.another(1).await.unwrap();
    let processes = async {
        let first = next(&api).await;
        let second = next(&other).await;
        assert_eq!((first.body.as_str(), second.body.as_str()), ("1", "2"));
        api.process_ended();
        answer(&other, &second, "response", "two").await
    };
    let (one, two, _) = tokio::join!(api.invoke(b"1".to_vec(), LONG), other.invoke(b"2".to_vec(), LONG), processes);
    assert_eq!((one, two), (Err(InvokeError::ProcessEnded), Ok(b"two".to_vec())));
}

#[tokio::test]
async fn an_answer_above_six_megabytes_is_refused_and_fails_the_invocation() {
    let api = started().await;
    let large: &'static str = "x".repeat(MOST_ANSWER_BYTES + 1).leak();
    let process = async {
        let invocation = next(&api).await;
        answer(&api, &invocation, "response", large).await
    };
    let (returned, reply) = tokio::join!(api.invoke(Vec::new(), LONG), process);
    assert_eq!(returned, Err(InvokeError::AnswerTooLarge(MOST_ANSWER_BYTES + 1)));
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let api = started().await;
    assert_eq!(get(&api, "/2015-03-31/functions").await.status, 404);
}
