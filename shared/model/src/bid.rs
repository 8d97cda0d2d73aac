//! The price of attention: what using up a contact costs, because something better may come for it later. A table that is learnt from the log,
//! and looked up with a customer's type, the contacts they have left, and the hours until they have one more.
//!
//! Layout, little-endian: magic (8 bytes), format version (u16), the opportunities each type was learnt from (u32 each), the prices (f32 each, by
//! type, then contacts, then hours), SHA-256 of everything before it. The same table has one encoding, always of `BidTable::BYTES` bytes.

use sha2::{Digest, Sha256};
use tact_domain::ProfileType;

const MAGIC: &[u8; 8] = b"TACTBID\0";
const VERSION: u16 = 1;
const CHECKSUM_BYTES: usize = 32;
/// Customers of a known type, and those of whom none is known.
const TYPES: usize = ProfileType::ALL.len() + 1;
const HOURS: [u16; 20] = [1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 36, 48, 72, 96, 120, 144, 168, 240, 336, 720];
const CONTACTS: usize = 8;
const PRICES: usize = TYPES * CONTACTS * HOURS.len();

/// What using up a contact costs, in minor units: never below 0, no more with more contacts left, and no less with more hours to go.
#[derive(Clone, Debug, PartialEq)]
pub struct BidTable {
    learnt_from: [u32; TYPES],
    /// By type, then contacts, then hours.
    prices: Vec<f32>,
}

impl BidTable {
    /// How many types it tells apart: those of `ProfileType::ALL`, in their order, and behind them nobody's in particular.
    pub const TYPES: usize = TYPES;
    /// The most contacts left that it tells apart; who has more has as good as that many.
    pub const CONTACTS: usize = CONTACTS;
    /// The hours it holds prices for: between two of them a price is in between, after none at all it is 0, and after more than the last that of
    /// the last.
    pub const HOURS: &[u16] = &HOURS;
    /// How long its encoding is.
    pub const BYTES: usize = MAGIC.len() + 2 + 4 * TYPES + 4 * PRICES + CHECKSUM_BYTES;

    /// A table of the price that is given for every type, so many contacts left (from 1) and so many hours; with how many opportunities each type was
    /// learnt from.
    ///
    /// # Errors
    /// When a price is no number or below 0, rises with the contacts left, or falls with the hours.
    pub fn of(learnt_from: [u32; TYPES], price: impl Fn(usize, usize, u16) -> f32) -> Result<Self, BidError> {
        let price = &price;
        let of_contacts = |kind, contacts| HOURS.iter().map(move |hours| price(kind, contacts, *hours));
        let of_type = |kind| (1..=CONTACTS).flat_map(move |contacts| of_contacts(kind, contacts));
        Self::checked(learnt_from, (0..TYPES).flat_map(of_type).collect())
    }

    /// Reads an artefact and checks all of it.
    ///
    /// # Errors
    /// When the bytes are no table, are of another format, were changed or cut, or hold prices that no table may have.
    pub fn decode(bytes: &[u8]) -> Result<Self, BidError> {
        let body = bytes.strip_prefix(MAGIC).ok_or(BidError::NotATable)?;
        let (version, body) = body.split_first_chunk().ok_or(BidError::Checksum)?;
        let found = u16::from_le_bytes(*version);
        if found != VERSION {
            return Err(BidError::Version { found });
        }
        let (body, checksum) = body.split_last_chunk::<CHECKSUM_BYTES>().ok_or(BidError::Checksum)?;
        let (signed, _) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(BidError::Checksum)?;
        if Sha256::digest(signed).as_slice() != checksum.as_slice() {
            return Err(BidError::Checksum);
        }
        if bytes.len() != Self::BYTES {
            return Err(BidError::Length { found: bytes.len() });
        }
        let (words, _) = body.as_chunks::<4>();
        let (counts, prices) = words.split_at_checked(TYPES).ok_or(BidError::Checksum)?;
        let mut learnt_from = [0; TYPES];
        learnt_from.iter_mut().zip(counts).for_each(|(count, word)| *count = u32::from_le_bytes(*word));
        Self::checked(learnt_from, prices.iter().map(|word| f32::from_le_bytes(*word)).collect())
    }

    /// The artefact as bytes: the same table always gives the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.learnt_from.iter().flat_map(|count| count.to_le_bytes()));
        bytes.extend(self.prices.iter().flat_map(|price| price.to_le_bytes()));
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// How many opportunities each type was learnt from, in the order of `TYPES`.
    pub fn learnt_from(&self) -> [u32; TYPES] {
        self.learnt_from
    }

    /// What using up one of so many contacts left costs a customer of a type, or of none that is known, when one more comes in so many hours: 0
    /// when that is now. No contacts left count as one.
    pub fn price(&self, kind: Option<ProfileType>, contacts: u16, hours: f64) -> f64 {
        let kind = kind.and_then(|kind| ProfileType::ALL.iter().position(|known| *known == kind));
        let contacts = usize::from(contacts).clamp(1, CONTACTS);
        let row = self.row(kind.unwrap_or(TYPES - 1), contacts);
        let (mut from, mut below) = (0.0, 0.0);
        for (to, price) in HOURS.iter().zip(row) {
            let (to, price) = (f64::from(*to), f64::from(*price));
            if hours <= to {
                let share = ((hours - from) / (to - from)).clamp(0.0, 1.0);
                return below + share * (price - below);
            }
            (from, below) = (to, price);
        }
        below
    }

    /// The prices of a type with so many contacts left, from 1, by hours.
    fn row(&self, kind: usize, contacts: usize) -> &[f32] {
        let first = (kind * CONTACTS + contacts - 1) * HOURS.len();
        self.prices.get(first..first + HOURS.len()).unwrap_or_default()
    }

    fn checked(learnt_from: [u32; TYPES], prices: Vec<f32>) -> Result<Self, BidError> {
        let table = Self { learnt_from, prices };
        for kind in 0..TYPES {
            for contacts in 1..=CONTACTS {
                let row = table.row(kind, contacts);
                if row.iter().any(|price| !price.is_finite() || price.is_sign_negative()) {
                    return Err(BidError::Price { kind, contacts });
                }
                if !row.is_sorted() {
                    return Err(BidError::Falls { kind, contacts });
                }
                let fewer = table.row(kind, contacts.saturating_sub(1).max(1));
                if row.iter().zip(fewer).any(|(price, fewer)| price > fewer) {
                    return Err(BidError::Rises { kind, contacts });
                }
            }
        }
        Ok(table)
    }
}

/// Why a table of prices was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BidError {
    /// The first bytes are something else.
    #[error("not a table of what contacts cost")]
    NotATable,
    /// Written by another build.
    #[error(
        "what contacts cost has format {found}, this build reads format {VERSION}: learn the table again or update"
    )]
    Version {
        /// The format version in the artefact.
        found: u16,
    },
    /// The bytes are not those that were written.
    #[error("checksum of what contacts cost does not match: the table was changed or cut short")]
    Checksum,
    /// There are more bytes than a table has, or fewer.
    #[error("what contacts cost takes {found} bytes, a table has {}", BidTable::BYTES)]
    Length {
        /// How many there are.
        found: usize,
    },
    /// A price is no number, or below 0.
    #[error("what a contact costs type {kind} with {contacts} left is no price")]
    Price {
        /// The place of the type.
        kind: usize,
        /// The contacts left.
        contacts: usize,
    },
    /// A contact costs less when one more comes later.
    #[error("what a contact costs type {kind} with {contacts} left falls with the hours")]
    Falls {
        /// The place of the type.
        kind: usize,
        /// The contacts left.
        contacts: usize,
    },
    /// A contact costs more when more are left.
    #[error("what a contact costs type {kind} is more with {contacts} left than with one fewer")]
    Rises {
        /// The place of the type.
        kind: usize,
        /// The contacts left.
        contacts: usize,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Cheaper with every contact, dearer with every hour, another price for every type.
    fn table() -> BidTable {
        let price = |kind: usize, contacts: usize, hours: u16| {
            f32::from(hours) * f32::from(u8::try_from(kind + 1).unwrap()) / f32::from(u8::try_from(contacts).unwrap())
        };
        BidTable::of([1, 2, 3, 4, 5, 15], price).unwrap()
    }

    fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len().saturating_sub(CHECKSUM_BYTES));
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    #[test]
    fn a_table_survives_its_artefact_to_the_byte_and_takes_less_than_4_kb() {
        let (table, bytes) = (table(), table().encode());
        assert_eq!(BidTable::decode(&bytes), Ok(table));
        assert_eq!(BidTable::decode(&bytes).unwrap().encode(), bytes);
        assert_eq!(bytes.len(), BidTable::BYTES);
        assert!(bytes.len() <= 4_096, "{}", bytes.len());
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_refused() {
        let bytes = table().encode();
        for length in 0..bytes.len() {
            assert!(BidTable::decode(&bytes[..length]).is_err());
        }
        for length in [0, 8, 10, 42, 100, bytes.len() - 4, bytes.len() - 1] {
            assert!(BidTable::decode(&signed(bytes[..length].to_vec())).is_err());
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(BidTable::decode(&changed).is_err());
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut newer = table().encode();
        newer[8] = 2;
        assert_eq!(BidTable::decode(&newer), Err(BidError::Version { found: 2 }));
        assert_eq!(BidTable::decode(b"TACTMDL\0 and so on"), Err(BidError::NotATable));
        let longer = [table().encode(), vec![0; 4]].concat();
        assert_eq!(BidTable::decode(&signed(longer)), Err(BidError::Length { found: BidTable::BYTES + 4 }));
        let of = |price: &dyn Fn(usize, u16) -> f32| BidTable::of([0; 6], |_, contacts, hours| price(contacts, hours));
        for wrong in [f32::NAN, f32::INFINITY, -1.0, -0.0] {
            assert_eq!(of(&|_, _| wrong), Err(BidError::Price { kind: 0, contacts: 1 }));
        }
        assert_eq!(of(&|_, hours| 1.0 / f32::from(hours)), Err(BidError::Falls { kind: 0, contacts: 1 }));
        let rises = |contacts: usize, _| f32::from(u8::from(contacts > 2));
        assert_eq!(of(&rises), Err(BidError::Rises { kind: 0, contacts: 3 }));
    }

    #[test]
    fn a_price_between_two_hours_is_between_theirs() {
        let browser = Some(ProfileType::Browser);
        // The fifth type: five times the hours by the contacts.
        for (contacts, hours, price) in
            [(1, 0.0, 0.0), (1, 0.5, 2.5), (1, 5.0, 25.0), (2, 30.0, 75.0), (4, 720.0, 900.0), (4, 1e9, 900.0)]
        {
            assert!((table().price(browser, contacts, hours) - price).abs() < 1e-9, "{contacts} {hours}");
        }
        assert!((table().price(None, 1, 1.0) - 6.0).abs() < 1e-9, "nobody's type in particular");
        assert!((table().price(None, 0, 1.0) - 6.0).abs() < 1e-9, "none left count as one");
        assert!((table().price(None, 99, 8.0) - 6.0).abs() < 1e-9, "more than are told apart");
        assert!(table().price(None, 1, -3.0).abs() < 1e-9, "one more has come already");
    }

    proptest! {
        #[test]
        fn prices_never_fall_with_hours_nor_rise_with_contacts(
            steps in prop::collection::vec(0.0_f32..9.0, HOURS.len()), contacts in 1_u16..12, a in 0.0..900.0, more in 0.0..900.0
        ) {
            let sums = |hours: u16| HOURS.iter().zip(&steps).filter(|(h, _)| **h <= hours).map(|(_, step)| step).sum::<f32>();
            let table = BidTable::of([0; TYPES], |_, left, hours| sums(hours) / f32::from(u8::try_from(left).unwrap())).unwrap();
            let price = |contacts, hours| table.price(Some(ProfileType::Express), contacts, hours);
            prop_assert!(price(contacts, a) <= price(contacts, a + more));
            prop_assert!(price(contacts + 1, a) <= price(contacts, a));
            prop_assert!(price(contacts, a) >= 0.0);
        }

        #[test]
        fn signed_nonsense_is_refused_or_holds_prices(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
        ) {
            let mut bytes = table().encode();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(table) = BidTable::decode(&signed(bytes)) {
                let price = table.price(None, 1, 100.0);
                prop_assert!(price.is_finite() && price >= 0.0);
            }
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(BidTable::decode(&bytes).is_err());
            prop_assert!(BidTable::decode(&signed([MAGIC.as_slice(), &[1, 0], &bytes].concat())).is_err());
        }
    }
}
