//! Notifications of the app, by SNS: to one endpoint, never to a topic.

use aws_sdk_sns::Client;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::{BehaviorVersion, Config, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_sns::error::SdkError;
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::operation::publish::builders::PublishFluentBuilder;
use aws_sdk_sns::types::MessageAttributeValue;
use serde_json::json;
use tact_pipeline::{Clock, Handover, Refusal};
use tact_wire::Message;

use crate::answer::failed;
use crate::circuit::Circuit;
use crate::connection::timeouts;
use crate::settings::Settings;

/// Where SNS is told how long a platform may go on trying.
const TIMES_TO_LIVE: [&str; 3] =
    ["AWS.SNS.MOBILE.APNS.TTL", "AWS.SNS.MOBILE.APNS_SANDBOX.TTL", "AWS.SNS.MOBILE.FCM.TTL"];

/// The way out for notifications.
#[derive(Debug)]
pub(crate) struct Push {
    client: Client,
    circuit: Circuit,
}

impl Push {
    pub(crate) fn new(settings: &Settings, http: SharedHttpClient) -> Self {
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(http)
            .timeout_config(timeouts(settings.patience))
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(settings.endpoints.push.clone());
        Self { client: Client::from_conf(config.build()), circuit: Circuit::default() }
    }

    /// Hands a notification over, in one attempt.
    pub(crate) async fn send(&self, message: &Message, clock: &impl Clock) -> Handover {
        match self.request(message) {
            Ok(request) => self.circuit.guard(clock, hand_over(request)).await,
            Err(refusal) => Handover::Refused(refusal),
        }
    }

    fn request(&self, message: &Message) -> Result<PublishFluentBuilder, Refusal> {
        let to = message.to.as_deref().filter(|to| is_endpoint(to)).ok_or(Refusal::BadAddress)?;
        let decision = message.decision.to_string();
        let left_s = message.expires_at.seconds_since(message.sent_at).to_string();
        let request = self
            .client
            .publish()
            .target_arn(to)
            .message(payload(message, &decision, &left_s))
            .message_structure("json")
            .message_attributes("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", text(&decision)?)
            .message_attributes("AWS.SNS.MOBILE.APNS.PUSH_TYPE", text("alert")?);
        let attribute = |request: PublishFluentBuilder, name| Ok(request.message_attributes(name, text(&left_s)?));
        TIMES_TO_LIVE.into_iter().try_fold(request, attribute)
    }
}

/// Whether this is the endpoint of one app on one device: a topic has many readers.
fn is_endpoint(to: &str) -> bool {
    let parts: Vec<_> = to.splitn(6, ':').collect();
    matches!(parts[..], ["arn", _, "sns", _, _, resource] if resource.starts_with("endpoint/"))
}

/// What each platform is to show. A platform shows one notification of a decision, however often it gets it.
fn payload(message: &Message, decision: &str, left_s: &str) -> String {
    let apple = json!({ "aps": { "alert": message.text }, "decision": decision }).to_string();
    let google = json!({
        "fcmV1Message": { "message": {
            "notification": { "body": message.text },
            "data": { "decision": decision },
            "android": { "collapse_key": decision, "ttl": format!("{left_s}s") },
        } }
    });
    json!({ "default": message.text, "APNS": apple, "APNS_SANDBOX": apple, "GCM": google.to_string() }).to_string()
}

fn text(value: &str) -> Result<MessageAttributeValue, Refusal> {
    let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
    value.map_err(|_| Refusal::Rejected)
}

async fn hand_over(request: PublishFluentBuilder) -> Handover {
    match request.send().await {
        // Whoever answers without a name for it may not be the provider.
        Ok(taken) => taken.message_id.map_or(Handover::Unknown, |name| Handover::Accepted(Some(name))),
        Err(error) => refusal(&error).map_or_else(|| failed(&error), Handover::Refused),
    }
}

/// The refusals this provider has names for. It says the same of an app that was removed and of one whose notifications were turned off.
fn refusal<R>(error: &SdkError<PublishError, R>) -> Option<Refusal> {
    match error.as_service_error()? {
        PublishError::EndpointDisabledException(_) | PublishError::NotFoundException(_) => Some(Refusal::BadAddress),
        PublishError::InvalidParameterException(invalid) => {
            let of_endpoint = invalid.message().is_some_and(|why| why.contains("TargetArn"));
            of_endpoint.then_some(Refusal::BadAddress)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_endpoint_and_never_a_topic() {
        assert!(is_endpoint("arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/shop/5e3e9847"));
        for wrong in ["", "arn:aws:sns:eu-central-1:123456789012:everybody", "arn:aws:sqs:eu:1:endpoint/GCM/shop/5"] {
            assert!(!is_endpoint(wrong), "{wrong}");
        }
    }
}
