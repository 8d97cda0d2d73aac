//! What folding must know of the deployment: its places, its currency, and what is sensitive there.

use std::borrow::Cow;

use crate::{
    CheckIn, ConsentChange, ConsentFacet, ConsentState, Happened, Line, Places, Purchase, SensitiveMatters, Signal,
    Store,
};

/// The ground a signal falls on.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// Our stores and the zones where nobody is approached.
    pub places: &'a Places,
    /// The currency decisions are made in.
    pub currency: &'a str,
    /// What is nobody's business.
    pub sensitive: &'a SensitiveMatters,
}

impl<'a> Ground<'a> {
    /// Where nothing is sensitive.
    pub fn of(places: &'a Places, currency: &'a str) -> Self {
        static NONE: SensitiveMatters = SensitiveMatters::NONE;
        Self { places, currency, sensitive: &NONE }
    }

    /// What of a signal may be looked at: a receipt without the lines that tell of a matter the customer did not agree to, and of a source that
    /// speaks to children nothing but refusals. Borrowed when that is all of it.
    pub fn seen<'s>(&self, signal: &'s Signal, consent: &ConsentFacet) -> Cow<'s, Happened> {
        let hidden =
            |line: &Line| self.sensitive.of_line(line).is_some_and(|matter| !matter.is_agreed(consent, signal.at));
        match &signal.happened {
            Happened::Purchase(purchase) if purchase.lines.iter().any(hidden) => {
                let lines = purchase.lines.iter().filter(|line| !hidden(line)).cloned().collect();
                Cow::Owned(Happened::Purchase(Purchase { lines, ..purchase.clone() }))
            }
            Happened::Consent(change) if self.sensitive.is_for_children(&signal.source) => {
                Cow::Owned(Happened::Consent(refusals(change)))
            }
            all => Cow::Borrowed(all),
        }
    }

    /// The store a check-in is a visit to; `None` somewhere else, and wherever nobody is approached.
    pub fn store_of(&self, check_in: &CheckIn) -> Option<&'a Store> {
        check_in.store_in(self.places).filter(|_| !self.is_private(check_in))
    }

    /// Whether a check-in is at a place where nobody is approached: by its kind, by its id, or, where nobody says what kind of place it is, by
    /// where it lies. What the customer tells of a place beside it is fine.
    pub fn is_private(&self, check_in: &CheckIn) -> bool {
        let Some(venue) = &check_in.venue else { return false };
        let listed = self.places.deny.iter().any(|zone| zone.id == venue.id);
        match &venue.category {
            _ if listed => true,
            Some(kind) => self.sensitive.is_private(kind),
            None if self.places.store(&venue.id).is_some() => false,
            None => venue.position.is_some_and(|(lat, lon)| self.places.denied(lat, lon, 0.0).is_some()),
        }
    }
}

/// What a change takes back or refuses; whatever it gives is left out.
fn refusals(change: &ConsentChange) -> ConsentChange {
    let refused = change.grants.iter().filter(|grant| grant.state != ConsentState::Granted);
    let withdrawn = change.points.iter().filter(|(_, reachable)| !reachable);
    ConsentChange {
        grants: refused.cloned().collect(),
        points: withdrawn.copied().collect(),
        ..ConsentChange::default()
    }
}
