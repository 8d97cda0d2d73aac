//! The decision log in Kinesis: as few calls as the service allows, and exactly the refused entries sent again.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use tact_pipeline::{DecisionLog, LogEntry, LogError};

/// The most entries one call takes.
const CALL_ENTRIES: usize = 500;
/// The most bytes of keys and data one call takes, a little below the service's 5 MiB.
const CALL_BYTES: usize = 5_000_000;
/// The pauses before refused entries are sent again; after the last of them the batch is left undone.
const PAUSES_MS: [u64; 3] = [50, 100, 200];

/// The stream that keeps decisions.
#[derive(Clone, Debug)]
pub struct KinesisLog {
    client: Client,
    stream: String,
}

impl KinesisLog {
    /// The stream of this name, reached by this client.
    pub fn new(client: Client, stream: String) -> Self {
        Self { client, stream }
    }

    /// Opens the connection to the stream with a call that keeps nothing: it has no entries, and is refused for it.
    pub(crate) async fn warm(&self) {
        let _refused = self.client.put_records().stream_name(&self.stream).set_records(Some(Vec::new())).send().await;
    }

    /// Sends one call's worth of entries, and those that are refused again.
    async fn put(&self, entries: &[&LogEntry]) -> Result<(), LogError> {
        let mut refused = self.send(entries).await?;
        for pause_ms in PAUSES_MS {
            if refused.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            refused = self.send(&refused).await?;
        }
        let (count, times) = (refused.len(), PAUSES_MS.len() + 1);
        if count == 0 { Ok(()) } else { Err(LogError(format!("{count} entries refused {times} times"))) }
    }

    /// Sends entries once and answers those the stream refused.
    async fn send<'a>(&self, entries: &[&'a LogEntry]) -> Result<Vec<&'a LogEntry>, LogError> {
        let records = entries.iter().map(|entry| record(entry)).collect::<Result<Vec<_>, _>>()?;
        let call = self.client.put_records().stream_name(&self.stream).set_records(Some(records));
        let answer = call.send().await.map_err(|error| failed(&error))?;
        if answer.records().len() != entries.len() {
            return Err(LogError("no answer for every entry".to_owned()));
        }
        let answered = entries.iter().zip(answer.records());
        Ok(answered.filter(|(_, result)| result.error_code().is_some()).map(|(entry, _)| *entry).collect())
    }
}

impl DecisionLog for KinesisLog {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        for call in calls(entries) {
            self.put(&call).await?;
        }
        Ok(())
    }
}

/// Cuts entries into calls the service accepts; none when there is nothing to send.
fn calls(entries: &[LogEntry]) -> Vec<Vec<&LogEntry>> {
    let (mut calls, mut bytes): (Vec<Vec<&LogEntry>>, usize) = (Vec::new(), 0);
    for entry in entries {
        let (key, line) = parts(entry);
        let size = key.len() + line.len();
        match calls.last_mut() {
            Some(call) if call.len() < CALL_ENTRIES && bytes + size <= CALL_BYTES => {
                call.push(entry);
                bytes += size;
            }
            _ => {
                calls.push(vec![entry]);
                bytes = size;
            }
        }
    }
    calls
}

fn record(entry: &LogEntry) -> Result<PutRecordsRequestEntry, LogError> {
    let (key, line) = parts(entry);
    let record = PutRecordsRequestEntry::builder().partition_key(key).data(Blob::new(line.as_bytes())).build();
    record.map_err(|error| LogError(error.to_string()))
}

/// The partition key and the data of an entry: a customer's decisions stay in order, quarantined records spread.
fn parts(entry: &LogEntry) -> (&str, &str) {
    match entry {
        LogEntry::Decision { customer, line, .. } => (customer.as_str(), line),
        LogEntry::Quarantine { sequence, line } => (sequence, line),
    }
}

/// The service's own code for what is wrong; its message may quote values, so it is left out.
fn failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> LogError {
    let what = match error {
        SdkError::ServiceError(error) => error.err().code().unwrap_or("no code given"),
        SdkError::TimeoutError(_) => "time-out",
        SdkError::DispatchFailure(_) => "no connection",
        _ => "no sensible answer",
    };
    LogError(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: usize) -> LogEntry {
        LogEntry::Quarantine { sequence: String::new(), line: "x".repeat(bytes) }
    }

    fn sizes(entries: &[LogEntry]) -> Vec<usize> {
        calls(entries).iter().map(Vec::len).collect()
    }

    #[test]
    fn nothing_to_send_is_no_call() {
        assert!(sizes(&[]).is_empty());
    }

    #[test]
    fn a_call_takes_as_many_entries_as_the_service_allows() {
        assert_eq!(sizes(&vec![entry(10); 1_001]), [500, 500, 1]);
    }

    #[test]
    fn a_call_takes_as_many_bytes_as_the_service_allows_and_at_least_one_entry() {
        assert_eq!(sizes(&vec![entry(2_000_000); 5]), [2, 2, 1]);
        assert_eq!(sizes(&[entry(CALL_BYTES + 1), entry(1)]), [1, 1]);
    }
}
