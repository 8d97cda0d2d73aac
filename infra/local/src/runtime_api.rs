//! The Lambda Runtime API on loopback: a function binary started with its address in `AWS_LAMBDA_RUNTIME_API` takes
//! invocations from it as it would in Lambda. A function may have several processes: each has a seat, an address of its own.

mod exchange;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use exchange::{Enqueued, Exchange, Invocation, Seat};

/// The largest answer a function may give, in bytes.
const MOST_ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// A running Runtime API for one process of a function. It stops when dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    place: Arc<Place>,
    server: JoinHandle<()>,
}

/// Where one process sits.
#[derive(Debug)]
struct Place {
    seat: Seat,
    exchange: Arc<Exchange>,
    polled: watch::Sender<Option<Instant>>,
}

impl RuntimeApi {
    /// Listens on a free port of 127.0.0.1 for the first process of the function with this ARN.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(function_arn: &str) -> io::Result<Self> {
        Self::listen(0, Arc::new(Exchange::new(function_arn))).await
    }

    /// Listens on another port for one more process of the same function: whichever is free takes an invocation.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn another(&self, seat: u32) -> io::Result<Self> {
        Self::listen(seat, Arc::clone(&self.place.exchange)).await
    }

    async fn listen(seat: Seat, exchange: Arc<Exchange>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let place = Arc::new(Place { seat, exchange, polled: watch::Sender::new(None) });
        let app = router(Arc::clone(&place));
        let server = tokio::spawn(async move {
            // `serve` does not end by itself; the task is aborted.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { address, place, server })
    }

    /// What goes into `AWS_LAMBDA_RUNTIME_API`: host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers when the process has asked for work for the first time since [`Self::process_ended`], and when that was: the end of its start-up.
    pub async fn first_poll(&self) -> Instant {
        let mut polled = self.place.polled.subscribe();
        // The sender lives as long as `self`: the wait cannot fail.
        let seen = polled.wait_for(Option::is_some).await;
        seen.ok().and_then(|at| *at).unwrap_or_else(Instant::now)
    }

    /// Has a process of the function run one invocation and answers what it returned. Its time begins when a process takes it; it waits as long for one at most.
    ///
    /// # Errors
    /// See [`InvokeError`]; a process that dies without [`Self::process_ended`] being called ends in a time-out.
    pub async fn invoke(&self, payload: Vec<u8>, time: Duration) -> Result<Vec<u8>, InvokeError> {
        self.invoke_at(payload, time).await.1
    }

    /// The same, with the seat of the process that took it; `None` when none did.
    pub(crate) async fn invoke_at(
        &self,
        payload: Vec<u8>,
        time: Duration,
    ) -> (Option<u32>, Result<Vec<u8>, InvokeError>) {
        let exchange = &self.place.exchange;
        let Enqueued { id, taken, answer } = match exchange.enqueue(payload, time) {
            Ok(enqueued) => enqueued,
            Err(error) => return (None, Err(error)),
        };
        let Ok(taken) = tokio::time::timeout(time, taken).await else {
            exchange.forget(&id);
            return (None, Err(InvokeError::Throttled(time)));
        };
        let Ok(answer) = tokio::time::timeout(time, answer).await else {
            exchange.forget(&id);
            return (taken.ok(), Err(InvokeError::TimedOut(time)));
        };
        (taken.ok(), answer.unwrap_or(Err(InvokeError::ProcessEnded)))
    }

    /// The process is gone: whatever it was running has failed. Invocations that no process took keep waiting.
    pub fn process_ended(&self) {
        self.place.polled.send_replace(None);
        self.place.exchange.fail_running(self.place.seat);
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Why an invocation gave no result. All of them mean: nothing is known to be processed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The function's code reported an error.
    #[error("the function failed with `{kind}`: {message}")]
    Function {
        /// The type of the error, as the function names it.
        kind: String,
        /// Its message.
        message: String,
    },
    /// The function could not start. It fails like this until a process polls again.
    #[error("the function did not start, `{kind}`: {message}")]
    Init {
        /// The type of the error, as the function names it.
        kind: String,
        /// Its message.
        message: String,
    },
    /// The function answered with more bytes than allowed.
    #[error("the function answered with {0} bytes, of at most {MOST_ANSWER_BYTES}")]
    AnswerTooLarge(usize),
    /// Every process of the function was busy for this long.
    #[error("no process of the function was free for {0:?}")]
    Throttled(Duration),
    /// No answer before the deadline; the function may still be running.
    #[error("the function did not answer within {0:?}")]
    TimedOut(Duration),
    /// The function's process ended while it ran the invocation.
    #[error("the function's process ended before it answered")]
    ProcessEnded,
}

fn router(place: Arc<Place>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(place)
}

async fn next(State(place): State<Arc<Place>>) -> Response {
    place.polled.send_if_modified(|at| at.is_none() && at.replace(Instant::now()).is_none());
    let Invocation { id, payload, deadline_ms } = place.exchange.take(place.seat).await;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", place.exchange.function_arn().to_owned()),
        ("lambda-runtime-trace-id", trace_id(&id)),
        ("lambda-runtime-aws-request-id", id),
    ];
    (headers, payload).into_response()
}

async fn response(State(place): State<Arc<Place>>, Path(id): Path<String>, body: Bytes) -> Response {
    if body.len() > MOST_ANSWER_BYTES {
        place.exchange.finish(&id, Err(InvokeError::AnswerTooLarge(body.len())));
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge");
    }
    acknowledged(place.exchange.finish(&id, Ok(body.into())))
}

async fn error(State(place): State<Arc<Place>>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let (kind, message) = reported(&headers, &body);
    acknowledged(place.exchange.finish(&id, Err(InvokeError::Function { kind, message })))
}

async fn init_error(State(place): State<Arc<Place>>, headers: HeaderMap, body: Bytes) -> Response {
    let (kind, message) = reported(&headers, &body);
    place.exchange.fail_init(&InvokeError::Init { kind, message });
    acknowledged(true)
}

/// Type and message of an error as a runtime reports it: from the body, or from the header when the body has no type.
fn reported(headers: &HeaderMap, body: &[u8]) -> (String, String) {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |field| body.get(field).and_then(serde_json::Value::as_str);
    let header = headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
    let kind = text("errorType").or(header).unwrap_or("Unknown");
    (kind.to_owned(), text("errorMessage").unwrap_or_default().to_owned())
}

fn acknowledged(is_known: bool) -> Response {
    if is_known {
        (StatusCode::ACCEPTED, r#"{"status":"OK"}"#).into_response()
    } else {
        refused(StatusCode::BAD_REQUEST, "InvalidRequestID")
    }
}

fn refused(status: StatusCode, kind: &str) -> Response {
    (status, format!(r#"{{"errorMessage":"{status}","errorType":"{kind}"}}"#)).into_response()
}

/// A trace id in the shape of X-Ray's, unsampled, of the digits of the request's.
fn trace_id(request_id: &str) -> String {
    let digits: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    format!("Root=1-00000000-{digits:0>24.24};Parent={digits:0>16.16};Sampled=0")
}

#[cfg(test)]
mod tests;
