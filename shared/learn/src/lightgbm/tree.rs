//! One tree of LightGBM, arrays over its splits, as our nodes in the order node, left branch, right branch.

use tact_model::Node;

use super::fields::{Fields, at_most_40};
use super::{ImportError, Problem, Unsupported};
use crate::export::at_most;

/// The most leaves of a tree: with its splits it has then as many nodes as an artefact allows.
const MAX_LEAVES: usize = 32_768;
/// The most splits in a branch, as an artefact allows.
const MAX_DEPTH: usize = 64;
/// What lies at most as far from zero is zero to LightGBM's prediction (`kZeroThreshold`).
const ZERO: f32 = 1e-35;
/// Bits of `decision_type`: the split is categorical, a missing value goes left, and two bits of what is missing.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;
const MISSING: u8 = 12;
/// Values of the bits of what is missing: nothing (no number counts as zero), zeros, no numbers.
const NOTHING: u8 = 0;
const ZEROS: u8 = 4;
const NO_NUMBERS: u8 = 8;

/// The nodes of the tree that the fields tell of, over rows of so many features.
pub(super) fn nodes(fields: &Fields<'_>, features: usize) -> Result<Vec<Node>, ImportError> {
    if fields.has("num_cat") && fields.number::<u32>("num_cat")? > 0 {
        return Err(fields.unsupported("num_cat", Unsupported::Categorical));
    }
    if fields.has("is_linear") && fields.number::<u8>("is_linear")? > 0 {
        return Err(fields.unsupported("is_linear", Unsupported::Linear));
    }
    let count: usize = fields.number("num_leaves")?;
    if !(1..=MAX_LEAVES).contains(&count) {
        return Err(fields.error("num_leaves", Problem::Value(count.to_string())));
    }
    let leaves = fields.numbers::<f64>("leaf_value", count)?;
    if let Some(leaf) = leaves.iter().find(|leaf| !leaf.is_finite()) {
        return Err(fields.error("leaf_value", Problem::Value(leaf.to_string())));
    }
    let splits = splits(fields, count - 1, features)?;
    let mut planting = Planting {
        fields,
        splits: splits.into_iter().map(Some).collect(),
        leaves: leaves.into_iter().map(Some).collect(),
        nodes: Vec::with_capacity(2 * count - 1),
    };
    let root = if count == 1 { Child::Leaf(0) } else { Child::Split(0) };
    planting.plant(root, &Parent { split: 0, field: "num_leaves" }, 0)?;
    let reached = planting.nodes.len().div_ceil(2);
    if reached == count {
        Ok(planting.nodes)
    } else {
        Err(fields.error("leaf_value", Problem::Count { found: count, needed: reached }))
    }
}

/// A split that was read.
struct Split {
    feature: u16,
    threshold: f32,
    missing_left: bool,
    left: Child,
    right: Child,
}

/// Where a branch leads to, by its position among the splits or among the leaves.
#[derive(Clone, Copy)]
enum Child {
    Split(usize),
    Leaf(usize),
}

impl Child {
    /// As LightGBM writes it: the position of a split, or the complement of the position of a leaf.
    fn of(written: i64) -> Self {
        let leaf = |_| Self::Leaf(usize::try_from(!written).unwrap_or(usize::MAX));
        usize::try_from(written).map_or_else(leaf, Self::Split)
    }
}

fn splits(fields: &Fields<'_>, count: usize, features: usize) -> Result<Vec<Split>, ImportError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let of_feature = fields.numbers::<u16>("split_feature", count)?;
    if let Some(beyond) = of_feature.iter().find(|feature| usize::from(**feature) >= features) {
        return Err(fields.error("split_feature", Problem::Value(beyond.to_string())));
    }
    let thresholds = fields.numbers::<f64>("threshold", count)?;
    let types = fields.numbers::<u8>("decision_type", count)?;
    let left = fields.numbers::<i64>("left_child", count)?;
    let right = fields.numbers::<i64>("right_child", count)?;
    let missing_left =
        types.into_iter().zip(&thresholds).map(|(kind, threshold)| missing_left(fields, kind, *threshold));
    let missing_left = missing_left.collect::<Result<Vec<bool>, _>>()?;
    let thresholds = thresholds.into_iter().map(|threshold| {
        rounded(threshold).ok_or_else(|| fields.error("threshold", Problem::Value(at_most_40(&threshold.to_string()))))
    });
    let thresholds = thresholds.collect::<Result<Vec<f32>, _>>()?;
    let children = left.into_iter().zip(right);
    let splits = of_feature.into_iter().zip(thresholds).zip(missing_left).zip(children);
    Ok(splits
        .map(|(((feature, threshold), missing_left), (left, right))| Split {
            feature,
            threshold,
            missing_left,
            left: Child::of(left),
            right: Child::of(right),
        })
        .collect())
}

/// Where a missing value goes: with the zeros, where the split does not know of missing ones.
fn missing_left(fields: &Fields<'_>, kind: u8, threshold: f64) -> Result<bool, ImportError> {
    if kind & CATEGORICAL != 0 {
        return Err(fields.unsupported("decision_type", Unsupported::Categorical));
    }
    match kind & MISSING {
        _ if kind > CATEGORICAL | DEFAULT_LEFT | MISSING => {
            Err(fields.error("decision_type", Problem::Value(kind.to_string())))
        }
        NOTHING => Ok(0.0 <= threshold),
        ZEROS => Err(fields.unsupported("decision_type", Unsupported::ZeroAsMissing)),
        NO_NUMBERS => Ok(kind & DEFAULT_LEFT != 0),
        _ => Err(fields.error("decision_type", Problem::Value(kind.to_string()))),
    }
}

/// The `f32` that every `f32` is at most exactly when LightGBM sends it left; `None` for what is not a number. Infinite
/// where a split only tells missing values from the others.
fn rounded(threshold: f64) -> Option<f32> {
    let zero = f64::from(ZERO);
    let rounded = match threshold {
        threshold if (0.0..zero).contains(&threshold) => ZERO,
        threshold if (-zero..0.0).contains(&threshold) => (-ZERO).next_down(),
        threshold => at_most(threshold),
    };
    (!rounded.is_nan()).then_some(rounded)
}

/// Who names a child: a split, in which field.
struct Parent {
    split: usize,
    field: &'static str,
}

/// A tree that is being put in order. Splits and leaves are taken, so that none comes twice.
struct Planting<'a> {
    fields: &'a Fields<'a>,
    splits: Vec<Option<Split>>,
    leaves: Vec<Option<f64>>,
    nodes: Vec<Node>,
}

impl Planting<'_> {
    /// Appends a branch that has so many splits above it.
    fn plant(&mut self, child: Child, parent: &Parent, above: usize) -> Result<(), ImportError> {
        let fields = self.fields;
        let stray = || fields.error(parent.field, Problem::Child { node: parent.split });
        let position = match child {
            Child::Split(position) => position,
            Child::Leaf(position) => {
                let value = self.leaves.get_mut(position).and_then(Option::take).ok_or_else(stray)?;
                self.nodes.push(Node::Leaf { value });
                return Ok(());
            }
        };
        let Split { feature, threshold, missing_left, left, right } =
            self.splits.get_mut(position).and_then(Option::take).ok_or_else(stray)?;
        if above == MAX_DEPTH {
            return Err(fields.error(parent.field, Problem::Depth { most: MAX_DEPTH }));
        }
        let at = self.nodes.len();
        self.nodes.push(Node::Leaf { value: 0.0 });
        self.plant(left, &Parent { split: position, field: "left_child" }, above + 1)?;
        let split = Node::Split {
            feature,
            threshold,
            right: u32::try_from(self.nodes.len()).unwrap_or(u32::MAX),
            missing_left,
        };
        if let Some(node) = self.nodes.get_mut(at) {
            *node = split;
        }
        self.plant(right, &Parent { split: position, field: "right_child" }, above + 1)
    }
}
