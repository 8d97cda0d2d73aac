//! Leaving a store takes back what its people were still to do for whoever left.

use tact_domain::{
    Attribution, Fingerprint, Outcome, OutcomeReport, Signal, TaskEnd, TaskKind, TaskState, TaskStep, Transition,
};

use super::Turn;
use super::work::Work;
use crate::dispatch::{left_since, task_in, tasks_of};
use crate::{Clock, DecisionLog, ItemKey, Pipeline, Store, StoreError};

impl Work<'_> {
    /// Notes the stores that the event in hand left.
    pub(super) fn leave(&mut self, transitions: &[Transition]) {
        let left = transitions.iter().filter_map(|transition| match transition {
            Transition::Left(store) => Some(store.clone()),
            Transition::Entered(_) | Transition::Dwelled(_) => None,
        });
        self.left.extend(left);
    }
}

impl<S: Store, L: DecisionLog, C: Clock> Pipeline<S, L, C> {
    /// Takes back what nobody has taken yet of what was asked about the customer before they left the stores just left, and tells its decisions. The
    /// ledger names them, so nothing is searched. Whoever took a task is helping, or sees that nobody is there, and says so.
    pub(super) async fn withdraw(
        &self,
        work: &mut Work<'_>,
        turn: &Turn<'_>,
        signal: &Signal,
    ) -> Result<(), StoreError> {
        for left in std::mem::take(&mut work.left) {
            for decision in tasks_of(&work.profile, signal.at).collect::<Vec<_>>() {
                if work.withdrawn.iter().any(|(known, _)| known.task.decision == decision) {
                    continue;
                }
                work.reads += 1;
                let Some((mut task, version)) = task_in(&self.store, &ItemKey::Task(left.clone(), decision)).await?
                else {
                    continue;
                };
                let offered = task.life.state_at(signal.at) == TaskState::Offered;
                if task.task.kind == TaskKind::Fix || !offered {
                    continue;
                }
                let held = work.decision(&self.store, decision).await?;
                if !held.is_some_and(|held| left_since(&held.item, signal.at)) {
                    continue;
                }
                task.life.enter(TaskStep::End(TaskEnd::Gone), signal.at);
                work.withdrawn.push((task, version));
                let event = Fingerprint::of("tact/exit", &decision.to_string());
                let report =
                    OutcomeReport { about: Attribution::Decision(decision), outcome: Outcome::Expired, answer: None };
                self.enter(work, turn, &Signal { event, ..signal.clone() }, &report).await?;
            }
        }
        Ok(())
    }
}
