//! The whole path of a decision: candidates, gates, scores, arbitration.

use tact_model::{Binding, Circumstances, row_of_moment};

use crate::{Candidate, Catalogue, Decision, Fate, Moment, Rung, arbitrate, gate, score};

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
    decision.caps.extend(catalogue.policy.caps.iter().map(|cap| cap.used(&moment.profile.contact, moment.now)));
    let mut row = None;
    for (a, action) in (0..).zip(&catalogue.actions) {
        if !action.triggers.contains(&moment.trigger) {
            continue;
        }
        for (t, treatment) in (0..).zip(&action.treatments) {
            let (fate, terms, consent) = match gate::pass(moment, catalogue, &decision.caps, action, treatment) {
                Err(reason) => (Fate::Refused(reason), None, None),
                Ok(consent) => {
                    let row = row.get_or_insert_with(|| row_of_moment(moment.profile, &circumstances(moment)));
                    let terms = score::score(moment, &catalogue.policy.levers, models, row, action, treatment);
                    (arbitrate::RUNNING, Some(terms), consent)
                }
            };
            decision.candidates.push(Candidate { action: a, treatment: t, fate, terms, consent });
        }
    }
    arbitrate::arbitrate(decision, catalogue);
}

fn circumstances<'a>(moment: &'a Moment<'_>) -> Circumstances<'a> {
    Circumstances {
        trigger: moment.trigger,
        store: moment.store.as_deref(),
        now: moment.now,
        offset_s: moment.offset_s,
        may_locate: moment.may_locate(),
    }
}
