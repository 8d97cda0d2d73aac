//! `tact.check-in.v1`: the customer is at a store of ours, or at somebody else's venue; in a store they may say that they are ready for somebody.

use tact_domain::{CheckIn, Key, Readiness, ReadinessKind, Venue};

use super::error::{ParseError, Reason};
use super::field::{Field, Object, OneOf};
use super::geolocation::position;

/// The longest size, in characters.
const SIZE_CHARS: usize = 16;

/// Reads a check-in: exactly one of `store` and `venue`; `ready` goes with a store alone.
pub(super) fn read(data: &Object<'_>) -> Result<CheckIn, ParseError> {
    let ready = data.optional("ready");
    Ok(match (data.one_of("store", "venue")?, ready) {
        (OneOf::First(store), ready) => {
            let ready = ready.map(|ready| read_ready(&ready.object()?)).transpose()?;
            CheckIn { store: Some(store.key()?), venue: None, ready }
        }
        (OneOf::Second(_), Some(ready)) => {
            return Err(ready.refuse(Reason::Ambiguous, "cannot be there together with `venue`"));
        }
        (OneOf::Second(venue), None) => {
            CheckIn { store: None, venue: Some(read_venue(&venue.object()?)?), ready: None }
        }
    })
}

fn read_ready(ready: &Object<'_>) -> Result<Readiness, ParseError> {
    let key = |name| ready.optional(name).map(|field| field.key()).transpose();
    let told = |word: &str| ReadinessKind::TOLD.into_iter().find(|kind| kind.name() == word);
    Ok(Readiness {
        kind: ready.required("kind")?.word(told)?,
        product: key("product")?,
        size: ready.optional("size").map(read_size).transpose()?,
        area: key("area")?,
    })
}

/// A size as a label says it: short, so that nothing else is said with it.
fn read_size(field: Field<'_>) -> Result<Key, ParseError> {
    let is_size = |text: &str| {
        text.len() <= SIZE_CHARS && text.chars().all(|char| char.is_ascii_alphanumeric() || "/.-".contains(char))
    };
    field.formed("at most 16 letters, digits and / . -", |text| is_size(text).then(|| Key::new(text)))
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
