//! Events of our own making, put onto the Kinesis streams of their kinds.

use aws_sdk_kinesis::Client;
use tact_domain::EventKind;
use tact_pipeline::{Events, LogError};
use tact_wire::OwnEvent;

use super::put_records::{Entry, put_records};

/// The streams that events of our own making go onto.
#[derive(Clone, Debug)]
pub struct KinesisEvents {
    client: Client,
    streams: Vec<(EventKind, String)>,
}

impl KinesisEvents {
    /// The streams of these kinds, by name, reached by this client.
    pub fn new(client: Client, streams: Vec<(EventKind, String)>) -> Self {
        Self { client, streams }
    }
}

impl Events for KinesisEvents {
    async fn put(&self, events: &[OwnEvent]) -> Result<(), LogError> {
        let strays = events.iter().any(|event| self.streams.iter().all(|(kind, _)| *kind != event.kind));
        if strays {
            return Err(LogError("there is no stream for this kind of event".to_owned()));
        }
        for (kind, stream) in &self.streams {
            let of_kind = events.iter().filter(|event| event.kind == *kind);
            let entries: Vec<_> =
                of_kind.map(|event| Entry { key: event.customer.as_str(), line: &event.line }).collect();
            put_records(&self.client, stream, &entries).await?;
        }
        Ok(())
    }
}
