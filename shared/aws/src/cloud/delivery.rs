//! The function behind the table's stream: what was decided leaves.

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use lambda_runtime::{Error, LambdaEvent};
use tact_decide::Catalogue;
use tact_pipeline::{Channels, DeliveryMode, Dispatch, HoldReader, Leases, Switch, SwitchReader, Versions};
use tact_wire::Seal;

use super::live::{self, TimeLeft};
use super::{clients, telemetry};
use crate::{Configuration, DynamoStore, LiveClock, table_stream};

/// What `dispatch` is made of.
pub struct Delivery<H> {
    dispatch: Dispatch<DynamoStore, H, LiveClock>,
}

/// What the ways out are made from.
pub struct Means<'a> {
    /// The environment.
    pub configuration: &'a Configuration,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The secret of the deployment.
    pub seal: &'a Seal,
}

const NAME: &str = "dispatch";

impl<H: Channels> Delivery<H> {
    /// What a template has to set: the name of the table, the secret that codes and links are sealed with, and the address of `reply`.
    /// It may set `TACT_DELIVERY` (`off`, `shadow`, `allowlist` or `live`; `shadow` when it is not set) and `TACT_SPEND_PER_DAY` (minor units), which
    /// hold while the table has no switch.
    pub const KEYS: [&'static str; 3] = ["TACT_TABLE", "TACT_SECRET", "TACT_REPLY_URL"];

    /// Wires the function: configuration, secret, clients, catalogue, and the ways out that `channels` makes.
    ///
    /// # Errors
    /// When the environment, the secret or what is compiled in is not as it must be. The function then does not start, and has said why.
    pub async fn wire(channels: impl FnOnce(&Means<'_>) -> Result<H, Error>) -> Result<Self, Error> {
        telemetry::report_panics();
        Self::wired(channels).await.inspect_err(|error| telemetry::not_started(NAME, error))
    }

    async fn wired(channels: impl FnOnce(&Means<'_>) -> Result<H, Error>) -> Result<Self, Error> {
        let configuration = Configuration::from_environment(&Self::KEYS)?;
        let [table, secret, reply_url] = Self::KEYS.map(|key| configuration.value(key));
        let catalogue = crate::catalogue()?;
        let seal = crate::secret(&configuration, &secret).await?;
        let means = Means { configuration: &configuration, catalogue: &catalogue, seal: &seal };
        let dispatch = Dispatch {
            store: DynamoStore::new(clients::dynamodb(&configuration), table),
            channels: channels(&means)?,
            clock: LiveClock::of(&configuration)?,
            switch: SwitchReader::or(switch(&configuration)?),
            leases: Leases::default(),
            holds: HoldReader::default(),
            process: configuration.process(),
            reply_url: reply_url.trim_end_matches('/').to_owned(),
            catalogues: Versions::of(catalogue),
            seal,
        };
        Ok(Self { dispatch })
    }

    /// Opens the connection to the table ahead of the first event, and puts this build's catalogue there; whether that works is not the first event's
    /// concern.
    pub async fn warm(&self) {
        let published = async {
            let _now_or_at_the_next_start = self.dispatch.catalogues.publish(&self.dispatch.store).await;
        };
        live::warm(&self.dispatch.store, published).await;
    }

    /// Handles one batch of the table's stream.
    ///
    /// # Errors
    /// Never: what cannot be done is in the response.
    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        let left = TimeLeft::before(event.context.deadline, &self.dispatch.clock);
        let (response, report) = table_stream::deliver(&self.dispatch, &event.payload, left.deadline).await;
        telemetry::emit_delivery(NAME, &report, live::on_the_wall());
        Ok(response)
    }
}

/// How messages leave while the table holds no switch: not at all, unless the environment says otherwise in so many words.
fn switch(configuration: &Configuration) -> Result<Switch, Error> {
    let mode = match configuration.optional("TACT_DELIVERY") {
        None => DeliveryMode::Shadow,
        Some(name) => DeliveryMode::parse(&name)
            .ok_or("TACT_DELIVERY is none of `off`, `shadow`, `allowlist`, `live`: write one of them")?,
    };
    let limit = configuration.optional("TACT_SPEND_PER_DAY").map(|text| text.parse::<f64>());
    let limit = limit.transpose().ok().filter(|limit| limit.is_none_or(|most| most.is_finite() && most >= 0.0));
    let spend_per_day = limit.ok_or("TACT_SPEND_PER_DAY is no amount of minor units: write for example `5000`")?;
    Ok(Switch { spend_per_day, ..Switch::to(mode) })
}
