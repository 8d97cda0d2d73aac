//! The function behind HTTP: requests as Lambda hands them over, answers as it takes them.

use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response};
use tact_domain::{EventKind, Timestamp};
use tact_pipeline::{Answer, Reply, Versions};

use super::live::{self, TimeLeft};
use super::{clients, telemetry};
use crate::{Configuration, DynamoStore, KinesisEvents, LiveClock, SnsNotary};

/// What `reply` is made of.
pub struct ReplyFunction {
    reply: Reply<DynamoStore, KinesisEvents, LiveClock>,
    notary: SnsNotary,
}

const NAME: &str = "reply";

impl ReplyFunction {
    /// What a template has to set: the name of the table, the streams of outcomes and consents, the secret that links and webhooks are sealed
    /// with, and the topics of Amazon SNS whose notices count, by ARN, set apart by commas. `TACT_SNS_CERTIFICATES` may name the address of a
    /// stand-in of SNS.
    pub const KEYS: [&'static str; 5] =
        ["TACT_TABLE", "TACT_OUTCOME_STREAM", "TACT_CONSENT_STREAM", "TACT_SECRET", "TACT_SNS_TOPICS"];

    /// Wires the function: configuration, secret, clients and catalogue.
    ///
    /// # Errors
    /// When the environment, the secret or what is compiled in is not as it must be. The function then does not start, and has said why.
    pub async fn wire() -> Result<Self, Error> {
        telemetry::report_panics();
        Self::wired().await.inspect_err(|error| telemetry::not_started(NAME, error))
    }

    async fn wired() -> Result<Self, Error> {
        let configuration = Configuration::from_environment(&Self::KEYS)?;
        let [table, outcomes, consents, secret, topics] = Self::KEYS.map(|key| configuration.value(key));
        let streams = vec![(EventKind::Outcome, outcomes), (EventKind::Consent, consents)];
        let reply = Reply {
            store: DynamoStore::new(clients::dynamodb(&configuration), table),
            events: KinesisEvents::new(clients::kinesis(&configuration), streams),
            clock: LiveClock::of(&configuration)?,
            catalogues: Versions::of(crate::catalogue()?),
            seal: crate::secret(&configuration, &secret).await?,
            process: configuration.process(),
            topics: topics.split(',').map(str::trim).filter(|topic| !topic.is_empty()).map(str::to_owned).collect(),
        };
        let stand_in = configuration.optional("TACT_SNS_CERTIFICATES");
        let notary = stand_in.map_or_else(SnsNotary::default, SnsNotary::with_certificates_under);
        Ok(Self { reply, notary })
    }

    /// Opens the connection to the table ahead of the first request.
    pub async fn warm(&self) {
        live::warm(&self.reply.store, async {}).await;
    }

    /// Handles one request.
    ///
    /// # Errors
    /// When there is no answer that can be written down, which does not happen.
    pub async fn handle(&self, request: Request) -> Result<Response<String>, Error> {
        let deadline = request.lambda_context_ref().map_or(0, |context| context.deadline);
        let left = TimeLeft::before(deadline, &self.reply.clock);
        let arrived = arrived(&request);
        let request = asked(request);
        let answering = self.reply.answer(&request, &self.notary, arrived);
        let answered = tokio::time::timeout(left.answer_in, answering).await;
        let answer = answered.unwrap_or_else(|_| Answer::too_late());
        telemetry::emit_answer(NAME, &answer, live::on_the_wall());
        response(answer)
    }
}

/// When the gateway took a request; 1970 when it does not say.
fn arrived(request: &Request) -> Timestamp {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => Timestamp(context.time_epoch),
        _ => Timestamp(0),
    }
}

/// A request in our own terms. A header that is no text is none.
fn asked(request: Request) -> tact_wire::Request {
    let path = request.raw_http_path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let (method, headers) = (request.method().as_str().to_owned(), headers.collect());
    let body = match request.into_body() {
        Body::Text(text) => text.into_bytes(),
        Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    };
    tact_wire::Request { method, path, query, headers, body }
}

fn response(answer: Answer) -> Result<Response<String>, Error> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    Ok(response.body(answer.body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request to a function URL, as the documentation of Lambda shows it.
    const FUNCTION_URL: &str = r#"{
        "version": "2.0", "routeKey": "$default", "rawPath": "/u/abc.def", "rawQueryString": "utm=1",
        "headers": { "host": "x.lambda-url.us-east-1.on.aws", "Tact-Signature": "t=1,v1=00" },
        "requestContext": { "accountId": "anonymous", "apiId": "x", "domainName": "x.lambda-url.us-east-1.on.aws",
            "http": { "method": "POST", "path": "/u/abc.def", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "x" },
            "requestId": "r", "routeKey": "$default", "stage": "$default", "time": "31/Oct/2026:15:00:00 +0000", "timeEpoch": 1793458800000 },
        "body": "TGlzdC1VbnN1YnNjcmliZT1PbmUtQ2xpY2s=", "isBase64Encoded": true
    }"#;

    #[test]
    fn a_request_to_a_function_url_is_understood() {
        let request = lambda_http::request::from_str(FUNCTION_URL).unwrap();
        assert_eq!(arrived(&request), Timestamp(1_793_458_800_000));
        let asked = asked(request);
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/u/abc.def"));
        assert_eq!(asked.query, "utm=1");
        assert_eq!(asked.header("tact-signature"), Some("t=1,v1=00"));
        assert_eq!(asked.body, b"List-Unsubscribe=One-Click");
    }

    #[test]
    fn an_answer_is_nobody_elses_and_loads_nothing() {
        let response = response(Answer::too_late()).unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()["cache-control"].to_str().unwrap()),
            (503, "no-store")
        );
        assert!(response.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        assert!(!response.headers().contains_key("set-cookie"));
    }
}
