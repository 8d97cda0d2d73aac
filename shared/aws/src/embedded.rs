//! What is compiled in: the default catalogue and the models.

use tact_catalogue::{BIDS, CATALOGUE, FULL_MODEL, SMALL_MODEL, TYPES};
use tact_decide::{Catalogue, Models};
use tact_model::{BidError, BidTable, BindError, Binding, FEATURES, Model, ModelError, Types, TypesError};
use tact_wire::{CatalogueError, decode_catalogue, sha256_hex};

/// What is compiled in cannot be used; a build that passed its tests never says so.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The catalogue.
    #[error("the compiled-in catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// A model's bytes.
    #[error("the compiled-in {which} model: {error}")]
    Model {
        /// Which model.
        which: &'static str,
        /// What is wrong with them.
        error: ModelError,
    },
    /// What contacts cost.
    #[error("the compiled-in table: {0}")]
    Bids(#[from] BidError),
    /// Which types of customers there are.
    #[error("the compiled-in types: {0}")]
    Types(#[from] TypesError),
    /// A model's features.
    #[error("the compiled-in {which} model: {error}")]
    Bind {
        /// Which model.
        which: &'static str,
        /// What it lacks.
        error: BindError,
    },
}

/// The default catalogue.
///
/// # Errors
/// When it was compiled by another version.
pub fn catalogue() -> Result<Catalogue, EmbeddedError> {
    Ok(decode_catalogue(CATALOGUE)?)
}

/// The default models, bound to the feature row, the prices of contacts, and the types of customers; all of them are in the hash.
///
/// Models are compiled in, unlike catalogues, which are published to the table: the models of a process are those of its build, so that the last good ones are
/// those of the last good deployment, and going back to that is going back to them. Nothing is decided with a model that is not sound: a process
/// that finds one does not start, and says which and why.
///
/// # Errors
/// When an artefact is empty, cut, changed, written by a newer build, or names a feature that is not built.
pub fn models() -> Result<Models, EmbeddedError> {
    models_of([FULL_MODEL, SMALL_MODEL, BIDS, TYPES])
}

fn models_of(artefacts: [&[u8]; 4]) -> Result<Models, EmbeddedError> {
    let [full, small, bids, types] = artefacts;
    let hash = sha256_hex(&artefacts.concat());
    let (full, small) = (Some(bound("full", full)?), Some(bound("small", small)?));
    Ok(Models { full, small, bids: Some(BidTable::decode(bids)?), types: Some(Types::decode(types)?), hash })
}

fn bound(which: &'static str, bytes: &[u8]) -> Result<Binding, EmbeddedError> {
    let model = Model::decode(bytes).map_err(|error| EmbeddedError::Model { which, error })?;
    model.bind(&FEATURES).map_err(|error| EmbeddedError::Bind { which, error })
}

#[cfg(test)]
mod tests;
