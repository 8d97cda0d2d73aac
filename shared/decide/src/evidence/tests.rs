//! Simulations: how often evidence is wrong at the limit, and how soon it is right above it. Every stream is drawn by its number, so all of it comes again.

use super::*;

/// Draws numbers from 0 to 1 (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, rate: f64) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = f64::from(u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap()) / 4_294_967_296.0;
        drawn < rate
    }
}

const STREAMS: u64 = 2_000;
const ALPHA: f64 = 0.01;
/// Three standard errors of a share of one in a hundred of so many streams.
const BY_CHANCE: f64 = 3.0 * 0.002_225;
const LIMITS: [f64; 3] = [0.02, 0.01, 0.30];

/// When the so manyth message is decided: a block of them a day.
fn at(message: u64) -> Timestamp {
    Timestamp(1_793_458_800_000).plus_s(i64::try_from(message).unwrap() * 864)
}

/// Enters the so manyth message.
fn enter(evidence: &mut Evidence, limit: f64, message: u64, did_harm: bool) {
    evidence.enter(limit, at(message));
    if did_harm {
        evidence.correct(at(message));
    }
}

/// After how many messages a stream shows that its rate, which may change, is above the limit; `None` when it does not within so many. Only harm adds
/// to the evidence.
fn shown_after(stream: u64, limit: f64, messages: u64, rate: impl Fn(u64) -> f64) -> Option<u64> {
    let (mut dice, mut evidence) = (Dice(stream.wrapping_mul(0x2545_f491_4f6c_dd1d)), Evidence::default());
    (1..=messages).find(|message| {
        let did_harm = dice.below(rate(*message));
        enter(&mut evidence, limit, *message, did_harm);
        did_harm && evidence.shows(limit, ALPHA)
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
    (0..5_000).for_each(|message| enter(&mut evidence, 0.02, message, false));
    let early = evidence.total(0.02);
    (5_000..5_300).for_each(|message| enter(&mut evidence, 0.02, message, message % 10 == 9));
    assert!(early < 0.1 && evidence.shows(0.02, ALPHA));
    let alone = Evidence { begun: 1, blocks: vec![Block { from: at(0), n: 5_300, k: 30 }], ..Evidence::default() };
    assert!(!alone.shows(0.02, ALPHA), "the first bet alone does not show it");
}

#[test]
fn harm_that_is_heard_of_late_ends_where_harm_that_is_heard_of_at_once_does_and_is_never_above_it() {
    let (mut late, mut at_once) = (Evidence::default(), Evidence::default());
    for message in 0..2_500 {
        enter(&mut late, 0.02, message, false);
        enter(&mut at_once, 0.02, message, message % 10 == 0);
        if message >= 1_000 && message % 10 == 0 {
            late.correct(at(message - 1_000));
        }
        assert!(late.total(0.02) <= at_once.total(0.02) * (1.0 + 1e-9), "{message}");
    }
    (1_500..2_500).filter(|message| message % 10 == 0).for_each(|message| late.correct(at(message)));
    // The first message of a block counts as harm of the one before it.
    let ratio = late.total(0.02) / at_once.total(0.02);
    assert!((ratio - 1.0).abs() < 1e-9, "{ratio}");
}

#[test]
fn what_is_forgotten_counts_for_nothing_and_so_does_what_was_decided_before_the_first_message() {
    let mut evidence = Evidence::default();
    (0..5_000).for_each(|message| enter(&mut evidence, 0.02, message, false));
    assert_eq!((evidence.blocks.len(), evidence.begun), (KEPT, 50));
    let before = evidence.clone();
    evidence.correct(at(100));
    assert_eq!(evidence, before);
    let mut new = Evidence::default();
    enter(&mut new, 0.02, 100, false);
    let before = new.clone();
    new.correct(at(99));
    assert_eq!(new, before);
}

#[test]
fn blocks_that_are_added_up_come_to_the_same() {
    let (mut evidence, mut bets) = (Evidence::default(), [0.0; 3]);
    for message in 0..5_000 {
        enter(&mut evidence, 0.02, message, message % 40 == 1);
    }
    for block in 1..=50 {
        let k = (0..100).filter(|n| ((block - 1) * 100 + n) % 40 == 1).count() as u64;
        bets = Block { from: at(0), n: 100, k }.after(bets, stake(block), 0.02);
    }
    let total = bets.iter().sum::<f64>() + 1.0 / 51.0;
    assert!((evidence.total(0.02) / total - 1.0).abs() < 1e-9);
}

#[test]
fn an_interval_holds_the_rate_of_nearly_every_stream_at_every_look() {
    let misses = (0..500).filter(|stream| {
        let (mut dice, mut k) = (Dice(*stream), 0);
        (1..=500).any(|n| {
            k += u64::from(dice.below(0.05));
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
