//! Purchases: recency, frequency and monetary value with returns netted, affinities, owned products, spend over time.

mod drop;
mod interval;

use serde::{Deserialize, Serialize};

pub use self::drop::SpendDrop;
use crate::{Day, DayBuckets, Fingerprint, Ground, Histogram, Horizon, Key, Timestamp, TopKeys};

/// One receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct Purchase {
    /// The receipt's number.
    pub receipt: Key,
    /// Where it was rung up; `None` online.
    pub store: Option<Key>,
    /// Whether it was bought online.
    pub online: bool,
    /// ISO 4217 code of the currency.
    pub currency: Key,
    /// What was bought and returned; empty for a receipt on which nothing had a price, or nothing may be looked at.
    pub lines: Vec<Line>,
    /// Coupon codes presented.
    pub coupons: Vec<Key>,
}

/// One line of a receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Bought or returned.
    pub kind: LineKind,
    /// The product.
    pub product: Key,
    /// The product's category, if the event names one.
    pub category: Option<Key>,
    /// How many, at least 1.
    pub quantity: u32,
    /// Price of one in minor units, positive.
    pub unit_price: i64,
}

/// Whether a line was bought or returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Bought.
    Sale,
    /// Given back.
    Return,
}

impl Line {
    /// What the line adds to the receipt, in minor units: negative for a return.
    pub fn net(&self) -> i64 {
        let amount = i64::from(self.quantity).saturating_mul(self.unit_price);
        if self.kind == LineKind::Return { -amount } else { amount }
    }
}

impl Purchase {
    /// The receipt's total in minor units, returns netted.
    pub fn net(&self) -> i64 {
        self.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.net()))
    }

    /// The value of the lines given back, in minor units, positive.
    pub fn returned(&self) -> i64 {
        let returns = self.lines.iter().filter(|line| line.kind == LineKind::Return);
        returns.fold(0_i64, |sum, line| sum.saturating_sub(line.net()))
    }

    /// Whether anything was bought; a receipt of returns alone is no order.
    pub fn is_order(&self) -> bool {
        self.lines.iter().any(|line| line.kind == LineKind::Sale)
    }
}

/// What we remember of a customer's purchases in the deployment's currency: 90 days, 12 windows of 90 days, 16 categories,
/// 48 products, 8 baskets. Money in other currencies is kept apart and never mixed.
/// Knows its last 16 events. Packed, it takes at most 11,825 bytes with keys of 24 bytes, 24,425 with keys of 128,
/// and 70,505 with keys of 512, the longest there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PurchaseFacet {
    /// Which events were folded.
    pub horizon: Horizon<16>,
    /// Receipts ever on which something was bought.
    pub orders: u32,
    /// Spend ever, returns netted, in minor units.
    pub net: i64,
    /// Value of everything ever returned, in minor units, positive.
    pub returned: i64,
    /// The earliest order.
    pub first: Option<Timestamp>,
    /// The latest order.
    pub last: Option<Timestamp>,
    /// The latest receipt on which something came back.
    pub last_return: Option<Timestamp>,
    /// Spend by civil day.
    pub days: DayBuckets<SpendDay>,
    /// Spend per 90-day window, as (days since 1970 divided by 90, net minor units), oldest first; windows without purchase are absent.
    pub windows: Vec<(i32, i64)>,
    /// Decayed interest by category.
    pub affinity: TopKeys<CategoryAffinity, 16>,
    /// Products bought and not returned.
    pub owned: TopKeys<Owned, 48>,
    /// Online and store, each on weekdays and weekends: index 0 store weekday, 1 store weekend, 2 online weekday, 3 online weekend.
    pub blocks: [Block; 4],
    /// The latest baskets, by time.
    pub baskets: Vec<Basket>,
    /// Sizes of baskets, in major units.
    pub basket_sizes: Histogram<16>,
    /// Net minor units in currencies other than the deployment's.
    pub other_currencies: TopKeys<i64, 4>,
}

/// The purchases of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendDay {
    /// Receipts on which something was bought.
    pub orders: u16,
    /// Spend, returns netted, in minor units.
    pub net: i64,
}

/// Interest in a category: spend that halves every 60 days, brought to the time `as_of`, and when it was bought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CategoryAffinity {
    /// Decayed spend in minor units at `as_of`; returns subtract.
    pub weight: f64,
    /// The time the weight refers to.
    pub as_of: Timestamp,
    /// Receipts on which it was bought, by civil day.
    pub days: DayBuckets<u16>,
}

/// A product the customer has bought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// How many were bought less how many were returned; a return seen before its sale makes it negative.
    pub quantity: i32,
    /// The product's category, if known.
    pub category: Option<Key>,
}

/// Orders and spend of one quarter of the 2 x 2 of channel and part of the week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Receipts on which something was bought.
    pub orders: u32,
    /// Spend, returns netted, in minor units.
    pub net: i64,
}

/// One basket, kept for joining it with a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basket {
    /// When it was paid.
    pub at: Timestamp,
    /// Where; `None` online.
    pub store: Option<Key>,
    /// Its total in minor units, returns netted.
    pub net: i64,
}

impl CategoryAffinity {
    /// After how many days interest counts half.
    pub const HALF_LIFE_DAYS: f64 = 60.0;

    /// The weight at another time.
    pub fn at(&self, at: Timestamp) -> f64 {
        self.weight * halvings(at.since_ms(self.as_of))
    }

    fn add(&mut self, amount: i64, at: Timestamp) {
        #[expect(clippy::cast_precision_loss, reason = "minor units of one line stay far below 2^53")]
        let amount = amount as f64;
        if at > self.as_of {
            self.weight = self.at(at) + amount;
            self.as_of = at;
        } else {
            self.weight += amount * halvings(self.as_of.since_ms(at));
        }
    }
}

impl PurchaseFacet {
    /// How many baskets are kept.
    const BASKETS: usize = 8;
    /// How many 90-day windows are kept.
    const WINDOWS: usize = 12;
    /// How long a window is, in days.
    pub const WINDOW_DAYS: i32 = 90;

    /// Folds one admitted purchase. One without lines is known to have come, and leaves nothing else: not even that there was one.
    pub fn fold(&mut self, purchase: &Purchase, at: Timestamp, event: Fingerprint, offset_s: i32, ground: &Ground<'_>) {
        self.horizon.remember(at, event);
        if purchase.lines.is_empty() {
            return;
        }
        self.own(purchase, at);
        if purchase.currency != ground.currency {
            if let Some(net) = self.other_currencies.touch(&purchase.currency, at) {
                *net = net.saturating_add(purchase.net());
            }
            return;
        }
        let day = at.day(ground.places.offset_s(purchase.store.as_deref(), at, offset_s));
        self.total(purchase, at);
        self.spend(purchase, day);
        self.interest(purchase, at, day);
        self.keep_basket(Basket { at, store: purchase.store.clone(), net: purchase.net() });
    }

    /// Spend in the `days` days that end with `today`, in minor units.
    pub fn spend_in(&self, today: Day, days: i32) -> i64 {
        self.days.window(today, days).map(|day| day.net).sum()
    }

    /// Orders in the `days` days that end with `today`.
    pub fn orders_in(&self, today: Day, days: i32) -> u32 {
        self.days.window(today, days).map(|day| u32::from(day.orders)).sum()
    }

    /// Receipts of the `days` days that end with `today` on which something of a category was bought; `None` when the category may have been
    /// forgotten for others.
    pub fn orders_of(&self, category: &str, today: Day, days: i32) -> Option<u32> {
        match self.affinity.get(category) {
            Some(interest) => Some(interest.days.window(today, days).map(|orders| u32::from(*orders)).sum()),
            None => (!self.affinity.is_full()).then_some(0),
        }
    }

    /// Spend in the 90-day window that holds `today` and in as many before it as make up `count`, in minor units.
    pub fn quarters(&self, today: Day, count: u8) -> i64 {
        let this = today.0.div_euclid(Self::WINDOW_DAYS);
        let within = |window: i32| window <= this && window > this - i32::from(count);
        self.windows.iter().filter(|(window, _)| within(*window)).map(|(_, net)| net).sum()
    }

    fn interest(&mut self, purchase: &Purchase, at: Timestamp, day: Day) {
        for (nth, line) in purchase.lines.iter().enumerate() {
            let Some(category) = &line.category else { continue };
            let Some(affinity) = self.affinity.touch(category, at) else { continue };
            affinity.add(line.net(), at);
            let of_it = |other: &Line| other.kind == LineKind::Sale && other.category.as_ref() == Some(category);
            // A receipt counts once, however many lines of it are of the category.
            let first = of_it(line) && !purchase.lines.iter().take(nth).any(of_it);
            if let Some(orders) = affinity.days.bucket(day).filter(|_| first) {
                *orders = orders.saturating_add(1);
            }
        }
    }

    fn total(&mut self, purchase: &Purchase, at: Timestamp) {
        self.net = self.net.saturating_add(purchase.net());
        self.returned = self.returned.saturating_add(purchase.returned());
        if purchase.returned() > 0 {
            self.last_return = self.last_return.max(Some(at));
        }
        if purchase.is_order() {
            self.orders = self.orders.saturating_add(1);
            self.first = Some(self.first.map_or(at, |first| first.min(at)));
            self.last = self.last.max(Some(at));
            self.basket_sizes.add(u64::try_from(purchase.net() / 100).unwrap_or(0));
        }
    }

    fn spend(&mut self, purchase: &Purchase, day: Day) {
        let (orders, net) = (u16::from(purchase.is_order()), purchase.net());
        if let Some(bucket) = self.days.bucket(day) {
            bucket.orders = bucket.orders.saturating_add(orders);
            bucket.net = bucket.net.saturating_add(net);
        }
        let quarter = usize::from(purchase.online) * 2 + usize::from(day.is_weekend());
        if let Some(block) = self.blocks.get_mut(quarter) {
            block.orders = block.orders.saturating_add(u32::from(orders));
            block.net = block.net.saturating_add(net);
        }
        let window = day.0.div_euclid(Self::WINDOW_DAYS);
        match self.windows.binary_search_by_key(&window, |(known, _)| *known) {
            Ok(place) => {
                if let Some((_, sum)) = self.windows.get_mut(place) {
                    *sum = sum.saturating_add(net);
                }
            }
            Err(place) => self.windows.insert(place, (window, net)),
        }
        let excess = self.windows.len().saturating_sub(Self::WINDOWS);
        self.windows.drain(..excess);
    }

    fn own(&mut self, purchase: &Purchase, at: Timestamp) {
        for line in &purchase.lines {
            let Some(owned) = self.owned.touch(&line.product, at) else {
                continue;
            };
            let quantity = i32::try_from(line.quantity).unwrap_or(i32::MAX);
            let change = if line.kind == LineKind::Return { -quantity } else { quantity };
            owned.quantity = owned.quantity.saturating_add(change);
            if owned.category != line.category && line.category.is_some() {
                owned.category.clone_from(&line.category);
            }
        }
    }

    fn keep_basket(&mut self, basket: Basket) {
        let place = self.baskets.partition_point(|kept| kept.at <= basket.at);
        self.baskets.insert(place, basket);
        let excess = self.baskets.len().saturating_sub(Self::BASKETS);
        self.baskets.drain(..excess);
    }
}

/// The factor by which interest shrinks over a span of time (grows, when negative).
fn halvings(ms: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "spans of a century in milliseconds stay below 2^53")]
    let days = ms as f64 / 86_400_000.0;
    libm::exp2(-days / CategoryAffinity::HALF_LIFE_DAYS)
}
