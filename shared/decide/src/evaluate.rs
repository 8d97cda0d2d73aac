//! One signal, folded and decided: the step that functions take, and that a replay takes again from the record alone.

use tact_domain::{
    Appointment, Contact, ContactFacet, ContactState, Folded, Happened, Key, Profile, Signal, Taken, Timestamp, Trigger,
};

use crate::{Action, Catalogue, Decision, Models, Moment, Rung, arbitrate, cover, moment, readiness, take_up};

/// What every decision stands on.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// What could be done.
    pub catalogue: &'a Catalogue,
    /// What scores it.
    pub models: &'a Models,
    /// The limits of which nothing is left, by the names that claims give them, and what is held back from everybody, as `Hold` names it.
    pub exhausted: &'a [Key],
}

/// What became of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// What the fold did.
    pub folded: Folded,
    /// Whether it called for a decision; if so it was made into the buffer given.
    pub decided: bool,
    /// Whether what was chosen came without a secret although it can come for one, so that it covers others.
    pub covers: bool,
}

/// Folds a signal into the profile, enters the trouble it tells of and, when it calls for that, decides into `decision` and enters the chosen message into the contact
/// ledger of the profile. `now` is the instant decided for; `rung` answers how, given the trigger, or that nothing is to be decided; of the limits in
/// `exhausted` nothing is left.
pub fn evaluate(
    signal: &Signal,
    profile: &mut Profile,
    basis: Basis<'_>,
    now: Timestamp,
    rung: impl FnOnce(Trigger) -> Option<Rung>,
    decision: &mut Decision,
) -> Evaluation {
    let Basis { catalogue, models, exhausted } = basis;
    let ground = catalogue.ground();
    let folded = profile.fold(signal, &ground);
    let Folded::Changed(transitions) = &folded else {
        return Evaluation { folded, decided: false, covers: false };
    };
    take_up(&mut profile.contact, signal);
    let seen = ground.seen(signal, &profile.consent);
    let called = moment::trigger_of(signal, transitions, profile, &ground);
    let kept = called.as_ref().map_or_else(Vec::new, |(trigger, _)| kept(signal, &seen, *trigger, &profile.contact));
    if let Happened::Due(due) = &signal.happened {
        profile.contact.close(&due.issue);
    }
    let rung = called.as_ref().and_then(|(trigger, _)| rung(*trigger));
    let (Some((trigger, store)), Some(rung)) = (called, rung) else {
        return Evaluation { folded, decided: false, covers: false };
    };
    let moment = Moment {
        decision: signal.decision,
        customer: &signal.customer,
        happened: Some(seen.as_ref()),
        trigger,
        denied_place: moment::is_denied(signal, store.as_deref(), &ground),
        ready: readiness::ready_of(signal, (trigger, store.as_deref()), profile, &catalogue.places),
        offset_s: catalogue.places.offset_s(store.as_deref(), now, signal.offset_s),
        store,
        profile,
        at: signal.at,
        now,
        rung,
        kept,
        trouble: catalogue.policy.trouble(profile, now),
        exhausted,
        for_store: false,
        placement: None,
    };
    crate::decide(&moment, catalogue, models, decision);
    let covers = cover::gives(&moment, catalogue, decision);
    for issue in moment.kept.into_iter().map(|kept| kept.issue) {
        profile.contact.close(&issue);
    }
    if let Some(contact) = contact(decision, catalogue) {
        if makes_amends(decision, catalogue) {
            profile.contact.make_amends(decision.now);
        }
        profile.contact.plan(contact);
    }
    let ledger = &mut profile.contact;
    decision.appointments.retain(|appointment| ledger.appoint(appointment.clone(), decision.now));
    Evaluation { folded, decided: true, covers }
}

/// Decides what to tell the store on the occasion of a signal that was folded into the profile and decided on, if any action is for the store: on its
/// own, with an id of its own, and without a trace in the customer's ledger. Answers whether anything was to be decided.
pub fn evaluate_for_store(
    signal: &Signal,
    profile: &Profile,
    basis: Basis<'_>,
    now: Timestamp,
    rung: Rung,
    decision: &mut Decision,
) -> bool {
    let Basis { catalogue, models, exhausted } = basis;
    let ground = catalogue.ground();
    let seen = ground.seen(signal, &profile.consent);
    let Some((trigger, store)) = moment::trigger_of(signal, &[], profile, &ground) else { return false };
    let calls = |action: &Action| action.for_store && action.triggers.contains(&trigger);
    if !catalogue.actions.iter().any(calls) {
        return false;
    }
    let moment = Moment {
        happened: Some(seen.as_ref()),
        trigger,
        offset_s: catalogue.places.offset_s(store.as_deref(), now, signal.offset_s),
        store,
        at: signal.at,
        rung,
        exhausted,
        for_store: true,
        ..Moment::asked(signal.decision.for_store(), &signal.customer, profile, now)
    };
    crate::decide(&moment, catalogue, models, decision);
    true
}

/// Whether the winner makes up for harm, or promises to.
fn makes_amends(decision: &Decision, catalogue: &Catalogue) -> bool {
    let winner = decision.winner().and_then(|winner| arbitrate::parts(winner, catalogue));
    winner.is_some_and(|(action, treatment)| !treatment.fulfils && action.amends_of(treatment).is_some())
}

/// The appointments a signal keeps: the one that is due, or those that waited for what just happened. A receipt that shows nothing keeps none.
fn kept(signal: &Signal, seen: &Happened, trigger: Trigger, ledger: &ContactFacet) -> Vec<Appointment> {
    match seen {
        Happened::Purchase(purchase) if purchase.lines.is_empty() => Vec::new(),
        Happened::Due(due) => ledger.appointment(&due.issue, due.made_by).cloned().into_iter().collect(),
        _ => ledger.kept_by(trigger, signal.at).cloned().collect(),
    }
}

/// The entry of the chosen message in the contact ledger.
fn contact(decision: &Decision, catalogue: &Catalogue) -> Option<Contact> {
    let winner = decision.winner()?;
    let action = catalogue.actions.get(usize::from(winner.action))?;
    let treatment = action.treatments.get(usize::from(winner.treatment))?;
    Some(Contact {
        decision: decision.id,
        channel: treatment.channel,
        action: action.name.clone(),
        group: action.group.clone(),
        topic: action.topic.clone(),
        patience: Taken::shared(catalogue.policy.discretion.points(
            f64::from(winner.creepy) / 1_000.0,
            action,
            treatment,
        )),
        capped: !action.is_uncapped() && !treatment.fulfils,
        planned_at: decision.now,
        expires_at: decision.now.plus_s(treatment.valid_s),
        state: ContactState::Planned,
    })
}
