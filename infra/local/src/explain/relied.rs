//! The consents a decision relied on: for its channel, for what its rules looked at, and for being told instead of asked.

use tact_decide::{Action, Candidate, Class, Mode, Needs, Slot, Treatment};
use tact_domain::{ConsentState, Fingerprint, Purpose, Scope};

use super::moment::Case;
use super::{Relied, words};
use crate::inbox::{Agreed, particular};

/// Every consent a candidate relies on, each once, in the order of their scopes.
pub(super) fn of(case: &Case<'_>, candidate: &Candidate, action: &Action, treatment: &Treatment) -> Vec<Relied> {
    let purposes = purposes(case, action, treatment);
    let given = |purpose: Purpose| case.moment.profile.consent.given_for(purpose, case.moment.now);
    let events: Vec<(Purpose, Fingerprint)> =
        purposes.into_iter().flat_map(|purpose| given(purpose).map(move |given| (purpose, given.event))).collect();
    let meant = |scope: &Scope, event: Fingerprint| {
        let for_channel = candidate.consent == Some(event)
            && match scope.purpose {
                Purpose::Marketing => scope.channel == Some(treatment.channel),
                Purpose::StaffRecognition => treatment.identifies,
                _ => false,
            };
        for_channel || events.contains(&(scope.purpose, event))
    };
    let scopes = case
        .moment
        .profile
        .consent
        .scopes()
        .filter(|(scope, register)| register.value.state == ConsentState::Granted && meant(scope, register.event));
    scopes.map(|(scope, register)| relied(case, scope, register.event, register.at)).collect()
}

fn relied(case: &Case<'_>, scope: &Scope, event: Fingerprint, at: tact_domain::Timestamp) -> Relied {
    let customer = case.moment.customer.as_str();
    let proof = case.of.kept.proofs.iter().find(|(who, known, _)| who == customer && *known == event);
    let shown = proof.and_then(|(.., bytes)| Agreed::find(bytes, ConsentState::Granted, |known| known == scope));
    let shown = shown.map(|agreed| agreed.shown);
    let what = words::consent(scope.purpose, scope.channel).to_owned() + &particular(scope, "they");
    let quoted = shown.as_ref().map_or(String::new(), |shown| format!(", shown as \"{shown}\""));
    Relied {
        purpose: scope.purpose,
        channel: scope.channel,
        given: case.stamp(at),
        told: format!("yes to {what} on {}{quoted}", case.day(at)),
        shown,
    }
}

/// What must be allowed beside the channel: what the rules looked at, and, for marketing that tells, what the policy asks for.
fn purposes(case: &Case<'_>, action: &Action, treatment: &Treatment) -> Vec<Purpose> {
    let slots = action.conditions.iter().flat_map(|condition| condition.rule.slots());
    let slots = slots.filter_map(|place| case.of.catalogue.slots.get(usize::from(place)));
    let mut purposes: Vec<_> = slots
        .filter_map(|slot| match (slot.needs(), slot) {
            // The visit a mission is read from is a position as well.
            (Needs::Nothing, Slot::Mission) | (Needs::Location, _) => Some(Purpose::Location),
            (Needs::Profiling, _) => Some(Purpose::Profiling),
            (Needs::ThirdParty, _) => Some(Purpose::ThirdParty),
            (Needs::Social, _) => Some(Purpose::Social),
            (Needs::Sensitive(_), _) => Some(Purpose::Sensitive),
            (Needs::Nothing, _) => None,
        })
        .collect();
    if action.class == Class::Default {
        // What is likely was read from what they did, if they let us.
        purposes.push(Purpose::Profiling);
        if treatment.mode == Mode::Push {
            purposes.extend(&case.of.catalogue.policy.push_needs);
        }
    }
    purposes.sort_unstable();
    purposes.dedup();
    purposes
}
