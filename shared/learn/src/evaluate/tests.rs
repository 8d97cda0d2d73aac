//! Estimates against plain recomputation, against what they must be by their definition, and against a truth that is planted.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const ACTIONS: [&str; 4] = ["a", "b", "c", "d"];
const POSITIONS: [&str; 2] = ["1", "2"];

fn policy(probabilities: [[f64; 4]; 2]) -> Policy {
    let entries = POSITIONS.iter().zip(probabilities).flat_map(|(position, probabilities)| {
        ACTIONS.iter().zip(probabilities).map(|(action, p)| ((*action).to_owned(), (*position).to_owned(), p))
    });
    Policy::new(entries).unwrap()
}

/// Probabilities in the ratio of some numbers.
fn normalised(ratio: [[f64; 4]; 2]) -> [[f64; 4]; 2] {
    ratio.map(|row| row.map(|part| part / row.iter().sum::<f64>()))
}

fn plain(log: &[Impression<'_>], policy: &Policy) -> Evaluation {
    estimate(log, policy, &Tallies::of(log), 1.0)
}

/// Impressions of a policy, and rewards of 0 or 1 with the rates of the actions.
fn played(seed: u64, n: usize, by: &[[f64; 4]; 2], rates: &[[f64; 4]; 2]) -> Vec<Impression<'static>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let impression = |nth: usize| {
        let place = nth % 2;
        let drawn: f64 = rng.random();
        let mut below = 0.0;
        let action = by[place].iter().position(|p| {
            below += p;
            drawn < below
        });
        let action = action.unwrap_or(3);
        let reward = f64::from(u8::from(rng.random::<f64>() < rates[place][action]));
        Impression {
            action: ACTIONS[action],
            position: POSITIONS[place],
            propensity: by[place][action],
            reward,
            line: nth as u64 + 2,
        }
    };
    (0..n).map(impression).collect()
}

fn impressions() -> impl Strategy<Value = Vec<Impression<'static>>> {
    let one = (0..4_usize, 0..2_usize, 0.01..1.0_f64, -2.0..3.0_f64);
    prop::collection::vec(one, 1..80).prop_map(|all| {
        let impression = |(action, place, propensity, reward): (usize, usize, f64, f64)| Impression {
            action: ACTIONS[action],
            position: POSITIONS[place],
            propensity,
            reward,
            line: 0,
        };
        all.into_iter().map(impression).collect()
    })
}

fn policies() -> impl Strategy<Value = [[f64; 4]; 2]> {
    prop::array::uniform2(prop::array::uniform4(0.01..1.0_f64)).prop_map(normalised)
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

#[test]
fn a_log_of_four_impressions_is_evaluated_as_by_hand() {
    let impression = |action, propensity, reward| Impression { action, position: "", propensity, reward, line: 2 };
    let log =
        [impression("a", 0.5, 1.0), impression("a", 0.5, 0.0), impression("b", 0.25, 1.0), impression("c", 0.25, 0.0)];
    let entries = [("a", 0.25), ("b", 0.5), ("c", 0.25)];
    let policy = Policy::new(entries.map(|(action, p)| (action.to_owned(), String::new(), p))).unwrap();
    let found = plain(&log, &policy);
    // Weights 1/2, 1/2, 2, 1: the rewarded ones sum to 2.5, all to 4, their squares to 5.5.
    assert!(near(found.ipw.value, 2.5 / 4.0) && near(found.snipw.value, 2.5 / 4.0) && near(found.ess, 16.0 / 5.5));
    // Means smoothed by ten impressions of 0.5: a (1 + 5) / 12, b (1 + 5) / 11, c 5 / 11.
    let (a, b, c) = (0.5, 6.0 / 11.0, 5.0 / 11.0);
    let direct = 0.25 * a + 0.5 * b + 0.25 * c;
    assert!(near(found.dm.value, direct));
    assert!(near(found.dr.value, direct + (0.5 * (1.0 - a) - 0.5 * a + 2.0 * (1.0 - b) - c) / 4.0));
    // Squares of 1/2, 0, 2 and 0 less 0.625 sum to 2.687 5; over 4 * 3 their root is 0.473 242.
    let error = (2.687_5_f64 / 12.0).sqrt();
    assert!(near(found.ipw.low.max(0.0), (0.625 - 1.959_963_984_540_054 * error).max(0.0)));
    assert!((found.ipw.high - 1.0).abs() < 1e-12, "a rate is at most 1");
}

proptest! {
    /// Where the policy is the one that logged, every impression counts once.
    #[test]
    fn the_policy_that_logged_is_worth_the_mean_reward(mut log in impressions(), by in policies()) {
        let same = policy(by);
        for impression in &mut log {
            impression.propensity = same.probability(impression.action, impression.position);
        }
        let found = plain(&log, &same);
        let mean = log.iter().map(|impression| impression.reward).sum::<f64>() / count(log.len());
        prop_assert!(near(found.ipw.value, mean) && near(found.snipw.value, mean) && near(found.ess, count(log.len())));
    }

    #[test]
    fn the_self_normalised_value_does_not_depend_on_the_scale_of_propensities(log in impressions(), by in policies(), scale in 0.1..1.0_f64) {
        let scaled: Vec<_> = log.iter().map(|one| Impression { propensity: one.propensity * scale, ..*one }).collect();
        let (one, other) = (plain(&log, &policy(by)), plain(&scaled, &policy(by)));
        prop_assert!(near(one.snipw.value, other.snipw.value) && near(one.ess, other.ess));
        prop_assert!(near(one.ipw.value, scale * other.ipw.value));
    }

    /// A constant reward is known exactly, smoothed or not.
    #[test]
    fn where_the_means_are_perfect_the_doubly_robust_value_is_the_direct_one(mut log in impressions(), by in policies(), reward in -3.0..3.0_f64) {
        for impression in &mut log {
            impression.reward = reward;
        }
        let found = plain(&log, &policy(by));
        prop_assert!(near(found.dr.value, found.dm.value) && near(found.dm.value, reward) && near(found.snipw.value, reward));
        prop_assert!(near(found.dr.low, found.dr.high));
    }

    /// The definitions, written once more without shared parts.
    #[test]
    fn estimates_are_those_of_a_plain_computation(log in impressions(), by in policies()) {
        let policy = policy(by);
        let n = count(log.len());
        let overall = log.iter().map(|one| one.reward).sum::<f64>() / n;
        let q = |action: &str, position: &str| {
            let of_pair = || log.iter().filter(|one| one.action == action && one.position == position);
            (of_pair().map(|one| one.reward).sum::<f64>() + 10.0 * overall) / (count(of_pair().count()) + 10.0)
        };
        let (mut ipw, mut weights, mut squares, mut dm, mut dr) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for one in &log {
            let w = policy.probability(one.action, one.position) / one.propensity;
            let direct: f64 = ACTIONS.iter().map(|a| policy.probability(a, one.position) * q(a, one.position)).sum();
            ipw += w * one.reward;
            weights += w;
            squares += w * w;
            dm += direct;
            dr += direct + w * (one.reward - q(one.action, one.position));
        }
        let found = plain(&log, &policy);
        prop_assert!(near(found.ipw.value, ipw / n) && near(found.snipw.value, ipw / weights));
        prop_assert!(near(found.dm.value, dm / n) && near(found.dr.value, dr / n) && near(found.ess, weights * weights / squares));
    }
}

#[test]
fn intervals_hold_the_planted_value_about_as_often_as_they_say() {
    let by = normalised([[4.0, 3.0, 2.0, 1.0], [1.0, 1.0, 1.0, 1.0]]);
    let wanted = normalised([[1.0, 2.0, 3.0, 4.0], [3.0, 1.0, 1.0, 1.0]]);
    let rates = [[0.1, 0.2, 0.3, 0.4], [0.5, 0.1, 0.2, 0.1]];
    let at = |place: usize| wanted[place].iter().zip(rates[place]).map(|(p, rate)| p * rate).sum::<f64>() / 2.0;
    let truth = at(0) + at(1);
    // Not the direct method: its smoothing moves it towards the mean, which its interval does not know.
    let mut held = [0_u32; 3];
    for seed in 0..400 {
        let found = Evaluation::of(&played(seed, 1_000, &by, &rates), &policy(wanted)).unwrap();
        for (held, estimate) in held.iter_mut().zip([found.ipw, found.snipw, found.dr]) {
            *held += u32::from(estimate.holds(truth));
        }
        assert!(near(found.support, 1.0));
    }
    // 95 % of 400 are 380, give or take 4.4 for chance.
    assert!(held.iter().all(|held| (366..=394).contains(held)), "{held:?}");
}

#[test]
fn a_gain_is_found_where_one_is_planted_and_not_where_none_is() {
    let by = [[0.25; 4]; 2];
    let better = normalised([[1.0, 1.0, 1.0, 7.0]; 2]);
    let gains = |rates: [[f64; 4]; 2]| {
        let found = |seed| Evaluation::of(&played(seed, 2_000, &by, &rates), &policy(better)).unwrap();
        (0..200).map(found).filter(|found| found.ranks && found.gain.value > 0.0).count()
    };
    assert!(gains([[0.05, 0.05, 0.05, 0.15]; 2]) > 190);
    assert!(gains([[0.1; 4]; 2]) < 15);
}

#[test]
fn what_a_log_cannot_tell_is_refused() {
    let by = normalised([[100.0, 100.0, 100.0, 1.0]; 2]);
    let rates = [[0.2; 4]; 2];
    let log = played(1, 2_000, &by, &rates);
    let rare = policy([[0.5, 0.0, 0.0, 0.5]; 2]);
    let said = Evaluation::of(&log, &rare).unwrap_err().to_string();
    assert!(
        said.starts_with("no common support: 50.0 % of what the policy would show") && said.contains("`d` at position"),
        "{said}"
    );
    let unseen = Policy::new([("z".to_owned(), String::new(), 1.0)]).unwrap();
    assert!(matches!(Evaluation::of(&log, &unseen), Err(Refusal::NoSupport { share, .. }) if near(share, 1.0)));
    let elsewhere = Policy::new([("a".to_owned(), "1".to_owned(), 1.0)]).unwrap();
    assert_eq!(Evaluation::of(&log, &elsewhere).unwrap_err(), Refusal::NoPosition { position: "2".to_owned() });
    assert_eq!(Evaluation::of(&[], &rare).unwrap_err(), Refusal::Empty);
    let halves = [[0.5, 0.5, 0.0, 0.0]; 2];
    let few = played(1, 25, &halves, &rates);
    assert!(matches!(Evaluation::of(&few, &policy(halves)), Err(Refusal::FewEffective { impressions: 25, .. })));
    let unrewarded = played(1, 2_000, &by, &[[0.0; 4]; 2]);
    assert!(matches!(Evaluation::of(&unrewarded, &policy(by)), Err(Refusal::FewRewarded { .. })));
}

#[test]
fn what_is_no_propensity_or_reward_is_refused_with_its_line() {
    let log = played(1, 100, &[[0.25; 4]; 2], &[[0.5; 4]; 2]);
    for propensity in [0.0, -0.1, 1.000_1, f64::NAN, f64::INFINITY] {
        let mut wrong = log.clone();
        wrong[7].propensity = propensity;
        let said = Evaluation::of(&wrong, &policy([[0.25; 4]; 2])).unwrap_err().to_string();
        assert!(said.contains("in line 9 of the log is not above 0 and at most 1"), "{said}");
    }
    let mut wrong = log;
    wrong[7].reward = f64::NAN;
    assert_eq!(Evaluation::of(&wrong, &policy([[0.25; 4]; 2])).unwrap_err(), Refusal::Reward { line: 9 });
}
