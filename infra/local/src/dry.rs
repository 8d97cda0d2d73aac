//! A dry play: the events of a file, folded and decided in memory alone. There is no table and no delivery: what is decided leaves at once, what is put
//! off is decided when it is due, and whoever answers is heard. Guardrails suspend nothing: a day is too short for them. It leaves no trace, so that one day can be played with several catalogues.
//! Read in this order: `script` (the events), `crowds` (who covers whom), this file (what comes when), `customer` (what it does), `rehearsed` (what it came to), `column`.

mod agenda;
mod column;
mod crowds;
mod customer;
mod limits;
mod rehearsed;
mod script;

use std::collections::BTreeMap;

use tact_decide::{Basis, Catalogue, Decision, Models, Rung, evaluate, evaluate_for_store, uncovered};
use tact_domain::{CustomerId, Happened, Key, Profile, Signal, Timestamp, Trigger};
use tact_wire::{ParsedEvent, parse};

use crate::respond::Respondents;
use agenda::{Agenda, Later};
use crowds::Crowds;
use customer::Customer;
use limits::Limits;

pub use column::{eager, lawful};
pub use crowds::Joined;
pub use rehearsed::{Rehearsed, Said, Weighed};
pub use script::Script;

/// How a script is played dry.
pub struct Dry<'a> {
    /// What could be done.
    pub catalogue: &'a Catalogue,
    /// What scores it.
    pub models: &'a Models,
    /// Whose word counts.
    pub consents: Consents,
    /// Events before this instant are folded and lead to no decision.
    pub fold_only_until: Option<Timestamp>,
    /// The clock goes on until this instant after the last event; `None` until a day after it.
    pub until: Option<Timestamp>,
    /// How recipients answer; `None` when nobody does.
    pub respond: Option<Respondents<'a>>,
}

/// What is taken for the customers' consents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consents {
    /// What they said.
    Theirs,
    /// Yes to everything, by every way, whatever they said: for the column that asks nobody.
    Assumed,
}

/// How long the clock goes on after the last event, in seconds.
const DAY_S: i64 = 86_400;

impl Dry<'_> {
    /// Plays a script. The same script gives the same answer, always.
    pub fn play(&self, script: &Script) -> Rehearsed {
        self.play_among(script, &[])
    }

    /// Plays a script among others, who got something without a secret in another play and cover whoever gets it for one, each from their time on.
    pub fn play_among(&self, script: &Script, others: &[Joined]) -> Rehearsed {
        let last = script.events().iter().map(|event| event.signal.arrived).max().unwrap_or(Timestamp(0));
        let mut stage = Stage {
            dry: self,
            customers: BTreeMap::new(),
            agenda: Agenda::default(),
            limits: Limits::of(self.catalogue),
            crowds: Crowds::among(others),
            decision: Decision::empty(),
            rehearsed: Rehearsed::default(),
        };
        stage.run(script, self.until.unwrap_or(last.plus_s(DAY_S)));
        let Stage { customers, crowds, mut rehearsed, .. } = stage;
        let items = |(id, customer): (CustomerId, Customer)| {
            customer.items.into_iter().map(move |item| (id.as_str().to_owned(), item))
        };
        rehearsed.joined = crowds.joined;
        rehearsed.decisions = customers.into_iter().flat_map(items).collect();
        rehearsed
    }

    /// Folds a signal and decides on it as often as limits turn out to be used up; what could not be had, or `None` when nothing called for a decision.
    fn decide(
        &self,
        signal: &Signal,
        profile: &mut Profile,
        (limits, crowds): (&mut Limits, &mut Crowds<'_>),
        decision: &mut Decision,
    ) -> Option<Vec<Key>> {
        let now = signal.arrived.max(signal.at);
        let locale = profile.consent.locale();
        let mut exhausted = uncovered(self.catalogue, crowds.at(self.catalogue, now), (&signal.customer, locale), now);
        loop {
            let before = limits.any().then(|| profile.clone());
            let rung = |trigger: Trigger| {
                let decides = self.fold_only_until.is_none_or(|until| signal.at >= until);
                decides.then(|| self.catalogue.budgets.rung(trigger, now.since_ms(signal.at)))
            };
            let basis = Basis { catalogue: self.catalogue, models: self.models, exhausted: &exhausted, learned: None };
            let done = evaluate(signal, profile, basis, now, rung, decision);
            if !done.decided {
                return None;
            }
            match (limits.used_up(&decision.claims), before) {
                (Some(limit), Some(before)) if !exhausted.contains(&limit) => {
                    *profile = before;
                    exhausted.push(limit);
                }
                _ => {
                    limits.take(&decision.claims);
                    if done.covers {
                        crowds.join(decision, self.catalogue, (&signal.customer, profile.consent.locale()));
                    }
                    return Some(exhausted);
                }
            }
        }
    }

    /// Decides what to tell the store beside the customer, on the same rung and without what could not be had for them, as often as limits turn out to
    /// be used up; whether that was called for.
    fn decide_for_store(
        &self,
        signal: &Signal,
        profile: &Profile,
        (rung, mut exhausted): (Rung, Vec<Key>),
        limits: &mut Limits,
        decision: &mut Decision,
    ) -> bool {
        let now = signal.arrived.max(signal.at);
        loop {
            let basis = Basis { catalogue: self.catalogue, models: self.models, exhausted: &exhausted, learned: None };
            if !evaluate_for_store(signal, profile, basis, now, rung, decision) {
                return false;
            }
            match limits.used_up(&decision.claims) {
                Some(limit) if !exhausted.contains(&limit) => exhausted.push(limit),
                _ => {
                    limits.take(&decision.claims);
                    return true;
                }
            }
        }
    }
}

/// A dry play while it runs.
struct Stage<'a> {
    dry: &'a Dry<'a>,
    customers: BTreeMap<CustomerId, Customer>,
    agenda: Agenda,
    limits: Limits,
    crowds: Crowds<'a>,
    decision: Decision,
    rehearsed: Rehearsed,
}

impl Stage<'_> {
    /// Takes one thing after the other, always the earliest: what the play itself led to before the script.
    fn run(&mut self, script: &Script, until: Timestamp) {
        let mut events = script.events().iter().peekable();
        loop {
            let arrives = events.peek().map(|event| event.signal.arrived);
            let later = self.agenda.next_at().filter(|at| *at <= until || arrives.is_some());
            match (later, arrives) {
                (Some(later), arrives) if arrives.is_none_or(|arrives| later <= arrives) => self.take_up(),
                (_, Some(_)) => events.next().into_iter().for_each(|event| self.take(event)),
                (_, None) => return,
            }
        }
    }

    /// Takes up the next thing of the agenda; what has come to nothing meanwhile is dropped.
    fn take_up(&mut self) {
        let Some((at, later)) = self.agenda.take() else { return };
        let event = match later {
            Later::Answer(event) => Some(event),
            Later::Appointment(who, issue, made_by) => {
                self.customers.get(&who).and_then(|c| c.due(&who, &issue, made_by))
            }
            Later::Window(who, decision) => self.customers.get(&who).and_then(|c| c.expired(&who, decision, at)),
        };
        if let Some(event) = event.and_then(|event| parse(event.line.as_bytes(), at).ok()) {
            self.take(&event);
        }
    }

    /// Takes one event, with all that follows from it at once.
    fn take(&mut self, event: &ParsedEvent) {
        let Self { dry, customers, agenda, limits, crowds, decision, rehearsed } = self;
        let signal = &event.signal;
        let customer = customers.entry(signal.customer.clone()).or_insert_with(|| Customer::who(dry.consents));
        let appointed = customer.profile.contact.appointments().to_vec();
        match &signal.happened {
            Happened::Consent(change) => customer.allows(dry, signal, change),
            Happened::Outcome(report) => customer.answers(dry, signal, report),
            _ => {
                if let Some(exhausted) = dry.decide(signal, &mut customer.profile, (limits, crowds), decision) {
                    let (mut beside, basis) = (Decision::empty(), (decision.rung, exhausted));
                    let tells_store = dry.decide_for_store(signal, &customer.profile, basis, limits, &mut beside);
                    say(dry, customer, signal, (agenda, decision, rehearsed));
                    if tells_store {
                        say(dry, customer, signal, (agenda, &beside, rehearsed));
                    }
                }
            }
        }
        let open = customer.profile.contact.appointments().iter().filter(|open| !appointed.contains(open));
        open.for_each(|open| agenda.appoint(&signal.customer, open));
    }
}

/// Lets what was decided leave at once, with all that will come of it.
fn say(
    dry: &Dry<'_>,
    customer: &mut Customer,
    signal: &Signal,
    (agenda, decision, rehearsed): (&mut Agenda, &Decision, &mut Rehearsed),
) {
    let message = customer.receives(&signal.customer, decision, dry.catalogue);
    let kind = customer.profile.profile_type(decision.now);
    rehearsed.enter((&signal.customer, kind), decision, dry.catalogue, message.as_ref());
    let Some(message) = message else { return };
    agenda.closes(&signal.customer, customer.items.last());
    let answers = dry.respond.as_ref().map_or_else(Vec::new, |people| people.answers(&message));
    for (at, back) in answers {
        agenda.comes(at, &message, back);
    }
}
