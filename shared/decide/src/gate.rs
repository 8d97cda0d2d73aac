//! The gates, in the one order in which every candidate passes them. Each names its refusal; none can be skipped.

use tact_domain::{Channel, ConsentRefusal, Fingerprint, Purpose};

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
    let consent = consented(moment, action, treatment)?;
    within_caps(moment, catalogue, used, action, treatment)?;
    awake(moment, catalogue, treatment)?;
    current(moment, action)?;
    Ok(consent)
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

/// Marketing needs the customer's consent to the channel, always. Being pointed out by a person needs consent to be recognised, which then
/// stands for the channel too, unless the customer refused marketing by persons.
fn consented(moment: &Moment<'_>, action: &Action, treatment: &Treatment) -> Result<Passed, Reason> {
    let consent = &moment.profile.consent;
    let mut relied_on = None;
    if action.class == Class::Default {
        let marketing = consent.relied_on(Purpose::Marketing, treatment.channel, action.topic.as_deref(), moment.now);
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
        let used = moment
            .profile
            .contact
            .count(contacts, moment.now, window_s, |contact| contact.capped && contact.channel == treatment.channel);
        if used >= usize::from(terms.max) {
            return Err(Reason::Terms);
        }
    }
    let mut relied_on = relied_on.map(|register| register.event);
    if treatment.identifies {
        let recognition = consent.relied_on_anywhere(Purpose::StaffRecognition, moment.now);
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
fn within_caps(
    moment: &Moment<'_>,
    catalogue: &Catalogue,
    used: &[u16],
    action: &Action,
    treatment: &Treatment,
) -> Result<(), Reason> {
    let ledger = &moment.profile.contact;
    if !ledger.has_room(treatment.channel, moment.now) {
        return Err(Reason::LedgerFull);
    }
    if action.class != Class::Default {
        return Ok(());
    }
    let limits = (0..).zip(catalogue.policy.caps.iter().zip(used));
    let mut spent = limits.filter(|(_, (cap, used))| cap.limits(action, treatment) && **used >= cap.max);
    spent.next().map_or(Ok(()), |(place, _)| Err(Reason::Cap(place)))
}

fn awake(moment: &Moment<'_>, catalogue: &Catalogue, treatment: &Treatment) -> Result<(), Reason> {
    quiet::refusal(&catalogue.policy.quiet, treatment.channel, &moment.profile.consent, moment.now).map_or(Ok(()), Err)
}

fn current(moment: &Moment<'_>, action: &Action) -> Result<(), Reason> {
    if action.from.is_some_and(|from| moment.now < from) {
        Err(Reason::NotYet)
    } else if action.until.is_some_and(|until| moment.now >= until) {
        Err(Reason::Ended)
    } else {
        Ok(())
    }
}
