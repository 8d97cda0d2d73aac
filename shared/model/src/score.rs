//! Scoring a row: by the model's own order of features, or bound by name to the schema that rows are built in.

use crate::artefact::{Model, Scorer};
use crate::logistic::Logistic;
use crate::walk::Walk;

impl Model {
    /// The probability of the label, 0..1, for a row in the order of `feature_names`. Values beyond the features are not
    /// read. A value that is absent or not a number is missing: a split says where it goes, a regression takes the mean.
    pub fn probability(&self, row: &[f32]) -> f64 {
        match self.scorer() {
            Scorer::Logistic(logistic) => logistic.probability(row),
            Scorer::Forest(forest) => forest.walk().probability(row),
        }
    }

    /// Binds the model's features by name to the slots of `schema`, which may hold more features in any order.
    ///
    /// # Errors
    /// When the schema lacks features: all of them, by name.
    pub fn bind(&self, schema: &[&str]) -> Result<Binding, BindError> {
        let slot = |name: &String| (0..=u16::MAX).zip(schema).find(|(_, known)| *known == name).map(|(slot, _)| slot);
        let slots: Vec<u16> = self.feature_names().iter().filter_map(slot).collect();
        if slots.len() < self.feature_names().len() {
            let missing = self.feature_names().iter().filter(|name| slot(name).is_none()).cloned().collect();
            return Err(BindError { model: self.card().name.clone(), missing });
        }
        Ok(Binding(match self.scorer() {
            Scorer::Logistic(logistic) => Bound::Logistic(logistic.with_slots(&slots)),
            Scorer::Forest(forest) => Bound::Forest(forest.walk().with_slots(&slots)),
        }))
    }
}

/// A model bound to a schema: scores rows of that schema as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding(Bound);

#[derive(Debug, Clone, PartialEq)]
enum Bound {
    Logistic(Logistic),
    Forest(Walk),
}

impl Binding {
    /// The probability of the label, 0..1, for a row of the schema; missing values as in `Model::probability`.
    pub fn probability(&self, row: &[f32]) -> f64 {
        match &self.0 {
            Bound::Logistic(logistic) => logistic.probability(row),
            Bound::Forest(walk) => walk.probability(row),
        }
    }
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
    use crate::forest::{Forest, Node};
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
    fn a_schema_without_features_is_refused_with_all_their_names() {
        for model in models() {
            let refused = model.bind(&["tenure"]).unwrap_err();
            assert_eq!(refused.to_string(), "model `accept` needs features that are not built: `visits`, `hour`");
        }
    }
}
