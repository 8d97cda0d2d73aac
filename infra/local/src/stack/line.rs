//! One stream and its mapping.

use std::collections::BTreeMap;

use tact_domain::EventKind;
use tact_mapping::{Answer, Mapping, Settings, Shard, Step};
use tact_pipeline::Quarantined;

use super::{BATCH, Functions, Invoked, StackError};
use crate::arrival::Arrival;
use crate::cloud::{position, stream_of};

/// A stream with what is behind it.
pub(super) struct Line {
    /// The kind of its events.
    pub(super) kind: EventKind,
    mapping: Mapping,
}

impl Line {
    /// The line of a kind of events.
    pub(super) fn of(kind: EventKind) -> Self {
        let settings = Settings {
            batch_size: BATCH,
            report_batch_item_failures: true,
            bisect_batch_on_function_error: true,
            maximum_retry_attempts: Some(5),
            ..Settings::default()
        };
        Self { kind, mapping: Mapping::new(settings) }
    }

    /// Puts a batch on the stream and lets the mapping invoke the function until all of it is done with.
    ///
    /// # Errors
    /// When records were given up, or the stream does not take them.
    pub(super) async fn deliver<F: Functions>(
        &mut self,
        functions: &mut F,
        batch: &[Arrival],
    ) -> Result<Vec<Invoked>, StackError> {
        let name = stream_of(self.kind);
        let (mut now_ms, mut lines) = (0, BTreeMap::new());
        for arrival in batch {
            let arrived_ms = u64::try_from(arrival.at.0).unwrap_or(0);
            now_ms = arrived_ms.max(now_ms);
            let (_, sequence) = functions.streams().put(name, &arrival.customer, &arrival.bytes, arrived_ms)?;
            lines.insert(sequence.as_str().to_owned(), arrival.line);
        }
        self.read(functions, name, now_ms)?;
        let (mut done, mut why) = (Vec::new(), String::new());
        loop {
            match self.mapping.next(now_ms) {
                Step::Idle => break,
                Step::WaitUntil(at_ms) => now_ms = at_ms,
                Step::GiveUp(batch, _) => return Err(StackError::GivenUp { count: batch.records.len(), why }),
                Step::Invoke(batch) => {
                    let (answer, mut invoked) = functions.handle(self.kind, &batch).await?;
                    let answer = answer.as_deref().map_or(Answer::Failed, Answer::Returned);
                    self.mapping.invoked(&batch.lane, answer, now_ms);
                    let line = |quarantined: &Quarantined| lines.get(&quarantined.sequence).copied().unwrap_or(0);
                    invoked.quarantined_lines = invoked.report.quarantined.iter().map(line).collect();
                    why = invoked.report.failure.clone().unwrap_or_default();
                    done.push(invoked);
                }
            }
        }
        for shard in functions.streams().shards(name) {
            if let Some(through) = self.mapping.checkpoint(&shard.id) {
                functions.streams().trim(name, &shard.id, through);
            }
        }
        Ok(done)
    }

    /// Offers the mapping all that stands on the stream.
    fn read(&mut self, functions: &impl Functions, name: &str, now_ms: u64) -> Result<(), StackError> {
        let streams = functions.streams();
        let shards = streams.shards(name).into_iter().map(|shard| Shard { id: shard.id, parents: shard.parents });
        self.mapping.discover(&shards.collect::<Vec<_>>());
        for read in self.mapping.reads() {
            let page = streams.read(name, &read.shard, &position(&read.from), BATCH)?;
            self.mapping.offer(&read.shard, page.records, now_ms);
        }
        Ok(())
    }
}
