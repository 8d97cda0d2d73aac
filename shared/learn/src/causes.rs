//! Which of several things a text is about, told from its words: one regression a class, against all others.

use tact_model::{Calibration, Card, Cell, Model, Quality};

use crate::crossed::Family;
use crate::encode::fit_encoding;
use crate::learnt::LearnError;
use crate::sample::{Column, Kind, Sample};

/// The penalty of the regressions.
const PENALTY: f64 = 1.0;

/// One model for each class a text can be about.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    /// The classes with their models, each of which answers how probable its class is, in the order they were given in.
    pub models: Vec<(String, Model)>,
}

impl Classes {
    /// Learns the classes of labelled texts, with at most so many words for each: the words that tell it best from all others, and what they weigh. Classes
    /// without a text of theirs, or without one of any other, are left out. The same texts give the same models to the byte.
    ///
    /// # Errors
    /// When a regression cannot be fitted, or no text has a word that is seen twice.
    pub fn learn(labelled: &[(&str, &str)], trained_on: &str, words: usize) -> Result<Self, LearnError> {
        let mut classes: Vec<&str> = Vec::new();
        for (class, _) in labelled {
            if !classes.contains(class) {
                classes.push(class);
            }
        }
        classes.sort_unstable();
        let cells: Vec<Cell<'_>> = labelled.iter().map(|(_, text)| Cell::Text(text)).collect();
        let rows: Vec<usize> = (0..labelled.len()).collect();
        let mut models = Vec::new();
        for class in classes {
            let sample = Sample {
                columns: vec![Column { name: "text".to_owned(), kind: Kind::Text, cells: cells.clone() }],
                labels: labelled.iter().map(|(own, _)| *own == class).collect(),
                weights: vec![1.0; labelled.len()],
            };
            if sample.labels.iter().all(|own| *own) {
                continue;
            }
            let encoding = fit_encoding(&sample, &rows, words)?;
            let fitted = Family::Logistic(vec![PENALTY]).fit(&encoding, &sample, &rows, 0)?;
            let scorer = fitted.into_iter().next().ok_or(LearnError::NoColumn)?;
            let card = Card {
                name: class.to_owned(),
                features: vec!["text".to_owned()],
                label: format!("the text is about {class}"),
                trained_on: trained_on.to_owned(),
                rows: u32::try_from(labelled.len()).unwrap_or(u32::MAX),
                seed: 0,
                quality: Quality { rows: 0, auc: 0.5, log_loss: 0.0, brier: 0.0 },
            };
            models.push((class.to_owned(), Model::encoded(card, scorer, Some(encoding), None::<Calibration>)?));
        }
        Ok(Self { models })
    }

    /// What a text is most probably about, and the share of that class in the probabilities of all; `None` without models. Of equals the first.
    pub fn read(&self, text: &str) -> Option<(&str, f64)> {
        let probability = |model: &Model| model.probability_of(&[Cell::Text(text)], &mut vec![0.0; model.width()]);
        let all: Vec<(&str, f64)> =
            self.models.iter().map(|(class, model)| (class.as_str(), probability(model))).collect();
        let total: f64 = all.iter().map(|(_, probability)| probability).sum();
        let most = all.into_iter().rev().max_by(|a, b| a.1.total_cmp(&b.1));
        most.map(|(class, probability)| (class, if total > 0.0 { probability / total } else { 0.0 }))
    }

    /// How many bytes the artefacts of all classes have together.
    pub fn bytes(&self) -> usize {
        self.models.iter().map(|(_, model)| model.encode().len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_about_what_its_words_were_about_and_the_same_texts_give_the_same_models() {
        let texts = [
            ("price", "far too expensive for what it is"),
            ("price", "so expensive, and the coupon was refused"),
            ("fit", "the sleeves were too tight"),
            ("fit", "tight at the waist, tight everywhere"),
            ("service", "the cashier was rude"),
            ("service", "a rude cashier and nobody to help"),
        ];
        let learnt = Classes::learn(&texts, "six texts", 50).unwrap();
        assert_eq!(Classes::learn(&texts, "six texts", 50).unwrap(), learnt);
        for (class, text) in [("price", "How expensive!"), ("fit", "TIGHT."), ("service", "your cashier is rude")] {
            let (found, sure) = learnt.read(text).unwrap();
            assert!(found == class && sure > 1.0 / 3.0 && sure < 1.0, "{text}: {found} {sure}");
        }
        assert!(learnt.bytes() < 4_000, "{}", learnt.bytes());
        assert_eq!(Classes::learn(&texts[..2], "two texts", 50).unwrap().read("expensive"), None, "of one class");
    }
}
