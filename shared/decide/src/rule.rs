//! Rules: comparisons of slots with constants, joined by and, or, not, in three-valued logic. What is unknown is not allowed, and says so.

use serde::{Deserialize, Serialize};
use tact_domain::Key;

use crate::{Class, Known};

/// A rule of an action or of its group, with the words its author wrote.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Which question it answers.
    pub stage: Stage,
    /// Whether it holds for the whole group.
    pub of_group: bool,
    /// What its author wrote.
    pub text: String,
    /// What that means.
    pub rule: Rule,
}

/// The questions of an engagement policy, in the order they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// May this customer have it at all?
    Eligibility,
    /// Does it make sense for them at this moment?
    Applicability,
    /// Is it good for them?
    Suitability,
}

impl Stage {
    /// Every question, in the order asked.
    pub const ALL: [Self; 3] = [Self::Eligibility, Self::Applicability, Self::Suitability];

    /// The name used in catalogues, records and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eligibility => "eligibility",
            Self::Applicability => "applicability",
            Self::Suitability => "suitability",
        }
    }
}

/// A rule over the slots of a catalogue. An empty `All` always holds, an empty `Any` never does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// One comparison.
    Is(Criterion),
    /// All of these.
    All(Vec<Rule>),
    /// At least one of these.
    Any(Vec<Rule>),
    /// Not this one.
    Not(Box<Rule>),
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// The place of what is looked at among the slots of the catalogue.
    pub slot: u16,
    /// What it must be.
    pub test: Test,
}

/// What a slot must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// A number from `min` to `max`, both included; an absent end is open. A flag is 0 or 1.
    Range {
        /// The least allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// The most allowed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// One of these texts.
    OneOf(Vec<Key>),
}

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number, or a flag as 0 or 1.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// Not known.
    Unknown,
}

impl Rule {
    /// Whether it holds for an action of a class; `None` when that cannot be told. Something false makes `All` false and something true makes
    /// `Any` true whatever the rest is (Kleene's logic).
    pub fn holds(&self, known: &Known<'_>, class: Class) -> Option<bool> {
        self.holds_of(&|slot| known.value(slot, class))
    }

    /// The same of whatever the slots hold, by their places.
    pub(crate) fn holds_of<'a>(&self, value: &impl Fn(u16) -> Value<'a>) -> Option<bool> {
        match self {
            Self::Is(criterion) => criterion.test.holds(value(criterion.slot)),
            Self::All(rules) => joined(rules, value, false),
            Self::Any(rules) => joined(rules, value, true),
            Self::Not(rule) => rule.holds_of(value).map(|holds| !holds),
        }
    }

    /// Whether it is false for sure where a slot, by its place, is a number, whatever the other slots hold.
    pub fn excludes(&self, place: u16, number: f64) -> bool {
        let value = |slot| if slot == place { Value::Number(number) } else { Value::Unknown };
        self.holds_of(&value) == Some(false)
    }

    /// Whether it looks at a slot that is meant.
    pub(crate) fn looks_at(&self, is_meant: &impl Fn(u16) -> bool) -> bool {
        match self {
            Self::Is(criterion) => is_meant(criterion.slot),
            Self::All(rules) | Self::Any(rules) => rules.iter().any(|rule| rule.looks_at(is_meant)),
            Self::Not(rule) => rule.looks_at(is_meant),
        }
    }

    /// The places of all slots it looks at, as often as it does.
    pub fn slots(&self) -> Vec<u16> {
        match self {
            Self::Is(criterion) => vec![criterion.slot],
            Self::All(rules) | Self::Any(rules) => rules.iter().flat_map(Self::slots).collect(),
            Self::Not(rule) => rule.slots(),
        }
    }
}

/// The first rule that answers `decisive` decides; otherwise one that cannot be told leaves all of it untold.
fn joined<'a>(rules: &[Rule], value: &impl Fn(u16) -> Value<'a>, decisive: bool) -> Option<bool> {
    let mut answer = Some(!decisive);
    for rule in rules {
        match rule.holds_of(value) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => answer = None,
        }
    }
    answer
}

impl Test {
    /// Whether a value passes; `None` for one that is not known or of another type.
    pub fn holds(&self, value: Value<'_>) -> Option<bool> {
        match (value, self) {
            (Value::Number(value), Self::Range { min, max }) => {
                Some(min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max))
            }
            (Value::Text(value), Self::OneOf(allowed)) => Some(allowed.iter().any(|one| one == value)),
            _ => None,
        }
    }
}
