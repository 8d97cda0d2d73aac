//! Leaving a store takes back what its people were still to do for whoever left.

use tact_domain::{Fingerprint, Outcome, Signal, TaskEnd, TaskKind, TaskStep, Transition};

use super::work::Work;
use crate::dispatch::{task_in, tasks_of};
use crate::{ItemKey, Store, StoreError};

impl Work<'_> {
    /// Notes the stores that the event in hand left.
    pub(super) fn leave(&mut self, transitions: &[Transition]) {
        let left = transitions.iter().filter_map(|transition| match transition {
            Transition::Left(store) => Some(store.clone()),
            Transition::Entered(_) | Transition::Dwelled(_) => None,
        });
        self.left.extend(left);
    }

    /// Ends the open tasks about the customer in the stores just left, and tells their decisions. The ledger names them, so nothing is searched.
    pub(super) async fn withdraw(&mut self, store: &impl Store, signal: &Signal) -> Result<(), StoreError> {
        for left in std::mem::take(&mut self.left) {
            for decision in tasks_of(&self.profile, signal.at).collect::<Vec<_>>() {
                if self.withdrawn.iter().any(|(known, _)| known.task.decision == decision) {
                    continue;
                }
                self.reads += 1;
                let found = task_in(store, &ItemKey::Task(left.clone(), decision)).await?;
                let open = |task: &tact_wire::TaskItem| task.task.kind != TaskKind::Fix && task.life.is_open(signal.at);
                let Some((mut task, version)) = found.filter(|(task, _)| open(task)) else { continue };
                task.life.enter(TaskStep::End(TaskEnd::Gone), signal.at);
                self.withdrawn.push((task, version));
                if let Some(held) = self.decision(store, decision).await? {
                    let event = Fingerprint::of("tact/exit", &decision.to_string());
                    held.changed |= held.item.enter(Outcome::Expired, signal.at, event);
                }
            }
        }
        Ok(())
    }
}
