//! Formats in and out: events, facets, the compiled catalogue, the outbox and decision records. Pure.
//! Read in this order: `event` (what comes in), `facet` (what is kept), `outbox` and `record` (what a decision leaves behind).

mod address;
mod catalogue;
mod event;
mod facet;
mod outbox;
mod record;

pub use address::AddressBook;
pub use catalogue::{CatalogueError, decode_catalogue, encode_catalogue};
pub use event::{ConsentProof, ContactPoint, ParseError, ParsedEvent, Reason as ParseReason, parse};
pub use facet::{FacetError, facet_json, pack_facet, unpack_facet};
pub use outbox::DecisionItem;
pub use record::{Envelope, Facts, RecordError, Recorded, canonical_event, decode_record, encode_body, record_line};

use sha2::{Digest, Sha256};

/// The SHA-256 of bytes in lower-case hexadecimal, as catalogues, models and records are named.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}
