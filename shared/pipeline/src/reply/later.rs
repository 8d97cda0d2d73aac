//! LATER: what the last text was about is decided again tomorrow, at the same time of day, when texts may be sent.

use tact_decide::{Catalogue, Hours};
use tact_domain::{Appointment, Channel, CustomerId, DecisionId, FacetKind, Key, On, Outcome, Timestamp, Trigger};
use tact_wire::{Answers, DecisionItem, Texted, pack_appointment, tomorrow};

use super::revoke::facet_write;
use super::texted::{answer_to, told};
use super::{Reply, ReplyError, retried};
use crate::{Clock, Events, ItemKey, Nonce, Store, StoreError, Write};

/// For how long an appointment is kept open, in seconds.
const WITHIN_S: i64 = 7 * 86_400;

impl<S: Store, E: Events, C: Clock> Reply<S, E, C> {
    /// Makes the appointment together with the answer, and tells the decision that it was put away.
    pub(super) async fn later(
        &self,
        customer: &CustomerId,
        text: &Texted,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Result<&'static str, ReplyError> {
        let last = self.last_text(customer).await?;
        let appointment = match &last {
            Some(last) => self.appointment(customer, (last, text), catalogue, now).await?,
            None => None,
        };
        let answer = answer_to(text, Answers(&catalogue.brand).later(), catalogue, now);
        retried(|| self.appoint(customer, appointment.as_ref(), &answer, now)).await?;
        if let Some(last) = &last {
            self.events.put(&[told(customer, last, Outcome::Dismissed, text)]).await?;
        }
        Ok(text.asks.name())
    }

    /// When and about what; `None` when nothing is ever decided on at an appointment for that, or nobody knows what time it is there.
    async fn appointment(
        &self,
        customer: &CustomerId,
        (last, text): (&DecisionItem, &Texted),
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Result<Option<Appointment>, StoreError> {
        let Some(issue) = kept_issue(last, catalogue) else { return Ok(None) };
        let (profile, _) = self.facet(customer, FacetKind::Consent).await?;
        let then = profile.consent.zone().and_then(|zone| tomorrow(zone, now));
        let not_before = then.and_then(|then| Hours::at(catalogue, &profile, then).opening(Channel::Sms));
        Ok(not_before.map(|not_before| Appointment {
            issue,
            on: On::Time,
            not_before,
            until: now.plus_s(WITHIN_S),
            made_by: DecisionId::of("sms/reply", &text.id, 0),
            trigger: last.trigger,
            store: last.store.clone(),
            // What they had no time for may be said again.
            said: None,
            promised: None,
        }))
    }

    async fn appoint(
        &self,
        customer: &CustomerId,
        appointment: Option<&Appointment>,
        answer: &DecisionItem,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        if let Some(appointment) = appointment {
            let (mut profile, version) = self.facet(customer, FacetKind::Contact).await?;
            if profile.contact.appoint(appointment.clone(), now) {
                writes.push(facet_write(customer, FacetKind::Contact, &profile, version));
                writes.push(Write {
                    key: ItemKey::Appointment(customer.clone(), appointment.issue.clone()),
                    expected: None,
                    bytes: pack_appointment(Some(appointment)),
                    forget_at: Some(appointment.until.plus_s(86_400)),
                    due_at: Some(appointment.not_before),
                });
            }
        }
        writes.extend(self.answer_write(customer, Some(answer)).await?);
        self.store.commit(&writes, Nonce::of(&writes)).await
    }
}

/// The issue of a decision, when some action keeps appointments for it.
fn kept_issue(last: &DecisionItem, catalogue: &Catalogue) -> Option<Key> {
    let actions = &catalogue.actions;
    let issue = actions.iter().find(|action| action.name == last.action)?.issue;
    let kept = actions.iter().any(|action| action.issue == issue && action.triggers.contains(&Trigger::Due));
    kept.then(|| issue.name().into())
}
