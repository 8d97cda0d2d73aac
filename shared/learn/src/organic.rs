//! How likely a positive outcome is when nothing is said: counted among the withheld, who are left alone although something would have been said
//! to them, by action and by type of customer.

use std::collections::BTreeMap;
use std::fmt::Write;

use tact_domain::ProfileType;

use crate::proportion::{Estimate, Share};

/// One ghost that matured: a customer in the holdout, to whom an action would have been said, once the window of its treatment closed. A customer who is
/// withheld the same action again within the window counts once, as nothing more is learnt from what they did then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence<'a> {
    /// The action that was withheld.
    pub action: &'a str,
    /// The type of the customer then; `None` for who did not agree to be profiled.
    pub kind: Option<ProfileType>,
    /// Whether they did by themselves what the action asks for.
    pub positive: bool,
}

/// How much is believed of what was expected, beside what was counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Believed {
    /// The catalogue's prior counts as so many ghosts beside those of an action.
    pub prior_counts_as: f64,
    /// What is known of the other types counts as so many ghosts beside those of a type.
    pub action_counts_as: f64,
}

impl Default for Believed {
    /// As what is learnt of messages is believed: 200 of an action, 100 of a type.
    fn default() -> Self {
        Self { prior_counts_as: 200.0, action_counts_as: 100.0 }
    }
}

/// A rate as it is to be used, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Organic {
    /// The rate, drawn towards what was expected: 0..1.
    pub rate: f64,
    /// What was counted.
    pub seen: Share,
    /// The share that was counted with its interval (Wilson, 1927).
    pub interval: Estimate,
}

/// The rates of one action.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganicRates {
    /// The action.
    pub action: String,
    /// What the catalogue expected.
    pub prior: f64,
    /// That of everybody.
    pub all: Organic,
    /// Those of the types of which any was withheld, in the order of types.
    pub by_type: Vec<(ProfileType, Organic)>,
}

/// The rates of each action, in name order; `priors` are what the catalogue expects of each, and what is withheld of an action without one is left out. An action of which
/// nothing was withheld keeps its prior.
///
/// With `x` positive of `n` ghosts of an action, `x_t` of `n_t` of a type, the prior `p` and the weights `c`, `d` of `believed`:
/// the rate of everybody is `(x + c p) / (n + c)`, that of a type `(x_t + d r) / (n_t + d)`, where `r = (x - x_t + c p) / (n - n_t + c)` is that of all others. These are
/// posterior means of beta-binomial models, each level the prior of the next; no ghost is counted twice.
pub fn organic_rates(
    silences: &[Silence<'_>],
    priors: &BTreeMap<String, f64>,
    believed: Believed,
) -> Vec<OrganicRates> {
    let mut counted: BTreeMap<&str, BTreeMap<Option<ProfileType>, Share>> = BTreeMap::new();
    for Silence { action, kind, positive } in silences {
        let share = counted.entry(action).or_default().entry(*kind).or_default();
        share.trials += 1.0;
        share.successes += f64::from(u8::from(*positive));
    }
    let none = BTreeMap::new();
    let rates = priors.iter().map(|(action, prior)| {
        let by_kind = counted.get(action.as_str()).unwrap_or(&none);
        let all = by_kind.values().fold(Share::default(), |sum, share| plus(sum, *share, 1.0));
        let of_type = |kind: ProfileType| {
            let own = *by_kind.get(&Some(kind))?;
            let others = shrunk(plus(all, own, -1.0), *prior, believed.prior_counts_as);
            Some((kind, organic(own, others, believed.action_counts_as)))
        };
        OrganicRates {
            action: action.clone(),
            prior: *prior,
            all: organic(all, *prior, believed.prior_counts_as),
            by_type: ProfileType::ALL.into_iter().filter_map(of_type).collect(),
        }
    });
    rates.collect()
}

impl OrganicRates {
    /// What an action's file says of it: `organic`, and the table `[organic_by_type]`, to four digits. The table goes below the keys of the action.
    pub fn toml(&self) -> (String, String) {
        let mut table = String::new();
        for (kind, organic) in &self.by_type {
            let Share { successes, trials } = organic.seen;
            let (name, rate) = (kind.name(), organic.rate);
            let _in_memory = writeln!(table, "{name} = {rate:.4}    # {successes:.0} of {trials:.0} ghosts");
        }
        let table = if table.is_empty() { table } else { format!("[organic_by_type]\n{table}") };
        let Share { successes, trials } = self.all.seen;
        (format!("organic = {:.4}    # {successes:.0} of {trials:.0} ghosts\n", self.all.rate), table)
    }
}

fn organic(seen: Share, expected: f64, counts_as: f64) -> Organic {
    Organic { rate: shrunk(seen, expected, counts_as), seen, interval: seen.wilson() }
}

/// A share drawn towards what was expected; what was expected when neither counts.
fn shrunk(seen: Share, expected: f64, counts_as: f64) -> f64 {
    let weight = seen.trials + counts_as;
    if weight > 0.0 { (seen.successes + counts_as * expected) / weight } else { expected }
}

fn plus(sum: Share, share: Share, sign: f64) -> Share {
    Share::new(sum.successes + sign * share.successes, sum.trials + sign * share.trials)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BELIEVED: Believed = Believed { prior_counts_as: 20.0, action_counts_as: 10.0 };

    fn times(action: &'static str, kind: Option<ProfileType>, positive: usize, of: usize) -> Vec<Silence<'static>> {
        (0..of).map(|nth| Silence { action, kind, positive: nth < positive }).collect()
    }

    fn priors(rate: f64) -> BTreeMap<String, f64> {
        ["coffee", "shoes"].map(|action| (action.to_owned(), rate)).into()
    }

    fn rates(silences: &[Silence<'_>]) -> Vec<OrganicRates> {
        organic_rates(silences, &priors(0.1), BELIEVED)
    }

    #[test]
    fn rates_are_what_they_are_by_hand() {
        let (express, browser) = (Some(ProfileType::Express), Some(ProfileType::Browser));
        let mut silences = times("coffee", express, 30, 50);
        silences.extend(times("coffee", browser, 2, 40));
        silences.extend(times("coffee", None, 1, 10));
        silences.extend(times("unheard", None, 1, 1));
        let [coffee, shoes] = &rates(&silences)[..] else { panic!("two actions") };
        let near = |found: f64, by_hand: f64| assert!((found - by_hand).abs() < 1e-12, "{found} {by_hand}");
        near(coffee.all.rate, (33.0 + 2.0) / 120.0);
        let kinds: Vec<_> = coffee.by_type.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [ProfileType::Express, ProfileType::Browser], "in the order of types, those seen");
        // Of all others 3 of 50: (3 + 2) / 70. Of express 30 of 50: (30 + 10 * 5 / 70) / 60.
        near(coffee.by_type[0].1.rate, (30.0 + 10.0 * 5.0 / 70.0) / 60.0);
        // Of all others 31 of 60: (31 + 2) / 80. Of browsers 2 of 40: (2 + 10 * 33 / 80) / 50.
        near(coffee.by_type[1].1.rate, (2.0 + 10.0 * 33.0 / 80.0) / 50.0);
        assert!(coffee.by_type[0].1.interval.holds(0.6) && coffee.by_type[0].1.interval.low > 0.45);
        assert_eq!((shoes.all.rate.to_bits(), shoes.by_type.len()), (0.1_f64.to_bits(), 0), "its prior");
        let (organic, table) = coffee.toml();
        assert_eq!(organic, "organic = 0.2917    # 33 of 100 ghosts\n");
        assert_eq!(
            table,
            "[organic_by_type]\nexpress = 0.5119    # 30 of 50 ghosts\nbrowser = 0.1225    # 2 of 40 ghosts\n"
        );
        assert_eq!(shoes.toml().1, "");
    }

    #[test]
    fn many_ghosts_overrule_what_was_expected_and_few_hardly_move_it() {
        let of = |n: usize| rates(&times("coffee", Some(ProfileType::Lapsing), n * 4 / 10, n))[0].by_type[0].1.rate;
        assert!((of(50_000) - 0.4).abs() < 1e-3 && (of(5) - 0.1).abs() < 0.11, "{} {}", of(50_000), of(5));
        let nothing = Believed { prior_counts_as: 0.0, action_counts_as: 0.0 };
        let plain = organic_rates(&times("coffee", None, 1, 4), &priors(0.1), nothing);
        assert!((plain[0].all.rate - 0.25).abs() < 1e-12 && (plain[1].all.rate - 0.1).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn every_rate_is_a_probability_between_what_was_expected_and_what_was_counted(
            counts in prop::collection::vec((0_usize..30, 0_usize..30), 5),
            prior in 0.0..=1.0_f64,
        ) {
            let mut silences = Vec::new();
            for (kind, (positive, more)) in ProfileType::ALL.into_iter().zip(&counts) {
                silences.extend(times("coffee", Some(kind), *positive, positive + more));
            }
            let found = organic_rates(&silences, &priors(prior), BELIEVED);
            let shares: Vec<f64> = found[0].by_type.iter().map(|(_, organic)| organic.seen.rate()).collect();
            let least = shares.iter().copied().fold(prior, f64::min) - 1e-9;
            let most = shares.iter().copied().fold(prior, f64::max) + 1e-9;
            for (_, organic) in &found[0].by_type {
                prop_assert!((least..=most).contains(&organic.rate), "{:?}", organic);
            }
            silences.reverse();
            prop_assert_eq!(organic_rates(&silences, &priors(prior), BELIEVED), found);
        }
    }
}
