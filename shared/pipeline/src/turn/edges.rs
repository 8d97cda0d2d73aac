//! Edges between people: what one of them says of being known together with the other is entered with both, in one commit, so that an edge that
//! either takes back is gone with the next decision.

use tact_domain::{ConsentChange, CustomerId, FacetKind, Key, Profile, Purpose};
use tact_wire::unpack_facet;

use super::work::Work;
use crate::{ItemKey, Store, StoreError};

/// Somebody at the other end of an edge.
pub(super) struct Other {
    pub(super) customer: CustomerId,
    pub(super) version: u64,
    /// What they allow; nothing else is known of them here.
    pub(super) profile: Profile,
    /// Whether something is to be written about them.
    pub(super) changed: bool,
}

impl Work<'_> {
    /// Enters what a change says about edges with the people at their other ends, and what they said with this customer. Those are as few as a facet
    /// remembers, so one commit holds them all, and nobody who holds a yes misses that it was taken back.
    pub(super) async fn join_edges(&mut self, store: &impl Store, change: &ConsentChange) -> Result<(), StoreError> {
        let own = Key::new(self.customer.as_str());
        for other in self.people(change) {
            let Some(id) = CustomerId::new(&other).filter(|id| id != self.customer) else { continue };
            if !self.profile.consent.may_meet(&other) {
                continue;
            }
            let place = self.other(store, &id).await?;
            if let Some(theirs) = self.others.get_mut(place) {
                theirs.changed |= self.profile.consent.meet(&own, &other, &mut theirs.profile.consent);
            }
        }
        Ok(())
    }

    /// The people a change is about: those it names, and everybody known before when it names nobody.
    fn people(&self, change: &ConsentChange) -> Vec<Key> {
        let social = change.grants.iter().filter(|grant| grant.scope.purpose == Purpose::Social);
        let mut people: Vec<Key> = social.clone().filter_map(|grant| grant.scope.topic.clone()).collect();
        if social.clone().any(|grant| grant.scope.topic.is_none()) {
            let named = self.profile.consent.scopes().filter(|(scope, _)| scope.purpose == Purpose::Social);
            people.extend(named.filter_map(|(scope, _)| scope.topic.clone()));
            people.extend(self.profile.consent.others().cloned());
        }
        people.sort_unstable();
        people.dedup();
        people
    }

    /// The place of another person's consents among those in hand.
    async fn other(&mut self, store: &impl Store, id: &CustomerId) -> Result<usize, StoreError> {
        if let Some(place) = self.others.iter().position(|known| known.customer == *id) {
            return Ok(place);
        }
        self.reads += 1;
        let found = store.get(&ItemKey::Facet(id.clone(), FacetKind::Consent)).await?;
        let (mut profile, mut version) = (Profile::default(), 0);
        if let Some(item) = found {
            let read = unpack_facet(&mut profile, FacetKind::Consent, &item.bytes);
            read.map_err(|error| StoreError::Unreadable(error.to_string()))?;
            version = item.version;
        }
        self.others.push(Other { customer: id.clone(), version, profile, changed: false });
        Ok(self.others.len() - 1)
    }
}
