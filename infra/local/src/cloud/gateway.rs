//! HTTP in front of `reply`: a request becomes the event that the gateway of a deployment makes of it, and the function's answer a response.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::fleet::wall;
use crate::pool::Function;

/// The running gateway. It stops when dropped.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    server: JoinHandle<()>,
}

/// A request as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST` and the like.
    pub method: String,
    /// The path, with its slash in front.
    pub path: String,
    /// What stands behind the question mark; empty for nothing.
    pub query: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When it came, in milliseconds since 1970.
    pub at_ms: u64,
}

/// Most bytes of a request.
const MOST_BYTES: usize = 6 * 1024 * 1024;

impl Gateway {
    /// Listens at an address of 127.0.0.1 for requests to a function; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(address: SocketAddr, function: Arc<Function>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let app = Router::new().fallback(pass).layer(DefaultBodyLimit::max(MOST_BYTES)).with_state(function);
        let server = tokio::spawn(async move {
            // `serve` does not end by itself; the task is aborted.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { address, server })
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(
    State(function): State<Arc<Function>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let headers = headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let request = HttpRequest {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
        at_ms: (wall())(),
    };
    let answer = function.invoke(http_event(&request).to_string().into_bytes()).await;
    let answer = answer.ok().and_then(|answer| response(&serde_json::from_slice(&answer).ok()?));
    answer.unwrap_or_else(|| {
        let mut failed = Response::new(Body::from(r#"{"message":"Internal Server Error"}"#));
        *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}

/// The event that a gateway makes of a request, in the format of version 2.
pub fn http_event(request: &HttpRequest) -> Value {
    let headers: Map<_, _> = request.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let host = request.headers.iter().find(|(name, _)| name == "host").map_or("127.0.0.1", |(_, host)| host.as_str());
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": request.path, "rawQueryString": request.query, "headers": headers,
        "requestContext": {
            "accountId": "000000000000", "apiId": "local", "domainName": host, "domainPrefix": "local", "requestId": "local",
            "routeKey": "$default", "stage": "$default", "time": "", "timeEpoch": request.at_ms,
            "http": {
                "method": request.method, "path": request.path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "local",
            },
        },
        "body": STANDARD.encode(&request.body), "isBase64Encoded": true,
    })
}

/// The response that a function's answer asks for; `None` when it asks for none.
fn response(answer: &Value) -> Option<Response<Body>> {
    let status = u16::try_from(answer.get("statusCode")?.as_u64()?).ok()?;
    let mut response = Response::builder().status(status);
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        response = response.header(name, value.as_str()?);
    }
    let body = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    let is_encoded = answer.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    let body = if is_encoded { STANDARD.decode(body).ok()? } else { body.as_bytes().to_vec() };
    response.body(Body::from(body)).ok()
}
