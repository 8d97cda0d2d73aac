//! The clock: once a minute, everything that is due is called. Decisions that still have to leave, or got stuck on their way, get a turn at
//! `dispatch`; windows for answers that close become outcomes, as do tasks that nobody
//! did in time; appointments become events and are decided. Calling twice does no harm.

use tact_domain::{CustomerId, DecisionId, Outcome, TaskEnd, TaskStep, Timestamp};
use tact_wire::{DecisionItem, Delivery, OwnEvent, unpack_appointment};

use crate::dispatch::{task_in, task_write};
use crate::{Clock, Events, ItemKey, LogError, Nonce, Store, StoreError, Write};

/// The clock, with all it stands on.
pub struct Wake<S, E, C> {
    /// The table.
    pub store: S,
    /// The streams of due appointments and of outcomes.
    pub events: E,
    /// The clock itself.
    pub clock: C,
}

/// What a tick came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WakeReport {
    /// Decisions given a turn.
    pub turns: u64,
    /// Appointments called.
    pub appointments: u64,
    /// Windows that closed without an answer, and tasks that nobody did in time.
    pub expired: u64,
    /// Items that could not be looked at; they stay due.
    pub failed: u64,
    /// Why the last of them failed, for people.
    pub failure: Option<String>,
}

/// Why a tick did not end well; what is due stays due.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WakeError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stream.
    #[error(transparent)]
    Events(#[from] LogError),
}

/// The most items looked at in one tick, in each shard of the index; the rest waits a minute.
const LIMIT: usize = 1_000;
/// So many events are put before the next items are looked at: a tick that ends early has called these.
const AT_ONCE: usize = 200;
/// A decision is not given another turn for the same time within this many milliseconds.
const TURN_MS: i64 = 600_000;
/// How long a turn is kept, in seconds.
const KEPT_S: i64 = 86_400;

impl<S: Store, E: Events, C: Clock> Wake<S, E, C> {
    /// Calls everything that is due at the instant at which a tick that was planned for `planned` comes.
    ///
    /// # Errors
    /// When what is due cannot be told, or an event cannot be put.
    pub async fn tick(&self, planned: Timestamp) -> Result<WakeReport, WakeError> {
        let now = self.clock.now(planned);
        let mut report = WakeReport::default();
        let mut events = Vec::new();
        for key in self.store.due(now, LIMIT).await? {
            match self.call(&key, now, &mut report).await {
                Ok(event) => {
                    events.extend(event);
                    if events.len() >= AT_ONCE {
                        self.events.put(&std::mem::take(&mut events)).await?;
                    }
                }
                Err(error) => {
                    report.failed += 1;
                    report.failure = Some(error.to_string());
                }
            }
        }
        if !events.is_empty() {
            self.events.put(&events).await?;
        }
        Ok(report)
    }

    /// Calls one item: a turn is written, anything else becomes an event.
    async fn call(
        &self,
        key: &ItemKey,
        now: Timestamp,
        report: &mut WakeReport,
    ) -> Result<Option<OwnEvent>, WakeError> {
        match key {
            ItemKey::Decision(customer, decision) => Ok(self.decision(customer, *decision, now, report).await?),
            ItemKey::Appointment(customer, issue) => {
                let Some(item) = self.store.get(key).await? else { return Ok(None) };
                let read = unpack_appointment(&item.bytes);
                let open = read.ok_or_else(|| StoreError::Unreadable(format!("appointment for `{issue}`")))?;
                let event = open.map(|open| OwnEvent::due(customer, issue, open.made_by, open.not_before));
                report.appointments += u64::from(event.is_some());
                Ok(event)
            }
            ItemKey::Task(..) => {
                self.task(key, now, report).await?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Nobody did it in time. Its decision is told first: a task that has ended is called no more, and the same word again is the same event.
    async fn task(&self, key: &ItemKey, now: Timestamp, report: &mut WakeReport) -> Result<(), WakeError> {
        let Some((mut item, version)) = task_in(&self.store, key).await? else { return Ok(()) };
        let Some(due_at) = item.life.due_at().filter(|due_at| *due_at <= now) else { return Ok(()) };
        let (customer, decision) = (&item.customer, item.task.decision);
        let id = format!("{decision}/task");
        self.events.put(&[OwnEvent::outcome(customer, decision, Outcome::Expired, "tact/wake", &id, due_at)]).await?;
        item.life.enter(TaskStep::End(TaskEnd::Expired), due_at);
        let write = [task_write(&item, version)];
        match self.store.commit(&write, Nonce::of(&write)).await {
            // Somebody ended it just now.
            Err(StoreError::Conflict) => return Ok(()),
            other => other?,
        }
        report.expired += 1;
        Ok(())
    }

    async fn decision(
        &self,
        customer: &CustomerId,
        decision: DecisionId,
        now: Timestamp,
        report: &mut WakeReport,
    ) -> Result<Option<OwnEvent>, StoreError> {
        let Some(found) = self.store.get(&ItemKey::Decision(customer.clone(), decision)).await? else {
            return Ok(None);
        };
        let item = DecisionItem::unpack(&found.bytes);
        let item = item.ok_or_else(|| StoreError::Unreadable(format!("decision `{decision}`")))?;
        let Some(due_at) = item.due_at.filter(|due_at| *due_at <= now) else { return Ok(None) };
        match item.state {
            Delivery::Pending | Delivery::Scheduled | Delivery::Sending => {
                self.turn(customer, decision, due_at, now).await?;
                report.turns += 1;
                Ok(None)
            }
            Delivery::Sent | Delivery::Unknown => {
                report.expired += 1;
                let id = decision.to_string();
                Ok(Some(OwnEvent::outcome(customer, decision, Outcome::Expired, "tact/wake", &id, due_at)))
            }
            Delivery::Failed(_) | Delivery::Closed(_) | Delivery::Shadowed => Ok(None),
        }
    }

    /// Writes a turn for the time it was due, and another one whenever nobody has taken it for a while.
    async fn turn(
        &self,
        customer: &CustomerId,
        decision: DecisionId,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let again = now.since_ms(due_at) / TURN_MS;
        let n = u64::try_from(due_at.0 + again).unwrap_or(0);
        let key = ItemKey::Turn(customer.clone(), decision, n);
        let forget_at = Some(now.plus_s(KEPT_S));
        let write = [Write { key, expected: Some(0), bytes: Vec::new(), forget_at, due_at: None }];
        match self.store.commit(&write, Nonce::of(&write)).await {
            Err(StoreError::Conflict) => Ok(()),
            other => other,
        }
    }
}
