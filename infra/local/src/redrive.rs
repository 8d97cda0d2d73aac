//! Failure records put back: what an event source mapping gave up, and left whole in a bucket, is handled once more.
//! Read in this order: `record` (what Lambda left), `files` (where it lies), this file (what is to be done), `calls` (in which steps), and the two ways to do
//! it: `redriven` over `endpoint` (the cloud on this machine), and `commands` (files and commands for a deployment).

mod calls;
mod commands;
mod endpoint;
mod files;
mod record;
mod redriven;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tact_domain::Timestamp;

pub use calls::{calls, put_records};
pub use commands::write;
pub use endpoint::{Endpoint, EndpointError, NotLoopback, Put};
pub use files::{Unreadable, read};
pub use record::{Batch, FailureRecord, Named, NotRedriven, StreamRecord, TableBatch};
pub use redriven::Redriven;

/// What is to be put back and handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// How many failure records it is of.
    pub failures: usize,
    /// Why mappings gave up, and how often.
    pub conditions: BTreeMap<String, u64>,
    /// What goes back onto streams.
    pub streams: Vec<ToStream>,
    /// What is handed to functions, as nothing can be put onto the stream of a table.
    pub functions: Vec<ToFunction>,
}

/// What goes back onto one stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToStream {
    /// The stream.
    pub stream: Named,
    /// How many records were left out, as they stood in two failure records.
    pub repeated: usize,
    /// When the oldest and the newest arrived at first.
    #[serde(serialize_with = "times")]
    pub arrived: (Timestamp, Timestamp),
    /// The records, in the order of their sequence numbers; never empty.
    #[serde(serialize_with = "count")]
    pub records: Vec<StreamRecord>,
}

/// What is handed to one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToFunction {
    /// The function.
    pub function: Named,
    /// When the oldest and the newest of its records arrived at first.
    #[serde(serialize_with = "times")]
    pub arrived: (Timestamp, Timestamp),
    /// Invocations, in the order of their first sequence numbers; never empty.
    #[serde(serialize_with = "count")]
    pub batches: Vec<TableBatch>,
}

/// Other names than those in the failure records; as they are when there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// Of the stream.
    pub stream: Option<String>,
    /// Of the function.
    pub function: Option<String>,
}

/// Names that make no sense for what is to be put back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongName {
    /// A name with other characters than names have.
    #[error("`{0}` is no name: write letters, digits, `-`, `_` and `.`")]
    Odd(String),
    /// Records of several streams would be mixed on one, or of several functions handed to one.
    #[error("these are of {of} {what}s, and cannot all be handed to `{name}`: name the files of one of them")]
    Several {
        /// `stream` or `function`.
        what: &'static str,
        /// How many there are.
        of: usize,
        /// The name that was given.
        name: String,
    },
}

impl Plan {
    /// What is to be done about failure records.
    ///
    /// # Errors
    /// When a name that was given cannot be used for them.
    pub fn of(failures: Vec<FailureRecord>, elsewhere: &Elsewhere) -> Result<Self, WrongName> {
        let count = failures.len();
        let mut conditions = BTreeMap::new();
        let (mut streams, mut functions) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for failure in failures {
            *conditions.entry(failure.condition).or_default() += 1;
            match failure.batch {
                Batch::Stream { stream, records } => streams.entry(stream).or_default().extend(records),
                Batch::Table(batch) => functions.entry(failure.function).or_default().push(batch),
            }
        }
        let streams = renamed(streams, "stream", elsewhere.stream.as_deref())?;
        let functions = renamed(functions, "function", elsewhere.function.as_deref())?;
        Ok(Self {
            failures: count,
            conditions,
            streams: streams.into_iter().filter_map(|(stream, records)| ToStream::of(stream, records)).collect(),
            functions: functions.into_iter().filter_map(|(of, batches)| ToFunction::of(of, batches)).collect(),
        })
    }
}

impl ToStream {
    /// Records of a stream in order, each once; `None` when there are none.
    fn of(stream: Named, mut records: Vec<StreamRecord>) -> Option<Self> {
        records.sort_by(|a, b| a.sequence.cmp(&b.sequence));
        let all = records.len();
        let mut seen = BTreeSet::new();
        records.retain(|record| seen.insert((record.sequence.clone(), record.key.clone())));
        let arrived = oldest_and_newest(records.iter().map(|record| record.arrived))?;
        Some(Self { stream, repeated: all - records.len(), arrived, records })
    }
}

impl ToFunction {
    /// Invocations of a function in order; `None` when there are none.
    fn of(function: Named, mut batches: Vec<TableBatch>) -> Option<Self> {
        batches.sort_by(|a, b| a.sequences.cmp(&b.sequences));
        let arrived = oldest_and_newest(batches.iter().flat_map(|batch| [batch.arrived.0, batch.arrived.1]))?;
        Some(Self { function, arrived, batches })
    }

    /// How many records its invocations bring.
    pub fn records(&self) -> usize {
        self.batches.iter().map(|batch| batch.sequences.len()).sum()
    }
}

/// What goes to each place, with another name for the place when one was given.
fn renamed<T>(
    places: BTreeMap<Named, T>,
    what: &'static str,
    name: Option<&str>,
) -> Result<BTreeMap<Named, T>, WrongName> {
    let Some(name) = name else { return Ok(places) };
    // A function may be named with its alias.
    let parts = if what == "function" { 2 } else { 1 };
    if name.split(':').count() > parts || !name.split(':').all(record::is_name) {
        return Err(WrongName::Odd(name.to_owned()));
    }
    if places.len() > 1 {
        return Err(WrongName::Several { what, of: places.len(), name: name.to_owned() });
    }
    Ok(places.into_iter().map(|(place, what)| (Named { name: name.to_owned(), ..place }, what)).collect())
}

fn oldest_and_newest(arrived: impl Iterator<Item = Timestamp> + Clone) -> Option<(Timestamp, Timestamp)> {
    arrived.clone().min().zip(arrived.max())
}

/// A time as people and machines read it.
pub fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string()
}

fn times<S: serde::Serializer>(arrived: &(Timestamp, Timestamp), to: S) -> Result<S::Ok, S::Error> {
    [time(arrived.0), time(arrived.1)].serialize(to)
}

/// How many there are stands for what people's events say.
#[expect(clippy::ptr_arg, reason = "serde hands over the field")]
fn count<T, S: serde::Serializer>(records: &Vec<T>, to: S) -> Result<S::Ok, S::Error> {
    records.len().serialize(to)
}
