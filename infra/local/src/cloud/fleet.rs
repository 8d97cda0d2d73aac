//! The functions' real binaries on a cloud: a pool of processes each, the mappings that feed them, and the clock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tact_mapping::{Filter, FilterError, Settings};
use tokio::task::JoinHandle;

use super::Cloud;
use super::functions::{DISPATCH, FUNCTIONS, TABLE, WAKE, binaries, stream_of};
use super::poller::{Poller, Polls, Trouble};
use super::source::{Source, SourceError, TableStream};
use crate::pool::{Function, Listener, Plan};
use crate::processes::ProcessError;

/// Running functions. They stop when dropped.
#[derive(Debug)]
pub struct Fleet {
    functions: BTreeMap<&'static str, Arc<Function>>,
}

/// How functions run.
#[derive(Clone)]
pub struct Terms {
    /// How many invocations each runs at once.
    pub processes: u32,
    /// What stands in their environment beside what every deployment sets.
    pub environment: Vec<(&'static str, String)>,
    /// Whether the one process of a function is known by the function's name, so that every run leaves the same behind; otherwise each has a name of its own.
    pub is_known_by_name: bool,
    /// Who hears what they write.
    pub listener: Listener,
}

/// How streams are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A stream wakes whoever reads it, and that of the table is looked at every few milliseconds.
    AtOnce,
    /// As a standard consumer of Lambda reads: once a second where nothing came, and four times that of the table.
    AsLambda,
}

/// Why functions do not run.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// Binaries are missing.
    #[error("{0}")]
    Missing(String),
    /// A process does not ask for work.
    #[error("the function `{0}` did not ask for work within {PATIENCE:?}; what it wrote says why")]
    Late(String),
    /// A process.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The table's stream.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What the table's stream is filtered by.
    #[error(transparent)]
    Filter(#[from] FilterError),
}

/// How long a process may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// What `dispatch` is told of: items that appear, and are decisions or turns.
pub const APPEARED: &str =
    r#"{"eventName":["INSERT"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"d#"},{"prefix":"t#"}]}}}}"#;

const HOUR_MS: u64 = 3_600_000;
/// After so long the table's stream forgets.
const FORGOTTEN_MS: u64 = 24 * HOUR_MS;

/// What the mappings of a deployment are set to.
pub fn mapping_settings() -> Settings {
    Settings {
        batch_size: 100,
        report_batch_item_failures: true,
        bisect_batch_on_function_error: true,
        maximum_retry_attempts: Some(10_000),
        maximum_record_age_ms: Some(86_400_000),
        longest_retry_delay_ms: 5_000,
        ..Settings::default()
    }
}

impl Fleet {
    /// Starts every function whose binary lies in a directory.
    ///
    /// # Errors
    /// When a binary is missing, or does not run.
    pub async fn start(cloud: &Cloud, directory: &Path, terms: &Terms) -> Result<Self, FleetError> {
        let mut functions = BTreeMap::new();
        for (deployed, binary) in binaries(directory).map_err(FleetError::Missing)? {
            let mut environment = cloud.environment(deployed.name);
            environment.retain(|(key, _)| terms.environment.iter().all(|(other, _)| other != key));
            environment.extend(terms.environment.iter().cloned());
            if terms.is_known_by_name {
                environment.push(("AWS_LAMBDA_LOG_STREAM_NAME", deployed.name.to_owned()));
            }
            let (name, timeout) = (deployed.name.to_owned(), deployed.timeout);
            let plan = Plan { name, binary, environment, processes: terms.processes, timeout };
            functions.insert(deployed.name, Arc::new(Function::start(plan, &terms.listener).await?));
        }
        Ok(Self { functions })
    }

    /// A function by its name; `None` for one there is not.
    pub fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name)
    }

    /// All functions, by name.
    pub fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.functions.values()
    }

    /// Answers when every process has asked for work.
    ///
    /// # Errors
    /// When one does not in time: which.
    pub async fn ready(&self) -> Result<(), FleetError> {
        for function in self.functions.values() {
            let ready = tokio::time::timeout(PATIENCE, function.ready()).await;
            ready.map_err(|_| FleetError::Late(function.name().to_owned()))?;
        }
        Ok(())
    }

    /// The mappings of a deployment: every stream to the function that reads it, and the table's to `dispatch`.
    ///
    /// # Errors
    /// When the table has no stream.
    pub fn mappings(&self, cloud: &Cloud, settings: &Settings, pace: Pace) -> Result<Vec<Polls>, FleetError> {
        let mut mappings = Vec::new();
        for function in &FUNCTIONS {
            for kind in function.reads {
                let source = Source::Stream { streams: cloud.kinesis.streams(), name: stream_of(*kind) };
                mappings.extend(self.mapping(function.name, source, settings.clone(), pace));
            }
        }
        let table = Source::Table(TableStream::of(cloud.database.handle(), TABLE)?);
        // The table's stream forgets after a day: what is given up must be given up before.
        let before = settings.maximum_record_age_ms.map(|age_ms| age_ms.min(FORGOTTEN_MS - HOUR_MS));
        let filters = vec![Filter::parse(APPEARED)?];
        let filtered = Settings { filters, maximum_record_age_ms: before, ..settings.clone() };
        mappings.extend(self.mapping(DISPATCH, table, filtered, pace));
        Ok(mappings)
    }

    fn mapping(&self, name: &str, source: Source, settings: Settings, pace: Pace) -> Option<Polls> {
        let function = Arc::clone(self.functions.get(name)?);
        let idle = Duration::from_millis(match (pace, source.is_table()) {
            (Pace::AtOnce, true) => 5,
            (Pace::AsLambda, true) => 250,
            (_, false) => 1_000,
        });
        let is_woken = pace == Pace::AtOnce;
        let trouble: Trouble = Arc::new(|_| ());
        Some(Polls { source, function, settings, from: None, idle, is_woken, failures: None, now_ms: wall(), trouble })
    }

    /// Starts mappings; what they give up goes into a directory, if there is one, and what goes wrong is told.
    pub fn poll(mappings: Vec<Polls>, failures: Option<&Path>, trouble: &Trouble) -> Vec<Poller> {
        let failures = failures.map(PathBuf::from);
        let start = |polls| Poller::start(Polls { failures: failures.clone(), trouble: Arc::clone(trouble), ..polls });
        mappings.into_iter().map(start).collect()
    }

    /// Invokes `wake` again and again, as the rule does once a minute. It stops when the handle is aborted.
    pub fn clock(&self, every: Duration) -> Option<JoinHandle<()>> {
        let wake = Arc::clone(self.functions.get(WAKE)?);
        Some(tokio::spawn(async move {
            let mut ticks = tokio::time::interval(every);
            loop {
                ticks.tick().await;
                // A tick that fails leaves everything due: the next one finds it.
                let _ticked = wake.invoke(tick_event((wall())()).to_string().into_bytes()).await;
            }
        }))
    }
}

/// What the rule of the clock sends for an instant, in milliseconds since 1970.
pub(crate) fn tick_event(at_ms: u64) -> Value {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(at_ms).unwrap_or(0)).unwrap_or_default();
    json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event", "time": at.to_string(), "detail": {} })
}

/// The clock on the wall, in milliseconds since 1970.
pub(crate) fn wall() -> Arc<dyn Fn() -> u64 + Send + Sync> {
    Arc::new(|| {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    })
}
