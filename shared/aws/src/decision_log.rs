//! The decision log in Kinesis: as few calls as the service allows, and exactly the refused entries sent again.

use std::time::Duration;

use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::error::ProvideErrorMetadata;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::PutRecordsRequestEntry;
use tact_pipeline::{DecisionLog, LogEntry, LogError};

/// The most entries one call takes.
const CALL_ENTRIES: usize = 500;
/// The most bytes one call takes, with room for keys.
const CALL_BYTES: usize = 4_500_000;
/// How often refused entries are sent again.
const ATTEMPTS: u32 = 4;

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

    /// Sends one call's worth of entries and answers those the stream refused.
    async fn send(&self, entries: Vec<PutRecordsRequestEntry>) -> Result<Vec<PutRecordsRequestEntry>, LogError> {
        let call = self.client.put_records().stream_name(&self.stream).set_records(Some(entries.clone()));
        let answer = call.send().await.map_err(|error| {
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code).map(str::to_owned);
            LogError(code.unwrap_or_else(|| "no connection, or a time-out".to_owned()))
        })?;
        let refused = entries.into_iter().zip(answer.records()).filter(|(_, result)| result.error_code().is_some());
        Ok(refused.map(|(entry, _)| entry).collect())
    }
}

impl DecisionLog for KinesisLog {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        for mut call in calls(entries)? {
            for attempt in 0..ATTEMPTS {
                call = self.send(call).await?;
                if call.is_empty() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50 << attempt)).await;
            }
            if !call.is_empty() {
                return Err(LogError(format!("{} entries refused {ATTEMPTS} times", call.len())));
            }
        }
        Ok(())
    }
}

/// Cuts entries into calls the service accepts.
fn calls(entries: &[LogEntry]) -> Result<Vec<Vec<PutRecordsRequestEntry>>, LogError> {
    let (mut calls, mut bytes) = (vec![Vec::new()], 0);
    for entry in entries {
        let (key, line) = match entry {
            LogEntry::Decision { customer, line, .. } => (customer.as_str(), line),
            LogEntry::Quarantine { sequence, line } => (sequence.as_str(), line),
        };
        let full = calls.last().is_some_and(|call| call.len() >= CALL_ENTRIES) || bytes + line.len() > CALL_BYTES;
        if full {
            calls.push(Vec::new());
            bytes = 0;
        }
        bytes += line.len() + key.len();
        let record = PutRecordsRequestEntry::builder().partition_key(key).data(Blob::new(line.as_bytes())).build();
        let record = record.map_err(|error| LogError(error.to_string()))?;
        if let Some(call) = calls.last_mut() {
            call.push(record);
        }
    }
    Ok(calls)
}
