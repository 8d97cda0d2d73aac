//! How a record ends: in exactly one of these ways, and counted.

use std::collections::BTreeMap;

use tact_decide::{Decision, Fate};
use tact_domain::{Cause, Key, StoreLink, Transition};

/// How a record ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// A decision to say or do something was committed.
    Decided,
    /// A decision to stay silent was committed.
    Silent,
    /// It was folded, and called for no decision.
    Applied,
    /// We may not remember it.
    Withheld,
    /// It was folded before.
    Duplicate,
    /// It came too late to be folded.
    Stale,
    /// It could not be read.
    Quarantined,
}

impl Ending {
    /// Every way to end, in the order in which they are listed.
    pub const ALL: [Self; 7] =
        [Self::Decided, Self::Silent, Self::Applied, Self::Withheld, Self::Duplicate, Self::Stale, Self::Quarantined];

    /// The name used in counts and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Silent => "silent",
            Self::Applied => "applied",
            Self::Withheld => "withheld",
            Self::Duplicate => "duplicate",
            Self::Stale => "stale",
            Self::Quarantined => "quarantined",
        }
    }
}

/// Counts over records; every record is in exactly one of the first seven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records by how they ended.
    pub endings: BTreeMap<Ending, u64>,
    /// Candidates refused or lost, by reason.
    pub suppressed: BTreeMap<&'static str, u64>,
    /// Decisions by the channel chosen.
    pub chosen: BTreeMap<&'static str, u64>,
    /// Fences entered.
    pub enter: u64,
    /// Stays that became a dwell.
    pub dwell: u64,
    /// Fences left.
    pub exit: u64,
    /// Comments by the store they belong to and what they are about: of nobody in particular, so that those count whose store only accident tells.
    pub comments: BTreeMap<Key, BTreeMap<&'static str, u64>>,
    /// Appointments made.
    pub appointed: u64,
    /// Items written.
    pub writes: u64,
    /// Treatments that guardrails suspended, tried or let back, by the phase they came into.
    pub turned: BTreeMap<&'static str, u64>,
    /// What guardrails and crowds should have counted and could not.
    pub uncounted: u64,
    /// How often what was learnt should have been published and could not.
    pub unpublished: u64,
}

impl Tally {
    /// How many records ended in a way.
    pub fn count(&self, ending: Ending) -> u64 {
        self.endings.get(&ending).copied().unwrap_or(0)
    }

    /// How many records ended.
    pub fn records(&self) -> u64 {
        self.endings.values().sum()
    }

    /// Counts one record.
    pub fn end(&mut self, ending: Ending) {
        *self.endings.entry(ending).or_insert(0) += 1;
    }

    /// Adds another tally to this one.
    pub fn add(&mut self, other: &Self) {
        for (ending, n) in &other.endings {
            *self.endings.entry(*ending).or_insert(0) += n;
        }
        for (reason, n) in &other.suppressed {
            *self.suppressed.entry(reason).or_insert(0) += n;
        }
        for (channel, n) in &other.chosen {
            *self.chosen.entry(channel).or_insert(0) += n;
        }
        for (store, causes) in &other.comments {
            let known = self.comments.entry(store.clone()).or_default();
            for (cause, n) in causes {
                *known.entry(cause).or_insert(0) += n;
            }
        }
        self.enter += other.enter;
        self.dwell += other.dwell;
        self.exit += other.exit;
        self.appointed += other.appointed;
        self.writes += other.writes;
        for (phase, n) in &other.turned {
            *self.turned.entry(phase).or_insert(0) += n;
        }
        self.uncounted += other.uncounted;
        self.unpublished += other.unpublished;
    }

    pub(crate) fn crossed(&mut self, transitions: &[Transition]) {
        for transition in transitions {
            match transition {
                Transition::Entered(_) => self.enter += 1,
                Transition::Dwelled(_) => self.dwell += 1,
                Transition::Left(_) => self.exit += 1,
            }
        }
    }

    pub(crate) fn commented(&mut self, link: Option<StoreLink>, cause: Cause) {
        if let Some(link) = link {
            *self.comments.entry(link.store).or_default().entry(cause.name()).or_insert(0) += 1;
        }
    }

    pub(crate) fn weighed(&mut self, decision: &Decision) {
        for candidate in &decision.candidates {
            if let Fate::Lost(reason) | Fate::Refused(reason) = candidate.fate {
                *self.suppressed.entry(reason.name()).or_insert(0) += 1;
            }
        }
    }
}
