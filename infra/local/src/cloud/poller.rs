//! What moves records from a stream to a function: it reads, lets the mapping say what is to be done, does it, and says how it went.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tact_mapping::failure::{self, Failure};
use tact_mapping::{Answer, Batch, Checkpoints, Condition, LaneId, Mapping, Settings, Step};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::source::{Source, SourceError};
use crate::pool::Function;
use crate::runtime_api::InvokeError;

/// A mapping that runs, from one stream to one function. It stops when dropped; what runs then runs on.
#[derive(Debug)]
pub struct Poller {
    reads_table: bool,
    kept: Arc<Mutex<Checkpoints>>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What a mapping is made of.
pub struct Polls {
    /// Where it reads.
    pub source: Source,
    /// What it invokes.
    pub function: Arc<Function>,
    /// How.
    pub settings: Settings,
    /// Where an earlier life ended; `None` to begin.
    pub from: Option<Checkpoints>,
    /// How long it waits before it reads a stream again that had nothing, at most: it is woken earlier where somebody tells.
    pub idle: Duration,
    /// Whether being told wakes it; when not, it waits the whole time, as a standard consumer of Lambda.
    pub is_woken: bool,
    /// The directory of what was given up, as the bucket of a deployment; `None` drops it.
    pub failures: Option<PathBuf>,
    /// What time it is, in milliseconds since 1970.
    pub now_ms: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Who hears of what goes wrong: a failed batch, records that were given up, a stream that cannot be read.
    pub trouble: Trouble,
}

/// Whoever is told, in one line, what went wrong.
pub type Trouble = Arc<dyn Fn(String) + Send + Sync>;

impl Poller {
    /// Starts to poll.
    pub fn start(polls: Polls) -> Self {
        let mapping = match &polls.from {
            None => Mapping::new(polls.settings.clone()),
            Some(checkpoints) => Mapping::resume(polls.settings.clone(), checkpoints.clone()),
        };
        let kept = Arc::new(Mutex::new(mapping.checkpoints()));
        let (stop, stopped) = watch::channel(false);
        let told = polls.source.told().filter(|_| polls.is_woken);
        let reads_table = polls.source.is_table();
        let life = Life { polls, mapping, told, kept: Arc::clone(&kept), invoked: JoinSet::new(), owed: Vec::new() };
        Self { reads_table, kept, stop, task: tokio::spawn(life.live(stopped)) }
    }

    /// Whether it reads the stream of the table.
    pub fn reads_table(&self) -> bool {
        self.reads_table
    }

    /// Up to where everything is done with.
    pub fn checkpoints(&self) -> Checkpoints {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops at once, whatever is running, and answers where another life has to go on.
    pub async fn stop(mut self) -> Checkpoints {
        let _gone_already = self.stop.send(true);
        let _ended = (&mut self.task).await;
        self.checkpoints()
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A mapping while it runs.
struct Life {
    polls: Polls,
    mapping: Mapping,
    /// What wakes it.
    told: Option<watch::Receiver<u64>>,
    kept: Arc<Mutex<Checkpoints>>,
    invoked: JoinSet<(LaneId, Result<Vec<u8>, InvokeError>)>,
    /// What was given up and could not be stored yet: its lane waits.
    owed: Vec<(Batch, Condition)>,
}

/// How long it waits before it stores again what could not be stored, in milliseconds.
const AGAIN_MS: u64 = 1_000;
/// How long it waits after the stream could not be read.
const TROUBLED: Duration = Duration::from_millis(200);

impl Life {
    async fn live(mut self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            // What comes from now on is seen by this reading, or wakes the next.
            if let Some(told) = &mut self.told {
                told.mark_unchanged();
                if told.has_changed().is_err() {
                    // One of its name may have been made again.
                    self.told = self.polls.source.told();
                }
            }
            let read = self.read().inspect_err(|error| self.tell(&error.to_string()));
            let wait = self.work();
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = self.mapping.checkpoints();
            let idle = match read {
                Ok(true) if self.wants_more() => {
                    tokio::task::yield_now().await;
                    continue;
                }
                Ok(_) => self.polls.idle,
                Err(_) => TROUBLED,
            };
            let wait = wait.map(|until_ms| Duration::from_millis(until_ms.saturating_sub((self.polls.now_ms)())));
            let idle = Some(idle).filter(|_| self.wants_more());
            tokio::select! {
                _ = stopped.changed() => {}
                Some(ended) = self.invoked.join_next() => {
                    if let Ok((lane, answer)) = ended {
                        self.answered(&lane, &answer);
                    }
                }
                () = rest(self.told.as_mut(), idle) => {}
                () = tokio::time::sleep(wait.unwrap_or(Duration::MAX)), if wait.is_some() => {}
            }
        }
    }

    /// Reads what the mapping asks for; whether there was something.
    fn read(&mut self) -> Result<bool, SourceError> {
        let shards = self.polls.source.shards()?;
        self.mapping.discover(&shards);
        let mut found = false;
        for read in self.mapping.reads() {
            if shards.iter().all(|shard| shard.id != read.shard) {
                // The stream forgot it: nothing more comes of it, and its children wait for that.
                self.mapping.ended(&read.shard);
                continue;
            }
            let page = self.polls.source.read(&read)?;
            found |= !page.records.is_empty() || page.ended;
            self.mapping.offer(&read.shard, page.records, (self.polls.now_ms)());
            if page.ended {
                self.mapping.ended(&read.shard);
            }
        }
        Ok(found)
    }

    fn wants_more(&self) -> bool {
        !self.mapping.reads().is_empty()
    }

    /// Does what is to be done now; answers until when there is nothing, if the mapping says so.
    fn work(&mut self) -> Option<u64> {
        self.settle();
        loop {
            match self.mapping.next((self.polls.now_ms)()) {
                Step::Invoke(batch) => {
                    let (function, payload) = (Arc::clone(&self.polls.function), self.event(&batch).to_string());
                    let lane = batch.lane;
                    self.invoked.spawn(async move { (lane, function.invoke(payload.into_bytes()).await) });
                }
                Step::GiveUp(batch, why) => {
                    self.tell(&format!("{} records were given up: {}", batch.records.len(), why.as_str()));
                    self.owed.push((batch, why));
                    self.settle();
                }
                Step::WaitUntil(at_ms) => return Some(at_ms),
                Step::Idle => return (!self.owed.is_empty()).then(|| (self.polls.now_ms)() + AGAIN_MS),
            }
        }
    }

    /// Stores what was given up; what cannot be stored is tried again, as nothing is dropped.
    fn settle(&mut self) {
        for (batch, why) in std::mem::take(&mut self.owed) {
            match self.store(&batch, why) {
                Ok(()) => self.mapping.failure_stored(&batch.lane),
                Err(error) => {
                    self.tell(&format!("records that were given up cannot be stored, and are tried again: {error}"));
                    self.owed.push((batch, why));
                }
            }
        }
    }

    fn answered(&mut self, lane: &LaneId, answer: &Result<Vec<u8>, InvokeError>) {
        if let Err(error) = answer {
            self.tell(&format!("a batch failed, and is delivered again: {error}"));
        }
        let answer = match answer {
            Ok(bytes) => Answer::Returned(bytes),
            Err(InvokeError::Throttled(_)) => Answer::NotInvoked,
            Err(_) => Answer::Failed,
        };
        self.mapping.invoked(lane, answer, (self.polls.now_ms)());
    }

    fn event(&self, batch: &Batch) -> Value {
        tact_mapping::event::event(batch, &self.polls.source.named(self.polls.function.name()))
    }

    /// Stores what is given up as the bucket of a deployment does: the whole invocation with what is known of it.
    fn store(&self, batch: &Batch, condition: Condition) -> std::io::Result<()> {
        let Some(directory) = &self.polls.failures else { return Ok(()) };
        let at_ms = (self.polls.now_ms)();
        let first = batch.records.first().map_or_else(String::new, |record| record.sequence_number.to_string());
        let unique = format!("{}-{first}", batch.lane.number);
        let source = &self.polls.source.named(self.polls.function.name());
        let record = failure::invocation_record(&Failure { batch, condition, source, request_id: &unique, at_ms });
        // A function may read two streams: each mapping has a name of its own.
        let mapping = format!("{}-{}", self.polls.function.name(), self.polls.source.name());
        let path = directory.join(failure::object_key(&mapping, &batch.lane.shard, at_ms, &unique));
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        // Half a record is none: it is there with its last byte.
        let unfinished = path.with_extension("part");
        std::fs::write(&unfinished, record.to_string())?;
        std::fs::rename(unfinished, path)
    }

    fn tell(&self, what: &str) {
        (self.polls.trouble)(format!("{} from {}: {what}", self.polls.function.name(), self.polls.source.name()));
    }
}

/// Waits until a stream that had nothing is to be read again; for ever when nobody wants to read it.
async fn rest(told: Option<&mut watch::Receiver<u64>>, idle: Option<Duration>) {
    let Some(idle) = idle else { return std::future::pending().await };
    match told {
        // A stream that is gone tells nothing more.
        Some(told) => {
            if let Ok(Err(_)) = tokio::time::timeout(idle, told.changed()).await {
                tokio::time::sleep(idle).await;
            }
        }
        None => tokio::time::sleep(idle).await,
    }
}
