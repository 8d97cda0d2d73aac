//! What the providers are told once. Nothing here reads the environment.

use std::time::Duration;

use aws_sdk_sns::config::Credentials;
use tact_decide::Brand;
use tact_wire::Seal;

/// What the providers are told once. What it prints for debugging leaves the secrets out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the providers of AWS are, such as `eu-central-1`.
    pub region: String,
    /// What calls to them are signed with.
    pub credentials: Credentials,
    /// Who sends: the address e-mails come from, and what stands at their foot.
    pub brand: Brand,
    /// The number, sender id or pool that text messages come from; without one every text message is refused.
    pub sms_origination: Option<String>,
    /// Where receipts of text messages go, if anywhere.
    pub sms_configuration_set: Option<String>,
    /// The most a text message may cost, in US dollars, if the provider is to look.
    pub sms_max_price: Option<String>,
    /// Where receipts of e-mails go, if anywhere.
    pub email_configuration_set: Option<String>,
    /// Where webhooks and tasks go; without it every one of them is refused.
    pub webhook_url: Option<String>,
    /// What webhooks are signed with.
    pub webhook_seal: Seal,
    /// Where the providers of AWS listen, when it is not the region's own addresses.
    pub endpoints: Endpoints,
    /// How long an answer is waited for.
    pub patience: Patience,
}

/// Where the providers of AWS listen; `None` is the region's own address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Text messages.
    pub sms: Option<String>,
    /// E-mails.
    pub email: Option<String>,
    /// Notifications.
    pub push: Option<String>,
}

/// How long an answer is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until there is a connection, encryption included.
    pub connect: Duration,
    /// Until there is an answer, all attempts of a webhook included.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(2), answer: Duration::from_secs(5) }
    }
}

/// The settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// What is posted may be read on the way, or the address is none.
    #[error("the webhook needs a URL of `https`, or of `http` on this machine, without a user")]
    WebhookUrl,
}
