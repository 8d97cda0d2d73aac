//! The walk through a forest: no allocation, no panic, no branch that the processor would have to guess.
//!
//! One tree alone waits for memory at every step, so trees are walked side by side; a leaf steps onto itself, so that all
//! trees of a group take steps until the last of them has arrived. The values of a row are turned into keys once, so that
//! a step compares integers and a missing value needs no step of its own.

use std::hint::select_unpredictable;

use crate::forest::{Combination, Node};
use crate::logistic::sigmoid;

/// How many trees are walked side by side: as many as the processor has registers for.
const LANES: usize = 8;
/// How many leaves are added up before they are added to the others: part of the result, as rounding depends on it.
const ADDENDS: usize = 4;
/// How many keys a row may have beside that of the leaves: they lie on the stack.
pub(crate) const MAX_INPUTS: usize = MOST_KEYS - 1;
const MOST_KEYS: usize = 4_096;
/// The key of a value that goes right whatever the threshold.
const RIGHT: u32 = u32::MAX;
/// The key of a value that goes left whatever the threshold.
const LEFT: u32 = 0;

/// A forest laid out for walking: all trees behind one another, grouped by their roots.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Walk {
    inputs: Vec<Input>,
    steps: Vec<Step>,
    leaves: Vec<f64>,
    groups: Vec<Group>,
    combination: Combination,
    trees: f64,
}

impl Walk {
    /// Lays out checked trees with their depths. The step after the last one fills groups that are not full.
    pub(crate) fn new(trees: &[Vec<Node>], depths: &[u8], combination: Combination) -> Self {
        let inputs = inputs(trees);
        let mut roots = Vec::with_capacity(trees.len());
        let (mut steps, mut leaves) = (Vec::new(), Vec::new());
        for tree in trees {
            roots.push(position(steps.len()));
            steps.extend((0..).zip(tree).map(|(at, node)| Step::new(at, node, &inputs, &mut leaves)));
        }
        let nothing = position(steps.len());
        steps.push(Step::new(0, &Node::Leaf { value: 0.0 }, &inputs, &mut leaves));
        let groups = roots.chunks(LANES).zip(depths.chunks(LANES)).map(|(r, d)| Group::new(r, d, nothing)).collect();
        Self { inputs, steps, leaves, groups, combination, trees: f64::from(position(trees.len())) }
    }

    /// How many different values splits look at.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// What the leaves that the row reaches say together, 0..1.
    pub(crate) fn probability(&self, row: &[f32]) -> f64 {
        // The keys lie on the stack; most forests need few, and are not made to wait for the room of the largest.
        let sum = match self.inputs.len() {
            0..64 => self.sum::<64>(row),
            64..512 => self.sum::<512>(row),
            _ => self.sum::<MOST_KEYS>(row),
        };
        match self.combination {
            Combination::Mean => sum / self.trees,
            Combination::Logistic { slope } => sigmoid(slope * sum),
        }
    }

    /// The same walk over rows in which feature `i` stands in slot `slots[i]`.
    pub(crate) fn with_slots(&self, slots: &[u16]) -> Self {
        let mut bound = self.clone();
        for input in &mut bound.inputs {
            input.slot = slots.get(usize::from(input.slot)).copied().unwrap_or(u16::MAX);
        }
        bound
    }

    fn sum<const KEYS: usize>(&self, row: &[f32]) -> f64 {
        let keys = self.keys::<KEYS>(row);
        let mut sum = 0.0;
        for group in &self.groups {
            let lanes = self.descend(group, &keys);
            for some in lanes.chunks(ADDENDS) {
                sum += some.iter().map(|at| self.leaf(*at)).sum::<f64>();
            }
        }
        sum
    }

    /// The keys of the row: nothing is at most the first, whose place is that of the leaves.
    fn keys<const KEYS: usize>(&self, row: &[f32]) -> [u32; KEYS] {
        let mut keys = [RIGHT; KEYS];
        for (place, input) in keys.iter_mut().skip(1).zip(&self.inputs) {
            *place = input.key(row);
        }
        keys
    }

    /// The ends of a group of walks. Steps lead forward only: when the sum of the positions stays, all have arrived.
    fn descend<const KEYS: usize>(&self, group: &Group, keys: &[u32; KEYS]) -> [u32; LANES] {
        let mut lanes = group.roots;
        let mut before = 0_u32;
        for _ in 0..group.depth {
            lanes = lanes.map(|at| self.step(at, keys));
            let after = lanes.iter().fold(0_u32, |sum, at| sum.wrapping_add(*at));
            if after == before {
                break;
            }
            before = after;
        }
        lanes
    }

    fn step<const KEYS: usize>(&self, at: u32, keys: &[u32; KEYS]) -> u32 {
        let Some(step) = self.steps.get(at as usize) else {
            return at;
        };
        // Every input has a key; to say so in bits, `KEYS` being a power of two, spares looking whether it has.
        let key = keys.get(usize::from(step.input) & (KEYS - 1)).copied().unwrap_or(RIGHT);
        at.wrapping_add(u32::from(select_unpredictable(key <= step.threshold, 1, step.skip)))
    }

    fn leaf(&self, at: u32) -> f64 {
        let leaf = self.steps.get(at as usize).and_then(|step| self.leaves.get(step.threshold as usize));
        leaf.copied().unwrap_or(0.0)
    }
}

/// One value of a row as splits look at it: splits that send a missing value left have an input of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Input {
    slot: u16,
    missing_left: bool,
}

impl Input {
    fn of(node: &Node) -> Option<Self> {
        match *node {
            Node::Split { feature, missing_left, .. } => Some(Self { slot: feature, missing_left }),
            Node::Leaf { .. } => None,
        }
    }

    /// The key of this value in a row: in the order of the values, and beyond all thresholds when it is missing.
    fn key(self, row: &[f32]) -> u32 {
        match row.get(usize::from(self.slot)) {
            Some(value) if !value.is_nan() => key(*value),
            _ if self.missing_left => LEFT,
            _ => RIGHT,
        }
    }
}

/// A node as it is walked, eight bytes: the left child is one node on, the right child `skip` nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// The key of the threshold; of a leaf, the position of its value.
    threshold: u32,
    /// The position of the key that is compared.
    input: u16,
    skip: u16,
}

impl Step {
    fn new(at: u32, node: &Node, inputs: &[Input], leaves: &mut Vec<f64>) -> Self {
        match *node {
            Node::Split { threshold, right, .. } => {
                let input = Input::of(node).and_then(|input| inputs.binary_search(&input).ok());
                Self {
                    threshold: key(threshold + 0.0), // -0 as 0: both let both go left
                    input: input.and_then(|input| u16::try_from(input + 1).ok()).unwrap_or(0),
                    skip: u16::try_from(right.saturating_sub(at)).unwrap_or(u16::MAX),
                }
            }
            // The key at position 0 is greater than any position of a leaf: a leaf always goes right, and right is the leaf.
            Node::Leaf { value } => {
                leaves.push(value);
                Self { threshold: position(leaves.len() - 1), input: 0, skip: 0 }
            }
        }
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

/// What the splits look at, each once, in order.
fn inputs(trees: &[Vec<Node>]) -> Vec<Input> {
    let mut inputs: Vec<Input> = trees.iter().flatten().filter_map(Input::of).collect();
    inputs.sort_unstable();
    inputs.dedup();
    inputs
}

/// A number that is greater when the value is: the bits of a float are in order but for its sign, and the negative ones reversed.
fn key(value: f32) -> u32 {
    const SIGN: u32 = 1 << 31;
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// Positions fit, as the number of nodes is bounded.
fn position(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::forest::Forest;

    const FEATURES: u16 = 40;
    /// So many that some forests have more inputs than the small sets of keys hold.
    const MANY: u16 = 1_000;

    /// A random node: split or leaf, feature, threshold, where missing values go.
    type Choice = (bool, u16, f32, bool);

    /// Plants a tree from random nodes; as long as there are any it grows to one side only, if told so.
    fn grow(tree: &mut Vec<Node>, choices: &mut impl Iterator<Item = Choice>, depth: u32, comb: bool) {
        let (splits, feature, threshold, missing_left) = choices.next().unwrap_or((false, 0, 0.0, false));
        let at = tree.len();
        tree.push(Node::Leaf { value: f64::from(threshold.abs().min(1.0)) });
        if (splits || comb) && depth > 0 {
            grow(tree, choices, if comb { 0 } else { depth - 1 }, comb);
            tree[at] = Node::Split { feature, threshold, right: position(tree.len()), missing_left };
            grow(tree, choices, depth - 1, comb);
        }
    }

    fn forests(features: u16) -> impl Strategy<Value = Forest> {
        let threshold = prop_oneof![6 => -1.0_f32..1.0, 1 => Just(0.0), 1 => Just(-0.0), 1 => any::<f32>().prop_filter("a number", |t| !t.is_nan()), 1 => Just(f32::INFINITY), 1 => Just(f32::NEG_INFINITY)];
        let choice = (prop::bool::weighted(0.8), 0..features, threshold, any::<bool>());
        let tree = (prop::collection::vec(choice, 1..60), 1_u32..12, prop::bool::weighted(0.2));
        (prop::collection::vec(tree, 1..25), any::<bool>(), 0.01_f64..3.0).prop_map(|(trees, boosted, slope)| {
            let planted = trees.into_iter().map(|(choices, depth, comb)| {
                let mut tree = Vec::new();
                grow(&mut tree, &mut choices.into_iter(), depth, comb);
                tree
            });
            let trees = planted.collect();
            if boosted { Forest::boosted(trees, slope) } else { Forest::new(trees) }.unwrap()
        })
    }

    fn rows() -> impl Strategy<Value = Vec<f32>> {
        let value = prop_oneof![8 => -1.0_f32..1.0, 2 => Just(f32::NAN), 1 => Just(-f32::NAN), 1 => Just(0.0), 1 => Just(-0.0), 1 => any::<f32>(), 1 => Just(f32::INFINITY), 1 => Just(f32::NEG_INFINITY)];
        prop::collection::vec(value, usize::from(FEATURES))
    }

    /// One tree at a time, as a reader would do it with a finger; four trees are added up before they join the others.
    fn by_hand(forest: &Forest, row: &[f32]) -> f64 {
        let leaf = |tree: &Vec<Node>| {
            let mut at = 0;
            loop {
                at = match tree[at] {
                    Node::Leaf { value } => return value,
                    Node::Split { feature, threshold, right, missing_left } => {
                        let left = match row.get(usize::from(feature)) {
                            Some(value) if !value.is_nan() => *value <= threshold,
                            _ => missing_left,
                        };
                        if left { at + 1 } else { right as usize }
                    }
                };
            }
        };
        let leaves: Vec<f64> = forest.trees().iter().map(leaf).collect();
        let sum = leaves.chunks(4).fold(0.0, |sum, four| sum + four.iter().fold(0.0, |sum, leaf| sum + leaf));
        match forest.combination() {
            Combination::Mean => sum / f64::from(position(leaves.len())),
            Combination::Logistic { slope } => 1.0 / (1.0 + libm::exp(-slope * sum)),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn the_walk_ends_where_a_finger_would_to_the_bit(forest in forests(FEATURES), row in rows()) {
            prop_assert_eq!(forest.walk().probability(&row).to_bits(), by_hand(&forest, &row).to_bits());
        }

        #[test]
        fn many_features_are_walked_the_same_way(forest in forests(MANY), row in rows()) {
            let row: Vec<f32> = row.into_iter().cycle().take(usize::from(MANY)).collect();
            prop_assert_eq!(forest.walk().probability(&row).to_bits(), by_hand(&forest, &row).to_bits());
        }

        #[test]
        fn a_row_of_another_length_is_read_as_missing_values(forest in forests(6), row in rows(), length in 0_usize..12) {
            let mut padded = row.clone();
            padded.truncate(length);
            let short = forest.walk().probability(&padded);
            padded.resize(length.max(6), f32::NAN);
            prop_assert_eq!(short.to_bits(), forest.walk().probability(&padded).to_bits());
        }

        #[test]
        fn keys_are_in_the_order_of_the_values(one in any::<f32>(), other in any::<f32>()) {
            prop_assume!(!one.is_nan() && !other.is_nan());
            prop_assert_eq!(key(one) <= key(other + 0.0), one <= other);
            prop_assert!(key(one) > LEFT && key(one) < RIGHT);
        }
    }

    #[test]
    fn a_forest_of_more_inputs_than_a_small_set_of_keys_holds_is_walked() {
        for inputs in [63_u16, 64, 511, 512, 4_095] {
            let tree = |feature| {
                let split = Node::Split { feature, threshold: 0.5, right: 2, missing_left: feature % 2 == 0 };
                vec![split, Node::Leaf { value: 0.0 }, Node::Leaf { value: 1.0 }]
            };
            let forest = Forest::new((0..inputs).map(tree).collect()).unwrap();
            let row: Vec<f32> = (0..inputs).map(|feature| f32::from(u8::from(feature % 4 == 1))).collect();
            let share = row.iter().map(|value| f64::from(*value)).sum::<f64>() / f64::from(inputs);
            assert!((forest.walk().probability(&row) - share).abs() < 1e-12, "{inputs}");
            assert!((forest.walk().probability(&[]) - f64::from(inputs / 2) / f64::from(inputs)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_value_at_the_threshold_goes_left_and_a_missing_one_where_the_split_says() {
        for (missing_left, missing) in [(false, 0.75), (true, 0.25)] {
            let split = Node::Split { feature: 0, threshold: 0.5, right: 2, missing_left };
            let tree = vec![split, Node::Leaf { value: 0.25 }, Node::Leaf { value: 0.75 }];
            let forest = Forest::new(vec![tree]).unwrap();
            let values =
                [(0.5, 0.25), (0.500_001, 0.75), (f32::NAN, missing), (f32::NEG_INFINITY, 0.25), (f32::INFINITY, 0.75)];
            for (value, probability) in values {
                assert_eq!(forest.walk().probability(&[value]).to_bits(), f64::to_bits(probability));
            }
        }
    }
}
