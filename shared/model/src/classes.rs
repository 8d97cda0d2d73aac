//! Which of several things a text is about: one model for each, in one artefact.

use crate::artefact::{Model, ModelError};
use crate::encoding::Cell;

const MAGIC: &[u8; 8] = b"TACTCLS\0";
/// The most classes there are.
const MOST: usize = 64;

/// One model of a text for each class that it can be about; the name of a model is that of its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    models: Vec<Model>,
}

impl Classes {
    /// The classes of these models, each of which answers from a text alone how probable its class is.
    ///
    /// # Errors
    /// When there are none or more than 64, or one reads more than a text.
    pub fn new(models: Vec<Model>) -> Result<Self, ModelError> {
        if !(1..=MOST).contains(&models.len()) {
            return Err(ModelError::Count { what: "classes", found: models.len(), most: MOST });
        }
        match models.iter().find(|model| model.feature_names().len() != 1) {
            Some(model) => Err(ModelError::Features { found: 1, named: model.feature_names().len() }),
            None => Ok(Self { models }),
        }
    }

    /// The models, in the order in which ties are broken.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// What a text is most probably about, and how probable that is: 0..1. Of equals the first.
    pub fn read(&self, text: &str) -> (&str, f64) {
        let probability = |model: &Model| model.probability_of(&[Cell::Text(text)], &mut vec![0.0; model.width()]);
        let all = self.models.iter().map(|model| (model.card().name.as_str(), probability(model)));
        all.rev().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(("", 0.0))
    }

    /// The artefact: a mark, how many classes, and the artefact of each behind its length. The same classes give the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(length(self.models.len()));
        for model in &self.models {
            let model = model.encode();
            bytes.extend(length(model.len()));
            bytes.extend(model);
        }
        bytes
    }

    /// Reads an artefact and checks all of it.
    ///
    /// # Errors
    /// When it is none, is cut short or too long, or one of its models is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(ModelError::NotAModel)?;
        let (count, mut rest) = counted(rest)?;
        let mut models = Vec::new();
        for _ in 0..count.min(MOST + 1) {
            let (length, after) = counted(rest)?;
            let (model, after) = after.split_at_checked(length).ok_or(ModelError::Short("classes"))?;
            models.push(Model::decode(model)?);
            rest = after;
        }
        if rest.is_empty() { Self::new(models) } else { Err(ModelError::Trailing(rest.len())) }
    }
}

fn length(count: usize) -> [u8; 4] {
    u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes()
}

fn counted(bytes: &[u8]) -> Result<(usize, &[u8]), ModelError> {
    let (count, rest) = bytes.split_first_chunk().ok_or(ModelError::Short("classes"))?;
    Ok((usize::try_from(u32::from_le_bytes(*count)).unwrap_or(usize::MAX), rest))
}
