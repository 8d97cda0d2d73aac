//! The shape of a pattern: fields within fields down to lists of rules.

use serde_json::{Map, Value};

use super::FilterError;
use super::rule::Rule;

/// Fields that must all match, and groups of alternatives (`$or`) of which each needs one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    fields: Vec<(String, Field)>,
    alternatives: Vec<Vec<Pattern>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Nested(Pattern),
    Rules(Vec<Rule>),
}

impl Pattern {
    pub(super) fn parse(json: &Value) -> Result<Self, FilterError> {
        let Value::Object(object) = json else {
            return Err(FilterError::new(format!("`{json}` is not an object of fields")));
        };
        Self::of(object)
    }

    fn of(object: &Map<String, Value>) -> Result<Self, FilterError> {
        if object.is_empty() {
            return Err(FilterError::new("an object without fields matches nothing in particular: leave it out"));
        }
        let mut pattern = Self::default();
        for (name, value) in object {
            match (name.as_str(), value) {
                ("$or", Value::Array(items)) if items.len() > 1 => {
                    let group: Result<_, _> = items.iter().map(Self::parse).collect();
                    pattern.alternatives.push(group?);
                }
                ("$or", _) => return Err(FilterError::new("`$or` must be a list of at least two objects")),
                (_, Value::Object(nested)) => {
                    pattern.fields.push((name.clone(), Field::Nested(Self::of(nested)?)));
                }
                (_, Value::Array(rules)) if !rules.is_empty() => {
                    let rules: Result<_, _> = rules.iter().map(Rule::parse).collect();
                    pattern.fields.push((name.clone(), Field::Rules(rules?)));
                }
                _ => {
                    let reason = format!("`{name}` must be an object of fields or a list of at least one rule");
                    return Err(FilterError::new(reason));
                }
            }
        }
        Ok(pattern)
    }

    /// The names of its outermost fields, those of its alternatives with them.
    pub(super) fn outermost(&self) -> Vec<&str> {
        let own = self.fields.iter().map(|(name, _)| name.as_str());
        own.chain(self.alternatives.iter().flatten().flat_map(Self::outermost)).collect()
    }

    /// Whether an outermost field of this name is a list of rules.
    pub(super) fn has_rules_at(&self, name: &str) -> bool {
        let own = self.fields.iter().any(|(field, value)| field == name && matches!(value, Field::Rules(_)));
        own || self.alternatives.iter().flatten().any(|pattern| pattern.has_rules_at(name))
    }

    /// Whether a value has the shape. Of a list, one element must have it; what is no object has no fields.
    pub(super) fn matches(&self, value: &Value) -> bool {
        match value {
            Value::Array(items) if !items.is_empty() => items.iter().any(|item| self.matches(item)),
            Value::Object(object) => self.matches_fields(|name| object.get(name)),
            _ => self.matches_fields(|_| None),
        }
    }

    fn matches_fields<'a>(&self, value_of: impl Fn(&str) -> Option<&'a Value> + Copy) -> bool {
        let fields = self.fields.iter().all(|(name, field)| match field {
            Field::Nested(pattern) => pattern.matches(value_of(name).unwrap_or(&Value::Null)),
            Field::Rules(rules) => {
                let leaves = value_of(name).map(leaves).unwrap_or_default();
                rules.iter().any(|rule| rule.matches(&leaves))
            }
        });
        fields && self.alternatives.iter().all(|group| group.iter().any(|pattern| pattern.matches_fields(value_of)))
    }
}

/// The values at a field that rules speak of: itself, or those in its lists; objects have fields of their own instead.
fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(_) => Vec::new(),
        leaf => vec![leaf],
    }
}
