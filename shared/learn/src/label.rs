//! Labels as people write them: two values, of which one is to be predicted.

use std::collections::BTreeSet;

use tact_model::Cell;

/// Pairs of which the first is the positive one, in any capitals.
const PAIRS: [(&str, &str); 8] = [
    ("1", "0"),
    ("1", "-1"),
    ("yes", "no"),
    ("true", "false"),
    ("y", "n"),
    ("t", "f"),
    ("positive", "negative"),
    ("pos", "neg"),
];

/// What the values of a label mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The value that a probability of 1 would mean.
    pub positive: String,
    /// The other values; one, unless the positive one was named by whoever asked.
    pub negative: Vec<String>,
}

/// What is wrong with a label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// A row has none.
    #[error("it is empty")]
    Missing {
        /// The row, counted from 0.
        row: usize,
    },
    /// All rows have the same.
    #[error("it is `{0}` in every row: there is nothing to tell apart")]
    Constant(String),
    /// There are more than two values.
    #[error("it has more than two values, `{0}` among them: name the one to predict by `--positive`")]
    Many(String),
    /// The value to predict is in no row.
    #[error("it is never `{0}`")]
    Never(String),
    /// A value that training did not know.
    #[error("it is `{found}`, which it never was in training")]
    Unknown {
        /// The row, counted from 0.
        row: usize,
        /// What stands there.
        found: String,
    },
}

impl Label {
    /// What the cells of a label mean. Of `1` and `0`, `yes` and `no`, `true` and `false` and their like the first is the positive one; of any two
    /// others it is the greater number, or the later word in the order of letters. When `positive` is named, all other values are negative.
    ///
    /// # Errors
    /// When a cell is missing, all are the same, or there are more than two values and none is named, or the one named is in no row.
    pub fn read<'a>(written: impl Iterator<Item = &'a str>, positive: Option<&str>) -> Result<Self, LabelError> {
        let mut seen = BTreeSet::new();
        for (row, cell) in written.enumerate() {
            let value = value(cell).ok_or(LabelError::Missing { row })?;
            if seen.insert(value) && seen.len() > 2 && positive.is_none() {
                return Err(LabelError::Many(seen.into_iter().take(3).collect::<Vec<_>>().join("`, `")));
            }
        }
        let mut values: Vec<String> = seen.into_iter().collect();
        if let [only] = values.as_slice() {
            return Err(LabelError::Constant(only.clone()));
        }
        let named = positive.map(|positive| value(positive).unwrap_or_default());
        let place = match &named {
            Some(named) => {
                values.iter().position(|value| value == named).ok_or_else(|| LabelError::Never(named.clone()))?
            }
            None => usize::from(values.first().zip(values.get(1)).is_some_and(|(one, other)| is_positive(other, one))),
        };
        let positive = if place < values.len() { values.remove(place) } else { String::new() };
        Ok(Self { positive, negative: values })
    }

    /// Which rows are positive.
    ///
    /// # Errors
    /// When a cell is missing or says what the label did not know, or all of them say the same.
    pub fn apply<'a>(&self, written: impl Iterator<Item = &'a str>) -> Result<Vec<bool>, LabelError> {
        let is_positive = |(row, cell): (usize, &str)| {
            let value = value(cell).ok_or(LabelError::Missing { row })?;
            match value == self.positive {
                false if !self.negative.contains(&value) => Err(LabelError::Unknown { row, found: value }),
                positive => Ok(positive),
            }
        };
        let labels: Vec<bool> = written.enumerate().map(is_positive).collect::<Result<_, _>>()?;
        match labels.first().filter(|first| labels.iter().all(|label| label == *first)) {
            Some(true) => Err(LabelError::Constant(self.positive.clone())),
            Some(false) => Err(LabelError::Constant(self.negative.join("` or `"))),
            None => Ok(labels),
        }
    }
}

/// A value as it is compared: numbers by what they are, so that `1.0` is `1`; `None` when it is missing.
fn value(cell: &str) -> Option<String> {
    let text = Cell::of(cell).text()?;
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    Some(number.map_or_else(|| text.to_owned(), |number| number.to_string()))
}

/// Whether of two values the first is the positive one.
fn is_positive(one: &str, other: &str) -> bool {
    let is = |written: &str, value: &str| written.eq_ignore_ascii_case(value);
    if let Some((yes, _)) =
        PAIRS.iter().find(|(yes, no)| is(one, yes) && is(other, no) || is(one, no) && is(other, yes))
    {
        return is(one, yes);
    }
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one > other,
        _ => one > other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positive(cells: &[&str], named: Option<&str>) -> Result<String, LabelError> {
        Label::read(cells.iter().copied(), named).map(|label| label.positive)
    }

    #[test]
    fn the_positive_value_is_the_one_that_people_mean() {
        for (one, other) in [
            ("yes", "no"),
            ("True", "False"),
            ("1", "0"),
            ("1.0", "0.0"),
            ("1", "-1"),
            ("Y", "N"),
            ("10", "9"),
            ("b", "a"),
        ] {
            let expected = if one == "1.0" { "1" } else { one };
            assert_eq!(positive(&[one, other, one], None).unwrap(), expected);
            assert_eq!(positive(&[other, one], None).unwrap(), expected);
        }
        assert_eq!(positive(&["good", "bad", "ugly"], Some("bad")).unwrap(), "bad");
        assert_eq!(positive(&["yes", "no"], Some("no")).unwrap(), "no");
    }

    #[test]
    fn what_is_no_label_is_refused() {
        assert_eq!(positive(&["yes", ""], None), Err(LabelError::Missing { row: 1 }));
        assert_eq!(positive(&["yes", "yes"], None), Err(LabelError::Constant("yes".to_owned())));
        assert_eq!(positive(&["a", "b", "c", "d"], None), Err(LabelError::Many("a`, `b`, `c".to_owned())));
        assert_eq!(positive(&["a", "b", "c"], Some("d")), Err(LabelError::Never("d".to_owned())));
    }

    #[test]
    fn other_rows_are_read_by_what_was_learnt() {
        let label = Label::read(["yes", "no"].into_iter(), None).unwrap();
        assert_eq!(label.apply(["no", " yes "].into_iter()), Ok(vec![false, true]));
        assert_eq!(
            label.apply(["no", "maybe"].into_iter()),
            Err(LabelError::Unknown { row: 1, found: "maybe".to_owned() })
        );
        assert_eq!(label.apply(["no", "no"].into_iter()), Err(LabelError::Constant("no".to_owned())));
        assert_eq!(label.apply(["no", "NA"].into_iter()), Err(LabelError::Missing { row: 1 }));
    }
}
