//! A stream on loopback that takes decision records as Kinesis does: `PutRecords` of the awsJson 1.1 protocol, kept in memory.
//! It can be told to refuse single entries, as a shard does whose throughput is used up.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::stream::{SequenceNumber, ShardId};

/// The one operation spoken.
const PUT_RECORDS: &str = "Kinesis_20131202.PutRecords";
/// The most entries one call may bring.
const MOST_ENTRIES: usize = 500;
/// The most bytes one call may bring, data and keys.
const MOST_BYTES: usize = 5 * 1024 * 1024;
/// The most bytes one entry may hold, data and key.
const MOST_ENTRY_BYTES: usize = 1024 * 1024;

/// A running stream. It stops when dropped.
#[derive(Debug)]
pub struct DecisionStream {
    name: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// One entry as a producer put it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The partition key.
    pub key: String,
    /// The bytes.
    pub data: Vec<u8>,
}

/// One call that was answered entry by entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What it brought, in order.
    pub entries: Vec<Entry>,
    /// The places of the entries that were refused.
    pub refused: Vec<usize>,
}

impl DecisionStream {
    /// Listens on a free port of 127.0.0.1 for records to the stream of this name.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(name: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { name: name.to_owned(), state: Mutex::default() });
        let app = Router::new()
            .fallback(request)
            .layer(DefaultBodyLimit::max(2 * MOST_BYTES))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // `serve` does not end by itself; the task is aborted.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { name: name.to_owned(), address, shared, server })
    }

    /// The name of the stream.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address for `AWS_ENDPOINT_URL_KINESIS`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Has a call to come refuse the entries at these places. Said again, it is the turn of the call after that.
    pub fn refuse(&self, places: &[usize]) {
        self.shared.state().refusals.push_back(places.to_vec());
    }

    /// Every entry taken so far, in order.
    pub fn entries(&self) -> Vec<Entry> {
        let calls = self.calls();
        let taken = |call: Call| {
            let refused = call.refused;
            let placed = call.entries.into_iter().enumerate();
            placed.filter(move |(place, _)| !refused.contains(place)).map(|(_, entry)| entry)
        };
        calls.into_iter().flat_map(taken).collect()
    }

    /// Every call answered so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.state().calls.clone()
    }

    /// Forgets what was taken so far.
    pub fn clear(&self) {
        self.shared.state().calls.clear();
    }
}

impl Drop for DecisionStream {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Debug)]
struct Shared {
    name: String,
    state: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    calls: Vec<Call>,
    refusals: VecDeque<Vec<usize>>,
    answered: u128,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `PutRecords`, as the protocol writes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecords {
    stream_name: Option<String>,
    records: Vec<PutRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecord {
    data: String,
    partition_key: String,
}

async fn request(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let answered = match target {
        Some(PUT_RECORDS) => put_records(&shared, &body),
        _ => Err(Fault("UnknownOperationException", "only PutRecords is spoken here")),
    };
    match answered {
        Ok(answer) => answer_json(StatusCode::OK, &answer),
        Err(Fault(kind, message)) => {
            answer_json(StatusCode::BAD_REQUEST, &json!({ "__type": kind, "message": message }))
        }
    }
}

/// A call that is refused as a whole: the type of the error and its message.
struct Fault(&'static str, &'static str);

fn put_records(shared: &Shared, body: &[u8]) -> Result<Value, Fault> {
    let call: PutRecords =
        serde_json::from_slice(body).map_err(|_| Fault("SerializationException", "not a PutRecords call"))?;
    if call.stream_name.as_deref() != Some(&shared.name) {
        return Err(Fault("ResourceNotFoundException", "there is no stream of this name"));
    }
    let entries: Vec<_> = call.records.into_iter().map(entry).collect::<Result<_, _>>()?;
    let bytes: usize = entries.iter().map(size).sum();
    if !(1..=MOST_ENTRIES).contains(&entries.len()) {
        return Err(Fault("ValidationException", "a call brings 1 to 500 records"));
    }
    if bytes > MOST_BYTES || entries.iter().any(|entry| size(entry) > MOST_ENTRY_BYTES) {
        return Err(Fault("InvalidArgumentException", "a record has at most 1 MiB, a call at most 5 MiB"));
    }
    Ok(take(&mut shared.state(), entries))
}

fn entry(record: PutRecord) -> Result<Entry, Fault> {
    let data = BASE64.decode(record.data).map_err(|_| Fault("SerializationException", "data is not base64"))?;
    Ok(Entry { key: record.partition_key, data })
}

fn size(entry: &Entry) -> usize {
    entry.key.len() + entry.data.len()
}

/// Keeps what is not to be refused, and answers for each entry.
fn take(kept: &mut Kept, entries: Vec<Entry>) -> Value {
    let mut refused = kept.refusals.pop_front().unwrap_or_default();
    refused.retain(|place| *place < entries.len());
    let records: Vec<_> = (0..entries.len())
        .map(|place| {
            if refused.contains(&place) {
                json!({ "ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded" })
            } else {
                kept.answered += 1;
                let sequence_number = SequenceNumber::of(kept.answered);
                json!({ "SequenceNumber": sequence_number.as_str(), "ShardId": ShardId(0).to_string() })
            }
        })
        .collect();
    let answer = json!({ "FailedRecordCount": refused.len(), "Records": records });
    kept.calls.push(Call { entries, refused });
    answer
}

fn answer_json(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn called(stream: &DecisionStream, target: &str, body: &Value) -> Value {
        let headers = HeaderMap::from_iter([("x-amz-target".parse().unwrap(), target.parse().unwrap())]);
        let state = State(Arc::clone(&stream.shared));
        let answer = request(state, headers, body.to_string().into()).await;
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    fn put(name: &str, texts: &[&str]) -> Value {
        let record = |text: &&str| json!({ "Data": BASE64.encode(text), "PartitionKey": "c" });
        json!({ "StreamName": name, "Records": texts.iter().map(record).collect::<Vec<_>>() })
    }

    fn texts(stream: &DecisionStream) -> Vec<String> {
        stream.entries().into_iter().map(|entry| String::from_utf8(entry.data).unwrap()).collect()
    }

    #[tokio::test]
    async fn entries_are_kept_in_order_and_each_has_a_number() {
        let stream = DecisionStream::start("decisions").await.unwrap();
        let answer = called(&stream, PUT_RECORDS, &put("decisions", &["a", "b"])).await;
        assert_eq!(answer["FailedRecordCount"], 0);
        assert!(answer["Records"][0]["SequenceNumber"].as_str() < answer["Records"][1]["SequenceNumber"].as_str());
        assert_eq!(texts(&stream), ["a", "b"]);
        stream.clear();
        assert!(stream.entries().is_empty());
    }

    #[tokio::test]
    async fn an_entry_that_is_to_be_refused_is_refused_once_and_its_neighbours_are_kept() {
        let stream = DecisionStream::start("decisions").await.unwrap();
        stream.refuse(&[1, 7]);
        let answer = called(&stream, PUT_RECORDS, &put("decisions", &["a", "b", "c"])).await;
        assert_eq!(answer["FailedRecordCount"], 1);
        assert_eq!(answer["Records"][1]["ErrorCode"], "ProvisionedThroughputExceededException");
        called(&stream, PUT_RECORDS, &put("decisions", &["b"])).await;
        assert_eq!(texts(&stream), ["a", "c", "b"]);
        assert_eq!(stream.calls()[0].refused, [1]);
    }

    #[tokio::test]
    async fn what_kinesis_refuses_is_refused_as_a_whole_and_by_name() {
        let stream = DecisionStream::start("decisions").await.unwrap();
        let huge = "x".repeat(MOST_ENTRY_BYTES);
        let cases = [
            (PUT_RECORDS, put("another", &["a"]), "ResourceNotFoundException"),
            (PUT_RECORDS, put("decisions", &[]), "ValidationException"),
            (PUT_RECORDS, put("decisions", &["a"; 501]), "ValidationException"),
            (PUT_RECORDS, put("decisions", &[&huge]), "InvalidArgumentException"),
            (PUT_RECORDS, json!({ "StreamName": "decisions" }), "SerializationException"),
            ("Kinesis_20131202.GetRecords", json!({}), "UnknownOperationException"),
        ];
        for (target, body, kind) in cases {
            assert_eq!(called(&stream, target, &body).await["__type"], kind);
        }
        assert!(stream.calls().is_empty());
    }
}
