//! The gates, in the one order in which every candidate passes them. Each names its refusal; none can be skipped.

use tact_domain::{Appointment, Channel, ConsentRefusal, DecisionId, Fingerprint, Profile, Purpose, Timestamp};

use crate::{Action, Catalogue, Class, Moment, Reason, Rung, Treatment, quiet};

/// What a candidate that passed relies on: the event whose consent it needs, if it needs one.
pub(crate) type Passed = Option<Fingerprint>;

/// Whether a treatment may be done now; `used` is what each cap of the policy counts.
pub(crate) fn pass(
    moment: &Moment<'_>,
    catalogue: &Catalogue,
    used: &[u16],
    action: &Action,
    treatment: &Treatment,
) -> Result<Passed, Reason> {
    in_time(moment)?;
    outside_deny_zones(moment)?;
    eligible(moment, action)?;
    unsaid(moment, action, treatment)?;
    let message = Message { profile: moment.profile, now: moment.now, decision: moment.decision, action, treatment };
    let consent = consented(&message)?;
    within_caps(&message, catalogue, used)?;
    awake(&message, catalogue)?;
    current(action, moment.now)?;
    Ok(consent)
}

/// Whether a message that was decided earlier may still leave `now`. What the customer allows, the caps, the hours and the action's own time are asked
/// again; the contact it holds itself does not count against it. Where the customer was then, and what they had done, is not.
///
/// # Errors
/// The first reason why not.
pub fn recheck(message: &Message<'_>, catalogue: &Catalogue) -> Result<Option<Fingerprint>, Reason> {
    let ledger = &message.profile.contact;
    let used: Vec<_> =
        catalogue.policy.caps.iter().map(|cap| cap.used(ledger, message.now, message.decision)).collect();
    known_by_consent(message)?;
    let consent = consented(message)?;
    within_caps(message, catalogue, &used)?;
    awake(message, catalogue)?;
    current(message.action, message.now)?;
    Ok(consent)
}

/// What it was chosen by must still be allowed to be known: history by consent to profiling, positions by consent to location.
fn known_by_consent(message: &Message<'_>) -> Result<(), Reason> {
    let Message { profile, now, action, .. } = *message;
    let granted = |purpose| profile.consent.relied_on_anywhere(purpose, now).is_ok();
    for (place, criterion) in (0..).zip(&action.eligibility) {
        let history = criterion.slot.is_history() && action.class == Class::Default;
        if (history && !granted(Purpose::Profiling)) || (criterion.slot.is_position() && !granted(Purpose::Location)) {
            return Err(Reason::EligibilityUnknown(place));
        }
    }
    Ok(())
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
}

fn in_time(moment: &Moment<'_>) -> Result<(), Reason> {
    if moment.rung == Rung::Silence { Err(Reason::MomentPassed) } else { Ok(()) }
}

fn outside_deny_zones(moment: &Moment<'_>) -> Result<(), Reason> {
    if moment.denied_place { Err(Reason::DenyZone) } else { Ok(()) }
}

fn eligible(moment: &Moment<'_>, action: &Action) -> Result<(), Reason> {
    // What is owed by contract or law may look at what the customer did; anything else needs their consent to be profiled.
    let may_profile = action.class != Class::Default || moment.may_profile();
    for (place, criterion) in (0..).zip(&action.eligibility) {
        let hidden =
            (criterion.slot.is_history() && !may_profile) || (criterion.slot.is_position() && !moment.may_locate());
        match if hidden { None } else { criterion.holds(moment) } {
            Some(true) => {}
            Some(false) => return Err(Reason::NotEligible(place)),
            None => return Err(Reason::EligibilityUnknown(place)),
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

/// Marketing needs the customer's consent to the channel, always. Being pointed out by a person needs consent to be recognised, which then
/// stands for the channel too, unless the customer refused marketing by persons.
fn consented(message: &Message<'_>) -> Result<Passed, Reason> {
    let Message { profile, now, decision, action, treatment } = *message;
    let consent = &profile.consent;
    let mut relied_on = None;
    if action.class == Class::Default {
        if consent.is_minor(now) {
            return Err(Reason::Minor);
        }
        let marketing = consent.relied_on(Purpose::Marketing, treatment.channel, action.topic.as_deref(), now);
        let recognised = treatment.identifies && treatment.channel == Channel::Associate;
        relied_on = match marketing {
            Ok(register) => Some(register),
            Err(ConsentRefusal::NotGiven) if recognised => None,
            Err(refusal) => return Err(refused(refusal)),
        };
    }
    if let Some(terms) = relied_on.and_then(|register| register.value.terms) {
        let window_s = i64::from(terms.per_days) * 86_400;
        let contacts = treatment.channel.interrupts();
        let used = profile.contact.count(contacts, now, window_s, |contact| {
            contact.capped && contact.channel == treatment.channel && contact.decision != decision
        });
        if used >= usize::from(terms.max) {
            return Err(Reason::Terms);
        }
    }
    let mut relied_on = relied_on.map(|register| register.event);
    if treatment.identifies {
        let recognition = consent.relied_on_anywhere(Purpose::StaffRecognition, now);
        relied_on = Some(recognition.map_err(|_| Reason::NotToBeRecognised)?.event);
    }
    if consent.is_reachable(treatment.channel) { Ok(relied_on) } else { Err(Reason::Unreachable) }
}

fn refused(refusal: ConsentRefusal) -> Reason {
    match refusal {
        ConsentRefusal::NotGiven => Reason::ConsentMissing,
        ConsentRefusal::Denied => Reason::ConsentDenied,
        ConsentRefusal::Revoked => Reason::ConsentRevoked,
        ConsentRefusal::Expired => Reason::ConsentExpired,
    }
}

/// Contracts and legal duties come through although a cap is used up; a full ledger stops everything, as nothing more could be counted.
fn within_caps(message: &Message<'_>, catalogue: &Catalogue, used: &[u16]) -> Result<(), Reason> {
    let Message { profile, now, decision, action, treatment } = *message;
    if !profile.contact.has_room(treatment.channel, now, decision) {
        return Err(Reason::LedgerFull);
    }
    if action.class != Class::Default {
        return Ok(());
    }
    let limits = (0..).zip(catalogue.policy.caps.iter().zip(used));
    let mut spent = limits.filter(|(_, (cap, used))| cap.limits(action, treatment) && **used >= cap.max);
    spent.next().map_or(Ok(()), |(place, _)| Err(Reason::Cap(place)))
}

fn awake(message: &Message<'_>, catalogue: &Catalogue) -> Result<(), Reason> {
    let Message { profile, now, treatment, .. } = *message;
    quiet::refusal(&catalogue.policy.quiet, treatment.channel, &profile.consent, now).map_or(Ok(()), Err)
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
