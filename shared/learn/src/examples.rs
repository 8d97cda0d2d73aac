//! Labelled rows to learn from.

/// Feature rows with what became of them. Rows are `f32` from the start, so that training and scoring see the same values.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// The features of a row, in order.
    pub features: Vec<String>,
    /// One row per example, as long as `features`.
    pub rows: Vec<Vec<f32>>,
    /// One label per row.
    pub labels: Vec<bool>,
}

impl Examples {
    /// Splits off the examples from position `at` on, to be held out; empty when there are not as many.
    #[must_use]
    pub fn split_off(&mut self, at: usize) -> Self {
        Self {
            features: self.features.clone(),
            rows: self.rows.split_off(at.min(self.rows.len())),
            labels: self.labels.split_off(at.min(self.labels.len())),
        }
    }

    /// The share of positive labels, 0..1; 0 without examples.
    pub fn positive_share(&self) -> f64 {
        count(self.labels.iter().filter(|label| **label).count()) / count(self.labels.len().max(1))
    }

    /// The values of one feature over all rows; absent values are left out.
    pub fn column(&self, feature: usize) -> impl Iterator<Item = f64> {
        self.rows.iter().filter_map(move |row| row.get(feature)).map(|value| f64::from(*value))
    }
}

/// A number of examples as a number to calculate with.
pub(crate) fn count(examples: usize) -> f64 {
    f64::from(u32::try_from(examples).unwrap_or(u32::MAX))
}
