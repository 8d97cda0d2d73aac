//! Somebody in a store without a name: what is left of a profile before it is counted.

use std::collections::BTreeSet;

use crate::{Key, Profile, ProfileType, Store, Timestamp, offset_s};

/// Somebody, of whom no more is left than what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anyone {
    /// Their type.
    pub kind: ProfileType,
    /// The areas of the store they were in; empty when no beacon told.
    pub areas: BTreeSet<Key>,
    /// The hours of the store's day in which they were there, 0 to 23.
    pub hours: BTreeSet<u8>,
    /// The categories they bought something of within 90 days.
    pub bought: BTreeSet<Key>,
}

/// Some time of a store.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    /// The store.
    pub store: &'a Store,
    /// From this instant on,
    pub from: Timestamp,
    /// and until before this one.
    pub to: Timestamp,
}

impl Profile {
    /// What is counted of the customer for some time of a store, of their purchases only some categories; `None` when they were not there, did not
    /// agree to be profiled, or may not be of age. Visits count with consent to use positions alone; check-ins and receipts are told by the customer.
    pub fn seen_in(&self, span: &Span<'_>, categories: &BTreeSet<Key>) -> Option<Anyone> {
        if !self.may_be_typed(span.to) {
            return None;
        }
        let today = span.from.day(span.offset_s(span.from));
        let mut anyone = Anyone {
            kind: self.type_on(today, span.to),
            areas: BTreeSet::new(),
            hours: BTreeSet::new(),
            bought: BTreeSet::new(),
        };
        self.stayed(span, &mut anyone);
        let paid = self.purchase.baskets.iter().filter(|basket| basket.store.as_ref() == Some(&span.store.id));
        let told = paid.map(|basket| basket.at).chain(self.checkin.stores.last(&span.store.id));
        anyone.hours.extend(told.flat_map(|at| span.hours(at, at)));
        if anyone.hours.is_empty() {
            return None;
        }
        let last = span.to.plus_s(-1).day(span.offset_s(span.to));
        let bought = |category: &&Key| self.purchase.orders_of(category, last, 90).is_some_and(|orders| orders > 0);
        anyone.bought = categories.iter().filter(bought).cloned().collect();
        Some(anyone)
    }

    /// Enters the hours and the areas of visits.
    fn stayed(&self, span: &Span<'_>, anyone: &mut Anyone) {
        let Some(positions) = self.positions(span.to) else { return };
        let ended = positions.visits.iter().map(|visit| (&visit.store, visit.entered, visit.left, &visit.path));
        let going_on = positions.inside.iter().map(|now| (&now.store, now.entered, now.seen, &now.path));
        for (_, entered, left, path) in ended.chain(going_on).filter(|(store, ..)| **store == span.store.id) {
            let hours = span.hours(entered, left);
            if !hours.is_empty() {
                anyone.areas.extend(path.iter().cloned());
                anyone.hours.extend(hours);
            }
        }
    }
}

impl Span<'_> {
    const HOUR_S: i64 = 3_600;

    fn offset_s(&self, at: Timestamp) -> i32 {
        offset_s(&self.store.zone, at)
    }

    /// The hours of the day that a stay takes in the span; empty when it lies outside. An hour that a day has twice is one.
    fn hours(&self, entered: Timestamp, left: Timestamp) -> BTreeSet<u8> {
        let (from, to) = (entered.max(self.from), left.min(Timestamp(self.to.0.saturating_sub(1))));
        let begun = (0..24).map(|hour| from.plus_s(hour * Self::HOUR_S));
        begun.chain([to]).filter(|at| from <= *at && *at <= to).filter_map(|at| self.hour(at)).collect()
    }

    fn hour(&self, at: Timestamp) -> Option<u8> {
        u8::try_from(at.second_of_day(self.offset_s(at)) / 3_600).ok()
    }
}
