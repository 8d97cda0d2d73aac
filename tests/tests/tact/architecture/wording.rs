//! How things are named and where they lie.

use super::none;
use super::source::{self, code};

/// Last words of a name that say nothing. `Data` alone is the attribute of CloudEvents.
const EMPTY_WORDS: [&str; 7] = ["manager", "service", "helper", "handler", "data", "info", "impl"];

/// Names of files and folders in which anything could be.
const DRAWERS: [&str; 8] = ["util", "utils", "common", "misc", "helper", "helpers", "mod", "prelude"];

/// Folders at the root; dot-folders may be added to them.
const HOUSE: [&str; 5] = ["events", "functions", "infra", "shared", "tests"];

/// Crates without `async fn`.
const SYNCHRONOUS: [&str; 6] = ["domain", "model", "decide", "wire", "policy", "learn"];

#[test]
fn the_house_has_its_rooms_and_no_others() {
    let folders = source::folders("").into_iter().filter(|name| name != "target" && !name.starts_with('.'));
    assert_eq!(folders.collect::<Vec<_>>(), HOUSE, "folders at the root");
}

#[test]
fn no_file_is_a_drawer() {
    let mut offenders = Vec::new();
    for source in source::rust() {
        let path = source.path.strip_suffix(".rs").unwrap();
        if path.split('/').any(|part| DRAWERS.contains(&part)) {
            offenders.push(source.path);
        }
    }
    none(&offenders, "a file is named after what is in it, and a module is `name.rs` beside `name/`");
}

#[test]
fn no_public_name_is_empty() {
    let mut offenders = Vec::new();
    for source in source::rust() {
        let found = public_names(&code(&source.text));
        let empty = found.into_iter().filter(|name| name != "Data" && EMPTY_WORDS.contains(&last_word(name).as_str()));
        offenders.extend(empty.map(|name| format!("{}: {name}", source.path)));
    }
    none(&offenders, "a name ends in a word that says something");
}

/// The names of the public items in code.
fn public_names(code: &str) -> Vec<String> {
    const BEFORE_NAME: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    let words: Vec<_> = code.split_whitespace().collect();
    let items = words.split(|word| *word == "pub" || word.starts_with("pub(")).skip(1);
    let names = items.filter_map(|item| {
        let kinds = item.iter().take_while(|word| BEFORE_NAME.contains(word) || matches!(**word, "async" | "unsafe"));
        let kinds = kinds.count();
        // A field has no kind, and is not an item.
        let name =
            item.get(kinds).filter(|_| kinds > 0)?.split(|char: char| !char.is_alphanumeric() && char != '_').next()?;
        Some(name.to_owned())
    });
    names.collect()
}

/// The last word of a name in any of the three spellings, in lower case.
fn last_word(name: &str) -> String {
    let shouted = !name.contains(char::is_lowercase);
    let starts = |char: char| char == '_' || !shouted && char.is_uppercase();
    let at = name.rfind(starts).unwrap_or(0);
    name[at..].trim_start_matches('_').to_lowercase()
}

#[test]
fn public_names_and_their_last_words_are_found() {
    let code = "pub struct RowHelper { pub raw_data: u8 } pub(crate) async fn read() {} pub const MAX_INFO: u8 = 1;";
    let words: Vec<_> = public_names(code).iter().map(|name| last_word(name)).collect();
    assert_eq!(words, ["helper", "read", "info"]);
}

#[test]
fn what_decides_is_synchronous() {
    let mut offenders = Vec::new();
    for package in SYNCHRONOUS {
        let sources = source::of_package(&format!("tact-{package}")).into_iter();
        let waiting = sources.filter(|source| source::names(&source.production_code(), "async"));
        offenders.extend(waiting.map(|source| source.path));
    }
    none(&offenders, "only pipeline, aws, the functions and infra/local wait for anything");
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    const ROOTS: [&str; 6] = ["work", "root", "home", "tmp", "Users", "private"];
    let mut offenders = Vec::new();
    for source in source::files() {
        for (number, line) in source.text.lines().enumerate() {
            if ROOTS.iter().any(|root| begins_path(line, root)) {
                offenders.push(format!("{}:{}", source.path, number + 1));
            }
        }
    }
    none(&offenders, "paths are relative to the repository, or given by who runs it");
}

/// Whether an absolute path begins in this line with that folder.
fn begins_path(line: &str, root: &str) -> bool {
    let path = format!("/{root}/");
    let continues = |char: char| char.is_alphanumeric() || "._-~}/)>$".contains(char);
    line.match_indices(&path).any(|(at, _)| !line[..at].ends_with(continues))
}
