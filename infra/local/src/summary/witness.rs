//! What the file itself says of people and of places, whatever anybody made of it: what was allowed when, and where somebody was when they were decided on.

use std::collections::BTreeMap;

use tact_domain::{ConsentChange, ConsentFacet, DecisionId, Fingerprint, Happened, Places, Sighting, Timestamp};
use tact_wire::{DecisionItem, ParsedEvent};

use crate::dry::Script;

/// What the events of a file say.
pub(super) struct Witness {
    /// By customer: every change of consent, with its arrival, time and event.
    consents: BTreeMap<String, Vec<(Timestamp, Timestamp, Fingerprint, ConsentChange)>>,
    /// By the decision an event would lead to: where it was found.
    found: BTreeMap<DecisionId, Found>,
}

/// Where an event was found: by a position, and whether its store's position would tell as much.
struct Found {
    position: Option<(f64, f64, f64)>,
    /// A purchase is made at a till, and not found by where it was.
    by_store: bool,
}

impl Witness {
    /// Takes down what the events of a script say.
    pub(super) fn of(script: &Script) -> Self {
        let mut witness = Self { consents: BTreeMap::new(), found: BTreeMap::new() };
        for event in script.events() {
            let signal = &event.signal;
            if let Happened::Consent(change) = &signal.happened {
                let known = witness.consents.entry(signal.customer.as_str().to_owned()).or_default();
                known.push((signal.arrived, signal.at, signal.event, change.clone()));
            } else if let Some(found) = Found::by(event) {
                witness.found.insert(signal.decision, found);
            }
        }
        witness
    }

    /// What a customer had said by an instant.
    pub(super) fn consents(&self, customer: &str, by: Timestamp) -> ConsentFacet {
        let mut consent = ConsentFacet::default();
        let said = self.consents.get(customer).into_iter().flatten();
        for (_, at, event, change) in said.filter(|(arrived, ..)| *arrived <= by) {
            consent.fold(change, *at, *event);
        }
        consent
    }

    /// Whether somebody was decided on for coming near a place where nobody is approached.
    pub(super) fn was_denied(&self, decision: &DecisionId, item: &DecisionItem, places: &Places) -> bool {
        let Some(found) = self.found.get(decision) else { return false };
        let store = item.store.as_deref().filter(|_| found.by_store).and_then(|id| places.store(id));
        let of_store = store.map(|store| (store.lat, store.lon, 0.0));
        let mut positions = found.position.into_iter().chain(of_store);
        positions.any(|(lat, lon, accuracy_m)| places.denied(lat, lon, accuracy_m).is_some())
    }
}

impl Found {
    fn by(event: &ParsedEvent) -> Option<Self> {
        match &event.signal.happened {
            Happened::Geolocation(Sighting::Fix { lat, lon, accuracy_m }) => {
                Some(Self { position: Some((*lat, *lon, accuracy_m.unwrap_or(0.0))), by_store: true })
            }
            Happened::Geolocation(_) => Some(Self { position: None, by_store: true }),
            Happened::CheckIn(check_in) => {
                let position = check_in.venue.as_ref().and_then(|venue| venue.position);
                Some(Self { position: position.map(|(lat, lon)| (lat, lon, 0.0)), by_store: true })
            }
            _ => None,
        }
    }
}
