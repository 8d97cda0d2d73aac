//! What is written about a delivery: its claim, what came of it, and why it did not leave.

use tact_decide::Reason;
use tact_domain::{Channel, ContactState, Coupon, CouponState, CustomerId, Timestamp};
use tact_wire::{AddressBook, DecisionItem, Delivery, Message, coupon_hash, unpack_coupon};

use super::held::Held;
use super::kept::kept_write;
use super::report::Way;
use super::{ATTEMPTS, CLAIMED_S, Dispatch, Settled};
use crate::{Channels, Clock, Handover, ItemKey, Nonce, Refusal, Store, StoreError, Write, coupon_of, issue_write};

/// The first pause after a provider said "not now", and the longest, in seconds.
const PAUSE_S: i64 = 30;
const LONGEST_PAUSE_S: i64 = 3_600;

impl<S: Store, H: Channels, C: Clock> Dispatch<S, H, C> {
    /// Claims a decision for its one attempt: decision, contact and whatever it hands out, all or nothing. A card is in
    /// the app with that, and a task in the queue of its store.
    pub(super) async fn claim(
        &self,
        mut held: Held,
        message: &Message,
        coupon: Option<Coupon>,
    ) -> Result<Held, StoreError> {
        let fingerprint = |address: &String| AddressBook::fingerprint(message.channel, address);
        held.item.sent_at = Some(held.now);
        held.item.sent_to = message.to.as_ref().map(fingerprint);
        let mut writes = Vec::new();
        if let Some(coupon) = coupon {
            let code = self.seal.coupon_code(held.item.decision);
            held.item.coupon = Some(coupon_hash(&code));
            writes.extend(self.coupon_write(&code, &coupon).await?);
        }
        let mut consents = held.asked_write();
        if let Some(kept) = kept_write(message) {
            let closes = held.window_closes();
            held.settle(Delivery::Sent, closes);
            writes.push(kept);
            if message.channel == Channel::Inbox {
                consents = held.promise_write().or(consents);
            }
        } else {
            held.settle(Delivery::Sending, Some(held.now.plus_s(CLAIMED_S)));
        }
        writes.extend(held.ledger_write(ContactState::Sent));
        held.read.consents += u64::from(consents.is_some());
        writes.extend(consents);
        writes.insert(0, held.decision_write());
        self.commit(&writes, self.process.nonce(&writes)).await?;
        held.version += 1;
        held.read.ledger += 1;
        Ok(held)
    }

    /// Settles a claim by what came of it; `None` when another way of the same decision is to be tried at once. What cannot be written stays claimed, and is of
    /// unknown fate once the claim is too old.
    pub(super) async fn settle(&self, held: Held, message: &Message, handover: &Handover) -> Option<Settled> {
        let mut held = held;
        for _ in 0..ATTEMPTS {
            if let Ok(settled) = self.settle_once(&mut held.clone(), message, handover).await {
                return settled;
            }
            // An outcome may have been entered meanwhile, or another decision been made; or it is written, and only the answer was lost.
            if let Ok(Some(again)) = self.held_again(&held).await {
                match again.item.state {
                    Delivery::Sending => held = again,
                    Delivery::Pending => return None,
                    state => return Some(Settled::of(&state)),
                }
            }
        }
        Some(if matches!(handover, Handover::Accepted(_)) { Settled::Sent } else { Settled::Unknown })
    }

    async fn held_again(&self, held: &Held) -> Result<Option<Held>, StoreError> {
        let Some((item, version)) = self.item(&held.customer, held.item.decision).await? else { return Ok(None) };
        let (profile, read) = self.profile(&held.customer).await?;
        Ok(Some(Held { item, version, profile, read, ..held.clone() }))
    }

    async fn settle_once(
        &self,
        held: &mut Held,
        message: &Message,
        handover: &Handover,
    ) -> Result<Option<Settled>, StoreError> {
        match handover {
            Handover::Accepted(receipt) => {
                let closes = held.window_closes();
                held.settle(held.left(), closes);
                held.item.receipt.clone_from(receipt);
                self.write_left(held).await?;
                Ok(Some(Settled::Sent))
            }
            Handover::Unknown => {
                let closes = held.window_closes();
                held.settle(Delivery::Unknown, closes);
                self.write(&[held.decision_write()]).await?;
                Ok(Some(Settled::Unknown))
            }
            Handover::NotNow(after_s) => {
                let pause_s = after_s.unwrap_or_else(|| pause_s(&held.item));
                held.item.attempts = held.item.attempts.saturating_add(1);
                self.wait(held, held.now.plus_s(pause_s)).await.map(Some)
            }
            Handover::Refused(refusal) => self.refused(held, message, *refusal).await,
        }
    }

    /// Refused for good: the address is remembered as bad where it is, and the next way the decision listed takes over, if one may.
    async fn refused(
        &self,
        held: &mut Held,
        message: &Message,
        refusal: Refusal,
    ) -> Result<Option<Settled>, StoreError> {
        let mut writes = Vec::new();
        if refusal != Refusal::Rejected {
            writes.extend(self.mark_bad(&held.customer, message).await?);
        }
        match self.another_way(held, &mut writes).await? {
            Way::None => {}
            Way::AtOnce => return Ok(None),
            Way::Later => return Ok(Some(Settled::Scheduled)),
        }
        held.settle(Delivery::Failed(refusal.name().into()), None);
        writes.extend(self.given_up(held).await?);
        self.write(&writes).await?;
        Ok(Some(Settled::Failed))
    }

    /// There is no address that works: the next way the decision listed takes over, if one may.
    pub(super) async fn unreachable(&self, held: &mut Held) -> Result<Option<Settled>, StoreError> {
        match self.another_way(held, &mut Vec::new()).await? {
            Way::None => self.close(held, Reason::Unreachable.name()).await.map(Some),
            Way::AtOnce => Ok(None),
            Way::Later => Ok(Some(Settled::Scheduled)),
        }
    }

    /// Goes over to the next way of a decision, if there is one, with `writes`.
    async fn another_way(&self, held: &mut Held, writes: &mut Vec<Write>) -> Result<Way, StoreError> {
        let next = held.next_way().map(|(treatment, due_at)| (treatment.clone(), due_at));
        let Some((treatment, due_at)) = next else { return Ok(Way::None) };
        if treatment.coupon.is_none() {
            writes.extend(self.voided(held).await?);
            held.item.coupon = None;
        }
        let place = held.item.fallbacks.iter().position(|name| *name == treatment.name);
        held.item.fallbacks.drain(..=place.unwrap_or(0));
        let refused = std::mem::replace(&mut held.item.treatment, treatment.name.clone());
        held.item.decided.get_or_insert(refused);
        held.item.channel = treatment.channel;
        held.item.expires_at = held.item.lapses(treatment.valid_s);
        held.item.window_s = treatment.window_s;
        let at_once = due_at.is_none();
        let state = if at_once { Delivery::Pending } else { Delivery::Scheduled };
        held.settle(state, Some(due_at.unwrap_or(held.now.plus_s(CLAIMED_S))));
        writes.extend(held.ledger_write(ContactState::Planned));
        writes.push(held.decision_write());
        self.write(writes).await?;
        Ok(if at_once { Way::AtOnce } else { Way::Later })
    }

    async fn mark_bad(&self, customer: &CustomerId, message: &Message) -> Result<Option<Write>, StoreError> {
        let key = ItemKey::Addresses(customer.clone());
        let (Some(address), Some(found)) = (&message.to, self.store.get(&key).await?) else { return Ok(None) };
        let book = AddressBook::unpack(&found.bytes);
        let mut book = book.ok_or_else(|| StoreError::Unreadable("contact points".to_owned()))?;
        let new = book.mark_bad(AddressBook::fingerprint(message.channel, address));
        let write = Write { key, expected: Some(found.version), bytes: book.pack(), forget_at: None, due_at: None };
        Ok(new.then_some(write))
    }

    /// It waits until an instant, unless it is worth nothing by then.
    pub(super) async fn wait(&self, held: &mut Held, until: Timestamp) -> Result<Settled, StoreError> {
        if until >= held.item.expires_at {
            return self.close(held, "expired").await;
        }
        held.settle(Delivery::Scheduled, Some(until));
        self.write(&[held.decision_write()]).await?;
        Ok(Settled::Scheduled)
    }

    /// It does not leave, and its contact may be spent on something else.
    pub(super) async fn close(&self, held: &mut Held, why: &'static str) -> Result<Settled, StoreError> {
        if held.may_have_left() {
            let closes = held.window_closes();
            held.settle(Delivery::Unknown, closes);
            self.write(&[held.decision_write()]).await?;
            return Ok(Settled::Unknown);
        }
        held.settle(Delivery::Closed(why.into()), None);
        let writes = self.given_up(held).await?;
        self.write(&writes).await?;
        Ok(Settled::Closed(why))
    }

    /// It would have left: its contact counts, so that caps do what they will do live.
    pub(super) async fn shadow(&self, held: &mut Held) -> Result<Settled, StoreError> {
        held.settle(Delivery::Shadowed, None);
        let mut writes: Vec<_> = held.ledger_write(ContactState::Sent).into_iter().collect();
        writes.push(held.decision_write());
        self.write(&writes).await?;
        Ok(Settled::Shadowed)
    }

    /// Somebody claimed it and was never heard of again. A receipt tells that it left; a channel that knows a message again by its decision may be asked
    /// once more, `None`; otherwise nobody knows, and it is never sent again.
    pub(super) async fn abandoned(&self, held: &mut Held) -> Result<Option<Settled>, StoreError> {
        if held.item.channel == Channel::Webhook && held.now < held.item.expires_at {
            held.settle(Delivery::Scheduled, Some(held.now));
            self.write(&[held.decision_write()]).await?;
            return Ok(None);
        }
        let left = !held.item.outcomes.is_empty();
        let closes = held.window_closes();
        held.settle(if left { held.left() } else { Delivery::Unknown }, closes);
        self.write_left(held).await?;
        Ok(Some(if left { Settled::Sent } else { Settled::Unknown }))
    }

    /// The writes of a decision that has come to its end without leaving: the contact is released, and a coupon nobody received is void.
    async fn given_up(&self, held: &mut Held) -> Result<Vec<Write>, StoreError> {
        let mut writes: Vec<_> = held.ledger_write(ContactState::Released).into_iter().collect();
        writes.extend(self.voided(held).await?);
        writes.push(held.decision_write());
        Ok(writes)
    }

    /// The write that voids the coupon of a decision, if it handed one out that nobody has used.
    async fn voided(&self, held: &Held) -> Result<Option<Write>, StoreError> {
        if held.item.coupon.is_some()
            && let (Some(catalogue), Some((_, treatment))) = (&held.catalogue, held.planned())
            && let Some(mut coupon) = coupon_of(&held.item, &held.customer, treatment, held.now, &catalogue.places)
        {
            coupon.state = CouponState::Void;
            return self.coupon_write(&self.seal.coupon_code(held.item.decision), &coupon).await;
        }
        Ok(None)
    }

    /// The write of a decision's coupon; `None` when it is as it should be. One that an earlier claim handed out is changed only while nobody has used it.
    async fn coupon_write(&self, code: &str, coupon: &Coupon) -> Result<Option<Write>, StoreError> {
        let write = issue_write(code, coupon);
        let Some(found) = self.store.get(&write.key).await? else { return Ok(Some(write)) };
        let known = unpack_coupon(&found.bytes).ok_or_else(|| StoreError::Unreadable("coupon".to_owned()))?;
        let as_it_should_be =
            known.treatment == coupon.treatment && known.last_day == coupon.last_day && known.state == coupon.state;
        let unused = known.state == CouponState::Issued;
        Ok((unused && !as_it_should_be).then_some(Write { expected: Some(found.version), ..write }))
    }

    /// Writes how far a message has come, and that a promise is kept by it if it was delivered.
    async fn write_left(&self, held: &mut Held) -> Result<(), StoreError> {
        let delivered = held.item.state == Delivery::Sent;
        let promise = delivered.then(|| held.promise_write()).flatten();
        let writes: Vec<_> = std::iter::once(held.decision_write()).chain(promise).collect();
        self.write(&writes).await
    }

    async fn write(&self, writes: &[Write]) -> Result<(), StoreError> {
        self.commit(writes, Nonce::of(writes)).await
    }

    /// Writes; an answer that was lost is asked for again, and the write then recognises itself.
    async fn commit(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        let mut attempt = 1;
        loop {
            match self.store.commit(writes, nonce).await {
                Err(StoreError::Throttled | StoreError::Unavailable(_)) if attempt < ATTEMPTS => attempt += 1,
                other => return other,
            }
        }
    }
}

/// Twice as long after each "not now", and not the same for all: between half of it and all of it, by the decision's id.
fn pause_s(item: &DecisionItem) -> i64 {
    let longest = PAUSE_S.saturating_mul(1 << item.attempts.min(10)).min(LONGEST_PAUSE_S);
    let spread = i64::try_from(item.decision.0 % 1_000).unwrap_or(0);
    longest / 2 + longest * spread / 2_000
}
