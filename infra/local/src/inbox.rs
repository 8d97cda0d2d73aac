//! One person's day, as they could be told it: what they received and why that was allowed, what they were spared, what we know and who told us.
//! Read in this order: `watch` (what is noted while a file is played), `received`, `spared`, `known`, then `words` and `text` (how it is told).

mod known;
mod received;
mod spared;
mod text;
mod watch;
mod words;

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Serialize;
use tact_decide::Catalogue;
use tact_domain::{DecisionId, Profile, Timestamp};
use tact_wire::{DecisionItem, Message, Seal};

use crate::patience::Patience;
use crate::stack::Kept;
use crate::zones::{local, named};

pub use known::Known;
pub(crate) use received::Agreed;
pub use received::{Answer, Received};
pub use spared::Spared;
pub use watch::Watch;
pub(crate) use words::{message as way, particular, put_off};

/// The day of one person.
#[derive(Clone, Debug, Serialize)]
pub struct Inbox {
    /// Who, as events name them.
    pub customer: String,
    /// The zone of every time in it.
    pub zone: String,
    /// Whether they may not be of age: they are spared, and nothing is told of what they did.
    pub minor: bool,
    /// What they received, by time.
    pub received: Vec<Received>,
    /// The moments at which something was considered and they were left in peace, by time.
    pub spared: Vec<Spared>,
    /// What we know of them, by who told us.
    pub known: Vec<Known>,
    /// How much more of our messages they are taken to bear; `None` when that is not rationed, or they may not be of age.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<Patience>,
}

impl Inbox {
    /// The day of a customer who was watched while a file was played, told when the clock stood at `now`.
    pub fn of(watch: &Watch, kept: &Kept, catalogue: &Catalogue, seal: &Seal, now: Timestamp) -> Self {
        let customer = watch.customer();
        let profile = kept.profile(customer);
        let zone = profile.consent.zone().and_then(named);
        let zone = zone.or_else(|| Some(catalogue.places.stores.first()?.zone.clone())).unwrap_or(TimeZone::UTC);
        let decisions = kept.decisions.iter().filter(|(known, _)| known == customer).map(|(_, item)| item).collect();
        let minor = profile.consent.is_minor(now);
        let case = Case { customer, profile, zone, decisions, kept, catalogue, seal, now };
        // What a store was told on the occasion is about the store.
        let is_for_store = |message: &&Message| {
            catalogue.actions.iter().any(|action| action.name == message.action && action.for_store)
        };
        let messages = watch.messages().iter().filter(|message| !is_for_store(message));
        let received = messages.map(|message| received::of(&case, message)).collect();
        let (mut spared, known) = if minor {
            (vec![Spared::minor()], Vec::new())
        } else {
            (spared::of(&case, watch.records()), known::of(&case))
        };
        let patience = if minor { None } else { patience(&case) };
        spared.sort_by(|a, b| a.at.cmp(&b.at));
        Self { zone: case.zone_name(), customer: customer.to_owned(), minor, received, spared, known, patience }
    }

    /// The day as people read it, no line longer than 100 characters.
    pub fn text(&self) -> String {
        text::of(self)
    }
}

/// What is left of a customer's patience at the end of their day.
fn patience(case: &Case<'_>) -> Option<Patience> {
    let allowance = case.catalogue.policy.discretion.allowance;
    let left = case.profile.contact.shared_patience(case.now, allowance, DecisionId(0));
    Patience::of(allowance, left)
}

/// Everything there is about one customer.
struct Case<'a> {
    customer: &'a str,
    profile: Profile,
    zone: TimeZone,
    decisions: Vec<&'a DecisionItem>,
    kept: &'a Kept,
    catalogue: &'a Catalogue,
    seal: &'a Seal,
    now: Timestamp,
}

impl Case<'_> {
    /// An instant on the customer's clock.
    fn clock(&self, at: Timestamp) -> Zoned {
        local(at, &self.zone)
    }

    /// An instant with the customer's offset, for machines.
    fn stamp(&self, at: Timestamp) -> String {
        self.clock(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// A day of the customer's calendar, for people.
    fn day(&self, at: Timestamp) -> String {
        self.clock(at).strftime("%-d %B %Y").to_string()
    }

    /// An instant on the customer's clock, for people.
    fn moment(&self, at: Timestamp) -> String {
        self.clock(at).strftime("%-d %B %Y %H:%M").to_string()
    }

    fn zone_name(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }

    /// A store by name, as people know it.
    fn store(&self, id: &str) -> String {
        self.catalogue.places.store(id).map_or_else(|| id.to_owned(), |store| store.name.clone())
    }

    /// Money as people write it.
    fn money(&self, minor: i64) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let (whole, part) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
        format!("{sign}{whole}.{part:02} {}", self.catalogue.policy.currency)
    }
}
