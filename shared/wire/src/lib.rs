//! Formats in and out: events, facets, the compiled catalogue, the outbox and decision records. Pure.
//! Read in this order: `event` (what comes in), `facet` (what is kept), `outbox` and `record` (what a decision leaves behind).

mod address;
mod catalogue;
mod event;
mod facet;
mod hash;
mod outbox;
mod record;

pub use address::AddressBook;
pub use catalogue::{CatalogueError, decode_catalogue, encode_catalogue};
pub use event::{ConsentProof, ContactPoint, ParseError, ParsedEvent, Reason as ParseReason, parse};
pub use facet::{FacetError, facet_json, pack_facet, unpack_facet};
pub use hash::{hex, sha256_hex};
pub use outbox::DecisionItem;
pub use record::{Envelope, Facts, RecordError, Recorded, canonical_event, decode_record, encode_body, record_line};
