//! LESS: from now on texts come on half the cadence.

use tact_decide::Catalogue;
use tact_domain::{CustomerId, FacetKind, Timestamp};
use tact_wire::{Answers, Fewer, OwnEvent, Texted};

use super::Reply;
use crate::{Clock, Events, ItemKey, Store, StoreError};

impl<S: Store, E: Events, C: Clock> Reply<S, E, C> {
    /// What they are answered, and the events that change what they consented to.
    pub(super) async fn less(
        &self,
        customer: &CustomerId,
        text: &Texted,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Result<(String, Vec<OwnEvent>), StoreError> {
        let (profile, _) = self.facet(customer, FacetKind::Consent).await?;
        let fewer = Fewer::of(&profile.consent, &catalogue.policy, &text.id, now);
        let mut events = Vec::new();
        for one in &fewer {
            let agreed = self.agreed(&ItemKey::Proof(customer.clone(), one.given_by)).await?;
            events.extend(one.event(customer, agreed.as_ref()));
        }
        let terms = fewer.iter().find_map(|one| one.terms);
        Ok((Answers(&catalogue.brand).less(terms), events))
    }
}
