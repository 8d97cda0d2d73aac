//! The message of a decision, rendered to the address it goes to.

use tact_decide::{Action, Catalogue, Class, Treatment};
use tact_domain::{Channel, CustomerId, DecisionId, Timestamp};
use tact_wire::{AddressBook, CouponText, Message, Rendering, Unsubscribe, render};

use super::held::Held;
use super::{Dispatch, Hindrance, Ready, answer};
use crate::{Channels, Clock, ItemKey, Store, StoreError, coupon_of};

impl<S: Store, H: Channels, C: Clock> Dispatch<S, H, C> {
    /// The message of a decision as it leaves at an instant: what it says and to whom, without a look at whether it may. `None` when there is none: the
    /// decision, its catalogue, its way in it or the address is gone.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn message(
        &self,
        customer: &CustomerId,
        decision: DecisionId,
        at: Timestamp,
    ) -> Result<Option<Message>, StoreError> {
        let Some(found) = self.item(customer, decision).await? else { return Ok(None) };
        let held = self.held(customer, found, at).await?;
        let Some(catalogue) = &held.catalogue else { return Ok(None) };
        let written = if held.item.words.is_some() {
            let (action, treatment) = answer::answering(&held.item);
            self.written(&held, catalogue, &action, &treatment).await?
        } else {
            let Some((action, treatment)) = held.planned() else { return Ok(None) };
            self.written(&held, catalogue, action, treatment).await?
        };
        Ok(written.ok().map(|ready| ready.message))
    }

    /// The message, unless nobody is to be asked to come up to the customer.
    pub(super) async fn rendered(
        &self,
        held: &Held,
        catalogue: &Catalogue,
        action: &Action,
        treatment: &Treatment,
    ) -> Result<Result<Ready, Hindrance>, StoreError> {
        let written = self.written(held, catalogue, action, treatment).await?;
        if let Ok(Ready { message: Message { task: Some(task), .. }, .. }) = &written
            && let Some(why) = self.unasked(held, task).await?
        {
            return Ok(Err(Hindrance::Never(why)));
        }
        Ok(written)
    }

    async fn written(
        &self,
        held: &Held,
        catalogue: &Catalogue,
        action: &Action,
        treatment: &Treatment,
    ) -> Result<Result<Ready, Hindrance>, StoreError> {
        let Held { item, customer, now, .. } = held;
        let channel = treatment.channel;
        let address = if channel.needs_point() { self.address(customer, channel).await? } else { None };
        if channel.needs_point() && address.is_none() {
            return Ok(Err(Hindrance::NoAddress));
        }
        let sells = action.class == Class::Default && channel == Channel::Email;
        let link = Unsubscribe { customer: customer.clone(), channel, decision: item.decision };
        let unsubscribe = sells.then(|| format!("{}/u/{}", self.reply_url, self.seal.unsubscribe_token(&link)));
        let coupon = coupon_of(item, customer, treatment, *now, &catalogue.places);
        let code = self.seal.coupon_code(item.decision);
        let rendering = Rendering {
            catalogue,
            action,
            treatment,
            item,
            customer,
            // Staff are spoken to in their own language, and do not learn that of the customer.
            locale: held.profile.consent.locale().filter(|_| channel != Channel::Associate),
            to: address.as_deref(),
            coupon: coupon.as_ref().map(|coupon| CouponText::of(coupon, code)),
            unsubscribe,
            now: *now,
        };
        let Ok(mut message) = render(&rendering) else { return Ok(Err(Hindrance::Never("cannot_be_rendered"))) };
        if channel == Channel::Associate {
            let Some(task) = held.task(&message.text) else { return Ok(Err(Hindrance::Never("cannot_be_rendered"))) };
            message.task = Some(task);
        }
        Ok(Ok(Ready { message, cost: treatment.cost, coupon }))
    }

    async fn address(&self, customer: &CustomerId, channel: Channel) -> Result<Option<String>, StoreError> {
        let Some(found) = self.store.get(&ItemKey::Addresses(customer.clone())).await? else { return Ok(None) };
        let book = AddressBook::unpack(&found.bytes);
        let book = book.ok_or_else(|| StoreError::Unreadable("contact points".to_owned()))?;
        Ok(book.address(channel).map(str::to_owned))
    }
}
