//! Lost spending, by what customers found wrong and by what they buy less of. The parts sum to the whole.

use std::collections::BTreeMap;

use serde::Serialize;
use tact_domain::{Cause, CustomerId, Key, SpendDrop, Timestamp};

use super::evidence::{Bought, Evidence};

/// What customers spend less than they used to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Lost {
    /// Customers of whom it can be told: who bought for at least two whole windows of 90 days before the last 90 days.
    pub customers: usize,
    /// Those of them who spent less in the last 90 days than in the median of the windows before.
    pub spend_less: usize,
    /// Those whose spending fell by four fifths or more.
    pub fell_by_four_fifths: usize,
    /// By how much they spent less in all, in minor units.
    pub total_minor: f64,
    /// The same by cause and category, most first.
    pub parts: Vec<Part>,
}

/// A part of what was lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What its customers found wrong last; `not_told` when they never did.
    pub cause: &'static str,
    /// What they buy less of; `not_told` when the events do not say.
    pub category: Key,
    /// In minor units.
    pub minor: f64,
}

/// How long a window is, in days.
const WINDOW_DAYS: i64 = 90;
const NOT_TOLD: &str = "not_told";

/// What was lost until an instant. A customer's drop is the median of the earlier whole windows less the last one; it is shared among the categories of which
/// they buy less, in proportion to how much less than in the mean of those windows.
pub(super) fn lost(evidence: &Evidence, ends: Timestamp) -> Lost {
    let causes = evidence.causes();
    let (mut lost, mut parts) = (Lost::default(), BTreeMap::<(&'static str, Key), f64>::new());
    for (customer, receipts) in evidence.receipts() {
        let Some(spent) = Spent::of(&receipts, ends) else { continue };
        lost.customers += 1;
        let Some(fell) = SpendDrop::of(spent.last, &spent.windows).filter(|fell| fell.share > 0.0) else { continue };
        let drop = fell.share * fell.usual;
        lost.spend_less += 1;
        lost.fell_by_four_fifths += usize::from(fell.share >= 0.8);
        lost.total_minor += drop;
        let cause = cause(&causes, customer);
        for (category, share) in spent.shares() {
            *parts.entry((cause, category)).or_insert(0.0) += drop * share;
        }
    }
    lost.parts = parts.into_iter().map(|((cause, category), minor)| Part { cause, category, minor }).collect();
    lost.parts.sort_by(|a, b| b.minor.total_cmp(&a.minor));
    lost
}

impl Lost {
    /// The same; of fewer than `least` customers who spend less, only how many can be told of, as what they lost would tell of somebody.
    pub(super) fn told_of(self, least: usize) -> Self {
        if self.spend_less >= least { self } else { Self { customers: self.customers, ..Self::default() } }
    }
}

fn cause(causes: &BTreeMap<&CustomerId, Cause>, customer: &CustomerId) -> &'static str {
    causes.get(customer).map_or(NOT_TOLD, |cause| cause.name())
}

/// What one customer spent, in minor units.
struct Spent {
    /// In the last window.
    last: i64,
    /// In every whole window before it, latest first.
    windows: Vec<i64>,
    /// By category: in the last window, and in the mean of those before.
    categories: BTreeMap<Key, (f64, f64)>,
}

impl Spent {
    /// `None` for who has been buying for fewer than two whole windows before the last one. Receipts are in the order of time.
    fn of(receipts: &[&Bought], ends: Timestamp) -> Option<Self> {
        let window = |at: Timestamp| ends.since_ms(at).div_euclid(WINDOW_DAYS * 86_400_000);
        let first = receipts.iter().find(|bought| bought.is_order)?.at;
        let whole = usize::try_from(window(first)).ok()?.checked_sub(1).filter(|whole| *whole >= 2)?;
        let mut spent = Self { last: 0, windows: vec![0; whole], categories: BTreeMap::new() };
        let mean = super::lifts::float(whole);
        for bought in receipts {
            let place = window(bought.at);
            let earlier = usize::try_from(place - 1).ok();
            match earlier.and_then(|place| spent.windows.get_mut(place)) {
                Some(window) => *window += bought.net,
                None if place == 0 => spent.last += bought.net,
                None => continue,
            }
            for (category, net) in &bought.lines {
                let category = category.clone().unwrap_or_else(|| NOT_TOLD.into());
                let (last, before) = spent.categories.entry(category).or_insert((0.0, 0.0));
                *(if place == 0 { last } else { before }) += minor(*net) / if place == 0 { 1.0 } else { mean };
            }
        }
        Some(spent)
    }

    /// How what was lost is shared among categories: adds up to 1.
    fn shares(&self) -> Vec<(Key, f64)> {
        let less = |(category, (last, before)): (&Key, &(f64, f64))| (category.clone(), (before - last).max(0.0));
        let less: Vec<(Key, f64)> = self.categories.iter().map(less).filter(|(_, less)| *less > 0.0).collect();
        let all: f64 = less.iter().map(|(_, less)| less).sum();
        if all <= 0.0 {
            return vec![(NOT_TOLD.into(), 1.0)];
        }
        less.into_iter().map(|(category, less)| (category, less / all)).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "spending stays far below 2^53 minor units")]
fn minor(net: i64) -> f64 {
    net as f64
}
