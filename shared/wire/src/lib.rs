//! Formats in and out: events, facets, the compiled catalogue, the outbox and decision records. Pure.
//! Read in this order: `event` (what comes in), `facet` (what is kept), `outbox` and `record` (what a decision leaves behind),
//! `render` and `mime` (what leaves).

mod address;
mod appointment;
mod catalogue;
mod coupon;
mod entitlement;
mod event;
mod facet;
mod hash;
mod learned;
mod message;
mod mime;
mod outbox;
mod own;
mod proof;
mod record;
pub mod render;
mod reply;
mod seal;
mod segments;
mod task;

pub use address::{AddressBook, NumberOwners};
pub use appointment::{pack_appointment, unpack_appointment};
pub use catalogue::{CatalogueError, decode_catalogue, encode_catalogue};
pub use coupon::{coupon_hash, pack_coupon, unpack_coupon};
pub use entitlement::entitlement_json;
pub use event::{
    ConsentProof, ContactPoint, ParseError, ParsedEvent, Reason as ParseReason, parse, parse_recorded, reading,
};
pub use facet::{FacetError, facet_json, pack_facet, unpack_facet};
pub use hash::{hex, sha256_hex};
pub use learned::{Shard, decode_learned, decode_learned_line, encode_learned, learned_hash, learned_line};
pub use message::Message;
pub use mime::{MimeError, mime};
pub use outbox::{DecisionItem, Delivery};
pub use own::OwnEvent;
pub use proof::KeptProofs;
pub use record::{
    Chosen, Envelope, Facts, RecordError, Recorded, canonical_event, chosen_terms, decode_record, encode_body,
    readable_body, record_line,
};
pub use render::{CouponText, RenderError, Rendering, check_links, is_e164, is_email, render};
pub use reply::{
    Agreed, Answers, Asked, Asking, Digest, Fewer, Notice, Rejection, Report, Request, Returned, Texted, asking,
    is_sns_certificate, is_sns_subscription, read as read_request, tomorrow, unsubscribe_page, unsubscribed_page,
};
pub use seal::{Seal, Unsubscribe};
pub use segments::{Encoding, Segments, segments};
pub use task::{Compared, Offer, Person, Stock, Task, TaskItem, What};
