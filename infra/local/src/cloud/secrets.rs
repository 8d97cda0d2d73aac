//! The extension that hands a deployment its secret, as Lambda runs it beside a function. The secret of this machine opens nothing elsewhere.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The running extension. It stops when dropped.
#[derive(Debug)]
pub struct Secrets {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Secrets {
    /// Hands out one secret, to whoever brings a session's token, at an address of 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(address: SocketAddr, seal: &[u8]) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let secret = json!({ "seal": STANDARD.encode(seal) }).to_string();
        let answer = json!({ "Name": "tact", "SecretString": secret }).to_string();
        let app = Router::new()
            .route("/secretsmanager/get", get(move |headers: HeaderMap| async move { handed_over(&headers, answer) }));
        let server = tokio::spawn(async move {
            // `serve` does not end by itself; the task is aborted.
            let _ended = axum::serve(listener, app).await;
        });
        Ok(Self { address, server })
    }

    /// What goes into `PARAMETERS_SECRETS_EXTENSION_HTTP_PORT`.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn handed_over(headers: &HeaderMap, answer: String) -> Response {
    if headers.get("x-aws-parameters-secrets-token").is_none_or(HeaderValue::is_empty) {
        return (StatusCode::UNAUTHORIZED, "no token of a session").into_response();
    }
    ([("content-type", "application/json")], answer).into_response()
}
