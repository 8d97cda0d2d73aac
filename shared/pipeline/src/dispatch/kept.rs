//! What needs no provider: a card is in the app, and a task in the queue of its store, as soon as it is written.

use tact_domain::{
    Channel, Contact, ContactState, DecisionId, Key, Outcome, Profile, TaskEnd, TaskKind, TaskState, Timestamp,
};
use tact_wire::{DecisionItem, Message, Offer, Task, TaskItem};

use super::Dispatch;
use super::held::Held;
use crate::{Channels, Clock, ItemKey, Store, StoreError, Write};

/// What makes a card or a task one, to be committed with the claim of its message; `None` for what a provider takes.
pub(super) fn kept_write(message: &Message) -> Option<Write> {
    match (message.channel, &message.task) {
        (Channel::Inbox, _) => Some(card_write(message)),
        (Channel::Associate, Some(task)) => {
            Some(task_write(&TaskItem::offered(message.customer.clone(), (**task).clone()), 0))
        }
        _ => None,
    }
}

/// The write of a task whose item has this version, 0 for one that is new.
pub(crate) fn task_write(item: &TaskItem, version: u64) -> Write {
    Write {
        key: ItemKey::Task(item.task.store.clone(), item.task.decision),
        expected: Some(version),
        bytes: item.pack(),
        forget_at: Some(item.life.forget_at()),
        due_at: item.life.due_at(),
    }
}

/// Reads a task, with the version of its item; `None` when there is none.
pub(crate) async fn task_in(store: &impl Store, key: &ItemKey) -> Result<Option<(TaskItem, u64)>, StoreError> {
    let Some(found) = store.get(key).await? else { return Ok(None) };
    let item = TaskItem::unpack(&found.bytes).ok_or_else(|| StoreError::Unreadable("task".to_owned()))?;
    Ok(Some((item, found.version)))
}

impl Held {
    /// The task that a message is for the people of a store; `None` without a store.
    pub(super) fn task(&self, says: &str) -> Option<Box<Task>> {
        let catalogue = self.catalogue.as_ref()?;
        let (action, treatment) = self.planned()?;
        let (item, profile, now) = (&self.item, &self.profile, self.now);
        Task::of(&Offer { catalogue, action, treatment, item, profile, says, now }).map(Box::new)
    }

    /// Since when the customer is in a store: since they were seen to come in, or for all that is known since its day began.
    fn here_since(&self, store: &Key) -> Timestamp {
        let inside = self.profile.geolocation.inside.iter().find(|presence| presence.store == *store);
        let offset_s = self.catalogue.as_ref().map_or(0, |known| known.places.offset_s(Some(store), self.now, 0));
        let local = self.now.plus_s(offset_s.into());
        let day_began = self.now.plus_s(-local.0.div_euclid(1_000).rem_euclid(86_400));
        inside.map_or(day_began, |presence| presence.entered)
    }

    /// Whether the customer left the store after it was decided that somebody should come up to them.
    pub(super) fn is_gone(&self) -> bool {
        let Some(store) = &self.item.store else { return false };
        let visits = &self.profile.geolocation.visits;
        visits.iter().any(|visit| visit.store == *store && left_since(&self.item, visit.left))
    }
}

/// Whether whoever left the store of a decision then left it after it was made: nobody is sent to them there any more.
pub(crate) fn left_since(item: &DecisionItem, left: Timestamp) -> bool {
    left >= item.planned_at
}

impl<S: Store, H: Channels, C: Clock> Dispatch<S, H, C> {
    /// Why nobody is to be asked to come up to a customer now, if there is a reason: they are gone, or somebody was asked already. What mends a store
    /// comes up to nobody.
    pub(super) async fn unasked(&self, held: &Held, task: &Task) -> Result<Option<&'static str>, StoreError> {
        if task.kind == TaskKind::Fix {
            return Ok(None);
        }
        if held.is_gone() {
            return Ok(Some("gone"));
        }
        let asked = self.asked_before(held, task).await?;
        Ok(asked.then_some(tact_decide::Reason::AlreadySaid.name()))
    }

    /// Whether somebody was asked to come up to the customer in the store before, and still is, or has done so in this visit; the ledger names what may
    /// be about that. One who was not found in time may ask again.
    async fn asked_before(&self, held: &Held, task: &Task) -> Result<bool, StoreError> {
        let since = held.here_since(&task.store);
        let others = tasks_since(&held.profile, since.min(held.now.plus_s(-OPEN_S)));
        for decision in others.filter(|decision| *decision != task.decision).collect::<Vec<_>>() {
            let found = task_in(&self.store, &ItemKey::Task(task.store.clone(), decision)).await?;
            let asked = match found {
                Some((other, _)) if other.task.kind == TaskKind::Fix => false,
                Some((other, _)) => match other.life.state_at(held.now) {
                    TaskState::Ended(TaskEnd::Done | TaskEnd::NotReady) => other.life.offered_at >= since,
                    state => !matches!(state, TaskState::Ended(_)),
                },
                // It may have ended so long ago that it is forgotten.
                None => self.item(&held.customer, decision).await?.is_some_and(|(item, _)| {
                    let was = |outcome| item.outcomes.first(outcome).is_some();
                    let came = was(Outcome::Accepted) || was(Outcome::Dismissed);
                    came && item.store.as_ref() == Some(&task.store) && item.planned_at >= since
                }),
            };
            if asked {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// How long after a task expires it may still be open, in seconds: whoever took it has a while longer.
const OPEN_S: i64 = 3_600;

/// The decisions whose tasks may be open at an instant, as the ledger tells.
pub(crate) fn tasks_of(profile: &Profile, now: Timestamp) -> impl Iterator<Item = DecisionId> {
    asked(profile).filter(move |entry| now < entry.expires_at.plus_s(OPEN_S)).map(|entry| entry.decision)
}

/// The decisions whose tasks were offered, or may have been open, since an instant.
fn tasks_since(profile: &Profile, since: Timestamp) -> impl Iterator<Item = DecisionId> {
    asked(profile).filter(move |entry| since <= entry.planned_at.max(entry.expires_at)).map(|entry| entry.decision)
}

/// What somebody was asked to do for a customer.
fn asked(profile: &Profile) -> impl Iterator<Item = &Contact> {
    let ledger = profile.contact.contacts().iter().chain(profile.contact.impressions());
    ledger.filter(|entry| entry.channel == Channel::Associate && entry.state == ContactState::Sent)
}

/// A card in the app: what it says, for whoever shows it.
fn card_write(message: &Message) -> Write {
    let card = serde_json::json!({
        "decision": message.decision.to_string(),
        "action": message.action,
        "treatment": message.treatment,
        "text": message.text,
        "shown_from_ms": message.sent_at.0,
        "shown_until_ms": message.expires_at.0,
    });
    Write {
        key: ItemKey::Card(message.customer.clone(), message.decision),
        expected: None,
        bytes: card.to_string().into_bytes(),
        forget_at: Some(message.expires_at),
        due_at: None,
    }
}
