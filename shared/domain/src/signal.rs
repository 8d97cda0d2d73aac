//! A signal: one validated event, as the fold and the decision see it.

use serde::{Deserialize, Serialize};

use crate::{
    CheckIn, Comment, ConsentChange, CustomerId, DecisionId, Due, Fingerprint, Key, OutcomeReport, PartnerSignal,
    Purchase, Sighting, Timestamp,
};

/// What one event said, once it was found valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Whom it is about.
    pub customer: CustomerId,
    /// Who sent it.
    pub source: Key,
    /// The identity of the event.
    pub event: Fingerprint,
    /// The decision this event leads to, if it leads to one.
    pub decision: DecisionId,
    /// When it happened.
    pub at: Timestamp,
    /// The offset from UTC, in seconds, that its time was written with.
    pub offset_s: i32,
    /// When it reached us.
    pub arrived: Timestamp,
    /// What happened.
    pub happened: Happened,
}

/// What happened, one variant per event kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// The customer announced being somewhere.
    CheckIn(CheckIn),
    /// The customer bought or returned something.
    Purchase(Purchase),
    /// A device of the customer was located.
    Geolocation(Sighting),
    /// A partner told something of the customer.
    Partner(PartnerSignal),
    /// The customer said something of us.
    Comment(Comment),
    /// The customer, or a decision's outcome, changed what we may do.
    Consent(ConsentChange),
    /// Something became of a decision.
    Outcome(OutcomeReport),
    /// An appointment is due.
    Due(Due),
}

impl Happened {
    /// The kind of event this came from.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::CheckIn(_) => EventKind::CheckIn,
            Self::Purchase(_) => EventKind::Purchase,
            Self::Geolocation(_) => EventKind::Geolocation,
            Self::Partner(_) => EventKind::Partner,
            Self::Comment(_) => EventKind::Comment,
            Self::Consent(_) => EventKind::Consent,
            Self::Outcome(_) => EventKind::Outcome,
            Self::Due(_) => EventKind::Due,
        }
    }
}

/// The kinds of events; each has a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// `tact.check-in.v1`
    CheckIn,
    /// `tact.purchase.v1`
    Purchase,
    /// `tact.geolocation.v1`
    Geolocation,
    /// `tact.partner.v1`
    Partner,
    /// `tact.comment.v1`
    Comment,
    /// `tact.consent.v1`
    Consent,
    /// `tact.outcome.v1`
    Outcome,
    /// `tact.due.v1`
    Due,
}

impl EventKind {
    /// Every kind, in the order used wherever kinds are listed.
    pub const ALL: [Self; 8] = [
        Self::CheckIn,
        Self::Purchase,
        Self::Geolocation,
        Self::Partner,
        Self::Comment,
        Self::Consent,
        Self::Outcome,
        Self::Due,
    ];

    /// The name used in budgets, metrics and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckIn => "check_in",
            Self::Purchase => "purchase",
            Self::Geolocation => "geolocation",
            Self::Partner => "partner",
            Self::Comment => "comment",
            Self::Consent => "consent",
            Self::Outcome => "outcome",
            Self::Due => "due",
        }
    }
}

/// What makes a customer's signal a reason to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A check-in.
    CheckIn,
    /// A purchase.
    Purchase,
    /// Coming into a store's fence.
    Entry,
    /// Staying there.
    Dwell,
    /// Leaving it.
    Exit,
    /// A comment that wants an answer.
    Comment,
    /// An appointment that is due.
    Due,
    /// Looking at something of ours that has a place for what we could say.
    Open,
}

impl Trigger {
    /// Every trigger, in the order used wherever triggers are listed.
    pub const ALL: [Self; 8] =
        [Self::CheckIn, Self::Purchase, Self::Entry, Self::Dwell, Self::Exit, Self::Comment, Self::Due, Self::Open];
    /// What customers do, rather than say, in the same order: what models and appointments know of.
    pub const CUSTOMER: [Self; 5] = [Self::CheckIn, Self::Purchase, Self::Entry, Self::Dwell, Self::Exit];

    /// The name used in catalogues, budgets and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckIn => "check_in",
            Self::Purchase => "purchase",
            Self::Entry => "entry",
            Self::Dwell => "dwell",
            Self::Exit => "exit",
            Self::Comment => "comment",
            Self::Due => "due",
            Self::Open => "open",
        }
    }

    /// The kind of event that pulls it; `None` for one that is asked for.
    pub fn kind(self) -> Option<EventKind> {
        match self {
            Self::CheckIn => Some(EventKind::CheckIn),
            Self::Purchase => Some(EventKind::Purchase),
            Self::Entry | Self::Dwell | Self::Exit => Some(EventKind::Geolocation),
            Self::Comment => Some(EventKind::Comment),
            Self::Due => Some(EventKind::Due),
            Self::Open => None,
        }
    }
}
