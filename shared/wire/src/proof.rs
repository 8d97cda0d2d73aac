//! What a consent event leaves as evidence, as it is kept: who told it, when, and what the customer was shown.

use serde::Deserialize;
use tact_domain::{ConsentState, Key, Scope};

use crate::ConsentProof;

/// The evidence that one consent event left.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct KeptProofs {
    /// Who sent the event.
    pub source: Key,
    /// When it was said, in milliseconds since 1970.
    pub at_ms: i64,
    /// What was shown, one per grant that tells.
    pub proofs: Vec<ConsentProof>,
}

impl KeptProofs {
    /// Reads what `ParsedEvent::proof_json` wrote; `None` when it is nothing of the kind.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// What was shown for the first answer of a state about a scope that `is_meant`.
    pub fn find(&self, state: ConsentState, is_meant: impl Fn(&Scope) -> bool) -> Option<&ConsentProof> {
        self.proofs.iter().find(|proof| proof.state == state && proof.scopes.iter().any(&is_meant))
    }
}
