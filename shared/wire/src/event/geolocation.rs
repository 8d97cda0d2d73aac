//! `tact.geolocation.v1`: a position of the customer's device, or a beacon of a store that it heard.

use tact_domain::Sighting;

use super::error::{ParseError, Reason};
use super::field::{Field, Object, OneOf};

/// The largest radius of uncertainty a device may tell, in metres.
pub(super) const MAX_ACCURACY_M: f64 = 100_000.0;
/// The fastest a device may say it moves, in metres per second.
const MAX_SPEED_MPS: f64 = 100_000.0;

/// Reads a sighting: exactly one of a position (`lat`, `lon`) and a `store`.
pub(super) fn read(data: &Object<'_>) -> Result<Sighting, ParseError> {
    // Half a position is one as well: it is no reason to believe a beacon.
    let half = if data.optional("lon").is_some() { "lon" } else { "lat" };
    match data.one_of(half, "store")? {
        OneOf::First(_) => read_fix(data),
        OneOf::Second(store) => Ok(Sighting::Beacon {
            store: store.key()?,
            area: data.optional("zone").map(|field| field.key()).transpose()?,
        }),
    }
}

/// Latitude and longitude in degrees. (0, 0) is what devices report when they do not know, so it is refused.
pub(super) fn position(place: &Object<'_>) -> Result<(f64, f64), ParseError> {
    let lat_field = place.required("lat")?;
    let lat = lat_field.number(-90.0..=90.0)?;
    let lon = place.required("lon")?.number(-180.0..=180.0)?;
    if lat == 0.0 && lon == 0.0 {
        return Err(lat_field.refuse(Reason::UnknownPosition, "and `lon` are 0, which stands for an unknown position"));
    }
    Ok((lat, lon))
}

/// The speed and whether the app was in the foreground are checked but not kept.
fn read_fix(data: &Object<'_>) -> Result<Sighting, ParseError> {
    let (lat, lon) = position(data)?;
    let up_to = |max: f64| move |field: Field<'_>| field.number(0.0..=max);
    let accuracy_m = data.optional("accuracy_m").map(up_to(MAX_ACCURACY_M)).transpose()?;
    data.optional("speed_mps").map(up_to(MAX_SPEED_MPS)).transpose()?;
    data.optional("foreground").map(|field| field.flag()).transpose()?;
    Ok(Sighting::Fix { lat, lon, accuracy_m })
}
