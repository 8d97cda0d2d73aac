//! Which of several things a text is about, told from its words: one regression a class, against all others.

use std::collections::BTreeSet;

use tact_model::{Card, Cell, Classes, Model, Quality};

use crate::crossed::Family;
use crate::encode::fit_encoding;
use crate::generate::generate_comments;
use crate::learnt::LearnError;
use crate::sample::{Column, Kind, Sample};

/// The penalty of the regressions.
const PENALTY: f64 = 1.0;
/// How many comments the first causes are learnt from,
const COMMENTS: usize = 3_600;
/// and how many words tell each of them.
const WORDS: usize = 200;

/// Learns the classes of labelled texts, each its class and the text, with at most so many words for each class: the words that tell it best from all others, and
/// what they weigh. The classes come in the order of their names; the same texts give the same models to the byte.
///
/// # Errors
/// When there are fewer than two classes, a regression cannot be fitted, or no text has a word that is seen twice.
pub fn learn_classes(labelled: &[(&str, &str)], trained_on: &str, words: usize) -> Result<Classes, LearnError> {
    let names: BTreeSet<&str> = labelled.iter().map(|(class, _)| *class).collect();
    if names.len() < 2 {
        return Err(LearnError::TooFew { which: "of another class", found: 0 });
    }
    let cells: Vec<Cell<'_>> = labelled.iter().map(|(_, text)| Cell::Text(text)).collect();
    let rows: Vec<usize> = (0..labelled.len()).collect();
    let learn = |class: &str| -> Result<Model, LearnError> {
        let sample = Sample {
            columns: vec![Column { name: "text".to_owned(), kind: Kind::Text, cells: cells.clone() }],
            labels: labelled.iter().map(|(own, _)| *own == class).collect(),
            weights: vec![1.0; labelled.len()],
        };
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
        Ok(Model::encoded(card, scorer, Some(encoding), None)?)
    };
    Ok(Classes::new(names.into_iter().map(learn).collect::<Result<_, _>>()?)?)
}

/// The first model of causes: learnt from 3,600 made-up comments, each a sentence or two of our own, with 200 words a cause.
///
/// # Errors
/// When fitting fails, which made-up comments do not cause.
pub fn first_causes(seed: u64) -> Result<Classes, LearnError> {
    let comments = generate_comments(seed, COMMENTS);
    let labelled: Vec<(&str, &str)> = comments.iter().map(|(cause, text)| (*cause, text.as_str())).collect();
    learn_classes(&labelled, "made-up comments", WORDS)
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
        let learnt = learn_classes(&texts, "six texts", 50).unwrap();
        assert_eq!(learn_classes(&texts, "six texts", 50).unwrap(), learnt);
        for (class, text) in [("price", "How expensive!"), ("fit", "TIGHT."), ("service", "your cashier is rude")] {
            let (found, sure) = learnt.read(text);
            assert!(found == class && sure > 1.0 / 3.0 && sure < 1.0, "{text}: {found} {sure}");
        }
        assert_eq!(Classes::decode(&learnt.encode()).unwrap(), learnt);
        for cut in [0, 8, 12, 200] {
            assert!(Classes::decode(&learnt.encode()[..cut]).is_err(), "{cut}");
        }
        assert!(Classes::decode(&[learnt.encode(), vec![0]].concat()).is_err());
        assert!(learn_classes(&texts[..2], "two texts", 50).is_err(), "of one class");
    }

    #[test]
    fn learning_again_gives_the_committed_causes_to_the_byte() {
        let committed = include_bytes!("../../catalogue/models/causes.model");
        let learnt = first_causes(1).unwrap().encode();
        assert!(learnt == committed, "run `tact train` and commit what it writes");
        assert!(learnt.len() < 64_000, "{}", learnt.len());
    }
}
