//! An event as it is written: one `CloudEvents` JSON object on a line.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZoneDatabase};
use serde::Serialize;

use super::row::{Row, slug};
use super::{ImportError, Set};

/// One event of a set; its time is written at the clock of the set's home, so that days and weekends are those people lived.
pub(super) struct Event {
    pub(super) at: Timestamp,
    /// Which file (in name order) and which row it came from: the order of events at one instant.
    pub(super) order: (usize, u64),
    /// `file:row`, the id without the set.
    pub(super) origin: String,
    pub(super) subject: String,
    pub(super) data: Data,
}

/// What an event says.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Data {
    CheckIn { venue: Venue },
    Fix { lat: f64, lon: f64 },
    Purchase { receipt: String, store: String, channel: &'static str, currency: &'static str, lines: Vec<Line> },
}

#[derive(Clone, Serialize)]
pub(super) struct Venue {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<String>,
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// Goods of one price, in minor units of the currency; a return has a `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    pub(super) product: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) category: Option<String>,
    pub(super) quantity: u64,
    pub(super) unit_price: u64,
}

/// The frame around what an event says.
#[derive(Serialize)]
struct Envelope<'a, T> {
    specversion: &'static str,
    id: String,
    source: &'static str,
    r#type: &'static str,
    subject: &'a str,
    time: String,
    data: &'a T,
}

impl Event {
    /// The event of a row.
    pub(super) fn of(row: &Row<'_>, at: Timestamp, subject: String, data: Data) -> Self {
        Self { at, order: row.order(), origin: row.origin(), subject, data }
    }

    /// Writes the event as one line.
    pub(super) fn write(&self, set: Set, out: &mut dyn Write) -> Result<(), ImportError> {
        let kind = match &self.data {
            Data::CheckIn { .. } => "tact.check-in.v1",
            Data::Fix { .. } => "tact.geolocation.v1",
            Data::Purchase { .. } => "tact.purchase.v1",
        };
        write_line(set, kind, &self.origin, &self.subject, self.at, &self.data, out)
    }
}

/// Writes one event of any type as one line.
pub(super) fn write_line<T: Serialize>(
    set: Set,
    r#type: &'static str,
    origin: &str,
    subject: &str,
    time: Timestamp,
    data: &T,
    out: &mut dyn Write,
) -> Result<(), ImportError> {
    let source = set.name();
    let id = format!("{source}:{origin}");
    let zone = TimeZoneDatabase::bundled().get(set.home().0);
    let offset = zone.map_or(Offset::UTC, |zone| zone.to_offset(time));
    let time = time.display_with_offset(offset).to_string();
    let envelope = Envelope { specversion: "1.0", id, source, r#type, subject, time, data };
    serde_json::to_writer(&mut *out, &envelope).map_err(|error| ImportError::Write(error.into()))?;
    out.write_all(b"\n").map_err(ImportError::Write)
}

/// A category as an id: lower-case letters and digits, anything else one `-`; `None` when nothing is left.
pub(super) fn category(name: &str) -> Option<String> {
    let id = slug(&name.to_lowercase().replace(['é', 'è'], "e"));
    (!id.is_empty()).then_some(id)
}
