//! `tact train --import-lightgbm`: a model that LightGBM saved as text becomes an artefact.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use tact_learn::{MOST_LIGHTGBM_BYTES, import_lightgbm};

use super::CommandError;

/// Reads a LightGBM model from a file, writes it as an artefact that bears the name of its file, and says what it is.
///
/// # Errors
/// When a file cannot be read or written, or holds what is not imported: in one line that names the file.
pub(super) fn import(from: &Path, out: &Path) -> Result<String, CommandError> {
    let text = read(from).map_err(|error| format!("cannot read `{}`: {error}", from.display()))?;
    let name = out.file_stem().unwrap_or(out.as_os_str()).to_string_lossy();
    let model =
        import_lightgbm(&text, &name).map_err(|error| format!("cannot import `{}`: {error}", from.display()))?;
    let bytes = model.encode();
    std::fs::write(out, &bytes).map_err(|error| format!("cannot write `{}`: {error}", out.display()))?;
    let (card, shown) = (model.card(), out.display());
    let (origin, features) = (&card.trained_on, card.features.len());
    Ok(format!(
        "imported `{name}`: {origin} over {features} features\n\
         how good it is was not in the file, and is not on its card\n\
         wrote {shown} ({} bytes)\n",
        bytes.len()
    ))
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
        let said = import(&from, &out).map(|said| said.replace(&here, ""));
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
        let error = import(Path::new("nowhere.txt"), Path::new("out.model")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read `nowhere.txt`: "), "{error}");
    }
}
