//! The rules of the house, each as a test: who may depend on whom, what pure code may name, how large and how named things are,
//! and which function owns which facet. A failing test lists every offender at once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

mod graph;
mod ownership;
mod readme;
mod size;
mod source;
mod wording;

use std::path::PathBuf;

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Fails with all offenders, one a line.
fn none(offenders: &[String], rule: &str) {
    assert!(offenders.is_empty(), "{rule}:\n  {}", offenders.join("\n  "));
}
