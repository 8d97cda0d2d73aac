//! The files of the repository, and Rust code without its comments and literals.

use std::fs;
use std::path::{Path, PathBuf};

use super::root;

/// One text file of the repository.
pub(super) struct Source {
    /// From the root, with `/`.
    pub path: String,
    /// All of it.
    pub text: String,
    /// Whether all of it is compiled for tests only.
    pub is_test: bool,
}

impl Source {
    /// The lines before the tests.
    pub(super) fn production(&self) -> &str {
        let tests = self.text.match_indices("#[cfg(test)]").find(|(at, _)| {
            let declared = self.text[*at..].lines().find(|line| line.trim_start().starts_with("mod "));
            declared.is_some_and(|line| line.ends_with('{'))
        });
        tests.map_or(&self.text, |(at, _)| &self.text[..at])
    }

    /// The code before the tests, blank where comments and literals were.
    pub(super) fn production_code(&self) -> String {
        code(self.production())
    }

    /// Whether the code, tests included, names a crate.
    pub(super) fn names(&self, word: &str) -> bool {
        names(&code(&self.text), word)
    }

    /// The name of the file.
    pub(super) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }
}

/// Whether code holds a path or a word as a whole.
pub(super) fn names(code: &str, word: &str) -> bool {
    let part_of_word = |char: char| char.is_alphanumeric() || char == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(part_of_word) && !code[at + word.len()..].starts_with(part_of_word))
}

/// Every Rust file of the repository.
pub(super) fn rust() -> Vec<Source> {
    let mut rust: Vec<_> =
        files().into_iter().filter(|source| Path::new(&source.path).extension().is_some_and(|it| it == "rs")).collect();
    let test_modules: Vec<_> = rust.iter().flat_map(test_modules).collect();
    // A module of a module for tests is one as well.
    let folders: Vec<_> = test_modules.iter().map(|path| path.replace(".rs", "/")).collect();
    for source in &mut rust {
        let within = folders.iter().any(|folder| source.path.starts_with(folder));
        source.is_test = source.path.starts_with("tests/") || test_modules.contains(&source.path) || within;
    }
    rust
}

/// The files that a file declares as modules for tests.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = source.path.strip_suffix(".rs").unwrap();
    let folder = folder.strip_suffix("/lib").or(folder.strip_suffix("/main")).unwrap_or(folder);
    let declared = source.text.split("#[cfg(test)]").skip(1).filter_map(|after| {
        let line = after.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("#["))?;
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    declared.map(|name| format!("{folder}/{name}.rs")).collect()
}

/// The Rust files of a package, its build script and its benches included.
pub(super) fn of_package(name: &str) -> Vec<Source> {
    let (_, folder) = packages().into_iter().find(|(package, _)| package == name).unwrap();
    let folder = format!("{}/", folder.strip_prefix(root()).unwrap().display());
    let apart = format!("{folder}fuzz/");
    rust().into_iter().filter(|source| source.path.starts_with(&folder) && !source.path.starts_with(&apart)).collect()
}

/// Every package of the workspace with its folder.
pub(super) fn packages() -> Vec<(String, PathBuf)> {
    let functions = folders("functions").into_iter().map(|name| (name.clone(), root().join("functions").join(name)));
    let shared = folders("shared").into_iter().map(|name| (format!("tact-{name}"), root().join("shared").join(name)));
    let rest = [("tact", "infra/local"), ("tact-mapping", "infra/mapping"), ("tact-tests", "tests")];
    functions.chain(shared).chain(rest.map(|(name, folder)| (name.to_owned(), root().join(folder)))).collect()
}

/// The names of the folders in a folder, sorted.
pub(super) fn folders(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every text file of the repository, sorted by path; what git ignores and git's own are left out.
pub(super) fn files() -> Vec<Source> {
    let (mut found, mut open) = (Vec::new(), vec![root()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            let ignored = matches!(name.as_str(), ".git" | ".tact" | "target" | "corpus" | "artifacts" | "coverage");
            match path.is_dir() {
                true if !ignored => open.push(path),
                false => found.extend(read(&path)),
                true => {}
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn read(path: &Path) -> Option<Source> {
    let text = fs::read_to_string(path).ok()?;
    let path = path.strip_prefix(root()).unwrap().to_str()?.replace('\\', "/");
    Some(Source { path, text, is_test: false })
}

/// Rust with comments, strings and characters blanked, line for line: what is left can be searched for words and braces.
pub(super) fn code(text: &str) -> String {
    let (mut code, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let literal = literal_len(rest, code.chars().next_back());
        let len = literal.unwrap_or(first.len_utf8());
        let (taken, left) = rest.split_at(len);
        match literal {
            Some(_) => code.extend(taken.chars().map(|char| if char == '\n' { '\n' } else { ' ' })),
            None => code.push_str(taken),
        }
        rest = left;
    }
    code
}

/// How long the comment or literal is that begins here, in bytes; `None` when none begins here.
fn literal_len(rest: &str, before: Option<char>) -> Option<usize> {
    let in_word = before.is_some_and(|char| char.is_alphanumeric() || char == '_');
    let raw = rest.strip_prefix("br").or(rest.strip_prefix('r')).filter(|_| !in_word);
    let hashes = raw.map_or(0, |raw| raw.len() - raw.trim_start_matches('#').len());
    if rest.starts_with("//") {
        Some(rest.find('\n').unwrap_or(rest.len()))
    } else if rest.starts_with("/*") {
        Some(block_comment_len(rest))
    } else if raw.is_some_and(|raw| raw[hashes..].starts_with('"')) {
        let open = rest.find('"').unwrap() + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        Some(rest[open..].find(&close).map_or(rest.len(), |at| open + at + close.len()))
    } else if rest.starts_with('"') {
        Some(quoted_len(rest, '"'))
    } else if rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'') && rest.starts_with('\'') {
        Some(quoted_len(rest, '\''))
    } else {
        None
    }
}

fn block_comment_len(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest.as_bytes().get(at..at + 2) {
            Some(b"/*") => (depth, at) = (depth + 1, at + 2),
            Some(b"*/") => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn quoted_len(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if char == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[test]
fn code_is_left_without_its_comments_and_literals() {
    let text = "fn a<'x>(c: &'x str) { // {\n  let s = (\"{ \\\" }\", r#\"\"{\"#, '{', '\\'', b'}'); /* { /* } */ */ }";
    let words: Vec<_> = code(text).split_whitespace().map(str::to_owned).collect();
    assert_eq!(words.join(" "), "fn a<'x>(c: &'x str) { let s = ( , , , , b ); }");
    assert_eq!(code(text).lines().count(), text.lines().count());
}
