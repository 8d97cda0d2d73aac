//! What is wrong with a catalogue: every mistake at once, each with where it is and what to write instead.

use std::fmt;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file, as it was given.
    pub file: String,
    /// The line of it, from 1.
    pub line: usize,
    /// The key, with the tables it is in: `treatment.sms.valid`; `file` when it is about the file as a whole.
    pub key: String,
    /// What is wrong.
    pub wrong: String,
    /// What to do about it.
    pub fix: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, key, wrong, fix } = self;
        write!(f, "{file}:{line}: {key}: {wrong}; {fix}")
    }
}

/// All mistakes of a catalogue, at least one, in order of file and line; shown one a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CatalogueErrors(Vec<Mistake>);

impl CatalogueErrors {
    /// The mistakes.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.0
    }

    /// Nothing, when nothing is wrong.
    pub(crate) fn check(mut mistakes: Vec<Mistake>) -> Result<(), Self> {
        mistakes.sort();
        if mistakes.is_empty() { Ok(()) } else { Err(Self(mistakes)) }
    }
}

impl fmt::Display for CatalogueErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, mistake) in self.0.iter().enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}
