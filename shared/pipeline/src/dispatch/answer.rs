//! An answer to what a customer wrote: part of that conversation, so it sells nothing, counts as no contact and waits for no hour.

use tact_decide::{Action, Class, Issue, Mode, Treatment};
use tact_wire::DecisionItem;

/// The action and treatment that an answer stands for.
pub(super) fn answering(item: &DecisionItem) -> (Action, Treatment) {
    let treatment = Treatment {
        name: item.treatment.clone(),
        channel: item.channel,
        mode: Mode::Push,
        incentive: 0.0,
        cost: COST,
        group_prior: 0.0,
        liked: 0.0,
        harmful: 0.0,
        identifies: false,
        valid_s: 0,
        window_s: 0,
        coupon: None,
        subject: None,
        text: String::new(),
    };
    let action = Action {
        name: item.action.clone(),
        issue: Issue::Service,
        group: item.group.clone(),
        class: Class::Transactional,
        topic: None,
        category: None,
        triggers: Vec::new(),
        eligibility: Vec::new(),
        from: None,
        until: None,
        margin: 0.0,
        basket: 0.0,
        benefit: 0.0,
        organic: 0.0,
        lever: 1.0,
        put_off: None,
        treatments: Vec::new(),
    };
    (action, treatment)
}

/// What an answer is taken to cost, in minor units, where spending is limited.
const COST: f64 = 1.0;
