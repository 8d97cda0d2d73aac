//! What is compiled in: the default catalogue and the models.

use tact_catalogue::{BIDS, CATALOGUE, FULL_MODEL, SMALL_MODEL};
use tact_decide::{Catalogue, Models};
use tact_model::{BidError, BidTable, BindError, Binding, FEATURES, Model, ModelError};
use tact_wire::{CatalogueError, decode_catalogue, sha256_hex};

/// What is compiled in cannot be used; a build that passed its tests never says so.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The catalogue.
    #[error("the compiled-in catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// A model's bytes.
    #[error("a compiled-in model: {0}")]
    Model(#[from] ModelError),
    /// What contacts cost.
    #[error("the compiled-in table: {0}")]
    Bids(#[from] BidError),
    /// A model's features.
    #[error("a compiled-in model: {0}")]
    Bind(#[from] BindError),
}

/// The default catalogue.
///
/// # Errors
/// When it was compiled by another version.
pub fn catalogue() -> Result<Catalogue, EmbeddedError> {
    Ok(decode_catalogue(CATALOGUE)?)
}

/// The default models, bound to the feature row, and the prices of contacts; all of them are in the hash.
///
/// # Errors
/// When an artefact is corrupt, or names a feature that is not built.
pub fn models() -> Result<Models, EmbeddedError> {
    let bound = |bytes: &[u8]| -> Result<Binding, EmbeddedError> { Ok(Model::decode(bytes)?.bind(&FEATURES)?) };
    let hash = sha256_hex(&[FULL_MODEL, SMALL_MODEL, BIDS].concat());
    let (full, small) = (Some(bound(FULL_MODEL)?), Some(bound(SMALL_MODEL)?));
    Ok(Models { full, small, bids: Some(BidTable::decode(BIDS)?), types: None, hash })
}
