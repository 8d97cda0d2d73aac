//! Which process this is. Two that write the same at the same instant have the same nonce, and each would take the other's commit for its own: harmless
//! where both mean the same, and a second message where one of them was to send it.

use std::sync::atomic::{AtomicU64, Ordering};

use tact_domain::Fingerprint;

use crate::{Nonce, Write};

/// One process among all that share a table.
#[derive(Debug)]
pub struct Process {
    name: u64,
    acts: AtomicU64,
}

impl Process {
    /// The process that the platform calls so; no other may be called the same at the same time.
    pub fn named(name: &str) -> Self {
        Self { name: Fingerprint::of("process", name).0, acts: AtomicU64::new(0) }
    }

    /// Its name as a number.
    pub(crate) fn number(&self) -> u64 {
        self.name
    }

    /// A nonce for writes that one alone may make: no other process has it, nor this one a second time.
    pub fn nonce(&self, writes: &[Write]) -> Nonce {
        let act = self.acts.fetch_add(1, Ordering::Relaxed);
        let own = Fingerprint::of(&self.name.to_string(), &act.to_string());
        Nonce(Nonce::of(writes).0 ^ u128::from(own.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_writes_have_another_nonce_in_another_process_and_another_time() {
        let (one, other) = (Process::named("one"), Process::named("other"));
        let nonces = [one.nonce(&[]), one.nonce(&[]), other.nonce(&[]), other.nonce(&[]), Nonce::of(&[])];
        let distinct: std::collections::BTreeSet<_> = nonces.iter().map(|nonce| nonce.0).collect();
        assert_eq!(distinct.len(), nonces.len());
    }
}
