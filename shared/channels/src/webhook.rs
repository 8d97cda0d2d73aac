//! Webhooks: what leaves, signed, to one configured system; and tasks for the people of a store, who do not learn for whom.
//! The receiver knows a repetition by its key, so that a webhook, and it alone, may be tried again. The contract is in the README.

use std::time::Duration;

use aws_sdk_sns::config::http::{HttpRequest, HttpResponse};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use http::Uri;
use serde::Serialize;
use tact_domain::{Channel, Post, Role, Timestamp};
use tact_pipeline::{Clock, Handover, Refusal};
use tact_wire::{Message, Seal};

use crate::answer::pause_s;
use crate::circuit::Circuit;
use crate::connection::TLS;
use crate::settings::{Settings, SettingsError};

/// The version of the contract.
const VERSION: u8 = 1;
/// How often a webhook is tried within its time.
const ATTEMPTS: u32 = 3;
/// What part of its time it waits before the second attempt; twice as much before the third.
const PAUSE_PART: u32 = 50;

/// The way out for everything else.
#[derive(Debug)]
pub(crate) struct Webhook {
    connector: Connector,
    url: Uri,
    seal: Seal,
    answer_in: Duration,
    circuit: Circuit,
}

impl Webhook {
    /// The webhook of these settings, if they name one.
    ///
    /// # Errors
    /// When what is posted could be read on the way.
    pub(crate) fn new(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let Some(url) = &settings.webhook_url else { return Ok(None) };
        let limits = HttpConnectorSettings::builder().connect_timeout(settings.patience.connect).build();
        Ok(Some(Self {
            connector: Connector::builder().connector_settings(limits).tls_provider(TLS).build(),
            url: safe(url).ok_or(SettingsError::WebhookUrl)?,
            seal: settings.webhook_seal.clone(),
            answer_in: settings.patience.answer,
            circuit: Circuit::default(),
        }))
    }

    /// Posts a message, in up to three attempts that together take no longer than they may.
    pub(crate) async fn send(&self, message: &Message, clock: &impl Clock) -> Handover {
        let Some(body) = body(message) else { return Handover::Refused(Refusal::Rejected) };
        let handing_over = async {
            let answer = tokio::time::timeout(self.answer_in, self.hand_over(message, &body)).await;
            answer.unwrap_or(Handover::NotNow(None))
        };
        self.circuit.guard(clock, handing_over).await
    }

    async fn hand_over(&self, message: &Message, body: &[u8]) -> Handover {
        for attempt in 0..ATTEMPTS {
            tokio::time::sleep(self.answer_in / PAUSE_PART * attempt).await;
            let Some(request) = self.request(message, body) else { return Handover::Refused(Refusal::Rejected) };
            let answer = tokio::time::timeout(self.answer_in / ATTEMPTS, self.connector.call(request)).await;
            if let Ok(Ok(answer)) = answer
                && let Some(handover) = answered(&answer)
            {
                return handover;
            }
        }
        Handover::NotNow(None)
    }

    fn request(&self, message: &Message, body: &[u8]) -> Option<HttpRequest> {
        let at_s = message.sent_at.0.div_euclid(1000);
        let mut request = HttpRequest::new(body.to_vec().into());
        request.set_method("POST").ok()?;
        request.set_uri(self.url.clone()).ok()?;
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("idempotency-key", message.decision.to_string()),
            ("tact-signature", format!("t={at_s},v1={}", self.seal.signature(at_s, body))),
        ];
        for (name, value) in headers {
            request.headers_mut().try_insert(name, value).ok()?;
        }
        Some(request)
    }
}

/// A URL whose contents nobody can read on the way: encrypted, or never leaving this machine.
fn safe(url: &str) -> Option<Uri> {
    let url: Uri = url.parse().ok()?;
    let host = url.host()?;
    let private = url.scheme_str()? == "https" || matches!(host, "127.0.0.1" | "localhost" | "[::1]");
    let known = matches!(url.scheme_str()?, "https" | "http");
    let without_user = !url.authority()?.as_str().contains('@');
    (private && known && without_user).then_some(url)
}

/// What is posted about a customer.
#[derive(Serialize)]
struct Notice<'a> {
    version: u8,
    kind: &'static str,
    decision: String,
    customer: &'a str,
    channel: &'static str,
    action: &'a str,
    treatment: &'a str,
    store: Option<&'a str>,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<&'a Post>,
    sent_at: String,
    expires_at: String,
}

/// What is posted; `None` for a task that nobody described. What is posted for the people of a store is what they may see.
fn body(message: &Message) -> Option<Vec<u8>> {
    let store = message.store.as_deref();
    let (sent_at, expires_at) = (written(message.sent_at), written(message.expires_at));
    let (decision, text) = (message.decision.to_string(), &*message.text);
    if message.channel == Channel::Associate {
        let shown = message.task.as_ref().map(|task| task.shown(Role::Associate));
        return shown.and_then(|shown| serde_json::to_vec(&shown).ok());
    }
    serde_json::to_vec(&Notice {
        version: VERSION,
        kind: "message",
        decision,
        customer: message.customer.as_str(),
        channel: message.channel.name(),
        action: &message.action,
        treatment: &message.treatment,
        store,
        text,
        answers: message.answers.as_ref(),
        sent_at,
        expires_at,
    })
    .ok()
}

fn written(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string()
}

/// What an answer means; `None` is worth another attempt. Only its head is looked at.
fn answered(answer: &HttpResponse) -> Option<Handover> {
    let pause_s = pause_s(answer);
    match answer.status().as_u16() {
        200..=299 => Some(Handover::Accepted(None)),
        429 => Some(Handover::NotNow(pause_s)),
        408 | 425 | 500.. => pause_s.map(|pause_s| Handover::NotNow(Some(pause_s))),
        410 => Some(Handover::Refused(Refusal::BadAddress)),
        451 => Some(Handover::Refused(Refusal::OptedOut)),
        _ => Some(Handover::Refused(Refusal::Rejected)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_encrypted_or_stays_on_this_machine() {
        for right in ["https://example.com/in", "http://127.0.0.1:80/in", "http://localhost/in", "http://[::1]:80/in"] {
            assert!(safe(right).is_some(), "{right}");
        }
        let wrong =
            ["", "/in", "http://example.com/in", "http://127.0.0.1.example.com/", "http://127.0.0.1@example.com/"];
        for wrong in wrong.into_iter().chain(["https://user:word@example.com/", "ftp://localhost/in"]) {
            assert!(safe(wrong).is_none(), "{wrong}");
        }
    }
}
