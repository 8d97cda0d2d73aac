//! HTTP on a port, answered by a function that may also close the connection without a word.

use std::io;

use axum::body::{Body, to_bytes};
use axum::http::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The most bytes a call may bring.
const MOST_BYTES: usize = 1024 * 1024;

/// One call.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is signed for this service of AWS.
    pub(super) fn is_signed_for(&self, service: &str) -> bool {
        let signature = self.header("authorization").unwrap_or_default();
        signature.starts_with("AWS4-HMAC-SHA256 ") && signature.contains(&format!("/{service}/aws4_request"))
    }
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn new(status: u16, content_type: &str, body: String) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body }
    }
}

/// Answers what comes in, every connection on its own, until it is dropped.
pub(super) async fn serve<A, F>(listener: TcpListener, answer: A)
where
    A: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Answer>> + Send + 'static,
{
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let answer = answer.clone();
        let each = service_fn(move |incoming| respond(incoming, answer.clone()));
        connections.spawn(async move {
            // A connection that is cut ends with an error.
            let _ended = http1::Builder::new().serve_connection(TokioIo::new(stream), each).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Answers a call; an error closes the connection before a byte is answered.
async fn respond<A, F>(incoming: hyper::Request<Incoming>, answer: A) -> io::Result<Response<Body>>
where
    A: Fn(Request) -> F,
    F: Future<Output = Option<Answer>>,
{
    let (head, body) = incoming.into_parts();
    let body = to_bytes(Body::new(body), MOST_BYTES).await.map_err(io::Error::other)?;
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes())));
    let request = Request {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let answer = answer(request).await.ok_or(io::ErrorKind::ConnectionAborted)?;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).map_err(io::Error::other)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
