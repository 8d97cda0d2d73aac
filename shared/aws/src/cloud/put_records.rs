//! Records put onto a Kinesis stream: in as few calls as the service allows, and exactly the refused ones sent again.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use tact_pipeline::LogError;

/// The most records one call takes.
const CALL_ENTRIES: usize = 500;
/// The most bytes of keys and data one call takes, a little below the service's 5 MiB.
const CALL_BYTES: usize = 5_000_000;
/// The pauses before refused records are sent again; after the last of them they are left undone.
const PAUSES_MS: [u64; 3] = [50, 100, 200];

/// One record to be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    /// The partition key: what has the same one stays in order.
    pub(crate) key: &'a str,
    /// The data.
    pub(crate) line: &'a str,
}

/// Puts records onto a stream, all of them, before it answers.
pub(crate) async fn put_records(client: &Client, stream: &str, entries: &[Entry<'_>]) -> Result<(), LogError> {
    for call in calls(entries) {
        put(client, stream, &call).await?;
    }
    Ok(())
}

/// Opens the connection to a stream with a call that keeps nothing: it has no records, and is refused for it.
pub(crate) async fn warm(client: &Client, stream: &str) {
    let _refused = client.put_records().stream_name(stream).set_records(Some(Vec::new())).send().await;
}

/// Cuts records into calls the service accepts; none when there is nothing to send.
fn calls<'a>(entries: &[Entry<'a>]) -> Vec<Vec<Entry<'a>>> {
    let (mut calls, mut bytes): (Vec<Vec<Entry<'a>>>, usize) = (Vec::new(), 0);
    for entry in entries {
        let size = entry.key.len() + entry.line.len();
        match calls.last_mut() {
            Some(call) if call.len() < CALL_ENTRIES && bytes + size <= CALL_BYTES => {
                call.push(*entry);
                bytes += size;
            }
            _ => {
                calls.push(vec![*entry]);
                bytes = size;
            }
        }
    }
    calls
}

/// Sends one call's worth of records, and those that are refused again.
async fn put(client: &Client, stream: &str, entries: &[Entry<'_>]) -> Result<(), LogError> {
    let mut refused = send(client, stream, entries).await?;
    for pause_ms in PAUSES_MS {
        if refused.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        refused = send(client, stream, &refused).await?;
    }
    let (count, times) = (refused.len(), PAUSES_MS.len() + 1);
    if count == 0 { Ok(()) } else { Err(LogError(format!("{count} entries refused {times} times"))) }
}

/// Sends records once and answers those the stream refused.
async fn send<'a>(client: &Client, stream: &str, entries: &[Entry<'a>]) -> Result<Vec<Entry<'a>>, LogError> {
    let records = entries.iter().map(record).collect::<Result<Vec<_>, _>>()?;
    let call = client.put_records().stream_name(stream).set_records(Some(records));
    let answer = call.send().await.map_err(|error| failed(&error))?;
    if answer.records().len() != entries.len() {
        return Err(LogError("no answer for every entry".to_owned()));
    }
    let answered = entries.iter().zip(answer.records());
    Ok(answered.filter(|(_, result)| result.error_code().is_some()).map(|(entry, _)| *entry).collect())
}

fn record(entry: &Entry<'_>) -> Result<PutRecordsRequestEntry, LogError> {
    let data = Blob::new(entry.line.as_bytes());
    let record = PutRecordsRequestEntry::builder().partition_key(entry.key).data(data).build();
    record.map_err(|error| LogError(error.to_string()))
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

    fn sizes(lines: &[String]) -> Vec<usize> {
        let entries: Vec<_> = lines.iter().map(|line| Entry { key: "", line }).collect();
        calls(&entries).iter().map(Vec::len).collect()
    }

    #[test]
    fn nothing_to_send_is_no_call() {
        assert!(sizes(&[]).is_empty());
    }

    #[test]
    fn a_call_takes_as_many_records_as_the_service_allows() {
        assert_eq!(sizes(&vec!["x".repeat(10); 1_001]), [500, 500, 1]);
    }

    #[test]
    fn a_call_takes_as_many_bytes_as_the_service_allows_and_at_least_one_record() {
        assert_eq!(sizes(&vec!["x".repeat(2_000_000); 5]), [2, 2, 1]);
        assert_eq!(sizes(&["x".repeat(CALL_BYTES + 1), "x".to_owned()]), [1, 1]);
    }
}
