//! Guardrails: a treatment of which too many recipients want no more rests by itself, and comes back by a trial.
//! What counts against it is in `evidence`; time is an argument, so that every process that looks sees the same.

use serde::{Deserialize, Serialize};
use tact_domain::{CustomerId, Outcome, OutcomeLedger, Timestamp};

use crate::evidence::{Evidence, counted, interval};
use crate::{Action, Draw, Treatment, position};

/// What is watched of every treatment that sells, and what comes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Guardrail {
    /// What is watched; nothing is when it is empty.
    pub guards: Vec<Guard>,
    /// How long a treatment rests when it is suspended for the first time, in seconds; each time in a row twice as long.
    pub rest_s: i64,
    /// The share of customers that tries whether it may come back, 0 to 1.
    pub trial: f64,
    /// Of so many of their messages it must be known what became of them, and no more may have done harm than a limit allows.
    pub trial_of: u64,
}

/// A rate that must not be exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// What is counted.
    pub harm: Harm,
    /// The most of it, as a share of messages, between 0 and 1.
    pub limit: f64,
    /// The probability with which a treatment at the limit is ever suspended by this guard, at most.
    pub alpha: f64,
}

/// What counts against a treatment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// The recipient wants no more of it.
    OptOut,
    /// The recipient complained.
    Complaint,
    /// It was put away.
    Dismissal,
}

impl Harm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OptOut, Self::Complaint, Self::Dismissal];

    /// The name used in policies, logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::Complaint => "complaint",
            Self::Dismissal => "dismissal",
        }
    }

    fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::OptedOut => Some(Self::OptOut),
            Outcome::Complained => Some(Self::Complaint),
            Outcome::Dismissed => Some(Self::Dismissal),
            _ => None,
        }
    }
}

impl Guardrail {
    /// Whether a customer is among those who try whether a treatment may come back: a share of them, drawn anew each year.
    pub fn tries(&self, action: &Action, treatment: &Treatment, customer: &CustomerId, now: Timestamp) -> bool {
        let salt = format!("{}/{}", action.name, treatment.name);
        position(Draw::Trial, &salt, customer, now) < self.trial
    }
}

/// What is new of one message. It counts as harmless from when it is decided, and as harm once that is heard of: were harm counted at once and silence
/// when its window closes, messages would be counted in the order of what became of them, and a treatment would be suspended for being answered slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// When it was decided: it counts for the phase its treatment was in then.
    pub planned_at: Timestamp,
    /// Whether it is decided now, and is to be counted.
    pub decided: bool,
    /// Whether it is the first time that anything is known of what became of it.
    pub answered: bool,
    /// The harm it did, if that is the news.
    pub harm: Option<Harm>,
}

impl Met {
    /// A message that is decided.
    pub fn decided(planned_at: Timestamp) -> Self {
        Self { planned_at, decided: true, answered: false, harm: None }
    }

    /// What an outcome that was not known yet tells, given those known before; `None` when it tells nothing. What never arrived did no harm.
    pub fn of(known: &OutcomeLedger, outcome: Outcome, planned_at: Timestamp) -> Option<Self> {
        let (harm, answered) = (Harm::of(outcome), outcome.is_answer() && !known.is_answered());
        let tells = (answered || harm.is_some()) && outcome != Outcome::Bounced;
        tells.then_some(Self { planned_at, decided: false, answered, harm })
    }
}

/// What is known of a treatment, and whether it may be said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// Whether it may be said.
    pub phase: Phase,
    /// Since when; the beginning of time for one that was never suspended.
    pub since: Timestamp,
    /// What was counted since then, in the order of `Harm::ALL`.
    pub counts: [Count; 3],
    /// Of how many messages of a trial it is known what became of them.
    #[serde(default)]
    known: u64,
    /// How long it rests the next time, in seconds; 0 for as long as the policy says.
    next_rest_s: i64,
    /// The latest changes of its phase, oldest first.
    pub log: Vec<Turned>,
}

/// Whether a treatment may be said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// To everybody.
    #[default]
    Running,
    /// To nobody until this instant, and then on trial.
    Suspended(Timestamp),
    /// To a share of customers.
    Trial,
}

impl Phase {
    /// The name used in logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Suspended(_) => "suspended",
            Self::Trial => "trial",
        }
    }
}

/// What was counted of a treatment for one guard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// Messages decided.
    pub n: u64,
    /// Those that did the harm, as far as is known.
    pub k: u64,
    /// The limit it was counted against: against another one it begins anew.
    limit: f64,
    #[serde(default)]
    evidence: Evidence,
}

impl Count {
    /// Between which rates the true one lies; see `interval`.
    pub fn interval(&self, alpha: f64) -> (f64, f64) {
        interval(self.n, self.k, alpha)
    }

    /// Whether no more did harm than the limit allows of so many of which it is known.
    fn is_within(&self, known: u64) -> bool {
        counted(self.k) <= self.limit * counted(known)
    }

    fn enter(&mut self, guard: &Guard, met: &Met) {
        if self.limit.to_bits() != guard.limit.to_bits() {
            *self = Self { limit: guard.limit, ..Self::default() };
        }
        if met.decided {
            self.n += 1;
            self.evidence.enter(guard.limit, met.planned_at);
        }
        if met.harm == Some(guard.harm) && self.k < self.n {
            self.k += 1;
            self.evidence.correct(met.planned_at);
        }
    }
}

/// A change of the phase of a treatment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turned {
    /// When.
    pub at: Timestamp,
    /// The phase it came into.
    pub to: Phase,
    /// What there was too much of; `None` when it came back.
    pub because: Option<Harm>,
    /// How many messages were counted then, and how many of them did that harm.
    pub of: (u64, u64),
}

/// How many changes are kept.
const KEPT: usize = 20;
/// The longest rest, in seconds.
const LONGEST_S: i64 = 366 * 86_400;

impl Watch {
    /// Whether it may be said at an instant.
    pub fn phase_at(&self, now: Timestamp) -> Phase {
        match self.phase {
            Phase::Suspended(until) if now >= until => Phase::Trial,
            phase => phase,
        }
    }

    /// Counts what is new of messages, one after the other, and answers how its phase changed, in order.
    pub fn meet(&mut self, rail: &Guardrail, met: &[Met], now: Timestamp) -> Vec<Turned> {
        let mut turned = Vec::new();
        if let (Phase::Suspended(until), Phase::Trial) = (self.phase, self.phase_at(now)) {
            turned.push(self.turn(Phase::Trial, until, None));
        }
        for met in met {
            // What was decided before the phase began says nothing of it.
            let of_before = met.planned_at < self.since;
            if of_before || matches!(self.phase, Phase::Suspended(_)) {
                continue;
            }
            turned.extend(self.count(rail, met, now));
        }
        turned
    }

    /// Counts one message, and answers the phase it led to, if it did.
    fn count(&mut self, rail: &Guardrail, met: &Met, now: Timestamp) -> Option<Turned> {
        for guard in &rail.guards {
            self.counts.iter_mut().skip(guard.harm as usize).take(1).for_each(|count| count.enter(guard, met));
        }
        let count = |guard: &&Guard| self.counts.get(guard.harm as usize);
        self.known += u64::from(met.answered && self.phase == Phase::Trial);
        let shows = |guard: &&Guard| count(guard).is_some_and(|count| count.evidence.shows(guard.limit, guard.alpha));
        // Nothing else adds to the evidence.
        let crossed = rail.guards.iter().filter(|_| met.harm.is_some()).find(shows);
        if let Some(guard) = crossed {
            let rest_s = self.next_rest_s.max(rail.rest_s);
            self.next_rest_s = rest_s.saturating_mul(2).min(LONGEST_S);
            return Some(self.turn(Phase::Suspended(now.plus_s(rest_s)), now, Some(guard.harm)));
        }
        let mut counts = rail.guards.iter().filter_map(|guard| count(&guard));
        let passes = self.known >= rail.trial_of && counts.all(|count| count.is_within(self.known));
        if self.phase == Phase::Trial && passes {
            self.next_rest_s = 0;
            return Some(self.turn(Phase::Running, now, None));
        }
        None
    }

    /// Begins a phase, in which everything is counted anew.
    fn turn(&mut self, to: Phase, at: Timestamp, because: Option<Harm>) -> Turned {
        let told = self.counts.iter().zip(Harm::ALL).filter(|(_, harm)| because.is_none_or(|because| because == *harm));
        let of = told.map(|(count, _)| (count.n, count.k)).max().unwrap_or_default();
        let turned = Turned { at, to, because, of };
        (self.phase, self.since, self.counts, self.known) = (to, at, <[Count; 3]>::default(), 0);
        self.log.drain(..(self.log.len() + 1).saturating_sub(KEPT));
        self.log.push(turned.clone());
        turned
    }
}

#[cfg(test)]
mod tests;
