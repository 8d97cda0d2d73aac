//! A catalogue checked as a whole.

use super::*;
use crate::check::sample::{changed, file, files};

const NOW: Timestamp = Timestamp(1_793_470_800_000);
const TEST: &str = r#"[[test]]
name = "a card for who comes"
consents = ["marketing:inbox"]
event = { check_in = { store = "market-street" } }
expect = { winner = "welcome" }
"#;

fn checked(files: &[SourceFile], tests: &str) -> Checked {
    check(files, &[file("actions/welcome.test.toml", tests)], &Models::default(), NOW)
}

#[test]
fn a_sound_catalogue_is_counted() {
    let later = TEST.replace("name = ", "pending = \"later\"\nname = ");
    let found = checked(&files(), &format!("{TEST}{later}"));
    assert!(found.is_sound(), "{found:?}");
    assert_eq!((found.actions, found.passed, found.pending), (2, 1, 1));
    assert_eq!((found.errors.len(), found.failures.len(), found.paths.len()), (0, 0, 0));
}

#[test]
fn a_failed_test_is_unsound_without_an_error() {
    let found = checked(&files(), &TEST.replace("\"marketing:inbox\"", "\"profiling\""));
    assert!(!found.is_sound() && found.errors.is_empty());
    assert!(found.failures[0].text.starts_with("actions/welcome.test.toml:1: a card for who comes\n"));
}

#[test]
fn every_kind_of_error_has_file_line_key_and_fix() {
    let mut files =
        changed("actions/come_back.toml", "mission == 'browse'", "mission == 'browse' && mission == 'express'");
    for file in &mut files {
        file.text = file.text.replace("Welcome back.", "Welcome to {{ store }}.");
    }
    files.push(file("forbidden.toml", "[[path]]\nname = \"never\"\naction = \"welcome\"\nwithout = [\"location\"]\n"));
    let found = checked(&files, "[[test]]\nname = \"x\"\n");
    let said: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
    let begins = [
        "actions/come_back.toml:13: rules: contradictory: ",
        "actions/welcome.test.toml:1: test.x.event: is missing; ",
        "actions/welcome.test.toml:1: test.x.expect: is missing; ",
        "actions/welcome.toml:10: treatment.card.discloses: text: ",
        "forbidden.toml:1: path: `never` has a counter-example; add the rule that refuses it, or answer for it by `waived = \"…\"`\n[[test]]\n",
    ];
    assert_eq!(said.len(), begins.len(), "{said:#?}");
    for (said, begin) in said.iter().zip(begins) {
        assert!(said.starts_with(begin), "{begin}\n{said}");
    }
}

#[test]
fn mistakes_end_the_check() {
    let found = checked(&changed("actions/welcome.toml", "margin = 0", "margn = 0"), TEST);
    assert_eq!((found.actions, found.passed, found.errors.len()), (0, 0, 2));
    assert!(!found.is_sound());
}

#[test]
fn a_waived_path_is_a_warning() {
    let open = "[[path]]\nname = \"never\"\naction = \"welcome\"\nwithout = [\"location\"]\nwaived = \"a card harms nobody\"\n";
    let mut files = files();
    files.push(file("forbidden.toml", open));
    let found = checked(&files, TEST);
    assert!(found.is_sound(), "{found:?}");
    assert_eq!(found.paths[0].verdict.name(), "counter-example");
    assert!(found.warnings.iter().any(|warning| warning.fix == "waived: a card harms nobody"), "{found:?}");
}

#[test]
fn what_is_over_is_a_warning_at_its_time() {
    let over = changed("actions/welcome.toml", "margin = 0", "until = 2026-10-30\nmargin = 0");
    let found = check(&over, &[], &Models::default(), NOW);
    assert!(found.is_sound());
    assert!(found.warnings.iter().any(|warning| warning.wrong.starts_with("unreachable: ")), "{found:?}");
    assert!(check(&over, &[], &Models::default(), Timestamp(0)).warnings.iter().all(|w| !w.wrong.contains("is over")));
}
