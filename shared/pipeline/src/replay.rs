//! The way back: a recorded decision, made again from its record alone, must give the same bytes.

use tact_decide::{
    Basis, Catalogue, Decision, Learned, Models, Offered, evaluate, evaluate_for_store, offered, take_up,
};
use tact_domain::{FacetKind, Profile, Signal};
use tact_wire::{FacetError, ParseError, Recorded, encode_body, parse_recorded, unpack_facet};

/// Why a record cannot be replayed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// It was made with another catalogue.
    #[error("the decision was made with catalogue `{0}`: give that one with --catalogue")]
    Catalogue(String),
    /// It was made with other models.
    #[error("the decision was made with models `{0}`, which this build does not hold")]
    Models(String),
    /// It was made with something else that was learnt.
    #[error("the decision was made with what was learnt as `{0}`, which the log does not hold")]
    Learned(String),
    /// Its event is no event.
    #[error("the recorded event cannot be read: {0}")]
    Event(#[from] ParseError),
    /// Its profile is no profile.
    #[error("the recorded profile cannot be read: {0}")]
    Facet(#[from] FacetError),
    /// Made again, it called for no decision.
    #[error("made again, the event calls for no decision")]
    Undecided,
}

/// Makes a recorded decision again and answers the body it gives now; the replay is faithful when that equals the recorded body. `learned` is what was learnt that
/// the record names; of a record that names nothing learnt, it is not looked at.
///
/// # Errors
/// When the record was made with another catalogue, other models or something else that was learnt, or does not hold what a decision needs.
pub fn replay(
    recorded: &Recorded,
    catalogue: &Catalogue,
    models: &Models,
    learned: Option<&Learned>,
) -> Result<String, ReplayError> {
    let again = redecide(recorded, catalogue, models, learned)?;
    Ok(encode_body(&recorded.facts, &again.decision, catalogue, models))
}

/// A recorded decision, made again, with what it looked at.
#[derive(Clone, Debug)]
pub struct Redecided {
    /// The decision, with every candidate.
    pub decision: Decision,
    /// The event it was made on, as far as it could be looked at.
    pub signal: Signal,
    /// The customer as they were known when it was made: with the event folded in, without what the decision itself entered.
    pub profile: Profile,
}

/// Makes a recorded decision again; see `replay`.
///
/// # Errors
/// When the record was made with another catalogue, other models or something else that was learnt, or does not hold what a decision needs.
pub fn redecide(
    recorded: &Recorded,
    catalogue: &Catalogue,
    models: &Models,
    learned: Option<&Learned>,
) -> Result<Redecided, ReplayError> {
    if recorded.catalogue != catalogue.hash {
        return Err(ReplayError::Catalogue(recorded.catalogue.clone()));
    }
    if recorded.models != models.hash {
        return Err(ReplayError::Models(recorded.models.clone()));
    }
    let learned = match &recorded.learned {
        None => None,
        Some(hash) => {
            let named = learned.filter(|learned| learned.hash == *hash);
            Some(named.ok_or_else(|| ReplayError::Learned(hash.clone()))?)
        }
    };
    let facts = &recorded.facts;
    let (mut signal, mut before) = before(recorded)?;
    let mut profile = before.clone();
    profile.fold(&signal, &catalogue.ground());
    take_up(&mut profile.contact, &signal);
    let mut decision = Decision::empty();
    let basis = Basis { catalogue, models, exhausted: &facts.exhausted, learned };
    let rung = |_| Some(recorded.rung);
    let done = evaluate(&signal, &mut before, basis, facts.now, rung, &mut decision);
    let is_for_store = recorded.decision == signal.decision.for_store().to_string();
    if is_for_store && done.decided {
        // The store is told after the customer, whose ledger, which models look at, tells of that already.
        evaluate_for_store(&signal, &before, basis, facts.now, recorded.rung, &mut decision);
    }
    signal.happened = catalogue.ground().seen(&signal, &profile.consent).into_owned();
    if done.decided { Ok(Redecided { decision, signal, profile }) } else { Err(ReplayError::Undecided) }
}

/// What was chosen, as the models saw it: rebuilt from the event and the profile in the record, which are all there was to look at, so that
/// nothing that happened later can be in it. `None` for silence, and for what a store was told.
///
/// # Errors
/// When the record was made with another catalogue, or does not hold what a decision needs.
pub fn offered_in<'a>(
    recorded: &Recorded,
    catalogue: &'a Catalogue,
) -> Result<Option<(Signal, Offered<'a>)>, ReplayError> {
    if recorded.catalogue != catalogue.hash {
        return Err(ReplayError::Catalogue(recorded.catalogue.clone()));
    }
    let (signal, mut profile) = before(recorded)?;
    let Some(chosen) = recorded.chosen.as_ref().filter(|_| recorded.decision == signal.decision.to_string()) else {
        return Ok(None);
    };
    let offered = offered(&signal, &mut profile, catalogue, recorded.facts.now, (&chosen.action, &chosen.treatment));
    offered.map(|offered| Some((signal, offered))).ok_or(ReplayError::Undecided)
}

/// The event of a record, and the customer as they were known before it.
///
/// # Errors
/// When the record does not hold what a decision needs.
pub fn before(recorded: &Recorded) -> Result<(Signal, Profile), ReplayError> {
    let facts = &recorded.facts;
    let signal = parse_recorded(&facts.event, facts.arrived)?.signal;
    let mut profile = Profile::default();
    for (kind, bytes) in FacetKind::ALL.into_iter().zip(&facts.facets).filter(|(_, bytes)| !bytes.is_empty()) {
        unpack_facet(&mut profile, kind, bytes)?;
    }
    Ok((signal, profile))
}
