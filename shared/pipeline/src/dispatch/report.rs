//! What delivery is handed, and what it says became of it.

use tact_decide::{Cover, Rendering};
use tact_domain::{Fingerprint, Timestamp};
use tact_wire::{Delivery, Message};

use crate::ItemKey;

/// What became of a batch of the table's stream.
#[derive(Debug, Default)]
pub struct DispatchReport {
    /// How each record ended, in order; `None` for one left undone.
    pub settled: Vec<Option<Settled>>,
    /// The place of the first record left undone; it and all after it are to be delivered again.
    pub first_undone: Option<usize>,
    /// Why it was left undone, for people.
    pub failure: Option<String>,
    /// The messages that providers took, in the order of their records.
    pub sent: Vec<Message>,
    /// Microseconds from looking at an item to its acceptance, per message taken.
    pub deliver_us: Vec<u64>,
    /// How many messages cover nobody although they were sent without a secret, as that could not be kept.
    pub uncounted: u64,
    /// How many messages wait for another day, as what may be spent on this one is used up.
    pub unaffordable: u64,
}

/// One record of the table's stream: an item that appeared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appeared {
    /// Its place in the stream.
    pub sequence: String,
    /// Its key; `None` for one that is no decision and no turn.
    pub key: Option<ItemKey>,
    /// When it appeared.
    pub arrived: Timestamp,
}

/// How a record of the table's stream ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Settled {
    /// A provider took the message.
    Sent,
    /// Nobody knows whether it left; it is never sent again.
    Unknown,
    /// It waits for a better time.
    Scheduled,
    /// Every way was refused for good.
    Failed,
    /// It did not leave, for this reason.
    Closed(&'static str),
    /// It would have left.
    Shadowed,
    /// There was nothing to do: settled before, not due yet, or gone.
    Nothing,
    /// What is stored about it cannot be read, or makes us fail. It holds up nobody else; the clock calls it again.
    Fault,
}

impl Settled {
    /// The name used in counts and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Scheduled => "scheduled",
            Self::Failed => "failed",
            Self::Closed(_) => "closed",
            Self::Shadowed => "shadowed",
            Self::Nothing => "nothing",
            Self::Fault => "fault",
        }
    }

    /// How a decision stands that somebody else settled.
    pub(super) fn of(state: &Delivery) -> Self {
        match state {
            Delivery::Sent => Self::Sent,
            Delivery::Unknown => Self::Unknown,
            Delivery::Scheduled => Self::Scheduled,
            Delivery::Failed(_) => Self::Failed,
            Delivery::Shadowed => Self::Shadowed,
            Delivery::Pending | Delivery::Sending | Delivery::Closed(_) => Self::Nothing,
        }
    }
}

/// What came of looking for another way.
pub(super) enum Way {
    /// There is none.
    None,
    /// It is to be tried at once.
    AtOnce,
    /// It waits until it may leave.
    Later,
}

/// One record, done with.
pub(super) struct Delivered {
    pub(super) settled: Settled,
    /// The message, when a provider took it.
    pub(super) message: Option<Message>,
    pub(super) deliver_us: Option<u64>,
    /// Whom it covers, when a provider took it.
    pub(super) joins: Option<Joins>,
    /// Whether it waits because what may be spent in a day is used up.
    pub(super) unaffordable: bool,
}

/// That a customer got something without a secret, and so covers others.
pub(super) struct Joins {
    pub(super) rendering: Rendering,
    pub(super) face: Fingerprint,
    pub(super) cover: Cover,
}

impl From<Settled> for Delivered {
    fn from(settled: Settled) -> Self {
        Self { settled, message: None, deliver_us: None, joins: None, unaffordable: false }
    }
}
