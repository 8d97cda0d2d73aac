//! The walk through a forest: no allocation, no panic, no branch that the processor would have to guess.
//!
//! One tree alone waits for memory at every step, so trees are walked side by side; a leaf steps onto itself, so that all
//! trees of a group can take as many steps as the deepest of them needs.

use std::hint::select_unpredictable;

use crate::forest::Node;

/// How many trees are walked side by side.
const LANES: usize = 4;

/// A forest laid out for walking: all trees behind one another, grouped by their roots.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Walk {
    steps: Vec<Step>,
    leaves: Vec<f32>,
    groups: Vec<Group>,
    trees: f64,
}

impl Walk {
    /// Lays out checked trees with their depths. The position after the last node fills groups that are not full.
    pub(crate) fn new(trees: &[Vec<Node>], depths: &[u8]) -> Self {
        let mut roots = Vec::with_capacity(trees.len());
        let mut steps = Vec::new();
        for tree in trees {
            roots.push(position(steps.len()));
            steps.extend((0..).zip(tree).map(|(at, node)| Step::new(at, node)));
        }
        let nothing = position(steps.len());
        Self {
            steps,
            leaves: trees.iter().flatten().map(leaf).collect(),
            groups: roots.chunks(LANES).zip(depths.chunks(LANES)).map(|(r, d)| Group::new(r, d, nothing)).collect(),
            trees: f64::from(position(trees.len())),
        }
    }

    /// The average of the leaves that the row reaches, 0..1. A value that is missing or not a number goes right.
    pub(crate) fn probability(&self, row: &[f32]) -> f64 {
        let mut sum = 0.0;
        for group in &self.groups {
            let mut lanes = group.roots;
            for _ in 0..group.depth {
                lanes = lanes.map(|at| self.step(at, row));
            }
            sum += lanes.iter().map(|at| self.leaf(*at)).sum::<f64>();
        }
        sum / self.trees
    }

    /// The same walk over rows in which feature `i` stands in slot `slots[i]`.
    pub(crate) fn with_slots(&self, slots: &[u16]) -> Self {
        let mut bound = self.clone();
        for step in &mut bound.steps {
            step.feature = slots.get(usize::from(step.feature)).copied().unwrap_or(u16::MAX);
        }
        bound
    }

    fn step(&self, at: u32, row: &[f32]) -> u32 {
        let Some(step) = self.steps.get(at as usize) else {
            return at;
        };
        let value = row.get(usize::from(step.feature)).copied().unwrap_or(f32::NAN);
        at.wrapping_add(u32::from(select_unpredictable(value <= step.threshold, 1, step.skip)))
    }

    fn leaf(&self, at: u32) -> f64 {
        self.leaves.get(at as usize).copied().map_or(0.0, f64::from)
    }
}

/// A node as it is walked, eight bytes: the left child is one node on, the right child `skip` nodes.
#[derive(Debug, Clone, Copy)]
struct Step {
    threshold: f32,
    feature: u16,
    skip: u16,
}

impl Step {
    fn new(at: u32, node: &Node) -> Self {
        match *node {
            Node::Split { feature, threshold, right } => {
                Self { threshold, feature, skip: u16::try_from(right.saturating_sub(at)).unwrap_or(u16::MAX) }
            }
            // No value is at most NaN: a leaf always goes right, and right is the leaf.
            Node::Leaf { .. } => Self { threshold: f32::NAN, feature: 0, skip: 0 },
        }
    }
}

impl PartialEq for Step {
    /// By bits, as the threshold of a leaf is not a number.
    fn eq(&self, other: &Self) -> bool {
        (self.threshold.to_bits(), self.feature, self.skip) == (other.threshold.to_bits(), other.feature, other.skip)
    }
}

/// Trees that are walked side by side, for as many steps as the deepest needs.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    roots: [u32; LANES],
    depth: u8,
}

impl Group {
    fn new(roots: &[u32], depths: &[u8], nothing: u32) -> Self {
        let mut lanes = [nothing; LANES];
        for (lane, root) in lanes.iter_mut().zip(roots) {
            *lane = *root;
        }
        Self { roots: lanes, depth: depths.iter().copied().max().unwrap_or(0) }
    }
}

/// Positions fit, as the number of nodes is bounded.
fn position(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn leaf(node: &Node) -> f32 {
    match *node {
        Node::Split { .. } => 0.0,
        Node::Leaf { probability } => probability,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::forest::Forest;

    const FEATURES: u16 = 6;

    /// Plants a tree from random numbers: split or leaf, feature, threshold.
    fn grow(tree: &mut Vec<Node>, choices: &mut impl Iterator<Item = (bool, u16, f32)>, depth: u32) {
        let (splits, feature, threshold) = choices.next().unwrap_or((false, 0, 0.0));
        let at = tree.len();
        tree.push(Node::Leaf { probability: threshold.abs() });
        if splits && depth > 0 {
            grow(tree, choices, depth - 1);
            tree[at] = Node::Split { feature, threshold, right: position(tree.len()) };
            grow(tree, choices, depth - 1);
        }
    }

    fn forests() -> impl Strategy<Value = Forest> {
        let choice = (prop::bool::weighted(0.8), 0..FEATURES, -1.0_f32..1.0);
        prop::collection::vec(prop::collection::vec(choice, 1..60), 1..25).prop_map(|trees| {
            let planted = trees.into_iter().map(|choices| {
                let mut tree = Vec::new();
                grow(&mut tree, &mut choices.into_iter(), 8);
                tree
            });
            Forest::new(planted.collect()).unwrap()
        })
    }

    fn rows() -> impl Strategy<Value = Vec<f32>> {
        let value = prop_oneof![8 => -1.0_f32..1.0, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)];
        prop::collection::vec(value, usize::from(FEATURES))
    }

    /// One tree at a time, as a reader would do it with a finger.
    fn by_hand(forest: &Forest, row: &[f32]) -> f64 {
        let leaves = forest.trees().iter().map(|tree| {
            let mut at = 0;
            loop {
                match tree[at] {
                    Node::Leaf { probability } => return f64::from(probability),
                    Node::Split { feature, threshold, .. } if row[usize::from(feature)] <= threshold => at += 1,
                    Node::Split { right, .. } => at = right as usize,
                }
            }
        });
        leaves.sum::<f64>() / f64::from(position(forest.trees().len()))
    }

    proptest! {
        #[test]
        fn the_walk_ends_where_a_finger_would(forest in forests(), row in rows()) {
            prop_assert!((forest.walk().probability(&row) - by_hand(&forest, &row)).abs() < 1e-12);
        }

        #[test]
        fn a_row_of_another_length_is_read_as_missing_values(forest in forests(), row in rows(), length in 0_usize..12) {
            let mut padded = row.clone();
            padded.truncate(length);
            let short = forest.walk().probability(&padded);
            padded.resize(usize::from(FEATURES).max(length), f32::NAN);
            prop_assert_eq!(short.to_bits(), forest.walk().probability(&padded).to_bits());
        }
    }

    #[test]
    fn a_value_at_the_threshold_goes_left_and_a_missing_one_right() {
        let split = Node::Split { feature: 0, threshold: 0.5, right: 2 };
        let tree = vec![split, Node::Leaf { probability: 0.25 }, Node::Leaf { probability: 0.75 }];
        let forest = Forest::new(vec![tree]).unwrap();
        for (value, probability) in [(0.5, 0.25), (0.500_001, 0.75), (f32::NAN, 0.75), (f32::NEG_INFINITY, 0.25)] {
            assert_eq!(forest.walk().probability(&[value]).to_bits(), f64::to_bits(probability));
        }
    }
}
