//! Prices and what they are worth, as people read them.

use std::fmt::Write as _;

use tact_domain::ProfileType;
use tact_learn::Estimate;
use tact_model::BidTable;

use super::Measured;
use crate::summary::table;

/// The contacts left and hours to go that are told, of all that a table holds.
const TOLD: [(u16, f64); 6] = [(1, 4.0), (1, 24.0), (1, 168.0), (2, 168.0), (3, 168.0), (1, 720.0)];

/// What contacts cost by a table: in units of the currency, by type.
pub fn prices(bids: &BidTable) -> String {
    let mut told = table(["type", "learnt from", "1 left, 4 h", "1, 24 h", "1, 7 d", "2, 7 d", "3, 7 d", "1, 30 d"]);
    let kinds = ProfileType::ALL.map(Some).into_iter().chain([None]);
    for (kind, from) in kinds.zip(bids.learnt_from()) {
        let name = kind.map_or("not known", ProfileType::name);
        let prices = TOLD.map(|(contacts, hours)| units(bids.price(kind, contacts, hours)));
        told.add_row([name.to_owned(), from.to_string()].into_iter().chain(prices));
    }
    format!("{told}\n")
}

impl Measured {
    /// The measure as people read it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let caps = self.scarce.map_or_else(
            || "as many contacts as the catalogue allows".to_owned(),
            |scarce| format!("at most {} contacts in {} days", scarce.most, scarce.days),
        );
        let (towns, people) = (self.towns, self.people);
        let _infallible = writeln!(text, "{people} people of {towns} other towns, 91 days each, with {caps}:\n");
        let mut told =
            table(["contacts cost", "contacts", "capped", "worth", "more a person than greedy", "at equal contacts"]);
        for arm in &self.arms {
            told.add_row([
                arm.name.to_owned(),
                arm.contacts.to_string(),
                arm.capped.to_string(),
                units(arm.worth_minor),
                interval(arm.more_each_minor),
                interval(arm.more_each_at_equal_contacts_minor),
            ]);
        }
        let _infallible = writeln!(
            text,
            "{told}\n\nIntervals are those of 95 %, paired by person. At equal contacts, whichever uses more makes as many as the other, by chance."
        );
        text
    }
}

fn units(minor: f64) -> String {
    format!("{:.2}", minor / 100.0)
}

/// A difference in units of the currency, with the ends of its interval.
fn interval(Estimate { value, low, high }: Estimate) -> String {
    format!("{:+.4} ({:+.4} to {:+.4})", value / 100.0, low / 100.0, high / 100.0)
}
