//! E-mails, by SES: one recipient each, handed over as the finished mail with the headers we put into it.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::{BehaviorVersion, Config, Region, SharedHttpClient, StalledStreamProtectionConfig};
use aws_sdk_sesv2::error::SdkError;
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::operation::send_email::builders::SendEmailFluentBuilder;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{Destination, EmailContent, MessageTag, RawMessage};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use tact_decide::Brand;
use tact_pipeline::{Clock, Handover, Refusal};
use tact_wire::{Message, MimeError, mime};

use crate::answer::failed;
use crate::circuit::Circuit;
use crate::connection::timeouts;
use crate::settings::Settings;

/// How SES begins when it complains about the address of a recipient.
const BAD_ADDRESS: [&str; 4] = ["Missing final '@domain'", "Illegal address", "Domain ", "Local address "];

/// The way out for e-mails.
#[derive(Debug)]
pub(crate) struct Email {
    client: Client,
    brand: Brand,
    configuration_set: Option<String>,
    circuit: Circuit,
}

impl Email {
    pub(crate) fn new(settings: &Settings, http: SharedHttpClient) -> Self {
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .credentials_provider(settings.credentials.clone())
            .http_client(http)
            .timeout_config(timeouts(settings.patience))
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(settings.endpoints.email.clone());
        Self {
            client: Client::from_conf(config.build()),
            brand: settings.brand.clone(),
            configuration_set: settings.email_configuration_set.clone(),
            circuit: Circuit::default(),
        }
    }

    /// Hands an e-mail over, in one attempt.
    pub(crate) async fn send(&self, message: &Message, clock: &impl Clock) -> Handover {
        match self.request(message) {
            Ok(request) => Box::pin(self.circuit.guard(clock, hand_over(request))).await,
            Err(refusal) => Handover::Refused(refusal),
        }
    }

    fn request(&self, message: &Message) -> Result<SendEmailFluentBuilder, Refusal> {
        let to = message.to.as_deref().ok_or(Refusal::BadAddress)?;
        let mail = mime(message, &self.brand).map_err(|error| match error {
            MimeError::Recipient => Refusal::BadAddress,
            _ => Refusal::Rejected,
        })?;
        let mail = RawMessage::builder().data(Blob::new(mail)).build().map_err(|_| Refusal::Rejected)?;
        Ok(self
            .client
            .send_email()
            .from_email_address(&self.brand.email_from)
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().raw(mail).build())
            .set_email_tags(Some(tags(message)?))
            .set_configuration_set_name(self.configuration_set.clone()))
    }
}

/// What comes back with every receipt.
fn tags(message: &Message) -> Result<Vec<MessageTag>, Refusal> {
    let class = if message.marketing { "marketing" } else { "transactional" };
    let customer = BASE64.encode(message.customer.as_str());
    let tags = [("decision", message.decision.to_string()), ("customer", customer), ("class", class.to_owned())];
    let tag = |(name, value): (&str, String)| MessageTag::builder().name(name).value(value).build();
    tags.into_iter().map(tag).collect::<Result<_, _>>().map_err(|_| Refusal::Rejected)
}

async fn hand_over(request: SendEmailFluentBuilder) -> Handover {
    match request.send().await {
        // Whoever answers without a name for it may not be the provider.
        Ok(taken) => taken.message_id.map_or(Handover::Unknown, |name| Handover::Accepted(Some(name))),
        Err(error) => refusal(&error).map_or_else(|| failed(&error), Handover::Refused),
    }
}

/// The refusals this provider has names for.
fn refusal<R>(error: &SdkError<SendEmailError, R>) -> Option<Refusal> {
    match error.as_service_error()? {
        SendEmailError::MessageRejected(rejected) => {
            let suppressed = rejected.message().is_some_and(|why| why.contains("suppression list"));
            suppressed.then_some(Refusal::OptedOut)
        }
        SendEmailError::BadRequestException(bad) => {
            let why = bad.message().unwrap_or_default();
            BAD_ADDRESS.iter().any(|begins| why.starts_with(begins)).then_some(Refusal::BadAddress)
        }
        _ => None,
    }
}
