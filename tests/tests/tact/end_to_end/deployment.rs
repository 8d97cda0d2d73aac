//! The six functions with a table and a decision log of their own: as processes of their real binaries, or in this process.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;
use tact::cloud::event_of;
use tact::database::{Embedded, create_table};
use tact::kinesis::{Call, KinesisServer, Limits, Streams};
use tact::processes::{Process, Surroundings};
use tact::runtime_api::RuntimeApi;
use tact_aws::DynamoStore;
use tact_domain::{EventKind, Timestamp};
use tact_mapping::{Record, SequenceNumber};
use tact_pipeline::{Clock, DecisionLog, HoldReader, Learning, Leases, LogEntry, LogError, Pipeline, Versions};
use tempfile::TempDir;

/// The functions and what each accepts.
const FUNCTIONS: [(&str, &[EventKind]); 6] = [
    ("checkin", &[EventKind::CheckIn]),
    ("purchase", &[EventKind::Purchase]),
    ("geolocation", &[EventKind::Geolocation]),
    ("partner", &[EventKind::Partner]),
    ("comment", &[EventKind::Comment]),
    ("outcome", &[EventKind::Outcome, EventKind::Consent]),
];
const TABLE: &str = "tact";
const LOG: &str = "tact-decisions";
const PATIENCE: Duration = Duration::from_secs(20);

/// The directory of the binaries; `None`, and a word about it, when there is none.
pub(crate) fn binaries() -> Option<PathBuf> {
    let named = std::env::var_os("TACT_FUNCTIONS_DIR").map(PathBuf::from);
    // A relative path is meant from the root of the repository; tests run in their package.
    let directory = named.map(|named| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(named));
    let all = ["checkin", "purchase", "geolocation", "partner", "comment", "outcome", "dispatch", "reply", "wake"];
    let found = directory.filter(|directory| all.iter().all(|name| directory.join(name).is_file()));
    if found.is_none() {
        let why = "skipped: TACT_FUNCTIONS_DIR names no directory with the functions";
        let _unheard = writeln!(io::stderr(), "{why}");
    }
    found
}

/// A table, a decision log, and the functions on them.
pub(crate) struct Deployment {
    database: Embedded,
    functions: Functions,
    delivered: u128,
    last_batch: Vec<String>,
}

#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Functions {
    Processes { running: BTreeMap<&'static str, Running>, kinesis: KinesisServer },
    Here { pipeline: Pipeline<DynamoStore, KeptLog, Standing> },
}

/// A function's process, and where what it says goes.
struct Running {
    api: RuntimeApi,
    said: TempDir,
    _process: Process,
}

impl Deployment {
    /// The functions' code in this process, on a clock that stands.
    pub(crate) async fn in_process(now: Timestamp) -> Self {
        let database = database().await;
        let pipeline = Pipeline {
            store: DynamoStore::new(database.client(), TABLE.to_owned()),
            log: KeptLog::default(),
            clock: Standing(now),
            catalogues: Versions::of(tact_aws::catalogue().unwrap()),
            models: tact_aws::models().unwrap(),
            leases: Leases::default(),
            holds: HoldReader::default(),
            learning: Learning::default(),
            process: tact_pipeline::Process::named("here"),
            accepts: EventKind::ALL.to_vec(),
            fold_only_until: None,
            build: String::new(),
        };
        Self { database, functions: Functions::Here { pipeline }, delivered: 0, last_batch: Vec::new() }
    }

    /// The functions' real binaries.
    pub(crate) async fn of_binaries(directory: &Path) -> Self {
        let database = database().await;
        let endpoint = database.endpoint().to_owned();
        Self::started(directory, database, &endpoint).await
    }

    /// The functions' real binaries, with a table elsewhere.
    pub(crate) async fn with_table_at(directory: &Path, endpoint: &str) -> Self {
        Self::started(directory, database().await, endpoint).await
    }

    async fn started(directory: &Path, database: Embedded, endpoint: &str) -> Self {
        let kinesis = kinesis(LOG).await;
        kinesis.streams().keep_calls(LOG);
        let mut running = BTreeMap::new();
        for (name, _) in FUNCTIONS {
            let api =
                RuntimeApi::start(&format!("arn:aws:lambda:us-east-1:000000000000:function:{name}")).await.unwrap();
            let environment = surroundings(&api, endpoint, &kinesis).environment(name);
            let said = tempfile::tempdir().unwrap();
            let process = process(&directory.join(name), &environment, &said);
            running.insert(name, Running { api, said, _process: process });
        }
        for function in running.values() {
            tokio::time::timeout(PATIENCE, function.api.first_poll()).await.expect("the function asks for work");
        }
        let functions = Functions::Processes { running, kinesis };
        Self { database, functions, delivered: 0, last_batch: Vec::new() }
    }

    /// How a function ends that is started without some of its environment, and what it says.
    pub(crate) async fn started_without(directory: &Path, name: &str, missing: &[&str]) -> (ExitStatus, String) {
        let (api, kinesis) = (RuntimeApi::start("none").await.unwrap(), kinesis(LOG).await);
        let mut environment = surroundings(&api, "http://127.0.0.1:1", &kinesis).environment(name);
        environment.retain(|(key, _)| !missing.contains(key));
        let said = tempfile::tempdir().unwrap();
        let mut process = process(&directory.join(name), &environment, &said);
        let ended = tokio::time::timeout(PATIENCE, process.wait()).await.expect("the function ends").unwrap();
        (ended, fs::read_to_string(said.path().join("err")).unwrap())
    }

    /// A batch of records that arrived at an instant, as Lambda hands it over.
    pub(crate) fn batch(&mut self, arrived: Timestamp, events: &[Vec<u8>]) -> Vec<u8> {
        let first = self.delivered;
        self.delivered += events.len() as u128;
        let record = |(number, bytes): (u128, &Vec<u8>)| Record {
            sequence_number: SequenceNumber::of(number),
            partition_key: "customer".into(),
            data: bytes.clone().into(),
            arrived_at_ms: u64::try_from(arrived.0).unwrap(),
        };
        let records: Vec<_> = (first..).zip(events).map(record).collect();
        self.last_batch = records.iter().map(|record| record.sequence_number.to_string()).collect();
        event_of(records, "story").to_string().into_bytes()
    }

    /// Hands a batch to a function and answers what it returned.
    pub(crate) async fn deliver(&mut self, function: &str, arrived: Timestamp, events: &[Vec<u8>]) -> String {
        let payload = self.batch(arrived, events);
        self.invoke(function, payload, PATIENCE).await
    }

    /// Invokes a function and answers what it returned.
    pub(crate) async fn invoke(&self, function: &str, payload: Vec<u8>, time_left: Duration) -> String {
        match &self.functions {
            Functions::Processes { running, .. } => {
                let answer = running[function].api.invoke(payload, time_left).await;
                String::from_utf8(answer.unwrap()).unwrap()
            }
            Functions::Here { pipeline } => {
                let (answer, _) = tact_aws::handle(pipeline, &serde_json::from_slice(&payload).unwrap(), None).await;
                serde_json::to_string(&answer).unwrap()
            }
        }
    }

    /// The sequence numbers of the last batch.
    pub(crate) fn last_batch(&self) -> &[String] {
        &self.last_batch
    }

    /// The table.
    pub(crate) fn store(&self) -> DynamoStore {
        DynamoStore::new(self.database.client(), TABLE.to_owned())
    }

    /// Has a call of the binaries to come refuse the lines of the decision log at these places.
    pub(crate) fn refuse(&self, places: &[usize]) {
        self.streams().refuse(LOG, places);
    }

    /// The calls of the binaries that put lines of the decision log.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.streams().calls(LOG)
    }

    fn streams(&self) -> Streams {
        match &self.functions {
            Functions::Processes { kinesis, .. } => kinesis.streams(),
            Functions::Here { .. } => panic!("decisions are kept in this process"),
        }
    }

    /// Every line of the decision log.
    pub(crate) fn log(&self) -> Vec<String> {
        match &self.functions {
            Functions::Processes { kinesis, .. } => lines(&kinesis.streams(), LOG),
            Functions::Here { pipeline } => pipeline.log.0.lock().unwrap().clone(),
        }
    }

    /// The decision records among the lines of the log.
    pub(crate) fn records(&self) -> Vec<String> {
        self.log().into_iter().filter(|line| line.starts_with(r#"{"body":"#)).collect()
    }

    /// What a process wrote to its standard output, every line of it JSON.
    pub(crate) fn telemetry(&self, function: &str) -> Vec<Value> {
        let lines = fs::read_to_string(self.running(function).said.path().join("out")).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// All that a process said.
    pub(crate) fn said(&self, function: &str) -> String {
        let said = self.running(function).said.path();
        ["out", "err"].map(|name| fs::read_to_string(said.join(name)).unwrap()).concat()
    }

    fn running(&self, function: &str) -> &Running {
        match &self.functions {
            Functions::Processes { running, .. } => &running[function],
            Functions::Here { .. } => panic!("there is no process"),
        }
    }
}

async fn database() -> Embedded {
    let database = Embedded::start(None).await.unwrap();
    create_table(&database.client(), TABLE).await.unwrap();
    database
}

/// Kinesis with one stream of one shard, without limits.
pub(crate) async fn kinesis(stream: &str) -> KinesisServer {
    let now = || u64::try_from(super::story::now().0).unwrap();
    let kinesis = KinesisServer::start((Ipv4Addr::LOCALHOST, 0).into(), now).await.unwrap();
    assert!(kinesis.streams().create(stream, NonZeroU32::MIN, Limits::None));
    kinesis
}

/// What was put on a stream, as text.
pub(crate) fn lines(streams: &Streams, stream: &str) -> Vec<String> {
    let records = streams.records(stream).into_iter();
    records.map(|record| String::from_utf8(record.data.to_vec()).unwrap()).collect()
}

fn surroundings(api: &RuntimeApi, dynamodb: &str, kinesis: &KinesisServer) -> Surroundings {
    Surroundings {
        runtime_api: api.address(),
        dynamodb: dynamodb.to_owned(),
        kinesis: kinesis.endpoint(),
        table: TABLE.to_owned(),
        decision_log: LOG.to_owned(),
    }
}

fn process(binary: &Path, environment: &[(&str, String)], said: &TempDir) -> Process {
    let file = |name: &str| File::create(said.path().join(name)).unwrap().into();
    Process::start(binary, environment, file("out"), file("err")).unwrap()
}

/// A decision log that keeps every line.
#[derive(Default)]
struct KeptLog(Mutex<Vec<String>>);

impl DecisionLog for KeptLog {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        let lines = entries.iter().map(|entry| match entry {
            LogEntry::Decision { line, .. }
            | LogEntry::Quarantine { line, .. }
            | LogEntry::Guard { line, .. }
            | LogEntry::Learned { line, .. } => line.clone(),
        });
        self.0.lock().unwrap().extend(lines);
        Ok(())
    }
}

/// A clock that stands.
struct Standing(Timestamp);

impl Clock for Standing {
    fn now(&self, _arrived: Timestamp) -> Timestamp {
        self.0
    }

    fn stopwatch_us(&self) -> u64 {
        0
    }
}
