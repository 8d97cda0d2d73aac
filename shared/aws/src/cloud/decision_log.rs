//! The decision log in Kinesis.

use aws_sdk_kinesis::Client;
use tact_pipeline::{DecisionLog, LogEntry, LogError};

use super::put_records::{self, Entry, put_records};

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

    /// Opens the connection to the stream with a call that keeps nothing.
    pub(crate) async fn warm(&self) {
        put_records::warm(&self.client, &self.stream).await;
    }
}

impl DecisionLog for KinesisLog {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        let entries: Vec<_> = entries.iter().map(entry).collect();
        put_records(&self.client, &self.stream, &entries).await
    }
}

/// A customer's decisions stay in order, and so do those of a treatment that is guarded; quarantined records spread.
fn entry(entry: &LogEntry) -> Entry<'_> {
    match entry {
        LogEntry::Decision { customer, line, .. } => Entry { key: customer.as_str(), line },
        LogEntry::Quarantine { sequence, line } => Entry { key: sequence, line },
        LogEntry::Guard { name, line } => Entry { key: name, line },
        LogEntry::Learned { hash, line } => Entry { key: hash, line },
    }
}
