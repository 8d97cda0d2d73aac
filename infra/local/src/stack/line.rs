//! One stream, its mapping and its function.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;

use tact_aws::DynamoStore;
use tact_decide::Catalogue;
use tact_domain::{EventKind, Timestamp};
use tact_pipeline::{HoldReader, Learning, Leases, Pipeline, Process, Quarantined, Versions};

use super::{BATCH, Invoked, RunClock, StackError};
use crate::arrival::Arrival;
use crate::local_log::LocalLog;
use crate::mapping::{Answer, Batch, Mapping, Settings, Step, lambda_event};
use crate::stream::Stream;
use crate::table_stream::Watched;

/// A stream with all that is behind it.
pub(super) struct Line {
    /// The kind of its events.
    pub(super) kind: EventKind,
    stream: Stream,
    mapping: Mapping,
    function: Pipeline<Watched<DynamoStore>, LocalLog, RunClock>,
}

impl Line {
    /// The line of a kind of events, on a table that is kept in a directory, if it is.
    pub(super) fn of(
        kind: EventKind,
        table: Watched<DynamoStore>,
        directory: Option<&Path>,
        catalogue: &Catalogue,
        fold_only_until: Option<Timestamp>,
    ) -> Result<Self, StackError> {
        let function = Pipeline {
            store: table,
            log: LocalLog::beside(directory).map_err(|error| StackError::Log(error.to_string()))?,
            clock: RunClock::start(),
            catalogues: Versions::of(catalogue.clone()),
            models: tact_aws::models()?,
            leases: Leases::default(),
            holds: HoldReader::default(),
            learning: Learning::default(),
            process: Process::named(kind.name()),
            accepts: accepted_with(kind),
            fold_only_until,
            build: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let settings = Settings {
            batch_size: BATCH,
            report_batch_item_failures: true,
            bisect_batch_on_function_error: true,
            maximum_retry_attempts: Some(5),
            ..Settings::default()
        };
        Ok(Self { kind, stream: Stream::new(NonZeroU32::MIN), mapping: Mapping::new(settings), function })
    }

    /// Puts a batch on the stream and lets the mapping invoke the function until all of it is done with.
    ///
    /// # Errors
    /// When records were given up.
    pub(super) async fn deliver(&mut self, batch: &[Arrival]) -> Result<Vec<Invoked>, StackError> {
        let (mut now_ms, mut lines) = (0, BTreeMap::new());
        for arrival in batch {
            let arrived_ms = u64::try_from(arrival.at.0).unwrap_or(0);
            now_ms = arrived_ms.max(now_ms);
            let (shard, sequence) = self.stream.put(&arrival.customer, &arrival.bytes, arrived_ms);
            let records = self.stream.read(shard, self.mapping.read_through(shard), BATCH);
            self.mapping.offer(shard, records, now_ms);
            lines.insert(sequence.as_str().to_owned(), arrival.line);
        }
        let (mut done, mut why) = (Vec::new(), String::new());
        loop {
            match self.mapping.next(now_ms) {
                Step::Idle => break,
                Step::WaitUntil(at_ms) => now_ms = at_ms,
                Step::GiveUp(batch, _) => return Err(StackError::GivenUp { count: batch.records.len(), why }),
                Step::Invoke(batch) => {
                    let mut invoked = self.invoke(&batch, now_ms).await;
                    let line = |quarantined: &Quarantined| lines.get(&quarantined.sequence).copied().unwrap_or(0);
                    invoked.quarantined_lines = invoked.report.quarantined.iter().map(line).collect();
                    why = invoked.report.failure.clone().unwrap_or_default();
                    done.push(invoked);
                }
            }
        }
        for shard in self.stream.shards().collect::<Vec<_>>() {
            if let Some(through) = self.mapping.checkpoint(shard).cloned() {
                self.stream.trim(shard, &through);
            }
        }
        Ok(done)
    }

    async fn invoke(&mut self, batch: &Batch, now_ms: u64) -> Invoked {
        let event = lambda_event(batch);
        let arrived = |place: usize| {
            let record = event.records.get(place).map(|record| &record.kinesis.approximate_arrival_timestamp);
            record.map_or(Timestamp(0), |at| Timestamp(at.timestamp_millis()))
        };
        let (response, report) = tact_aws::handle(&self.function, &event, None).await;
        let answer = serde_json::to_vec(&response).unwrap_or_default();
        self.mapping.invoked(batch.shard, Answer::Returned(&answer), now_ms);
        let records = report.committed.iter().filter_map(|(_, decision)| self.function.log.take(*decision)).collect();
        self.function.log.clear();
        let decided_at = report.committed.iter().map(|(place, decision)| (*decision, arrived(*place))).collect();
        Invoked { report, records, decided_at, ..Invoked::default() }
    }
}

/// The kinds the function behind a stream accepts: one function reads the streams of outcomes and of consents.
fn accepted_with(kind: EventKind) -> Vec<EventKind> {
    match kind {
        EventKind::Outcome | EventKind::Consent => vec![EventKind::Outcome, EventKind::Consent],
        other => vec![other],
    }
}
