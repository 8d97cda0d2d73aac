//! Nothing is too large to be read at one sitting: files, functions, entry points.

use super::none;
use super::source::{self, code};

/// Lines of a file before its tests.
const FILE: usize = 400;
/// Lines of a function, from its name to its closing brace.
const FUNCTION: usize = 60;
/// Lines of `main.rs`.
const ENTRY: usize = 40;
/// Lines of `lib.rs`: a purpose, a reading order, and one line for each module and what it gives away.
const ROOT: usize = 72;

#[test]
fn no_file_is_too_long() {
    let mut offenders = Vec::new();
    for source in source::rust().iter().filter(|source| !source.is_test) {
        let lines = source.production().lines().count();
        let limit = match source.file_name() {
            "main.rs" => ENTRY,
            "lib.rs" => ROOT,
            _ => FILE,
        };
        if lines > limit {
            offenders.push(format!("{}: {lines} lines, {limit} at most", source.path));
        }
    }
    none(&offenders, "a file is split along the grain before it is too long");
}

#[test]
fn no_function_is_too_long() {
    let mut offenders = Vec::new();
    for source in source::rust().iter().filter(|source| !source.is_test) {
        for (name, lines) in functions(&source.production_code()) {
            if lines > FUNCTION {
                offenders.push(format!("{}: `{name}` has {lines} lines, {FUNCTION} at most", source.path));
            }
        }
    }
    none(&offenders, "a function does one thing");
}

#[test]
fn a_library_root_lists_and_does_nothing() {
    let roots = source::rust().into_iter().filter(|source| source.file_name() == "lib.rs");
    let busy = roots.filter(|root| source::names(&root.production_code(), "fn"));
    let offenders: Vec<_> = busy.map(|root| root.path).collect();
    none(&offenders, "`lib.rs` says what there is and where; logic has a file of its own");
}

/// The functions in code with their lengths in lines; those without a body are left out.
fn functions(code: &str) -> Vec<(String, usize)> {
    let starts =
        code.match_indices("fn ").filter(|(at, _)| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    starts.filter_map(|(at, word)| function(&code[at + word.len()..])).collect()
}

/// The function whose name begins here. Its body is the first brace outside of parentheses and brackets, unless a semicolon comes first.
fn function(code: &str) -> Option<(String, usize)> {
    let name: String = code.chars().take_while(|char| char.is_alphanumeric() || *char == '_').collect();
    let (mut nested, mut braces) = (0_i32, 0_i32);
    for (at, char) in code.char_indices() {
        match char {
            '(' | '[' => nested += 1,
            ')' | ']' => nested -= 1,
            ';' if nested == 0 && braces == 0 => return None,
            '{' if nested == 0 || braces > 0 => braces += 1,
            '}' if braces > 0 => {
                braces -= 1;
                if braces == 0 {
                    return Some((name, code[..at].matches('\n').count() + 1));
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn functions_are_measured_from_name_to_closing_brace() {
    let text = "trait T { fn no_body(&self) -> [u8; 2]; }\nconst fn short() {}\nfn long(\n  a: [u8; 2],\n) {\n  g(|x| { \"}\" });\n  let _: fn(u8);\n}\n";
    assert_eq!(functions(&code(text)), [("short".to_owned(), 1), ("long".to_owned(), 6)]);
}
