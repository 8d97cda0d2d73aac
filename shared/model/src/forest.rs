//! A forest of flat trees: built, checked and stored. How it is walked is in `walk.rs`.

use crate::artefact::{ModelError, Reader};
use crate::walk::{MAX_INPUTS, Walk};

const MAX_TREES: usize = 10_000;
const MAX_NODES: usize = 1_000_000;
const MAX_TREE_NODES: usize = 65_535;
const MAX_DEPTH: u8 = 64;
/// The feature that marks a leaf in the artefact.
const LEAF: u16 = u16::MAX;
/// Added to a feature in the artefact where a missing value goes left.
const MISSING_LEFT: u16 = 1 << 15;
/// So many that each is less than the mark above, and none together with it is that of a leaf.
const MAX_FEATURES: usize = 32_767;

/// Trees whose leaves together are a probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    trees: Vec<Vec<Node>>,
    combination: Combination,
    walk: Walk,
}

impl Forest {
    /// A forest of `trees`, each in the order node, left branch, right branch, whose leaves are probabilities and are averaged.
    ///
    /// # Errors
    /// When there are no trees, none or too many nodes, a child is not forward and inside its tree, a tree is deeper than 64, a
    /// threshold is not a number, a leaf is not a probability, a feature is beyond the 32,767th, or splits look at more than 4,095 values, where a
    /// feature whose missing values go left here and right there is two.
    pub fn new(trees: Vec<Vec<Node>>) -> Result<Self, ModelError> {
        Self::combined(trees, Combination::Mean)
    }

    /// A forest of `trees` as above, whose leaves are parts of a sum: the probability is the logistic function of `slope`
    /// times that sum. Leaves keep 48 bits.
    ///
    /// # Errors
    /// As above, but a leaf may be any number that an `f32` could come near to; and when the slope is not finite and above 0.
    pub fn boosted(trees: Vec<Vec<Node>>, slope: f64) -> Result<Self, ModelError> {
        Self::combined(trees, Combination::Logistic { slope })
    }

    fn combined(mut trees: Vec<Vec<Node>>, combination: Combination) -> Result<Self, ModelError> {
        check_count("trees", trees.len(), MAX_TREES)?;
        check_count("nodes", trees.iter().map(Vec::len).sum(), MAX_NODES)?;
        combination.check()?;
        for node in trees.iter_mut().flatten() {
            node.check(combination)?;
            node.round();
        }
        let depths = trees.iter().enumerate().map(|(at, tree)| depth(at, tree)).collect::<Result<Vec<u8>, _>>()?;
        let walk = Walk::new(&trees, &depths, combination);
        if walk.inputs() > MAX_INPUTS {
            return Err(ModelError::Count {
                what: "values that splits look at",
                found: walk.inputs(),
                most: MAX_INPUTS,
            });
        }
        Ok(Self { trees, combination, walk })
    }

    /// The trees as they were given; never empty.
    pub fn trees(&self) -> &[Vec<Node>] {
        &self.trees
    }

    /// How the leaves that a row reaches become a probability.
    pub fn combination(&self) -> Combination {
        self.combination
    }

    pub(crate) fn walk(&self) -> &Walk {
        &self.walk
    }

    pub(crate) fn check_features(&self, named: usize) -> Result<(), ModelError> {
        let found = self.trees.iter().flatten().map(Node::features).max().unwrap_or(0);
        if found > named { Err(ModelError::Features { found, named }) } else { Ok(()) }
    }

    /// Whether the first format version has all that this forest is made of.
    pub(crate) fn is_plain(&self) -> bool {
        let plain = |node: &Node| match *node {
            Node::Split { missing_left, threshold, .. } => !missing_left && threshold.is_finite(),
            Node::Leaf { .. } => node.parts().1 == 0,
        };
        self.combination == Combination::Mean && self.trees.iter().flatten().all(plain)
    }

    /// The slope of a sum, then number of trees, nodes of each tree, then features, right children and values of all nodes.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        let nodes = || self.trees.iter().flatten().map(Node::parts);
        if let Combination::Logistic { slope } = self.combination {
            bytes.extend(slope.to_le_bytes());
        }
        bytes.extend(count(self.trees.len()));
        bytes.extend(self.trees.iter().flat_map(|tree| count(tree.len())));
        bytes.extend(nodes().flat_map(|(feature, _, _)| feature.to_le_bytes()));
        bytes.extend(nodes().flat_map(|(_, right, _)| right.to_le_bytes()));
        bytes.extend(nodes().flat_map(|(_, _, value)| value.to_le_bytes()));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, ModelError> {
        Self::new(read_trees(from)?)
    }

    pub(crate) fn read_boosted(from: &mut Reader<'_>) -> Result<Self, ModelError> {
        let slope = from.array(1, "slope")?.map(f64::from_le_bytes).sum();
        Self::boosted(read_trees(from)?, slope)
    }
}

/// How the leaves that a row reaches become a probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Combination {
    /// Their mean: each is a probability, as in a random forest.
    Mean,
    /// `1 / (1 + exp(-slope * sum))`: each is a part of the log odds, as in gradient boosting.
    Logistic {
        /// What the sum is multiplied by: finite and above 0.
        slope: f64,
    },
}

impl Combination {
    fn check(self) -> Result<(), ModelError> {
        match self {
            Self::Logistic { slope } if !(slope.is_finite() && slope > 0.0) => Err(ModelError::Number("slopes")),
            _ => Ok(()),
        }
    }

    /// Whether a leaf can be one of those that are combined: no sum of them is beyond an `f64`.
    fn takes(self, leaf: f64) -> bool {
        match self {
            Self::Mean => (0.0..=1.0).contains(&leaf),
            Self::Logistic { .. } => leaf.abs() <= f64::from(f32::MAX),
        }
    }
}

/// One node of a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// Goes to the next node when the value is at most `threshold`, to node `right` of the tree when it is not.
    Split {
        /// Position of the value in the row, below 32,767.
        feature: u16,
        /// The greatest value that goes left; infinite where a split only tells missing values from the others.
        threshold: f32,
        /// Position of the right child in its tree, further on than the left child.
        right: u32,
        /// Whether a value that is missing or not a number goes left as well.
        missing_left: bool,
    },
    /// The end of a walk.
    Leaf {
        /// What is averaged, the share of positive rows here, 0..1; or what is added up, a part of the log odds.
        value: f64,
    },
}

impl Node {
    /// How many features a row needs for this node.
    fn features(&self) -> usize {
        match *self {
            Self::Split { feature, .. } => usize::from(feature) + 1,
            Self::Leaf { .. } => 0,
        }
    }

    /// Feature, right child and value as they are stored. What the value of a leaf has beyond an `f32` takes the place of
    /// the child that it does not have.
    fn parts(&self) -> (u16, u32, f32) {
        match *self {
            Self::Split { feature, threshold, right, missing_left } => {
                (if missing_left { feature | MISSING_LEFT } else { feature }, right, threshold)
            }
            Self::Leaf { value } => {
                let most = nearest(value);
                (LEAF, nearest(value - f64::from(most)).to_bits(), most)
            }
        }
    }

    fn from_parts(feature: u16, right: u32, value: f32) -> Self {
        match feature {
            LEAF => Self::Leaf { value: f64::from(value) + f64::from(f32::from_bits(right)) },
            _ => Self::Split {
                feature: feature & !MISSING_LEFT,
                threshold: value,
                right,
                missing_left: feature & MISSING_LEFT != 0,
            },
        }
    }

    /// Rounds a leaf to what is stored of it.
    fn round(&mut self) {
        if let Self::Leaf { .. } = self {
            let (feature, rest, most) = self.parts();
            *self = Self::from_parts(feature, rest, most);
        }
    }

    /// Refuses what no walk may meet.
    fn check(&self, combination: Combination) -> Result<(), ModelError> {
        match *self {
            Self::Split { threshold, .. } if threshold.is_nan() => Err(ModelError::Number("thresholds")),
            Self::Split { .. } => check_count("features", self.features(), MAX_FEATURES),
            Self::Leaf { value } if !combination.takes(value) => Err(ModelError::Number("leaves")),
            Self::Leaf { .. } => Ok(()),
        }
    }

    /// The right child of a split, `None` for a leaf.
    fn right(&self) -> Option<usize> {
        match *self {
            Self::Split { right, .. } => Some(usize::try_from(right).unwrap_or(usize::MAX)),
            Self::Leaf { .. } => None,
        }
    }
}

fn read_trees(from: &mut Reader<'_>) -> Result<Vec<Vec<Node>>, ModelError> {
    let count = from.count("trees")?;
    check_count("trees", count, MAX_TREES)?;
    let lengths = (0..count).map(|_| from.count("trees")).collect::<Result<Vec<usize>, _>>()?;
    let total = lengths.iter().fold(0, |sum: usize, length| sum.saturating_add(*length));
    check_count("nodes", total, MAX_NODES)?;
    let features = from.array(total, "nodes")?.map(u16::from_le_bytes);
    let rights = from.array(total, "nodes")?.map(u32::from_le_bytes);
    let values = from.array(total, "nodes")?.map(f32::from_le_bytes);
    let mut nodes =
        features.zip(rights).zip(values).map(|((feature, right), value)| Node::from_parts(feature, right, value));
    Ok(lengths.iter().map(|length| nodes.by_ref().take(*length).collect()).collect())
}

/// The nearest `f32`.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
fn nearest(value: f64) -> f32 {
    value as f32
}

fn check_count(what: &'static str, found: usize, most: usize) -> Result<(), ModelError> {
    if (1..=most).contains(&found) { Ok(()) } else { Err(ModelError::Count { what, found, most }) }
}

/// The steps from the root to the deepest leaf; refuses a tree that a walk could leave or never end.
fn depth(tree: usize, nodes: &[Node]) -> Result<u8, ModelError> {
    check_count("nodes in a tree", nodes.len(), MAX_TREE_NODES)?;
    let mut depths = vec![0_u8; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        let Some(right) = node.right() else { continue };
        let below = depths.get(at).copied().unwrap_or(MAX_DEPTH) + 1;
        if below > MAX_DEPTH {
            return Err(ModelError::Depth { tree, most: MAX_DEPTH });
        }
        if right <= at + 1 {
            return Err(ModelError::Child { tree, node: at });
        }
        for child in [at + 1, right] {
            let child = depths.get_mut(child).ok_or(ModelError::Child { tree, node: at })?;
            *child = below.max(*child);
        }
    }
    depths.into_iter().max().ok_or(ModelError::Count { what: "nodes", found: 0, most: MAX_NODES })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(value: f64) -> Node {
        Node::Leaf { value }
    }

    fn split(right: u32) -> Node {
        Node::Split { feature: 0, threshold: 0.5, right, missing_left: false }
    }

    /// A tree in which every right child is a leaf: as deep as it has splits.
    fn comb(splits: u32) -> Vec<Node> {
        let mut tree: Vec<Node> = (0..splits).map(|at| split(2 * splits - at)).collect();
        tree.extend((0..=splits).map(|_| leaf(0.5)));
        tree
    }

    #[test]
    fn a_tree_is_as_deep_as_its_longest_walk() {
        assert_eq!(depth(0, &[leaf(0.5)]), Ok(0));
        assert_eq!(depth(0, &comb(3)), Ok(3));
    }

    #[test]
    fn a_walk_of_64_steps_is_allowed_and_one_of_65_is_not() {
        assert!(Forest::new(vec![comb(64)]).is_ok());
        assert_eq!(Forest::new(vec![comb(65)]), Err(ModelError::Depth { tree: 0, most: 64 }));
    }

    #[test]
    fn children_must_lie_forward_and_inside_their_tree() {
        for right in [0, 1, 3, u32::MAX] {
            let tree = vec![split(right), leaf(0.1), leaf(0.2)];
            assert_eq!(Forest::new(vec![vec![leaf(0.0)], tree]), Err(ModelError::Child { tree: 1, node: 0 }));
        }
        assert_eq!(Forest::new(vec![vec![leaf(0.1), split(2)]]), Err(ModelError::Child { tree: 0, node: 1 }));
    }

    #[test]
    fn a_forest_has_trees_and_a_tree_has_nodes() {
        assert!(matches!(Forest::new(vec![]), Err(ModelError::Count { what: "trees", .. })));
        assert!(matches!(Forest::new(vec![vec![leaf(0.5)], vec![]]), Err(ModelError::Count { found: 0, .. })));
    }

    #[test]
    fn a_tree_is_small_enough_for_its_steps() {
        let large = vec![leaf(0.5); MAX_TREE_NODES + 1];
        assert_eq!(
            Forest::new(vec![large]),
            Err(ModelError::Count { what: "nodes in a tree", found: MAX_TREE_NODES + 1, most: MAX_TREE_NODES })
        );
    }

    #[test]
    fn thresholds_are_numbers_and_leaves_are_probabilities() {
        for value in [f64::NAN, -0.1, 1.1] {
            assert_eq!(Forest::new(vec![vec![leaf(value)]]), Err(ModelError::Number("leaves")));
        }
        let tree = |threshold| {
            vec![Node::Split { feature: 0, threshold, right: 2, missing_left: false }, leaf(0.1), leaf(0.2)]
        };
        assert_eq!(Forest::new(vec![tree(f32::NAN)]), Err(ModelError::Number("thresholds")));
        for threshold in [f32::INFINITY, f32::NEG_INFINITY] {
            assert!(!Forest::new(vec![tree(threshold)]).unwrap().is_plain(), "the first format refuses it");
        }
    }

    #[test]
    fn a_sum_takes_any_leaf_near_an_f32_and_a_slope_above_zero() {
        for value in [-3.5, 0.0, 1e30, -f64::from(f32::MAX)] {
            assert!(Forest::boosted(vec![vec![leaf(value)]], 1.0).is_ok());
        }
        for value in [f64::NAN, f64::NEG_INFINITY, 1e39] {
            assert_eq!(Forest::boosted(vec![vec![leaf(value)]], 1.0), Err(ModelError::Number("leaves")));
        }
        for slope in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
            assert_eq!(Forest::boosted(vec![vec![leaf(0.5)]], slope), Err(ModelError::Number("slopes")));
        }
    }

    #[test]
    fn the_largest_sums_are_probabilities() {
        let (most, least) = (vec![leaf(f64::from(f32::MAX))], vec![leaf(-f64::from(f32::MAX))]);
        for trees in [vec![most.clone(); 9], vec![least.clone(); 9], vec![most, least]] {
            let forest = Forest::boosted(trees, f64::MAX).unwrap();
            assert!((0.0..=1.0).contains(&forest.walk().probability(&[])));
        }
    }

    #[test]
    fn more_features_than_can_be_stored_or_walked_are_refused() {
        let tree = |feature| {
            vec![Node::Split { feature, threshold: 0.5, right: 2, missing_left: false }, leaf(0.1), leaf(0.2)]
        };
        assert!(Forest::new(vec![tree(32_766)]).is_ok());
        assert!(matches!(Forest::new(vec![tree(32_767)]), Err(ModelError::Count { what: "features", .. })));
        assert!(Forest::new((0..4_095).map(tree).collect()).is_ok());
        let most = ModelError::Count { what: "values that splits look at", found: 4_096, most: 4_095 };
        assert_eq!(Forest::new((0..4_096).map(tree).collect()), Err(most));
    }

    #[test]
    fn a_leaf_keeps_48_bits() {
        for value in [-0.124_542_680_645_400_32_f64, 1e-9, 12_345.678_901_234_567, 0.1] {
            let forest = Forest::boosted(vec![vec![leaf(value)]], 1.0).unwrap();
            let Some(&[Node::Leaf { value: kept }]) = forest.trees().first().map(Vec::as_slice) else {
                panic!("one leaf")
            };
            assert!((kept - value).abs() <= value.abs() * f64::EPSILON * 16.0, "{value} is kept as {kept}");
            assert_eq!(Forest::boosted(forest.trees().to_vec(), 1.0), Ok(forest));
        }
    }
}
