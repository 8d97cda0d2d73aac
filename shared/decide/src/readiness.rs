//! Readiness at a moment: by which sign somebody may come up to the customer, if by any.

use tact_domain::{CheckIn, Happened, Places, Profile, Purpose, Readiness, ReadinessKind, Signal, Timestamp, Trigger};

use crate::{Action, Moment, Treatment};

impl Moment<'_> {
    /// The sign by which the customer is ready for a person in the store: what they did just now, else a yes that is kept now, else that they asked to
    /// be greeted; `None` when they gave none.
    pub fn readiness(&self) -> Option<ReadinessKind> {
        self.ready.as_ref().map(|ready| ready.kind).or_else(|| self.standing())
    }

    /// The same, had nobody looked where the customer is.
    pub(crate) fn readiness_unseen(&self) -> Option<ReadinessKind> {
        self.readiness().filter(|kind| *kind != ReadinessKind::Dwell).or_else(|| self.standing())
    }

    /// The sign, with what it is about.
    pub(crate) fn sign(&self) -> Option<Readiness> {
        self.ready.clone().or_else(|| self.standing().map(Readiness::of))
    }

    fn standing(&self) -> Option<ReadinessKind> {
        if self.kept.iter().any(|kept| kept.promised.is_some()) {
            return Some(ReadinessKind::Appointment);
        }
        let asked = self.profile.consent.relied_on_anywhere(Purpose::StaffRecognition, self.now).is_ok();
        asked.then_some(ReadinessKind::Asked)
    }

    /// Whether a person may come up to the customer for this: in a store, and by a sign of theirs. To be greeted is all that was asked for by a standing
    /// request, and what mends a store comes up to nobody.
    pub(crate) fn lets_approach(&self, action: &Action, treatment: &Treatment) -> bool {
        if !action.is_about_the_customer() {
            return true;
        }
        let ready = self.readiness().is_some_and(|kind| kind != ReadinessKind::Asked || treatment.identifies);
        ready && self.store.is_some()
    }
}

/// The sign that a signal gives in a store; `None` when it gives none.
pub(crate) fn ready_of(
    signal: &Signal,
    (trigger, store): (Trigger, Option<&str>),
    profile: &Profile,
    places: &Places,
) -> Option<Readiness> {
    match (&signal.happened, trigger) {
        (Happened::CheckIn(CheckIn { ready, .. }), _) => ready.clone().filter(|_| store.is_some()),
        (Happened::Geolocation(_), Trigger::Dwell) => waits(store?, signal.at, profile, places),
        _ => None,
    }
}

/// Waiting at a service point: staying there, not just in the store.
fn waits(store: &str, at: Timestamp, profile: &Profile, places: &Places) -> Option<Readiness> {
    let presence = profile.geolocation.presence(store)?;
    let waits = presence.waits(places.store(store)?, at);
    waits.then(|| Readiness { area: presence.area.clone(), ..Readiness::of(ReadinessKind::Dwell) })
}
