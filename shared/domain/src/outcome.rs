//! Outcomes: what became of a decision, as monotone state that any order of arrival leads to.

use serde::{Deserialize, Serialize};

use crate::{Cause, DecisionId, Fingerprint, Timestamp};

/// What can become of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The channel delivered it.
    Delivered,
    /// The address does not work.
    Bounced,
    /// It was on a screen.
    Shown,
    /// It was opened.
    Opened,
    /// A link in it was followed.
    Clicked,
    /// The customer said yes.
    Accepted,
    /// The customer said no.
    Declined,
    /// A coupon was used.
    Redeemed,
    /// The customer said thank you.
    Thanked,
    /// It was put away.
    Dismissed,
    /// The customer wants no more of it.
    OptedOut,
    /// The customer complained.
    Complained,
    /// What was bought came back.
    Returned,
    /// Its window closed without an answer.
    Expired,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 14] = [
        Self::Delivered,
        Self::Bounced,
        Self::Shown,
        Self::Opened,
        Self::Clicked,
        Self::Accepted,
        Self::Declined,
        Self::Redeemed,
        Self::Thanked,
        Self::Dismissed,
        Self::OptedOut,
        Self::Complained,
        Self::Returned,
        Self::Expired,
    ];

    /// Whether it shows that the message was on a screen: a glance, or what the customer did about it. A window that closes shows nothing.
    pub fn is_sight(self) -> bool {
        !matches!(self, Self::Delivered | Self::Bounced | Self::Expired)
    }

    /// Whether nothing more is waited for once it is known; a delivery or a glance is no answer.
    pub fn is_answer(self) -> bool {
        !matches!(self, Self::Delivered | Self::Shown | Self::Opened | Self::Clicked)
    }
}

/// How an outcome names its decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribution {
    /// By the decision's id.
    Decision(DecisionId),
    /// By the event that triggered it; the decision's id follows from the event's identity.
    Event(DecisionId),
}

impl Attribution {
    /// The decision meant.
    pub fn decision(&self) -> DecisionId {
        match self {
            Self::Decision(id) | Self::Event(id) => *id,
        }
    }
}

/// What an outcome event said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeReport {
    /// Which decision it belongs to.
    pub about: Attribution,
    /// What became of it.
    pub outcome: Outcome,
    /// What the customer said to a question why; `None` for what was no question, or was left open.
    pub answer: Option<Cause>,
}

/// The outcomes of one decision: for each kind, the earliest event that reported it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutcomeLedger(Vec<(Outcome, Timestamp, Fingerprint)>);

impl OutcomeLedger {
    /// Enters an outcome and answers whether that moved anything: only the first of a kind, or an earlier one, does.
    pub fn enter(&mut self, outcome: Outcome, at: Timestamp, event: Fingerprint) -> bool {
        match self.0.binary_search_by_key(&outcome, |(known, _, _)| *known) {
            Ok(place) => self.0.get_mut(place).is_some_and(|(_, known_at, known)| {
                let earlier = (at, event) < (*known_at, *known);
                if earlier {
                    (*known_at, *known) = (at, event);
                }
                earlier
            }),
            Err(place) => {
                self.0.insert(place, (outcome, at, event));
                true
            }
        }
    }

    /// Whether this very event is the one that stands for its kind.
    pub fn knows(&self, event: Fingerprint) -> bool {
        self.0.iter().any(|(_, _, known)| *known == event)
    }

    /// Whether nothing became of the decision yet, as far as we know.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an answer came.
    pub fn is_answered(&self) -> bool {
        self.0.iter().any(|(outcome, _, _)| outcome.is_answer())
    }

    /// When an outcome was first reported; `None` if it was not.
    pub fn first(&self, outcome: Outcome) -> Option<Timestamp> {
        self.0.iter().find(|(known, _, _)| *known == outcome).map(|(_, at, _)| *at)
    }
}
