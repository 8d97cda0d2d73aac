//! What an event earned, ready to be written in the commit that folds it: as often as it is folded, which is once.

use tact_decide::Catalogue;
use tact_domain::{Entitlement, Profile};
use tact_wire::{ParsedEvent, entitlement_json};

use crate::{ItemKey, Write};

/// The lines an event earned that has just been folded into the profile.
pub(crate) fn earned(event: &ParsedEvent, profile: &mut Profile, catalogue: &Catalogue) -> Vec<Write> {
    let rules = &catalogue.entitlements;
    let lines = Entitlement::earn(rules, &event.signal, &mut profile.checkin, &catalogue.ground());
    let write = |line: tact_domain::EntitlementLine| Write {
        bytes: entitlement_json(&line, event).into_bytes(),
        key: ItemKey::Entitlement(event.signal.customer.clone(), line.rule, line.event),
        // The facet it is written with is checked by version.
        expected: None,
        forget_at: None,
        due_at: None,
    };
    lines.into_iter().map(write).collect()
}
