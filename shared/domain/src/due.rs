//! Appointments: promises to ourselves to decide again, later, on what is known then. They hold no message and no contact.

use serde::{Deserialize, Serialize};

use crate::{DecisionId, Key, Timestamp, Trigger};

/// What an appointment waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// An instant.
    Time,
    /// The next time the customer comes: a check-in, or entering a fence.
    NextVisit,
    /// The customer leaving a store.
    StoreExit,
    /// The next purchase.
    Purchase,
}

impl On {
    /// Everything an appointment can wait for, in the order used wherever they are listed.
    pub const ALL: [Self; 4] = [Self::Time, Self::NextVisit, Self::StoreExit, Self::Purchase];

    /// The name used in catalogues, events and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::NextVisit => "next_visit",
            Self::StoreExit => "store_exit",
            Self::Purchase => "purchase",
        }
    }

    /// Whether a trigger is what it waits for.
    pub fn is_met_by(self, trigger: Trigger) -> bool {
        match self {
            Self::Time => trigger == Trigger::Due,
            Self::NextVisit => matches!(trigger, Trigger::CheckIn | Trigger::Entry),
            Self::StoreExit => trigger == Trigger::Exit,
            Self::Purchase => trigger == Trigger::Purchase,
        }
    }
}

/// One open appointment. A customer has at most one per issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// The issue to be decided.
    pub issue: Key,
    /// What it waits for.
    pub on: On,
    /// It is not kept before this instant,
    pub not_before: Timestamp,
    /// and not from this one on.
    pub until: Timestamp,
    /// The decision that made it, which names it.
    pub made_by: DecisionId,
    /// What triggered that decision.
    pub trigger: Trigger,
    /// The store that decision was about, if any.
    pub store: Option<Key>,
    /// The action and treatment chosen by that decision, if any: what was said then is not said again.
    pub said: Option<(Key, Key)>,
    /// The action and treatment that the customer said yes to, if this is to keep that promise.
    pub promised: Option<(Key, Key)>,
}

impl Appointment {
    /// Whether it is to be kept at an instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.not_before <= at && at < self.until
    }
}

/// What a `tact.due.v1` event says: an appointment is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The issue to be decided.
    pub issue: Key,
    /// The decision that made the appointment.
    pub made_by: DecisionId,
}
