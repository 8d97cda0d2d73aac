//! The default catalogue and small changes to it, checked as a whole.

use std::path::Path;

use super::*;
use crate::{read_dir, read_tests};

fn default() -> (Vec<SourceFile>, Vec<SourceFile>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    (read_dir(&folder).unwrap(), read_tests(&folder).unwrap())
}

#[test]
fn show() {
    let (files, tests) = default();
    let checked = check(&files, &tests, &Models::default(), Timestamp(1_793_470_800_000));
    for error in &checked.errors { println!("ERROR {error}"); }
    for error in &checked.warnings { println!("WARN {error}"); }
    for error in &checked.failures { println!("{}", error.text); }
    for path in &checked.paths { println!("{path:?}"); }
    println!("{} {} {}", checked.passed, checked.pending, checked.failures.len());
}
