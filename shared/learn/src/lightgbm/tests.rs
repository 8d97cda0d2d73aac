//! Models that LightGBM 4.7 trained and its own answers, random models walked by its documented rule, and models gone wrong.

use proptest::prelude::*;
use tact_model::{Model, Scorer};

use super::*;

const MISSING: &str = include_str!("fixtures/missing.txt");
const UNAWARE: &str = include_str!("fixtures/unaware.txt");
const AVERAGED: &str = include_str!("fixtures/averaged.txt");
const ENTROPY: &str = include_str!("fixtures/entropy.txt");
const CONSTANT: &str = include_str!("fixtures/constant.txt");
/// Rows with what LightGBM answered for each of the models: many at a threshold and beside it, missing, infinite, about zero.
const ANSWERS: &str = include_str!("fixtures/answers.csv");
/// The furthest that our score may be from LightGBM's.
const TOLERANCE: f64 = 1e-6;

fn imported(text: &str) -> Model {
    import_lightgbm(text, "brought along").unwrap()
}

/// What the import of a text says, in one line.
fn refusal(text: &str) -> String {
    let said = import_lightgbm(text, "x").unwrap_err().to_string();
    assert!(!said.contains('\n') && said.len() < 200, "{said}");
    said
}

#[test]
fn every_row_scores_as_lightgbm_says_after_the_artefact_as_before() {
    let mut lines = ANSWERS.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let models = [("missing", MISSING), ("unaware", UNAWARE), ("averaged", AVERAGED), ("entropy", ENTROPY)];
    let models = models.into_iter().chain([("constant", CONSTANT)]).enumerate().map(|(at, (name, text))| {
        assert_eq!(names[4 + at], name);
        Model::decode(&imported(text).encode()).unwrap()
    });
    let models: Vec<Model> = models.collect();
    let mut rows = 0;
    for line in lines {
        let row: Vec<f32> = line.split(',').take(4).map(|value| value.parse().unwrap()).collect();
        let answers = line.split(',').skip(4).map(|value| value.parse::<f64>().unwrap());
        for (answer, model) in answers.zip(&models) {
            let ours = model.probability(&row);
            assert!((ours - answer).abs() < TOLERANCE, "{line}: {ours} instead of {answer}");
        }
        rows += 1;
    }
    assert_eq!((rows, models.len()), (240, 5));
}

#[test]
fn a_card_names_the_features_and_claims_nothing() {
    let model = imported(MISSING);
    assert_eq!(model.feature_names(), ["tenure", "hour", "spend", "trend"]);
    assert_eq!((model.card().name.as_str(), model.card().rows, model.card().quality.rows), ("brought along", 0, 0));
    assert_eq!(model.card().trained_on, "a LightGBM text model of 8 trees");
    assert_eq!(imported(MISSING).encode(), model.encode());
    assert_eq!(import_lightgbm(&MISSING.replace('\n', "\r\n"), "brought along"), Ok(model));
}

#[test]
fn what_we_do_not_score_is_refused_by_tree_and_field() {
    let only = "(only `binary` and `cross_entropy` answer with a probability), which cannot be imported";
    for (from, to, said) in [
        ("version=v4", "version=v2", "field `version` asks for format `v2` (save the model with LightGBM 3 or 4), which cannot be imported".to_owned()),
        ("objective=binary sigmoid:1", "objective=regression", format!("field `objective` asks for objective `regression` {only}")),
        ("objective=binary sigmoid:1", "objective=lambdarank", format!("field `objective` asks for objective `lambdarank` {only}")),
        ("objective=binary sigmoid:1", "objective=multiclass num_class:3", format!("field `objective` asks for objective `multiclass num_class:3` {only}")),
        ("objective=binary sigmoid:1", "objective=cross_entropy_lambda", format!("field `objective` asks for objective `cross_entropy_lambda` {only}")),
        ("objective=binary sigmoid:1\n", "", "field `objective` is missing".to_owned()),
        ("objective=binary sigmoid:1", "objective=binary", "field `objective` cannot be `binary`".to_owned()),
        ("objective=binary sigmoid:1", "objective=binary sigmoid:-1", "field `objective` cannot be `binary sigmoid:-1`".to_owned()),
        ("objective=binary sigmoid:1", "objective=binary sigmoid:1 more", "field `objective` cannot be `binary sigmoid:1 more`".to_owned()),
        ("num_class=1", "num_class=3", "field `num_class` asks for more than one class, which cannot be imported".to_owned()),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=2", "field `num_tree_per_iteration` asks for more than one tree an iteration, which cannot be imported".to_owned()),
        ("num_cat=0", "num_cat=1", "tree 0: field `num_cat` asks for a categorical split (turn categories into numbers before training), which cannot be imported".to_owned()),
        ("is_linear=0", "is_linear=1", "tree 0: field `is_linear` asks for regressions in leaves (train without `linear_tree`), which cannot be imported".to_owned()),
    ] {
        assert!(MISSING.contains(from), "{from}");
        assert_eq!(refusal(&MISSING.replacen(from, to, 1)), said);
    }
}

/// The model `MISSING` with other values in a field of its third tree.
fn with(field: &str, change: impl Fn(Vec<String>) -> Vec<String>) -> String {
    let (before, third) = MISSING.split_at(MISSING.find("Tree=2\n").unwrap());
    let (start, rest) = third.split_once(&format!("\n{field}=")).unwrap();
    let (values, end) = rest.split_once('\n').unwrap();
    let values = change(values.split(' ').map(str::to_owned).collect());
    format!("{before}{start}\n{field}={}\n{end}", values.join(" "))
}

/// Puts another value in a place.
fn put(at: usize, value: &str) -> impl Fn(Vec<String>) -> Vec<String> {
    move |mut values| {
        values[at] = value.to_owned();
        values
    }
}

#[test]
fn a_tree_that_contradicts_itself_is_refused_by_tree_and_field() {
    let fewer = |mut values: Vec<String>| {
        values.pop();
        values
    };
    for (text, said) in [
        (
            with("decision_type", put(1, "1")),
            "field `decision_type` asks for a categorical split (turn categories into numbers before training), which cannot be imported",
        ),
        (
            with("decision_type", put(1, "6")),
            "field `decision_type` asks for zeros as missing values (train without `zero_as_missing`), which cannot be imported",
        ),
        (with("decision_type", put(1, "12")), "field `decision_type` cannot be `12`"),
        (with("decision_type", put(1, "16")), "field `decision_type` cannot be `16`"),
        (with("split_feature", put(0, "4")), "field `split_feature` cannot be `4`"),
        (with("split_feature", put(0, "-1")), "field `split_feature` cannot be `-1`"),
        (with("threshold", put(2, "nan")), "field `threshold` cannot be `NaN`"),
        (with("threshold", put(2, "a\tb")), "field `threshold` has 6 values where 5 are needed"),
        (with("threshold", put(2, "1e")), "field `threshold` cannot be `1e`"),
        (with("leaf_value", put(0, "inf")), "field `leaf_value` cannot be `inf`"),
        (with("leaf_value", fewer), "field `leaf_value` has 5 values where 6 are needed"),
        (with("threshold", fewer), "field `threshold` has 4 values where 5 are needed"),
        (
            with("left_child", put(0, "0")),
            "field `left_child` gives node 0 a child that is outside of the tree or has another parent",
        ),
        (
            with("left_child", put(0, "99")),
            "field `left_child` gives node 0 a child that is outside of the tree or has another parent",
        ),
        (
            with("right_child", put(0, "-9223372036854775808")),
            "field `right_child` gives node 0 a child that is outside of the tree or has another parent",
        ),
        (with("num_leaves", put(0, "7")), "field `leaf_value` has 6 values where 7 are needed"),
        (with("num_leaves", put(0, "0")), "field `num_leaves` cannot be `0`"),
        (with("num_leaves", put(0, "40000")), "field `num_leaves` cannot be `40000`"),
    ] {
        assert_eq!(refusal(&text), format!("tree 2: {said}"));
    }
    assert_eq!(
        refusal(&MISSING.replace("Tree=2\n", "Tree=2\nnum_leaves=6\n")),
        "tree 2: field `num_leaves` is given twice"
    );
    let unreached = "num_leaves=3\nsplit_feature=0 0\nthreshold=1 2\ndecision_type=2 2\nleft_child=-1 -2\nright_child=-3 -1\nleaf_value=1 2 3\n";
    assert_eq!(refusal(&alone(unreached)), "tree 0: field `leaf_value` has 3 values where 2 are needed");
}

#[test]
fn a_file_that_is_cut_or_another_is_refused() {
    assert_eq!(refusal(""), "not a LightGBM text model: its first line is not `tree`");
    assert_eq!(refusal("{\"name\":\"tree\"}"), "not a LightGBM text model: its first line is not `tree`");
    for at in 0..MISSING.len() - "\n".len() {
        assert!(import_lightgbm(MISSING.split_at(at).0, "x").is_err(), "cut at {at}");
    }
    assert_eq!(refusal(&MISSING.replace("Tree=1\n", "Tree=7\n")), "tree 1 is numbered `7`");
    let one_less = format!("{}end of trees\n", MISSING.split_once("Tree=7\n").unwrap().0);
    assert_eq!(refusal(&one_less), "the file has 7 trees, field `tree_sizes` promises 8");
    assert_eq!(refusal(&MISSING.replace(" trend\n", "\n")), "field `feature_names` has 3 values where 4 are needed");
    assert_eq!(
        refusal(&MISSING.replace("=tenure hour", "=hour hour")),
        "what was imported is not sound: model names feature `hour` twice"
    );
    let no_trees = format!("{}end of trees\n", MISSING.split_once("Tree=0").unwrap().0);
    assert_eq!(refusal(&no_trees), "the file has 0 trees, field `tree_sizes` promises 8");
}

/// A model of one tree over one feature.
fn alone(tree: &str) -> String {
    format!(
        "tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=0\nobjective=binary sigmoid:1\n\
         feature_names=a\ntree_sizes=1\n\nTree=0\n{tree}\nend of trees\n"
    )
}

/// A tree in which every left child is a leaf: as deep as it has splits.
fn comb(splits: usize) -> String {
    let list = |value: &dyn Fn(usize) -> String, count: usize| (0..count).map(value).collect::<Vec<_>>().join(" ");
    let right = |at: usize| if at + 1 < splits { (at + 1).to_string() } else { format!("-{}", splits + 1) };
    format!(
        "num_leaves={}\nsplit_feature={}\nthreshold={}\ndecision_type={}\nleft_child={}\nright_child={}\nleaf_value={}\n",
        splits + 1,
        list(&|_| "0".to_owned(), splits),
        list(&|at| at.to_string(), splits),
        list(&|_| "8".to_owned(), splits),
        list(&|at| format!("-{}", at + 1), splits),
        list(&right, splits),
        list(&|at| format!("{at}e-2"), splits + 1),
    )
}

#[test]
fn a_branch_of_64_splits_is_imported_and_no_longer_one_however_long() {
    let model = imported(&alone(&comb(64)));
    for (value, leaf) in [(-1.0, 0.0), (30.5, 0.31), (99.0, 0.64), (f32::NAN, 0.64)] {
        assert!((model.probability(&[value]) - 1.0 / (1.0 + libm::exp(-leaf))).abs() < TOLERANCE, "{value}");
    }
    for splits in [65, 20_000] {
        let said = "tree 0: field `right_child` has a branch of more than 64 splits, which no artefact holds";
        assert_eq!(refusal(&alone(&comb(splits))), said);
    }
}

#[test]
fn values_that_lightgbm_takes_for_zero_go_where_zero_goes() {
    let stump = |threshold: &str| {
        alone(&format!(
            "num_leaves=2\nsplit_feature=0\nthreshold={threshold}\ndecision_type=8\nleft_child=-1\nright_child=-2\nleaf_value=-9 9\n"
        ))
    };
    for (threshold, left) in [("0", true), ("1e-300", true), ("9e-36", true), ("-1e-300", false), ("-1e-35", false)] {
        let model = imported(&stump(threshold));
        for value in [0.0, -0.0, 1e-35, -1e-35, f32::MIN_POSITIVE, -1e-45] {
            assert_eq!(model.probability(&[value]) < 0.5, left, "{value} at {threshold}");
        }
        assert!(model.probability(&[2e-35]) > 0.5 && model.probability(&[-2e-35]) < 0.5);
    }
    for (threshold, value, left) in [
        ("inf", f32::INFINITY, true),
        ("1e300", f32::MAX, true),
        ("1e300", f32::INFINITY, false),
        ("-1e300", f32::MIN, false),
        ("-1e300", f32::NEG_INFINITY, true),
        ("inf", f32::NAN, false),
    ] {
        assert_eq!(imported(&stump(threshold)).probability(&[value]) < 0.5, left, "{value} at {threshold}");
    }
}

/// A tree as LightGBM holds it.
#[derive(Debug, Clone, Default)]
struct Arrays {
    feature: Vec<usize>,
    threshold: Vec<f64>,
    kind: Vec<u8>,
    left: Vec<i64>,
    right: Vec<i64>,
    leaf: Vec<f64>,
}

impl Arrays {
    /// One leaf.
    fn of(leaf: f64) -> Self {
        Self { leaf: vec![leaf], ..Self::default() }
    }

    /// Splits a leaf the way LightGBM does: the new split takes its place, the new leaf is the last.
    fn split(&mut self, leaf: usize, feature: usize, threshold: f64, kind: u8, value: f64) {
        let (old, new) = (!i64::try_from(leaf).unwrap(), !i64::try_from(self.leaf.len()).unwrap());
        let split = i64::try_from(self.feature.len()).unwrap();
        for child in self.left.iter_mut().chain(&mut self.right).filter(|child| **child == old) {
            *child = split;
        }
        self.feature.push(feature);
        self.threshold.push(threshold);
        self.kind.push(kind);
        self.left.push(old);
        self.right.push(new);
        self.leaf.push(value);
    }

    /// What LightGBM documents: a value that is no number counts as zero, unless the split knows of missing ones.
    fn walk(&self, row: &[f64]) -> f64 {
        let mut at = if self.feature.is_empty() { -1 } else { 0 };
        while let Ok(split) = usize::try_from(at) {
            let (value, missing_known) = (row[self.feature[split]], self.kind[split] / 4 == 2);
            let left = match value.is_nan() {
                true if missing_known => self.kind[split] & 2 == 2,
                true => 0.0 <= self.threshold[split],
                false => value <= self.threshold[split],
            };
            at = if left { self.left[split] } else { self.right[split] };
        }
        self.leaf[usize::try_from(!at).unwrap()]
    }

    fn text(&self) -> String {
        fn list<T: std::fmt::Display>(values: &[T]) -> String {
            values.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
        }
        format!(
            "num_leaves={}\nnum_cat=0\nsplit_feature={}\nthreshold={}\ndecision_type={}\nleft_child={}\nright_child={}\nleaf_value={}\nshrinkage=0.1\n\n",
            self.leaf.len(),
            list(&self.feature),
            list(&self.threshold),
            list(&self.kind),
            list(&self.left),
            list(&self.right),
            list(&self.leaf)
        )
    }
}

const FEATURES: usize = 5;

fn trees() -> impl Strategy<Value = Vec<Arrays>> {
    let kind = prop_oneof![Just(0_u8), Just(2), Just(8), Just(10)];
    // Some are numbers that rows hold as well, some lie between two of them.
    let threshold = prop_oneof![(-20_i32..20).prop_map(|n| f64::from(n) / 8.0), -3.0_f64..3.0];
    let split = (any::<prop::sample::Index>(), 0..FEATURES, threshold, kind, -2.0_f64..2.0);
    let tree = (prop::collection::vec(split, 0..31), -2.0_f64..2.0).prop_map(|(splits, first)| {
        let mut tree = Arrays::of(first);
        for (leaf, feature, threshold, kind, value) in splits {
            tree.split(leaf.index(tree.leaf.len()), feature, threshold, kind, value);
        }
        tree
    });
    prop::collection::vec(tree, 1..20)
}

fn model_text(trees: &[Arrays], slope: f64, averaged: bool) -> String {
    let names: Vec<String> = (0..FEATURES).map(|feature| format!("Column_{feature}")).collect();
    let sizes = vec!["1"; trees.len()].join(" ");
    let trees: Vec<String> = trees.iter().enumerate().map(|(at, tree)| format!("Tree={at}\n{}", tree.text())).collect();
    format!(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx={}\nobjective=binary sigmoid:{slope}\n{}feature_names={}\ntree_sizes={sizes}\n\n{}end of trees\n",
        FEATURES - 1,
        if averaged { "average_output\n" } else { "" },
        names.join(" "),
        trees.concat()
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_model_scores_as_its_arrays_do_when_walked_as_documented(
        trees in trees(),
        slope in 0.1_f64..3.0,
        averaged: bool,
        rows in prop::collection::vec(prop::collection::vec(
            prop_oneof![4 => (-20_i16..20).prop_map(|n| f32::from(n) / 8.0), 4 => -3.0_f32..3.0, 2 => Just(f32::NAN), 1 => Just(f32::INFINITY), 1 => Just(f32::NEG_INFINITY)],
            FEATURES), 8)
    ) {
        let model = imported(&model_text(&trees, slope, averaged));
        for row in rows {
            let wide: Vec<f64> = row.iter().map(|value| f64::from(*value)).collect();
            let sum: f64 = trees.iter().map(|tree| tree.walk(&wide)).sum();
            let sum = if averaged { sum / f64::from(u32::try_from(trees.len()).unwrap()) } else { sum };
            prop_assert!((model.probability(&row) - 1.0 / (1.0 + libm::exp(-slope * sum))).abs() < 1e-9);
        }
    }

    #[test]
    fn a_text_gone_wrong_is_refused_in_one_line_or_scores_a_probability(
        which in 0_usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..6, "[-0-9a-z=. ]{0,6}"), 1..6),
        row in prop::collection::vec(any::<f32>(), 4)
    ) {
        let mut lines: Vec<String> = [MISSING, UNAWARE, AVERAGED, ENTROPY, CONSTANT][which].lines().map(str::to_owned).collect();
        for (line, at, change, text) in changes {
            if lines.is_empty() { break; }
            let line = line.index(lines.len());
            let other = at.index(lines.len());
            match change {
                0 => { lines.remove(line); }
                1 => lines.insert(other, lines[line].clone()),
                2 => lines.swap(line, other),
                3 => lines[line].push_str(&text),
                4 => lines.truncate(line),
                _ => {
                    let mut values: Vec<String> = lines[line].split(' ').map(str::to_owned).collect();
                    let at = at.index(values.len());
                    values[at] = text;
                    lines[line] = values.join(" ");
                }
            }
        }
        match import_lightgbm(&lines.join("\n"), "x") {
            Ok(model) => {
                prop_assert!(matches!(model.scorer(), Scorer::Forest(_)));
                prop_assert!((0.0..=1.0).contains(&model.probability(&row)));
                prop_assert_eq!(Model::decode(&model.encode()), Ok(model));
            }
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
    }

    #[test]
    fn text_from_anywhere_never_panics(text in "(tree\n)?(\\PC|\n|=){0,80}") {
        prop_assert!(import_lightgbm(&text, "x").is_err());
    }
}
