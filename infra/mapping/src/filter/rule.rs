//! One rule of a list: what the values at a field must be.

use serde_json::{Number, Value};

use super::FilterError;

/// A rule. All but [`Rule::Exists`] need one value that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// This string, number, boolean or null. Numbers are compared as they are written: 300 and 300.0 differ.
    Equals(Value),
    EqualsIgnoreCase(String),
    Prefix(String),
    Suffix(String),
    /// A value that none of these fits.
    AnythingBut(Vec<Rule>),
    /// A number within these bounds.
    Numeric(Vec<(Comparison, Number)>),
    /// Whether the field has a value, null included; an object is none.
    Exists(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Rule {
    pub(super) fn parse(json: &Value) -> Result<Self, FilterError> {
        let object = match json {
            Value::Object(object) => object,
            Value::Array(_) => return Err(FilterError::new(format!("`{json}` is a list within a list of rules"))),
            value => return Ok(Self::Equals(value.clone())),
        };
        let mut fields = object.iter();
        let (Some((operator, operand)), None) = (fields.next(), fields.next()) else {
            return Err(FilterError::new(format!("`{json}` must have one operator")));
        };
        let text = || {
            let reason = || FilterError::new(format!("`{operator}` needs a string, not `{operand}`"));
            operand.as_str().map(str::to_owned).ok_or_else(reason)
        };
        match operator.as_str() {
            "exists" => match operand {
                Value::Bool(exists) => Ok(Self::Exists(*exists)),
                _ => Err(FilterError::new(format!("`exists` needs true or false, not `{operand}`"))),
            },
            "prefix" => Ok(Self::Prefix(text()?)),
            "suffix" => Ok(Self::Suffix(text()?)),
            "equals-ignore-case" => Ok(Self::EqualsIgnoreCase(text()?.to_lowercase())),
            "numeric" => numeric(operand),
            "anything-but" => anything_but(operand),
            _ => Err(FilterError::new(format!(
                "`{operator}` is not an operator: those are prefix, suffix, equals-ignore-case, anything-but, numeric \
                 and exists"
            ))),
        }
    }

    pub(super) fn matches(&self, leaves: &[&Value]) -> bool {
        match self {
            Self::Exists(exists) => leaves.is_empty() != *exists,
            rule => leaves.iter().any(|leaf| rule.fits(leaf)),
        }
    }

    fn fits(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Equals(expected) => expected == value,
            Self::EqualsIgnoreCase(lower) => text.is_some_and(|text| text.to_lowercase() == *lower),
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix)),
            Self::AnythingBut(rules) => !rules.iter().any(|rule| rule.fits(value)),
            Self::Numeric(bounds) => {
                value.as_f64().is_some_and(|value| bounds.iter().all(|(how, bound)| how.holds(value, bound)))
            }
            Self::Exists(exists) => *exists,
        }
    }
}

/// One value, a list of strings and numbers, or one or more of a prefix, a suffix or a string in any case.
fn anything_but(operand: &Value) -> Result<Rule, FilterError> {
    let wrong = || FilterError::new(format!("`anything-but` needs strings, numbers or one operator, not `{operand}`"));
    let rules = match operand {
        Value::String(_) | Value::Number(_) => vec![Rule::Equals(operand.clone())],
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| item.is_string() || item.is_number()) => {
            items.iter().cloned().map(Rule::Equals).collect()
        }
        Value::Object(object) if object.len() == 1 => {
            let (operator, operand) = object.iter().next().ok_or_else(wrong)?;
            if !["prefix", "suffix", "equals-ignore-case"].contains(&operator.as_str()) {
                return Err(wrong());
            }
            let one = |operand: &Value| {
                Rule::parse(&Value::Object([(operator.clone(), operand.clone())].into_iter().collect()))
            };
            match operand {
                Value::Array(items) if !items.is_empty() => items.iter().map(one).collect::<Result<_, _>>()?,
                operand => vec![one(operand)?],
            }
        }
        _ => return Err(wrong()),
    };
    Ok(Rule::AnythingBut(rules))
}

/// One or two comparisons in a row: `[">", 10, "<=", 20]`.
fn numeric(operand: &Value) -> Result<Rule, FilterError> {
    let wrong = || {
        let reason = format!("`numeric` needs one or two of =, <, <=, >, >= with a number each, not `{operand}`");
        FilterError::new(reason)
    };
    let items = operand.as_array().filter(|items| [2, 4].contains(&items.len())).ok_or_else(wrong)?;
    let bounds = items.chunks(2).map(|pair| match pair {
        [Value::String(operator), Value::Number(bound)] => Some((Comparison::parse(operator)?, bound.clone())),
        _ => None,
    });
    Ok(Rule::Numeric(bounds.collect::<Option<_>>().ok_or_else(wrong)?))
}

impl Comparison {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "=" => Some(Self::Equal),
            "<" => Some(Self::Less),
            "<=" => Some(Self::LessOrEqual),
            ">" => Some(Self::Greater),
            ">=" => Some(Self::GreaterOrEqual),
            _ => None,
        }
    }

    fn holds(self, value: f64, bound: &Number) -> bool {
        let Some(order) = bound.as_f64().and_then(|bound| value.partial_cmp(&bound)) else {
            return false;
        };
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}
