//! What only a deployed function needs: one file per kind of function (`function`, `delivery`, `clock`, `http`), and what they are wired from.

mod clients;
mod clock;
mod configuration;
mod decision_log;
mod delivery;
mod events;
mod function;
#[cfg(feature = "http")]
mod http;
mod live;
mod put_records;
mod secret;
mod telemetry;

pub use clock::WakeFunction;
pub use configuration::{ConfigError, Configuration};
pub use decision_log::KinesisLog;
pub use delivery::{Delivery, Means};
pub use events::KinesisEvents;
pub use function::Function;
#[cfg(feature = "http")]
pub use http::ReplyFunction;
pub use live::LiveClock;
pub use secret::{SecretError, secret};
