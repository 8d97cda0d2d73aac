//! Scoring a row: by the model's own order of features, or bound by name to the schema that rows are built in.

use crate::artefact::{Model, Scorer};
use crate::calibration::Calibration;
use crate::encoding::{Cell, Encoder, Encoding};
use crate::forest::Node;
use crate::logistic::Logistic;
use crate::walk::Walk;

impl Scorer {
    /// Whether what it answers can depend on the value in a slot.
    fn reads(&self, slot: usize) -> bool {
        match self {
            Self::Logistic(logistic) => logistic.terms().get(slot).is_some_and(|term| term.coefficient.abs() > 0.0),
            Self::Forest(forest) => {
                let asks = |node: &Node| matches!(node, Node::Split { feature, .. } if usize::from(*feature) == slot);
                forest.trees().iter().flatten().any(asks)
            }
        }
    }

    /// The probability before any calibration, 0..1, for a row as [`Model::probability`] reads it.
    pub fn probability(&self, row: &[f32]) -> f64 {
        match self {
            Self::Logistic(logistic) => logistic.probability(row),
            Self::Forest(forest) => forest.walk().probability(row),
        }
    }
}

impl Model {
    /// The probability of the label, 0..1, for a row in the order of `feature_names`, or an encoded row where there is an encoding. Values beyond the
    /// features are not read. A value that is absent or not a number is missing: a split says where it goes, a regression takes the mean.
    pub fn probability(&self, row: &[f32]) -> f64 {
        calibrated(self.scorer().probability(row), self.calibration())
    }

    /// The features that its answer can depend on, in its own order: those with a coefficient other than 0, or that a tree asks about.
    pub fn reads(&self) -> Vec<&str> {
        let widths: Vec<usize> = match self.encoding() {
            Some(encoding) => encoding.encoders().iter().map(Encoder::width).collect(),
            None => vec![1; self.feature_names().len()],
        };
        let mut begins = 0;
        let mut read = Vec::new();
        for (name, width) in self.feature_names().iter().zip(widths) {
            if (begins..begins + width).any(|slot| self.scorer().reads(slot)) {
                read.push(name.as_str());
            }
            begins += width;
        }
        read
    }

    /// How many slots [`Model::probability_of`] needs.
    pub fn width(&self) -> usize {
        self.encoding().map_or(self.feature_names().len(), Encoding::width)
    }

    /// The probability of the label, 0..1, for a raw row in the order of `feature_names`; it is encoded into `slots`, as many as `width`. What is
    /// encoded is missing as its encoder says, anything else as in [`Model::probability`].
    pub fn probability_of(&self, row: &[Cell<'_>], slots: &mut [f32]) -> f64 {
        if let Some(encoding) = self.encoding() {
            encoding.encode(row, slots);
        } else {
            for (at, slot) in slots.iter_mut().enumerate() {
                *slot = row.get(at).and_then(Cell::number).unwrap_or(f32::NAN);
            }
        }
        self.probability(slots)
    }

    /// Binds the model's features by name to the slots of `schema`, which may hold more features in any order.
    ///
    /// # Errors
    /// When the schema lacks features, or has them as numbers where the model encodes words, categories or what is missing: all of them, by name.
    pub fn bind(&self, schema: &[&str]) -> Result<Binding, BindError> {
        let encoded: Vec<&String> = self
            .encoding()
            .into_iter()
            .flat_map(Encoding::not_plain)
            .filter_map(|at| self.feature_names().get(at))
            .collect();
        let slot = |name: &String| {
            let known = (0..=u16::MAX).zip(schema).find(|(_, known)| *known == name && !encoded.contains(&name));
            known.map(|(slot, _)| slot)
        };
        let slots: Vec<u16> = self.feature_names().iter().filter_map(slot).collect();
        if slots.len() < self.feature_names().len() {
            let missing = self.feature_names().iter().filter(|name| slot(name).is_none()).cloned().collect();
            return Err(BindError { model: self.card().name.clone(), missing });
        }
        let scorer = match self.scorer() {
            Scorer::Logistic(logistic) => Bound::Logistic(logistic.with_slots(&slots)),
            Scorer::Forest(forest) => Bound::Forest(forest.walk().with_slots(&slots)),
        };
        Ok(Binding { scorer, calibration: self.calibration() })
    }
}

/// A model bound to a schema: scores rows of that schema as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    scorer: Bound,
    calibration: Option<Calibration>,
}

#[derive(Debug, Clone, PartialEq)]
enum Bound {
    Logistic(Logistic),
    Forest(Walk),
}

impl Binding {
    /// The probability of the label, 0..1, for a row of the schema; missing values as in `Model::probability`.
    pub fn probability(&self, row: &[f32]) -> f64 {
        let scored = match &self.scorer {
            Bound::Logistic(logistic) => logistic.probability(row),
            Bound::Forest(walk) => walk.probability(row),
        };
        calibrated(scored, self.calibration)
    }
}

fn calibrated(scored: f64, calibration: Option<Calibration>) -> f64 {
    calibration.map_or(scored, |line| line.apply(scored))
}

/// A schema without all features of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("model `{model}` needs features that are not built: `{}`", missing.join("`, `"))]
pub struct BindError {
    /// The model's name.
    pub model: String,
    /// Every feature that the schema lacks, in the model's order.
    pub missing: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artefact::{Card, Quality};
    use crate::forest::Forest;
    use crate::logistic::Term;

    fn models() -> [Model; 2] {
        let card = Card {
            name: "accept".to_owned(),
            features: vec!["visits".to_owned(), "hour".to_owned()],
            label: "accepted".to_owned(),
            trained_on: "made up".to_owned(),
            rows: 0,
            seed: 1,
            quality: Quality { rows: 0, auc: 0.5, log_loss: 0.0, brier: 0.0 },
        };
        let split = Node::Split { feature: 1, threshold: 12.0, right: 2, missing_left: false };
        let tree = vec![split, Node::Leaf { value: 0.25 }, Node::Leaf { value: 0.75 }];
        let terms = [0.5, -0.25].map(|coefficient| Term { mean: 1.0, scale: 2.0, coefficient });
        let logistic = Scorer::Logistic(Logistic::new(terms.to_vec(), 0.5).unwrap());
        let forest = Scorer::Forest(Forest::new(vec![tree]).unwrap());
        [logistic, forest].map(|scorer| Model::new(card.clone(), scorer).unwrap())
    }

    #[test]
    fn a_bound_model_reads_its_features_wherever_they_stand() {
        for model in models() {
            let bound = model.bind(&["hour", "tenure", "visits"]).unwrap();
            for (visits, hour) in [(3.0, 9.0), (0.0, 18.0), (7.0, f32::NAN)] {
                let own = model.probability(&[visits, hour]);
                assert_eq!(bound.probability(&[hour, 99.0, visits]).to_bits(), own.to_bits());
            }
        }
    }

    #[test]
    fn a_model_reads_what_it_asks_about_or_weighs() {
        let [logistic, forest] = models();
        assert_eq!((logistic.reads(), forest.reads()), (vec!["visits", "hour"], vec!["hour"]));
        let term = |coefficient| Term { mean: 0.0, scale: 1.0, coefficient };
        // The middle one of a category with two values and a number before it is weighed.
        let scorer = Scorer::Logistic(Logistic::new([0.0, 0.5, 0.0].map(term).to_vec(), 0.5).unwrap());
        let known = vec!["a".to_owned(), "b".to_owned()];
        let category = Encoder::Category { known, others: false, flagged: false };
        let encoding = Encoding::new(vec![Encoder::Number { fill: 0.0, flagged: false }, category]).unwrap();
        let model = Model::encoded(logistic.card().clone(), scorer, Some(encoding), None).unwrap();
        assert_eq!(model.reads(), ["hour"]);
    }

    #[test]
    fn a_bound_model_is_calibrated_as_it_is_unbound() {
        for model in models() {
            let line = Calibration::new(1.5, -0.25).unwrap();
            let bare = model.probability(&[3.0, 9.0]);
            let model = Model::encoded(model.card().clone(), model.scorer().clone(), None, Some(line)).unwrap();
            assert_eq!(model.probability(&[3.0, 9.0]).to_bits(), line.apply(bare).to_bits());
            let bound = model.bind(&["hour", "visits"]).unwrap();
            assert_eq!(bound.probability(&[9.0, 3.0]).to_bits(), line.apply(bare).to_bits());
        }
    }

    #[test]
    fn a_raw_row_is_encoded_and_scored_and_one_of_numbers_needs_no_encoding() {
        let [logistic, forest] = models();
        let raw = [Cell::of("3"), Cell::of("n/a")];
        for model in [&logistic, &forest] {
            let scored = model.probability_of(&raw, &mut [0.0; 2]);
            assert_eq!(scored.to_bits(), model.probability(&[3.0, f32::NAN]).to_bits());
        }
        let known = vec!["sms".to_owned()];
        let encoding = Encoding::new(vec![Encoder::Category { known, others: true, flagged: false }]).unwrap();
        let card = Card { features: vec!["channel".to_owned()], ..logistic.card().clone() };
        let encoded = Model::encoded(card, logistic.scorer().clone(), Some(encoding), None).unwrap();
        assert_eq!(encoded.width(), 2);
        for (cell, row) in [("sms", [1.0, 0.0]), ("email", [0.0, 1.0])] {
            let scored = encoded.probability_of(&[Cell::of(cell)], &mut [9.0; 2]);
            assert_eq!(scored.to_bits(), logistic.probability(&row).to_bits());
        }
        let refused = encoded.bind(&["channel"]).unwrap_err();
        assert_eq!(refused.missing, ["channel"], "a row of numbers has no words");
    }

    #[test]
    fn a_schema_without_features_is_refused_with_all_their_names() {
        for model in models() {
            let refused = model.bind(&["tenure"]).unwrap_err();
            assert_eq!(refused.to_string(), "model `accept` needs features that are not built: `visits`, `hour`");
        }
    }
}
