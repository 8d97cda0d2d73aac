//! Foursquare check-ins in New York: every row of a check-in file is one check-in, at the UTC time it states.
//! Name and place of the venue come from the places file when it is given and lists the venue, else from the row; the category is
//! the row's (one list of categories for all rows), also standing in for a name that is empty. The user's own offset is not used.

use std::collections::BTreeMap;
use std::path::PathBuf;

use tact_domain::{Sensitive, SensitiveMatters, distance_m};

use super::event::{Data, Event, Venue, category};
use super::fences::{Fence, deny_toml, stores_toml};
use super::row::Row;
use super::table::{Shape, Table, open};
use super::{Converted, ImportError};

const CHECK_INS: Shape = Shape {
    kind: "check-ins",
    columns: &["user_id", "venue_id", "venue_category_name", "latitude", "longitude", "utc_time"],
};
const PLACES: Shape = Shape { kind: "places", columns: &["venue_id", "name", "latitude", "longitude"] };

/// The check-ins as events.
pub(super) fn convert(files: &[PathBuf], progress: &mut dyn FnMut(u64)) -> Result<Converted, ImportError> {
    let mut tables = open(files, &[&CHECK_INS, &PLACES])?;
    CHECK_INS.required(&tables)?;
    let mut converted = Converted::default();
    let places = read_places(&mut tables, &mut converted, progress)?;
    for table in tables.iter_mut().filter(|table| table.is(&CHECK_INS)) {
        table.read(&mut converted, progress, &mut |converted, row| {
            let venue = venue(row, &places)?;
            if !places.contains_key(&venue.id) {
                converted.note("check-ins at venues that no places file lists");
            }
            let subject = format!("foursquare-{}", row.id("user_id")?);
            converted.events.push(Event::of(row, row.instant("utc_time")?, subject, Data::CheckIn { venue }));
            Ok(())
        })?;
    }
    converted.read.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(converted)
}

/// The `count` venues with most check-ins (ties: the smaller id first) as a stores file for `tact run --stores`, so that a check-in
/// there is a visit; the store's id is the venue's. No store is where nobody is approached, nor within 2,000 ft of a place of care: those places
/// follow as zones.
///
/// # Errors
/// As [`import`](super::import).
pub fn busiest_venues(
    files: &[PathBuf],
    count: usize,
    sensitive: &SensitiveMatters,
    progress: &mut dyn FnMut(u64),
) -> Result<String, ImportError> {
    let mut venues: BTreeMap<String, (u64, Venue)> = BTreeMap::new();
    for event in convert(files, progress)?.events {
        if let Data::CheckIn { venue } = event.data {
            venues.entry(venue.id.clone()).or_insert((0, venue)).0 += 1;
        }
    }
    let cares = |venue: &&Venue| {
        let matter = venue.category.as_deref().and_then(|kind| sensitive.of_venue(kind));
        matches!(matter, Some(Sensitive::Health | Sensitive::Pregnancy))
    };
    let care: Vec<Venue> = venues.values().map(|(_, venue)| venue).filter(cares).cloned().collect();
    let is_near = |venue: &Venue, place: &Venue| distance_m(venue.lat, venue.lon, place.lat, place.lon) <= ZONE_M;
    let is_open = |venue: &Venue| {
        !venue.category.as_deref().is_some_and(|kind| sensitive.is_private(kind))
            && !care.iter().any(|place| is_near(venue, place))
    };
    let mut busiest: Vec<_> = venues.into_values().collect();
    busiest.sort_by(|(a, _), (b, _)| b.cmp(a));
    let open = busiest.into_iter().map(|(_, venue)| venue).filter(is_open).take(count).map(fence);
    let about = "The busiest venues of a set of check-ins, written by `tact import foursquare --stores`.";
    let stores = stores_toml(about, "America/New_York", open);
    let zones = care.iter().map(|place| (fence(place.clone()), place.category.clone().unwrap_or_default()));
    Ok(stores + &deny_toml(zones))
}

/// 2,000 ft, in metres.
const ZONE_M: f64 = 609.6;

fn fence(venue: Venue) -> Fence {
    let Venue { id, name, lat, lon, .. } = venue;
    Fence { id, name, lat, lon }
}

/// What the places files say, by venue.
fn read_places(
    tables: &mut [Table],
    converted: &mut Converted,
    progress: &mut dyn FnMut(u64),
) -> Result<BTreeMap<String, Venue>, ImportError> {
    let mut places = BTreeMap::new();
    for table in tables.iter_mut().filter(|table| table.is(&PLACES)) {
        table.read(converted, progress, &mut |_, row| {
            let place = place(row, None)?;
            places.insert(place.id.clone(), place);
            Ok(())
        })?;
    }
    Ok(places)
}

fn venue(row: &Row<'_>, places: &BTreeMap<String, Venue>) -> Result<Venue, ImportError> {
    let kind = row.text("venue_category_name");
    let mut venue = place(row, category(&kind))?;
    if let Some(place) = places.get(&venue.id) {
        venue = Venue { category: venue.category, ..place.clone() };
    }
    if venue.name.is_empty() {
        venue.name = kind.into_owned();
    }
    Ok(venue)
}

fn place(row: &Row<'_>, category: Option<String>) -> Result<Venue, ImportError> {
    let name = row.text("name").trim().to_owned();
    let (lat, lon) = (row.degrees("latitude", 90.0)?, row.degrees("longitude", 180.0)?);
    Ok(Venue { id: row.id("venue_id")?, name, category, lat, lon })
}
