//! The closed form, sums that no order changes, and what becomes of an action that does harm.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "counts in tests are small"
)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use tact_domain::{Channel, Day, Fingerprint, Outcome, OutcomeLedger, Timestamp};
use tact_model::{Before, Scale};

use super::*;
use crate::{Denominator, Measure};

mod counting;
mod decided;

const NO_TURN: u64 = u64::MAX;

fn saying(name: &str) -> Saying {
    (name.into(), Channel::Email)
}

fn measure(of: Denominator) -> Measure {
    Measure {
        positive: vec![Outcome::Accepted, Outcome::Redeemed],
        negative: vec![Outcome::Declined, Outcome::Expired],
        harm: vec![Outcome::OptedOut, Outcome::Complained],
        of,
    }
}

/// Counts of so many messages, positive outcomes and harms, with a base, in one cell.
fn told(counts: &mut Counts, name: &str, kind: Kind, (n, positive, harm): (u32, u32, u32), base: u32) {
    for message in 0..n {
        let matured = Matured { n: 1, positive: i8::from(message < positive), harm: i8::from(message < harm) };
        counts.enter(
            &saying(name),
            Expected { typed: Typed { kind, ..Typed::default() }, positive: base },
            matured,
            Day(0),
        );
    }
    counts.ripen(Day(0), &Counts::default(), NO_TURN);
}

fn learned(counts: &Counts) -> Learned {
    Learned::new("of this test".to_owned(), counts.types(), Learned::cells(counts))
}

fn weighed(new_until: u64) -> Adaptive {
    Adaptive { new_until, ..Adaptive::default() }
}

#[test]
fn after_k_outcomes_a_propensity_is_the_mean_of_the_beta_posterior() {
    let adaptive = weighed(0);
    for (n, y) in [(0, 0), (1, 0), (1, 1), (10, 7), (250, 3), (5_000, 4_000)] {
        let (base, k) = (0.12, adaptive.type_counts_as);
        let mut counts = Counts::default();
        // As expected, so that answers are heard and nothing else changes.
        told(&mut counts, "heard", None, (1, 1, 0), 1_000_000);
        told(&mut counts, "offer", Some(2), (n, y, 0), 120_000);
        let ratio = learned(&counts).ratio(&adaptive, "offer", Channel::Email, Some(2));
        let closed = (k * base + f64::from(y)) / (k + f64::from(n));
        assert!((base * ratio - closed).abs() < 1e-12, "after {y} of {n}: {} and not {closed}", base * ratio);
    }
}

#[test]
fn what_one_type_does_moves_the_others_less_than_itself_and_another_action_least() {
    let mut counts = Counts::default();
    told(&mut counts, "offer", Some(1), (100, 40, 0), 100_000);
    let (learned, adaptive) = (learned(&counts), weighed(0));
    let ratio = |action: &str, kind| learned.ratio(&adaptive, action, Channel::Email, kind);
    let (own, other_type, other_action) = (ratio("offer", Some(1)), ratio("offer", Some(2)), ratio("else", Some(1)));
    // (100 * 0.1 + 40) / (100 + 100) / 0.1; (200 * 0.1 + 40) / (200 + 100) / 0.1; (1,000 * 0.1 + 40) / (1,000 + 100) / 0.1.
    for (found, expected) in [(own, 2.5), (other_type, 2.0), (other_action, 140.0 / 110.0)] {
        assert!((found - expected).abs() < 1e-12, "{found} and not {expected}");
    }
    assert!((ratio("offer", None) - other_type).abs() < 1e-12, "who is of no type is like all others");
}

/// One message: what was said, to whom, what was expected, and what became of it.
type Told = (u8, Kind, u32, Vec<Outcome>);

fn outcomes() -> impl Strategy<Value = Vec<Outcome>> {
    let one = prop_oneof![
        Just(Outcome::Delivered),
        Just(Outcome::Bounced),
        Just(Outcome::Opened),
        Just(Outcome::Accepted),
        Just(Outcome::Redeemed),
        Just(Outcome::Declined),
        Just(Outcome::Complained),
        Just(Outcome::OptedOut),
        Just(Outcome::Expired),
    ];
    proptest::collection::vec(one, 0..5)
}

fn messages() -> impl Strategy<Value = Vec<Told>> {
    let kind = prop_oneof![Just(None), (0..5_u8).prop_map(Some)];
    proptest::collection::vec((0..3_u8, kind, 0..=1_000_000_u32, outcomes()), 1..20)
}

/// What shards count when outcomes come in an order, each at a shard.
fn counted(told: &[Told], measure: &Measure, order: &[(usize, usize)], shards: &[usize]) -> Counts {
    let mut ledgers: BTreeMap<usize, OutcomeLedger> = BTreeMap::new();
    let mut counts = [Counts::default(), Counts::default(), Counts::default()];
    for (nth, (message, place)) in order.iter().enumerate() {
        let (name, kind, positive, outcomes) = &told[*message];
        let (ledger, outcome) = (ledgers.entry(*message).or_default(), outcomes[*place]);
        // A second report of what is known is no news; that is for the ledger to know.
        let news = ledger.first(outcome).is_none();
        let matured = Matured::by(measure, ledger, (outcome, Timestamp(7)), Timestamp(7)).filter(|_| news);
        ledger.enter(outcome, Timestamp(7), Fingerprint(nth as u64));
        if let Some(matured) = matured {
            let shard = shards[nth % shards.len()];
            let expected = Expected { typed: Typed { kind: *kind, ..Typed::default() }, positive: *positive };
            counts[shard].enter(&saying(&name.to_string()), expected, matured, Day(i32::from(*name)));
            counts[shard].ripen(Day(nth as i32 / 4), &Counts::default(), NO_TURN);
        }
    }
    let mut all = Counts::default();
    for shard in &counts {
        all.merge(shard);
    }
    all.ripen(Day(i32::MAX), &Counts::default(), NO_TURN);
    all
}

proptest! {
    #[test]
    fn outcomes_count_the_same_in_any_order_however_often_and_wherever_they_arrive(
        told in messages(),
        of in prop_oneof![Just(Denominator::Sent), Just(Denominator::Delivered), Just(Denominator::Shown)],
        again in any::<Index>(),
        shards in proptest::collection::vec(0..3_usize, 1..9),
        seed in any::<u64>(),
    ) {
        let plain: Vec<(usize, usize)> =
            told.iter().enumerate().flat_map(|(n, told)| (0..told.3.len()).map(move |m| (n, m))).collect();
        let mut other = plain.clone();
        if !plain.is_empty() {
            other.push(plain[again.index(plain.len())]);
        }
        other.sort_by_key(|(n, m)| Fingerprint::of(&seed.to_string(), &format!("{n}/{m}")));
        let learned = |counts: &Counts| Learned::cells(counts);
        let (one, other) =
            (counted(&told, &measure(of), &plain, &[0]), counted(&told, &measure(of), &other, &shards));
        prop_assert_eq!(learned(&one), learned(&other));

        // And it is what all outcomes of each message tell together.
        let mut sums: BTreeMap<(u8, Kind), [u64; 4]> = BTreeMap::new();
        for (name, kind, expected, outcomes) in &told {
            let has = |wanted| outcomes.contains(&wanted);
            let (yes, no) = (has(Outcome::Accepted) || has(Outcome::Redeemed), has(Outcome::Declined));
            let harm = has(Outcome::Complained) || has(Outcome::OptedOut);
            let seen = yes || no || harm || has(Outcome::Opened);
            let arrived = match of {
                Denominator::Sent => true,
                Denominator::Delivered => seen || has(Outcome::Delivered),
                Denominator::Shown => seen,
            };
            if (yes || no || harm || has(Outcome::Expired)) && arrived && !has(Outcome::Bounced) {
                let sum = sums.entry((*name, *kind)).or_default();
                let one = [1, u64::from(yes), u64::from(harm), u64::from(*expected)];
                sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += 2 * one);
            }
        }
        let found: BTreeMap<(u8, Kind), [u64; 4]> = learned(&one)
            .into_iter()
            .flat_map(|(name, _, cells)| cells.into_iter().map(move |(kind, sums)| {
                ((name.parse().unwrap(), kind), [sums.n, sums.positive, sums.harm, sums.expected])
            }))
            .collect();
        prop_assert_eq!(found, sums);
    }

    #[test]
    fn shards_add_up_to_the_same_in_any_order_whatever_their_generations(
        drawn in proptest::collection::vec((0..4_u32, -3..50_i64, 0..9_i64, 0..9_i64), 3),
    ) {
        let cell = |(generation, n, positive, older): &(u32, i64, i64, i64)| {
            let count = |n: i64| super::cell::Count { n, positive: *positive, harm: 1, expected: n * 7 };
            Cell { generation: *generation, current: count(*n), older: count(*older) }
        };
        let [a, b, c] = [0, 1, 2].map(|place| cell(&drawn[place]));
        prop_assert_eq!(a.merge(b), b.merge(a));
        prop_assert_eq!(a.merge(b).merge(c), a.merge(b.merge(c)));
    }

    #[test]
    fn an_action_that_does_harm_is_off_within_the_documented_number_whomever_it_was_said_to(
        prior in 0.0..0.1_f64,
        tolerated in 0.1..0.2_f64,
        rate in 0.25..0.9_f64,
        counts_as in 1.0..500.0_f64,
        shares in proptest::collection::vec(0..10_u32, 6),
    ) {
        let adaptive = weighed(0);
        let within = adaptive.off_within(prior, counts_as, rate, tolerated).unwrap();
        let all: u32 = shares.iter().sum::<u32>().max(1);
        let n = u32::try_from(within).unwrap();
        // Each type gets its share and does harm at the rate, as exactly as whole messages can, rounded up.
        let mut counts = Counts::default();
        for (kind, share) in (0..).zip(&shares) {
            let of_kind = (n * share).div_ceil(all);
            let harms = libm::ceil(f64::from(of_kind) * rate) as u32;
            told(&mut counts, "offer", Some(kind), (of_kind, 0, harms), 100_000);
        }
        if shares.iter().all(|share| *share == 0) {
            told(&mut counts, "offer", None, (n, 0, libm::ceil(f64::from(n) * rate) as u32), 100_000);
        }
        let learned = learned(&counts);
        for kind in [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(5)] {
            let harmful = learned.harmful(&adaptive, ("offer", Channel::Email, kind), prior, counts_as);
            prop_assert!(harmful > tolerated, "{kind:?} after {n}: {harmful} and not above {tolerated}");
        }
    }

    #[test]
    fn counts_are_carried_to_other_types_without_loss(
        n in 1..200_u32,
        row in proptest::collection::vec(0..50_u64, 1..6),
        harm in 0..20_u32,
    ) {
        let mut counts = Counts::default();
        told(&mut counts, "offer", Some(0), (n, n / 3, harm.min(n)), 333_333);
        told(&mut counts, "offer", Some(1), (5, 1, 0), 100_000);
        let carried = counts.carried(2, std::slice::from_ref(&row));
        let sum = |counts: &Counts| {
            let cells = counts.cells.values().flat_map(|cells| cells.values());
            cells.fold(Cell::default(), |sum, cell| sum.merge(*cell))
        };
        prop_assert_eq!(sum(&carried), sum(&counts), "nothing is lost");
        let all: u64 = row.iter().sum();
        let untyped = if all == 0 { n + 5 } else { 5 };
        prop_assert_eq!(carried.cell(&saying("offer"), None).current.n, i64::from(untyped), "nobody is of the second type");
        for (kind, of) in (0..).zip(&row).filter(|_| all > 0) {
            let part = carried.cell(&saying("offer"), Some(kind)).current.n;
            let exact = f64::from(n) * *of as f64 / all as f64;
            prop_assert!((part as f64 - exact).abs() < row.len() as f64, "{part} and not about {exact}");
        }
    }
}
