//! Which gate refuses a treatment whenever a consent is missing: one table, which a test holds against the gates themselves.

use tact_decide::{Action, Class, Mode, Policy, Reason, Treatment};
use tact_domain::{Channel, Purpose};

/// Why a treatment is refused to everybody who did not consent to a purpose; `None` when that alone does not refuse it.
pub(super) fn refusal(purpose: Purpose, action: &Action, treatment: &Treatment, policy: &Policy) -> Option<Reason> {
    let sells = action.class == Class::Default;
    // Who is recognised by staff was asked for more than marketing by staff.
    let recognised = treatment.identifies && treatment.channel == Channel::Associate;
    let tells = sells && treatment.mode == Mode::Push && !treatment.fulfils;
    match purpose {
        Purpose::Marketing if sells && !recognised => Some(Reason::ConsentMissing),
        Purpose::StaffRecognition if treatment.identifies => Some(Reason::NotToBeRecognised),
        other if tells && policy.push_needs.contains(&other) => Some(Reason::LowConsent),
        _ => None,
    }
}
