//! The function behind the table's stream: what was decided leaves, once.

use lambda_runtime::{Error, run, service_fn};
use tact_aws::{Delivery, LiveClock, Means};
use tact_channels::{Endpoints, Patience, Providers, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let function = Delivery::wire(providers).await?;
    function.warm().await;
    run(service_fn(|event| function.handle(event))).await
}

fn providers(means: &Means<'_>) -> Result<Providers<LiveClock>, Error> {
    let configuration = means.configuration;
    let settings = Settings {
        region: configuration.region.clone(),
        credentials: configuration.credentials.clone(),
        brand: means.catalogue.brand.clone(),
        sms_origination: configuration.optional("TACT_SMS_ORIGINATION"),
        sms_configuration_set: configuration.optional("TACT_SMS_CONFIGURATION_SET"),
        sms_max_price: configuration.optional("TACT_SMS_MAX_PRICE"),
        email_configuration_set: configuration.optional("TACT_EMAIL_CONFIGURATION_SET"),
        webhook_url: configuration.optional("TACT_WEBHOOK_URL"),
        webhook_seal: means.seal.clone(),
        endpoints: Endpoints {
            sms: configuration.endpoint("PINPOINT_SMS_VOICE_V2"),
            email: configuration.endpoint("SESV2"),
            push: configuration.endpoint("SNS"),
        },
        patience: Patience::default(),
    };
    Ok(Providers::new(&settings, LiveClock::start())?)
}
