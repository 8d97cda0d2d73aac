//! An answer to what a customer wrote: part of that conversation, so it sells nothing, counts as no contact and waits for no hour.

use tact_decide::{Action, Class, Issue, Mode, Treatment};
use tact_wire::DecisionItem;

/// The action and treatment that an answer stands for.
pub(super) fn answering(item: &DecisionItem) -> (Action, Treatment) {
    let treatment = Treatment { cost: COST, ..Treatment::new(item.treatment.clone(), item.channel, Mode::Push) };
    let action = Action::new(item.action.clone(), Issue::Service, item.group.clone());
    (Action { class: Class::Transactional, ..action }, treatment)
}

/// What an answer is taken to cost, in minor units, where spending is limited.
const COST: f64 = 1.0;
