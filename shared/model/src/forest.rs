//! A forest of flat trees: built, checked and stored. How it is walked is in `walk.rs`.

use crate::artefact::{ModelError, Reader};
use crate::walk::Walk;

const MAX_TREES: usize = 10_000;
const MAX_NODES: usize = 1_000_000;
const MAX_TREE_NODES: usize = 65_535;
const MAX_DEPTH: u8 = 64;
/// The feature that marks a leaf in the artefact.
const LEAF: u16 = u16::MAX;

/// Trees whose averaged leaves are a probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    trees: Vec<Vec<Node>>,
    walk: Walk,
}

impl Forest {
    /// A forest of `trees`, each in the order node, left branch, right branch.
    ///
    /// # Errors
    /// When there are no trees, none or too many nodes, a child is not forward and inside its tree, a tree is deeper than 64, a
    /// threshold is not finite, or a leaf is not a probability.
    pub fn new(trees: Vec<Vec<Node>>) -> Result<Self, ModelError> {
        check_count("trees", trees.len(), MAX_TREES)?;
        check_count("nodes", trees.iter().map(Vec::len).sum(), MAX_NODES)?;
        let depths = trees.iter().enumerate().map(|(at, tree)| depth(at, tree)).collect::<Result<Vec<u8>, _>>()?;
        let walk = Walk::new(&trees, &depths);
        Ok(Self { trees, walk })
    }

    /// The trees as they were given; never empty.
    pub fn trees(&self) -> &[Vec<Node>] {
        &self.trees
    }

    pub(crate) fn walk(&self) -> &Walk {
        &self.walk
    }

    pub(crate) fn check_features(&self, named: usize) -> Result<(), ModelError> {
        let found = self.trees.iter().flatten().map(Node::features).max().unwrap_or(0);
        if found > named { Err(ModelError::Features { found, named }) } else { Ok(()) }
    }

    /// Number of trees, nodes of each tree, then features, right children and values of all nodes.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        let nodes = || self.trees.iter().flatten().map(Node::parts);
        bytes.extend(count(self.trees.len()));
        bytes.extend(self.trees.iter().flat_map(|tree| count(tree.len())));
        bytes.extend(nodes().flat_map(|(feature, _, _)| feature.to_le_bytes()));
        bytes.extend(nodes().flat_map(|(_, right, _)| right.to_le_bytes()));
        bytes.extend(nodes().flat_map(|(_, _, value)| value.to_le_bytes()));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, ModelError> {
        let count = from.count("trees")?;
        check_count("trees", count, MAX_TREES)?;
        let lengths = (0..count).map(|_| from.count("trees")).collect::<Result<Vec<usize>, _>>()?;
        let total = lengths.iter().fold(0, |sum: usize, length| sum.saturating_add(*length));
        check_count("nodes", total, MAX_NODES)?;
        let features = from.array(total, "nodes")?.map(u16::from_le_bytes);
        let rights = from.array(total, "nodes")?.map(u32::from_le_bytes);
        let values = from.array(total, "nodes")?.map(f32::from_le_bytes);
        let mut nodes = features.zip(rights).zip(values).map(|((feature, right), value)| match feature {
            LEAF => Node::Leaf { probability: value },
            feature => Node::Split { feature, threshold: value, right },
        });
        Self::new(lengths.iter().map(|length| nodes.by_ref().take(*length).collect()).collect())
    }
}

/// One node of a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// Goes to the next node when the value is at most `threshold`, to node `right` of the tree when it is not.
    Split {
        /// Position of the value in the row.
        feature: u16,
        /// The greatest value that goes left.
        threshold: f32,
        /// Position of the right child in its tree, further on than the left child.
        right: u32,
    },
    /// The end of a walk.
    Leaf {
        /// The share of positive rows here, 0..1.
        probability: f32,
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

    fn parts(&self) -> (u16, u32, f32) {
        match *self {
            Self::Split { feature, threshold, right } => (feature, right, threshold),
            Self::Leaf { probability } => (LEAF, 0, probability),
        }
    }

    /// The right child of a split, `None` for a leaf; refuses numbers that no walk may meet.
    fn right(&self) -> Result<Option<usize>, ModelError> {
        match *self {
            Self::Split { threshold, .. } if !threshold.is_finite() => Err(ModelError::Number("thresholds")),
            Self::Split { right, .. } => Ok(Some(usize::try_from(right).unwrap_or(usize::MAX))),
            Self::Leaf { probability } if !(0.0..=1.0).contains(&probability) => Err(ModelError::Number("leaves")),
            Self::Leaf { .. } => Ok(None),
        }
    }
}

fn check_count(what: &'static str, found: usize, most: usize) -> Result<(), ModelError> {
    if (1..=most).contains(&found) { Ok(()) } else { Err(ModelError::Count { what, found, most }) }
}

/// The steps from the root to the deepest leaf; refuses a tree that a walk could leave or never end.
fn depth(tree: usize, nodes: &[Node]) -> Result<u8, ModelError> {
    check_count("nodes in a tree", nodes.len(), MAX_TREE_NODES)?;
    let mut depths = vec![0_u8; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        let Some(right) = node.right()? else { continue };
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

    fn leaf(probability: f32) -> Node {
        Node::Leaf { probability }
    }

    fn split(right: u32) -> Node {
        Node::Split { feature: 0, threshold: 0.5, right }
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
    fn thresholds_are_finite_and_leaves_are_probabilities() {
        for probability in [f32::NAN, -0.1, 1.1] {
            assert_eq!(Forest::new(vec![vec![leaf(probability)]]), Err(ModelError::Number("leaves")));
        }
        for threshold in [f32::NAN, f32::INFINITY] {
            let tree = vec![Node::Split { feature: 0, threshold, right: 2 }, leaf(0.1), leaf(0.2)];
            assert_eq!(Forest::new(vec![tree]), Err(ModelError::Number("thresholds")));
        }
    }
}
