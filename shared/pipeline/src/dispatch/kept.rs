//! What needs no provider: a card is in the app, and a task in the queue of its store, as soon as it is written.

use tact_domain::{Channel, ContactState, DecisionId, Profile, TaskKind, Timestamp};
use tact_wire::{Message, Offer, Task, TaskItem};

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

    /// Whether the customer left the store after it was decided that somebody should come up to them.
    pub(super) fn is_gone(&self) -> bool {
        let Some(store) = &self.item.store else { return false };
        let visits = &self.profile.geolocation.visits;
        visits.iter().any(|visit| visit.store == *store && visit.left >= self.item.planned_at)
    }
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
        let open = open_tasks(&self.store, held, task).await?;
        Ok(open.then_some(tact_decide::Reason::AlreadySaid.name()))
    }
}

/// Whether another task about the customer is open in the store: the ledger names those that may be.
async fn open_tasks(store: &impl Store, held: &Held, task: &Task) -> Result<bool, StoreError> {
    let others = tasks_of(&held.profile, held.now).filter(|decision| *decision != task.decision);
    for decision in others.collect::<Vec<_>>() {
        let found = task_in(store, &ItemKey::Task(task.store.clone(), decision)).await?;
        if found.is_some_and(|(other, _)| other.task.kind != TaskKind::Fix && other.life.is_open(held.now)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How long after a task expires it may still be open, in seconds: whoever took it has a while longer.
const OPEN_S: i64 = 3_600;

/// The decisions whose tasks may be open at an instant, as the ledger tells.
pub(crate) fn tasks_of(profile: &Profile, now: Timestamp) -> impl Iterator<Item = DecisionId> {
    let ledger = profile.contact.contacts().iter().chain(profile.contact.impressions());
    let open = ledger.filter(move |entry| {
        let asked = entry.channel == Channel::Associate && entry.state == ContactState::Sent;
        asked && now < entry.expires_at.plus_s(OPEN_S)
    });
    open.map(|entry| entry.decision)
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
