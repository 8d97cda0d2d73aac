//! The ports of the pipeline on AWS: the DynamoDB table, the Kinesis decision log, Lambda's batches, configuration and telemetry.
//! Read in this order: `stream` (a batch in, a response out), `store` (the table), then what only a deployed function needs.

#[cfg(feature = "cloud")]
mod configuration;
#[cfg(feature = "cloud")]
mod decision_log;
mod embedded;
#[cfg(feature = "cloud")]
mod function;
mod store;
mod stream;
#[cfg(feature = "cloud")]
mod telemetry;

#[cfg(feature = "cloud")]
pub use configuration::{ConfigError, Configuration};
#[cfg(feature = "cloud")]
pub use decision_log::KinesisLog;
pub use embedded::{EmbeddedError, catalogue, models};
#[cfg(feature = "cloud")]
pub use function::Function;
pub use store::DynamoStore;
pub use stream::handle;
