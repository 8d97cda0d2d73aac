//! Brings a model that LightGBM saved as text into our own format, or says in one line what of it we do not score.
//!
//! What is accepted answers with a probability and looks at numbers only: objective `binary` or `cross_entropy`, boosted
//! (`gbdt`, `dart`, `goss`) or averaged (`rf`). Nothing in the text is trusted; the format is that of versions `v3` and `v4`,
//! as `GBDT::SaveModelToString` and `Tree::ToString` of LightGBM write it.

mod fields;
mod tree;

use tact_model::{Card, Forest, Model, ModelError, Node, Quality, Scorer};

use fields::{Fields, at_most_40};

/// The longest text that is read, in bytes: more than the largest forest that an artefact holds.
pub const MOST_LIGHTGBM_BYTES: usize = 256 << 20;

/// The model in a LightGBM text file under a name of one's own, scoring rows in the order of `feature_names`.
///
/// A value of a row that is missing goes where LightGBM sends it. How well the model does is not in the file: its card
/// says that nothing was measured, and 0 rows.
///
/// # Errors
/// When the text is not a LightGBM model of a known version, is cut short or contradicts itself, is too large for an
/// artefact, or asks for what we do not score: categorical splits, linear trees, zeros as missing values, more than one
/// tree an iteration, or an objective whose answer is not a probability.
pub fn import_lightgbm(text: &str, name: &str) -> Result<Model, ImportError> {
    if text.len() > MOST_LIGHTGBM_BYTES {
        return Err(ImportError::Size { found: text.len(), most: MOST_LIGHTGBM_BYTES });
    }
    let mut blocks = Blocks(text.lines());
    if blocks.0.next() != Some("tree") {
        return Err(ImportError::NotAModel);
    }
    let mut header = Fields::new(None);
    let mut mark = blocks.fill(&mut header)?;
    let header = Header::read(&header)?;
    let mut trees: Vec<Vec<Node>> = Vec::new();
    while let Mark::Tree(number) = mark {
        let position = trees.len();
        if number.parse() != Ok(position) {
            return Err(ImportError::Order { position, found: at_most_40(number) });
        }
        let mut fields = Fields::new(Some(position));
        mark = blocks.fill(&mut fields)?;
        trees.push(tree::nodes(&fields, header.features.len())?);
    }
    if trees.len() != header.trees {
        return Err(ImportError::Trees { found: trees.len(), promised: header.trees });
    }
    header.into_model(trees, name)
}

/// Why a LightGBM model is not imported; trees are counted from 0, as in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It begins with something else.
    #[error("not a LightGBM text model: its first line is not `tree`")]
    NotAModel,
    /// Larger than any model that could be imported.
    #[error("the file has {found} bytes, {most} at most are read")]
    Size {
        /// Bytes of the text.
        found: usize,
        /// The most that are read.
        most: usize,
    },
    /// It ends before LightGBM said that it does.
    #[error("the file is cut short: the line `end of trees` is missing")]
    Cut,
    /// Trees do not follow one another.
    #[error("tree {position} is numbered `{found}`")]
    Order {
        /// Position of the tree.
        position: usize,
        /// The number it was given, its first characters.
        found: String,
    },
    /// Trees are missing, or there are more than the header promised.
    #[error("the file has {found} trees, field `tree_sizes` promises {promised}")]
    Trees {
        /// Trees in the file.
        found: usize,
        /// Trees in the header.
        promised: usize,
    },
    /// A field of the header.
    #[error("field `{field}` {problem}")]
    Header {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A field of a tree.
    #[error("tree {tree}: field `{field}` {problem}")]
    Tree {
        /// Position of the tree.
        tree: usize,
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it.
        problem: Problem,
    },
    /// What came out is not a model that may be loaded.
    #[error("what was imported is not sound: {0}")]
    Model(#[from] ModelError),
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// It is there more than once.
    #[error("is given twice")]
    Twice,
    /// One of its values, its first characters, cannot be what it stands for.
    #[error("cannot be `{0}`")]
    Value(String),
    /// It has too few or too many values.
    #[error("has {found} values where {needed} are needed")]
    Count {
        /// Values it has.
        found: usize,
        /// Values it needs.
        needed: usize,
    },
    /// A child of a node is outside of the tree, or has two parents.
    #[error("gives node {node} a child that is outside of the tree or has another parent")]
    Child {
        /// Position of the node among the splits.
        node: usize,
    },
    /// A branch that takes too long to walk.
    #[error("has a branch of more than {most} splits, which no artefact holds")]
    Depth {
        /// The greatest number of splits in a branch.
        most: usize,
    },
    /// We do not score it.
    #[error("asks for {0}, which cannot be imported")]
    Unsupported(Unsupported),
}

/// What LightGBM can and we do not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// Another format version; the first characters of its name.
    #[error("format `{0}` (save the model with LightGBM 3 or 4)")]
    Version(String),
    /// Another objective; the first characters of its name.
    #[error("objective `{0}` (only `binary` and `cross_entropy` answer with a probability)")]
    Objective(String),
    /// Several classes.
    #[error("more than one class")]
    Classes,
    /// Several trees an iteration.
    #[error("more than one tree an iteration")]
    TreesAnIteration,
    /// A split by the members of a set.
    #[error("a categorical split (turn categories into numbers before training)")]
    Categorical,
    /// Leaves that are regressions (`linear_tree`).
    #[error("regressions in leaves (train without `linear_tree`)")]
    Linear,
    /// Zeros that are treated as missing values (`zero_as_missing`).
    #[error("zeros as missing values (train without `zero_as_missing`)")]
    ZeroAsMissing,
}

/// What a line outside of the fields says.
enum Mark<'a> {
    /// A tree begins; its number.
    Tree(&'a str),
    /// All trees were told.
    End,
}

/// The lines of a model; what comes behind the last tree (importances, parameters) is not read.
struct Blocks<'a>(std::str::Lines<'a>);

impl<'a> Blocks<'a> {
    /// Reads fields up to the next mark.
    fn fill(&mut self, fields: &mut Fields<'a>) -> Result<Mark<'a>, ImportError> {
        for line in self.0.by_ref() {
            if line == "end of trees" {
                return Ok(Mark::End);
            }
            match line.split_once('=').unwrap_or((line, "")) {
                ("Tree", number) => return Ok(Mark::Tree(number)),
                (field, value) => fields.put(field, value)?,
            }
        }
        Err(ImportError::Cut)
    }
}

/// What the lines before the first tree say.
struct Header {
    features: Vec<String>,
    trees: usize,
    slope: f64,
    averaged: bool,
}

impl Header {
    fn read(fields: &Fields<'_>) -> Result<Self, ImportError> {
        let version = fields.text("version")?;
        if !matches!(version, "v3" | "v4") {
            return Err(fields.unsupported("version", Unsupported::Version(at_most_40(version))));
        }
        let slope = slope(fields)?;
        for (field, several) in
            [("num_class", Unsupported::Classes), ("num_tree_per_iteration", Unsupported::TreesAnIteration)]
        {
            if fields.number::<usize>(field)? != 1 {
                return Err(fields.unsupported(field, several));
            }
        }
        let last: usize = fields.number("max_feature_idx")?;
        let features: Vec<String> = fields.text("feature_names")?.split(' ').map(str::to_owned).collect();
        if features.len() != last.saturating_add(1) {
            let problem = Problem::Count { found: features.len(), needed: last.saturating_add(1) };
            return Err(fields.error("feature_names", problem));
        }
        let trees = fields.text("tree_sizes")?.split_whitespace().count();
        Ok(Self { features, trees, slope, averaged: fields.has("average_output") })
    }

    /// A forest that averages is one that adds up and has a slope by so much less.
    fn into_model(self, trees: Vec<Vec<Node>>, name: &str) -> Result<Model, ImportError> {
        let count = u32::try_from(trees.len()).unwrap_or(u32::MAX);
        let slope = if self.averaged { self.slope / f64::from(count.max(1)) } else { self.slope };
        let card = Card {
            name: name.to_owned(),
            features: self.features,
            label: "what the imported model was taught to call positive".to_owned(),
            trained_on: format!("a LightGBM text model of {count} {}", if count == 1 { "tree" } else { "trees" }),
            rows: 0,
            seed: 0,
            quality: Quality { rows: 0, auc: 0.5, log_loss: 0.0, brier: 0.0 },
        };
        Ok(Model::new(card, Scorer::Forest(Forest::boosted(trees, slope)?))?)
    }
}

/// What the objective multiplies the sum of the trees with before the logistic function.
fn slope(fields: &Fields<'_>) -> Result<f64, ImportError> {
    let objective = fields.text("objective")?;
    let mut words = objective.split_whitespace();
    let (name, setting, more) = (words.next(), words.next(), words.next());
    let sigmoid = setting.and_then(|setting| setting.strip_prefix("sigmoid:"));
    match (name, setting, sigmoid, more) {
        (Some("cross_entropy"), None, ..) => Ok(1.0),
        (Some("binary"), _, Some(slope), None) => match slope.parse::<f64>() {
            Ok(slope) if slope.is_finite() && slope > 0.0 => Ok(slope),
            _ => Err(fields.error("objective", Problem::Value(at_most_40(objective)))),
        },
        (Some("binary" | "cross_entropy"), ..) => Err(fields.error("objective", Problem::Value(at_most_40(objective)))),
        _ => Err(fields.unsupported("objective", Unsupported::Objective(at_most_40(objective)))),
    }
}

#[cfg(test)]
mod tests;
