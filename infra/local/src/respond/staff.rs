//! How the people of a store answer the tasks they are given. They have no names here either.

use tact_domain::{DecisionId, Key, Outcome, TaskEnd, TaskKind, TaskStep, Timestamp};
use tact_wire::{Message, OwnEvent};

use super::person::Chance;
use super::{Back, SOURCE};

/// Something that is done with a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Did {
    /// The store whose people do it.
    pub store: Key,
    /// The task, by its decision.
    pub task: DecisionId,
    /// What they do.
    pub step: TaskStep,
    /// When.
    pub at: Timestamp,
}

/// A task is taken, in chances of 1,000,
const TAKEN: u64 = 930;
/// and when it was taken, the customer turns out not to be ready.
const NOT_READY: u64 = 80;

/// What the people of a store do with a task: somebody takes it within a few minutes, and sees to it, unless all of them are busy. Of what the customer
/// would have answered a message, words remain: what was done, only those who did it can tell; and who was sent away says so.
pub(super) fn answers(message: &Message, customer: Vec<(Timestamp, Back)>) -> Vec<(Timestamp, Back)> {
    let chance = Chance::of(message);
    let Some(store) = message.store.clone().filter(|_| chance.throw("taken", TAKEN)) else { return Vec::new() };
    let mut answers = customer;
    answers.retain(|(_, back)| !matches!(back, Back::Outcome(Outcome::Accepted | Outcome::Dismissed, _)));
    let declined = answers.iter().any(|(_, back)| matches!(back, Back::Outcome(Outcome::Declined, _)));
    let claimed = message.sent_at.plus_s(chance.soon("taken in", 20, 420));
    let ended = claimed.plus_s(chance.between("done in", 60, 480));
    let end = if declined || chance.throw("not ready", NOT_READY) { TaskEnd::NotReady } else { TaskEnd::Done };
    let did = |step, at| (at, Back::Task(Did { store: store.clone(), task: message.decision, step, at }));
    answers.extend([did(TaskStep::Claim, claimed), did(TaskStep::End(end), ended)]);
    answers
}

impl Did {
    /// What it says of the decision, where no queue stands between; `None` for what says nothing.
    pub fn told(&self, message: &Message) -> Option<OwnEvent> {
        let outcome = self.step.outcome(TaskKind::Help)?;
        let id = format!("{}/task", self.task);
        Some(OwnEvent::outcome(&message.customer, self.task, outcome, SOURCE, &id, self.at))
    }
}
