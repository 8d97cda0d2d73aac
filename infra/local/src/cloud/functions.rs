//! The functions of a deployment: which streams each reads, how long it may take, and what stands in its environment. `infra/template.yaml` says the same
//! of the real one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tact_domain::EventKind;

use super::Cloud;
use crate::sinks::Provider;

/// What is known of a function before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Deployed {
    /// Its name, which is that of its binary.
    pub name: &'static str,
    /// The kinds of events whose streams it reads.
    pub reads: &'static [EventKind],
    /// How long an invocation may take.
    pub timeout: Duration,
}

/// Every function. `dispatch` reads the stream of the table, `wake` is invoked by the clock as well, and `reply` by HTTP.
pub const FUNCTIONS: [Deployed; 9] = [
    stream_function("checkin", &[EventKind::CheckIn]),
    stream_function("purchase", &[EventKind::Purchase]),
    stream_function("geolocation", &[EventKind::Geolocation]),
    stream_function("partner", &[EventKind::Partner]),
    stream_function("comment", &[EventKind::Comment]),
    stream_function("outcome", &[EventKind::Outcome, EventKind::Consent]),
    stream_function("wake", &[EventKind::Due]),
    Deployed { name: DISPATCH, reads: &[], timeout: Duration::from_mins(1) },
    Deployed { name: REPLY, reads: &[], timeout: Duration::from_secs(10) },
];

/// The function behind the table's stream.
pub const DISPATCH: &str = "dispatch";
/// The function behind HTTP.
pub const REPLY: &str = "reply";
/// The function of the clock.
pub const WAKE: &str = "wake";
/// The stream that keeps decisions.
pub const DECISION_LOG: &str = "tact-decisions";
/// The name of the one table.
pub const TABLE: &str = "tact";

const fn stream_function(name: &'static str, reads: &'static [EventKind]) -> Deployed {
    Deployed { name, reads, timeout: Duration::from_secs(30) }
}

/// The name of the stream of a kind of events.
pub fn stream_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::CheckIn => "tact-checkin",
        EventKind::Purchase => "tact-purchase",
        EventKind::Geolocation => "tact-geolocation",
        EventKind::Partner => "tact-partner",
        EventKind::Comment => "tact-comment",
        EventKind::Consent => "tact-consent",
        EventKind::Outcome => "tact-outcome",
        EventKind::Due => "tact-due",
    }
}

/// The function that reads the stream of a kind of events.
pub fn reader_of(kind: EventKind) -> &'static str {
    FUNCTIONS.iter().find(|function| function.reads.contains(&kind)).map_or(WAKE, |function| function.name)
}

/// The binaries of all functions in a directory.
///
/// # Errors
/// When some are not there: which, and how to build them.
pub fn binaries(directory: &Path) -> Result<Vec<(Deployed, PathBuf)>, String> {
    let found = FUNCTIONS.map(|function| (function, directory.join(function.name)));
    let missing: Vec<_> = found.iter().filter(|(_, path)| !path.is_file()).map(|(function, _)| function.name).collect();
    if missing.is_empty() {
        return Ok(found.into());
    }
    let named = missing.iter().map(|name| format!("--package {name}")).collect::<Vec<_>>().join(" ");
    let fix = format!("build what is missing with `cargo build --release {named}`, and give `target/release`");
    Err(format!("`{}` does not hold the functions {}; {fix}", directory.display(), missing.join(", ")))
}

impl Cloud {
    /// The environment of a function: what Lambda sets, what the template sets, and where everything is. The keys open nothing.
    pub fn environment(&self, function: &str) -> Vec<(&'static str, String)> {
        let sink = |provider| self.sinks.endpoint(provider);
        let mut environment = vec![
            ("AWS_LAMBDA_FUNCTION_NAME", function.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("TACT_TABLE", TABLE.to_owned()),
            ("TACT_DECISION_LOG", DECISION_LOG.to_owned()),
            ("TACT_DUE_STREAM", stream_of(EventKind::Due).to_owned()),
            ("TACT_OUTCOME_STREAM", stream_of(EventKind::Outcome).to_owned()),
            ("TACT_CONSENT_STREAM", stream_of(EventKind::Consent).to_owned()),
            ("TACT_SECRET", "tact".to_owned()),
            ("TACT_SNS_TOPICS", "arn:aws:sns:us-east-1:000000000000:tact".to_owned()),
            ("TACT_REPLY_URL", self.reply_url.clone()),
            ("TACT_DELIVERY", self.delivery.name().to_owned()),
            ("TACT_SMS_ORIGINATION", "arn:aws:sms-voice:us-east-1:000000000000:phone-number/local".to_owned()),
            ("TACT_WEBHOOK_URL", sink(Provider::Webhook)),
            ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", self.secrets.port().to_string()),
        ];
        environment.extend(self.client_environment());
        environment
    }

    /// What clients of the services need to find them on this machine: the AWS CLI, SDKs, `cargo lambda`.
    pub fn client_environment(&self) -> Vec<(&'static str, String)> {
        let sink = |provider| self.sinks.endpoint(provider);
        vec![
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "local".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
            ("AWS_SESSION_TOKEN", "local".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.database.endpoint().to_owned()),
            ("AWS_ENDPOINT_URL_KINESIS", self.kinesis.endpoint()),
            ("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", sink(Provider::Sms)),
            ("AWS_ENDPOINT_URL_SESV2", sink(Provider::Email)),
            ("AWS_ENDPOINT_URL_SNS", sink(Provider::Push)),
        ]
    }
}
