//! The life of a task for the people of a store: offered, claimed, and ended in one of four ways. Steps may arrive in any order and more than
//! once; what they come to is the same.

use serde::{Deserialize, Serialize};

use crate::{Key, Outcome, Timestamp};

/// How far a task has come. A step only ever moves it on: what was claimed is not free again, and what has ended stays ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskLife {
    /// When the store was asked.
    pub offered_at: Timestamp,
    /// From when on nobody may take it any more.
    pub expires_at: Timestamp,
    claimed_at: Option<Timestamp>,
    ended: Option<(Timestamp, TaskEnd)>,
}

/// Something that is done to a task. Nobody says who did it: people are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskStep {
    /// Somebody takes it.
    Claim,
    /// It ends.
    End(TaskEnd),
}

/// How a task can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskEnd {
    /// It was done.
    Done,
    /// The customer was not ready after all.
    NotReady,
    /// The customer is gone.
    Gone,
    /// Nobody did it in time.
    Expired,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskState {
    /// Nobody has taken it yet.
    Offered,
    /// Somebody has.
    Claimed,
    /// It has ended.
    Ended(TaskEnd),
}

/// How long after a task expires whoever took it may still end it, in seconds.
const HELPING_S: i64 = 30 * 60;
/// How long a task that has ended is kept for whoever asks again, as the answer was lost, in seconds.
const ENDED_S: i64 = 3_600;

impl TaskLife {
    /// A task that is offered now.
    pub fn offered(at: Timestamp, expires_at: Timestamp) -> Self {
        Self { offered_at: at, expires_at, claimed_at: None, ended: None }
    }

    /// Enters a step that was taken then, and answers whether that moved anything: of several of a kind the earliest counts, and of several ends
    /// the earliest; of one instant the first in the order of `TaskEnd`.
    pub fn enter(&mut self, step: TaskStep, at: Timestamp) -> bool {
        let before = *self;
        match step {
            TaskStep::Claim => self.claimed_at = Some(self.claimed_at.map_or(at, |known| known.min(at))),
            TaskStep::End(end) => self.ended = Some(self.ended.map_or((at, end), |known| known.min((at, end)))),
        }
        *self != before
    }

    /// How it stands.
    pub fn state(&self) -> TaskState {
        match (self.ended, self.claimed_at) {
            (Some((_, end)), _) => TaskState::Ended(end),
            (None, Some(_)) => TaskState::Claimed,
            (None, None) => TaskState::Offered,
        }
    }

    /// How it stands at an instant: what nobody took or ended in time has expired, though the clock may not have said so yet.
    pub fn state_at(&self, now: Timestamp) -> TaskState {
        let late = self.due_at().is_some_and(|due_at| due_at <= now);
        if late { TaskState::Ended(TaskEnd::Expired) } else { self.state() }
    }

    /// Whether a step may be taken now.
    ///
    /// # Errors
    /// How the task stands instead. What was ended in this very way may be ended so again: the answer may have been lost.
    pub fn allows(&self, step: TaskStep, now: Timestamp) -> Result<(), TaskState> {
        let state = self.state_at(now);
        let allowed = match (step, state) {
            (TaskStep::Claim, state) => state == TaskState::Offered,
            (TaskStep::End(TaskEnd::Gone | TaskEnd::Expired), TaskState::Offered)
            | (TaskStep::End(_), TaskState::Claimed) => true,
            (TaskStep::End(end), state) => state == TaskState::Ended(end),
        };
        if allowed { Ok(()) } else { Err(state) }
    }

    /// Whether it waits to be taken or ended at an instant.
    pub fn is_open(&self, now: Timestamp) -> bool {
        !matches!(self.state_at(now), TaskState::Ended(_))
    }

    /// When the clock ends it; `None` once it has ended. Whoever took it has a while longer.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.state() {
            TaskState::Offered => Some(self.expires_at),
            TaskState::Claimed => Some(self.expires_at.plus_s(HELPING_S)),
            TaskState::Ended(_) => None,
        }
    }

    /// When it was taken; `None` when nobody took it before it ended.
    pub fn claimed_at(&self) -> Option<Timestamp> {
        self.claimed_at.filter(|claimed| self.ended.is_none_or(|(ended, _)| *claimed <= ended))
    }

    /// When it may be forgotten: an hour after it ended, and a week after nobody can act on it any more.
    pub fn forget_at(&self) -> Timestamp {
        let over = self.expires_at.plus_s(HELPING_S + 7 * 86_400);
        self.ended.map_or(over, |(at, _)| at.plus_s(ENDED_S).min(over))
    }
}

impl TaskStep {
    /// What a step with a task of a kind says of its decision; `None` when nothing is known by it. What mends a store was accepted by nobody.
    pub fn outcome(self, kind: TaskKind) -> Option<Outcome> {
        match self {
            Self::Claim => None,
            Self::End(TaskEnd::Done) if kind == TaskKind::Fix => Some(Outcome::Delivered),
            Self::End(TaskEnd::Done) => Some(Outcome::Accepted),
            Self::End(TaskEnd::NotReady) => Some(Outcome::Dismissed),
            Self::End(TaskEnd::Gone | TaskEnd::Expired) => Some(Outcome::Expired),
        }
    }
}

impl TaskEnd {
    /// Every end, in the order used wherever they are listed.
    pub const ALL: [Self; 4] = [Self::Done, Self::NotReady, Self::Gone, Self::Expired];

    /// The name used in requests, answers and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotReady => "not_ready",
            Self::Gone => "gone",
            Self::Expired => "expired",
        }
    }
}

impl TaskState {
    /// The name used in answers and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Claimed => "claimed",
            Self::Ended(end) => end.name(),
        }
    }
}

/// What a task is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Somebody wants help.
    Help,
    /// Somebody wants to be greeted.
    Greet,
    /// Something in the store is to be put right; nobody is to be approached.
    Fix,
}

impl TaskKind {
    /// Every kind, in the order used wherever they are listed.
    pub const ALL: [Self; 3] = [Self::Help, Self::Greet, Self::Fix];

    /// The name used in tasks and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Greet => "greet",
            Self::Fix => "fix",
        }
    }
}

/// Who in a store looks at its tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Whoever does them.
    Associate,
    /// Whoever answers for the store.
    Manager,
}

impl Role {
    /// Every role, with its name in tokens.
    pub const ALL: [(&str, Self); 2] = [("associate", Self::Associate), ("manager", Self::Manager)];

    /// The name used in tokens.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

/// Somebody of a store: which one, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    /// The store; they see no other.
    pub store: Key,
    /// As what.
    pub role: Role,
}
