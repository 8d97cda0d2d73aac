//! From a folder to a catalogue; the only place here that reads files.

use std::path::{Path, PathBuf};
use std::{fs, io};

use tact_decide::Catalogue;

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

/// The manifest of the crate that the default catalogue is.
const MANIFEST: &str = "Cargo.toml";

/// The files of the catalogue in a folder, in path order: every `.toml` and `.csv` in it, every `.toml` in `actions` that is no `.test.toml`, and every
/// `.csv` in `stock`.
///
/// # Errors
/// When the folder, its `actions`, its `stock` when it has one, or a file cannot be read.
pub fn read_dir(dir: &Path) -> Result<Vec<SourceFile>, ReadError> {
    let mut paths = paths_in(dir, "actions", ".toml")?;
    paths.retain(|path| !path.ends_with(".test.toml"));
    if dir.join("stock").exists() {
        paths.extend(paths_in(dir, "stock", ".csv")?);
    }
    // One that is called almost like a file of a catalogue is read too, and refused by name: nothing that was written is left out unnoticed.
    let beside = [".toml", ".csv"].map(|ending| paths_in(dir, "", ending));
    for names in beside {
        paths.extend(names?.into_iter().filter(|name| name != MANIFEST));
    }
    read_all(dir, paths)
}

/// The policy tests of the catalogue in a folder, in path order: every `.test.toml` in `actions`.
///
/// # Errors
/// When `actions` or a file cannot be read.
pub fn read_tests(dir: &Path) -> Result<Vec<SourceFile>, ReadError> {
    read_all(dir, paths_in(dir, "actions", ".test.toml")?)
}

/// One file, under the path it was asked for by.
///
/// # Errors
/// When it cannot be read, or is not UTF-8.
pub fn read_file(path: &Path) -> Result<SourceFile, ReadError> {
    let text = fs::read_to_string(path).map_err(|cause| ReadError { path: path.to_owned(), cause })?;
    Ok(SourceFile { path: path.display().to_string(), text })
}

/// Files of a catalogue, in path order, each under its path in it.
fn read_all(dir: &Path, mut paths: Vec<String>) -> Result<Vec<SourceFile>, ReadError> {
    paths.sort();
    let read = |path: String| {
        let file = read_file(&dir.join(&path))?;
        Ok(SourceFile { path, ..file })
    };
    paths.into_iter().map(read).collect()
}

/// The files of a folder whose names end so, as paths inside the catalogue; hidden ones are left out.
fn paths_in(dir: &Path, folder: &str, ending: &str) -> Result<Vec<String>, ReadError> {
    let inner = dir.join(folder);
    let unreadable = |cause| ReadError { path: inner.clone(), cause };
    let mut paths = Vec::new();
    for entry in fs::read_dir(&inner).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(ending) && !name.starts_with('.') {
            paths.push(if folder.is_empty() { name } else { format!("{folder}/{name}") });
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_stand_beside_the_actions_and_are_no_part_of_the_catalogue() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("actions")).unwrap();
        for path in ["actions/a.toml", "actions/a.test.toml", "actions/.b.test.toml", "forbidden.toml", "notes.toml"] {
            fs::write(folder.path().join(path), "").unwrap();
        }
        let paths = |files: Vec<SourceFile>| files.into_iter().map(|file| file.path).collect::<Vec<_>>();
        assert_eq!(paths(read_dir(folder.path()).unwrap()), ["actions/a.toml", "forbidden.toml", "notes.toml"]);
        assert_eq!(paths(read_tests(folder.path()).unwrap()), ["actions/a.test.toml"]);
    }
}
