//! The decision log of a run: the latest attempt of each decision, until it is known which were committed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tact_domain::DecisionId;
use tact_pipeline::{DecisionLog, LogEntry, LogError};

/// Decisions logged and not yet taken.
#[derive(Debug, Default)]
pub struct LocalLog(Mutex<BTreeMap<DecisionId, String>>);

impl LocalLog {
    /// The record of a decision that was committed: its last attempt.
    pub fn take(&self, decision: DecisionId) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&decision)
    }

    /// Forgets what was logged and never committed.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl DecisionLog for LocalLog {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            if let LogEntry::Decision { decision, line, .. } = entry {
                kept.insert(*decision, line.clone());
            }
        }
        Ok(())
    }
}
