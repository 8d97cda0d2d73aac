//! What was learnt, stored: the counts of a shard with whoever keeps to it, and what decisions are made with, which bears the hash of its bytes.

use serde::{Deserialize, Serialize};
use tact_decide::{Counts, Learned};
use tact_domain::Timestamp;

use crate::facet::{pack, read};
use crate::{hex, sha256_hex};

/// A shard of what is counted, and who keeps to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which process writes it, as a number.
    pub keeper: u64,
    /// Until when no other does.
    pub until: Timestamp,
    /// What was counted in it.
    pub counts: Counts,
}

impl Shard {
    /// The stored form.
    pub fn pack(&self) -> Vec<u8> {
        pack(self)
    }

    /// Reads the stored form; `None` when it is corrupt or of a newer schema.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        read(bytes)
    }
}

/// How many digits of a hash name what was learnt: nobody has a reason to forge it, and every record holds it.
const NAME: usize = 16;

/// The canonical bytes of what all shards counted together: the same counts, the same bytes.
pub fn encode_learned(counts: &Counts) -> Vec<u8> {
    pack(&(counts.types(), Learned::cells(counts)))
}

/// The name of such bytes.
pub fn learned_hash(bytes: &[u8]) -> String {
    sha256_hex(bytes).chars().take(NAME).collect()
}

/// Reads what was learnt, and names it; `None` when it is corrupt or of a newer schema.
pub fn decode_learned(bytes: &[u8]) -> Option<Learned> {
    let (types, cells) = read::<(u16, _)>(bytes)?;
    Some(Learned::new(learned_hash(bytes), types, cells))
}

/// What was learnt as a line of the decision log: its name, and its bytes as lower-case hexadecimal.
pub fn learned_line(bytes: &[u8]) -> String {
    serde_json::json!({ "learned": learned_hash(bytes), "bytes": hex(bytes) }).to_string()
}

/// Reads such a line; `None` for any other, and for one that was changed.
pub fn decode_learned_line(line: &str) -> Option<Learned> {
    #[derive(Deserialize)]
    struct Line<'a> {
        learned: &'a str,
        bytes: &'a str,
    }
    let Line { learned, bytes } = serde_json::from_str(line).ok()?;
    let (pairs, []) = bytes.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Vec<u8> = pairs.iter().map(byte).collect::<Option<_>>()?;
    decode_learned(&bytes).filter(|decoded| decoded.hash == learned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tact_decide::{Expected, Matured, Typed};
    use tact_domain::{Channel, Day};

    fn counts(types: u8) -> Counts {
        let mut counts = Counts::default();
        for nth in 0..120_u8 {
            let action = format!("action_number_{}", nth % 15);
            let expected = Expected {
                typed: Typed { kind: (nth < 100).then_some(nth % types), ..Typed::default() },
                positive: 123_456,
            };
            let matured = Matured { n: 1, positive: i8::from(nth % 3 == 0), harm: i8::from(nth % 7 == 0) };
            counts.enter(&(action.as_str().into(), Channel::Email), expected, matured, Day(i32::from(nth) / 100));
        }
        counts.ripen(Day(1), &Counts::default(), 1_000);
        counts
    }

    #[test]
    fn what_was_learnt_survives_its_bytes_and_the_same_counts_have_the_same_name() {
        let bytes = encode_learned(&counts(5));
        let learned = decode_learned(&bytes).unwrap();
        assert_eq!((learned.hash.len(), &learned.hash), (16, &learned_hash(&bytes)));
        assert_eq!(encode_learned(&counts(5)), bytes);
        assert_ne!(encode_learned(&counts(4)), bytes);
        assert!((learned.matured("action_number_3", Channel::Email) - 8.0).abs() < 1e-12);
        assert!(bytes.len() < 2_048, "{} bytes for 15 actions and 5 types", bytes.len());
        for cut in [0, 1, 7, bytes.len() - 1] {
            assert_eq!(decode_learned(&bytes[..cut]), None);
        }
        assert!(decode_learned(&encode_learned(&Counts::default())).unwrap().is_empty());
    }

    #[test]
    fn what_was_learnt_survives_its_line_in_the_log_and_a_changed_line_is_none() {
        let bytes = encode_learned(&counts(5));
        let line = learned_line(&bytes);
        assert_eq!(decode_learned_line(&line), decode_learned(&bytes));
        for (from, to) in
            [("\"bytes\":\"", "\"bytes\":\"0"), ("\"bytes\":\"", "\"bytes\":\"00"), ("learned", "decision")]
        {
            assert_eq!(decode_learned_line(&line.replace(from, to)), None);
        }
        let other = learned_line(&encode_learned(&counts(4)));
        let named = line.replace(&learned_hash(&bytes), &learned_hash(&encode_learned(&counts(4))));
        assert_ne!(named, other);
        assert_eq!(decode_learned_line(&named), None, "it bears another's name");
    }

    #[test]
    fn a_shard_survives_its_bytes() {
        let shard = Shard { keeper: 7, until: Timestamp(60_000), counts: counts(5) };
        assert_eq!(Shard::unpack(&shard.pack()), Some(shard));
        assert_eq!(Shard::unpack(b"?"), None);
    }
}
