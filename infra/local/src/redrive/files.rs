//! Where failure records lie: files and whole directories of them, one or many to a file, packed or not.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::{Deserializer, Value};

use super::{FailureRecord, NotRedriven};

/// The most bytes a file may unpack to.
const MOST_BYTES: u64 = 1 << 30;
/// How many mistakes are told at once.
const TOLD: usize = 10;

/// Some of what was named cannot be put back; so nothing is.
#[derive(Debug, thiserror::Error)]
#[error("nothing was put back:\n  {}", .0.join("\n  "))]
pub struct Unreadable(Vec<String>);

#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("there is no file in it")]
    Empty,
    #[error("it holds nothing")]
    Nothing,
    #[error("it is not JSON from line {0} on")]
    NotJson(usize),
    #[error("object {0} of it: {1}")]
    Object(usize, NotRedriven),
    #[error(transparent)]
    Only(NotRedriven),
}

/// Reads all failure records of files and directories, in the order of their paths. A file holds one, several after each other (such as one a line), or lists
/// of them, and may be packed by gzip. Files whose name begins with a dot are left out of directories.
///
/// # Errors
/// When anything cannot be read, or is no failure record with its records: the first ten of what is wrong.
pub fn read(paths: &[PathBuf]) -> Result<Vec<FailureRecord>, Unreadable> {
    let (mut failures, mut wrong) = (Vec::new(), Vec::new());
    let mut tell = |path: &Path, why: Wrong| {
        if wrong.len() < TOLD {
            wrong.push(format!("`{}`: {why}", path.display()));
        }
    };
    for path in paths {
        match files(path) {
            Ok(found) if found.is_empty() => tell(path, Wrong::Empty),
            Ok(found) => {
                for file in found {
                    match failures_of(&file) {
                        Ok(found) => failures.extend(found),
                        Err(why) => tell(&file, why),
                    }
                }
            }
            Err(why) => tell(path, why.into()),
        }
    }
    if wrong.is_empty() { Ok(failures) } else { Err(Unreadable(wrong)) }
}

/// The file, or all files in a directory and those in it, in the order of their paths.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    entries.retain(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
    entries.sort_by_key(fs::DirEntry::path);
    let mut found = Vec::new();
    for entry in entries {
        found.extend(files(&entry.path())?);
    }
    Ok(found)
}

fn failures_of(file: &Path) -> Result<Vec<FailureRecord>, Wrong> {
    let objects = objects(&unpacked(file)?)?;
    let is_one = objects.len() == 1;
    let read = (1..).zip(objects).map(|(place, object)| {
        FailureRecord::of(object).map_err(|why| if is_one { Wrong::Only(why) } else { Wrong::Object(place, why) })
    });
    let failures: Vec<_> = read.collect::<Result<_, _>>()?;
    if failures.is_empty() { Err(Wrong::Nothing) } else { Ok(failures) }
}

fn unpacked(file: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::read(file)?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).take(MOST_BYTES + 1).read_to_end(&mut unpacked)?;
    if unpacked.len() as u64 > MOST_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(unpacked) }
}

/// Everything that stands in a text after each other; of lists, what is in them.
fn objects(text: &[u8]) -> Result<Vec<Value>, Wrong> {
    let mut objects = Vec::new();
    for value in Deserializer::from_slice(text).into_iter::<Value>() {
        match value.map_err(|error| Wrong::NotJson(error.line()))? {
            Value::Array(list) => objects.extend(list),
            one => objects.push(one),
        }
    }
    Ok(objects)
}
