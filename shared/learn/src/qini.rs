//! Whether a ranking finds those on whom a treatment works: the adjusted Qini, what random rankings reach, and the uplift at the top.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::examples::count;
use crate::proportion::{Difference, Share};

/// The customers of a trial with one treatment, in descending order of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    customers: Vec<Customer>,
    /// How many customers share each score, in the same order.
    ties: Vec<usize>,
}

/// What a trial knows of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Whether the customer was treated; the others are the control.
    pub treated: bool,
    /// Whether the outcome came.
    pub outcome: bool,
}

/// What rankings by chance reach.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
    /// What 95 of 100 stay below.
    pub p95: f64,
}

/// The treated and the control among the first of a ranking.
#[derive(Clone, Copy, Debug, Default)]
struct Top {
    treated: Share,
    control: Share,
}

impl Ranked {
    /// Ranks customers by scores; a score that is not a number ranks with 0.
    pub fn new(scores: &[f64], customers: &[Customer]) -> Self {
        let score = |score: &f64| if score.is_nan() { 0.0 } else { *score };
        let mut sorted: Vec<(f64, Customer)> = scores.iter().map(score).zip(customers.iter().copied()).collect();
        sorted.sort_by(|one, other| other.0.total_cmp(&one.0));
        let ties = sorted.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()).map(<[_]>::len).collect();
        Self { customers: sorted.into_iter().map(|(_, customer)| customer).collect(), ties }
    }

    /// The adjusted Qini: the area between the adjusted Qini curve and the straight line to its end, over the part of the customers from 0 to 1. 0 without
    /// treated or control customers.
    ///
    /// At the first `x` of all customers, of whom `T` were treated and `C` were not, with `Y_T` and `Y_C` outcomes, the curve is
    /// `Y_T / N_T - Y_C * T / (C * N_T)`, where `N_T` were treated in all: outcomes per treated customer that the treatment of the first `x` caused. It is
    /// not divided by anything further, so that a Qini of 0.01 means: averaged over how many are treated, one outcome more per 100 treated customers than
    /// when they are chosen by chance. After Radcliffe (2007), with the control weighted at every point as by Yi and Frost (2018). Customers with the same
    /// score enter together; the area is that of trapezoids.
    pub fn qini(&self) -> f64 {
        self.area(&self.customers)
    }

    /// The adjusted Qini of so many random orders of the same customers; the same seed gives the same.
    pub fn random(&self, orders: usize, seed: u64) -> Spread {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut shuffled = self.customers.clone();
        let mut areas: Vec<f64> = (0..orders)
            .map(|_| {
                shuffle(&mut shuffled, &mut rng);
                self.area(&shuffled)
            })
            .collect();
        areas.sort_by(f64::total_cmp);
        let n = count(areas.len().max(1));
        let mean = areas.iter().sum::<f64>() / n;
        let squares: f64 = areas.iter().map(|area| (area - mean) * (area - mean)).sum();
        // The smallest that at least 95 of 100 are not above.
        let place = (areas.len() * 95).div_ceil(100).saturating_sub(1);
        Spread { mean, sd: (squares / (n - 1.0).max(1.0)).sqrt(), p95: areas.get(place).copied().unwrap_or_default() }
    }

    /// How much more often the outcome comes to the treated than to the control among this part of the customers, 0..1, with the highest scores. Where it
    /// ends within customers of the same score, part of each of them counts.
    pub fn uplift_at(&self, part: f64) -> Difference {
        let wanted = part.clamp(0.0, 1.0) * count(self.customers.len());
        let mut top = Top::default();
        let mut taken = 0.0;
        for tied in self.tied(&self.customers) {
            let room = (wanted - taken).min(count(tied.len()));
            if room <= 0.0 {
                break;
            }
            let tie = Top::of(tied);
            top.add(&tie, room / count(tied.len()));
            taken += room;
        }
        top.treated.above(&top.control)
    }

    /// The area between the curve of customers in this order and its chord.
    fn area(&self, order: &[Customer]) -> f64 {
        let all = Top::of(order);
        if all.treated.trials <= 0.0 || all.control.trials <= 0.0 {
            return 0.0;
        }
        let n = count(order.len());
        let (mut top, mut before, mut area) = (Top::default(), 0.0, 0.0);
        for tied in self.tied(order) {
            top.add(&Top::of(tied), 1.0);
            let now = top.caused() / all.treated.trials;
            area += f64::midpoint(before, now) * count(tied.len()) / n;
            before = now;
        }
        area - before / 2.0
    }

    /// The customers of an order in the groups of those with the same score.
    fn tied<'a>(&self, order: &'a [Customer]) -> impl Iterator<Item = &'a [Customer]> {
        self.ties.iter().scan(order, |rest, size| {
            let (tied, after) = rest.split_at_checked(*size)?;
            *rest = after;
            Some(tied)
        })
    }
}

impl Top {
    fn of(customers: &[Customer]) -> Self {
        let mut counted = Self::default();
        for customer in customers {
            let group = if customer.treated { &mut counted.treated } else { &mut counted.control };
            group.trials += 1.0;
            group.successes += f64::from(u8::from(customer.outcome));
        }
        counted
    }

    fn add(&mut self, other: &Self, part: f64) {
        for (own, other) in [(&mut self.treated, other.treated), (&mut self.control, other.control)] {
            own.trials += part * other.trials;
            own.successes += part * other.successes;
        }
    }

    /// Outcomes among the treated beyond those of as many of the control.
    fn caused(&self) -> f64 {
        self.treated.successes - self.control.rate() * self.treated.trials
    }
}

/// A random order, each as likely (Fisher and Yates 1938; Durstenfeld 1964).
fn shuffle(customers: &mut [Customer], rng: &mut ChaCha8Rng) {
    for last in (1..customers.len()).rev() {
        let other = rng.random_range(0..=u32::try_from(last).unwrap_or(u32::MAX));
        customers.swap(last, other as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: bool = true;
    const NO: bool = false;

    fn customers(all: &[(bool, bool)]) -> Vec<Customer> {
        all.iter().map(|(treated, outcome)| Customer { treated: *treated, outcome: *outcome }).collect()
    }

    fn near(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-12, "{one} is not {other}");
    }

    #[test]
    fn the_qini_is_the_area_between_the_curve_and_its_chord() {
        // Treated with, control without, treated without, control with. The curve: 1/2, 1/2, 1/2, 1/2 - 1/2 * 2 / 2 = 0.
        let trial = customers(&[(YES, YES), (NO, NO), (YES, NO), (NO, YES)]);
        let ranked = Ranked::new(&[4.0, 3.0, 2.0, 1.0], &trial);
        near(ranked.qini(), (0.25 + 0.5 + 0.5 + 0.25) / 4.0);
        // The other way round: 0, 0 - 1/2 * 1 = -1/2 at the second, -1/4 at the third (one control of two), 0.
        let turned = Ranked::new(&[1.0, 2.0, 3.0, 4.0], &trial);
        near(turned.qini(), (0.0 - 0.25 - 0.375 - 0.125) / 4.0);
        // All alike: straight from 0 to the end.
        near(Ranked::new(&[1.0; 4], &trial).qini(), 0.0);
        near(Ranked::new(&[f64::NAN; 4], &trial).qini(), 0.0);
    }

    #[test]
    fn nobody_treated_or_nobody_in_the_control_is_no_ranking() {
        near(Ranked::new(&[], &[]).qini(), 0.0);
        near(Ranked::new(&[2.0, 1.0], &customers(&[(YES, YES), (YES, NO)])).qini(), 0.0);
        near(Ranked::new(&[2.0, 1.0], &customers(&[(NO, YES), (NO, NO)])).qini(), 0.0);
        assert_eq!(Ranked::new(&[], &[]).random(10, 1), Spread { mean: 0.0, sd: 0.0, p95: 0.0 });
    }

    #[test]
    fn the_uplift_of_the_first_shares_out_ties() {
        let trial = customers(&[(YES, YES), (NO, NO), (YES, NO), (NO, YES), (YES, NO), (NO, NO), (YES, YES), (NO, NO)]);
        let ranked = Ranked::new(&[9.0, 9.0, 5.0, 5.0, 5.0, 5.0, 1.0, 1.0], &trial);
        near(ranked.uplift_at(0.25).estimate.value, 1.0);
        // Half of the four in the middle: one treated without, half of a control outcome of one.
        near(ranked.uplift_at(0.5).estimate.value, 1.0 / 2.0 - 0.5 / 2.0);
        near(ranked.uplift_at(1.0).estimate.value, 2.0 / 4.0 - 1.0 / 4.0);
        assert!(ranked.uplift_at(0.0).p > 0.99);
    }

    #[test]
    fn random_orders_spread_about_nothing_and_are_the_same_for_the_same_seed() {
        let trial: Vec<Customer> =
            (0..400).map(|nth| Customer { treated: nth % 2 == 0, outcome: nth % 5 == 0 || nth % 8 == 0 }).collect();
        let scores: Vec<f64> = (0..400).map(f64::from).collect();
        let ranked = Ranked::new(&scores, &trial);
        let spread = ranked.random(2_000, 7);
        assert_eq!(spread, ranked.random(2_000, 7));
        assert!(spread.mean.abs() < 4.0 * spread.sd / 2_000_f64.sqrt() + 1e-3, "{spread:?}");
        // One-sided 5 % of a normal spread lie 1.645 standard deviations above.
        assert!((spread.p95 / spread.sd - 1.645).abs() < 0.2, "{spread:?}");
    }
}
