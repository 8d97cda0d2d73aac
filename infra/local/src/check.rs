//! What `tact check` finds out about a catalogue, as text for people and as JSON for machines. Finding it out is the work of `tact-policy`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tact_policy::{Checked, Mistake, ReadError, SourceFile, Verdict, read_dir, read_file, read_tests};

/// Where the sources of the default catalogue stand in the repository.
const FOLDER: &str = "shared/catalogue";

/// The files of a catalogue and of its policy tests.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Where they are from, for people.
    pub place: String,
    /// The files of the catalogue.
    pub files: Vec<SourceFile>,
    /// The tests.
    pub tests: Vec<SourceFile>,
}

impl Sources {
    /// Those in a folder; without one, those of the repository around `here`, else those compiled in.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn find(directory: Option<&Path>, here: Option<&Path>) -> Result<Self, ReadError> {
        match directory.map(Path::to_owned).or_else(|| above(here?)) {
            Some(directory) => Self::read(&directory),
            None => Ok(Self::compiled_in()),
        }
    }

    /// Those in a folder.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(directory: &Path) -> Result<Self, ReadError> {
        let place = directory.display().to_string();
        Ok(Self { place, files: read_dir(directory)?, tests: read_tests(directory)? })
    }

    /// Those of the default catalogue, as this program was built with them.
    pub fn compiled_in() -> Self {
        let all = tact_catalogue::SOURCES.iter();
        let all = all.map(|(path, text)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() });
        let (tests, files) = all.partition(|file: &SourceFile| file.path.ends_with(".test.toml"));
        Self { place: "the catalogue compiled in".to_owned(), files, tests }
    }

    /// These and more tests, from files given by name; one that is among them already is not taken twice.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn and_tests(mut self, files: &[PathBuf]) -> Result<Self, ReadError> {
        for path in files {
            let file = read_file(path)?;
            let same = |known: &SourceFile| path.ends_with(&known.path) && known.text == file.text;
            if !self.tests.iter().any(same) {
                self.tests.push(file);
            }
        }
        Ok(self)
    }
}

/// The folder of the default catalogue in this folder or one around it.
pub fn above(here: &Path) -> Option<PathBuf> {
    here.ancestors().map(|folder| folder.join(FOLDER)).find(|folder| folder.join("policy.toml").is_file())
}

/// What was found, as a program reads it.
#[derive(Serialize)]
struct Report<'a> {
    tests: Tests,
    errors: Vec<Entry<'a>>,
    warnings: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Tests {
    passed: usize,
    failed: usize,
    pending: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    file: &'a str,
    line: usize,
    key: &'a str,
    message: &'a str,
    fix: &'a str,
}

impl<'a> From<&'a Mistake> for Entry<'a> {
    fn from(Mistake { file, line, key, wrong, fix }: &'a Mistake) -> Self {
        Self { file, line: *line, key, message: wrong, fix }
    }
}

/// `{"tests":{"passed":…,"failed":…,"pending":…},"errors":[…],"warnings":[…]}`; a test that failed is an error as well, with its whole funnel.
///
/// # Errors
/// Never: these are texts and numbers.
pub fn json(checked: &Checked) -> serde_json::Result<String> {
    let failed = checked.failures.iter().map(|failure| Entry {
        file: &failure.file,
        line: failure.line,
        key: "test",
        message: &failure.text,
        fix: "change the catalogue, or what the test expects",
    });
    let report = Report {
        tests: Tests { passed: checked.passed, failed: checked.failures.len(), pending: checked.pending },
        errors: checked.errors.iter().map(Entry::from).chain(failed).collect(),
        warnings: checked.warnings.iter().map(Entry::from).collect(),
    };
    serde_json::to_string(&report).map(|json| json + "\n")
}

/// What was found, for people: what is wrong first, what it comes to last.
pub fn text(checked: &Checked, place: &str) -> String {
    let Checked { actions, drafts, passed, pending, failures, errors, warnings, paths } = checked;
    let mut lines: Vec<String> = errors.iter().map(|error| format!("error: {error}\n")).collect();
    lines.extend(failures.iter().map(|failure| format!("failed: {}", failure.text)));
    lines.extend(warnings.iter().map(|warning| format!("warning: {warning}\n")));
    if !lines.is_empty() {
        lines.push("\n".to_owned());
    }
    lines.push(format!("{place}: {}", count(*actions, "action")));
    lines.extend(drafts.iter().map(|draft| format!(", still a draft: {draft}")));
    lines.push("\n".to_owned());
    lines.push(format!("tests: {passed} passed, {} failed, {pending} pending\n", failures.len()));
    if !paths.is_empty() {
        lines.push(format!("forbidden paths: {}\n", answers(checked)));
    }
    lines.push(format!("{}, {}\n", count(errors.len(), "error"), count(warnings.len(), "warning")));
    lines.concat()
}

/// How many paths got which answer.
fn answers(checked: &Checked) -> String {
    let of = |wanted: fn(&Verdict) -> bool| checked.paths.iter().filter(|path| wanted(&path.verdict)).count();
    format!(
        "{} proved, {} with a counter-example, {} undecided",
        of(|verdict| matches!(verdict, Verdict::Proved(_))),
        of(|verdict| matches!(verdict, Verdict::CounterExample(_))),
        of(|verdict| matches!(verdict, Verdict::Undecided(_)))
    )
}

fn count(number: usize, one: &str) -> String {
    match number {
        0 => format!("no {one}s"),
        1 => format!("1 {one}"),
        _ => format!("{number} {one}s"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tact_policy::{Failure, ForbiddenPath};

    use super::*;

    fn mistake(file: &str) -> Mistake {
        let (file, key) = (file.to_owned(), "path".to_owned());
        Mistake { file, line: 3, key, wrong: "is \"open\"".to_owned(), fix: "close it".to_owned() }
    }

    fn found() -> Checked {
        let (file, text) = ("a.test.toml".to_owned(), "a.test.toml:1: x\n  expected silence\n".to_owned());
        let failure = Failure { file, line: 1, test: "x".to_owned(), missed: vec!["silence".to_owned()], text };
        let verdict = Verdict::Proved(vec!["never".to_owned()]);
        Checked {
            actions: 2,
            drafts: Vec::new(),
            passed: 5,
            pending: 1,
            failures: vec![failure],
            errors: vec![mistake("forbidden.toml")],
            warnings: Vec::new(),
            paths: vec![ForbiddenPath { name: "never".to_owned(), line: 1, verdict, waived: None }],
        }
    }

    #[test]
    fn nothing_found_is_empty_lists() {
        let all = "{\"tests\":{\"passed\":0,\"failed\":0,\"pending\":0},\"errors\":[],\"warnings\":[]}\n";
        assert_eq!(super::json(&Checked::default()).unwrap(), all);
    }

    #[test]
    fn machines_are_told_file_line_key_message_and_fix() {
        let told: serde_json::Value = serde_json::from_str(&super::json(&found()).unwrap()).unwrap();
        assert_eq!(told["tests"], json!({ "passed": 5, "failed": 1, "pending": 1 }));
        let first =
            json!({ "file": "forbidden.toml", "line": 3, "key": "path", "message": "is \"open\"", "fix": "close it" });
        assert_eq!(told["errors"][0], first);
        assert_eq!(told["errors"][1]["message"], "a.test.toml:1: x\n  expected silence\n");
        assert_eq!(told.as_object().unwrap().len(), 3);
    }

    #[test]
    fn people_are_told_what_is_wrong_first_and_what_it_comes_to_last() {
        let expected = "error: forbidden.toml:3: path: is \"open\"; close it\n\
            failed: a.test.toml:1: x\n  expected silence\n\
            \n\
            here: 2 actions\n\
            tests: 5 passed, 1 failed, 1 pending\n\
            forbidden paths: 1 proved, 0 with a counter-example, 0 undecided\n\
            1 error, no warnings\n";
        assert_eq!(text(&found(), "here"), expected);
        assert!(
            text(&Checked::default(), "here")
                .ends_with("tests: 0 passed, 0 failed, 0 pending\nno errors, no warnings\n")
        );
    }

    #[test]
    fn the_default_catalogue_can_be_checked_from_anywhere() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = Sources::find(None, Some(here)).unwrap();
        assert!(found.place.ends_with("shared/catalogue"), "{}", found.place);
        let compiled_in = Sources::find(None, Some(Path::new("/"))).unwrap();
        assert_eq!((compiled_in.files.len(), compiled_in.tests.len()), (found.files.len(), found.tests.len()));
        assert!(tact_policy::compile(&compiled_in.files).is_ok());
    }

    #[test]
    fn a_test_file_given_twice_is_run_once() {
        let folder = above(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let sources = Sources::read(&folder).unwrap();
        let known = folder.join(&sources.tests.first().unwrap().path);
        let other = tempfile::tempdir().unwrap();
        let mine = other.path().join("mine.test.toml");
        std::fs::write(&mine, "[[test]]\n").unwrap();
        let count = sources.tests.len();
        let more = sources.and_tests(&[known, mine]).unwrap();
        assert_eq!(more.tests.len(), count + 1);
        assert!(more.and_tests(&[PathBuf::from("nowhere.test.toml")]).is_err());
    }
}
