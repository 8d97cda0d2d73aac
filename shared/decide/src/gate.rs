//! The gates, in the one order in which every candidate passes them. Each names its refusal; none can be skipped.

use tact_domain::{
    Appointment, Channel, ConsentRefusal, ContactFacet, DecisionId, Fingerprint, Happened, Profile, Purpose, Terms,
    Timestamp, Tone, Trigger, Trouble,
};

use crate::{
    Action, Catalogue, Class, Crossing, Discretion, Hours, Issue, Known, Mode, Moment, Policy, Reason, Reliance, Rung,
    Stage, Treatment, discretion, hold, limit, slot,
};

/// What a candidate that passed relies on: the event whose consent it needs, if it needs one.
pub(crate) type Passed = Option<Fingerprint>;

/// Whether an action may be done now at all: asked once, whatever the ways to do it. What keeps a promise was asked this when it was made.
pub(crate) fn pass_action(
    moment: &Moment<'_>,
    catalogue: &Catalogue,
    known: &Known<'_>,
    action: &Action,
) -> Result<(), Reason> {
    in_time(moment)?;
    outside_deny_zones(moment)?;
    untold_by_time(moment, action)?;
    told_on_purpose(moment, &action.treatments)?;
    current(action, moment.now)?;
    if moment.promised(action).is_some() {
        return Ok(());
    }
    untroubled(moment.trouble, action)?;
    ruled(known, action)?;
    unasked(moment.profile, action, moment.now)?;
    rested(moment, action)?;
    alone(moment, catalogue, action)
}

/// Whether a treatment of an action that passed may be done now, being so creepy, 0 to 1; `used` is what is used up already, `position` where the customer
/// stands in the trial of the action's ways, `hours` which channels are open.
pub(crate) fn pass(
    moment: &Moment<'_>,
    catalogue: &Catalogue,
    known: &Known<'_>,
    used: Used<'_>,
    hours: &Hours<'_>,
    (action, treatment, creepy): (&Action, &Treatment, f64),
    position: Option<f64>,
) -> Result<Passed, Reason> {
    told_on_purpose(moment, std::slice::from_ref(treatment))?;
    if !treatment.is_for(position) && moment.promised(action).is_none() {
        return Err(Reason::OtherArm);
    }
    limit::available(moment, action, treatment)?;
    unsaid(moment, action, treatment)?;
    from_afar(moment, treatment)?;
    let Moment { profile, now, decision, .. } = *moment;
    let message = Message { profile, now, decision, action, treatment, relies_on: &[] };
    let consent = consented(&message, &catalogue.policy)?;
    approachable(moment, action, treatment)?;
    tactful(moment, &catalogue.policy, &message)?;
    discreet(&message, &catalogue.policy.discretion, creepy, used.patience)?;
    hold::unguarded(moment.exhausted, &catalogue.policy, (action, treatment), (moment.customer, moment.now))?;
    hold::covered(moment, known, action, treatment)?;
    within_caps(&message, catalogue, used.caps)?;
    awake(&message, hours)?;
    Ok(consent)
}

/// What is used up already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used<'a> {
    /// What each cap of the policy counts.
    pub(crate) caps: &'a [u16],
    /// What is left of the patience that all actions share, in thousandths of a point.
    pub(crate) patience: u32,
}

/// Whether a message that was decided earlier may still leave `now`. Troubles, what the customer allows, the caps, the hours and the action's own time are asked
/// again; the contact it holds itself does not count against it. Where the customer was then, and what they had done, is not.
///
/// # Errors
/// The first reason why not.
pub fn recheck(message: &Message<'_>, catalogue: &Catalogue) -> Result<Option<Fingerprint>, Reason> {
    let ledger = &message.profile.contact;
    let used: Vec<_> =
        catalogue.policy.caps.iter().map(|cap| cap.used(ledger, message.now, message.decision)).collect();
    current(message.action, message.now)?;
    if !message.treatment.fulfils {
        untroubled(catalogue.policy.trouble(message.profile, message.now), message.action)?;
        unsuppressed(&message.profile.contact, message.action, message.now)?;
        unasked(message.profile, message.action, message.now)?;
    }
    known_by_consent(message)?;
    let consent = consented(message, &catalogue.policy)?;
    let discretion = &catalogue.policy.discretion;
    let patience = ledger.shared_patience(message.now, discretion.allowance, message.decision);
    let creepy = discretion.score(discretion::at_leisure(message.profile, message.now, message.treatment));
    discreet(message, discretion, creepy, patience)?;
    within_caps(message, catalogue, &used)?;
    awake(message, &Hours::at(catalogue, message.profile, message.now))?;
    Ok(consent)
}

/// What it was chosen by must still be allowed to be known: history by consent to profiling, positions by consent to location, what others said by
/// consent to each of them, whom the customer knows by both, what is sensitive by consent to that matter.
fn known_by_consent(message: &Message<'_>) -> Result<(), Reason> {
    let Message { profile, now, action, relies_on, .. } = *message;
    let Some(gone) = relies_on.iter().find(|relied| !relied.holds(profile, now)) else { return Ok(()) };
    let condition = action.conditions.get(usize::from(gone.place));
    Err(Reason::of_rule(condition.map_or(Stage::Eligibility, |condition| condition.stage), None, gone.place))
}

/// A message and whom it is for.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The recipient, as known now.
    pub profile: &'a Profile,
    /// The instant it would leave.
    pub now: Timestamp,
    /// The decision it belongs to.
    pub decision: DecisionId,
    /// What is said.
    pub action: &'a Action,
    /// How.
    pub treatment: &'a Treatment,
    /// The consents to be known that it was chosen by.
    pub relies_on: &'a [Reliance],
}

fn in_time(moment: &Moment<'_>) -> Result<(), Reason> {
    if moment.rung == Rung::Silence { Err(Reason::MomentPassed) } else { Ok(()) }
}

fn outside_deny_zones(moment: &Moment<'_>) -> Result<(), Reason> {
    if moment.denied_place { Err(Reason::DenyZone) } else { Ok(()) }
}

/// A receipt of which nothing may be looked at calls for nothing that sells: the time alone would tell what was bought. One on which nothing had a
/// price is taken for such a one, so that silence tells nothing either.
fn untold_by_time(moment: &Moment<'_>, action: &Action) -> Result<(), Reason> {
    let bare = matches!(moment.happened, Some(Happened::Purchase(purchase)) if purchase.lines.is_empty());
    if bare && action.class == Class::Default { Err(Reason::SensitiveMoment) } else { Ok(()) }
}

/// Nobody is sent anywhere because of a place that a tag left on by accident tells: refused is what could be done in no other way.
fn told_on_purpose(moment: &Moment<'_>, treatments: &[Treatment]) -> Result<(), Reason> {
    let by_accident = match moment.happened {
        Some(Happened::Comment(comment)) => moment.profile.is_accidental(comment, moment.at),
        _ => false,
    };
    let in_person = |treatment: &Treatment| treatment.channel == Channel::Associate;
    if by_accident && treatments.iter().all(in_person) { Err(Reason::AccidentalPlace) } else { Ok(()) }
}

/// A customer in trouble is served and warned, and hears of nothing else.
fn untroubled(trouble: Option<Trouble>, action: &Action) -> Result<(), Reason> {
    let serves = matches!(action.issue, Issue::Safety | Issue::Service);
    if trouble.is_some() && !serves { Err(Reason::InTrouble) } else { Ok(()) }
}

/// Whoever was asked once more for a consent that rests is not asked again.
fn unasked(profile: &Profile, action: &Action, now: Timestamp) -> Result<(), Reason> {
    if action.asks_again && !profile.consent.may_ask_again(now) { Err(Reason::AlreadySaid) } else { Ok(()) }
}

fn ruled(known: &Known<'_>, action: &Action) -> Result<(), Reason> {
    for (place, condition) in (0..).zip(&action.conditions) {
        let holds = condition.rule.holds(known, action.class);
        if holds != Some(true) {
            return Err(Reason::of_rule(condition.stage, holds, place));
        }
    }
    Ok(())
}

/// Neither was it said too short a time ago, nor does what became of it hold it back.
fn rested(moment: &Moment<'_>, action: &Action) -> Result<(), Reason> {
    let ledger = &moment.profile.contact;
    let said = || ledger.last_of(&action.name, moment.now, action.cool_down_s, moment.decision);
    if action.cool_down_s > 0 && said().is_some() {
        return Err(Reason::CoolDown);
    }
    unsuppressed(ledger, action, moment.now)
}

fn unsuppressed(ledger: &ContactFacet, action: &Action, now: Timestamp) -> Result<(), Reason> {
    if ledger.is_suppressed(&action.name, now) { Err(Reason::Suppressed) } else { Ok(()) }
}

/// No action that stands in for it was chosen a short time ago.
fn alone(moment: &Moment<'_>, catalogue: &Catalogue, action: &Action) -> Result<(), Reason> {
    let ledger = &moment.profile.contact;
    for (place, exclusion) in (0..).zip(&catalogue.policy.exclusions) {
        if !exclusion.actions.contains(&action.name) {
            continue;
        }
        let mut others = exclusion.actions.iter().filter(|other| **other != action.name);
        if others.any(|other| ledger.last_of(other, moment.now, exclusion.within_s, moment.decision).is_some()) {
            return Err(Reason::Excluded(place));
        }
    }
    Ok(())
}

/// What was said when an appointment was made is not said again when it is kept.
fn unsaid(moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> Result<(), Reason> {
    let said =
        |kept: &Appointment| kept.said.as_ref().is_some_and(|said| said.0 == action.name && said.1 == treatment.name);
    if moment.kept.iter().any(said) { Err(Reason::AlreadySaid) } else { Ok(()) }
}

/// Nobody walks up to the author of a comment, now or when it is decided again, whatever they agreed to.
fn from_afar(moment: &Moment<'_>, treatment: &Treatment) -> Result<(), Reason> {
    let of_comment = |kept: &Appointment| kept.trigger == Trigger::Comment;
    let known_by_words = moment.trigger == Trigger::Comment || moment.kept.iter().any(of_comment);
    let walks_up = treatment.identifies && treatment.channel == Channel::Associate;
    if known_by_words && walks_up { Err(Reason::InPerson) } else { Ok(()) }
}

/// Marketing needs the customer's consent to the channel, always. Being pointed out by a person needs consent to be recognised, which then
/// stands for the channel too, unless the customer refused marketing by persons.
fn consented(message: &Message<'_>, policy: &Policy) -> Result<Passed, Reason> {
    let Message { profile, now, action, treatment, .. } = *message;
    let consent = &profile.consent;
    let mut relied_on = None;
    if action.class == Class::Default {
        if consent.is_minor(now) {
            return Err(Reason::Minor);
        }
        let topic = action.topic.as_deref();
        let marketing = consent.relied_on_with_topic(Purpose::Marketing, treatment.channel, topic, now);
        let recognised = treatment.identifies && treatment.channel == Channel::Associate;
        relied_on = match marketing {
            Ok(found) => Some(found),
            Err(ConsentRefusal::NotGiven) if recognised => None,
            // Asking once more for what rests is not selling.
            Err(ConsentRefusal::Dormant) if action.asks_again => None,
            Err(refusal) => return Err(refused(refusal)),
        };
    }
    if let Some((topic, register)) = relied_on.filter(|_| !treatment.fulfils) {
        within_terms(message, topic, register.value.terms)?;
    }
    let mut relied_on = relied_on.map(|(_, register)| register.event);
    if treatment.identifies {
        let recognition = consent.relied_on_anywhere(Purpose::StaffRecognition, now);
        relied_on = Some(recognition.map_err(|_| Reason::NotToBeRecognised)?.event);
    }
    agreed_to_push(message, policy)?;
    if consent.is_reachable(treatment.channel) { Ok(relied_on) } else { Err(Reason::Unreachable) }
}

/// No more messages than were promised with the consent: by its channel, and on its topic if it was given for one. None under a promise of more days than
/// messages are counted for.
fn within_terms(message: &Message<'_>, topic: Option<&str>, terms: Option<Terms>) -> Result<(), Reason> {
    let Message { profile, now, decision, treatment, .. } = *message;
    let Some(terms) = terms else { return Ok(()) };
    if terms.per_days > Terms::MOST_DAYS {
        return Err(Reason::Terms);
    }
    let window_s = i64::from(terms.per_days) * 86_400;
    let used = profile.contact.count(treatment.channel.interrupts(), now, window_s, |contact| {
        contact.capped
            && contact.channel == treatment.channel
            && contact.decision != decision
            && topic.is_none_or(|topic| contact.topic.as_deref() == Some(topic))
    });
    if used >= usize::from(terms.max) { Err(Reason::Terms) } else { Ok(()) }
}

/// Marketing that tells, instead of asking or waiting to be found, needs more than consent to the channel.
fn agreed_to_push(message: &Message<'_>, policy: &Policy) -> Result<(), Reason> {
    let Message { profile, now, action, treatment, .. } = *message;
    let tells = action.class == Class::Default && treatment.mode == Mode::Push && !treatment.fulfils;
    let agreed = |purpose: &Purpose| profile.consent.relied_on_anywhere(*purpose, now).is_ok();
    if tells && !policy.push_needs.iter().all(agreed) { Err(Reason::LowConsent) } else { Ok(()) }
}

/// The right moment and the right place: nobody on an errand is held up at the door, what is known in one arena stays out of those where it
/// does not belong, and amends are worth no more than the harm done, less each time. What is owed is said wherever and whenever it must.
fn tactful(moment: &Moment<'_>, policy: &Policy, message: &Message<'_>) -> Result<(), Reason> {
    let Message { action, treatment, .. } = *message;
    if treatment.fulfils {
        return Ok(());
    }
    let at_the_door = moment.trigger == Trigger::Entry && treatment.mode != Mode::Pull;
    if at_the_door && action.class == Class::Default && slot::mission(moment) == "express" {
        return Err(Reason::AtTheDoor);
    }
    let denied = policy.arenas.worst(moment, action, treatment) == Crossing::Denied;
    if denied && action.class == Class::Default {
        return Err(Reason::OtherArena);
    }
    let made = moment.profile.contact.amends_made(moment.now).min(8);
    let worth = harm_done(moment, policy) / f64::from(1_u32 << made);
    let amends = action.amends_of(treatment);
    if amends.is_some_and(|way| way.incentive > worth) { Err(Reason::AmendsSpent) } else { Ok(()) }
}

/// The harm that is to be made up for, in minor units: what the policy says that a complaint is worth. Who asked or remarked something was not harmed.
fn harm_done(moment: &Moment<'_>, policy: &Policy) -> f64 {
    match moment.happened {
        Some(Happened::Comment(comment)) if comment.read.tone != Tone::Complaint => 0.0,
        _ => policy.discretion.amends,
    }
}

/// Whether it is not too creepy for its mode, and the customer has patience left for it. What is owed takes none, and a promise took it when it
/// was made.
fn discreet(message: &Message<'_>, discretion: &Discretion, creepy: f64, patience: u32) -> Result<(), Reason> {
    let Message { profile, now, decision, action, treatment, .. } = *message;
    if creepy > discretion.at_most(action, treatment, profile, now) {
        return Err(Reason::Indiscreet);
    }
    let points = u32::from(discretion.points(creepy, action, treatment));
    let earned = || profile.contact.earned_by(&action.name, decision);
    if discretion.allowance.most > 0 && points > patience && points > patience + earned() {
        return Err(Reason::DiscretionSpent);
    }
    Ok(())
}

fn refused(refusal: ConsentRefusal) -> Reason {
    match refusal {
        ConsentRefusal::NotGiven => Reason::ConsentMissing,
        ConsentRefusal::Denied => Reason::ConsentDenied,
        ConsentRefusal::Revoked => Reason::ConsentRevoked,
        ConsentRefusal::Expired => Reason::ConsentExpired,
        ConsentRefusal::Dormant => Reason::ConsentDormant,
    }
}

/// Nobody walks up to a customer who gave no sign of being ready for it.
fn approachable(moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> Result<(), Reason> {
    let by_a_person = treatment.channel == Channel::Associate;
    if by_a_person && !moment.lets_approach(action, treatment) { Err(Reason::NotReady) } else { Ok(()) }
}

/// Contracts and legal duties come through although a cap is used up; a full ledger stops everything, as nothing more could be counted.
fn within_caps(message: &Message<'_>, catalogue: &Catalogue, used: &[u16]) -> Result<(), Reason> {
    let Message { profile, now, decision, action, treatment, .. } = *message;
    if !action.for_store && !profile.contact.has_room(treatment.channel, now, decision) {
        return Err(Reason::LedgerFull);
    }
    // A promise that is kept was counted when it was offered.
    if action.is_uncapped() || treatment.fulfils {
        return Ok(());
    }
    let limits = (0..).zip(catalogue.policy.caps.iter().zip(used));
    let mut spent = limits.filter(|(_, (cap, used))| cap.limits(action, treatment) && **used >= cap.max);
    spent.next().map_or(Ok(()), |(place, _)| Err(Reason::Cap(place)))
}

fn awake(message: &Message<'_>, hours: &Hours<'_>) -> Result<(), Reason> {
    hours.refusal(message.treatment.channel).map_or(Ok(()), Err)
}

/// Whether an action exists at an instant.
pub(crate) fn current(action: &Action, now: Timestamp) -> Result<(), Reason> {
    if action.from.is_some_and(|from| now < from) {
        Err(Reason::NotYet)
    } else if action.until.is_some_and(|until| now >= until) {
        Err(Reason::Ended)
    } else {
        Ok(())
    }
}
