//! Providers whose services are sinks, and a message for each channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::config::Credentials;
use tact::sinks::{Provider, Sinks};
use tact_channels::{Endpoints, Patience, Providers, Settings};
use tact_decide::Brand;
use tact_domain::{Channel, CustomerId, DecisionId, Timestamp};
use tact_pipeline::Clock;
use tact_wire::{Message, Seal};
use tokio::net::TcpListener;

/// When every message of these tests leaves.
pub(super) const SENT_AT: Timestamp = Timestamp(1_790_000_000_000);

/// A stopwatch that goes on when it is told to.
#[derive(Clone, Debug, Default)]
pub(super) struct Stopwatch(Arc<AtomicU64>);

impl Stopwatch {
    pub(super) fn wait_s(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }
}

impl Clock for Stopwatch {
    fn now(&self, arrived: Timestamp) -> Timestamp {
        arrived
    }

    fn stopwatch_us(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Providers and the sinks behind them.
pub(super) struct Deployment {
    pub(super) sinks: Sinks,
    pub(super) providers: Providers<Stopwatch>,
    pub(super) stopwatch: Stopwatch,
}

impl Deployment {
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With settings that differ from the usual ones.
    pub(super) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let sinks = Sinks::start(seal(), || SENT_AT.0 / 1000).await.unwrap();
        let mut settings = settings();
        settings.endpoints = Endpoints {
            sms: Some(sinks.endpoint(Provider::Sms)),
            email: Some(sinks.endpoint(Provider::Email)),
            push: Some(sinks.endpoint(Provider::Push)),
        };
        settings.webhook_url = Some(format!("{}/messages", sinks.endpoint(Provider::Webhook)));
        change(&mut settings);
        let stopwatch = Stopwatch::default();
        let providers = Providers::new(&settings, stopwatch.clone()).unwrap();
        Self { sinks, providers, stopwatch }
    }
}

/// The secret of these deployments.
pub(super) fn seal() -> Seal {
    Seal::new(b"secret-of-the-test, 32 bytes long").unwrap()
}

pub(super) fn settings() -> Settings {
    let credentials = Credentials::new("test", "secret-of-the-test", None, None, "test");
    Settings {
        region: "eu-central-1".to_owned(),
        credentials,
        brand: Brand {
            name: "Corner Shop".to_owned(),
            postal_address: "Corner Shop, Harbor Street 1".to_owned(),
            email_from: "hello@shop.example".to_owned(),
            help: "Call us.".to_owned(),
            links: vec!["shop.example".to_owned()],
            claim: None,
            sms_segments: 3,
        },
        sms_origination: Some("SHOP".to_owned()),
        sms_configuration_set: None,
        sms_max_price: None,
        email_configuration_set: None,
        webhook_url: None,
        webhook_seal: seal(),
        endpoints: Endpoints::default(),
        patience: Patience::default(),
    }
}

/// A message that sells, good for two hours.
pub(super) fn message(channel: Channel) -> Message {
    let to = match channel {
        Channel::Sms => Some("+4915112345678"),
        Channel::Email => Some("ada@example.com"),
        Channel::Push => Some("arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/shop/5e3e9847"),
        Channel::Inbox | Channel::Webhook | Channel::Associate => None,
    };
    Message {
        decision: DecisionId(42),
        customer: CustomerId::new("cust:42").unwrap(),
        channel,
        action: "ten-percent".into(),
        treatment: "short".into(),
        store: Some("store:harbor".into()),
        to: to.map(str::to_owned),
        subject: Some("Ten percent".to_owned()),
        text: "Grüße: 10 % today. Reply STOP to end.".to_owned(),
        answers: None,
        task: None,
        marketing: true,
        unsubscribe: Some("https://shop.example/u/token".to_owned()),
        sent_at: SENT_AT,
        expires_at: SENT_AT.plus_s(7_200),
    }
}

/// An address nobody listens at.
pub(super) async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
