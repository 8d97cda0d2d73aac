//! `tact.check-in.v1`: the customer is at a store of ours, or at somebody else's venue.

use tact_domain::{CheckIn, Venue};

use super::error::ParseError;
use super::field::{Object, OneOf};
use super::geolocation::position;

/// Reads a check-in: exactly one of `store` and `venue`.
pub(super) fn read(data: &Object<'_>) -> Result<CheckIn, ParseError> {
    Ok(match data.one_of("store", "venue")? {
        OneOf::First(store) => CheckIn { store: Some(store.key()?), venue: None },
        OneOf::Second(venue) => CheckIn { store: None, venue: Some(read_venue(&venue.object()?)?) },
    })
}

/// The venue's `name` is not read: nothing depends on it.
fn read_venue(venue: &Object<'_>) -> Result<Venue, ParseError> {
    let is_located = venue.optional("lat").is_some() || venue.optional("lon").is_some();
    Ok(Venue {
        id: venue.required("id")?.key()?,
        category: venue.optional("category").map(|field| field.key()).transpose()?,
        position: is_located.then(|| position(venue)).transpose()?,
    })
}
