//! Arbitration: one winner, or silence, by a total order over what may be done.

use std::cmp::Ordering;

use crate::{Candidate, Catalogue, Class, Decision, Fate, Reason, Rung};

/// Chooses the winner among the candidates that passed, and gives every other its reason.
pub(crate) fn arbitrate(decision: &mut Decision, catalogue: &Catalogue) {
    let rung = decision.rung;
    for candidate in &mut decision.candidates {
        if candidate.fate != RUNNING {
            // It has terms only to tell whether waiting is worth while.
            let worth = beats_silence(candidate, catalogue, rung);
            candidate.later = candidate.later.filter(|_| worth);
            candidate.terms = None;
        } else if !beats_silence(candidate, catalogue, rung) {
            let unscored = rung == Rung::RulesOnly;
            candidate.fate = Fate::Lost(if unscored { Reason::NotScored } else { Reason::Silence });
            if unscored {
                candidate.terms = None;
            }
        } else if candidate.later.is_some() {
            candidate.fate = Fate::Lost(Reason::PutOff);
        }
    }
    let running = decision.candidates.iter().enumerate().filter(|(_, candidate)| candidate.fate == RUNNING);
    let best = running.min_by(|(_, a), (_, b)| order(a, b, catalogue)).map(|(place, _)| place);
    let winner = best.and_then(|place| decision.candidates.get(place)).map(|candidate| candidate.action);
    for (place, candidate) in decision.candidates.iter_mut().enumerate() {
        if candidate.fate == RUNNING {
            candidate.fate = match (best == Some(place), winner == Some(candidate.action)) {
                (true, _) => Fate::Chosen,
                (false, true) => Fate::Lost(Reason::StandBy),
                (false, false) => Fate::Lost(Reason::Outscored),
            };
        }
    }
    decision.chosen = best;
}

/// The fate of a candidate that passed the gates and awaits arbitration.
pub(crate) const RUNNING: Fate = Fate::Lost(Reason::Outscored);

/// A legal duty always does; what comes before all scores does when nothing could be scored; the rest by a score above 0.
fn beats_silence(candidate: &Candidate, catalogue: &Catalogue, rung: Rung) -> bool {
    let Some(action) = catalogue.actions.get(usize::from(candidate.action)) else {
        return false;
    };
    let worth = candidate.terms.is_some_and(|terms| terms.score > 0.0);
    match (action.class, rung) {
        (Class::Mandatory, _) => true,
        (_, Rung::RulesOnly) => action.issue.precedence() < 3,
        _ => worth,
    }
}

/// First what is a legal duty, then by precedence of the issue, then by score, then by the names of action and treatment: a total order without ties.
fn order(a: &Candidate, b: &Candidate, catalogue: &Catalogue) -> Ordering {
    let precedence = |c: &Candidate| {
        let action = catalogue.actions.get(usize::from(c.action));
        action.map_or((true, u8::MAX), |action| (action.class != Class::Mandatory, action.issue.precedence()))
    };
    let score = |c: &Candidate| c.terms.map_or(f64::NEG_INFINITY, |terms| terms.score);
    let names = |c: &Candidate| {
        let action = catalogue.actions.get(usize::from(c.action));
        let treatment = action.and_then(|action| action.treatments.get(usize::from(c.treatment)));
        (action.map(|action| action.name.as_bytes()), treatment.map(|treatment| treatment.name.as_bytes()))
    };
    precedence(a).cmp(&precedence(b)).then_with(|| score(b).total_cmp(&score(a))).then_with(|| names(a).cmp(&names(b)))
}
