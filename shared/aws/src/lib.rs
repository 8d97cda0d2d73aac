//! The ports of the pipeline on AWS: the DynamoDB table, Lambda's batches, and what only a deployed function needs.
//! Read in this order: `stream` and `table_stream` (a batch in, a response out), `store` (the table), then `cloud`.

#[cfg(feature = "cloud")]
mod cloud;
mod embedded;
#[cfg(any(feature = "cloud", feature = "http"))]
mod fetch;
#[cfg(feature = "http")]
mod sns;
mod store;
mod stream;
mod table_stream;

#[cfg(all(feature = "cloud", feature = "http"))]
pub use cloud::ReplyFunction;
#[cfg(feature = "cloud")]
pub use cloud::{
    ConfigError, Configuration, Delivery, Function, KinesisEvents, KinesisLog, LiveClock, Means, SecretError,
    WakeFunction, secret,
};
pub use embedded::{EmbeddedError, catalogue, models};
#[cfg(any(feature = "cloud", feature = "http"))]
pub use fetch::FetchError;
#[cfg(feature = "http")]
pub use sns::SnsNotary;
pub use store::DynamoStore;
pub use stream::handle;
pub use table_stream::deliver;
