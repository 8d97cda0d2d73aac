//! The tasks of a store: what there is to do, and who takes it first. Nobody is named: a store is asked, and a store answers.

use serde_json::{Value, json};
use tact_domain::{DecisionId, Key, Staff, TaskState, TaskStep, Timestamp};
use tact_wire::{OwnEvent, TaskItem};

use super::{ATTEMPTS, Answer, Reply, ReplyError};
use crate::dispatch::{task_in, task_write};
use crate::{Clock, Events, ItemKey, Store, StoreError};

/// What came of a step.
enum Moved {
    /// It was taken.
    To(Box<TaskItem>),
    /// It was not: the task stands otherwise.
    Not(TaskState),
    /// There is no such task.
    Unknown,
}

impl<S: Store, E: Events, C: Clock> Reply<S, E, C> {
    /// What there is to do in a store: the tasks that are offered or taken, the oldest first. One that cannot be read hides no other.
    pub(super) async fn tasks(&self, staff: &Staff, now: Timestamp) -> Result<Answer, ReplyError> {
        let found = self.store.queue(&staff.store).await?;
        let mut open: Vec<_> = found.iter().filter_map(|item| TaskItem::unpack(&item.bytes)).collect();
        let unreadable = found.len() - open.len();
        open.retain(|item| item.life.is_open(now));
        open.sort_by_key(|item| (item.life.offered_at, item.task.decision));
        let shown: Vec<Value> = open.iter().map(|item| item.shown(staff.role)).collect();
        let failure = (unreadable > 0).then(|| format!("{unreadable} stored tasks cannot be read"));
        Ok(Answer { failure, ..Answer::json(200, "tasks", &json!({ "tasks": shown })) })
    }

    /// Takes a step with a task, and tells its decision what that comes to.
    pub(super) async fn move_task(
        &self,
        store: &Key,
        task: DecisionId,
        step: TaskStep,
        now: Timestamp,
    ) -> Result<Answer, ReplyError> {
        let refused = |status, why: &str| Ok(Answer::json(status, "task_refused", &json!({ "refused": why })));
        match self.step(&ItemKey::Task(store.clone(), task), step, now).await? {
            Moved::Unknown => refused(404, "unknown"),
            Moved::Not(state) => refused(409, state.name()),
            Moved::To(item) => {
                self.events.put(told(&item, step, now).as_slice()).await?;
                let state = item.life.state().name();
                Ok(Answer::json(200, "task_moved", &json!({ "task": task.to_string(), "state": state })))
            }
        }
    }

    /// Writes a step. Of two that come at once one is first, and the other looks again.
    async fn step(&self, key: &ItemKey, step: TaskStep, now: Timestamp) -> Result<Moved, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some((mut item, version)) = task_in(&self.store, key).await? else { return Ok(Moved::Unknown) };
            if let Err(state) = item.life.allows(step, now) {
                return Ok(Moved::Not(state));
            }
            if !item.life.enter(step, now) {
                // It was taken before, and the answer was lost.
                return Ok(Moved::To(Box::new(item)));
            }
            let write = [task_write(&item, version)];
            match self.store.commit(&write, self.process.nonce(&write)).await {
                Err(StoreError::Conflict) => {}
                other => return other.map(|()| Moved::To(Box::new(item))),
            }
        }
        Err(StoreError::Conflict)
    }
}

/// What a step says of the decision. Told again, it is the same event.
fn told(item: &TaskItem, step: TaskStep, now: Timestamp) -> Option<OwnEvent> {
    let outcome = step.outcome(item.task.kind)?;
    let (decision, state) = (item.task.decision, item.life.state().name());
    Some(OwnEvent::outcome(&item.customer, decision, outcome, "tasks", &format!("{decision}/{state}"), now))
}
