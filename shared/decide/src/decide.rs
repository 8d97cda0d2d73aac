//! The whole path of a decision: candidates, gates, scores, arbitration.

use tact_domain::Trigger;
use tact_model::{Binding, Circumstances, row_of_moment};

use crate::{Candidate, Cap, Catalogue, Decision, Fate, Moment, Rung, arbitrate, gate, put_off, score};

/// The models a deployment scores with; one that is absent is a rung that is skipped.
#[derive(Debug, Default)]
pub struct Models {
    /// The full model, bound to the feature row.
    pub full: Option<Binding>,
    /// The small model, bound to the feature row.
    pub small: Option<Binding>,
    /// The SHA-256 over the artefacts, in lower-case hexadecimal; names them in every decision.
    pub hash: String,
}

impl Models {
    pub(crate) fn small(&self) -> Option<(&Binding, Rung)> {
        self.small.as_ref().map(|model| (model, Rung::SmallModel))
    }
}

/// Decides a moment into `decision`, whose buffers are used again.
pub fn decide(moment: &Moment<'_>, catalogue: &Catalogue, models: &Models, decision: &mut Decision) {
    decision.id = moment.decision;
    decision.trigger = moment.trigger;
    decision.store.clone_from(&moment.store);
    decision.now = moment.now;
    decision.rung = moment.rung;
    decision.chosen = None;
    decision.candidates.clear();
    decision.caps.clear();
    let used = |cap: &Cap| cap.used(&moment.profile.contact, moment.now, moment.decision);
    decision.caps.extend(catalogue.policy.caps.iter().map(used));
    decision.appointments.clear();
    let mut row = None;
    for (a, action) in (0..).zip(&catalogue.actions) {
        if !action.is_called_by(moment) {
            continue;
        }
        for (t, treatment) in (0..).zip(&action.treatments) {
            let passed = gate::pass(moment, catalogue, &decision.caps, action, treatment);
            let later = put_off::to(moment, catalogue, action, treatment, passed.err());
            let mut candidate =
                Candidate { action: a, treatment: t, fate: arbitrate::RUNNING, terms: None, consent: None, later };
            match passed {
                Err(reason) => candidate.fate = Fate::Refused(reason),
                Ok(consent) => candidate.consent = consent,
            }
            if passed.is_ok() || later.is_some() {
                let row = row.get_or_insert_with(|| row_of_moment(moment.profile, &circumstances(moment)));
                candidate.terms = Some(score::score(moment, &catalogue.policy.levers, models, row, action, treatment));
            }
            decision.candidates.push(candidate);
        }
    }
    arbitrate::arbitrate(decision, catalogue);
    put_off::appoint(moment, catalogue, decision);
}

fn circumstances<'a>(moment: &'a Moment<'_>) -> Circumstances<'a> {
    Circumstances {
        // What is decided again is as likely to be welcome as when it was put off.
        trigger: moment
            .kept
            .first()
            .filter(|_| moment.trigger == Trigger::Due)
            .map_or(moment.trigger, |kept| kept.trigger),
        store: moment.store.as_deref(),
        now: moment.now,
        offset_s: moment.offset_s,
        may_locate: moment.may_locate(),
    }
}
