//! Why something was done, and why not: a decision made again from its record, and told so that a store manager understands it.
//! Read in this order: `gather` (which records are meant), `moment` (a decision with all it looked at), `told` and what it calls (what is said
//! of it), `imagined` (what would be decided), `store` (an hour of a store, without anybody's name), `screen` (what people nobody knows are shown), `words`, `slot` and `text` (how it is told).

mod discreet;
mod gather;
mod imagined;
mod moment;
mod others;
mod relied;
mod screen;
mod slot;
mod store;
mod text;
mod told;
mod words;
mod worth;

use jiff::tz::TimeZone;
use serde::Serialize;
use tact_decide::{Catalogue, Models};
use tact_domain::Profile;
use tact_pipeline::redecide;
use tact_wire::Recorded;

use crate::stack::Kept;
use crate::zones::{local, named};

pub use discreet::Discreet;
pub use gather::{Gathered, Wanted, customer_of};
pub use imagined::{Imagined, ImaginedError, Placement, Question, Shown};
pub use screen::{NotShown, OnScreen, Share, Way};
pub use store::{Asked, Held, Hours, People, Said, StoreHours};
pub use told::{Appointed, CapUse, Done, Other, Relied, Told, Trial};

use moment::Case;

/// What an explanation stands on; nothing of it is ever changed.
#[derive(Clone, Copy, Debug)]
pub struct Explainer<'a> {
    /// What the table holds.
    pub kept: &'a Kept,
    /// What could be done.
    pub catalogue: &'a Catalogue,
    /// What scores it.
    pub models: &'a Models,
}

/// Decisions about one customer, explained.
#[derive(Clone, Debug, Serialize)]
pub struct Decisions {
    /// Who, as events name them.
    pub customer: String,
    /// The zone of every time in it.
    pub zone: String,
    /// Whether they may not be of age: then nothing is told of what they did.
    pub minor: bool,
    /// The decisions, by time.
    pub decisions: Vec<Told>,
    /// The records that could not be explained, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unexplained: Vec<String>,
}

impl Decisions {
    /// The decisions as people read them, no line longer than 100 characters.
    pub fn text(&self) -> String {
        text::decisions(self)
    }
}

impl Explainer<'_> {
    /// Explains decisions about a customer from their records.
    pub fn decisions(&self, customer: &str, records: &[Recorded]) -> Decisions {
        let zone = self.zone(&self.kept.profile(customer));
        let (mut decisions, mut unexplained) = (Vec::new(), Vec::new());
        let mut minor = false;
        for recorded in records {
            match redecide(recorded, self.catalogue, self.models, self.kept.learned_by(recorded)) {
                Ok(again) => {
                    minor |= again.profile.consent.is_minor(again.decision.now);
                    let moment = moment::of(&again, &recorded.facts.exhausted, self.catalogue);
                    let case = Case { of: *self, decision: &again.decision, moment: &moment, zone: zone.clone() };
                    decisions.push(told::of(&case, Some(recorded)));
                }
                Err(error) => unexplained.push(error.to_string()),
            }
        }
        if let Some(last) = records.last() {
            minor |= self.kept.profile(customer).consent.is_minor(last.facts.now);
        }
        if minor {
            decisions.clear();
        }
        unexplained.dedup();
        Decisions { customer: customer.to_owned(), zone: zone_name(&zone), minor, decisions, unexplained }
    }

    /// The zone a customer is told times in: their own, or else that of the first store.
    fn zone(&self, profile: &Profile) -> TimeZone {
        let own = profile.consent.zone().and_then(named);
        own.or_else(|| Some(self.catalogue.places.stores.first()?.zone.clone())).unwrap_or(TimeZone::UTC)
    }
}

fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

/// An instant with its offset, for machines.
fn stamp(at: tact_domain::Timestamp, zone: &TimeZone) -> String {
    local(at, zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
