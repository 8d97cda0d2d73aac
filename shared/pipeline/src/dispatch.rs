//! Delivery: a committed decision is looked at once more, claimed together with its contact, handed over in one attempt, and settled.
//! Nothing leaves that was not claimed, and a claim is never made twice for a channel that cannot tell two messages from one.
//! Read in this order: `handle`, `attempt` (what must hold before a message leaves), then `settle` in its own file (what came of it).

mod answer;
mod held;
mod kept;
mod report;
mod settle;
mod written;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt, StreamExt, stream};
use tact_decide::{Claim, Hours, Reason};
use tact_domain::{Channel, Coupon, CustomerId, DecisionId, FacetKind, Profile, Timestamp};
use tact_wire::{DecisionItem, Delivery, Message, Seal, unpack_facet};

use self::held::{Held, Read};
pub(crate) use self::kept::{left_since, task_in, task_write, tasks_of};
pub use self::report::{Appeared, DispatchReport, Settled};
use self::report::{Delivered, Joins};
use crate::crowd::join;
use crate::spend::renewed_at;
use crate::{
    Channels, Clock, DeliveryMode, Handover, HoldReader, Item, ItemKey, Leases, Process, Store, StoreError, Switch,
    SwitchReader, Versions, spending,
};

/// Delivery, with all it stands on. One function has one, for as long as it lives.
pub struct Dispatch<S, H, C> {
    /// The table.
    pub store: S,
    /// The ways out.
    pub channels: H,
    /// The clock.
    pub clock: C,
    /// What messages are rendered from.
    pub catalogues: Versions,
    /// Codes and links are sealed with it.
    pub seal: Seal,
    /// Where links to unsubscribe lead to, without a slash at the end.
    pub reply_url: String,
    /// How messages may leave.
    pub switch: SwitchReader,
    /// What this process may still spend.
    pub leases: Leases,
    /// What guardrails hold back.
    pub holds: HoldReader,
    /// Which process this is: what it claims, no other has claimed.
    pub process: Process,
}

/// A message that may leave.
struct Ready {
    message: Message,
    /// What it costs, in minor units.
    cost: f64,
    coupon: Option<Coupon>,
}

/// Why a message does not leave now.
enum Hindrance {
    /// It may leave later.
    Wait(Timestamp),
    /// It will not, for this reason.
    Never(&'static str),
    /// It cannot go this way.
    NoAddress,
}

/// The decision that an item of the table's stream is about.
fn decision_of(key: &ItemKey) -> Option<(&CustomerId, DecisionId)> {
    match key {
        ItemKey::Decision(customer, decision) | ItemKey::Turn(customer, decision, _) => Some((customer, *decision)),
        _ => None,
    }
}

/// How many customers are worked on at once.
const CONCURRENT: usize = 16;
/// How often a lost race is run again.
const ATTEMPTS: u32 = 4;
/// How long a claim may stand before the message counts as of unknown fate, in seconds.
const CLAIMED_S: i64 = 120;
/// How long whatever cannot leave yet, for reasons of ours, waits, in seconds.
const AGAIN_S: i64 = 300;

impl<S: Store, H: Channels, C: Clock> Dispatch<S, H, C> {
    /// Handles a batch: customers at the same time, one customer's decisions in order. No new one is begun from `stop_at` on.
    pub async fn handle(&self, records: &[Appeared], stop_at: Option<Timestamp>) -> DispatchReport {
        let mut report = DispatchReport { settled: vec![None; records.len()], ..DispatchReport::default() };
        let mut lanes: BTreeMap<Option<&CustomerId>, Vec<(usize, &Appeared)>> = BTreeMap::new();
        for (place, record) in records.iter().enumerate() {
            let customer = record.key.as_ref().and_then(decision_of).map(|(customer, _)| customer);
            lanes.entry(customer).or_default().push((place, record));
        }
        let lanes = stream::iter(lanes).map(|(_, lane)| self.lane(lane, stop_at)).buffered(CONCURRENT);
        let mut ended: Vec<_> = lanes.collect::<Vec<_>>().await.into_iter().flatten().collect();
        ended.sort_by_key(|(place, _)| *place);
        let mut plain: BTreeMap<_, (_, Vec<_>)> = BTreeMap::new();
        for (place, end) in ended {
            match end {
                Ok(Delivered { settled, message, deliver_us, joins, unaffordable }) => {
                    report.unaffordable += u64::from(unaffordable);
                    let sent_at = message.as_ref().map(|message| message.sent_at);
                    if let (Some(Joins { rendering, face, cover }), Some(at)) = (joins, sent_at) {
                        plain.entry(rendering).or_insert((cover, Vec::new())).1.push((face, at));
                    }
                    report.sent.extend(message);
                    report.deliver_us.extend(deliver_us);
                    if let Some(slot) = report.settled.get_mut(place) {
                        *slot = Some(settled);
                    }
                }
                Err(why) => report.failure = report.failure.or(Some(why)),
            }
        }
        report.first_undone = report.settled.iter().position(Option::is_none);
        let arrived = records.iter().map(|record| record.arrived).max().unwrap_or_default();
        for (rendering, (cover, plain)) in plain {
            let late = stop_at.is_some_and(|stop_at| self.clock.now(arrived) >= stop_at);
            if late || join((&self.store, &self.process), cover, rendering, &plain).await.is_err() {
                report.uncounted += plain.len() as u64;
            }
        }
        report
    }

    /// One customer's records in order; the first that cannot be done leaves those after it undone.
    async fn lane(
        &self,
        records: Vec<(usize, &Appeared)>,
        stop_at: Option<Timestamp>,
    ) -> Vec<(usize, Result<Delivered, String>)> {
        let mut ended = Vec::new();
        for (place, record) in records {
            let late = stop_at.is_some_and(|stop_at| self.clock.now(record.arrived) >= stop_at);
            let end = match record.key.as_ref().and_then(decision_of) {
                _ if late => Err("the deadline came first".to_owned()),
                None => Ok(Settled::Nothing.into()),
                Some((customer, decision)) => self.contained(customer, decision, record.arrived).await,
            };
            let failed = end.is_err();
            ended.push((place, end));
            if failed {
                break;
            }
        }
        ended
    }

    /// Delivers one decision. What cannot be read, or makes us panic, would fail for ever, and must not hold up the others.
    async fn contained(
        &self,
        customer: &CustomerId,
        decision: DecisionId,
        arrived: Timestamp,
    ) -> Result<Delivered, String> {
        match AssertUnwindSafe(self.deliver(customer, decision, arrived)).catch_unwind().await {
            Ok(Err(StoreError::Unreadable(_))) | Err(_) => Ok(Settled::Fault.into()),
            Ok(delivered) => delivered.map_err(|error| error.to_string()),
        }
    }

    /// Delivers one decision; a lost race is run again from the beginning.
    async fn deliver(
        &self,
        customer: &CustomerId,
        decision: DecisionId,
        arrived: Timestamp,
    ) -> Result<Delivered, StoreError> {
        let mut attempt = 1;
        loop {
            match self.attempt(customer, decision, arrived).await {
                Err(StoreError::Conflict) if attempt < ATTEMPTS => attempt += 1,
                Ok(None) => {}
                Ok(Some(delivered)) => return Ok(delivered),
                Err(error) => return Err(error),
            }
        }
    }

    /// Looks at a decision and does what is to be done now; `None` when another way of the same decision is to be tried at once.
    async fn attempt(
        &self,
        customer: &CustomerId,
        decision: DecisionId,
        arrived: Timestamp,
    ) -> Result<Option<Delivered>, StoreError> {
        let begun = self.clock.stopwatch_us();
        let Some(mut held) = self.hold(customer, decision, arrived).await? else {
            return Ok(Some(Settled::Nothing.into()));
        };
        if held.item.state == Delivery::Sending {
            return Ok(self.abandoned(&mut held).await?.map(Delivered::from));
        }
        let switch = self.switch.at(&self.store, held.now).await?;
        let ready = match self.ready(&held, &switch).await? {
            Ok(ready) => ready,
            Err(Hindrance::Wait(until)) => return Ok(Some(self.wait(&mut held, until).await?.into())),
            Err(Hindrance::Never(why)) => return Ok(Some(self.close(&mut held, why).await?.into())),
            Err(Hindrance::NoAddress) => return Ok(self.unreachable(&mut held).await?.map(Delivered::from)),
        };
        if !switch.lets_leave(customer) {
            return Ok(Some(self.shadow(&mut held).await?.into()));
        }
        let Ready { message, cost, coupon } = ready;
        let spent = switch.spend_per_day.map(|limit| spending(cost, limit, held.now));
        if let Some(spent) = &spent
            && !self.leases.take(&self.store, &self.process, spent, held.now).await?
        {
            let waits = self.wait(&mut held, renewed_at(message.sent_at)).await?;
            return Ok(Some(Delivered { unaffordable: true, ..waits.into() }));
        }
        let claimed = self.claim(held, &message, coupon).await;
        let held = claimed.inspect_err(|error| {
            if *error == StoreError::Conflict {
                self.put_back(spent.as_ref());
            }
        })?;
        let joins = held.joins();
        if message.channel == Channel::Inbox {
            return Ok(Some(Delivered { joins, ..self.taken(Settled::Sent, message, begun) }));
        }
        if message.channel == Channel::Associate {
            // The queue is what counts; a system that wants to be told is, once, and a refusal changes nothing.
            let _told = self.channels.send(&message).await;
            return Ok(Some(self.taken(Settled::Sent, message, begun)));
        }
        let handover = self.channels.send(&message).await;
        if matches!(handover, Handover::NotNow(_) | Handover::Refused(_)) {
            self.put_back(spent.as_ref());
        }
        let settled = self.settle(held, &message, &handover).await;
        Ok(settled.map(|settled| match handover {
            Handover::Accepted(_) => Delivered { joins, ..self.taken(settled, message, begun) },
            _ => settled.into(),
        }))
    }

    /// Puts back what a message would have cost that certainly did not leave.
    fn put_back(&self, spent: Option<&Claim>) {
        if let Some(spent) = spent {
            self.leases.put_back(spent);
        }
    }

    fn taken(&self, settled: Settled, message: Message, begun: u64) -> Delivered {
        let deliver_us = Some(self.clock.stopwatch_us().saturating_sub(begun));
        Delivered { message: Some(message), deliver_us, ..settled.into() }
    }

    /// Reads a decision that has something to be done now, with the customer it is for; `None` when there is nothing to be done.
    async fn hold(
        &self,
        customer: &CustomerId,
        decision: DecisionId,
        arrived: Timestamp,
    ) -> Result<Option<Held>, StoreError> {
        let now = self.clock.now(arrived);
        let Some((item, version)) = self.item(customer, decision).await? else { return Ok(None) };
        let due = item.due_at.is_some_and(|due_at| due_at <= now);
        let to_do = match item.state {
            Delivery::Pending => true,
            Delivery::Scheduled | Delivery::Sending => due,
            _ => false,
        };
        if to_do { self.held(customer, (item, version), now).await.map(Some) } else { Ok(None) }
    }

    async fn held(
        &self,
        customer: &CustomerId,
        (item, version): (DecisionItem, u64),
        now: Timestamp,
    ) -> Result<Held, StoreError> {
        let (profile, read) = self.profile(customer).await?;
        let catalogue = self.catalogues.get(&self.store, &item.catalogue).await?;
        let guarded = match &catalogue {
            Some(catalogue) => self.holds.guards_at(&self.store, catalogue, now).await,
            None => None,
        };
        Ok(Held { customer: customer.clone(), item, version, profile, read, catalogue, guarded, now })
    }

    async fn item(
        &self,
        customer: &CustomerId,
        decision: DecisionId,
    ) -> Result<Option<(DecisionItem, u64)>, StoreError> {
        let Some(found) = self.store.get(&ItemKey::Decision(customer.clone(), decision)).await? else {
            return Ok(None);
        };
        let item = DecisionItem::unpack(&found.bytes);
        let item = item.ok_or_else(|| StoreError::Unreadable(format!("decision `{decision}`")))?;
        Ok(Some((item, found.version)))
    }

    /// The customer as known now, and the versions of the facets that a delivery may write.
    async fn profile(&self, customer: &CustomerId) -> Result<(Profile, Read), StoreError> {
        let (mut profile, mut read) = (Profile::default(), Read::default());
        for (kind, Item { version, bytes, .. }) in self.store.load(customer).await? {
            unpack_facet(&mut profile, kind, &bytes).map_err(|error| StoreError::Unreadable(error.to_string()))?;
            match kind {
                FacetKind::Contact => read.ledger = version,
                FacetKind::Consent => read.consents = version,
                _ => {}
            }
        }
        Ok((profile, read))
    }

    /// Everything that must hold before a message leaves, asked again now, and the message itself.
    async fn ready(&self, held: &Held, switch: &Switch) -> Result<Result<Ready, Hindrance>, StoreError> {
        let Held { item, now, .. } = held;
        if *now >= item.expires_at {
            return Ok(Err(Hindrance::Never("expired")));
        }
        if switch.mode == DeliveryMode::Off {
            return Ok(Err(Hindrance::Wait(now.plus_s(AGAIN_S))));
        }
        let Some(catalogue) = &held.catalogue else {
            // It is not here yet: this build is older than the one that decided.
            return Ok(Err(Hindrance::Wait(now.plus_s(AGAIN_S))));
        };
        if item.words.is_some() {
            if held.was_stopped() {
                return Ok(Err(Hindrance::Never(Reason::ConsentRevoked.name())));
            }
            let (action, treatment) = answer::answering(item);
            return self.rendered(held, catalogue, &action, &treatment).await;
        }
        let Some((action, treatment)) = held.planned() else { return Ok(Err(Hindrance::Never("not_in_catalogue"))) };
        match held.may_leave(catalogue, action, treatment) {
            Ok(()) => self.rendered(held, catalogue, action, treatment).await,
            Err(Reason::QuietHours) => {
                let morning = Hours::at(catalogue, &held.profile, *now).opening(treatment.channel);
                Ok(Err(morning.map_or(Hindrance::Never(Reason::QuietHours.name()), Hindrance::Wait)))
            }
            // Nobody can tell whether it is suspended.
            Err(Reason::Guardrail) if held.guarded.is_none() => Ok(Err(Hindrance::Wait(now.plus_s(AGAIN_S)))),
            Err(reason) => Ok(Err(Hindrance::Never(reason.name()))),
        }
    }
}
