//! `tact train --import-lightgbm`: a model that LightGBM saved as text becomes an artefact, and is measured on a table if there is one.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tact_learn::{MOST_LIGHTGBM_BYTES, import_lightgbm, measure, suspects};
use tact_model::{Card, Model, Quality};

use super::rows::{Asked, Rows};
use super::{CommandError, text};
use crate::table::Table;

/// A table that an imported model is measured on, and another if there is one, with what their columns are said to be.
pub(super) struct On<'a> {
    /// The table.
    pub(super) table: &'a Table,
    /// The other one.
    pub(super) test: Option<&'a Table>,
    /// What the columns of both are.
    pub(super) asked: Asked<'a>,
    /// The seed of the intervals.
    pub(super) seed: u64,
    /// Whether it is said as JSON.
    pub(super) json: bool,
}

/// Reads a LightGBM model from a file, measures it if there is a table to measure it on, writes it as an artefact that bears the name of its file if that
/// is asked for, and says what it is and how good.
///
/// # Errors
/// When a file cannot be read or written, or holds what is not imported; or a table lacks a column that the model reads, or has a text in it: in one
/// line that names the file.
pub(super) fn import(from: &Path, out: Option<&Path>, on: Option<&On<'_>>) -> Result<String, CommandError> {
    let text = read(from).map_err(|error| format!("cannot read `{}`: {error}", from.display()))?;
    let named = out.unwrap_or(from);
    let name = named.file_stem().unwrap_or(named.as_os_str()).to_string_lossy();
    let model =
        import_lightgbm(&text, &name).map_err(|error| format!("cannot import `{}`: {error}", from.display()))?;
    let card = model.card();
    let mut said = format!("imported `{name}`: {} over {} features\n", card.trained_on, card.features.len());
    let mut bytes = model.encode();
    match on {
        Some(on) => {
            let (quality, measured) = on.measure(&model)?;
            let card = Card { quality, ..card.clone() };
            bytes = Model::encoded(card, model.scorer().clone(), None, model.calibration())?.encode();
            said = if on.json { measured } else { said + "\n" + &measured };
        }
        None => said.push_str("how good it is was not in the file, and is not on its card\n"),
    }
    if let Some(out) = out {
        std::fs::write(out, &bytes).map_err(|error| format!("cannot write `{}`: {error}", out.display()))?;
        if !on.is_some_and(|on| on.json) {
            said += &super::format_written(out, bytes.len());
        }
    }
    Ok(said)
}

impl On<'_> {
    /// How good a model is, for its card and as it is said: on the test where there is one.
    fn measure(&self, model: &Model) -> Result<(Quality, String), CommandError> {
        let rows = Rows::of(self.table, &self.asked, model.feature_names())?;
        let found = measure(model, &rows.sample, self.seed);
        let test = self.test.map(|test| rows.same_of(test, &self.asked)).transpose()?;
        let test = test.map(|test| measure(model, &test, self.seed));
        let leaks = suspects(&rows.sample, self.seed)?;
        let quality = test.as_ref().unwrap_or(&found).quality();
        let said = if self.json {
            let label = format!("`{}` is `{}`", self.asked.label, rows.label.positive);
            format!("{}\n", text::imported_json(&found, test.as_ref(), &leaks, &label))
        } else {
            text::imported(&found, test.as_ref(), &leaks)
        };
        Ok((quality, said))
    }
}

/// The text of a file, as far as it may be read: one byte too many is enough to be refused.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let most = u64::try_from(MOST_LIGHTGBM_BYTES).unwrap_or(u64::MAX);
    File::open(path)?.take(most.saturating_add(1)).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUMP: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=1\n\
        objective=binary sigmoid:1\nfeature_names=age visits\nfeature_infos=[0:9] [0:9]\ntree_sizes=99\n\n\
        Tree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=1\nthreshold=2.5\ndecision_type=2\nleft_child=-1\n\
        right_child=-2\nleaf_value=-1 1\nis_linear=0\nshrinkage=1\n\n\nend of trees\n";

    /// Imports a text in a directory of its own: what is said with the directory cut away, and the artefact.
    fn imported(text: &str) -> (Result<String, String>, Option<Vec<u8>>) {
        let directory = tempfile::tempdir().unwrap();
        let (from, out) = (directory.path().join("model.txt"), directory.path().join("mine.model"));
        std::fs::write(&from, text).unwrap();
        let here = format!("{}/", directory.path().display());
        let said = import(&from, Some(&out), None).map(|said| said.replace(&here, ""));
        (said.map_err(|error| error.to_string().replace(&here, "")), std::fs::read(&out).ok())
    }

    #[test]
    fn a_model_is_written_under_the_name_of_its_file_and_the_same_way_every_time() {
        let (said, artefact) = imported(STUMP);
        let artefact = artefact.unwrap();
        assert_eq!(
            said.unwrap(),
            format!(
                "imported `mine`: a LightGBM text model of 1 tree over 2 features\n\
                 how good it is was not in the file, and is not on its card\n\
                 wrote mine.model ({} bytes)\n",
                artefact.len()
            )
        );
        assert_eq!(imported(STUMP).1, Some(artefact));
    }

    #[test]
    fn what_is_not_imported_is_said_in_one_line_and_nothing_is_written() {
        let (said, artefact) = imported(&STUMP.replace("decision_type=2", "decision_type=1"));
        assert_eq!(
            said.unwrap_err(),
            "cannot import `model.txt`: tree 0: field `decision_type` asks for a categorical split \
             (turn categories into numbers before training), which cannot be imported"
        );
        assert_eq!(artefact, None);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = import(Path::new("nowhere.txt"), Some(Path::new("out.model")), None).unwrap_err().to_string();
        assert!(error.starts_with("cannot read `nowhere.txt`: "), "{error}");
    }

    /// Measures the stump on tables: it says yes above 2.5 visits and no below.
    fn measured(table: &str, test: Option<&str>, json: bool) -> Result<String, String> {
        let directory = tempfile::tempdir().unwrap();
        let from = directory.path().join("model.txt");
        std::fs::write(&from, STUMP).unwrap();
        let parsed = |file: &str, text: &str| Table::parse(file.to_owned(), text.as_bytes()).unwrap();
        let (table, test) = (parsed("table.csv", table), test.map(|test| parsed("test.csv", test)));
        let asked = Asked { label: "yes", positive: None, weight: None, drop: &[], text: &[], category: &[] };
        let on = On { table: &table, test: test.as_ref(), asked, seed: 1, json };
        import(&from, None, Some(&on)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_imported_model_is_measured_on_a_table_and_on_a_test() {
        let table = "visits,age,name,yes\n1,30,a,0\n4,31,b,1\n,32,c,0\n5,33,d,1\n";
        let test = "age,visits,yes\n30,1,1\n31,4,1\n32,2,0\n33,5,0\n";
        let said: serde_json::Value = serde_json::from_str(&measured(table, Some(test), true).unwrap()).unwrap();
        assert_eq!((&said["model"], &said["auc"], &said["rows"]), (&"lightgbm".into(), &1.0.into(), &4.into()));
        assert_eq!((&said["test"]["auc"], &said["leaks"]), (&0.5.into(), &serde_json::json!([])));
        // Every answer is 1 / (1 + e^-1) for the label it has, so that the loss is ln(1 + e^-1).
        let loss = said["log_loss"].as_f64().unwrap();
        assert!((loss - 0.313_261_687_5).abs() < 1e-6, "{loss}");
        let shown = measured(table, Some(test), false).unwrap();
        assert!(shown.starts_with("imported `model`: a LightGBM text model of 1 tree over 2 features\n"), "{shown}");
        assert!(shown.contains("AUC") && shown.contains("test"), "{shown}");
    }

    #[test]
    fn a_table_without_a_column_of_the_model_or_with_a_text_in_it_is_refused() {
        let error = measured("age,yes\n1,0\n2,1\n", None, true).unwrap_err();
        assert!(error.contains("visits") && error.contains("table.csv"), "{error}");
        let error = measured("age,visits,yes\n1,many,0\n2,3,1\n", None, true).unwrap_err();
        assert!(error.contains("`many`") && error.contains("line 2"), "{error}");
    }
}
