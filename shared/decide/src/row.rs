//! The feature row of a treatment at a moment: what the models see when it is scored.

use tact_model::{Circumstances, Offer, Row, complete, row_of_moment};

use crate::{Action, Moment, Treatment, slot};

/// The part of the row that is the same for every treatment of a moment.
pub(crate) fn row_at(moment: &Moment<'_>) -> Row {
    let circumstances = Circumstances {
        // What is decided again is as likely to be welcome as when it was put off.
        trigger: slot::asked_for(moment),
        store: moment.store.as_deref(),
        now: moment.now,
        offset_s: moment.offset_s,
        may_locate: moment.may_locate(),
    };
    row_of_moment(moment.profile, &circumstances)
}

/// Completes the row of a moment with what it says of a treatment.
pub(crate) fn offer(row: &mut Row, moment: &Moment<'_>, action: &Action, treatment: &Treatment) {
    let offer = Offer {
        channel: treatment.channel,
        category: action.category.as_ref(),
        incentive_share: share(treatment.incentive, action.basket),
    };
    complete(row, moment.profile, &offer, moment.now);
}

#[expect(clippy::cast_possible_truncation, reason = "features are f32, in training and in scoring alike")]
fn share(part: f64, whole: f64) -> f32 {
    if whole > 0.0 { (part / whole) as f32 } else { 0.0 }
}
