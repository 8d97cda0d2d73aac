//! What the clients of AWS have in common: one attempt, one time-out, one set of connections.

use std::time::Duration;

use aws_sdk_sns::config::SharedHttpClient;
use aws_sdk_sns::config::timeout::TimeoutConfig;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::Patience;

/// How long a connection may lie idle before it is not used again. What is lost on a connection that died unseen is a message of unknown
/// fate, which is dearer than a handshake.
const IDLE: Duration = Duration::from_secs(10);

/// Our one TLS.
pub(crate) const TLS: Provider = Provider::Rustls(CryptoMode::AwsLc);

/// The connections all clients share.
pub(crate) fn http_client() -> SharedHttpClient {
    Builder::new().pool_idle_timeout(IDLE).tls_provider(TLS).build_https()
}

/// How long a call may take.
pub(crate) fn timeouts(patience: Patience) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(patience.connect).operation_timeout(patience.answer).build()
}
