//! What is compiled in: the default catalogue and the models.

use tact_catalogue::{CATALOGUE, FULL_MODEL, SMALL_MODEL};
use tact_decide::{Catalogue, Models};
use tact_model::{BindError, Binding, FEATURES, Model, ModelError};
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

/// The default models, bound to the feature row.
///
/// # Errors
/// When an artefact is corrupt, or names a feature that is not built.
pub fn models() -> Result<Models, EmbeddedError> {
    let bound = |bytes: &[u8]| -> Result<Binding, EmbeddedError> { Ok(Model::decode(bytes)?.bind(&FEATURES)?) };
    let hash = sha256_hex(&[FULL_MODEL, SMALL_MODEL].concat());
    Ok(Models { full: Some(bound(FULL_MODEL)?), small: Some(bound(SMALL_MODEL)?), hash })
}
