//! Identities: customers, events (as fingerprints), decisions, and the short keys of stores, areas, products and categories.

use std::fmt;

use compact_str::CompactString;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A store, area, product or category id; up to 24 bytes are kept in place, without allocation.
pub type Key = CompactString;

/// A customer, as the `subject` of an event names them: 1 to 128 characters of letters, digits and `-_.:@`, compared as bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerId(CompactString);

impl CustomerId {
    /// The longest id, in characters.
    pub const MAX_LEN: usize = 128;

    /// The id, or `None` when it is empty, too long or holds a character outside the allowed set.
    pub fn new(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.:@".contains(&b);
        let valid = (1..=Self::MAX_LEN).contains(&text.len()) && text.bytes().all(allowed);
        valid.then(|| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity of an event, (`source`, `id`), as the first 64 bits of its SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// The fingerprint of the event `id` of `source`.
    pub fn of(source: &str, id: &str) -> Self {
        let digest = digest(&[source.as_bytes(), id.as_bytes()]);
        Self((digest >> 64) as u64)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A decision: a hash of (source, event id, slot), so the same event always leads to the same id, whatever the catalogue or attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DecisionId(pub u128);

impl DecisionId {
    /// The id of what is decided for a store on the same event.
    #[must_use]
    pub fn for_store(self) -> Self {
        Self(digest(&[&self.0.to_be_bytes(), b"store"]))
    }

    /// The id of the decision in `slot` for the event `id` of `source`.
    pub fn of(source: &str, id: &str, slot: u8) -> Self {
        Self(digest(&[source.as_bytes(), id.as_bytes(), &[slot]]))
    }

    /// Reads the text form, `d-` and 32 hexadecimal digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("d-").filter(|hex| hex.len() == 32)?;
        let lower = hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        lower.then(|| u128::from_str_radix(hex, 16).ok()).flatten().map(Self)
    }
}

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d-{:032x}", self.0)
    }
}

// Both are hashes, so they are stored as bytes: a number of variable length would take more. People read them as text.

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.to_be_bytes().serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 8]>::deserialize(deserializer).map(|bytes| Self(u64::from_be_bytes(bytes)));
        }
        let text = CompactString::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Self).map_err(|_| D::Error::custom("not a fingerprint"))
    }
}

impl Serialize for DecisionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.to_be_bytes().serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for DecisionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return <[u8; 16]>::deserialize(deserializer).map(|bytes| Self(u128::from_be_bytes(bytes)));
        }
        let text = CompactString::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a decision id"))
    }
}

/// The first 128 bits of the SHA-256 over the parts, each preceded by its length so that no two lists of parts collide.
fn digest(parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let bytes: [u8; 32] = hasher.finalize().into();
    let mut high = [0; 16];
    high.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    u128::from_be_bytes(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_id_is_short_and_plain() {
        assert!(CustomerId::new("cust-42@shop:1.x_Y").is_some());
        for bad in ["", "with space", "с1", "a/b", &"x".repeat(129)] {
            assert!(CustomerId::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_decision_id_survives_its_text() {
        let id = DecisionId::of("app", "c-1", 0);
        assert_eq!(DecisionId::parse(&id.to_string()), Some(id));
        assert_ne!(id, DecisionId::of("app", "c-1", 1));
        for bad in ["", "d-", "d-xyz", &format!("d-{}", "A".repeat(32)), &format!("d-+{}", "1".repeat(31))] {
            assert_eq!(DecisionId::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn source_and_id_do_not_run_together() {
        assert_ne!(Fingerprint::of("ab", "c"), Fingerprint::of("a", "bc"));
    }
}
