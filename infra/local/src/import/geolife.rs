//! `GeoLife` GPS fixes around Beijing: every row is one fix at the UTC time it states, of the first row per user and time.
//! The set does not say how accurate a fix is, so the events do not either; the altitude is left out.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;

use super::event::{Data, Event};
use super::table::{Shape, open};
use super::{Converted, ImportError};

const FIXES: Shape = Shape { kind: "fixes", columns: &["user", "t", "lat", "lon"] };

/// The fixes as events.
pub(super) fn convert(files: &[PathBuf], progress: &mut dyn FnMut(u64)) -> Result<Converted, ImportError> {
    let mut tables = open(files, &[&FIXES])?;
    FIXES.required(&tables)?;
    let mut converted = Converted::default();
    let mut seen: BTreeSet<(String, Timestamp)> = BTreeSet::new();
    for table in &mut tables {
        table.read(&mut converted, progress, &mut |converted, row| {
            let subject = format!("geolife-{}", row.id("user")?);
            let at = row.instant("t")?;
            let fix = Data::Fix { lat: row.degrees("lat", 90.0)?, lon: row.degrees("lon", 180.0)? };
            if seen.insert((subject.clone(), at)) {
                converted.events.push(Event::of(row, at, subject, fix));
            } else {
                converted.note("fixes left out: the user has an earlier row with the same time");
            }
            Ok(())
        })?;
    }
    Ok(converted)
}
