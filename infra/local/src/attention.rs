//! The price of attention, from the log to a table: which decisions were opportunities to use a contact, what contacts cost by them, and whether it is
//! worth it, in towns that were not learnt from.
//! Read in this order: this file (opportunities), `towns` (the measure), `text` (how it is told).

mod text;
mod towns;

use std::collections::BTreeMap;

use tact_decide::{Catalogue, Learned, Models};
use tact_domain::Timestamp;
use tact_learn::Opportunity;
use tact_pipeline::{ReplayError, redecide};
use tact_wire::Recorded;

pub use text::prices;
pub use towns::{Arm, Measured, Scarce, Towns, TownsError};

/// The opportunities of recorded decisions, made with what was learnt by these names, and the instant of the latest. Each decision is made again as if no cap held anything back, so that it is
/// known what a contact would have been worth where none was left; what was made with another catalogue or other models cannot be.
///
/// # Errors
/// When a decision cannot be made again.
pub fn opportunities(
    records: &[Recorded],
    learned: &BTreeMap<String, Learned>,
    catalogue: &Catalogue,
    models: &Models,
) -> Result<(Vec<Opportunity>, Timestamp), ReplayError> {
    let (uncapped, mut found, mut latest) = (uncapped(catalogue), Vec::new(), Timestamp(0));
    for recorded in records {
        let named = recorded.learned.as_ref().and_then(|hash| learned.get(hash));
        let again = redecide(recorded, &uncapped, models, named)?;
        let kind = again.profile.profile_type(again.decision.now);
        let (customer, at) = (again.signal.customer, again.decision.now);
        found.extend(again.decision.opportunity(&uncapped).map(|score| Opportunity { kind, customer, at, score }));
        latest = latest.max(at);
    }
    Ok((found, latest))
}

/// The catalogue without the caps on contacts; those on what waits to be found stay.
pub(crate) fn uncapped(catalogue: &Catalogue) -> Catalogue {
    let mut uncapped = catalogue.clone();
    uncapped.policy.caps.retain(|cap| cap.impressions);
    uncapped
}

#[cfg(test)]
mod tests;
