//! A decision in hand while it is delivered: what was planned, what is to be written of it, and which way is left.

use std::sync::Arc;

use tact_decide::{Action, Catalogue, Hold, Hours, Message as Planned, Reason, Treatment, joins, recheck, unguarded};
use tact_domain::{
    Channel, ConsentState, ContactState, CustomerId, FacetKind, Key, Outcome, Profile, Purpose, Timestamp,
};
use tact_wire::{DecisionItem, Delivery, pack_facet};

use super::report::Joins;
use crate::{ItemKey, Refusal, Write};

/// A decision in hand, with the customer it is for as known now.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) customer: CustomerId,
    pub(super) item: DecisionItem,
    pub(super) version: u64,
    pub(super) profile: Profile,
    /// The versions of the facets that a delivery may write.
    pub(super) read: Read,
    /// The catalogue it was decided with; `None` when it is not here yet.
    pub(super) catalogue: Option<Arc<Catalogue>>,
    /// The names of what guardrails hold back; `None` when nobody can tell.
    pub(super) guarded: Option<Vec<Key>>,
    pub(super) now: Timestamp,
}

/// The versions of the facets that a delivery may write.
#[derive(Clone, Copy, Default)]
pub(super) struct Read {
    pub(super) ledger: u64,
    pub(super) consents: u64,
}

impl Held {
    /// The action and treatment decided on; `None` when the catalogue is not here, or has no such treatment.
    pub(super) fn planned(&self) -> Option<(&Action, &Treatment)> {
        let action = self.catalogue.as_ref()?.actions.iter().find(|action| action.name == self.item.action)?;
        let treatment = action.treatments.iter().find(|treatment| treatment.name == self.item.treatment)?;
        Some((action, treatment))
    }

    /// Whether it may leave now by a treatment of an action, all asked again; as long as nobody can tell what guardrails hold back, all that sells is.
    pub(super) fn may_leave(
        &self,
        catalogue: &Catalogue,
        action: &Action,
        treatment: &Treatment,
    ) -> Result<(), Reason> {
        let Self { profile, now, item, .. } = self;
        let (decision, relies_on) = (item.decision, item.relies_on.as_slice());
        recheck(&Planned { profile, now: *now, decision, action, treatment, relies_on }, catalogue)?;
        let all = [Key::from(Hold::ALL_SUSPENDED)];
        let names = self.guarded.as_deref().unwrap_or(&all);
        unguarded(names, &catalogue.policy, (action, treatment), (&self.customer, *now))
    }

    /// What its message means for others; `None` for one that covers nobody.
    pub(super) fn joins(&self) -> Option<Joins> {
        let cover = self.catalogue.as_ref()?.policy.cover;
        let (action, treatment) = self.planned().filter(|_| self.item.covers)?;
        let reader = (&self.customer, self.profile.consent.locale());
        let (rendering, face) = joins((action, treatment), reader, self.item.store.as_deref());
        Some(Joins { rendering, face, cover })
    }

    pub(super) fn decision_write(&self) -> Write {
        Write {
            key: ItemKey::Decision(self.customer.clone(), self.item.decision),
            expected: Some(self.version),
            bytes: self.item.pack(),
            forget_at: Some(self.item.forget_at()),
            due_at: self.item.due_at,
        }
    }

    /// Moves the contact in the ledger; nothing for an answer or a task about the store, which are no contacts.
    pub(super) fn ledger_write(&mut self, state: ContactState) -> Option<Write> {
        let is_for_store = self.planned().is_some_and(|(action, _)| action.for_store);
        if self.item.words.is_some() || is_for_store {
            return None;
        }
        self.profile.contact.progress(self.item.decision, state, self.item.channel, self.now);
        let bytes = pack_facet(&self.profile, FacetKind::Contact);
        let key = ItemKey::Facet(self.customer.clone(), FacetKind::Contact);
        Some(Write { key, expected: Some(self.read.ledger), bytes, forget_at: None, due_at: None })
    }

    /// Enters that the customer is asked once more for a consent that rests; nothing for most messages, which do not ask.
    pub(super) fn asked_write(&mut self) -> Option<Write> {
        let asks_again = self.planned().is_some_and(|(action, _)| action.asks_again);
        let asked = asks_again && self.profile.consent.ask_again(self.now);
        self.consent_write(asked)
    }

    /// Enters that a promise made for a consent is kept, as this message was delivered; nothing for most messages, which keep none.
    pub(super) fn promise_write(&mut self) -> Option<Write> {
        let benefit = self.planned().and_then(|(_, treatment)| treatment.delivers.clone());
        let kept = benefit.is_some_and(|benefit| self.profile.consent.keep(&benefit, self.now));
        self.consent_write(kept)
    }

    fn consent_write(&self, changed: bool) -> Option<Write> {
        if !changed {
            return None;
        }
        let bytes = pack_facet(&self.profile, FacetKind::Consent);
        let key = ItemKey::Facet(self.customer.clone(), FacetKind::Consent);
        Some(Write { key, expected: Some(self.read.consents), bytes, forget_at: None, due_at: None })
    }

    /// The first treatment standing by that may leave, by another channel than the one that was refused: now, or when its channel opens.
    pub(super) fn next_way(&self) -> Option<(&Treatment, Option<Timestamp>)> {
        let catalogue = self.catalogue.as_ref()?;
        let action = catalogue.actions.iter().find(|action| action.name == self.item.action)?;
        let known = |name: &Key| action.treatments.iter().find(|treatment| treatment.name == *name);
        self.item
            .fallbacks
            .iter()
            .filter_map(known)
            .filter(|treatment| treatment.channel != self.item.channel)
            .find_map(|treatment| {
                let Held { profile, now, item, .. } = self;
                let expires_at = item.lapses(treatment.valid_s);
                match self.may_leave(catalogue, action, treatment) {
                    Ok(()) if *now < expires_at => Some((treatment, None)),
                    Err(Reason::QuietHours) => {
                        let opens = Hours::at(catalogue, profile, *now).opening(treatment.channel)?;
                        (opens < expires_at).then_some((treatment, Some(opens)))
                    }
                    _ => None,
                }
            })
    }

    pub(super) fn settle(&mut self, state: Delivery, due_at: Option<Timestamp>) {
        self.item.state = state;
        self.item.due_at = due_at;
    }

    /// How far a message has come that a provider took: a bounce may be known already.
    pub(super) fn left(&self) -> Delivery {
        match self.item.outcomes.first(Outcome::Bounced) {
            Some(_) => Delivery::Failed(Refusal::BadAddress.name().into()),
            None => Delivery::Sent,
        }
    }

    /// Whether an answer came to wait, and the customer has said STOP since: then only the answer to that leaves, and what may help.
    pub(super) fn was_stopped(&self) -> bool {
        let stopped = self.profile.consent.scopes().any(|(scope, known)| {
            scope.purpose == Purpose::Marketing
                && scope.channel.is_none_or(|channel| channel == Channel::Sms)
                && known.value.state == ConsentState::Revoked
                && known.at >= self.item.planned_at
        });
        stopped && !matches!(self.item.treatment.as_str(), "stop" | "help")
    }

    /// Whether an earlier attempt may have been taken although nobody said so: a webhook that does not answer is asked again.
    pub(super) fn may_have_left(&self) -> bool {
        self.item.channel == Channel::Webhook && self.item.attempts > 0
    }

    /// When the window for an answer closes; `None` when none is waited for, or one came already.
    pub(super) fn window_closes(&self) -> Option<Timestamp> {
        let waits = self.item.window_s > 0 && !self.item.outcomes.is_answered();
        waits.then(|| self.now.plus_s(self.item.window_s))
    }
}
