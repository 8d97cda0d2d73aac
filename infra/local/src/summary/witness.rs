//! What the file itself says of people and of places, whatever anybody made of it: what was allowed when, and where somebody was when they were decided on.

use std::collections::BTreeMap;

use tact_decide::Catalogue;
use tact_domain::{CheckIn, ConsentChange, ConsentFacet, DecisionId, Fingerprint, Happened, Sighting, Timestamp};
use tact_wire::{DecisionItem, ParsedEvent};

use crate::dry::Script;

/// What the events of a file say.
pub(super) struct Witness {
    /// By customer: every change of consent, with its arrival, time and event.
    consents: BTreeMap<String, Vec<(Timestamp, Timestamp, Fingerprint, ConsentChange)>>,
    /// By the decision an event would lead to: where it was found.
    found: BTreeMap<DecisionId, Found>,
}

/// How it is known where somebody was. A purchase is made at a till, and not found by where it was.
enum Found {
    /// They told of a place.
    Told(CheckIn),
    /// By a position, with its accuracy in metres; a beacon has that of its store.
    Seen(Option<(f64, f64, f64)>),
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

    /// Whether somebody was decided on for coming near a place where nobody is approached, or for telling of one.
    pub(super) fn was_denied(&self, decision: &DecisionId, item: &DecisionItem, catalogue: &Catalogue) -> bool {
        let position = match self.found.get(decision) {
            None => return false,
            Some(Found::Told(check_in)) => return catalogue.ground().is_private(check_in),
            Some(Found::Seen(position)) => *position,
        };
        let store = item.store.as_deref().and_then(|id| catalogue.places.store(id));
        let of_store = store.map(|store| (store.lat, store.lon, 0.0));
        let mut positions = position.into_iter().chain(of_store);
        positions.any(|(lat, lon, accuracy_m)| catalogue.places.denied(lat, lon, accuracy_m).is_some())
    }
}

impl Found {
    fn by(event: &ParsedEvent) -> Option<Self> {
        match &event.signal.happened {
            Happened::Geolocation(Sighting::Fix { lat, lon, accuracy_m }) => {
                Some(Self::Seen(Some((*lat, *lon, accuracy_m.unwrap_or(0.0)))))
            }
            Happened::Geolocation(Sighting::Beacon { .. }) => Some(Self::Seen(None)),
            Happened::CheckIn(check_in) => Some(Self::Told(check_in.clone())),
            _ => None,
        }
    }
}
