//! From a folder to a catalogue; the only place here that reads files.

use std::path::{Path, PathBuf};
use std::{fs, io};

use tact_decide::Catalogue;

use crate::compile::{OPTIONAL, REQUIRED};
use crate::{CatalogueErrors, compile, with_stores};

/// A file of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path inside the catalogue, with `/` between folders: `actions/win_back.toml`.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// A file or folder that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`: {cause}; a catalogue is a folder with policy.toml, budgets.toml, stores.toml, channels.toml and actions/, stores are one file like its stores.toml", path.display())]
pub struct ReadError {
    path: PathBuf,
    cause: io::Error,
}

/// Why there is no catalogue.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It has mistakes.
    #[error(transparent)]
    Catalogue(#[from] CatalogueErrors),
}

/// The catalogue in a folder; with `stores`, a stores file takes the place of its stores, as `with_stores` says.
///
/// # Errors
/// When a file cannot be read, or anything in the catalogue is wrong.
pub fn load(dir: &Path, stores: Option<&Path>) -> Result<Catalogue, LoadError> {
    let catalogue = compile(&read_dir(dir)?)?;
    match stores {
        Some(stores) => Ok(with_stores(&catalogue, &read_file(stores)?)?),
        None => Ok(catalogue),
    }
}

/// The files of the catalogue in a folder, in path order: those of known name, and every `.toml` in `actions` that is no `.test.toml`.
/// One that is absent is left out.
///
/// # Errors
/// When the folder, its `actions`, or a file cannot be read.
pub fn read_dir(dir: &Path) -> Result<Vec<SourceFile>, ReadError> {
    let mut paths = action_paths(dir)?;
    for name in REQUIRED.into_iter().chain(OPTIONAL) {
        if dir.join(name).exists() {
            paths.push(name.to_owned());
        }
    }
    paths.sort();
    let read = |path: String| {
        let file = read_file(&dir.join(&path))?;
        Ok(SourceFile { path, ..file })
    };
    paths.into_iter().map(read).collect()
}

/// One file, under the path it was asked for by.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub fn read_file(path: &Path) -> Result<SourceFile, ReadError> {
    let text = fs::read_to_string(path).map_err(|cause| ReadError { path: path.to_owned(), cause })?;
    Ok(SourceFile { path: path.display().to_string(), text })
}

fn action_paths(dir: &Path) -> Result<Vec<String>, ReadError> {
    let actions = dir.join("actions");
    let unreadable = |cause| ReadError { path: actions.clone(), cause };
    let mut paths = Vec::new();
    for entry in fs::read_dir(&actions).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        let stem = name.strip_suffix(".toml").filter(|stem| !stem.starts_with('.'));
        if stem.is_some_and(|stem| Path::new(stem).extension() != Some("test".as_ref())) {
            paths.push(format!("actions/{name}"));
        }
    }
    Ok(paths)
}
