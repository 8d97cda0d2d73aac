//! `tact import`: public data sets as events, `CloudEvents` NDJSON in event time order, consents first.
//! All or nothing: a row that cannot be read ends the import before the first event is written, with file, row and column.
//! Rows count from 1 and leave the header out; an event's id is `set:file:row`, the file without folder and endings.

mod complete_journey;
mod consent;
mod event;
mod fences;
mod foursquare;
mod geolife;
mod row;
mod starbucks;
mod table;

#[cfg(test)]
mod real_data;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use thiserror::Error;

use event::Event;

pub use consent::Consent;
pub use fences::fences;
pub use foursquare::busiest_venues;

/// Reads the files of a data set, in any order, and writes what they say as events: consents first (customers in id order), then
/// the rest by time, file and row. `progress` is told the bytes read so far, of the files as they lie on disk.
///
/// # Errors
/// A file that cannot be read, is not of this set or is missing; a row that cannot be read; an output that cannot be written.
pub fn import(
    set: Set,
    files: &[PathBuf],
    options: &Options,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> Result<Imported, ImportError> {
    let mut converted = match set {
        Set::Foursquare => foursquare::convert(files, progress),
        Set::Geolife => geolife::convert(files, progress),
        Set::CompleteJourney => complete_journey::convert(files, progress),
        Set::Starbucks => starbucks::convert(files, progress),
    }?;
    converted.events.sort_by_key(|event| (event.at, event.order));
    let beyond = converted.keep_first(options.limit);
    let subjects: BTreeSet<&str> = converted.events.iter().map(|event| event.subject.as_str()).collect();
    let consents = consent::write(set, options.consent, &converted, &subjects, out)?;
    for event in &converted.events {
        event.write(set, out)?;
    }
    out.flush().map_err(ImportError::Write)?;
    Ok(Imported {
        customers: subjects.len(),
        consents,
        events: converted.events.len(),
        beyond_limit: beyond,
        read: converted.read,
        notes: converted.notes,
    })
}

/// A public data set that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// Check-ins in New York, UTC.
    Foursquare,
    /// GPS fixes in Beijing, UTC.
    Geolife,
    /// A year of grocery baskets, UTC.
    CompleteJourney,
    /// Purchases at a coffee chain, in hours since the study began.
    Starbucks,
}

impl Set {
    /// Every set, in the order help lists them.
    pub const ALL: [Self; 4] = [Self::Foursquare, Self::Geolife, Self::CompleteJourney, Self::Starbucks];

    /// The name on the command line, also the `source` of the events and the beginning of every id and subject.
    pub fn name(self) -> &'static str {
        match self {
            Self::Foursquare => "foursquare",
            Self::Geolife => "geolife",
            Self::CompleteJourney => "complete-journey",
            Self::Starbucks => "starbucks",
        }
    }

    /// The set with this name; `None` for any other.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// The zone and the locale its customers are said to live in.
    fn home(self) -> (&'static str, &'static str) {
        match self {
            Self::Geolife => ("Asia/Shanghai", "zh-CN"),
            Self::Foursquare | Self::CompleteJourney | Self::Starbucks => ("America/New_York", "en-US"),
        }
    }
}

/// What to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Who is said to have consented.
    pub consent: Consent,
    /// At most this many events, the earliest, with the consents of their customers only (not counted); `None` for all.
    pub limit: Option<usize>,
}

/// What an import read, wrote and left out, to the last row; as text, a few lines for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The files in name order.
    pub read: Vec<FileRead>,
    /// Consent events written.
    pub consents: usize,
    /// Other events written.
    pub events: usize,
    /// Events not written because of the limit.
    pub beyond_limit: usize,
    /// Distinct customers in the events written.
    pub customers: usize,
    /// What was counted on the way, by name: rows merged, changed or left out by a rule of the set.
    pub notes: BTreeMap<&'static str, u64>,
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    /// Its name without folder and endings, as ids carry it.
    pub name: String,
    /// What its header said it is.
    pub kind: &'static str,
    /// Rows after the header; 0 for a file that is known and not needed.
    pub rows: u64,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.read {
            writeln!(f, "read {} rows of {} ({})", file.rows, file.name, file.kind)?;
        }
        for (what, count) in &self.notes {
            writeln!(f, "{count} {what}")?;
        }
        if self.beyond_limit > 0 {
            writeln!(f, "{} events beyond the limit", self.beyond_limit)?;
        }
        write!(f, "wrote {} consents and {} events of {} customers", self.consents, self.events, self.customers)
    }
}

/// Why an import ended without its result.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A file could not be opened or read.
    #[error("cannot read `{file}`: {problem}")]
    Unreadable {
        /// The file as it was named.
        file: String,
        /// What the system said.
        problem: io::Error,
    },
    /// The header is not one of the set.
    #[error("`{file}` is not a file of this data set: its header is `{found}`; expected one of: {expected}")]
    UnknownHeader {
        /// The file as it was named.
        file: String,
        /// The columns it has.
        found: String,
        /// The columns of the files of the set.
        expected: String,
    },
    /// No file of a needed kind was given.
    #[error("no file with {kind} was given: its header has `{expected}`")]
    Missing {
        /// What is missing.
        kind: &'static str,
        /// The columns by which it would be recognised.
        expected: String,
    },
    /// Two files would give the same ids.
    #[error("two files are called `{name}`: give each another name, ids are made of it")]
    SameName {
        /// The name without folder and endings.
        name: String,
    },
    /// A row that is not well formed.
    #[error("`{file}`, row {row}: {problem}")]
    Malformed {
        /// The file as it was named.
        file: String,
        /// The row, from 1 after the header.
        row: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A value that does not fit its column.
    #[error("`{file}`, row {row}, column `{column}`: expected {expected}, found `{found}`")]
    Value {
        /// The file as it was named.
        file: String,
        /// The row, from 1 after the header.
        row: u64,
        /// The column.
        column: &'static str,
        /// What should be there.
        expected: &'static str,
        /// What is there, shortened.
        found: String,
    },
    /// The output could not be written.
    #[error("cannot write the events: {0}")]
    Write(io::Error),
}

/// What the files of a set say, before order, limit and consents.
#[derive(Default)]
struct Converted {
    events: Vec<Event>,
    read: Vec<FileRead>,
    notes: BTreeMap<&'static str, u64>,
    /// Customers who withheld their profile: never granted `profiling`.
    withheld: BTreeSet<String>,
    birth_years: BTreeMap<String, i64>,
}

impl Converted {
    fn note(&mut self, what: &'static str) {
        *self.notes.entry(what).or_default() += 1;
    }

    /// Keeps the first `limit` events and answers how many went.
    fn keep_first(&mut self, limit: Option<usize>) -> usize {
        let all = self.events.len();
        self.events.truncate(limit.unwrap_or(all));
        all - self.events.len()
    }
}
