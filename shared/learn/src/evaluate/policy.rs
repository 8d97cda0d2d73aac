//! What a policy does at each position.

use std::collections::BTreeMap;

use super::Refusal;

/// How far the probabilities of a position may be from 1 together: what rounding them to a few digits does.
const ROUNDING: f64 = 1e-3;

/// A policy that knows the position and nothing else: how probable each action is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    positions: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Policy {
    /// A policy of (action, position, probability). When no entry names a position it is the same policy everywhere; an action that is not named has
    /// probability 0.
    ///
    /// # Errors
    /// When there is no entry, some name a position and others do not, an action is named twice at a position, a probability is not from 0 to 1, or
    /// those of a position are further than 0.001 from adding up to 1.
    pub fn new(entries: impl IntoIterator<Item = (String, String, f64)>) -> Result<Self, Refusal> {
        let mut positions: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        for (action, position, probability) in entries {
            if !(0.0..=1.0).contains(&probability) {
                return Err(Refusal::Probability { action, position, probability });
            }
            if positions.entry(position.clone()).or_default().insert(action.clone(), probability).is_some() {
                return Err(Refusal::NamedTwice { action, position });
            }
        }
        if positions.is_empty() {
            return Err(Refusal::NoPolicy);
        }
        if positions.len() > 1 && positions.contains_key("") {
            return Err(Refusal::SomePositions);
        }
        for (position, actions) in &positions {
            let sum: f64 = actions.values().sum();
            if (sum - 1.0).abs() > ROUNDING {
                return Err(Refusal::Sum { position: position.clone(), sum });
            }
        }
        Ok(Self { positions })
    }

    /// How probable an action is at a position; 0 for what the policy does not name.
    pub fn probability(&self, action: &str, position: &str) -> f64 {
        self.at(position).and_then(|actions| actions.get(action)).copied().unwrap_or_default()
    }

    /// Whether it says what it would do at a position.
    pub fn speaks_of(&self, position: &str) -> bool {
        self.at(position).is_some()
    }

    /// The actions at a position with their probabilities, by name; none at one that it does not speak of.
    pub fn actions(&self, position: &str) -> impl Iterator<Item = (&str, f64)> {
        self.at(position).into_iter().flatten().map(|(action, probability)| (action.as_str(), *probability))
    }

    fn at(&self, position: &str) -> Option<&BTreeMap<String, f64>> {
        self.positions.get("").or_else(|| self.positions.get(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(entries: &[(&str, &str, f64)]) -> Result<Policy, String> {
        let entries = entries.iter().map(|(action, position, p)| ((*action).to_owned(), (*position).to_owned(), *p));
        Policy::new(entries).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_policy_without_positions_holds_everywhere() {
        let everywhere = policy(&[("a", "", 0.25), ("b", "", 0.75)]).unwrap();
        assert!(everywhere.speaks_of("7") && (everywhere.probability("b", "7") - 0.75).abs() < 1e-12);
        let placed = policy(&[("a", "1", 1.0), ("a", "2", 0.4), ("b", "2", 0.6)]).unwrap();
        assert!(!placed.speaks_of("7") && placed.probability("b", "1").abs() < 1e-12);
        assert_eq!(placed.actions("2").collect::<Vec<_>>(), [("a", 0.4), ("b", 0.6)]);
        assert_eq!(placed.actions("7").count(), 0);
    }

    #[test]
    fn what_is_no_policy_is_refused_in_one_line() {
        for (entries, said) in [
            (vec![], "the policy has no action"),
            (
                vec![("a", "1", 1.2)],
                "the policy gives `a` at position `1` the probability 1.2, which is not from 0 to 1",
            ),
            (vec![("a", "", f64::NAN)], "the policy gives `a` the probability NaN, which is not from 0 to 1"),
            (vec![("a", "1", 0.5), ("a", "1", 0.5)], "the policy names `a` at position `1` twice"),
            (vec![("a", "", 0.5), ("b", "", 0.4)], "the probabilities of the policy add up to 0.9, not to 1"),
            (
                vec![("a", "3", 1.0), ("a", "4", 0.99)],
                "the probabilities of the policy at position `4` add up to 0.99, not to 1",
            ),
            (vec![("a", "", 1.0), ("a", "4", 1.0)], "the policy names a position for some actions and none for others"),
        ] {
            assert_eq!(policy(&entries).unwrap_err(), said);
        }
    }
}
