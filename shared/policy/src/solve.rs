//! Whether rules can hold together, decided exactly: each slot has a set of values, and rules are unions and intersections of such sets.

mod domain;
mod order;
mod values;

use std::collections::BTreeMap;

use tact_decide::{Rule, Slot};
use tact_domain::Key;

pub use domain::Domains;
use values::Values;

/// How many combinations of alternatives are looked at before giving up.
const MOST: usize = 4_096;

/// Whether rules can hold together.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Never.
    Never,
    /// When the slots in these places hold these values, in the order of their places; the others are not looked at.
    Example(Vec<(u16, ExampleValue)>),
    /// There are too many combinations to tell.
    Undecided,
}

/// What a slot holds in an example.
#[derive(Clone, Debug, PartialEq)]
pub enum ExampleValue {
    /// A number, money in minor units, or a flag as 0 or 1.
    Number(f64),
    /// A text.
    Text(Key),
}

/// Whether rules over some slots can all hold at once. Counts of longer windows are at least those of shorter ones; otherwise slots are taken as
/// independent of each other: `Never` is certain, while an example may need a profile that nobody has. Without rules, the empty example.
pub fn satisfiable(rules: &[&Rule], slots: &[Slot], domains: &Domains) -> Answer {
    let begin = State { left: rules.iter().map(|rule| (*rule, true)).collect(), sets: BTreeMap::new() };
    let mut open = vec![begin];
    for _ in 0..MOST {
        let Some(state) = open.pop() else { return Answer::Never };
        match state.settle(&|place| domains.of_slot(slots.get(usize::from(place)))) {
            Settled::Contradictory => {}
            Settled::Holds(sets) => {
                if let Some(example) = order::least(&sets, slots) {
                    return Answer::Example(example);
                }
            }
            Settled::Either(states) => open.extend(states.into_iter().rev()),
        }
    }
    if open.is_empty() { Answer::Never } else { Answer::Undecided }
}

/// Rules that must hold, or must not, and what is known of the slots by now.
#[derive(Clone)]
struct State<'r> {
    left: Vec<(&'r Rule, bool)>,
    sets: BTreeMap<u16, Values>,
}

enum Settled<'r> {
    Contradictory,
    Holds(BTreeMap<u16, Values>),
    Either(Vec<State<'r>>),
}

impl<'r> State<'r> {
    /// Takes up everything that leaves no choice, and then the first choice.
    fn settle(mut self, domain: &impl Fn(u16) -> Values) -> Settled<'r> {
        let mut choices: Vec<(&'r Rule, bool)> = Vec::new();
        while let Some((rule, holds)) = self.left.pop() {
            if let Some((place, set)) = set(rule, holds, domain) {
                let known = self.sets.remove(&place).unwrap_or_else(|| domain(place));
                let both = known.and(&set);
                if both.is_empty() {
                    return Settled::Contradictory;
                }
                self.sets.insert(place, both);
                continue;
            }
            match (rule, holds) {
                (Rule::Not(inner), _) => self.left.push((inner, !holds)),
                (Rule::All(rules), true) | (Rule::Any(rules), false) => {
                    self.left.extend(rules.iter().map(|rule| (rule, holds)));
                }
                _ => choices.push((rule, holds)),
            }
        }
        let Some((choice, holds)) = choices.pop() else { return Settled::Holds(self.sets) };
        self.left = choices;
        Settled::Either(parts(choice).iter().map(|rule| self.with(rule, holds)).collect())
    }

    fn with(&self, rule: &'r Rule, holds: bool) -> Self {
        let mut state = self.clone();
        state.left.push((rule, holds));
        state
    }
}

/// The rules that a rule joins.
fn parts(rule: &Rule) -> &[Rule] {
    match rule {
        Rule::All(rules) | Rule::Any(rules) => rules,
        Rule::Not(inner) => std::slice::from_ref(inner),
        Rule::Is(_) => &[],
    }
}

/// The values for which a rule holds, or does not, when it looks at one slot only; `None` when it looks at several, or at none.
fn set(rule: &Rule, holds: bool, domain: &impl Fn(u16) -> Values) -> Option<(u16, Values)> {
    match rule {
        Rule::Is(criterion) => {
            let domain = domain(criterion.slot);
            let set = if holds { domain.passing(&criterion.test) } else { domain.failing(&criterion.test) };
            Some((criterion.slot, set))
        }
        Rule::Not(inner) => set(inner, !holds, domain),
        Rule::All(rules) | Rule::Any(rules) => {
            let all = matches!(rule, Rule::All(_)) == holds;
            let mut sets = rules.iter().map(|rule| set(rule, holds, domain));
            let first = sets.next()??;
            sets.try_fold(first, |(place, known), next| {
                let (other, next) = next?;
                let joined = if all { known.and(&next) } else { known.or(&next) };
                (place == other).then_some((place, joined))
            })
        }
    }
}

#[cfg(test)]
mod tests;
