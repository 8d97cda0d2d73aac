//! What an outcome teaches of its message.

use tact_decide::{Catalogue, Matured};
use tact_domain::{Outcome, Timestamp};
use tact_wire::DecisionItem;

use super::work::Work;
use crate::learning::Lesson;

const DAY_S: i64 = 86_400;

impl Work<'_> {
    /// Enters what an outcome tells of a message, if what becomes of it is learnt from; the item is as it was before.
    pub(super) fn learns(&mut self, catalogue: &Catalogue, item: &DecisionItem, (outcome, at): (Outcome, Timestamp)) {
        let action = catalogue.actions.iter().find(|action| action.name == item.action);
        let treatment = action.and_then(|action| action.treatments.iter().find(|way| way.name == item.treatment));
        let (Some(expected), Some(treatment)) = (item.expected, treatment) else { return };
        let closes_at = item.sent_at.unwrap_or(item.planned_at).plus_s(item.window_s);
        if let Some(matured) = Matured::by(&treatment.measure, &item.outcomes, (outcome, at), closes_at) {
            let saying = (item.action.clone(), item.channel);
            let from = closes_at.plus_s(DAY_S).day(0);
            self.done.after.learnt.push(Lesson { saying, expected, matured, from });
        }
    }
}
