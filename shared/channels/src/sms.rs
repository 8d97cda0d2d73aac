//! Text messages, by AWS End User Messaging.

use std::collections::HashMap;

use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::config::retry::RetryConfig;
use aws_sdk_pinpointsmsvoicev2::config::{
    BehaviorVersion, Config, Region, SharedHttpClient, StalledStreamProtectionConfig,
};
use aws_sdk_pinpointsmsvoicev2::error::SdkError;
use aws_sdk_pinpointsmsvoicev2::operation::send_text_message::SendTextMessageError;
use aws_sdk_pinpointsmsvoicev2::operation::send_text_message::builders::SendTextMessageFluentBuilder;
use aws_sdk_pinpointsmsvoicev2::types::{ConflictExceptionReason, MessageType};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use tact_pipeline::{Clock, Handover, Refusal};
use tact_wire::{Message, is_e164};

use crate::answer::failed;
use crate::circuit::Circuit;
use crate::connection::timeouts;
use crate::settings::Settings;

/// How long the provider may go on trying, in seconds.
const TIME_TO_LIVE_S: std::ops::RangeInclusive<i32> = 5..=172_800;

/// The way out for text messages.
#[derive(Debug)]
pub(crate) struct Sms {
    client: Client,
    origination: Option<String>,
    configuration_set: Option<String>,
    max_price: Option<String>,
    circuit: Circuit,
}

impl Sms {
    pub(crate) fn new(settings: &Settings, http: SharedHttpClient) -> Self {
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(http)
            .timeout_config(timeouts(settings.patience))
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(settings.endpoints.sms.clone());
        Self {
            client: Client::from_conf(config.build()),
            origination: settings.sms_origination.clone(),
            configuration_set: settings.sms_configuration_set.clone(),
            max_price: settings.sms_max_price.clone(),
            circuit: Circuit::default(),
        }
    }

    /// Hands a text message over, in one attempt.
    pub(crate) async fn send(&self, message: &Message, clock: &impl Clock) -> Handover {
        match self.request(message) {
            Ok(request) => self.circuit.guard(clock, hand_over(request)).await,
            Err(refusal) => Handover::Refused(refusal),
        }
    }

    fn request(&self, message: &Message) -> Result<SendTextMessageFluentBuilder, Refusal> {
        let to = message.to.as_deref().filter(|to| is_e164(to)).ok_or(Refusal::BadAddress)?;
        let origination = self.origination.as_deref().ok_or(Refusal::Rejected)?;
        let left_s = i32::try_from(message.expires_at.seconds_since(message.sent_at)).unwrap_or(i32::MAX);
        Ok(self
            .client
            .send_text_message()
            .destination_phone_number(to)
            .origination_identity(origination)
            .message_body(&message.text)
            .message_type(if message.marketing { MessageType::Promotional } else { MessageType::Transactional })
            .set_context(Some(context(message)))
            .time_to_live(left_s.clamp(*TIME_TO_LIVE_S.start(), *TIME_TO_LIVE_S.end()))
            .set_configuration_set_name(self.configuration_set.clone())
            .set_max_price(self.max_price.clone()))
    }
}

/// What comes back with every receipt.
fn context(message: &Message) -> HashMap<String, String> {
    let customer = BASE64.encode(message.customer.as_str());
    HashMap::from([("decision".to_owned(), message.decision.to_string()), ("customer".to_owned(), customer)])
}

async fn hand_over(request: SendTextMessageFluentBuilder) -> Handover {
    match request.send().await {
        // Whoever answers without a name for it may not be the provider.
        Ok(taken) => taken.message_id.map_or(Handover::Unknown, |name| Handover::Accepted(Some(name))),
        Err(error) => refusal(&error).map_or_else(|| failed(&error), Handover::Refused),
    }
}

/// The refusals this provider has names for.
fn refusal<R>(error: &SdkError<SendTextMessageError, R>) -> Option<Refusal> {
    match error.as_service_error()? {
        SendTextMessageError::ConflictException(conflict)
            if conflict.reason() == Some(&ConflictExceptionReason::DestinationPhoneNumberOptedOut) =>
        {
            Some(Refusal::OptedOut)
        }
        SendTextMessageError::ValidationException(invalid) => {
            let of_number = invalid.fields().iter().any(|field| field.name() == "DestinationPhoneNumber");
            of_number.then_some(Refusal::BadAddress)
        }
        _ => None,
    }
}
