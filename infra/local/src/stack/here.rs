//! The functions' own code in this process: one pipeline a function, as one binary has one, on an embedded table that is listened to.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use aws_lambda_events::event::kinesis::{KinesisEvent, KinesisEventRecord};
use aws_sdk_dynamodb::Client;
use tact_aws::DynamoStore;
use tact_decide::Catalogue;
use tact_domain::{EventKind, Presented, Timestamp};
use tact_mapping::Batch;
use tact_pipeline::{
    Appeared, DeliveryMode, Dispatch, DispatchReport, HoldReader, ItemKey, Learning, Leases, Pipeline, Process, Reply,
    Switch, SwitchReader, Versions, Wake, WakeReport,
};
use tact_wire::{OwnEvent, Returned};

use super::{Functions, Invoked, REPLY_URL, RunClock, StackError, TABLE, seal};
use crate::cloud::{DECISION_LOG, DISPATCH, FUNCTIONS, REPLY, reader_of, stream_of};
use crate::database::{Embedded, create_table};
use crate::delivered::Delivered;
use crate::kinesis::{Limits, Streams};
use crate::local_log::LocalLog;
use crate::local_streams::LocalStreams;
use crate::respond::Did;
use crate::table_stream::Watched;

/// A function behind a stream.
type Stream = Pipeline<Watched<DynamoStore>, LocalLog, RunClock>;

/// The functions' own code.
pub struct Here {
    database: Embedded,
    client: Client,
    table: Watched<DynamoStore>,
    streams: Streams,
    functions: BTreeMap<&'static str, Stream>,
    dispatch: Dispatch<Watched<DynamoStore>, Delivered, RunClock>,
    wake: Wake<Watched<DynamoStore>, LocalStreams, RunClock>,
    reply: Reply<Watched<DynamoStore>, LocalStreams, RunClock>,
    own: LocalStreams,
}

impl Here {
    /// Wires every function; with a directory the table is kept there.
    ///
    /// # Errors
    /// When the database cannot be started there, or the models that are compiled in cannot be read.
    pub(super) async fn start(
        directory: Option<&Path>,
        catalogue: &Catalogue,
        fold_only_until: Option<Timestamp>,
    ) -> Result<Self, StackError> {
        let database = Embedded::start(directory).await?;
        let client = database.client();
        create_table(&client, TABLE).await?;
        let table = Watched::new(DynamoStore::new(client.clone(), TABLE.to_owned()));
        table.learn().await?;
        let streams = Streams::new(|| 0);
        for name in EventKind::ALL.map(stream_of).into_iter().chain([DECISION_LOG]) {
            streams.create(name, std::num::NonZeroU32::MIN, Limits::None);
        }
        let mut functions = BTreeMap::new();
        for function in FUNCTIONS.iter().filter(|function| !function.reads.is_empty()) {
            let pipeline = Pipeline {
                store: table.clone(),
                log: LocalLog::beside(directory).map_err(|error| StackError::Log(error.to_string()))?,
                clock: RunClock::start(),
                catalogues: Versions::of(catalogue.clone()),
                models: tact_aws::models()?,
                leases: Leases::default(),
                holds: HoldReader::default(),
                learning: Learning::default(),
                process: Process::named(function.name),
                accepts: function.reads.to_vec(),
                fold_only_until,
                build: env!("CARGO_PKG_VERSION").to_owned(),
            };
            functions.insert(function.name, pipeline);
        }
        let own = LocalStreams::default();
        let dispatch = Dispatch {
            store: table.clone(),
            channels: Delivered,
            clock: RunClock::start(),
            catalogues: Versions::of(catalogue.clone()),
            seal: seal()?,
            reply_url: REPLY_URL.to_owned(),
            switch: SwitchReader::or(Switch::to(DeliveryMode::Live)),
            leases: Leases::default(),
            holds: HoldReader::default(),
            process: Process::named(DISPATCH),
        };
        let wake = Wake { store: table.clone(), events: own.clone(), clock: RunClock::start() };
        let reply = Reply {
            store: table.clone(),
            events: own.clone(),
            clock: RunClock::start(),
            catalogues: Versions::of(catalogue.clone()),
            seal: seal()?,
            topics: Vec::new(),
            process: Process::named(REPLY),
        };
        Ok(Self { database, client, table, streams, functions, dispatch, wake, reply, own })
    }
}

impl Functions for Here {
    fn streams(&self) -> &Streams {
        &self.streams
    }

    async fn handle(&mut self, kind: EventKind, batch: &Batch) -> Result<(Option<Vec<u8>>, Invoked), StackError> {
        let Some(function) = self.functions.get(reader_of(kind)) else { return Ok((None, Invoked::default())) };
        let event = lambda_event(batch);
        let (response, report) = tact_aws::handle(function, &event, None).await;
        let answer = serde_json::to_vec(&response).unwrap_or_default();
        let records = report.committed.iter().filter_map(|(_, decision)| function.log.take(*decision)).collect();
        function.log.clear();
        let arrived = |place: usize| batch.records.get(place).map_or(0, |record| record.arrived_at_ms);
        let at = |place: usize| Timestamp(i64::try_from(arrived(place)).unwrap_or(i64::MAX));
        let decided_at = report.committed.iter().map(|(place, decision)| (*decision, at(*place))).collect();
        Ok((Some(answer), Invoked { report, records, decided_at, ..Invoked::default() }))
    }

    async fn take_appeared(&mut self) -> Result<Vec<ItemKey>, StackError> {
        Ok(self.table.take_appeared())
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.table.next_due()
    }

    fn called(&mut self, at: Timestamp) {
        self.table.called(at);
    }

    async fn dispatch(&mut self, appeared: &[Appeared]) -> Result<DispatchReport, StackError> {
        delivered(self.dispatch.handle(appeared, None).await)
    }

    async fn tick(&mut self, at: Timestamp) -> Result<WakeReport, StackError> {
        Ok(self.wake.tick(at).await?)
    }

    async fn present(&mut self, presented: &Presented) -> Result<(), StackError> {
        self.reply.carry_out(&Returned::Presented(presented.clone()), presented.at).await?;
        Ok(())
    }

    async fn do_task(&mut self, did: &Did) -> Result<(), StackError> {
        let Did { store, task, step, at } = did.clone();
        self.reply.carry_out(&Returned::TaskMoved { store, task, step }, at).await?;
        Ok(())
    }

    fn take_events(&mut self) -> Vec<OwnEvent> {
        let mut events = self.own.take();
        events.sort_by_key(|event| event.kind);
        events
    }

    fn client(&self) -> &Client {
        &self.client
    }

    async fn stop(self) -> Result<(), StackError> {
        Ok(self.database.stop().await?)
    }
}

/// What delivery did; nothing may be left undone here, where nobody would deliver it again.
fn delivered(report: DispatchReport) -> Result<DispatchReport, StackError> {
    let count = report.settled.iter().filter(|settled| settled.is_none()).count();
    match report.failure {
        Some(why) if count > 0 => Err(StackError::Undelivered { count, why }),
        _ => Ok(report),
    }
}

/// A batch as the functions' code takes it in this process, where no JSON is needed: what they read of an event.
fn lambda_event(batch: &Batch) -> KinesisEvent {
    let mut event = KinesisEvent::default();
    for record in &batch.records {
        let mut handed = KinesisEventRecord::default();
        handed.kinesis.partition_key = record.partition_key.to_string();
        record.sequence_number.as_str().clone_into(&mut handed.kinesis.sequence_number);
        handed.kinesis.data.0 = record.data.to_vec();
        handed.kinesis.approximate_arrival_timestamp.0 =
            (UNIX_EPOCH + Duration::from_millis(record.arrived_at_ms)).into();
        event.records.push(handed);
    }
    event
}
