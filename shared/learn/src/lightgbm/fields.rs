//! The fields of a block: lines of the form `name=value`.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{ImportError, Problem, Unsupported};

/// The fields of the header, or of one tree.
pub(super) struct Fields<'a> {
    tree: Option<usize>,
    values: BTreeMap<&'a str, &'a str>,
}

impl<'a> Fields<'a> {
    /// No fields yet, of the tree at a position or of the header.
    pub(super) fn new(tree: Option<usize>) -> Self {
        Self { tree, values: BTreeMap::new() }
    }

    /// Takes a line; one of the fields that are read may come once only, as one of two would be believed without reason.
    pub(super) fn put(&mut self, field: &'a str, value: &'a str) -> Result<(), ImportError> {
        if let Some(known) = READ.iter().find(|known| **known == field)
            && self.values.insert(field, value).is_some()
        {
            return Err(self.error(known, Problem::Twice));
        }
        Ok(())
    }

    pub(super) fn has(&self, field: &'static str) -> bool {
        self.values.contains_key(field)
    }

    /// The value of a field that must be there.
    pub(super) fn text(&self, field: &'static str) -> Result<&'a str, ImportError> {
        self.values.get(field).copied().ok_or_else(|| self.error(field, Problem::Missing))
    }

    /// The one number of a field that must be there.
    pub(super) fn number<T: FromStr>(&self, field: &'static str) -> Result<T, ImportError> {
        let text = self.text(field)?;
        text.trim().parse().map_err(|_| self.error(field, Problem::Value(at_most_40(text))))
    }

    /// The numbers of a field that must be there, exactly so many.
    pub(super) fn numbers<T: FromStr>(&self, field: &'static str, needed: usize) -> Result<Vec<T>, ImportError> {
        let texts = || self.values.get(field).copied().unwrap_or_default().split_ascii_whitespace();
        self.text(field)?;
        let found = texts().count();
        if found != needed {
            return Err(self.error(field, Problem::Count { found, needed }));
        }
        texts().map(|text| text.parse().map_err(|_| self.error(field, Problem::Value(at_most_40(text))))).collect()
    }

    pub(super) fn error(&self, field: &'static str, problem: Problem) -> ImportError {
        match self.tree {
            Some(tree) => ImportError::Tree { tree, field, problem },
            None => ImportError::Header { field, problem },
        }
    }

    pub(super) fn unsupported(&self, field: &'static str, what: Unsupported) -> ImportError {
        self.error(field, Problem::Unsupported(what))
    }
}

/// The fields that are read, of the header and of trees. The others say how the model was trained, not how it scores.
const READ: [&str; 17] = [
    "average_output",
    "decision_type",
    "feature_names",
    "is_linear",
    "leaf_value",
    "left_child",
    "max_feature_idx",
    "num_cat",
    "num_class",
    "num_leaves",
    "num_tree_per_iteration",
    "objective",
    "right_child",
    "split_feature",
    "threshold",
    "tree_sizes",
    "version",
];

/// The first 40 characters of somebody else's text, fit for an error of one line.
pub(super) fn at_most_40(text: &str) -> String {
    text.chars().take(40).map(|char| if char.is_control() { '?' } else { char }).collect()
}
