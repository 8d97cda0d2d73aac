//! Edges between people: what one of them says of being known together with the other is entered with both, in one commit, so that an edge that
//! either takes back is gone with the next decision.

use tact_domain::{ConsentChange, CustomerId, FacetKind, Key, Profile, Purpose};
use tact_wire::unpack_facet;

use super::work::Work;
use crate::{Store, StoreError};

/// How many people one event can say something about; the rest hears of it with their own next word.
const MOST: usize = 16;

impl Work<'_> {
    /// Enters what a change says about edges with the people at their other ends, and what they said with this customer.
    pub(super) async fn join_edges(&mut self, store: &impl Store, change: &ConsentChange) -> Result<(), StoreError> {
        for other in self.people(change).into_iter().take(MOST) {
            let Some(id) = CustomerId::new(&other).filter(|id| id != self.customer) else { continue };
            let own = Key::new(self.customer.as_str());
            let said = self.profile.consent.own_side(&other);
            let place = self.other(store, &id).await?;
            let Some((_, _, profile)) = self.others.get_mut(place) else { continue };
            let moved = said.is_some_and(|said| profile.consent.other_side(&own, said));
            if let Some(theirs) = profile.consent.own_side(&own) {
                self.profile.consent.other_side(&other, theirs);
            }
            if !moved {
                self.others.remove(place);
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
        if let Some(place) = self.others.iter().position(|(known, ..)| known == id) {
            return Ok(place);
        }
        self.reads += 1;
        let (mut profile, mut version) = (Profile::default(), 0);
        for (kind, item) in store.load(id).await? {
            if kind == FacetKind::Consent {
                let read = unpack_facet(&mut profile, kind, &item.bytes);
                read.map_err(|error| StoreError::Unreadable(error.to_string()))?;
                version = item.version;
            }
        }
        self.others.push((id.clone(), version, profile));
        Ok(self.others.len() - 1)
    }
}
