//! Taking back a consent, at once: in the facet itself, not by an event on its way there.

use tact_domain::{
    Channel, ConsentChange, ConsentFacet, ConsentState, CustomerId, FacetKind, Fingerprint, Grant, Profile, Purpose,
    Scope, Timestamp,
};
use tact_wire::{DecisionItem, pack_facet, unpack_facet};

use super::{Reply, retried};
use crate::{Clock, Events, ItemKey, Nonce, Store, StoreError, Write};

/// The taking back of all consent to marketing by a channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revocation {
    /// The channel; `None` for every channel.
    channel: Option<Channel>,
    /// When it was said.
    at: Timestamp,
    /// The event that says so to everybody else.
    event: Fingerprint,
}

impl Revocation {
    /// What an event of this source and id says, too.
    pub(super) fn told(source: &str, id: &str, channel: Option<Channel>, at: Timestamp) -> Self {
        Self { channel, at, event: Fingerprint::of(source, id) }
    }

    fn change(&self) -> ConsentChange {
        let scope = Scope { purpose: Purpose::Marketing, channel: self.channel, topic: None };
        let grant = Grant { scope, state: ConsentState::Revoked, terms: None, review_after: None, benefit: None };
        ConsentChange { grants: vec![grant], ..ConsentChange::default() }
    }

    /// When each grant that it takes back was given.
    fn granted(&self, consent: &ConsentFacet) -> impl Iterator<Item = Timestamp> {
        let covered = consent.scopes().filter(|(scope, known)| {
            scope.purpose == Purpose::Marketing
                && known.value.state == ConsentState::Granted
                && (self.channel.is_none() || scope.channel == self.channel)
        });
        covered.map(|(_, known)| known.at)
    }

    /// When it was taken back already, if no grant came after that.
    fn stands(&self, consent: &ConsentFacet) -> Option<(Timestamp, Fingerprint)> {
        let whole = |scope: &Scope| {
            scope.purpose == Purpose::Marketing && scope.channel == self.channel && scope.topic.is_none()
        };
        let (_, known) = consent.scopes().find(|(scope, _)| whole(scope))?;
        let stands = known.value.state == ConsentState::Revoked && self.granted(consent).all(|given| given <= known.at);
        stands.then_some((known.at, known.event))
    }
}

impl<S: Store, E: Events, C: Clock> Reply<S, E, C> {
    /// Takes back a consent, together with the answer to whoever did, and answers when it counts from: when it was taken back before by the
    /// same event, that is then.
    pub(super) async fn revoke(
        &self,
        customer: &CustomerId,
        revocation: &Revocation,
        answer: Option<&DecisionItem>,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        retried(|| self.revoke_once(customer, revocation, answer, now)).await
    }

    async fn revoke_once(
        &self,
        customer: &CustomerId,
        revocation: &Revocation,
        answer: Option<&DecisionItem>,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let (mut profile, version) = self.facet(customer, FacetKind::Consent).await?;
        let (mut writes, mut at) = (Vec::new(), revocation.at);
        match revocation.stands(&profile.consent) {
            Some((since, event)) => at = if event == revocation.event { since } else { at },
            None => {
                // A grant from a clock that goes ahead of ours was given before this was said.
                at = revocation.granted(&profile.consent).filter(|given| *given > now).fold(at, Timestamp::max);
                if profile.consent.fold(&revocation.change(), at, revocation.event) {
                    writes.push(facet_write(customer, FacetKind::Consent, &profile, version));
                }
            }
        }
        writes.extend(self.answer_write(customer, answer).await?);
        self.store.commit(&writes, Nonce::of(&writes)).await?;
        Ok(at)
    }

    /// One facet of a customer in an otherwise empty profile, and its version.
    pub(super) async fn facet(&self, customer: &CustomerId, kind: FacetKind) -> Result<(Profile, u64), StoreError> {
        let (found, mut profile) = (self.store.get(&ItemKey::Facet(customer.clone(), kind)).await?, Profile::default());
        let Some(item) = found else { return Ok((profile, 0)) };
        unpack_facet(&mut profile, kind, &item.bytes).map_err(|error| StoreError::Unreadable(error.to_string()))?;
        Ok((profile, item.version))
    }

    /// The write of an answer that is not there yet.
    pub(super) async fn answer_write(
        &self,
        customer: &CustomerId,
        answer: Option<&DecisionItem>,
    ) -> Result<Option<Write>, StoreError> {
        let Some(answer) = answer else { return Ok(None) };
        let key = ItemKey::Decision(customer.clone(), answer.decision);
        let known = self.store.get(&key).await?.is_some();
        let (bytes, forget_at, due_at) = (answer.pack(), Some(answer.forget_at()), answer.due_at);
        Ok((!known).then_some(Write { key, expected: Some(0), bytes, forget_at, due_at }))
    }
}

/// The write of a facet that was read in a version.
pub(super) fn facet_write(customer: &CustomerId, kind: FacetKind, profile: &Profile, version: u64) -> Write {
    let key = ItemKey::Facet(customer.clone(), kind);
    Write { key, expected: Some(version), bytes: pack_facet(profile, kind), forget_at: None, due_at: None }
}
