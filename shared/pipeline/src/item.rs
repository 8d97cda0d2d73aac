//! Items of the one table: keys, versions, and the nonce by which a writer recognises its own write.

use sha2::{Digest, Sha256};
use tact_domain::{CustomerId, DecisionId, FacetKind, Fingerprint, Timestamp};

/// The key of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKey {
    /// A facet of a customer's profile.
    Facet(CustomerId, FacetKind),
    /// A decision to deliver.
    Decision(CustomerId, DecisionId),
    /// The proof of a consent, by the event that gave it.
    Proof(CustomerId, Fingerprint),
    /// A customer's addresses.
    Addresses(CustomerId),
}

impl ItemKey {
    /// What all facet keys begin with.
    pub const FACETS: &'static str = "f#";

    /// The partition key.
    pub fn pk(&self) -> String {
        match self {
            Self::Facet(customer, _) | Self::Decision(customer, _) | Self::Proof(customer, _) => customer_pk(customer),
            Self::Addresses(customer) => format!("r#{customer}"),
        }
    }

    /// The sort key.
    pub fn sk(&self) -> String {
        match self {
            Self::Facet(_, kind) => format!("{}{}", Self::FACETS, kind.name()),
            Self::Decision(_, decision) => format!("d#{decision}"),
            Self::Proof(_, event) => format!("p#{event}"),
            Self::Addresses(_) => "-".to_owned(),
        }
    }
}

/// The partition key of a customer's items.
fn customer_pk(customer: &CustomerId) -> String {
    format!("c#{customer}")
}

/// An item as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// How many times it was written.
    pub version: u64,
    /// Which commit wrote it last.
    pub nonce: Nonce,
    /// The packed value.
    pub bytes: Vec<u8>,
}

/// An item as it is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Its key.
    pub key: ItemKey,
    /// The version it must have now, 0 for one that must not exist; `None` writes whatever is there. The write gives it the next one.
    pub expected: Option<u64>,
    /// The packed value.
    pub bytes: Vec<u8>,
    /// When it may be forgotten; `None` keeps it.
    pub forget_at: Option<Timestamp>,
}

impl Write {
    /// The version the item has once it is written.
    pub fn version(&self) -> u64 {
        self.expected.unwrap_or(0).saturating_add(1)
    }
}

/// Names a commit by its content: the same writes have the same nonce, so a repeated commit recognises itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Nonce(pub u128);

impl Nonce {
    /// The nonce of a list of writes.
    pub fn of(writes: &[Write]) -> Self {
        let mut hasher = Sha256::new();
        for write in writes {
            for part in [write.key.pk().as_bytes(), write.key.sk().as_bytes(), &write.bytes] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
            hasher.update(write.expected.unwrap_or(u64::MAX).to_le_bytes());
        }
        let digest: [u8; 32] = hasher.finalize().into();
        Self(digest.iter().take(16).fold(0, |nonce, byte| nonce << 8 | u128::from(*byte)))
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
