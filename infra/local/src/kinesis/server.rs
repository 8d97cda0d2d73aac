//! Kinesis over HTTP: awsJson 1.1, one operation a call, which must be signed for the service. Signatures are not verified: there is nothing
//! here that a key would protect.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::fault::{Fault, INTERNAL};
use super::streams::Streams;
use super::{change, describe, list, read, write};

/// What stands before the name of an operation.
const TARGET: &str = "Kinesis_20131202.";
/// The most bytes of a body: the most that `PutRecords` takes in base64, and ample room for keys and names.
const BODY_BYTES: usize = 24 * 1024 * 1024;

/// A running Kinesis. It stops when dropped; connections end after the call they are at.
#[derive(Debug)]
pub struct KinesisServer {
    address: SocketAddr,
    streams: Streams,
    _stop: oneshot::Sender<()>,
}

impl KinesisServer {
    /// Listens on an address of this machine, port 0 for a free one; the clock tells milliseconds since 1970.
    ///
    /// # Errors
    /// When the address is not of this machine alone, or cannot be had.
    pub async fn start(address: SocketAddr, clock: impl Fn() -> u64 + Send + Sync + 'static) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::other(format!("`{address}` is not an address of this machine alone")));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let streams = Streams::new(clock);
        let service = Arc::new(Service { streams: streams.clone(), answered: AtomicU64::new(0) });
        let app = Router::new().fallback(call).layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(service);
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(async move {
            let listener = listener.tap_io(|connection| {
                // Answers that wait for others are late, no more.
                let _slower = connection.set_nodelay(true);
            });
            let stopped = async {
                // A dropped sender stops the server.
                let _either_way = stopped.await;
            };
            let _ended = axum::serve(listener, app).with_graceful_shutdown(stopped).await;
        });
        Ok(Self { address, streams, _stop: stop })
    }

    /// The address for `AWS_ENDPOINT_URL_KINESIS`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The streams, for whoever uses them in this process.
    pub fn streams(&self) -> Streams {
        self.streams.clone()
    }
}

struct Service {
    streams: Streams,
    answered: AtomicU64,
}

async fn call(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (status, body) = match answer(&service.streams, &headers, body) {
        Ok(body) => (StatusCode::OK, body),
        Err(fault) => {
            let body = json!({ "__type": fault.kind, "message": fault.message }).to_string().into_bytes();
            let is_ours = fault.kind == INTERNAL;
            (if is_ours { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST }, body)
        }
    };
    let number = service.answered.fetch_add(1, Ordering::Relaxed);
    let id = format!("00000000-0000-4000-8000-{number:012x}");
    (status, [(header::CONTENT_TYPE.as_str(), JSON), ("x-amzn-requestid", &id)], body).into_response()
}

const JSON: &str = "application/x-amz-json-1.1";

fn answer(streams: &Streams, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Vec<u8>, Fault> {
    let target = text(headers, "x-amz-target");
    let Some(operation) = target.strip_prefix(TARGET) else {
        return Err(Fault::new("UnknownOperationException", "the header X-Amz-Target names no operation of Kinesis"));
    };
    check_signature(headers)?;
    if text(headers, "content-type").starts_with("application/x-amz-cbor") {
        let message = format!("CBOR is not spoken here, {JSON} is: set AWS_CBOR_DISABLE=true, or the client's option");
        return Err(Fault::new("SerializationException", message));
    }
    let body = body.map_err(|_| {
        let message = format!("the body is cut off, or has more than {} MiB", BODY_BYTES / 1024 / 1024);
        Fault::new("SerializationException", message)
    })?;
    operate(streams, operation, &body)
}

fn operate(streams: &Streams, operation: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
    match operation {
        "PutRecord" => told(body, |call| write::put_record(streams, &call)),
        "PutRecords" => told(body, |call| write::put_records(streams, &call)),
        "GetShardIterator" => told(body, |call| read::get_shard_iterator(streams, &call)),
        "GetRecords" => told(body, |call| read::get_records(streams, &call)),
        "ListShards" => told(body, |call| list::list_shards(streams, &call)),
        "ListStreams" => told(body, |call| list::list_streams(streams, &call)),
        "DescribeStream" => told(body, |call| describe::describe_stream(streams, &call)),
        "DescribeStreamSummary" => told(body, |call| describe::describe_stream_summary(streams, &call)),
        "CreateStream" => done(body, |call| change::create_stream(streams, &call)),
        "DeleteStream" => done(body, |call| change::delete_stream(streams, &call)),
        "SplitShard" => done(body, |call| change::split_shard(streams, &call)),
        "MergeShards" => done(body, |call| change::merge_shards(streams, &call)),
        "IncreaseStreamRetentionPeriod" => done(body, |call| change::increase_retention(streams, &call)),
        "DecreaseStreamRetentionPeriod" => done(body, |call| change::decrease_retention(streams, &call)),
        _ => Err(Fault::new("UnknownOperationException", "this operation is not spoken here")),
    }
}

/// An operation with an answer.
fn told<'a, C, A>(body: &'a [u8], act: impl FnOnce(C) -> Result<A, Fault>) -> Result<Vec<u8>, Fault>
where
    C: Deserialize<'a>,
    A: Serialize,
{
    let answer = act(parse(body)?)?;
    serde_json::to_vec(&answer).map_err(|error| Fault::new(INTERNAL, error.to_string()))
}

/// An operation that is answered with nothing.
fn done<'a, C>(body: &'a [u8], act: impl FnOnce(C) -> Result<(), Fault>) -> Result<Vec<u8>, Fault>
where
    C: Deserialize<'a>,
{
    act(parse(body)?)?;
    Ok(Vec::new())
}

/// Reads a call. What is said about a bad one names no value of it.
fn parse<'a, C: Deserialize<'a>>(body: &'a [u8]) -> Result<C, Fault> {
    serde_json::from_slice(body).map_err(|error| {
        let said = error.to_string();
        if said.starts_with("missing field") {
            return Fault::invalid(said);
        }
        let message = format!("not the JSON of this operation, at line {} column {}", error.line(), error.column());
        Fault::new("SerializationException", message)
    })
}

/// Whether a call says who signed it, and for this service.
fn check_signature(headers: &HeaderMap) -> Result<(), Fault> {
    let signature = text(headers, "authorization");
    if signature.is_empty() {
        return Err(Fault::new("MissingAuthenticationTokenException", "Missing Authentication Token"));
    }
    let parts = ["AWS4-HMAC-SHA256 ", "Credential=", "/kinesis/aws4_request", "SignedHeaders=", "Signature="];
    match parts.iter().find(|part| !signature.contains(**part)) {
        Some(missing) => {
            let message = format!("the Authorization header lacks `{}`", missing.trim_end());
            Err(Fault::new("IncompleteSignatureException", message))
        }
        None => Ok(()),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
