//! One HTTP GET, with a limit to how long it takes and how much it brings.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;

/// The longest a fetch takes.
const PATIENCE: Duration = Duration::from_secs(3);
/// The most bytes a fetch brings.
const MAX_BYTES: usize = 64 * 1024;

/// Nothing was fetched; whether it is there nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address or a header makes no sense.
    #[error("the request makes no sense")]
    Request,
    /// No answer, or not in time.
    #[error("there is no answer")]
    NoAnswer,
    /// Another answer than 200.
    #[error("the answer is {0}")]
    Status(u16),
    /// Too much of an answer.
    #[error("the answer has more than 64 kB")]
    TooLarge,
}

/// Fetches what is at an address.
pub(crate) async fn fetch(
    connector: &Connector,
    url: &str,
    headers: &[(&'static str, String)],
) -> Result<Vec<u8>, FetchError> {
    let mut request = HttpRequest::get(url).map_err(|_| FetchError::Request)?;
    for (name, value) in headers {
        request.headers_mut().try_insert(*name, value.clone()).map_err(|_| FetchError::Request)?;
    }
    tokio::time::timeout(PATIENCE, answer(connector, request)).await.unwrap_or(Err(FetchError::NoAnswer))
}

async fn answer(connector: &Connector, request: HttpRequest) -> Result<Vec<u8>, FetchError> {
    let response = connector.call(request).await.map_err(|_| FetchError::NoAnswer)?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(FetchError::Status(status));
    }
    let (mut body, mut bytes) = (ByteStream::new(response.into_body()), Vec::new());
    while let Some(part) = body.next().await {
        bytes.extend_from_slice(&part.map_err(|_| FetchError::NoAnswer)?);
        if bytes.len() > MAX_BYTES {
            return Err(FetchError::TooLarge);
        }
    }
    Ok(bytes)
}
