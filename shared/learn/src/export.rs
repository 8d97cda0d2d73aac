//! Takes fitted models out of smartcore: coefficients through its accessors, trees through serde, as their nodes are private.

use serde::Deserialize;
use smartcore::linalg::basic::arrays::Array;
use tact_model::{Forest, Logistic, Node, Term};

use crate::fit::{FitError, Grown, Regression};

/// The forest with thresholds rounded down, so that no `f32` value changes sides, and leaves rounded to the nearest.
pub(crate) fn forest(grown: &Grown) -> Result<Forest, FitError> {
    let value = serde_json::to_value(grown).map_err(|error| FitError::Export(error.to_string()))?;
    let seen = SeenForest::deserialize(value).map_err(|error| FitError::Export(error.to_string()))?;
    let trees = seen.forest_regressor.trees.iter().map(|tree| {
        let mut nodes = Vec::with_capacity(tree.nodes.len());
        plant(&tree.nodes, 0, &mut nodes)?;
        Ok(nodes)
    });
    Ok(Forest::new(trees.collect::<Result<_, FitError>>()?)?)
}

/// The regression over features that were standardised by `scales`.
pub(crate) fn logistic(regression: &Regression, scales: Vec<Term>) -> Result<Logistic, FitError> {
    let coefficients = regression.coefficients().iterator(0);
    let terms = scales.into_iter().zip(coefficients).map(|(term, value)| Term { coefficient: nearest(*value), ..term });
    let intercept = regression.intercept().iterator(0).next().copied().unwrap_or(f64::NAN);
    Ok(Logistic::new(terms.collect(), nearest(intercept))?)
}

/// The nearest `f32`.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted")]
pub(crate) fn nearest(value: f64) -> f32 {
    value as f32
}

/// What we need to know of smartcore's forest.
#[derive(Deserialize)]
struct SeenForest {
    forest_regressor: SeenTrees,
}

#[derive(Deserialize)]
struct SeenTrees {
    trees: Vec<SeenTree>,
}

#[derive(Deserialize)]
struct SeenTree {
    nodes: Vec<SeenNode>,
}

#[derive(Deserialize)]
struct SeenNode {
    output: f64,
    split_feature: u16,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

/// Appends the branch that starts at `at`: the node, its left branch, its right branch.
fn plant(seen: &[SeenNode], at: usize, nodes: &mut Vec<Node>) -> Result<(), FitError> {
    let node = seen.get(at).ok_or_else(|| FitError::Export("a child is missing".to_owned()))?;
    let position = nodes.len();
    nodes.push(Node::Leaf { value: f64::from(nearest(node.output)) });
    let (Some(value), Some(left), Some(right)) = (node.split_value, node.true_child, node.false_child) else {
        return Ok(());
    };
    plant(seen, left, nodes)?;
    let split = Node::Split {
        feature: node.split_feature,
        threshold: at_most(value),
        right: u32::try_from(nodes.len()).unwrap_or(u32::MAX),
        missing_left: false,
    };
    if let Some(node) = nodes.get_mut(position) {
        *node = split;
    }
    plant(seen, right, nodes)
}

/// The greatest `f32` that is not above `value`: an `f32` is at most the one exactly when it is at most the other.
pub(crate) fn at_most(value: f64) -> f32 {
    let rounded = nearest(value);
    if f64::from(rounded) > value { rounded.next_down() } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_threshold_leaves_every_value_on_its_side() {
        for low in [0.1_f32, 1.0, 364.0, -2.5, 1e-30, 0.0] {
            let high = low.next_up();
            let middle = f64::midpoint(f64::from(low), f64::from(high));
            assert!(low <= at_most(middle) && high > at_most(middle), "{low}");
            assert_eq!(at_most(f64::from(low)).to_bits(), low.to_bits());
        }
    }
}
