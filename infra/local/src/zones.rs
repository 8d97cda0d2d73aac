//! Whose clock says what: the zones customers say they live in, and instants as their clocks show them.

use std::collections::BTreeMap;

use jiff::Zoned;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use tact_domain::{EventKind, Happened, Places, Timestamp};
use tact_wire::{Message, parse};

use crate::arrival::Arrival;

/// The zones that the consents of a file tell, by customer: the latest each.
#[derive(Clone, Debug, Default)]
pub struct Zones(BTreeMap<String, (Timestamp, TimeZone)>);

impl Zones {
    /// The zones told in these events; a consent that cannot be read tells none.
    pub fn of(arrivals: &[Arrival]) -> Self {
        let mut zones: BTreeMap<String, (Timestamp, TimeZone)> = BTreeMap::new();
        for arrival in arrivals.iter().filter(|arrival| arrival.kind == EventKind::Consent) {
            let Ok(event) = parse(&arrival.bytes, arrival.at) else { continue };
            let Happened::Consent(told) = &event.signal.happened else { continue };
            let zone = told.zone.as_deref().and_then(named);
            let newer = zones.get(&arrival.customer).is_none_or(|(at, _)| event.signal.at >= *at);
            if let Some(zone) = zone.filter(|_| newer) {
                zones.insert(arrival.customer.clone(), (event.signal.at, zone));
            }
        }
        Self(zones)
    }

    /// The zone in which a customer lives; `None` when they never told.
    pub fn at_home(&self, customer: &str) -> Option<&TimeZone> {
        self.0.get(customer).map(|(_, zone)| zone)
    }

    /// The zone in which a message is read: the recipient's own, or that of the store it is about; UTC when neither is known.
    pub fn of_recipient(&self, message: &Message, places: &Places) -> TimeZone {
        let of_store = || places.store(message.store.as_deref()?).map(|store| store.zone.clone());
        self.at_home(message.customer.as_str()).cloned().or_else(of_store).unwrap_or(TimeZone::UTC)
    }
}

/// The zone of a name in the time zone database; `None` when it has none of that name.
pub fn named(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// An instant as the clocks of a zone show it; 1970 for one beyond the calendar.
pub fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(zone.clone())
}

/// The instant of a time on a clock.
pub fn instant(at: &Zoned) -> Timestamp {
    Timestamp(at.timestamp().as_millisecond())
}
