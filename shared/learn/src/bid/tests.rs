//! Prices beside what stopping problems are known to be worth, and what they earn where attention is scarce.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{Estimate, paired};

const DAY_MS: i64 = 24 * HOUR_MS;

fn scores(seen: impl IntoIterator<Item = f64>) -> Scores {
    let mut scores = Scores { sorted: seen.into_iter().collect(), from: Vec::new() };
    scores.settle();
    scores
}

/// A number with exponential distribution and a mean of 1.
fn exponential(dice: &mut ChaCha8Rng) -> f64 {
    -libm::log(1.0 - dice.random::<f64>())
}

/// What the best policy earns with so many contacts, told in full: every hour brings nothing, or one of the scores, each alike, and either is
/// taken or not.
fn told_in_full(chances: &[f64], scores: &[f64], contacts: usize) -> f64 {
    let Some((chance, rest)) = chances.split_first() else { return 0.0 };
    if contacts == 0 {
        return 0.0;
    }
    let passed = told_in_full(rest, scores, contacts);
    let taken = told_in_full(rest, scores, contacts - 1);
    let best: f64 = scores.iter().map(|score| passed.max(score + taken)).sum::<f64>() / count(scores.len());
    (1.0 - chance) * passed + chance * best
}

#[test]
fn prices_are_the_differences_of_what_the_best_policy_earns() {
    let chances = [0.9, 0.1, 0.5, 0.0, 1.0, 0.3, 0.7];
    let seen = [-5.0, 10.0, 10.5, 40.0, 120.0];
    let known = scores(seen);
    for hours in 0..=chances.len() {
        let prices = induct(&chances[..hours], 4, |price| known.exceeding(price));
        for (fewer, price) in prices.iter().enumerate() {
            let worth = |contacts| told_in_full(&chances[..hours], &seen, contacts);
            let expected = worth(fewer + 1) - worth(fewer);
            assert!((price - expected).abs() < 1e-9, "{hours} hours, {fewer} fewer: {price}, not {expected}");
        }
    }
}

#[test]
fn the_price_of_the_last_contact_is_that_of_cayley_and_moser() {
    // One number between 0 and 1 every hour, to be taken or left: of n, the value is that of n - 1, squared, and the mean with 1.
    let even = scores((0..20_000_u32).map(|nth| (f64::from(nth) + 0.5) / 20_000.0));
    let mut known = 0.0;
    for hours in 1..=30 {
        known = f64::midpoint(1.0, known * known);
        let found = induct(&vec![1.0; hours], 1, |price| even.exceeding(price))[0];
        assert!((found - known).abs() < 1e-6, "{hours}: {found}, not {known}");
    }
}

#[test]
fn whoever_stops_at_the_prices_earns_what_they_promise() {
    let (chances, mut dice) = (vec![0.2; 24], ChaCha8Rng::seed_from_u64(3));
    let seen: Vec<f64> = (0..500).map(|_| 100.0 * exponential(&mut dice)).collect();
    let known = scores(seen.clone());
    let promised = induct(&chances, 1, |price| known.exceeding(price))[0];
    let (mut sum, mut squares, days) = (0.0, 0.0, 20_000_u32);
    for _ in 0..days {
        let earned = (0..24).find_map(|hour| {
            let score = seen[dice.random_range(0..seen.len())];
            let price = induct(&chances[hour + 1..], 1, |price| known.exceeding(price))[0];
            (dice.random::<f64>() < 0.2 && score > price).then_some(score)
        });
        sum += earned.unwrap_or(0.0);
        squares += earned.unwrap_or(0.0) * earned.unwrap_or(0.0);
    }
    let mean = sum / f64::from(days);
    let error = ((squares / f64::from(days) - mean * mean) / f64::from(days)).sqrt();
    assert!((mean - promised).abs() < 4.0 * error, "{mean} +- {error}, not {promised}");
}

#[test]
fn prices_never_rise_with_contacts_nor_fall_with_hours() {
    let mut dice = ChaCha8Rng::seed_from_u64(5);
    for case in 0..200 {
        let known = scores((0..dice.random_range(1..40)).map(|_| 1e3 * (dice.random::<f64>() - 0.3)));
        let most = [0.2, 1.0, 3.5][case % 3];
        let chances: Vec<f64> = (0..60).map(|_| most * dice.random::<f64>()).collect();
        let mut sooner = vec![0.0; 6];
        for hours in 0..=chances.len() {
            let prices = induct(&chances[..hours], 6, |price| known.exceeding(price));
            assert!(prices.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9), "{prices:?}");
            assert!(prices.iter().zip(&sooner).all(|(price, sooner)| price + 1e-9 >= *sooner && *price >= -1e-9));
            sooner = prices;
        }
    }
}

/// Somebody's opportunities in so many days: as many a day on average, each worth 100 on average.
fn arriving(
    name: usize,
    kind: Option<ProfileType>,
    per_day: f64,
    days: f64,
    dice: &mut ChaCha8Rng,
) -> Vec<Opportunity> {
    let customer = CustomerId::new(&format!("cust-{name}")).unwrap();
    let mut at_days = exponential(dice) / per_day;
    let mut opportunities = Vec::new();
    while at_days < days {
        #[expect(clippy::cast_possible_truncation, reason = "a few days in milliseconds")]
        let at = Timestamp((at_days * 86_400_000.0) as i64);
        let score = 100.0 * exponential(dice);
        opportunities.push(Opportunity { kind, customer: customer.clone(), at, score });
        at_days += exponential(dice) / per_day;
    }
    opportunities
}

fn until(days: i64) -> Timestamp {
    Timestamp(days * DAY_MS)
}

#[test]
fn rate_and_worth_are_found_again_in_a_log() {
    // For exponential scores that come at a rate, the last contact is worth their mean by ln(1 + how many are expected).
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let log: Vec<_> =
        (0..1_200).flat_map(|name| arriving(name, Some(ProfileType::Browser), 0.5, 60.0, &mut dice)).collect();
    let table = learn_bids(&log, until(60)).unwrap();
    for hours in [4_u16, 24, 72, 168, 720] {
        let known = 100.0 * libm::log1p(0.5 * f64::from(hours) / 24.0);
        let found = table.price(Some(ProfileType::Browser), 1, f64::from(hours));
        assert!((found / known - 1.0).abs() < 0.08, "{hours}: {found}, not {known}");
        let unknown = table.price(None, 1, f64::from(hours));
        assert!((unknown / found - 1.0).abs() < 0.05, "of a type without a log all are taken: {unknown}");
    }
    assert_eq!(table.learnt_from()[4], u32::try_from(log.len()).unwrap());
}

#[test]
fn a_type_is_priced_by_its_own_log_as_far_as_it_has_one() {
    let mut dice = ChaCha8Rng::seed_from_u64(11);
    let mut log: Vec<_> =
        (0..300).flat_map(|name| arriving(name, Some(ProfileType::BigBuyer), 1.0, 30.0, &mut dice)).collect();
    log.extend((300..900).flat_map(|name| arriving(name, Some(ProfileType::Express), 0.05, 30.0, &mut dice)));
    let one = arriving(900, Some(ProfileType::Lapsing), 0.05, 30.0, &mut dice);
    log.extend(one.into_iter().take(1));
    let table = learn_bids(&log, until(30)).unwrap();
    let price = |kind| table.price(Some(kind), 1, 24.0);
    let (often, seldom) = (price(ProfileType::BigBuyer), price(ProfileType::Express));
    assert!(often > 4.0 * seldom, "{often} and {seldom}");
    let pooled = table.price(None, 1, 24.0);
    assert!((price(ProfileType::Lapsing) / pooled - 1.0).abs() < 0.1, "one opportunity tells little");
}

#[test]
fn who_is_offered_little_is_not_taken_for_somebody_who_will_be_offered_much() {
    // Half of them are only ever offered what is worth 10, the others what is worth 1,000, in the same stores and at the same rate.
    let mut dice = ChaCha8Rng::seed_from_u64(29);
    let mut log = Vec::new();
    for name in 0..400 {
        let worth = if name % 2 == 0 { 10.0 } else { 1_000.0 };
        let arrived = arriving(name, None, 1.0, 30.0, &mut dice);
        log.extend(arrived.into_iter().map(|one| Opportunity { score: worth, ..one }));
    }
    let price = learn_bids(&log, until(30)).unwrap().price(None, 1, 24.0);
    assert!(price < 10.0, "passed over, what is worth 10 is followed by no better: {price}");
}

#[test]
fn nothing_is_learnt_from_nothing_and_the_order_of_the_log_does_not_matter() {
    let zero = BidTable::of([0; BidTable::TYPES], |_, _, _| 0.0).unwrap();
    assert_eq!(learn_bids(&[], until(30)).unwrap().encode(), zero.encode());
    let mut dice = ChaCha8Rng::seed_from_u64(17);
    let mut log: Vec<_> = (0..50).flat_map(|name| arriving(name, None, 1.0, 30.0, &mut dice)).collect();
    log[0].score = f64::NAN;
    let learnt = learn_bids(&log, until(30)).unwrap().encode();
    log.reverse();
    assert_eq!(learn_bids(&log, until(30)).unwrap().encode(), learnt);
}

/// At most so many contacts in so many hours.
type Limits = &'static [(usize, i64)];

/// What somebody's contacts come to under rolling caps: worth and number. Each is spent on what is worth more than its price.
fn played(opportunities: &[Opportunity], caps: Limits, table: Option<&BidTable>) -> (f64, u32) {
    let (mut spent, mut worth) = (Vec::<Timestamp>::new(), 0.0);
    for Opportunity { kind, at, score, .. } in opportunities {
        let score = *score;
        let mut price: Option<f64> = Some(0.0);
        for (most, hours) in caps {
            let counted: Vec<_> = spent.iter().filter(|when| at.since_ms(**when) < hours * HOUR_MS).collect();
            let free_at = counted.first().map_or(at.0, |first| first.0) + hours * HOUR_MS;
            let left = u16::try_from(most.saturating_sub(counted.len())).unwrap();
            #[expect(clippy::cast_precision_loss, reason = "a few days in milliseconds")]
            let to_go = (free_at - at.0) as f64 / 3_600_000.0;
            let at_cap = table.map_or(0.0, |table| table.price(*kind, left, to_go));
            price = price.filter(|_| left > 0).map(|price| price.max(at_cap));
        }
        if price.is_some_and(|price| score > price) {
            worth += score;
            spent.push(*at);
        }
    }
    (worth, u32::try_from(spent.len()).unwrap())
}

/// What prices earn beside greed.
struct Beside {
    gain: Estimate,
    greedy: f64,
    messages: (u32, u32),
}

/// The same customers with prices and without.
fn beside_greed(customers: &[Vec<Opportunity>], caps: Limits, table: &BidTable) -> Beside {
    let play = |table: Option<&BidTable>| customers.iter().map(|of| played(of, caps, table)).collect::<Vec<_>>();
    let (greedy, priced) = (play(None), play(Some(table)));
    let gains: Vec<f64> = priced.iter().zip(&greedy).map(|(with, without)| with.0 - without.0).collect();
    let sent = |of: &[(f64, u32)]| of.iter().map(|(_, messages)| messages).sum();
    let worth = greedy.iter().map(|(worth, _)| worth).sum::<f64>();
    Beside { gain: paired(&gains, 1), greedy: worth / count(greedy.len()), messages: (sent(&priced), sent(&greedy)) }
}

/// Four hundred people of two kinds, for thirty days; the second four hundred are not learnt from.
fn population(per_day: [f64; 2], dice: &mut ChaCha8Rng) -> (BidTable, Vec<Vec<Opportunity>>) {
    let kinds = [ProfileType::BigBuyer, ProfileType::Browser];
    let mut people: Vec<_> =
        (0..800).map(|name| arriving(name, Some(kinds[name % 2]), per_day[name % 2], 30.0, dice)).collect();
    let unseen = people.split_off(400);
    (learn_bids(&people.concat(), until(30)).unwrap(), unseen)
}

#[test]
fn where_attention_is_scarce_prices_earn_more_than_greed_with_fewer_messages() {
    let mut dice = ChaCha8Rng::seed_from_u64(19);
    for (caps, least) in [(&[(1, 24), (3, 168)][..], 0.3), (&[(1, 168)][..], 0.3), (&[(3, 168)][..], 0.2)] {
        let (table, unseen) = population([1.5, 0.6], &mut dice);
        let Beside { gain: Estimate { value: mean, low, high }, greedy, messages } =
            beside_greed(&unseen, caps, &table);
        println!("{caps:?}: {greedy:.0} a customer, {mean:+.0} [{low:+.0}, {high:+.0}] with {messages:?} messages");
        assert!(low > 0.0 && mean > least * greedy, "{mean} [{low}, {high}] on {greedy}");
        assert!(messages.0 <= messages.1, "{messages:?}");
    }
}

#[test]
fn where_no_cap_binds_a_contact_costs_next_to_nothing() {
    let mut dice = ChaCha8Rng::seed_from_u64(23);
    let (table, unseen) = population([0.02, 0.05], &mut dice);
    let price = table.price(Some(ProfileType::Browser), 3, 168.0);
    assert!(price < 1.0, "of 100 on average: {price}");
    let Beside { gain: Estimate { value: mean, .. }, greedy, messages } = beside_greed(&unseen, &[(3, 168)], &table);
    assert!(mean.abs() < 0.005 * greedy, "{mean} of {greedy}");
    assert!(messages.1 - messages.0 <= messages.1 / 50, "{messages:?}");
}
