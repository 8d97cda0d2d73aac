//! The cloud on this machine: the table and its stream, the streams of events, the providers and the secret, each speaking the protocol of the service it
//! stands for, on loopback. What runs on it is a `fleet` of the functions' real binaries.
//! Read in this order: this file (what there is), `functions` (who runs on it), `source` and `poller` (from a stream to a function), `fleet`, `invoke_api`, `gateway`.

mod fleet;
mod functions;
mod gateway;
mod invoke_api;
mod poller;
mod secrets;
mod source;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tact_domain::EventKind;
use tact_pipeline::DeliveryMode;
use tact_wire::Seal;
use tempfile::TempDir;

pub use fleet::{APPEARED, Fleet, FleetError, Pace, Terms, mapping_settings};
pub(crate) use fleet::{tick_event, wall};
pub use functions::{DECISION_LOG, DISPATCH, Deployed, FUNCTIONS, REPLY, TABLE, WAKE, binaries, reader_of, stream_of};
pub use gateway::{Gateway, HttpRequest, http_event};
pub use invoke_api::InvokeApi;
pub use poller::{Poller, Polls, Trouble};
pub use secrets::Secrets;

pub use source::{Source, SourceError, TableStream, event_of, position};

use crate::database::{DatabaseError, Embedded, create_table, give_stream};
use crate::kinesis::{KinesisServer, Limits};
use crate::sinks::Sinks;

/// A running cloud. It stops when dropped.
#[derive(Debug)]
pub struct Cloud {
    /// The database.
    pub database: Embedded,
    /// The streams.
    pub kinesis: KinesisServer,
    /// The providers of messages.
    pub sinks: Sinks,
    secrets: Secrets,
    _scratch: Option<TempDir>,
    ports: Ports,
    reply_url: String,
    delivery: DeliveryMode,
}

/// What a cloud is started from.
pub struct Setting<'a> {
    /// Where everything listens.
    pub ports: Ports,
    /// Where the table is kept; `None` in memory.
    pub data: Option<&'a Path>,
    /// What codes, links and webhooks are sealed with.
    pub secret: [u8; 32],
    /// Where links to unsubscribe lead to; `None` to the gateway of this cloud.
    pub reply_url: Option<String>,
    /// How messages leave while the table holds no switch.
    pub delivery: DeliveryMode,
    /// How many shards each stream has, and what they take.
    pub shards: std::num::NonZeroU32,
    /// Whether shards take no more than those of Kinesis.
    pub limits: Limits,
    /// What time it is, in milliseconds since 1970.
    pub now_ms: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Whether the receiver of webhooks looks at when they were signed; not where time stands at each arrival.
    pub dates_signatures: bool,
}

/// The ports of a cloud: free ones, or one after the other from a first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports(Option<u16>);

impl Ports {
    /// Ports that are free.
    pub fn free() -> Self {
        Self(None)
    }

    /// Ports from this one on; `None` when there are not enough behind it.
    pub fn from(first: u16) -> Option<Self> {
        first.checked_add(LAST).filter(|_| first > 0).map(|_| Self(Some(first)))
    }

    /// The address of the service of a number.
    fn of(self, number: u16) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.0.map_or(0, |first| first.saturating_add(number))))
    }
}

const DYNAMODB: u16 = 0;
const KINESIS: u16 = 1;
const LAMBDA: u16 = 2;
const HTTP: u16 = 3;
const SECRETS: u16 = 4;
/// The first of four: one for each provider.
const PROVIDERS: u16 = 5;
const LAST: u16 = 8;

/// Why a cloud does not start.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A port.
    #[error("cannot listen on 127.0.0.1 for {service}: {problem}; is another one running? `--port` moves all of them")]
    Port {
        /// What was to listen there.
        service: &'static str,
        /// What the system said.
        problem: io::Error,
    },
    /// A directory for a table that is not kept.
    #[error("cannot make a directory for the table: {0}")]
    Scratch(#[source] io::Error),
    /// The secret.
    #[error("the secret is too short")]
    Secret,
}

impl Cloud {
    /// Starts everything: the table with its stream, a stream for each kind of event and one for decisions.
    ///
    /// # Errors
    /// When a port cannot be had, or the database not be started.
    pub async fn start(setting: Setting<'_>) -> Result<Self, CloudError> {
        let (ports, now_ms) = (setting.ports, &setting.now_ms);
        let taken = |service| move |problem| CloudError::Port { service, problem };
        let scratch = setting.data.is_none().then(TempDir::new).transpose().map_err(CloudError::Scratch)?;
        let directory = setting.data.or(scratch.as_ref().map(TempDir::path)).unwrap_or(Path::new("tact-data"));
        let database = Embedded::start_with_stream(ports.of(DYNAMODB), directory).await?;
        create_table(&database.client(), TABLE).await?;
        give_stream(&database.client(), TABLE).await?;
        let clock = Arc::clone(now_ms);
        let kinesis = KinesisServer::start(ports.of(KINESIS), move || clock()).await.map_err(taken("Kinesis"))?;
        for name in EventKind::ALL.map(stream_of).into_iter().chain([DECISION_LOG]) {
            kinesis.streams().create(name, setting.shards, setting.limits);
        }
        let secrets = Secrets::start(ports.of(SECRETS), &setting.secret).await.map_err(taken("secrets"))?;
        let seal = Seal::new(&setting.secret).ok_or(CloudError::Secret)?;
        let (clock, dates_signatures) = (Arc::clone(now_ms), setting.dates_signatures);
        let seconds = move || dates_signatures.then(|| i64::try_from(clock() / 1_000).unwrap_or(i64::MAX));
        let providers = [0, 1, 2, 3].map(|number| ports.of(PROVIDERS + number));
        let sinks = Sinks::start_at(providers, seal, seconds).await.map_err(taken("the providers"))?;
        let reply_url = setting.reply_url.unwrap_or_else(|| format!("http://{}", ports.of(HTTP)));
        Ok(Self { database, kinesis, sinks, secrets, _scratch: scratch, ports, reply_url, delivery: setting.delivery })
    }

    /// Where the Invoke API of this cloud is to listen.
    pub fn lambda_address(&self) -> SocketAddr {
        self.ports.of(LAMBDA)
    }

    /// Where the gateway of this cloud is to listen.
    pub fn http_address(&self) -> SocketAddr {
        self.ports.of(HTTP)
    }
}

#[cfg(test)]
mod tests;
