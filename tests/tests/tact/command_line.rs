//! A wrong command line, file, catalogue or directory: said in words that tell what to do, and never with exit code 0.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use tact::command::Tact;
use tact::database::Embedded;

/// One event, so that a run that should fail early would be short if it did not.
const EVENT: &str = r#"{"specversion":"1.0","id":"c-1","source":"app","type":"tact.check-in.v1","subject":"ana","time":"2026-10-31T11:02:00-04:00","data":{"store":"market-street"}}"#;

/// What is said about a command line that cannot be understood; its exit code is 2.
fn misunderstood(arguments: &[&str]) -> String {
    let error = Tact::try_parse_from([&["tact"], arguments].concat()).err().unwrap_or_else(|| panic!("{arguments:?}"));
    assert_eq!(error.exit_code(), 2, "{arguments:?}");
    error.to_string()
}

/// What is said when a command that was understood ends early; the program's exit code is then 1.
fn refused(arguments: &[&str]) -> String {
    let command = Tact::try_parse_from([&["tact"], arguments].concat()).unwrap();
    let Err(error) = command.run() else { panic!("{arguments:?} was done") };
    error.to_string()
}

/// One line that names what is wrong and says what to do.
fn one_clear_line(message: &str, names: &str, advice: &str) {
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(names), "`{names}` is not named: {message}");
    assert!(message.contains(advice), "`{advice}` is not advised: {message}");
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.0.path().join(name), text).unwrap();
        self
    }
}

/// The sources of the default catalogue.
fn default_catalogue() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "shared", "catalogue"].iter().collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (source, target) = (from.join(entry.as_ref().unwrap().file_name()), to.join(entry.unwrap().file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(source, target).unwrap();
        }
    }
}

#[test]
fn a_command_line_that_makes_no_sense_is_refused_and_points_to_the_help() {
    for arguments in
        [&["run", "--nonsense"][..], &["dance"], &["run", "--warm-up", "noon"], &["replay"], &["run", "a", "b"]]
    {
        let message = misunderstood(arguments);
        assert!(message.starts_with("error: ") && message.contains("--help"), "{message}");
    }
    assert!(misunderstood(&["run", "--nonsense"]).contains("--nonsense"));
    assert!(misunderstood(&["run", "--warm-up", "noon"]).contains("2026-10-31T08:00:00-04:00"), "an example to follow");
    assert!(misunderstood(&["rum"]).contains("run"), "a similar word is proposed");
}

#[test]
fn a_file_that_is_not_there_or_is_a_directory_is_named() {
    let folder = Folder::new();
    let (missing, directory) = (folder.path("missing.ndjson"), folder.path(""));
    for file in [&missing, &directory] {
        one_clear_line(&refused(&["run", file]), file, "give a file of events");
    }
    one_clear_line(&refused(&["replay", &missing]), &missing, "cannot read");
}

#[test]
fn one_report_about_a_catalogue_is_made_at_a_time_and_no_report_plays_tests() {
    for both in [["--risk", "--bystander"], ["--discretion", "--bystander"], ["--risk", "--discretion"]] {
        let message = misunderstood(&[&["check"], &both[..]].concat());
        assert!(message.contains(both[0]) && message.contains(both[1]), "{message}");
    }
    assert!(misunderstood(&["check", "--bystander", "--at", "2026-10-31T11:00:00Z"]).contains("--at"));
    for report in ["--risk", "--discretion", "--bystander"] {
        let file = "win_back.test.toml";
        one_clear_line(&refused(&["check", report, file]), file, "leave out");
    }
}

#[test]
fn a_name_that_nobody_has_is_refused_with_those_that_come_close() {
    let folder = Folder::new().with("day.ndjson", &format!("{EVENT}\n{}", EVENT.replace("ana", "Anne")));
    let day = folder.path("day.ndjson");
    one_clear_line(&refused(&["inbox", "ann", &day]), "`ann`", "the closest names are `Anne`, `ana`");
    one_clear_line(&refused(&["inbox", "ana", &folder.path("none.ndjson")]), "none.ndjson", "give a file of events");
    let empty = Folder::new().with("empty.ndjson", "");
    one_clear_line(&refused(&["inbox", "ana", &empty.path("empty.ndjson")]), "`ana`", "the file names nobody");
    assert!(misunderstood(&["inbox"]).contains("<NAME>"));
}

#[test]
fn answers_are_switched_on_and_off_in_one_way() {
    for understood in [&["run", "--respond"][..], &["run", "--respond=true"], &["run", "--respond=false", "day.ndjson"]]
    {
        assert!(Tact::try_parse_from([&["tact"], understood].concat()).is_ok(), "{understood:?}");
    }
    assert!(misunderstood(&["run", "--respond=perhaps"]).contains("perhaps"));
    assert!(misunderstood(&["run", "--no-respond"]).contains("--no-respond"));
    assert!(misunderstood(&["run", "--until", "later"]).contains("2026-10-31T08:00:00-04:00"), "an example to follow");
}

#[test]
fn an_outbox_that_cannot_be_made_is_named() {
    let folder = Folder::new().with("day.ndjson", EVENT).with("file", "");
    let file = folder.path("file");
    one_clear_line(
        &refused(&["run", &folder.path("day.ndjson"), "--outbox", &file]),
        &file,
        "give a place that may be written to",
    );
}

#[test]
fn a_catalogue_with_mistakes_is_refused_with_place_and_remedy() {
    let folder = Folder::new().with("day.ndjson", EVENT);
    let (day, missing) = (folder.path("day.ndjson"), folder.path("nowhere"));
    one_clear_line(
        &refused(&["run", &day, "--catalogue", &missing]),
        &missing,
        "a catalogue is a folder with policy.toml",
    );

    let broken = folder.path("catalogue");
    copy(&default_catalogue(), Path::new(&broken));
    let policy = Path::new(&broken).join("policy.toml");
    let text = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, text.replace("max = 1", "max = \"many\"")).unwrap();
    let message = refused(&["run", &day, "--catalogue", &broken]);
    assert!(message.contains("policy.toml:"), "file and line are named: {message}");
    assert!(message.contains("max"), "the key is named: {message}");
}

#[test]
fn a_stores_file_with_mistakes_is_refused_with_place_and_remedy() {
    let folder = Folder::new().with("day.ndjson", EVENT).with("stores.toml", "[[store]]\nid = \"x\"\nlat = 95.0\n");
    let (day, stores, missing) = (folder.path("day.ndjson"), folder.path("stores.toml"), folder.path("none.toml"));
    one_clear_line(&refused(&["run", &day, "--stores", &missing]), &missing, "stores are one file");
    let message = refused(&["run", &day, "--stores", &stores]);
    assert!(message.contains("stores.toml:") && message.contains("lat"), "{message}");
}

#[test]
fn what_cannot_be_written_is_named() {
    let folder = Folder::new().with("day.ndjson", EVENT).with("file", "in the way");
    let (day, out, data) = (folder.path("day.ndjson"), folder.path("file/out"), folder.path("file/data"));
    one_clear_line(&refused(&["run", &day, "--out", &out]), &out, "cannot write");
    one_clear_line(&refused(&["run", &day, "--decisions", &out]), &out, "cannot write");
    one_clear_line(&refused(&["run", &day, "--data", &data]), &data, "give a directory that may be written to");
}

#[test]
fn a_data_directory_in_use_is_left_alone() {
    let folder = Folder::new().with("day.ndjson", EVENT);
    let (day, data) = (folder.path("day.ndjson"), folder.path("data"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let holder = runtime.block_on(Embedded::start(Some(Path::new(&data)))).unwrap();
    one_clear_line(&refused(&["run", &day, "--data", &data]), &data, "stop it, or give another directory");
    runtime.block_on(holder.stop()).unwrap();
}

#[test]
fn a_data_directory_that_holds_something_else_is_left_alone() {
    let folder = Folder::new().with("day.ndjson", EVENT);
    let (day, data) = (folder.path("day.ndjson"), folder.path("data"));
    fs::create_dir(&data).unwrap();
    fs::write(Path::new(&data).join("tact.db"), "this is a diary, not a database, and it is long enough to be sure")
        .unwrap();
    one_clear_line(&refused(&["run", &day, "--data", &data]), "tact.db", "move it away");
}

#[test]
fn a_decision_record_that_is_none_is_refused_by_its_line() {
    let folder = Folder::new().with("decisions.ndjson", "{\"body\":{},\"hash\":\"00\"}\n");
    one_clear_line(&refused(&["replay", &folder.path("decisions.ndjson")]), "line 1", "altered");
}
