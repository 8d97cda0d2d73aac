//! What a run itself led to and has not arrived yet, by time and then in the order in which it was put.

use std::collections::BTreeMap;

use tact_domain::{Outcome, Presented, Timestamp};
use tact_wire::OwnEvent;

use crate::arrival::Arrival;
use crate::respond::{Back, Did};

/// Everything that is on its way back.
#[derive(Default)]
pub(super) struct Coming {
    waiting: BTreeMap<Place, Return>,
    put: u64,
}

/// When something arrives, and after how many others it was put.
pub(super) type Place = (Timestamp, u64);

/// One thing on its way back.
pub(super) enum Return {
    /// An event, and what somebody says with it of a message they received.
    Event(Arrival, Option<Outcome>),
    /// A coupon at a till.
    Coupon(Presented),
    /// Somebody of a store does something with a task.
    Task(Did),
}

impl Return {
    /// An event of our own making, which arrives then.
    pub(super) fn event(event: OwnEvent, says: Option<Outcome>, at: Timestamp) -> Self {
        let customer = event.customer.as_str().to_owned();
        Self::Event(Arrival { bytes: event.line.into_bytes(), kind: event.kind, customer, at, line: 0 }, says)
    }

    /// What a person sends back, which arrives then.
    pub(super) fn of(back: Back, at: Timestamp) -> Self {
        match back {
            Back::Outcome(outcome, event) => Self::event(event, Some(outcome), at),
            Back::Coupon(presented) => Self::Coupon(presented),
            Back::Task(did) => Self::Task(did),
        }
    }
}

impl Coming {
    /// Puts something that arrives then.
    pub(super) fn add(&mut self, at: Timestamp, back: Return) {
        self.waiting.insert((at, self.put), back);
        self.put += 1;
    }

    /// When the next thing arrives; `None` when nothing is on its way.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next thing out.
    pub(super) fn take(&mut self) -> Option<(Place, Return)> {
        self.waiting.pop_first()
    }

    /// Puts something back into its place: other things came first.
    pub(super) fn put_back(&mut self, place: Place, back: Return) {
        self.waiting.insert(place, back);
    }
}
