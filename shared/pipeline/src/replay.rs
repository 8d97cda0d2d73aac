//! The way back: a recorded decision, made again from its record alone, must give the same bytes.

use tact_decide::{Catalogue, Decision, Models, evaluate};
use tact_domain::{FacetKind, Profile};
use tact_wire::{FacetError, ParseError, Recorded, encode_body, parse, unpack_facet};

/// Why a record cannot be replayed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// It was made with another catalogue.
    #[error("the decision was made with catalogue `{0}`: give that one with --catalogue")]
    Catalogue(String),
    /// It was made with other models.
    #[error("the decision was made with models `{0}`, which this build does not hold")]
    Models(String),
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

/// Makes a recorded decision again and answers the body it gives now; the replay is faithful when that equals the recorded body.
///
/// # Errors
/// When the record was made with another catalogue or other models, or does not hold what a decision needs.
pub fn replay(recorded: &Recorded, catalogue: &Catalogue, models: &Models) -> Result<String, ReplayError> {
    if recorded.catalogue != catalogue.hash {
        return Err(ReplayError::Catalogue(recorded.catalogue.clone()));
    }
    if recorded.models != models.hash {
        return Err(ReplayError::Models(recorded.models.clone()));
    }
    let facts = &recorded.facts;
    let event = parse(facts.event.as_bytes(), facts.arrived)?;
    let mut profile = Profile::default();
    for (kind, bytes) in FacetKind::ALL.into_iter().zip(&facts.facets).filter(|(_, bytes)| !bytes.is_empty()) {
        unpack_facet(&mut profile, kind, bytes)?;
    }
    let mut decision = Decision::empty();
    let rung = |_| Some(recorded.rung);
    let done = evaluate(&event.signal, &mut profile, catalogue, models, facts.now, rung, &mut decision);
    if done.decided { Ok(encode_body(facts, &decision, catalogue, models)) } else { Err(ReplayError::Undecided) }
}
