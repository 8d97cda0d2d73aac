//! A moment: everything a decision may look at, borrowed.

use tact_domain::{
    Appointment, CustomerId, DecisionId, Ground, Happened, Key, Profile, Purpose, Readiness, Sighting, Signal,
    Timestamp, Transition, Trigger, Trouble,
};

use crate::{Action, Issue, Learned, Rung};

/// Everything a decision may look at. The same moment, catalogue and models give the same decision.
#[derive(Clone, Debug)]
pub struct Moment<'a> {
    /// The decision to be made.
    pub decision: DecisionId,
    /// Whom it is about.
    pub customer: &'a CustomerId,
    /// What happened, as far as it may be looked at; `None` when nothing did and somebody asks.
    pub happened: Option<&'a Happened>,
    /// Why it is made.
    pub trigger: Trigger,
    /// The store it is about, if any.
    pub store: Option<Key>,
    /// The customer, with the signal folded in.
    pub profile: &'a Profile,
    /// When the signal happened.
    pub at: Timestamp,
    /// The instant decided for: the later of the signal's time and its arrival.
    pub now: Timestamp,
    /// The offset from UTC of local time where it happened, in seconds.
    pub offset_s: i32,
    /// How it is made.
    pub rung: Rung,
    /// Whether the position that triggered it may lie in a deny zone, or the customer told of a place where nobody is approached.
    pub denied_place: bool,
    /// The appointments that are kept now.
    pub kept: Vec<Appointment>,
    /// What makes every offer unwelcome, if anything does.
    pub trouble: Option<Trouble>,
    /// The sign that the customer is ready for somebody, if what happened is one.
    pub ready: Option<Readiness>,
    /// The limits of which nothing is left, by the names that claims give them, and what is held back from everybody, as `Hold` names it.
    pub exhausted: &'a [Key],
    /// What was learnt from what became of messages; `None` when nothing was.
    pub learned: Option<&'a Learned>,
    /// Whether it is decided what to tell the store, and not what to tell the customer.
    pub for_store: bool,
    /// The place somebody looks at, when the decision is what to show there; otherwise every treatment is meant.
    pub placement: Option<&'a str>,
}

impl<'a> Moment<'a> {
    /// A moment at which nothing happened and somebody asks, for the full model: what is to differ is set on top of it.
    pub fn asked(decision: DecisionId, customer: &'a CustomerId, profile: &'a Profile, now: Timestamp) -> Self {
        Self {
            decision,
            customer,
            happened: None,
            trigger: Trigger::Open,
            store: None,
            profile,
            at: now,
            now,
            offset_s: 0,
            rung: Rung::FullModel,
            denied_place: false,
            kept: Vec::new(),
            trouble: None,
            ready: None,
            exhausted: &[],
            learned: None,
            for_store: false,
            placement: None,
        }
    }

    /// Whether an appointment for an issue is kept now.
    pub fn keeps(&self, issue: Issue) -> bool {
        self.kept.iter().any(|kept| kept.issue == issue.name())
    }

    /// The appointment to keep a promise of an action, if one is kept now.
    pub fn promise(&self, action: &Action) -> Option<&Appointment> {
        self.kept.iter().find(|kept| kept.promised.as_ref().is_some_and(|(name, _)| *name == action.name))
    }

    /// The treatment that keeps a promise of an action now, if one is to be kept.
    pub fn promised(&self, action: &Action) -> Option<&Key> {
        self.promise(action)?.promised.as_ref().map(|(_, way)| way)
    }

    /// Whether the customer lets us decide on what they did before.
    pub fn may_profile(&self) -> bool {
        self.profile.consent.relied_on_anywhere(Purpose::Profiling, self.now).is_ok()
    }

    /// Whether the customer lets us use their position.
    pub fn may_locate(&self) -> bool {
        self.profile.consent.relied_on_anywhere(Purpose::Location, self.now).is_ok()
    }
}

/// Why, and about which store, a folded signal calls for a decision; `None` when it does not.
pub(crate) fn trigger_of(
    signal: &Signal,
    transitions: &[Transition],
    profile: &Profile,
    ground: &Ground<'_>,
) -> Option<(Trigger, Option<Key>)> {
    match &signal.happened {
        Happened::CheckIn(check_in) => {
            Some((Trigger::CheckIn, ground.store_of(check_in).map(|store| store.id.clone())))
        }
        Happened::Purchase(purchase) => Some((Trigger::Purchase, purchase.store.clone())),
        // One decision per event: coming in matters more than staying, staying more than leaving.
        Happened::Geolocation(_) => transitions
            .iter()
            .map(|transition| match transition {
                Transition::Entered(store) => (Trigger::Entry, store),
                Transition::Dwelled(store) => (Trigger::Dwell, store),
                Transition::Left(store) => (Trigger::Exit, store),
            })
            .min()
            .map(|(trigger, store)| (trigger, Some(store.clone()))),
        Happened::Due(due) => {
            let ledger = &profile.contact;
            let appointment = ledger.appointment(&due.issue, due.made_by).filter(|known| known.is_open(signal.at));
            appointment.map(|known| (Trigger::Due, known.store.clone()))
        }
        // Praise is heard, and nobody is made to regret it.
        Happened::Comment(comment) => {
            let store = || profile.store_of(comment, signal.at, ground.places);
            comment.read.tone.wants_an_answer().then(|| (Trigger::Comment, store()))
        }
        // A partner's signal is never a reason to speak up: the moment would give it away.
        Happened::Partner(_) | Happened::Consent(_) | Happened::Outcome(_) => None,
    }
}

/// Whether a position may lie in a deny zone, or that of the store whose fence it crossed does; and whether the customer told of being where nobody
/// is approached. What they tell of another place, however near, is fine; a purchase is made at a till, and an appointment is about what happened
/// then.
pub(crate) fn is_denied(signal: &Signal, store: Option<&str>, ground: &Ground<'_>) -> bool {
    let places = ground.places;
    let fix = match &signal.happened {
        Happened::CheckIn(check_in) => return ground.is_private(check_in),
        Happened::Geolocation(Sighting::Fix { lat, lon, accuracy_m }) => Some((*lat, *lon, accuracy_m.unwrap_or(0.0))),
        Happened::Geolocation(Sighting::Beacon { .. }) => None,
        _ => return false,
    };
    let fence = store.and_then(|id| places.store(id)).map(|store| (store.lat, store.lon, 0.0));
    fix.into_iter().chain(fence).any(|(lat, lon, accuracy_m)| places.denied(lat, lon, accuracy_m).is_some())
}
