//! What a mapping reads from: a stream of events, or the stream of the table.

use dynoxide::Database;
use dynoxide::actions::describe_stream::DescribeStreamRequest;
use dynoxide::actions::get_records::{GetRecordsRequest, Record as Change};
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use tact_mapping::{Batch, From, LaneId, Read, Record, Shard, ShardId};
use tokio::sync::watch;

use crate::kinesis::{Position, Streams};
use crate::pool::function_arn;

/// A stream to read from.
#[derive(Clone)]
pub enum Source {
    /// A stream of events.
    Stream {
        /// All streams.
        streams: Streams,
        /// Its name.
        name: &'static str,
    },
    /// The stream of the table.
    Table(TableStream),
}

/// The stream of a table: the keys of what was written, in order.
#[derive(Clone)]
pub struct TableStream {
    database: Database,
    name: String,
    arn: String,
    /// There is one shard, and it never changes.
    shard: ShardId,
}

/// Records of a shard, oldest first.
#[derive(Debug, Default)]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// Whether the shard is closed and nothing comes after them.
    pub ended: bool,
}

/// A stream that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the stream: {0}")]
pub struct SourceError(String);

impl SourceError {
    fn of(why: &dyn std::fmt::Display) -> Self {
        Self(why.to_string())
    }
}

/// Most records of one reading.
const PAGE: usize = 1_000;

impl Source {
    /// The ARN of the stream.
    pub fn arn(&self) -> String {
        match self {
            Self::Stream { name, .. } => format!("arn:aws:kinesis:us-east-1:000000000000:stream/{name}"),
            Self::Table(table) => table.arn.clone(),
        }
    }

    /// The name of the stream; of that of the table, the name of the table.
    pub fn name(&self) -> &str {
        match self {
            Self::Stream { name, .. } => name,
            Self::Table(table) => &table.name,
        }
    }

    /// The stream and a function that reads it, as events name them.
    pub fn named(&self, function: &str) -> tact_mapping::Source {
        named(self.arn(), function)
    }

    /// Whether it is the stream of the table.
    pub fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }

    /// Its shards, with those they came from.
    ///
    /// # Errors
    /// When the table has no stream.
    pub fn shards(&self) -> Result<Vec<Shard>, SourceError> {
        match self {
            Self::Stream { streams, name } => {
                let known = streams.shards(name).into_iter();
                Ok(known.map(|shard| Shard { id: shard.id, parents: shard.parents }).collect())
            }
            Self::Table(table) => Ok(vec![Shard { id: table.shard.clone(), parents: Vec::new() }]),
        }
    }

    /// Reads on where a mapping asks for it; nothing when there is nothing yet.
    ///
    /// # Errors
    /// When the stream or the shard is not there.
    pub fn read(&self, read: &Read) -> Result<Page, SourceError> {
        match self {
            Self::Stream { streams, name } => {
                let page = streams.read(name, &read.shard, &position(&read.from), PAGE);
                let page = page.map_err(|error| SourceError::of(&error))?;
                Ok(Page { records: page.records, ended: page.ended })
            }
            Self::Table(table) => table.read(read),
        }
    }

    /// What sees a change whenever there may be something to read; `None` where nobody tells.
    pub fn told(&self) -> Option<watch::Receiver<u64>> {
        match self {
            Self::Stream { streams, name } => streams.arrived_on(name),
            Self::Table(_) => None,
        }
    }
}

/// The same place as the streams of this machine name it.
pub fn position(from: &From) -> Position {
    match from {
        From::TrimHorizon => Position::TrimHorizon,
        From::Latest => Position::Latest,
        From::AtTimestamp(at_ms) => Position::AtTimestamp(*at_ms),
        From::After(number) => Position::After(number.clone()),
    }
}

impl TableStream {
    /// The stream of a table.
    ///
    /// # Errors
    /// When it has none.
    pub fn of(database: &Database, table: &str) -> Result<Self, SourceError> {
        let asked = ListStreamsRequest { table_name: Some(table.to_owned()), ..ListStreamsRequest::default() };
        let streams = database.list_streams(asked).map_err(|error| SourceError::of(&error))?.streams;
        let found = streams.into_iter().find(|stream| stream.table_name == table);
        let arn = found.ok_or_else(|| SourceError(format!("the table `{table}` has none")))?.stream_arn;
        let asked = DescribeStreamRequest { stream_arn: arn.clone(), ..DescribeStreamRequest::default() };
        let described = database.describe_stream(asked).map_err(|error| SourceError::of(&error))?;
        let shard = described.stream_description.shards.into_iter().next();
        let shard = shard.ok_or_else(|| SourceError(format!("the stream of `{table}` has no shard")))?;
        let shard = ShardId::from(shard.shard_id.as_str());
        Ok(Self { database: database.clone(), name: table.to_owned(), arn, shard })
    }

    fn read(&self, read: &Read) -> Result<Page, SourceError> {
        let (kind, after) = match &read.from {
            From::After(number) => ("AFTER_SEQUENCE_NUMBER", Some(number.as_str().to_owned())),
            From::Latest => ("LATEST", None),
            // The stream of a table knows no times.
            From::TrimHorizon | From::AtTimestamp(_) => ("TRIM_HORIZON", None),
        };
        let asked = GetShardIteratorRequest {
            stream_arn: self.arn.clone(),
            shard_id: read.shard.as_str().to_owned(),
            shard_iterator_type: kind.to_owned(),
            sequence_number: after,
        };
        let iterator = self.database.get_shard_iterator(asked).map_err(|error| SourceError::of(&error))?;
        let Some(shard_iterator) = iterator.shard_iterator else { return Ok(Page::default()) };
        let asked = GetRecordsRequest { shard_iterator, limit: Some(PAGE) };
        let changes = self.database.get_records(asked).map_err(|error| SourceError::of(&error))?;
        let records = changes.records.iter().map(record).collect::<Result<_, _>>()?;
        Ok(Page { records, ended: false })
    }
}

/// The event that hands a function records of a stream that nobody put them on.
pub fn event_of(records: Vec<Record>, function: &str) -> serde_json::Value {
    let lane = LaneId { shard: ShardId::numbered(0), number: 0 };
    let batch = Batch { lane, records, failed_attempts: 0, is_function_error: false, window: None };
    let source = named("arn:aws:kinesis:us-east-1:000000000000:stream/given".to_owned(), function);
    tact_mapping::kinesis_event(&batch, &source)
}

/// A stream and a function that reads it, as events name them.
fn named(stream_arn: String, function: &str) -> tact_mapping::Source {
    tact_mapping::Source {
        stream_arn,
        region: "us-east-1".to_owned(),
        function_arn: function_arn(function),
        role_arn: format!("arn:aws:iam::000000000000:role/{function}"),
    }
}

/// A change of the table as a record of its stream: what is behind one partition key stays in order.
fn record(change: &Change) -> Result<Record, SourceError> {
    let unreadable = |why: &dyn std::fmt::Display| SourceError(format!("a record of the table: {why}"));
    let json = serde_json::to_value(change).map_err(|error| unreadable(&error))?;
    let key = json.pointer("/dynamodb/Keys/pk/S").and_then(serde_json::Value::as_str).unwrap_or_default();
    let created_ms = change.dynamodb.approximate_creation_date_time * 1_000.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of this century")]
    let arrived_at_ms = created_ms.max(0.0) as u64;
    Ok(Record {
        sequence_number: change.dynamodb.sequence_number.parse().map_err(|error| unreadable(&error))?,
        partition_key: key.into(),
        data: json.to_string().into_bytes().into(),
        arrived_at_ms,
    })
}
