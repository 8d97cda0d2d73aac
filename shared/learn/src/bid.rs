//! The price of attention, learnt from the log: what the best later use of a contact is expected to be worth, by backward induction over the
//! opportunities that followed each other.
//!
//! The value of having `c` contacts for the hours from `k` on is `V_k(c) = V_k+1(c) + p_k E[(s - b)+]` with `b = V_k+1(c) - V_k+1(c - 1)`: an opportunity
//! comes with probability `p_k`, is worth `s`, and is taken when that is more than what a contact is worth later (Talluri and van Ryzin, The
//! Theory and Practice of Revenue Management, 2004, section 2.5). What is wanted is the difference `b_k(c)` alone, and it goes by itself:
//! `b_k(c) = b_k+1(c) + p_k (g(b_k+1(c)) - g(b_k+1(c - 1)))` with `g(x) = E[(s - x)+]` and `g(b(0)) = 0`. As `x + p g(x)` never falls with `x` and `g` never rises, by
//! induction `b` never rises with the contacts left and never falls with the hours to go; only what rounding adds is taken off again.
//!
//! `p_k` and `s` are those of what followed in the log, `k` hours later, what was worth less than most: that alone is ever passed over.

use std::collections::BTreeMap;

use tact_domain::{CustomerId, ProfileType, Timestamp};
use tact_model::{BidError, BidTable};

use crate::examples::count;
use crate::export::nearest;

/// A decision at which a contact could have been used.
#[derive(Clone, Debug, PartialEq)]
pub struct Opportunity {
    /// The customer's type then; `None` for who may not be typed.
    pub kind: Option<ProfileType>,
    /// Whom it was about.
    pub customer: CustomerId,
    /// When it was.
    pub at: Timestamp,
    /// What using the contact would have been worth beside the best that uses none, in minor units, without the price of the contact; what a cap
    /// held back counts like the rest.
    pub score: f64,
}

/// As how many opportunities of its own what is known of all types counts for a type.
const SHRINKAGE: f64 = 50.0;
const HOUR_MS: i64 = 3_600_000;

/// Learns what contacts cost from the opportunities of a log that ends at an instant, in any order. The same opportunities give the same table; none
/// give one in which nothing costs anything. An opportunity whose score is no number is none.
///
/// # Errors
/// When prices are too large for a table.
pub fn learn_bids(opportunities: &[Opportunity], until: Timestamp) -> Result<BidTable, BidError> {
    let seen = Seen::of(opportunities, until);
    let learnt: Vec<Vec<Vec<f64>>> = (0..BidTable::TYPES).map(|kind| in_order(seen.prices(kind))).collect();
    let place = |hours: u16| BidTable::HOURS.iter().position(|known| *known == hours);
    let price = |kind: usize, contacts: usize, hours: u16| {
        let found = learnt.get(kind).and_then(|rows| rows.get(place(hours)?)?.get(contacts - 1));
        nearest(found.copied().unwrap_or(0.0))
    };
    let mut learnt_from = [0; BidTable::TYPES];
    for (counted, of) in learnt_from.iter_mut().zip(&seen.kinds) {
        *counted = of.opportunities;
    }
    BidTable::of(learnt_from, price)
}

/// What each of so many contacts is worth, by the best later use of it: the first is the price when one contact is left. `chances` are those of an
/// opportunity in each of the hours to go, as expected numbers; `gain` answers by how much a score exceeds a price, on average.
fn induct(chances: &[f64], contacts: usize, gain: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut prices = vec![0.0; contacts];
    for expected in chances.iter().rev() {
        // An hour in which more than one is expected is taken in more than one step.
        let steps = expected.ceil().max(1.0);
        let (mut step, chance) = (0.0, expected / steps);
        while step < steps {
            let mut fewer = 0.0;
            for price in &mut prices {
                let exceeds = gain(*price);
                *price += chance * (exceeds - fewer);
                fewer = exceeds;
            }
            step += 1.0;
        }
    }
    prices
}

/// Prices, for each of the table's hours by the contacts left, without what rounding added: none falls with the hours or rises with the contacts.
fn in_order(mut prices: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut sooner = vec![0.0; BidTable::CONTACTS];
    for row in &mut prices {
        let mut fewer = f64::INFINITY;
        for (price, sooner) in row.iter_mut().zip(&sooner) {
            // What was so with fewer hours to go is no more than what is so with fewer contacts.
            *price = price.max(*sooner).min(fewer);
            fewer = *price;
        }
        sooner.clone_from(row);
    }
    prices
}

/// What the log tells of opportunities, by type and of all.
struct Seen {
    kinds: Vec<Following>,
    all: Following,
}

/// The opportunities of some, and how others followed those of them that were worth less: those alone are ever passed over for something better. What
/// follows them tells more than what is seen at large, as people differ: who is offered little may never be offered much.
#[derive(Default)]
struct Following {
    opportunities: u32,
    /// By hours since an opportunity: how many others came then.
    came: Vec<f64>,
    /// By hours since an opportunity: how many of them the log still tells of.
    told: Vec<f64>,
    scores: Scores,
}

impl Seen {
    fn of(opportunities: &[Opportunity], until: Timestamp) -> Self {
        let hours = BidTable::HOURS.last().map_or(0, |hours| usize::from(*hours));
        let empty = || Following { came: vec![0.0; hours], told: vec![0.0; hours], ..Following::default() };
        let mut seen = Self { kinds: (0..BidTable::TYPES).map(|_| empty()).collect(), all: empty() };
        let mut by_customer: BTreeMap<&CustomerId, Vec<&Opportunity>> = BTreeMap::new();
        let counts = |one: &&Opportunity| one.at <= until && one.score.is_finite();
        for opportunity in opportunities.iter().filter(counts) {
            by_customer.entry(&opportunity.customer).or_default().push(opportunity);
        }
        let middles = middles(opportunities);
        for mut of_one in by_customer.into_values() {
            of_one.sort_by_key(|opportunity| opportunity.at);
            for (place, opportunity) in of_one.iter().enumerate() {
                let later = of_one.get(place + 1..).unwrap_or_default();
                let kind = place_of(opportunity.kind);
                let is_lesser = middles.get(kind).is_some_and(|middle| opportunity.score <= *middle);
                for following in [Some(&mut seen.all), seen.kinds.get_mut(kind)].into_iter().flatten() {
                    following.opportunities = following.opportunities.saturating_add(1);
                    if is_lesser {
                        following.enter(opportunity, later, until);
                    }
                }
            }
        }
        seen.kinds.iter_mut().chain([&mut seen.all]).for_each(|following| following.scores.settle());
        seen
    }

    /// The prices of a type, for each of the table's hours by the contacts left.
    fn prices(&self, kind: usize) -> Vec<Vec<f64>> {
        let none = Following::default();
        let of = self.kinds.get(kind).unwrap_or(&none);
        let chances = of.chances(&self.all.chances(&self.all.steady()));
        let own = count(of.scores.len());
        let share = own / (own + SHRINKAGE);
        let gain = |price: f64| share * of.scores.exceeding(price) + (1.0 - share) * self.all.scores.exceeding(price);
        let hours = BidTable::HOURS.iter().map(|hours| chances.get(..usize::from(*hours)).unwrap_or(&chances));
        hours.map(|hours| induct(hours, BidTable::CONTACTS, gain)).collect()
    }
}

impl Following {
    fn enter(&mut self, opportunity: &Opportunity, later: &[&Opportunity], until: Timestamp) {
        let hours_since = |at: Timestamp| usize::try_from(at.since_ms(opportunity.at) / HOUR_MS).unwrap_or(0);
        self.told.iter_mut().take(hours_since(until)).for_each(|told| *told += 1.0);
        // An hour of which the log tells only a part is not counted.
        for (hour, later) in later.iter().map(|later| (hours_since(later.at), later)) {
            if let Some(came) = self.came.get_mut(hour).filter(|_| hour < hours_since(until)) {
                *came += 1.0;
                self.scores.sorted.push(later.score);
            }
        }
    }

    /// The same expected number in every hour: that of all the hours told of.
    fn steady(&self) -> Vec<f64> {
        let told: f64 = self.told.iter().sum();
        let rate = if told > 0.0 { self.came.iter().sum::<f64>() / told } else { 0.0 };
        vec![rate; self.told.len()]
    }

    /// How many opportunities are expected in each hour after one, leaning on what is known otherwise where the log tells little.
    fn chances(&self, otherwise: &[f64]) -> Vec<f64> {
        let hours = self.came.iter().zip(&self.told).zip(otherwise);
        hours.map(|((came, told), otherwise)| (came + SHRINKAGE * otherwise) / (told + SHRINKAGE)).collect()
    }
}

/// Scores as they were seen, to be compared with prices.
#[derive(Default)]
struct Scores {
    sorted: Vec<f64>,
    /// For each place the sum of the scores from there on.
    from: Vec<f64>,
}

impl Scores {
    fn len(&self) -> usize {
        self.sorted.len()
    }

    fn settle(&mut self) {
        self.sorted.sort_by(f64::total_cmp);
        let mut sum = 0.0;
        self.from = self
            .sorted
            .iter()
            .rev()
            .map(|score| {
                sum += score;
                sum
            })
            .collect();
        self.from.reverse();
    }

    /// By how much a score exceeds a price, on average, where it does not counted as nothing; 0 without scores.
    fn exceeding(&self, price: f64) -> f64 {
        let first = self.sorted.partition_point(|score| *score <= price);
        let Some(sum) = self.from.get(first) else { return 0.0 };
        ((sum - price * count(self.len() - first)) / count(self.len())).max(0.0)
    }
}

/// For each type what half of its opportunities are worth no more than; 0 without any.
fn middles(opportunities: &[Opportunity]) -> Vec<f64> {
    let mut scores = vec![Vec::new(); BidTable::TYPES];
    for opportunity in opportunities.iter().filter(|opportunity| opportunity.score.is_finite()) {
        if let Some(known) = scores.get_mut(place_of(opportunity.kind)) {
            known.push(opportunity.score);
        }
    }
    let middle = |scores: &mut Vec<f64>| {
        scores.sort_by(f64::total_cmp);
        scores.get(scores.len().saturating_sub(1) / 2).copied().unwrap_or(0.0)
    };
    scores.iter_mut().map(middle).collect()
}

/// The place of a type in a table.
fn place_of(kind: Option<ProfileType>) -> usize {
    let place = kind.and_then(|kind| ProfileType::ALL.iter().position(|known| *known == kind));
    place.unwrap_or(ProfileType::ALL.len())
}

#[cfg(test)]
mod tests;
