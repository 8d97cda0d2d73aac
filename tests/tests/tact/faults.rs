//! What can go wrong, on a script: wrappers around any store and log, a clock that is moved by hand, and a trace of all calls.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use tact_domain::{CustomerId, DecisionId, FacetKind, Timestamp};
use tact_pipeline::{Clock, DecisionLog, Item, ItemKey, LogEntry, LogError, Nonce, Store, StoreError, Write};

/// What befalls one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The table asks us to slow down, and does nothing.
    Throttle,
    /// Another writer was first. For a call that is no commit: nothing.
    Conflict,
    /// The call is done, and its answer lost.
    LoseAnswer,
    /// There is no answer, and nothing was done.
    Fail,
    /// The call is done after so many milliseconds.
    Delay(i64),
    /// The caller is interrupted once before the call is done, and others go on meanwhile.
    Yield,
}

/// Faults to come, one per call; when it has run out, none, or always the same. Its clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script(Arc<Mutex<Faults>>);

#[derive(Debug)]
struct Faults {
    next: VecDeque<Fault>,
    then: Fault,
}

impl Default for Faults {
    fn default() -> Self {
        Self { next: VecDeque::new(), then: Fault::None }
    }
}

impl Script {
    /// A script that begins with these faults.
    pub(crate) fn of(faults: &[Fault]) -> Self {
        let script = Self::default();
        script.begin(faults);
        script
    }

    /// Goes on with these faults, whatever was to come.
    pub(crate) fn begin(&self, faults: &[Fault]) {
        self.0.lock().unwrap().next = faults.iter().copied().collect();
    }

    /// From now on, and until told otherwise, every call meets this fault once the script has run out.
    pub(crate) fn always(&self, fault: Fault) {
        self.0.lock().unwrap().then = fault;
    }

    fn next(&self) -> Fault {
        let mut faults = self.0.lock().unwrap();
        faults.next.pop_front().unwrap_or(faults.then)
    }

    /// Whether none of its faults is still to come.
    pub(crate) fn is_over(&self) -> bool {
        self.0.lock().unwrap().next.is_empty()
    }

    fn is_next(&self, fault: Fault) -> bool {
        let faults = self.0.lock().unwrap();
        *faults.next.front().unwrap_or(&faults.then) == fault
    }
}

/// Any script of faults, most of them none.
pub(crate) fn scripts() -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![
        4 => Just(Fault::None),
        1 => Just(Fault::Throttle),
        2 => Just(Fault::Conflict),
        2 => Just(Fault::LoseAnswer),
        1 => Just(Fault::Fail),
        3 => Just(Fault::Yield),
    ];
    proptest::collection::vec(fault, 0..24)
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// A customer was loaded.
    Load(CustomerId),
    /// An item was read.
    Get(ItemKey),
    /// These were to be written.
    Commit(Vec<ItemKey>),
    /// These decisions were to be logged; records that could not be read are left out.
    Log(Vec<DecisionId>),
}

/// Every call, in order. Its clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<Call>>>);

impl Trace {
    /// What was called so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.0.lock().unwrap().clone()
    }

    fn note(&self, call: Call) {
        self.0.lock().unwrap().push(call);
    }
}

/// A simulated clock: the arrival of an event, and what was made to pass since. Its clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimulatedClock(Arc<Mutex<i64>>);

impl SimulatedClock {
    /// Lets time pass, in milliseconds.
    pub(crate) fn pass(&self, ms: i64) {
        *self.0.lock().unwrap() += ms;
    }
}

impl Clock for SimulatedClock {
    fn now(&self, arrived: Timestamp) -> Timestamp {
        Timestamp(arrived.0 + *self.0.lock().unwrap())
    }

    fn stopwatch_us(&self) -> u64 {
        u64::try_from(*self.0.lock().unwrap() * 1000).unwrap()
    }
}

/// A store whose calls meet the faults of a script, and whose customer `panics_for` nobody can load.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultyStore<S> {
    pub(crate) inner: S,
    pub(crate) script: Script,
    /// What befalls the calls for what is about everybody. They are made once a batch or after it, whoever is in it.
    pub(crate) about_everybody: Script,
    pub(crate) clock: SimulatedClock,
    pub(crate) trace: Trace,
    pub(crate) fails_for: Option<CustomerId>,
    pub(crate) panics_for: Option<CustomerId>,
}

impl<S: Store> FaultyStore<S> {
    /// Does a call as the script says.
    async fn meet<T>(&self, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.meet_as(&self.script, call).await
    }

    async fn meet_as<T>(
        &self,
        script: &Script,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match script.next() {
            Fault::None | Fault::Conflict => {}
            Fault::Throttle => return Err(StoreError::Throttled),
            Fault::Fail => return Err(StoreError::Unavailable("scripted".to_owned())),
            Fault::Delay(ms) => self.clock.pass(ms),
            Fault::Yield => tokio::task::yield_now().await,
            Fault::LoseAnswer => {
                call.await?;
                return Err(StoreError::Unavailable("the answer was lost".to_owned()));
            }
        }
        call.await
    }
}

impl<S: Store> Store for FaultyStore<S> {
    async fn load(&self, customer: &CustomerId) -> Result<Vec<(FacetKind, Item)>, StoreError> {
        self.trace.note(Call::Load(customer.clone()));
        assert_ne!(self.panics_for.as_ref(), Some(customer), "scripted panic");
        if self.fails_for.as_ref() == Some(customer) {
            return Err(StoreError::Unavailable("scripted".to_owned()));
        }
        self.meet(self.inner.load(customer)).await
    }

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        if key.is_about_everybody() {
            return self.meet_as(&self.about_everybody, self.inner.get(key)).await;
        }
        self.trace.note(Call::Get(key.clone()));
        // Asked once a batch, whatever is in it: scripts tell of the calls for its customers.
        if *key == ItemKey::InForce {
            return self.inner.get(key).await;
        }
        self.meet(self.inner.get(key)).await
    }

    async fn queue(&self, store: &str) -> Result<Vec<Item>, StoreError> {
        self.meet(self.inner.queue(store)).await
    }

    async fn commit(&self, writes: &[Write], nonce: Nonce) -> Result<(), StoreError> {
        let about_everybody = writes.iter().all(|write| write.key.is_about_everybody());
        let script = if about_everybody { &self.about_everybody } else { &self.script };
        if !about_everybody {
            self.trace.note(Call::Commit(writes.iter().map(|write| write.key.clone()).collect()));
        }
        if script.is_next(Fault::Conflict) {
            script.next();
            return Err(StoreError::Conflict);
        }
        self.meet_as(script, self.inner.commit(writes, nonce)).await
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<ItemKey>, StoreError> {
        self.meet(self.inner.due(until, limit)).await
    }
}

/// A log in memory whose calls meet the faults of a script; every fault but a lost answer keeps nothing. Its clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultyLog {
    pub(crate) entries: Arc<Mutex<Vec<LogEntry>>>,
    pub(crate) script: Script,
    pub(crate) trace: Trace,
}

impl FaultyLog {
    /// Every record of a decision, in the order kept: later attempts after earlier ones.
    pub(crate) fn records(&self) -> Vec<(DecisionId, String)> {
        let entries = self.entries.lock().unwrap();
        let records = entries.iter().filter_map(|entry| match entry {
            LogEntry::Decision { decision, line, .. } => Some((*decision, line.clone())),
            LogEntry::Quarantine { .. } | LogEntry::Guard { .. } | LogEntry::Learned { .. } => None,
        });
        records.collect()
    }

    /// Every line about a record that could not be read, in the order kept.
    pub(crate) fn quarantined(&self) -> Vec<String> {
        let entries = self.entries.lock().unwrap();
        let lines = entries.iter().filter_map(|entry| match entry {
            LogEntry::Quarantine { line, .. } => Some(line.clone()),
            LogEntry::Decision { .. } | LogEntry::Guard { .. } | LogEntry::Learned { .. } => None,
        });
        lines.collect()
    }
}

impl DecisionLog for FaultyLog {
    async fn append(&self, entries: &[LogEntry]) -> Result<(), LogError> {
        let logged = entries.iter().filter_map(|entry| match entry {
            LogEntry::Decision { decision, .. } => Some(*decision),
            LogEntry::Quarantine { .. } | LogEntry::Guard { .. } | LogEntry::Learned { .. } => None,
        });
        self.trace.note(Call::Log(logged.collect()));
        match self.script.next() {
            Fault::Throttle | Fault::Fail => return Err(LogError("scripted".to_owned())),
            Fault::Yield => tokio::task::yield_now().await,
            Fault::LoseAnswer => {
                self.entries.lock().unwrap().extend_from_slice(entries);
                return Err(LogError("the answer was lost".to_owned()));
            }
            Fault::None | Fault::Conflict | Fault::Delay(_) => {}
        }
        self.entries.lock().unwrap().extend_from_slice(entries);
        Ok(())
    }
}
