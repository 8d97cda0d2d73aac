//! What customers are promised for a consent, as the catalogue words it. Whether it came is entered with the consent.

use serde::{Deserialize, Serialize};
use tact_domain::Key;

/// Something that customers are promised for a consent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Benefit {
    /// Its name, as consents and treatments have it.
    pub id: Key,
    /// What the customer is told they get.
    pub text: String,
    /// The number the text claims, if it claims one.
    pub claim: Option<f64>,
}
