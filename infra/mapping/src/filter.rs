//! Which records a mapping delivers: the event patterns of `FilterCriteria`.
//!
//! A pattern has the shape of a record. Its leaves are lists of rules, of which one must match; all of its fields must.
//! For Kinesis it speaks of `data`, the record's data as JSON, and of the fields beside it (`partitionKey`,
//! `sequenceNumber`, `approximateArrivalTimestamp`, `kinesisSchemaVersion`); for DynamoDB of the whole stream record
//! (`eventName`, `dynamodb`, ...).

mod pattern;
mod rule;

use serde_json::{Value, json};

use crate::Record;
use pattern::Pattern;

/// The longest pattern that Lambda takes, in characters.
const LONGEST: usize = 4_096;
const KINESIS: [&str; 5] =
    ["data", "partitionKey", "sequenceNumber", "approximateArrivalTimestamp", "kinesisSchemaVersion"];
const DYNAMODB: [&str; 7] =
    ["dynamodb", "eventName", "eventID", "eventVersion", "eventSource", "awsRegion", "userIdentity"];

/// One event pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pattern: Pattern,
    source: FilterSource,
}

/// What a pattern speaks of, as its outermost fields tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FilterSource {
    Kinesis { reads_data: bool },
    DynamoDb,
}

impl Filter {
    /// Reads a pattern, as it stands in `FilterCriteria`.
    ///
    /// # Errors
    /// When it is no JSON, not a pattern, longer than 4,096 characters, or when it speaks of fields that no record of
    /// Kinesis or DynamoDB has: it would hold everything back.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.chars().count() > LONGEST {
            return Err(FilterError::new("it is longer than 4,096 characters"));
        }
        let json = serde_json::from_str(text).map_err(|error| FilterError::new(format!("it is no JSON: {error}")))?;
        let pattern = Pattern::parse(&json)?;
        let names = pattern.outermost();
        let all_of = |known: &[&str]| names.iter().all(|name| known.contains(name));
        let source = if all_of(&KINESIS) {
            FilterSource::Kinesis { reads_data: names.contains(&"data") }
        } else if all_of(&DYNAMODB) {
            FilterSource::DynamoDb
        } else {
            let (kinesis, dynamodb) = (KINESIS.join(", "), DYNAMODB.join(", "));
            return Err(FilterError::new(format!(
                "`{}` are not fields of one record: of Kinesis it has {kinesis}; of DynamoDB {dynamodb}",
                names.join("`, `")
            )));
        };
        for data in ["data", "dynamodb"] {
            if pattern.has_rules_at(data) {
                return Err(FilterError::new(format!("`{data}` must be an object of fields, not a list")));
            }
        }
        Ok(Self { pattern, source })
    }

    /// Whether the record is delivered. Data that is no JSON never is when the pattern speaks of it.
    pub fn matches(&self, record: &Record) -> bool {
        self.matches_json(record, serde_json::from_slice(&record.data).ok().as_ref())
    }

    fn matches_json(&self, record: &Record, data: Option<&Value>) -> bool {
        match (self.source, data) {
            (FilterSource::DynamoDb, Some(data)) => self.pattern.matches(data),
            (FilterSource::DynamoDb | FilterSource::Kinesis { reads_data: true }, None) => false,
            (FilterSource::Kinesis { .. }, data) => {
                let seconds = crate::event::seconds(record.arrived_at_ms);
                self.pattern.matches(&json!({
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": &*record.partition_key,
                    "sequenceNumber": record.sequence_number.as_str(),
                    "approximateArrivalTimestamp": seconds,
                    "data": data,
                }))
            }
        }
    }
}

/// Whether there are no filters or any of them matches. The data is read once.
pub(crate) fn passes(filters: &[Filter], record: &Record) -> bool {
    if filters.is_empty() {
        return true;
    }
    let data = serde_json::from_slice(&record.data).ok();
    filters.iter().any(|filter| filter.matches_json(record, data.as_ref()))
}

/// Why a text is not a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a filter pattern: {0}")]
pub struct FilterError(String);

impl FilterError {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

#[cfg(test)]
mod tests;
