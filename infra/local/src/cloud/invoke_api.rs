//! The Invoke API of Lambda: whoever has the AWS CLI, an SDK or `cargo lambda invoke` invokes a function of this machine by name.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::pool::Function;
use crate::runtime_api::InvokeError;

/// The running API. It stops when dropped.
#[derive(Debug)]
pub struct InvokeApi {
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// The functions that can be invoked, by name.
type Functions = Arc<BTreeMap<String, Arc<Function>>>;

/// Most bytes of an event that is answered, and of one that is not.
const MOST_BYTES: usize = 6 * 1024 * 1024;
const MOST_BYTES_UNANSWERED: usize = 1024 * 1024;

impl InvokeApi {
    /// Listens at an address of 127.0.0.1 for invocations of these functions; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(address: SocketAddr, functions: impl IntoIterator<Item = Arc<Function>>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let functions = functions.into_iter().map(|function| (function.name().to_owned(), function));
        let functions: Functions = Arc::new(functions.collect());
        let app = Router::new()
            .route("/2015-03-31/functions/{name}/invocations", post(invoke))
            .layer(DefaultBodyLimit::max(2 * MOST_BYTES))
            .with_state(functions);
        let server = tokio::spawn(async move {
            // `serve` does not end by itself; the task is aborted.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { address, server })
    }

    /// The address for `AWS_ENDPOINT_URL_LAMBDA`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for InvokeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn invoke(
    State(functions): State<Functions>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A name may be an ARN, and may carry a version.
    let short = name.rsplit_once(":function:").map_or(name.as_str(), |(_, name)| name);
    let short = short.split(':').next().unwrap_or(short);
    let Some(function) = functions.get(short).cloned() else {
        let known = functions.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let message = format!("Function not found: {short}; there are {known}");
        return refused(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
    };
    let asked = headers.get("x-amz-invocation-type").and_then(|value| value.to_str().ok());
    let most = if asked == Some("Event") { MOST_BYTES_UNANSWERED } else { MOST_BYTES };
    if body.len() > most {
        let message = format!("{} bytes, of at most {most}", body.len());
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", &message);
    }
    let payload = if body.is_empty() { b"{}".to_vec() } else { body.to_vec() };
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
        let message = format!("Could not parse request body into json: {error}");
        return refused(StatusCode::BAD_REQUEST, "InvalidRequestContentException", &message);
    }
    match asked {
        None | Some("RequestResponse") => answered(function.invoke(payload).await),
        Some("Event") => {
            tokio::spawn(async move { function.invoke(payload).await });
            StatusCode::ACCEPTED.into_response()
        }
        Some("DryRun") => StatusCode::NO_CONTENT.into_response(),
        Some(other) => {
            let message = format!("`{other}` is none of RequestResponse, Event, DryRun");
            refused(StatusCode::BAD_REQUEST, "InvalidParameterValueException", &message)
        }
    }
}

/// What a function returned, or why it did not: an error of the function is an answer like any other, marked by a header.
fn answered(answer: Result<Vec<u8>, InvokeError>) -> Response {
    const VERSION: (HeaderName, &str) = (HeaderName::from_static("x-amz-executed-version"), "$LATEST");
    const FAILED: (HeaderName, &str) = (HeaderName::from_static("x-amz-function-error"), "Unhandled");
    let error = match answer {
        Ok(bytes) => return ([VERSION], bytes).into_response(),
        Err(InvokeError::Throttled(_)) => {
            return refused(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.");
        }
        Err(error) => error,
    };
    let (kind, message) = match &error {
        InvokeError::Function { kind, message } | InvokeError::Init { kind, message } => {
            (kind.clone(), message.clone())
        }
        InvokeError::AnswerTooLarge(_) => ("Function.ResponseSizeTooLarge".to_owned(), error.to_string()),
        InvokeError::TimedOut(time) => {
            ("Sandbox.Timedout".to_owned(), format!("Task timed out after {:.2} seconds", time.as_secs_f64()))
        }
        InvokeError::ProcessEnded | InvokeError::Throttled(_) => {
            ("Runtime.ExitError".to_owned(), "Runtime exited without providing a reason".to_owned())
        }
    };
    ([VERSION, FAILED], json!({ "errorType": kind, "errorMessage": message }).to_string()).into_response()
}

fn refused(status: StatusCode, kind: &'static str, message: &str) -> Response {
    let headers = [(HeaderName::from_static("x-amzn-errortype"), kind)];
    (status, headers, json!({ "Type": "User", "Message": message, "message": message }).to_string()).into_response()
}
