//! One signal, folded and decided: the step that functions take, and that a replay takes again from the record alone.

use std::borrow::Cow;

use tact_domain::{
    Appointment, Contact, ContactFacet, ContactState, Folded, Happened, Key, Profile, Signal, Taken, Timestamp, Trigger,
};
use tact_model::Row;

use crate::{
    Action, Catalogue, Decision, Learned, Models, Moment, Rung, Treatment, arbitrate, cover, moment, readiness, row,
    take_up,
};

/// What every decision stands on.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// What could be done.
    pub catalogue: &'a Catalogue,
    /// What scores it.
    pub models: &'a Models,
    /// The limits of which nothing is left, by the names that claims give them, and what is held back from everybody, as `Hold` names it.
    pub exhausted: &'a [Key],
    /// What was learnt from what became of messages; `None` when nothing was.
    pub learned: Option<&'a Learned>,
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
    let Basis { catalogue, models, exhausted, learned } = basis;
    let (folded, called) = called(signal, profile, catalogue);
    let rung = called.as_ref().and_then(|called| rung(called.trigger));
    let (Some(mut called), Some(rung)) = (called, rung) else {
        return Evaluation { folded, decided: false, covers: false };
    };
    let moment = Moment { exhausted, learned, ..called.moment(signal, profile, catalogue, (now, rung)) };
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

/// A treatment as the models saw it when a signal was decided on.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered<'a> {
    /// What was to be done.
    pub action: &'a Action,
    /// The way of doing it.
    pub treatment: &'a Treatment,
    /// What the models see of it.
    pub row: Row,
    /// Whether the customer let us decide on what they did before; otherwise no model was asked.
    pub may_profile: bool,
}

/// The feature row of a treatment, by the names of its action and its own, at the moment a signal makes: folds the signal into the profile as `evaluate`
/// does, and decides nothing. `None` when the signal calls for no decision, or the catalogue has no such treatment.
pub fn offered<'a>(
    signal: &Signal,
    profile: &mut Profile,
    catalogue: &'a Catalogue,
    now: Timestamp,
    (action, treatment): (&str, &str),
) -> Option<Offered<'a>> {
    let action = catalogue.actions.iter().find(|known| known.name == action)?;
    let treatment = action.treatments.iter().find(|known| known.name == treatment)?;
    let mut called = called(signal, profile, catalogue).1?;
    let moment = called.moment(signal, profile, catalogue, (now, Rung::FullModel));
    let mut row = row::row_at(&moment);
    row::offer(&mut row, &moment, action, treatment);
    Some(Offered { action, treatment, row, may_profile: moment.may_profile() })
}

/// The feature row of a customer at the moment a signal makes, as far as it is the same for every treatment: folds the signal into the profile as `evaluate` does,
/// and decides nothing. `None` when the signal calls for no decision.
pub fn row_at(signal: &Signal, profile: &mut Profile, catalogue: &Catalogue, now: Timestamp) -> Option<Row> {
    let mut called = called(signal, profile, catalogue).1?;
    Some(row::row_at(&called.moment(signal, profile, catalogue, (now, Rung::FullModel))))
}

/// What a signal calls for a decision with.
struct Called<'a> {
    trigger: Trigger,
    store: Option<Key>,
    /// What happened, as far as it may be looked at.
    seen: Cow<'a, Happened>,
    /// The appointments that are kept now.
    kept: Vec<Appointment>,
}

/// Folds a signal into the profile, enters the trouble it tells of, and closes what is due now; and says what it calls for a decision with, if it does.
fn called<'a>(signal: &'a Signal, profile: &mut Profile, catalogue: &Catalogue) -> (Folded, Option<Called<'a>>) {
    let ground = catalogue.ground();
    let folded = profile.fold(signal, &ground);
    let Folded::Changed(transitions) = &folded else { return (folded, None) };
    take_up(&mut profile.contact, signal);
    let seen = ground.seen(signal, &profile.consent);
    let called = moment::trigger_of(signal, transitions, profile, &ground);
    let called = called.map(|(trigger, store)| {
        let kept = kept(signal, &seen, trigger, &profile.contact);
        Called { trigger, store, seen, kept }
    });
    if let Happened::Due(due) = &signal.happened {
        profile.contact.close(&due.issue);
    }
    (folded, called)
}

impl Called<'_> {
    /// The moment at which it is decided, on a rung, before anything was learnt and with no limit used up; it takes the store and the appointments with it.
    fn moment<'m>(
        &'m mut self,
        signal: &'m Signal,
        profile: &'m Profile,
        catalogue: &'m Catalogue,
        (now, rung): (Timestamp, Rung),
    ) -> Moment<'m> {
        let (ground, store, kept) = (catalogue.ground(), self.store.take(), std::mem::take(&mut self.kept));
        Moment {
            decision: signal.decision,
            customer: &signal.customer,
            happened: Some(self.seen.as_ref()),
            trigger: self.trigger,
            denied_place: moment::is_denied(signal, store.as_deref(), &ground),
            ready: readiness::ready_of(signal, (self.trigger, store.as_deref()), profile, &catalogue.places),
            offset_s: catalogue.places.offset_s(store.as_deref(), now, signal.offset_s),
            store,
            profile,
            at: signal.at,
            now,
            rung,
            kept,
            trouble: catalogue.policy.trouble(profile, now),
            exhausted: &[],
            learned: None,
            for_store: false,
            placement: None,
        }
    }
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
    let Basis { catalogue, models, exhausted, learned } = basis;
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
        learned,
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
