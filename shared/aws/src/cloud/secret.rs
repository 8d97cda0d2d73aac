//! The secret of the deployment: asked for once, at the start, of the extension that Lambda runs beside the function. It never stands in the
//! environment.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tact_wire::Seal;

use crate::Configuration;
use crate::fetch::{FetchError, fetch};

/// There is no secret to start with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The extension does not hand it over.
    #[error(
        "the extension for parameters and secrets does not hand over `TACT_SECRET`: {0}; is its layer there, and may the role read it?"
    )]
    Fetch(#[from] FetchError),
    /// It is not what we expect.
    #[error("the secret is not of the form {{\"seal\":\"<base64 of at least 32 bytes>\"}}")]
    Form,
}

/// Where the extension listens unless the environment says otherwise.
const PORT: &str = "2773";
/// How often an extension that is still starting is asked again,
const ATTEMPTS: u32 = 30;
/// and after how long.
const PAUSE: Duration = Duration::from_millis(100);

/// The seal made of the secret of an id.
///
/// # Errors
/// When the extension does not hand it over, or it is not of the form `{"seal":"<base64>"}` with at least 32 bytes.
pub async fn secret(configuration: &Configuration, id: &str) -> Result<Seal, SecretError> {
    let port = configuration.optional("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT");
    let token = configuration.credentials.session_token().unwrap_or_default();
    ask(port.as_deref().unwrap_or(PORT), id, token).await
}

async fn ask(port: &str, id: &str, token: &str) -> Result<Seal, SecretError> {
    let url = format!("http://localhost:{port}/secretsmanager/get?secretId={}", percent(id));
    let headers = [("x-aws-parameters-secrets-token", token.to_owned())];
    let connector = Connector::builder().build_http();
    let mut attempt = 1;
    loop {
        match fetch(&connector, &url, &headers).await {
            Ok(answer) => return seal(&answer).ok_or(SecretError::Form),
            // It answers 400 as long as it is starting, and at first not at all.
            Err(FetchError::NoAnswer | FetchError::Status(400)) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The seal in an answer of the extension.
fn seal(answer: &[u8]) -> Option<Seal> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let secret: Value = serde_json::from_str(answer.get("SecretString")?.as_str()?).ok()?;
    Seal::new(&STANDARD.decode(secret.get("seal")?.as_str()?).ok()?)
}

/// A value as it can stand in a query.
fn percent(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let written =
        text.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    written.collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use serde_json::json;

    use super::*;

    /// An extension that gives these answers, one a connection; what it was asked comes back when it has given them all.
    fn extension(answers: &'static [(&'static str, &'static str)]) -> (String, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("localhost:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let answering = answers.iter().map(move |(status, body)| {
            let (mut stream, mut asked) = (listener.accept().unwrap().0, [0; 2048]);
            let n = stream.read(&mut asked).unwrap();
            let length = body.len();
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").unwrap();
            String::from_utf8_lossy(&asked[..n]).into_owned()
        });
        (port, thread::spawn(move || answering.collect()))
    }

    fn asked(port: &str) -> Result<Seal, SecretError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ask(port, "tact/secret", "token-1"))
    }

    #[test]
    fn an_extension_that_is_still_starting_is_asked_again() {
        const SECRET: &str = r#"{"SecretString":"{\"seal\":\"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\"}"}"#;
        let (port, asks) = extension(&[("400 Bad Request", "not ready"), ("200 OK", SECRET)]);
        assert_eq!(asked(&port).unwrap().signature(1, b""), Seal::new(&[7; 32]).unwrap().signature(1, b""));
        let asks = asks.join().unwrap();
        assert!(asks[1].starts_with("GET /secretsmanager/get?secretId=tact%2Fsecret HTTP/1.1"), "{}", asks[1]);
        assert!(asks[1].to_lowercase().contains("x-aws-parameters-secrets-token: token-1"), "{}", asks[1]);
    }

    #[test]
    fn what_is_no_secret_starts_nothing() {
        let (port, _) = extension(&[("200 OK", "{}"), ("403 Forbidden", ""), ("500 Internal Server Error", "")]);
        assert_eq!(asked(&port).unwrap_err(), SecretError::Form);
        for status in [403, 500] {
            assert_eq!(asked(&port).unwrap_err(), SecretError::Fetch(FetchError::Status(status)));
        }
    }

    #[test]
    fn a_seal_is_read_from_the_text_of_the_secret() {
        let answer = |secret: &str| seal(json!({ "SecretString": secret, "Name": "tact" }).to_string().as_bytes());
        let long = STANDARD.encode([7; 32]);
        assert!(answer(&format!("{{\"seal\":\"{long}\"}}")).is_some());
        for bad in ["", "{}", "{\"seal\":7}", "{\"seal\":\"AAAA\"}", "{\"seal\":\"not base64\"}", &long] {
            assert!(answer(bad).is_none(), "{bad}");
        }
        assert!(seal(b"{}").is_none() && seal(b"").is_none());
    }

    #[test]
    fn the_name_of_a_secret_may_hold_anything() {
        assert_eq!(percent("arn:aws:secretsmanager:x/y-1&a"), "arn%3Aaws%3Asecretsmanager%3Ax%2Fy-1%26a");
    }
}
