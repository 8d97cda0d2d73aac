//! The model artefact: our own flat file, so that a model outlives the library that fitted it.
//!
//! Layout, little-endian: magic (8 bytes), format version (u16), length of the metadata (u32), metadata (postcard), the
//! arrays of the scorer, SHA-256 of everything before it. Nothing in it is trusted: all is checked before the first score.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::forest::{Combination, Forest};
use crate::logistic::Logistic;

const MAGIC: &[u8; 8] = b"TACTMDL\0";
/// The newest format version. It adds sums of trees and missing values that go left; what needs neither is still written as the first.
const VERSION: u16 = 2;
const CHECKSUM_BYTES: usize = 32;
const MAX_FEATURES: usize = 1_024;

/// A propensity model: answers how probable its label is for a feature row.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    card: Card,
    scorer: Scorer,
}

impl Model {
    /// Joins a scorer with its card.
    ///
    /// # Errors
    /// When the features are none, too many or named twice, or do not fit the scorer.
    pub fn new(card: Card, scorer: Scorer) -> Result<Self, ModelError> {
        check_names(&card.features)?;
        scorer.check_features(card.features.len())?;
        Ok(Self { card, scorer })
    }

    /// Reads an artefact and checks all of it.
    ///
    /// # Errors
    /// When the bytes are not a model, are of a newer format, were changed or cut, or describe a scorer that could not
    /// be walked safely.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut body = Reader(check_frame(bytes)?);
        let length = body.count("metadata")?;
        let metadata = body.take(length, "metadata")?;
        let ((kind, card), rest): ((Kind, Card), &[u8]) =
            postcard::take_from_bytes(metadata).map_err(|_| ModelError::Metadata)?;
        if !rest.is_empty() {
            return Err(ModelError::Metadata);
        }
        let scorer = match kind {
            Kind::Logistic => Scorer::Logistic(Logistic::read(&mut body, card.features.len())?),
            Kind::Forest => Scorer::Forest(Forest::read(&mut body)?),
            Kind::Boosted => Scorer::Forest(Forest::read_boosted(&mut body)?),
        };
        if !body.0.is_empty() {
            return Err(ModelError::Trailing(body.0.len()));
        }
        Self::new(card, scorer)
    }

    /// The artefact as bytes: the same model always gives the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        // Writing to memory cannot fail; were it to, the empty metadata would be refused when loaded.
        let metadata = postcard::to_stdvec(&(self.kind(), &self.card)).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.scorer.version().to_le_bytes());
        bytes.extend(u32::try_from(metadata.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(metadata);
        match &self.scorer {
            Scorer::Logistic(logistic) => logistic.write(&mut bytes),
            Scorer::Forest(forest) => forest.write(&mut bytes),
        }
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// The SHA-256 at the end of the artefact: what a decision record names the model by.
    pub fn checksum(&self) -> [u8; CHECKSUM_BYTES] {
        self.encode().last_chunk().copied().unwrap_or_default()
    }

    /// What the model says about itself.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// How the model scores.
    pub fn scorer(&self) -> &Scorer {
        &self.scorer
    }

    /// Which kind of scorer this is.
    pub fn kind(&self) -> Kind {
        match &self.scorer {
            Scorer::Logistic(_) => Kind::Logistic,
            Scorer::Forest(forest) => match forest.combination() {
                Combination::Mean => Kind::Forest,
                Combination::Logistic { .. } => Kind::Boosted,
            },
        }
    }

    /// The features of a row in the model's own order; never empty.
    pub fn feature_names(&self) -> &[String] {
        &self.card.features
    }
}

/// What a model says about itself: identity, origin and how well it did on rows it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The model's name, as decisions quote it.
    pub name: String,
    /// The features in row order, each name once.
    pub features: Vec<String>,
    /// What a probability of 1 would mean.
    pub label: String,
    /// Where the training rows came from, in words.
    pub trained_on: String,
    /// Rows the model was fitted on.
    pub rows: u32,
    /// The seed that reproduces the artefact to the byte.
    pub seed: u64,
    /// Quality on the held-out rows.
    pub quality: Quality,
}

/// How well probabilities matched the labels of rows that were held out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Rows that were held out; 0 when nothing was measured.
    pub rows: u32,
    /// Chance that a positive row outranks a negative one, 0..1; 0.5 is guessing.
    pub auc: f64,
    /// Mean negative log likelihood, natural logarithm; lower is better.
    pub log_loss: f64,
    /// Mean squared distance of probability and label, 0..1; lower is better.
    pub brier: f64,
}

/// The kinds of scorer an artefact can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A logistic regression.
    Logistic,
    /// A forest of flat trees whose leaves are averaged.
    Forest,
    /// A forest of flat trees whose leaves are added up and turned into a probability.
    Boosted,
}

/// The arithmetic of a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Scorer {
    /// A logistic regression.
    Logistic(Logistic),
    /// A forest of flat trees.
    Forest(Forest),
}

impl Scorer {
    /// The first format version that can hold it.
    fn version(&self) -> u16 {
        match self {
            Self::Forest(forest) if !forest.is_plain() => 2,
            Self::Logistic(_) | Self::Forest(_) => 1,
        }
    }

    fn check_features(&self, count: usize) -> Result<(), ModelError> {
        match self {
            Self::Logistic(logistic) => logistic.check_features(count),
            Self::Forest(forest) => forest.check_features(count),
        }
    }
}

/// Why an artefact, or the parts of a model, were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The first bytes are something else.
    #[error("not a model artefact")]
    NotAModel,
    /// Written by a newer build.
    #[error(
        "model format {found} is not supported, this build reads formats 1 to {VERSION}: train the model again or update"
    )]
    Version {
        /// The format version in the artefact.
        found: u16,
    },
    /// The bytes are not those that were written.
    #[error("model checksum does not match: the artefact was changed or cut short")]
    Checksum,
    /// The description of the model cannot be read.
    #[error("model metadata cannot be read")]
    Metadata,
    /// An array ends too early.
    #[error("model is cut short in its {0}")]
    Short(&'static str),
    /// Bytes are left over.
    #[error("model has {0} bytes too many")]
    Trailing(usize),
    /// Something is outside its bounds.
    #[error("model has {found} {what}, between 1 and {most} are allowed")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The most that are allowed.
        most: usize,
    },
    /// Two columns of a row would have the same name.
    #[error("model names feature `{0}` twice")]
    NamedTwice(String),
    /// The scorer does not fit the list of features.
    #[error("model scores {found} features but names {named}")]
    Features {
        /// Features the scorer needs.
        found: usize,
        /// Features the card names.
        named: usize,
    },
    /// A number that no sum survives, or a probability outside 0..1.
    #[error("model has a bad number among its {0}")]
    Number(&'static str),
    /// A tree that a walk could leave or never end.
    #[error("model tree {tree} has a bad child at node {node}")]
    Child {
        /// Position of the tree.
        tree: usize,
        /// Position of the node in its tree.
        node: usize,
    },
    /// A tree that takes too long to walk.
    #[error("model tree {tree} is deeper than {most}")]
    Depth {
        /// Position of the tree.
        tree: usize,
        /// The greatest depth allowed.
        most: u8,
    },
}

/// Takes arrays off the front of an artefact; every read names what was being read.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ModelError::Short(what))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn count(&mut self, what: &'static str) -> Result<usize, ModelError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(ModelError::Short(what))?;
        self.0 = rest;
        Ok(usize::try_from(u32::from_le_bytes(*taken)).unwrap_or(usize::MAX))
    }

    /// The next `count` elements of `N` bytes each.
    pub(crate) fn array<const N: usize>(
        &mut self,
        count: usize,
        what: &'static str,
    ) -> Result<impl Iterator<Item = [u8; N]> + use<'a, N>, ModelError> {
        let length = count.checked_mul(N).ok_or(ModelError::Short(what))?;
        let (elements, _) = self.take(length, what)?.as_chunks::<N>();
        Ok(elements.iter().copied())
    }
}

/// Everything between the format version and the checksum, once both are right.
fn check_frame(bytes: &[u8]) -> Result<&[u8], ModelError> {
    let body = bytes.strip_prefix(MAGIC).ok_or(ModelError::NotAModel)?;
    let (version, body) = body.split_first_chunk().ok_or(ModelError::Short("header"))?;
    let found = u16::from_le_bytes(*version);
    if !(1..=VERSION).contains(&found) {
        return Err(ModelError::Version { found });
    }
    let (body, checksum) = body.split_last_chunk::<CHECKSUM_BYTES>().ok_or(ModelError::Short("checksum"))?;
    let (signed, _) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(ModelError::Short("checksum"))?;
    if Sha256::digest(signed).as_slice() != checksum.as_slice() {
        return Err(ModelError::Checksum);
    }
    Ok(body)
}

fn check_names(names: &[String]) -> Result<(), ModelError> {
    if names.is_empty() || names.len() > MAX_FEATURES {
        return Err(ModelError::Count { what: "features", found: names.len(), most: MAX_FEATURES });
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(pair) => Err(ModelError::NamedTwice(pair.iter().take(1).copied().cloned().collect())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::forest::Node;
    use crate::logistic::Term;

    fn card() -> Card {
        Card {
            name: "accept".to_owned(),
            features: vec!["visits".to_owned(), "hour".to_owned()],
            label: "accepted".to_owned(),
            trained_on: "made up".to_owned(),
            rows: 10,
            seed: 1,
            quality: Quality { rows: 2, auc: 0.75, log_loss: 0.5, brier: 0.2 },
        }
    }

    fn forest() -> Model {
        let split = Node::Split { feature: 1, threshold: 0.5, right: 2, missing_left: false };
        let tree = vec![split, Node::Leaf { value: 0.25 }, Node::Leaf { value: 0.75 }];
        Model::new(card(), Scorer::Forest(Forest::new(vec![tree; 3]).unwrap())).unwrap()
    }

    fn boosted() -> Model {
        let split = |missing_left| Node::Split { feature: 1, threshold: 0.5, right: 2, missing_left };
        let tree = |missing_left| vec![split(missing_left), Node::Leaf { value: -0.1 }, Node::Leaf { value: 1.75 }];
        Model::new(card(), Scorer::Forest(Forest::boosted(vec![tree(true), tree(false)], 2.5).unwrap())).unwrap()
    }

    fn logistic() -> Model {
        let terms = vec![Term { mean: 1.0, scale: 2.0, coefficient: 0.5 }; 2];
        Model::new(card(), Scorer::Logistic(Logistic::new(terms, -1.0).unwrap())).unwrap()
    }

    /// Puts the right checksum under bytes that were changed, so that what lies behind it is tested too.
    fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len().saturating_sub(CHECKSUM_BYTES));
        let checksum = Sha256::digest(&bytes);
        bytes.extend(checksum);
        bytes
    }

    #[test]
    fn a_model_survives_its_artefact_to_the_byte() {
        for model in [forest(), logistic(), boosted()] {
            let read = Model::decode(&model.encode()).unwrap();
            assert_eq!(read, model);
            assert_eq!(read.encode(), model.encode());
            assert_eq!(read.kind(), model.kind());
            assert!(model.encode().ends_with(&read.checksum()));
        }
    }

    #[test]
    fn every_cut_is_refused() {
        for bytes in [forest().encode(), logistic().encode(), boosted().encode()] {
            for length in 0..bytes.len() {
                assert!(Model::decode(&bytes[..length]).is_err());
                assert!(Model::decode(&signed(bytes[..length].to_vec())).is_err());
            }
        }
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let bytes = forest().encode();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Model::decode(&changed).is_err());
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut newer = forest().encode();
        newer[8] = 3;
        assert_eq!(Model::decode(&newer), Err(ModelError::Version { found: 3 }));
        newer[8] = 0;
        assert_eq!(Model::decode(&newer), Err(ModelError::Version { found: 0 }));
        assert_eq!(Model::decode(b"PNG and so on"), Err(ModelError::NotAModel));
        let mut cut = forest().encode();
        cut.pop();
        assert_eq!(Model::decode(&cut), Err(ModelError::Checksum));
        let mut longer = logistic().encode();
        longer.push(0);
        assert_eq!(Model::decode(&signed(longer)), Err(ModelError::Trailing(1)));
    }

    #[test]
    fn a_model_is_written_as_the_oldest_format_that_has_all_of_it() {
        let missing_left = |missing_left| {
            let split = Node::Split { feature: 1, threshold: 0.5, right: 2, missing_left };
            let tree = vec![split, Node::Leaf { value: 0.25 }, Node::Leaf { value: 0.75 }];
            Model::new(card(), Scorer::Forest(Forest::new(vec![tree]).unwrap())).unwrap()
        };
        for (model, version) in
            [(logistic(), 1), (forest(), 1), (missing_left(false), 1), (missing_left(true), 2), (boosted(), 2)]
        {
            assert_eq!(model.encode()[8..10], [version, 0]);
        }
    }

    #[test]
    fn features_are_named_once_and_cover_the_scorer() {
        let with = |features: &[&str]| {
            let features = features.iter().map(|name| (*name).to_owned()).collect();
            Model::new(Card { features, ..card() }, forest().scorer)
        };
        assert_eq!(with(&["hour", "hour"]), Err(ModelError::NamedTwice("hour".to_owned())));
        assert_eq!(with(&["hour"]), Err(ModelError::Features { found: 2, named: 1 }));
        assert!(matches!(with(&[]), Err(ModelError::Count { what: "features", .. })));
        assert!(with(&["visits", "hour", "spare"]).is_ok());
    }

    proptest! {
        #[test]
        fn signed_nonsense_is_refused_or_scores_a_probability(
            which in 0_usize..3, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
        ) {
            let mut bytes = [forest, boosted, logistic][which]().encode();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(model) = Model::decode(&signed(bytes)) {
                prop_assert!((0.0..=1.0).contains(&model.probability(&[0.3, f32::NAN])));
            }
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Model::decode(&bytes).is_err());
            prop_assert!(Model::decode(&signed([MAGIC.as_slice(), &[1, 0], &bytes].concat())).is_err());
        }
    }
}
