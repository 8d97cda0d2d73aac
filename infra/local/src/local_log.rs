//! The decision log of a run: the latest attempt of each decision, until it is known which were committed; and, beside a table that is
//! kept, every attempt on disk before its commit.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tact_domain::DecisionId;
use tact_pipeline::{DecisionLog, LogEntry, LogError};

/// The file beside a table that is kept: a record a line, of every attempt; the last one of a decision is the one that was committed. What was learnt stands
/// before the first decision that was made with it.
pub(crate) const FILE: &str = "decision-log.ndjson";
/// The file beside it for what guardrails did: a change a line.
const GUARDS: &str = "guard-log.ndjson";

/// The lines of such a file, or of any like it; what is no text in one is replaced.
///
/// # Errors
/// When it cannot be opened; each line when it cannot be read.
pub(crate) fn lines(path: &Path) -> io::Result<impl Iterator<Item = io::Result<String>> + use<>> {
    let lines = BufReader::new(File::open(path)?).split(b'\n');
    Ok(lines.map(|line| Ok(String::from_utf8_lossy(&line?).into_owned())))
}

/// Decisions logged and not yet taken.
#[derive(Debug, Default)]
pub struct LocalLog {
    latest: Mutex<BTreeMap<DecisionId, String>>,
    file: Option<Mutex<File>>,
    guards: Option<Mutex<File>>,
}

impl LocalLog {
    /// A log beside the table of a directory; in memory when there is none.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn beside(directory: Option<&Path>) -> io::Result<Self> {
        let open = |name: &str| {
            let open = |directory: &Path| OpenOptions::new().create(true).append(true).open(directory.join(name));
            directory.map(open).transpose().map(|file| file.map(Mutex::new))
        };
        Ok(Self { latest: Mutex::default(), file: open(FILE)?, guards: open(GUARDS)? })
    }

    /// The record of a decision that was committed: its last attempt.
    pub fn take(&self, decision: DecisionId) -> Option<String> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).remove(&decision)
    }

    /// Forgets what was logged and never committed.
    pub fn clear(&self) {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl DecisionLog for LocalLog {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut lines, mut guards) = (String::new(), String::new());
        for entry in entries {
            match entry {
                LogEntry::Decision { decision, line, .. } => {
                    lines.extend([line, "\n"]);
                    latest.insert(*decision, line.clone());
                }
                // Whoever makes decisions again needs it.
                LogEntry::Learned { line, .. } => lines.extend([line, "\n"]),
                LogEntry::Guard { line, .. } => guards.extend([line, "\n"]),
                LogEntry::Quarantine { .. } => {}
            }
        }
        write(self.file.as_ref(), &lines)?;
        write(self.guards.as_ref(), &guards)
    }
}

fn write(file: Option<&Mutex<File>>, lines: &str) -> Result<(), LogError> {
    let Some(file) = file else { return Ok(()) };
    let written = file.lock().unwrap_or_else(PoisonError::into_inner).write_all(lines.as_bytes());
    written.map_err(|error| LogError(error.to_string()))
}
