//! The cloud on this machine, reached over HTTP as Kinesis and Lambda are. What is sent is signed in form only, with a key that opens nothing: so it goes to
//! loopback addresses alone.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::TcpStream;

use super::{Named, StreamRecord, put_records};

/// An address of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint(SocketAddr);

/// An address that is not of this machine, or none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "write an address of this machine, such as http://127.0.0.1:4566; for a deployment, write the calls with `--out`"
)]
pub struct NotLoopback;

/// How a call of `PutRecords` went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// How many records the stream took.
    pub put: usize,
    /// How often records were refused, and put again.
    pub again: usize,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Nothing listens there, or it went away.
    #[error("`{0}` does not answer")]
    NoAnswer(SocketAddr),
    /// The call was turned down.
    #[error("the answer is {status} {kind}")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// What kind of error it is, if it says so.
        kind: String,
    },
    /// The answer is none to what was asked.
    #[error("the answer makes no sense: {0}")]
    Answer(&'static str),
    /// The stream refused records time and again.
    #[error("the stream refuses {0} of a call's records time and again: {1}")]
    Throttled(usize, String),
    /// The function broke down.
    #[error("the function broke down ({0}); its log says why")]
    Function(String),
}

/// How long a call to Kinesis may take.
const CALL: Duration = Duration::from_secs(30);
/// How long a function may take: the longest there is.
const INVOCATION: Duration = Duration::from_mins(15);
/// The most bytes an answer has.
const ANSWER_BYTES: usize = 8 << 20;
/// The pauses before records that were refused are put again; from the first one on again whenever the stream took any.
const PAUSES_MS: [u64; 7] = [20, 50, 100, 200, 400, 800, 1_600];

impl FromStr for Endpoint {
    type Err = NotLoopback;

    fn from_str(text: &str) -> Result<Self, NotLoopback> {
        let rest = text.strip_prefix("http://").ok_or(NotLoopback)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let by_name = || Some(SocketAddr::from((Ipv4Addr::LOCALHOST, rest.strip_prefix("localhost:")?.parse().ok()?)));
        let address = rest.parse().ok().or_else(by_name).ok_or(NotLoopback)?;
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err(NotLoopback) }
    }
}

impl Endpoint {
    /// Puts the records of one call onto a stream, and exactly those that are refused again, until all are there.
    ///
    /// # Errors
    /// When the stream is not there, or refuses records seven times in a row.
    pub async fn put(&self, stream: &Named, records: &[&StreamRecord]) -> Result<Put, EndpointError> {
        let (mut left, mut done, mut pauses) = (records.to_vec(), Put::default(), PAUSES_MS.iter());
        loop {
            let (refused, why) = match self.put_once(stream, &left).await {
                // The service itself is unwell, or too busy for the whole call.
                Err(EndpointError::Refused { status: 500.., kind }) => (left.clone(), kind),
                answered => answered?,
            };
            done.put += left.len() - refused.len();
            if refused.is_empty() {
                return Ok(done);
            }
            if refused.len() < left.len() {
                pauses = PAUSES_MS.iter();
            }
            let pause = pauses.next().ok_or(EndpointError::Throttled(refused.len(), why))?;
            tokio::time::sleep(Duration::from_millis(*pause)).await;
            done.again += refused.len();
            left = refused;
        }
    }

    /// Puts records once, and answers those that were refused, with the reason of one of them.
    async fn put_once<'a>(
        &self,
        stream: &Named,
        records: &[&'a StreamRecord],
    ) -> Result<(Vec<&'a StreamRecord>, String), EndpointError> {
        let request = Request::post("/")
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", "Kinesis_20131202.PutRecords")
            .header(AUTHORIZATION, signature(&stream.region, "kinesis"));
        let body = put_records(stream, records).to_string();
        let (_, answer) = self.ask(request, body, CALL).await?;
        let answer: PutRecordsAnswer = serde_json::from_slice(&answer)
            .map_err(|_| EndpointError::Answer("there is no `Records` for what was put"))?;
        if answer.records.len() != records.len() {
            return Err(EndpointError::Answer("it does not say of every record whether it was taken"));
        }
        let mut reason = String::new();
        let answered = records.iter().zip(answer.records);
        let refused = answered.filter_map(|(record, one)| {
            reason = one.error_code?;
            Some(*record)
        });
        Ok((refused.collect(), reason))
    }

    /// Hands an event to a function, and answers the sequence numbers that it names as not done; none when it did everything.
    ///
    /// # Errors
    /// When the function is not there, breaks down, or answers no batch response.
    pub async fn invoke(&self, function: &Named, event: &str) -> Result<Vec<String>, EndpointError> {
        let request = Request::post(format!("/2015-03-31/functions/{}/invocations", function.name))
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, signature(&function.region, "lambda"));
        let (broke, answer) = self.ask(request, event.to_owned(), INVOCATION).await?;
        if let Some(how) = broke {
            return Err(EndpointError::Function(how));
        }
        // No answer at all, `null` and no list all mean that everything was done.
        if answer.iter().all(u8::is_ascii_whitespace) {
            return Ok(Vec::new());
        }
        let answer: Option<BatchAnswer> = serde_json::from_slice(&answer)
            .map_err(|_| EndpointError::Answer("it is no response to a batch of a stream"))?;
        let undone = answer.and_then(|answer| answer.failures).unwrap_or_default();
        Ok(undone.into_iter().map(|failure| failure.item).collect())
    }

    /// One call: what the function says of having broken down, if it did, and the answer.
    async fn ask(
        &self,
        request: hyper::http::request::Builder,
        body: String,
        patience: Duration,
    ) -> Result<(Option<String>, Vec<u8>), EndpointError> {
        let request = request.header(HOST, self.0.to_string()).body(body);
        let request = request.map_err(|_| EndpointError::Answer("the call cannot be written down"))?;
        let asked = tokio::time::timeout(patience, exchange(self.0, request)).await;
        let answered = asked.ok().flatten().ok_or(EndpointError::NoAnswer(self.0))?;
        let (head, bytes) = answered.into_parts();
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        if !head.status.is_success() {
            let kind = header("x-amzn-errortype").or_else(|| kind(&bytes)).unwrap_or_default();
            return Err(EndpointError::Refused { status: head.status.as_u16(), kind });
        }
        Ok((header("x-amz-function-error"), bytes))
    }
}

/// Sends a request over a connection of its own and reads the answer; `None` when there is none.
async fn exchange(address: SocketAddr, request: Request<String>) -> Option<Response<Vec<u8>>> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let answered = async {
        let (head, body) = sender.send_request(request).await.ok()?.into_parts();
        let bytes = to_bytes(Body::new(body), ANSWER_BYTES).await.ok()?;
        // The connection ends when nothing can be sent over it any more.
        drop(sender);
        Some(Response::from_parts(head, bytes.to_vec()))
    };
    let (answered, _ended) = tokio::join!(answered, connection);
    answered
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecordsAnswer {
    records: Vec<Taken>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Taken {
    error_code: Option<String>,
}

#[derive(Deserialize)]
struct BatchAnswer {
    #[serde(rename = "batchItemFailures")]
    failures: Option<Vec<Undone>>,
}

#[derive(Deserialize)]
struct Undone {
    #[serde(rename = "itemIdentifier")]
    item: String,
}

/// The kind of an error in a body. What it says beside that may quote what was sent.
fn kind(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let kind = body.get("__type").or_else(|| body.get("Type"))?.as_str()?;
    Some(kind.rsplit('#').next().unwrap_or(kind).to_owned())
}

/// In the form of a signature, as servers look for region and service in it.
fn signature(region: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=opens-nothing/19700101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}
