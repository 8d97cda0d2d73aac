//! The model artefact: our own flat file, so that a model outlives the library that fitted it.
//!
//! Layout, little-endian: magic (8 bytes), format version (u16), length of the metadata (u32), metadata (postcard), the
//! arrays of the scorer, SHA-256 of everything before it. Nothing in it is trusted: all is checked before the first score.
//!
//! The metadata of version 1 is the kind of scorer and the card. Version 2 adds the calibration and the encoding of raw columns, each or none, and forests that add up; what
//! needs neither is written as version 1, so that a model without them has the same bytes and the same checksum as ever.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::calibration::Calibration;
use crate::encoding::{Encoder, Encoding};
use crate::forest::{Combination, Forest};
use crate::logistic::Logistic;

const MAGIC: &[u8; 8] = b"TACTMDL\0";
/// A scorer and its card.
const BARE: u16 = 1;
/// The same with a calibration, an encoding, sums of trees, or splits that send a missing value left or only ask for it.
const VERSION: u16 = 2;
const CHECKSUM_BYTES: usize = 32;
const MAX_FEATURES: usize = 1_024;

/// A propensity model: answers how probable its label is for a feature row.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    card: Card,
    scorer: Scorer,
    encoding: Option<Encoding>,
    calibration: Option<Calibration>,
}

impl Model {
    /// Joins a scorer with its card.
    ///
    /// # Errors
    /// When the features are none, too many or named twice, or do not fit the scorer.
    pub fn new(card: Card, scorer: Scorer) -> Result<Self, ModelError> {
        Self::encoded(card, scorer, None, None)
    }

    /// Joins a scorer with its card, the encoding of the raw columns that the card names as features, and the calibration of what it answers. Without
    /// an encoding the features are the numbers that the scorer reads.
    ///
    /// # Errors
    /// When the features are none, too many or named twice, are not those that are encoded, or do not fit the scorer.
    pub fn encoded(
        card: Card,
        scorer: Scorer,
        encoding: Option<Encoding>,
        calibration: Option<Calibration>,
    ) -> Result<Self, ModelError> {
        check_names(&card.features)?;
        let named = card.features.len();
        if let Some(found) = encoding.as_ref().map(|encoding| encoding.encoders().len()).filter(|found| *found != named)
        {
            return Err(ModelError::Features { found, named });
        }
        scorer.check_features(encoding.as_ref().map_or(named, Encoding::width))?;
        Ok(Self { card, scorer, encoding, calibration })
    }

    /// Reads an artefact and checks all of it.
    ///
    /// # Errors
    /// When the bytes are not a model, are of a newer format, were changed or cut, or describe a scorer that could not
    /// be walked safely.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let (version, body) = check_frame(bytes)?;
        let mut body = Reader(body);
        let length = body.count("metadata")?;
        let metadata = body.take(length, "metadata")?;
        let Metadata(kind, card, calibration, encoders) =
            if version == BARE { whole::<Bare>(metadata)?.into() } else { whole(metadata)? };
        let encoding = encoders.map(Encoding::new).transpose()?;
        if calibration.is_some_and(|line| !line.is_sound()) {
            return Err(ModelError::Number("calibration"));
        }
        let width = encoding.as_ref().map_or(card.features.len(), Encoding::width);
        let scorer = match kind {
            Kind::Logistic => Scorer::Logistic(Logistic::read(&mut body, width)?),
            Kind::Forest => Scorer::Forest(Forest::read(&mut body)?),
            Kind::Boosted => Scorer::Forest(Forest::read_boosted(&mut body)?),
        };
        if !body.0.is_empty() {
            return Err(ModelError::Trailing(body.0.len()));
        }
        Self::encoded(card, scorer, encoding, calibration)
    }

    /// The artefact as bytes: the same model always gives the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        // Writing to memory cannot fail; were it to, the empty metadata would be refused when loaded.
        let encoders = self.encoding.as_ref().map(Encoding::encoders);
        let (version, metadata) = match (self.calibration, encoders) {
            (None, None) if self.scorer.is_plain() => (BARE, postcard::to_stdvec(&(self.kind(), &self.card))),
            (calibration, encoders) => {
                (VERSION, postcard::to_stdvec(&(self.kind(), &self.card, calibration, encoders)))
            }
        };
        let metadata = metadata.unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend(version.to_le_bytes());
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

    /// How the cells of a raw row become the numbers that the scorer reads; `None` when it reads the features as they are.
    pub fn encoding(&self) -> Option<&Encoding> {
        self.encoding.as_ref()
    }

    /// What is made of the scorer's probability; `None` when it is the answer.
    pub fn calibration(&self) -> Option<Calibration> {
        self.calibration
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

    /// The features of a row in the model's own order, which are the raw columns where there is an encoding; never empty.
    pub fn feature_names(&self) -> &[String] {
        &self.card.features
    }
}

/// What a model says about itself: identity, origin and how well it did on rows it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The model's name, as decisions quote it.
    pub name: String,
    /// The features in row order, each name once; raw columns where they are encoded.
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

/// The metadata of version 1.
#[derive(Deserialize)]
struct Bare(Kind, Card);

/// The metadata of version 2.
#[derive(Deserialize)]
struct Metadata(Kind, Card, Option<Calibration>, Option<Vec<Encoder>>);

impl From<Bare> for Metadata {
    fn from(Bare(kind, card): Bare) -> Self {
        Self(kind, card, None, None)
    }
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
    /// Whether the first format version can hold it.
    fn is_plain(&self) -> bool {
        match self {
            Self::Logistic(_) => true,
            Self::Forest(forest) => forest.is_plain(),
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
        "model format {found} is not supported, this build reads formats up to {VERSION}: train the model again or update"
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

/// What these bytes and no more say.
fn whole<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ModelError> {
    match postcard::take_from_bytes(bytes) {
        Ok((said, [])) => Ok(said),
        _ => Err(ModelError::Metadata),
    }
}

/// The format version, and everything between it and the checksum, once both are right.
fn check_frame(bytes: &[u8]) -> Result<(u16, &[u8]), ModelError> {
    let body = bytes.strip_prefix(MAGIC).ok_or(ModelError::NotAModel)?;
    let (version, body) = body.split_first_chunk().ok_or(ModelError::Short("header"))?;
    let found = u16::from_le_bytes(*version);
    if !(BARE..=VERSION).contains(&found) {
        return Err(ModelError::Version { found });
    }
    let (body, checksum) = body.split_last_chunk::<CHECKSUM_BYTES>().ok_or(ModelError::Short("checksum"))?;
    let (signed, _) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(ModelError::Short("checksum"))?;
    if Sha256::digest(signed).as_slice() != checksum.as_slice() {
        return Err(ModelError::Checksum);
    }
    Ok((found, body))
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
    use crate::encoding::Cell;
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

    /// A regression over one column that becomes two numbers, calibrated.
    fn encoded() -> Model {
        let encoder = Encoder::Category { known: vec!["sms".to_owned()], others: true, flagged: false };
        let encoding = Encoding::new(vec![encoder]).unwrap();
        let card = Card { features: vec!["channel".to_owned()], ..card() };
        let calibration = Calibration::new(0.5, 0.25).unwrap();
        Model::encoded(card, logistic().scorer, Some(encoding), Some(calibration)).unwrap()
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
        for model in [forest(), logistic(), boosted(), encoded()] {
            let read = Model::decode(&model.encode()).unwrap();
            assert_eq!(read, model);
            assert_eq!(read.encode(), model.encode());
            assert_eq!(read.kind(), model.kind());
            assert!(model.encode().ends_with(&read.checksum()));
        }
    }

    #[test]
    fn every_cut_is_refused() {
        for bytes in [forest().encode(), logistic().encode(), boosted().encode(), encoded().encode()] {
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
    fn a_model_is_of_the_first_format_that_can_hold_it() {
        let versions = [forest(), logistic(), encoded(), boosted()].map(|model| model.encode()[8]);
        assert_eq!(versions, [1, 1, 2, 2]);
        for (missing_left, version) in [(false, 1), (true, 2)] {
            let split = Node::Split { feature: 1, threshold: 0.5, right: 2, missing_left };
            let tree = vec![split, Node::Leaf { value: 0.25 }, Node::Leaf { value: 0.75 }];
            let model = Model::new(card(), Scorer::Forest(Forest::new(vec![tree]).unwrap())).unwrap();
            assert_eq!(model.encode()[8], version);
        }
        let scored = Model::encoded(card(), forest().scorer, None, Some(Calibration::new(2.0, 0.0).unwrap())).unwrap();
        assert_eq!((scored.encode()[8], Model::decode(&scored.encode()).unwrap()), (2, scored));
    }

    #[test]
    fn an_encoding_has_the_columns_of_the_card_and_the_width_of_the_scorer() {
        let Model { card, scorer, encoding, .. } = encoded();
        let wider = Card { features: vec!["channel".to_owned(), "hour".to_owned()], ..card.clone() };
        let refused = Model::encoded(wider, scorer.clone(), encoding.clone(), None);
        assert_eq!(refused, Err(ModelError::Features { found: 1, named: 2 }));
        let number = Encoding::new(vec![Encoder::Number { fill: 0.0, flagged: false }]).unwrap();
        assert_eq!(Model::encoded(card, scorer, Some(number), None), Err(ModelError::Features { found: 2, named: 1 }));
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
            which in 0_usize..4, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
        ) {
            let mut bytes = [forest(), boosted(), logistic(), encoded()][which].encode();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(model) = Model::decode(&signed(bytes)) {
                prop_assert!((0.0..=1.0).contains(&model.probability(&[0.3, f32::NAN])));
                let row = [Cell::Text("sms"), Cell::Number(2.0)];
                prop_assert!((0.0..=1.0).contains(&model.probability_of(&row, &mut [0.0; 3])));
            }
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Model::decode(&bytes).is_err());
            prop_assert!(Model::decode(&signed([MAGIC.as_slice(), &[1, 0], &bytes].concat())).is_err());
            prop_assert!(Model::decode(&signed([MAGIC.as_slice(), &[2, 0], &bytes].concat())).is_err());
        }
    }
}
