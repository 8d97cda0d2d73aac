//! `tact.partner.v1`: what a partner tells of the customer, such as a card that paid for a flight.

use tact_domain::{Key, PartnerSignal, Timestamp};

use super::error::{ParseError, Reason};
use super::field::{Field, Object};
use super::time::EventTime;

/// How long after the event what it is about may end, in milliseconds: 400 days.
const MAX_LASTS_MS: i64 = 400 * 86_400_000;

/// Reads a signal of the partner `source` that happened at `at`.
pub(super) fn read(data: &Object<'_>, source: &Key, at: Timestamp) -> Result<PartnerSignal, ParseError> {
    Ok(PartnerSignal {
        source: source.clone(),
        kind: data.required("kind")?.key()?,
        category: data.required("category")?.key()?,
        destination: data.optional("destination").map(|field| field.key()).transpose()?,
        with: data.optional("with").map(|field| field.customer().map(|other| Key::new(other.as_str()))).transpose()?,
        ends: data.optional("ends").map(|field| read_end(field, at)).transpose()?,
    })
}

fn read_end(field: Field<'_>, at: Timestamp) -> Result<Timestamp, ParseError> {
    let ends = EventTime::read(field)?.at;
    match ends.since_ms(at) {
        ..0 => Err(field.refuse(Reason::OutOfRange, "must not be before the event")),
        0..=MAX_LASTS_MS => Ok(ends),
        _ => Err(field.refuse(Reason::OutOfRange, "must be at most 400 days after the event")),
    }
}
