//! Why a call is refused, by the names that the service has for it.

use tact_mapping::ShardId;

use super::stream::{PutError, ReadError, ReshardError};

/// The account of everything here.
pub(super) const ACCOUNT: &str = "000000000000";

/// A call that is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The type of the error.
    pub(super) kind: &'static str,
    /// What is wrong.
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A parameter that is not of its form.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// A parameter of the right form that cannot be meant here.
    pub(super) fn argument(message: impl Into<String>) -> Self {
        Self::new("InvalidArgumentException", message)
    }

    pub(super) fn no_stream(name: &str) -> Self {
        Self::new("ResourceNotFoundException", format!("Stream {name} under account {ACCOUNT} not found."))
    }

    pub(super) fn no_shard(name: &str, shard: &ShardId) -> Self {
        let message = format!("Could not find shard {shard} in stream {name} under account {ACCOUNT}.");
        Self::new("ResourceNotFoundException", message)
    }

    fn rate(name: &str, shard: &ShardId) -> Self {
        Self::new(THROUGHPUT, rate_exceeded(name, shard))
    }

    /// Why a record was not taken.
    pub(super) fn of_put(error: PutError, name: &str) -> Self {
        match error {
            PutError::NoStream => Self::no_stream(name),
            PutError::ThroughputExceeded(shard) => Self::rate(name, &shard),
            PutError::NoShard => Self::new(INTERNAL, error.to_string()),
        }
    }

    /// Why a shard was not read.
    pub(super) fn of_read(error: ReadError, name: &str) -> Self {
        match error {
            ReadError::NoStream => Self::no_stream(name),
            ReadError::NoShard(shard) => Self::no_shard(name, &shard),
            ReadError::ThroughputExceeded(shard) => Self::rate(name, &shard),
        }
    }

    /// Why shards were not split or merged.
    pub(super) fn of_reshard(error: ReshardError, name: &str) -> Self {
        match error {
            ReshardError::NoStream => Self::no_stream(name),
            ReshardError::NoShard(shard) => Self::no_shard(name, &shard),
            error => Self::argument(format!("{error} (stream {name} under account {ACCOUNT})")),
        }
    }
}

/// The error of a shard that has taken or given what it does in a second.
pub(super) const THROUGHPUT: &str = "ProvisionedThroughputExceededException";

/// The error of what cannot be: the one that is not the caller's.
pub(super) const INTERNAL: &str = "InternalFailureException";

/// What is said of a shard that has taken or given what it does in a second.
pub(super) fn rate_exceeded(name: &str, shard: &ShardId) -> String {
    format!("Rate exceeded for shard {shard} in stream {name} under account {ACCOUNT}.")
}
