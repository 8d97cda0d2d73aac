//! What functions wrote: read from the stream of the table, as whatever stands behind it reads it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use tact_aws::DynamoStore;
use tact_domain::Timestamp;
use tact_mapping::{From, Read, SequenceNumber};
use tact_pipeline::ItemKey;

use crate::cloud::{Source, TABLE, TableStream};
use crate::stack::StackError;
use crate::table_stream::{Heard, due_in};

/// What appeared in the table since anybody looked, and what will be due.
pub(super) struct Changes {
    source: Source,
    read_through: Option<SequenceNumber>,
    heard: Heard,
}

impl Changes {
    /// Nothing read yet.
    pub(super) fn of(table: TableStream) -> Self {
        Self { source: Source::Table(table), read_through: None, heard: Heard::default() }
    }

    /// Learns what was due already when the table was opened.
    pub(super) async fn learn(&mut self, store: &DynamoStore) -> Result<(), StackError> {
        self.heard.knows(due_in(store).await?);
        Ok(())
    }

    /// Reads on to the end.
    pub(super) async fn read(&mut self, client: &Client) -> Result<(), StackError> {
        for shard in self.source.shards()? {
            loop {
                let from = self.read_through.clone().map_or(From::TrimHorizon, From::After);
                let page = self.source.read(&Read { shard: shard.id.clone(), from })?;
                let Some(last) = page.records.last() else { break };
                self.read_through = Some(last.sequence_number.clone());
                for record in &page.records {
                    let change = serde_json::from_slice::<Value>(&record.data).unwrap_or_default();
                    self.hear(client, &change).await?;
                }
            }
        }
        Ok(())
    }

    async fn hear(&mut self, client: &Client, change: &Value) -> Result<(), StackError> {
        let text = |pointer: &str| change.pointer(pointer).and_then(Value::as_str);
        let keys = text("/dynamodb/Keys/pk/S").zip(text("/dynamodb/Keys/sk/S"));
        let Some((key, pk, sk)) = keys.and_then(|(pk, sk)| Some((ItemKey::parse(pk, sk)?, pk, sk))) else {
            return Ok(());
        };
        let due_at = due_at(client, pk, sk).await?;
        self.heard.hear(&key, text("/eventName") == Some("INSERT"), due_at);
        Ok(())
    }

    pub(super) fn take_appeared(&mut self) -> Vec<ItemKey> {
        self.heard.take_appeared()
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.heard.next_due()
    }

    pub(super) fn called(&mut self, at: Timestamp) {
        self.heard.called(at);
    }
}

/// When an item is due, as it stands now; `None` when it never is, or is gone.
async fn due_at(client: &Client, pk: &str, sk: &str) -> Result<Option<Timestamp>, StackError> {
    let item = client.get_item().table_name(TABLE).consistent_read(true).projection_expression("due_at");
    let item = item.key("pk", AttributeValue::S(pk.to_owned())).key("sk", AttributeValue::S(sk.to_owned()));
    let found = item.send().await.map_err(|error| StackError::Table(error.to_string()))?;
    let due = found.item.as_ref().and_then(|item| item.get("due_at")?.as_n().ok()?.parse().ok());
    Ok(due.map(Timestamp))
}
