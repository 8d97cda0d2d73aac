//! What is left of limits, counted to the piece: there is nobody else who takes of them.

use std::collections::BTreeMap;

use tact_decide::{Catalogue, Claim};
use tact_domain::Key;

/// What was taken of every limit so far.
#[derive(Debug)]
pub(super) struct Limits {
    any: bool,
    taken: BTreeMap<Key, u64>,
}

impl Limits {
    /// The limits of a catalogue, nothing taken of them yet.
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        Self { any: catalogue.actions.iter().any(|action| !action.limits.is_empty()), taken: BTreeMap::new() }
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    /// The first limit that has not enough left for these claims; `None` when all can be met.
    pub(super) fn used_up(&self, claims: &[Claim]) -> Option<Key> {
        let left = |claim: &&Claim| claim.most.saturating_sub(self.taken.get(&claim.limit).copied().unwrap_or(0));
        claims.iter().find(|claim| claim.amount > left(claim)).map(|claim| claim.limit.clone())
    }

    /// Takes what these claims are for.
    pub(super) fn take(&mut self, claims: &[Claim]) {
        for claim in claims {
            *self.taken.entry(claim.limit.clone()).or_insert(0) += claim.amount;
        }
    }
}
