//! Simulations: how often evidence is wrong at the limit, and how soon it is right above it. Every stream is drawn by its number, so all of it comes again.

use super::*;

/// Draws numbers from 0 to 1 (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, rate: f64) -> Harmed {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = f64::from(u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap()) / 4_294_967_296.0;
        if drawn < rate { Harmed::Yes } else { Harmed::No }
    }
}

const STREAMS: u64 = 2_000;
const ALPHA: f64 = 0.01;
/// Three standard errors of a share of one in a hundred of so many streams.
const BY_CHANCE: f64 = 3.0 * 0.002_225;
const LIMITS: [f64; 3] = [0.02, 0.01, 0.30];

/// After how many messages a stream shows that its rate, which may change, is above the limit; `None` when it does not within so many.
fn shown_after(stream: u64, limit: f64, messages: u64, rate: impl Fn(u64) -> f64) -> Option<u64> {
    let (mut dice, mut evidence) = (Dice(stream.wrapping_mul(0x2545_f491_4f6c_dd1d)), Evidence::default());
    (1..=messages).find(|message| {
        evidence.enter(limit, dice.below(rate(*message)));
        evidence.shows(ALPHA)
    })
}

/// The share of streams that show it within so many messages.
fn share(limit: f64, messages: u64, rate: impl Fn(u64) -> f64) -> f64 {
    let shown = (0..STREAMS).filter(|stream| shown_after(*stream, limit, messages, &rate).is_some()).count();
    counted(u64::try_from(shown).unwrap()) / counted(STREAMS)
}

#[test]
fn at_the_limit_hardly_any_stream_is_ever_suspended_although_all_are_looked_at_after_every_message() {
    for limit in LIMITS {
        let wrong = share(limit, 2_000, |_| limit);
        assert!(wrong <= ALPHA + BY_CHANCE, "{wrong} at {limit}");
    }
}

#[test]
fn three_times_the_limit_is_found_within_a_stated_number_of_messages() {
    for (limit, within) in LIMITS.into_iter().zip([700, 1_400, 40]) {
        let found = share(limit, within, |_| 3.0 * limit);
        assert!(found >= 0.95, "{found} at {limit} within {within}");
    }
}

#[test]
fn a_change_that_comes_late_is_found_nearly_as_soon() {
    for (limit, within) in LIMITS.into_iter().zip([900, 1_800, 150]) {
        let turned = |message| if message <= 2_000 { limit / 2.0 } else { 3.0 * limit };
        let found = share(limit, 2_000 + within, turned);
        assert!(found >= 0.95, "{found} at {limit} within {within}");
    }
}

#[test]
fn without_bets_that_begin_later_good_times_would_hide_a_change() {
    let mut evidence = Evidence::default();
    let enter = |evidence: &mut Evidence, n, did_harm| (0..n).for_each(|_| evidence.enter(0.02, did_harm));
    enter(&mut evidence, 5_000, Harmed::No);
    let early = evidence.first.iter().sum::<f64>();
    enter(&mut evidence, 1, Harmed::Yes);
    for _ in 0..30 {
        enter(&mut evidence, 9, Harmed::No);
        enter(&mut evidence, 1, Harmed::Yes);
    }
    assert!(early < 1e-9 && evidence.shows(ALPHA));
    assert!(evidence.first.iter().sum::<f64>() < 1.0 / ALPHA, "the first bet alone does not show it");
}

#[test]
fn harm_that_is_heard_of_late_counts_for_no_more_than_harm_that_is_heard_of_at_once() {
    let total = |evidence: &Evidence| evidence.first.iter().chain(&evidence.later).sum::<f64>();
    let (mut late, mut at_once) = (Evidence::default(), Evidence::default());
    for message in 0..250 {
        late.enter(0.02, Harmed::No);
        at_once.enter(0.02, if message % 10 == 0 { Harmed::Yes } else { Harmed::No });
        if message % 10 == 0 {
            late.correct(0.02);
        }
        assert!(total(&late) <= total(&at_once) * (1.0 + 1e-9), "{message}");
    }
    let first = |evidence: &Evidence| evidence.first.iter().sum::<f64>();
    assert!((first(&late) / first(&at_once) - 1.0).abs() < 1e-9, "the bets from the first message on are the same");
}

#[test]
fn before_the_first_later_bet_the_order_of_messages_does_not_matter() {
    let mut orders = [Evidence::default(), Evidence::default()];
    for message in 0..100 {
        let harmed = |yes: bool| if yes { Harmed::Yes } else { Harmed::No };
        orders[0].enter(0.02, harmed(message < 5));
        orders[1].enter(0.02, harmed(message >= 95));
    }
    let total = |evidence: &Evidence| evidence.first.iter().sum::<f64>();
    assert!((total(&orders[0]) / total(&orders[1]) - 1.0).abs() < 1e-9);
}

#[test]
fn an_interval_holds_the_rate_of_nearly_every_stream_at_every_look() {
    let misses = (0..500).filter(|stream| {
        let (mut dice, mut k) = (Dice(*stream), 0);
        (1..=500).any(|n| {
            k += u64::from(dice.below(0.05) == Harmed::Yes);
            let (low, high) = interval(n, k, 0.05);
            !(low..=high).contains(&0.05)
        })
    });
    let misses = misses.count();
    assert!(misses <= 25, "{misses} of 500");
}

#[test]
fn an_interval_is_all_rates_without_messages_and_narrows_with_them() {
    assert_eq!(interval(0, 0, 0.05), (0.0, 1.0));
    let (low, high) = interval(1_000, 20, 0.05);
    assert!(low > 0.005 && low < 0.02 && high > 0.02 && high < 0.045, "{low} to {high}");
    assert!(interval(1_000, 0, 0.05).0.abs() < 1e-12 && (interval(10, 10, 0.05).1 - 1.0).abs() < 1e-12);
}
