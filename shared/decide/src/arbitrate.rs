//! Arbitration: one winner, or silence, by a total order over what may be done now, what had better wait, and saying nothing, which is worth 0.

use std::cmp::Ordering;

use crate::explore::explored;
use crate::{Action, Candidate, Catalogue, Class, Decision, Fate, Moment, Reason, Rung, Treatment, limit};

/// The fate of a candidate that passed the gates and awaits arbitration.
pub(crate) const RUNNING: Fate = Fate::Lost(Reason::Outscored);

/// Chooses the winner among the candidates that passed, and gives every other its reason.
pub(crate) fn arbitrate(moment: &Moment<'_>, catalogue: &Catalogue, decision: &mut Decision) {
    against_silence(moment, catalogue, decision);
    against_later(catalogue, decision);
    let best = best(decision, catalogue, |candidate| candidate.fate == RUNNING);
    // Whoever is held out has the ghost of what would have been tried.
    let drawn = best.map(|best| explored(decision, catalogue, best));
    let (best, probability) = drawn.map_or((None, 1.0), |(place, probability)| (Some(place), probability));
    decision.probability = probability;
    let held_out = catalogue.policy.holdout.holds(moment.customer, moment.now);
    if catalogue.policy.holdout.share > 0.0 && best.is_some() {
        decision.arms.push(("holdout".into(), if held_out { "held_out" } else { "contacted" }.into()));
    }
    let winner = best.and_then(|place| decision.candidates.get(place)).copied();
    let withheld = held_out && winner.is_some_and(|winner| !is_owed(&winner, catalogue));
    for (place, candidate) in decision.candidates.iter_mut().enumerate() {
        if candidate.fate == RUNNING {
            let same_action = winner.is_some_and(|winner| winner.action == candidate.action);
            candidate.fate = match (best == Some(place), same_action) {
                // Not only the winner: what else could be shown at a placement is withheld as well.
                _ if held_out && !is_owed(candidate, catalogue) => Fate::Lost(Reason::HeldOut),
                (true, _) => Fate::Chosen,
                (false, true) => Fate::Lost(Reason::StandBy),
                (false, false) if winner.is_some_and(|winner| order(candidate, &winner, catalogue).is_lt()) => {
                    Fate::Lost(Reason::Explored)
                }
                (false, false) => Fate::Lost(Reason::Outscored),
            };
        }
    }
    (decision.chosen, decision.ghost) = if withheld { (None, best) } else { (best, None) };
    settle(moment, catalogue, decision);
}

/// What is worth no more than saying nothing, or belongs to a control, is out; what is to wait waits.
fn against_silence(moment: &Moment<'_>, catalogue: &Catalogue, decision: &mut Decision) {
    let rung = decision.rung;
    for candidate in &mut decision.candidates {
        let Some((action, treatment)) = parts(candidate, catalogue) else { continue };
        let worth = beats_silence(candidate, action, treatment, rung);
        let is_control = worth && !treatment.fulfils && action.is_control(moment.customer, moment.now);
        if candidate.fate != RUNNING {
            // It has terms only to tell whether waiting is worth while.
            candidate.later = candidate.later.filter(|_| worth && !is_control);
            candidate.terms = candidate.terms.filter(|_| candidate.later.is_some());
        } else if !worth {
            let unscored = rung == Rung::RulesOnly;
            // Worth saying, and the contact is worth more for what may come.
            let saved = candidate.terms.is_some_and(|terms| terms.bid > 0.0 && terms.score + terms.bid > 0.0);
            candidate.fate = Fate::Lost(match (unscored, saved) {
                (true, _) => Reason::NotScored,
                (false, true) => Reason::Saved,
                (false, false) => Reason::Silence,
            });
            candidate.terms = candidate.terms.filter(|_| !unscored);
        } else if is_control {
            candidate.fate = Fate::Lost(Reason::Control);
            decision.arms.push((action.name.clone(), "control".into()));
        } else if candidate.later.is_some() {
            candidate.fate = Fate::Lost(Reason::PutOff);
        }
    }
    decision.arms.dedup();
}

/// When the best of what has to wait is worth more than everything that would interrupt now, the contact is kept for it. What waits to be found
/// takes no contact, and a legal duty waits for nothing.
fn against_later(catalogue: &Catalogue, decision: &mut Decision) {
    let discount = catalogue.policy.levers.later;
    let interrupts = |candidate: &Candidate| {
        parts(candidate, catalogue).is_some_and(|(action, treatment)| {
            treatment.channel.interrupts() && action.class == Class::Default && !treatment.fulfils
        })
    };
    let waits = |candidate: &Candidate| candidate.fate != RUNNING && candidate.later.is_some() && interrupts(candidate);
    let now = best(decision, catalogue, |candidate| candidate.fate == RUNNING && interrupts(candidate));
    let later = best(decision, catalogue, waits);
    let (Some(now), Some(later)) = (now, later) else { return };
    let (Some(now), Some(later)) = (decision.candidates.get(now), decision.candidates.get(later)) else { return };
    let (issue_now, issue_later) = (precedence(now, catalogue), precedence(later, catalogue));
    let (score_now, score_later) = (score(now), score(later) * discount);
    if (issue_later, -score_later) < (issue_now, -score_now) {
        for candidate in decision.candidates.iter_mut().filter(|c| c.fate == RUNNING && interrupts(c)) {
            candidate.fate = Fate::Lost(Reason::BetterLater);
        }
    }
}

/// Enters what follows from the winner: the arms it was chosen in, and what it takes of limits.
fn settle(moment: &Moment<'_>, catalogue: &Catalogue, decision: &mut Decision) {
    let place = decision.chosen.or(decision.ghost);
    let Some(winner) = place.and_then(|place| decision.candidates.get(place)) else { return };
    let Some((action, treatment)) = parts(winner, catalogue) else { return };
    if let Some(arm) = &treatment.arm {
        decision.arms.push((action.name.clone(), arm.name.clone()));
    }
    if decision.chosen.is_some() {
        decision.claims = limit::claims(action, treatment, moment.store.as_deref(), moment.now);
    }
}

/// Whether neither holdout nor control keeps it from anybody: it is owed, helps or was earned, or keeps what was promised.
pub(crate) fn is_owed(candidate: &Candidate, catalogue: &Catalogue) -> bool {
    parts(candidate, catalogue).is_some_and(|(action, treatment)| action.is_owed() || treatment.fulfils)
}

pub(crate) fn parts<'a>(candidate: &Candidate, catalogue: &'a Catalogue) -> Option<(&'a Action, &'a Treatment)> {
    let action = catalogue.actions.get(usize::from(candidate.action))?;
    Some((action, action.treatments.get(usize::from(candidate.treatment))?))
}

/// A legal duty always does, and so does a promise; what comes before all scores does when nothing could be scored; the rest by a score above 0.
fn beats_silence(candidate: &Candidate, action: &Action, treatment: &Treatment, rung: Rung) -> bool {
    match (action.class, rung) {
        (Class::Mandatory, _) => true,
        _ if treatment.fulfils => true,
        (_, Rung::RulesOnly) => action.issue.precedence() < 3,
        _ => score(candidate) > 0.0,
    }
}

fn best(decision: &Decision, catalogue: &Catalogue, runs: impl Fn(&Candidate) -> bool) -> Option<usize> {
    let running = decision.candidates.iter().enumerate().filter(|(_, candidate)| runs(candidate));
    running.min_by(|(_, a), (_, b)| order(a, b, catalogue)).map(|(place, _)| place)
}

fn score(candidate: &Candidate) -> f64 {
    candidate.terms.map_or(f64::NEG_INFINITY, |terms| terms.score)
}

/// Legal duties first, then promises, then issues in their precedence.
pub(crate) fn precedence(candidate: &Candidate, catalogue: &Catalogue) -> (bool, bool, u8) {
    parts(candidate, catalogue).map_or((true, true, u8::MAX), |(action, treatment)| {
        (action.class != Class::Mandatory, !treatment.fulfils, action.issue.precedence())
    })
}

/// By precedence, then by score, then by the names of action and treatment: a total order without ties.
pub(crate) fn order(a: &Candidate, b: &Candidate, catalogue: &Catalogue) -> Ordering {
    let names = |candidate: &Candidate| {
        parts(candidate, catalogue).map(|(action, way)| (action.name.as_bytes(), way.name.as_bytes()))
    };
    let (of_a, of_b) = (precedence(a, catalogue), precedence(b, catalogue));
    of_a.cmp(&of_b).then_with(|| score(b).total_cmp(&score(a))).then_with(|| names(a).cmp(&names(b)))
}
