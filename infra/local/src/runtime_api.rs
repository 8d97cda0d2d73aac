//! The Lambda Runtime API on loopback: a function binary started with its address in `AWS_LAMBDA_RUNTIME_API` takes
//! invocations from it as it would in Lambda. Any number of processes of one function may poll the same address.

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
use tokio::task::JoinHandle;

use exchange::{Exchange, Invocation};

/// The largest answer a function may give, in bytes.
const MOST_ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// A running Runtime API for one function. It stops when dropped.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    exchange: Arc<Exchange>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    /// Listens on a free port of 127.0.0.1 for processes of the function with this ARN.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(function_arn: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let exchange = Arc::new(Exchange::new(function_arn));
        let app = router(Arc::clone(&exchange));
        let server = tokio::spawn(async move {
            // `serve` does not end by itself; the task is aborted.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { address, exchange, server })
    }

    /// What goes into `AWS_LAMBDA_RUNTIME_API`: host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers when a process has asked for work for the first time, and when that was: the end of its start-up.
    pub async fn first_poll(&self) -> Instant {
        self.exchange.first_poll().await
    }

    /// Has a process run one invocation and answers what it returned.
    ///
    /// # Errors
    /// See [`InvokeError`]; a process that dies without [`Self::process_ended`] being called ends in a time-out.
    pub async fn invoke(&self, payload: Vec<u8>, time_left: Duration) -> Result<Vec<u8>, InvokeError> {
        let (id, answer) = self.exchange.enqueue(payload, time_left)?;
        let Ok(answer) = tokio::time::timeout(time_left, answer).await else {
            self.exchange.forget(&id);
            return Err(InvokeError::TimedOut(time_left));
        };
        answer.unwrap_or(Err(InvokeError::ProcessEnded))
    }

    /// The process is gone: whatever it was running has failed. Invocations that no process took keep waiting.
    pub fn process_ended(&self) {
        self.exchange.fail_running();
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
    /// No answer before the deadline; the function may still be running.
    #[error("the function did not answer within {0:?}")]
    TimedOut(Duration),
    /// The function's process ended while it ran the invocation.
    #[error("the function's process ended before it answered")]
    ProcessEnded,
}

fn router(exchange: Arc<Exchange>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::disable())
        .with_state(exchange)
}

async fn next(State(exchange): State<Arc<Exchange>>) -> Response {
    let Invocation { id, payload, deadline_ms, .. } = exchange.take().await;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", exchange.function_arn().to_owned()),
        ("lambda-runtime-trace-id", trace_id(&id)),
        ("lambda-runtime-aws-request-id", id),
    ];
    (headers, payload).into_response()
}

async fn response(State(exchange): State<Arc<Exchange>>, Path(id): Path<String>, body: Bytes) -> Response {
    if body.len() > MOST_ANSWER_BYTES {
        exchange.finish(&id, Err(InvokeError::AnswerTooLarge(body.len())));
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge");
    }
    acknowledged(exchange.finish(&id, Ok(body.into())))
}

async fn error(
    State(exchange): State<Arc<Exchange>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (kind, message) = reported(&headers, &body);
    acknowledged(exchange.finish(&id, Err(InvokeError::Function { kind, message })))
}

async fn init_error(State(exchange): State<Arc<Exchange>>, headers: HeaderMap, body: Bytes) -> Response {
    let (kind, message) = reported(&headers, &body);
    exchange.fail_init(&InvokeError::Init { kind, message });
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
