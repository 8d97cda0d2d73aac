//! What a dry play came to: every decision with what won or what stood in the way, and every message with what became of it.

use std::collections::{BTreeMap, BTreeSet};

use tact_decide::{Candidate, Catalogue, Decision, Fate, Reason, Terms};
use tact_domain::{Channel, CustomerId, DecisionId, Key, ProfileType, Timestamp, Trigger};
use tact_learn::Opportunity;
use tact_wire::{DecisionItem, Message};

use super::Joined;

/// What a dry play came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rehearsed {
    /// Every decision, silent or not, in the order made.
    pub weighed: Vec<Weighed>,
    /// Every decision that was to be delivered with its customer and what became of it, by customer and then in the order made.
    pub decisions: Vec<(String, DecisionItem)>,
    /// Whom every way of every action could have been done for: those for whom it passed the gates at least once.
    pub passed: BTreeMap<(Key, Key), BTreeSet<CustomerId>>,
    /// The decisions at which a contact could have been used, in the order made.
    pub opportunities: Vec<Opportunity>,
    /// Candidates refused or lost, by reason.
    pub held_back: BTreeMap<&'static str, u64>,
    /// Who got what without a secret that its action asks for, in the order of time.
    pub joined: Vec<Joined>,
}

/// One decision, silent or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// Its id.
    pub decision: DecisionId,
    /// Whom it was about.
    pub customer: CustomerId,
    /// Of which type they were; `None` for who may not be typed.
    pub kind: Option<ProfileType>,
    /// Why it was made.
    pub trigger: Trigger,
    /// The store it was about, if any.
    pub store: Option<Key>,
    /// The instant decided for.
    pub at: Timestamp,
    /// What won; `None` is silence.
    pub said: Option<Said>,
    /// For a silence, the action that came furthest, and what stood in its way; `None` when nothing was called for.
    pub stopped: Option<(Key, Reason)>,
    /// What stood in the way of every action that was considered and did not win: of the way to do it that came furthest.
    pub held: BTreeMap<Key, Reason>,
}

/// What won.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The action.
    pub action: Key,
    /// The way to do it.
    pub treatment: Key,
    /// The channel of that way.
    pub channel: Channel,
    /// The terms of its score; `None` when it was not scored.
    pub terms: Option<Terms>,
    /// Whether caps count it as a contact.
    pub takes_contact: bool,
    /// Whether it left; otherwise what it relied on did not hold when all was asked again.
    pub left: bool,
}

impl Said {
    /// What saying it is worth beside saying nothing, in minor units; 0 for what was not scored.
    pub fn worth(&self) -> f64 {
        self.terms.map_or(0.0, |terms| terms.score)
    }

    /// What it is worth to the customer, in minor units: the good it does them, as likely as they like it, less the annoyance, as likely as it annoys.
    pub fn worth_to_them(&self, annoyance: f64) -> f64 {
        self.terms.map_or(0.0, |terms| terms.liked * terms.benefit - terms.harmful * annoyance)
    }
}

impl Rehearsed {
    /// Enters a decision, and the message it led to if one left.
    pub(super) fn enter(
        &mut self,
        (customer, kind): (&CustomerId, Option<ProfileType>),
        decision: &Decision,
        catalogue: &Catalogue,
        message: Option<&Message>,
    ) {
        let opportunity = decision.opportunity(catalogue);
        let opportunity =
            opportunity.map(|score| Opportunity { kind, customer: customer.clone(), at: decision.now, score });
        self.opportunities.extend(opportunity);
        for candidate in &decision.candidates {
            if let Some(reason) = reason(candidate) {
                *self.held_back.entry(reason.name()).or_insert(0) += 1;
            }
            if !matches!(candidate.fate, Fate::Refused(_)) {
                self.pass(customer, candidate, catalogue);
            }
        }
        let said = decision.winner().and_then(|winner| said(winner, catalogue, message.is_some()));
        let stopped = if said.is_none() { furthest(decision, catalogue) } else { None };
        self.weighed.push(Weighed {
            decision: decision.id,
            customer: customer.clone(),
            kind,
            trigger: decision.trigger,
            store: decision.store.clone(),
            at: decision.now,
            said,
            stopped,
            held: held(decision, catalogue),
        });
    }

    fn pass(&mut self, customer: &CustomerId, candidate: &Candidate, catalogue: &Catalogue) {
        let Some(action) = catalogue.actions.get(usize::from(candidate.action)) else { return };
        let Some(treatment) = action.treatments.get(usize::from(candidate.treatment)) else { return };
        self.passed.entry((action.name.clone(), treatment.name.clone())).or_default().insert(customer.clone());
    }
}

fn said(winner: &Candidate, catalogue: &Catalogue, left: bool) -> Option<Said> {
    let action = catalogue.actions.get(usize::from(winner.action))?;
    let treatment = action.treatments.get(usize::from(winner.treatment))?;
    Some(Said {
        action: action.name.clone(),
        treatment: treatment.name.clone(),
        channel: treatment.channel,
        terms: winner.terms,
        takes_contact: action.takes_contact(treatment),
        left,
    })
}

/// The candidate that passed most gates. Reasons are in the order of the gates.
fn furthest(decision: &Decision, catalogue: &Catalogue) -> Option<(Key, Reason)> {
    let stopped = decision.candidates.iter().filter_map(|candidate| Some((reason(candidate)?, candidate.action)));
    let (reason, action) = stopped.max_by(|(a, first), (b, second)| a.cmp(b).then(second.cmp(first)))?;
    Some((catalogue.actions.get(usize::from(action))?.name.clone(), reason))
}

fn held(decision: &Decision, catalogue: &Catalogue) -> BTreeMap<Key, Reason> {
    let won = decision.winner().map(|winner| winner.action);
    let mut held = BTreeMap::new();
    for candidate in decision.candidates.iter().filter(|candidate| Some(candidate.action) != won) {
        let Some(action) = catalogue.actions.get(usize::from(candidate.action)) else { continue };
        let Some(reason) = reason(candidate) else { continue };
        held.entry(action.name.clone()).and_modify(|known: &mut Reason| *known = reason.max(*known)).or_insert(reason);
    }
    held
}

fn reason(candidate: &Candidate) -> Option<Reason> {
    match candidate.fate {
        Fate::Chosen => None,
        Fate::Lost(reason) | Fate::Refused(reason) => Some(reason),
    }
}
