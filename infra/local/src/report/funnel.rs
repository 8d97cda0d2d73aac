//! From what was considered to what came of it.

use serde::Serialize;

use super::evidence::Decided;
use super::message::Message;
use crate::stages::STAGES;

/// How many are left after a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The step: what was considered, the stages, and what became of what was chosen.
    pub step: &'static str,
    /// How many are left.
    pub left: u64,
}

/// The steps, in order; those of messages only when it was kept what became of them.
pub(super) fn steps(decisions: &[&Decided], messages: Option<&[Message<'_>]>) -> Vec<Step> {
    let mut ended = [0_u64; STAGES.len() + 1];
    for decided in decisions {
        for (all, more) in ended.iter_mut().zip(decided.ended) {
            *all += u64::from(more);
        }
    }
    let mut left: u64 = ended.iter().sum();
    let mut steps = vec![Step { step: "considered", left }];
    for ((stage, _), ended) in STAGES.iter().zip(ended) {
        left -= ended;
        steps.push(Step { step: stage, left });
    }
    let Some(messages) = messages else { return steps };
    let many = |of: &dyn Fn(&Message<'_>) -> bool| messages.iter().filter(|message| of(message)).count() as u64;
    steps.push(Step { step: "left", left: many(&|_| true) });
    steps.push(Step { step: "arrived", left: many(&|message| message.arrived()) });
    steps.push(Step { step: "led to what it was for", left: many(&|message| message.is_positive()) });
    steps
}
