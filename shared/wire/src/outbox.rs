//! The decision item: what dispatch needs to deliver a decision, and where its outcomes are kept.

use serde::{Deserialize, Serialize};
use tact_decide::{Catalogue, Decision, Fate, Reason};
use tact_domain::{Channel, ContactState, DecisionId, Fingerprint, Key, OutcomeLedger, Timestamp, Trigger};

use crate::facet::{SCHEMA, pack};

/// A decision to deliver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionItem {
    /// The decision.
    pub decision: DecisionId,
    /// Why it was made.
    pub trigger: Trigger,
    /// The store it is about, if any.
    pub store: Option<Key>,
    /// The catalogue it was made with, whose version renders it.
    pub catalogue: String,
    /// The action chosen.
    pub action: Key,
    /// The group it counts under.
    pub group: Key,
    /// The treatment chosen.
    pub treatment: Key,
    /// The channel of that treatment.
    pub channel: Channel,
    /// Treatments of the action that passed every gate as well, best first.
    pub fallbacks: Vec<Key>,
    /// The event whose consent it relies on, if it needs one.
    pub consent: Option<Fingerprint>,
    /// When it was decided.
    pub planned_at: Timestamp,
    /// From when on it is no longer worth sending.
    pub expires_at: Timestamp,
    /// How far it has come.
    pub state: ContactState,
    /// What became of it.
    pub outcomes: OutcomeLedger,
}

impl DecisionItem {
    /// The item of a decision; `None` for silence.
    pub fn of(decision: &Decision, catalogue: &Catalogue) -> Option<Self> {
        let winner = decision.winner()?;
        let action = catalogue.actions.get(usize::from(winner.action))?;
        let treatment = action.treatments.get(usize::from(winner.treatment))?;
        Some(Self {
            decision: decision.id,
            trigger: decision.trigger,
            store: decision.store.clone(),
            catalogue: catalogue.hash.clone(),
            action: action.name.clone(),
            group: action.group.clone(),
            treatment: treatment.name.clone(),
            channel: treatment.channel,
            fallbacks: fallbacks(decision, catalogue),
            consent: winner.consent,
            planned_at: decision.now,
            expires_at: decision.now.plus_s(treatment.valid_s),
            state: ContactState::Planned,
            outcomes: OutcomeLedger::default(),
        })
    }

    /// The stored form.
    pub fn pack(&self) -> Vec<u8> {
        pack(self)
    }

    /// Reads the stored form; `None` when it is corrupt or of a newer schema.
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let (schema, packed) = bytes.split_first()?;
        (*schema == SCHEMA).then(|| postcard::from_bytes(packed).ok()).flatten()
    }
}

/// The treatments that may stand in for the winner, best first; equal scores in catalogue order.
fn fallbacks(decision: &Decision, catalogue: &Catalogue) -> Vec<Key> {
    let standing_by = decision.candidates.iter().filter(|candidate| candidate.fate == Fate::Lost(Reason::StandBy));
    let mut ranked: Vec<_> = standing_by.collect();
    let score = |candidate: &&tact_decide::Candidate| candidate.terms.map_or(f64::NEG_INFINITY, |terms| terms.score);
    ranked.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let name = |candidate: &tact_decide::Candidate| {
        let action = catalogue.actions.get(usize::from(candidate.action))?;
        action.treatments.get(usize::from(candidate.treatment)).map(|treatment| treatment.name.clone())
    };
    ranked.into_iter().filter_map(name).collect()
}
