//! What a dry play itself led to and has not come yet: answers when they are given, and, on the minute, what the clock calls.

use std::collections::BTreeMap;

use tact_domain::{Appointment, CustomerId, DecisionId, Key, On, Outcome, Timestamp};
use tact_wire::{DecisionItem, Message, OwnEvent};

use crate::respond::Back;

/// Everything that is still to come.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// By time; of one instant answers come first, as they were on their way before the clock ticked; then in the order entered.
    waiting: BTreeMap<(Timestamp, Rank, u64), Later>,
    entered: u64,
}

/// One thing that is to come.
#[derive(Debug)]
pub(super) enum Later {
    /// Somebody answers.
    Answer(OwnEvent),
    /// The appointment of a customer for an issue that a decision made is due.
    Appointment(CustomerId, Key, DecisionId),
    /// The window for answers to a decision closes.
    Window(CustomerId, DecisionId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Answer,
    Tick,
}

/// How often the clock ticks, in milliseconds.
const MINUTE_MS: i64 = 60_000;

impl Agenda {
    /// When the next thing comes; `None` when nothing does.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|((at, ..), _)| *at)
    }

    /// Takes the next thing out, with its time.
    pub(super) fn take(&mut self) -> Option<(Timestamp, Later)> {
        self.waiting.pop_first().map(|((at, ..), later)| (at, later))
    }

    /// Enters what comes back to a message.
    pub(super) fn comes(&mut self, at: Timestamp, message: &Message, back: Back) {
        let event = match back {
            Back::Outcome(_, event) => event,
            Back::Coupon(presented) => {
                let (who, receipt) = (&message.customer, &presented.receipt);
                OwnEvent::outcome(who, message.decision, Outcome::Redeemed, "coupons", receipt, presented.at)
            }
            Back::Task(did) => match did.told(message) {
                Some(event) => event,
                None => return,
            },
        };
        self.enter(at, Rank::Answer, Later::Answer(event));
    }

    /// Enters an appointment, if it waits for a time.
    pub(super) fn appoint(&mut self, customer: &CustomerId, open: &Appointment) {
        if open.on == On::Time {
            let later = Later::Appointment(customer.clone(), open.issue.clone(), open.made_by);
            self.enter(tick(open.not_before), Rank::Tick, later);
        }
    }

    /// Enters when the window for answers to a message closes, if it has one.
    pub(super) fn closes(&mut self, customer: &CustomerId, item: Option<&DecisionItem>) {
        if let Some((item, due_at)) = item.and_then(|item| Some((item, item.due_at?))) {
            self.enter(tick(due_at), Rank::Tick, Later::Window(customer.clone(), item.decision));
        }
    }

    fn enter(&mut self, at: Timestamp, rank: Rank, later: Later) {
        self.waiting.insert((at, rank, self.entered), later);
        self.entered += 1;
    }
}

/// The first tick of the clock at or after an instant.
fn tick(at: Timestamp) -> Timestamp {
    Timestamp(at.0.saturating_add(MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS)
}
