//! Which catalogue a command works with, asked for in the same way everywhere.

use std::path::{Path, PathBuf};

use clap::Args;
use tact_decide::Catalogue;

use super::CommandError;

/// The catalogue that is asked for: the one compiled in, when nothing is said.
#[derive(Args, Debug, Default)]
pub(super) struct Chosen {
    /// Use this catalogue instead of the one compiled in
    #[arg(long, value_name = "DIR")]
    catalogue: Option<PathBuf>,
    /// Use these stores instead of the catalogue's
    #[arg(long, value_name = "FILE")]
    stores: Option<PathBuf>,
}

impl Chosen {
    /// Whether one was asked for by name.
    pub(super) fn is_named(&self) -> bool {
        self.catalogue.is_some() || self.stores.is_some()
    }

    /// The catalogue, with other stores if those were asked for.
    ///
    /// # Errors
    /// When it cannot be read or is not sound.
    pub(super) fn read(&self) -> Result<Catalogue, CommandError> {
        catalogue(self.catalogue.as_deref(), self.stores.as_deref())
    }
}

/// The catalogue in a directory, or the one compiled in, with other stores if given.
///
/// # Errors
/// When it cannot be read or is not sound.
pub(super) fn catalogue(directory: Option<&Path>, stores: Option<&Path>) -> Result<Catalogue, CommandError> {
    match (directory, stores) {
        (Some(directory), stores) => Ok(tact_policy::load(directory, stores)?),
        (None, None) => Ok(tact_aws::catalogue()?),
        (None, Some(stores)) => {
            Ok(tact_policy::with_stores(&tact_aws::catalogue()?, &tact_policy::read_file(stores)?)?)
        }
    }
}
