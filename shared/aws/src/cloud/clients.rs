//! The clients of a function: built once, and never waiting for ever.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};

use crate::Configuration;

/// The client of the table.
pub(crate) fn dynamodb(configuration: &Configuration) -> aws_sdk_dynamodb::Client {
    let mut builder = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(configuration.region.clone()))
        .credentials_provider(configuration.credentials.clone())
        .timeout_config(timeouts())
        .retry_config(retries());
    builder.set_endpoint_url(configuration.endpoint("DYNAMODB"));
    aws_sdk_dynamodb::Client::from_conf(builder.build())
}

/// The client of the streams.
pub(crate) fn kinesis(configuration: &Configuration) -> aws_sdk_kinesis::Client {
    let mut builder = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(configuration.region.clone()))
        .credentials_provider(configuration.credentials.clone())
        .timeout_config(timeouts())
        .retry_config(retries());
    builder.set_endpoint_url(configuration.endpoint("KINESIS"));
    aws_sdk_kinesis::Client::from_conf(builder.build())
}

/// Nothing waits for ever. A TLS handshake alone takes three quarters of a second on the smallest functions.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(2_500))
        .operation_timeout(Duration::from_secs(5))
        .build()
}

/// Nothing is tried so often that a batch outlives its invocation.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(50))
        .with_max_backoff(Duration::from_millis(400))
}
