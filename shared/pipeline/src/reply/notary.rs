//! The port to whoever can tell whether a notice is genuine.

use tact_wire::Notice;

/// Who tells whether a notice comes from the service that it says sent it.
pub trait Notary: Sync {
    /// Whether the holder of the certificate that a notice names signed it.
    ///
    /// # Errors
    /// When that cannot be told now.
    fn vouches(&self, notice: &Notice) -> impl Future<Output = Result<bool, NotaryError>> + Send;

    /// Confirms a subscription, at the address where the service waits for it.
    ///
    /// # Errors
    /// When the service did not take the confirmation.
    fn confirm(&self, url: &str) -> impl Future<Output = Result<(), NotaryError>> + Send;
}

/// It could not be told, or confirmed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sender of a notice cannot be reached: {0}")]
pub struct NotaryError(pub String);
