//! What is better decided later: a channel that rests until the morning, or an action that waits for a better moment. Nothing is kept but the
//! issue and the time: when it comes, all is decided again on what is known then.

use tact_domain::{Appointment, On, Trigger};

use crate::decision::Later;
use crate::{Action, Catalogue, Class, Decision, Fate, Hours, Moment, Reason, Treatment, gate};

/// Coming again within this many seconds is the same visit.
const SAME_VISIT_S: i64 = 4 * 3_600;

/// When a treatment could be decided on again: because its action is to wait, or because its channel rests now and the offer outlives the
/// night. `None` when it leaves now or never.
pub(crate) fn to(
    moment: &Moment<'_>,
    hours: &Hours<'_>,
    action: &Action,
    treatment: &Treatment,
    refused: Option<Reason>,
) -> Option<Later> {
    let rests = match refused {
        None | Some(Reason::AtTheDoor) => false,
        Some(Reason::QuietHours) => true,
        Some(_) => return None,
    };
    // What was promised waits for nothing but its channel.
    let promised = moment.promised(action).is_some();
    if !promised && !action.triggers.contains(&Trigger::Due) {
        return None;
    }
    let later = match &action.put_off {
        Some(put_off) if !promised && !moment.keeps(action.issue) => {
            let not_before = match put_off.on {
                On::Time => hours.next(put_off.at_s)?,
                On::NextVisit => moment.now.plus_s(SAME_VISIT_S),
                On::StoreExit | On::Purchase => moment.now,
            };
            Later { on: put_off.on, not_before, until: moment.now.plus_s(put_off.within_s) }
        }
        // Whoever was not to be held up at the door may have a moment on the way out.
        _ if refused == Some(Reason::AtTheDoor) => {
            Later { on: On::StoreExit, not_before: moment.now, until: moment.now.plus_s(SAME_VISIT_S) }
        }
        _ if rests => {
            let not_before = hours.opening(treatment.channel)?;
            Later { on: On::Time, not_before, until: moment.now.plus_s(treatment.valid_s) }
        }
        _ => return None,
    };
    (later.not_before < later.until && gate::current(action, later.not_before).is_ok()).then_some(later)
}

/// Makes the appointments of a decision, at most one per issue, the earliest: for what is worth more than silence and would have to wait. An issue
/// that was spoken about now is not taken up again, unless the law wants it said in every way there is.
pub(crate) fn appoint(moment: &Moment<'_>, catalogue: &Catalogue, decision: &mut Decision) {
    let action_of = |place: u16| catalogue.actions.get(usize::from(place));
    let winner = decision.winner().copied();
    let said = winner.and_then(|winner| {
        let action = action_of(winner.action)?;
        let treatment = action.treatments.get(usize::from(winner.treatment))?;
        Some((action, treatment))
    });
    let Decision { candidates, appointments, .. } = decision;
    for candidate in candidates.iter_mut() {
        let (Some(later), Some(action)) = (candidate.later, action_of(candidate.action)) else { continue };
        let waits = matches!(
            candidate.fate,
            Fate::Lost(Reason::PutOff) | Fate::Refused(Reason::QuietHours | Reason::AtTheDoor)
        );
        let spoken_of = said.is_some_and(|(said, _)| said.issue == action.issue) && action.class != Class::Mandatory;
        if !waits || spoken_of {
            continue;
        }
        let promise = moment.promise(action);
        let appointment = Appointment {
            issue: promise.map_or_else(|| action.issue.name().into(), |promise| promise.issue.clone()),
            on: later.on,
            not_before: later.not_before,
            until: later.until,
            made_by: moment.decision,
            trigger: moment.kept.first().map_or(moment.trigger, |kept| kept.trigger),
            store: moment.store.clone(),
            said: said.map(|(action, treatment)| (action.name.clone(), treatment.name.clone())),
            promised: promise.and_then(|promise| promise.promised.clone()),
        };
        match appointments.iter_mut().find(|known| known.issue == appointment.issue) {
            Some(known) if appointment.not_before < known.not_before => *known = appointment,
            Some(_) => {}
            None => appointments.push(appointment),
        }
    }
}
