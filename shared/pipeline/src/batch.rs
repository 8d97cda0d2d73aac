//! A batch: decode every record, group by customer, prepare all, log, commit, and report the first record left undone.
//! What its messages take of limits is in `claims`, what it means for everybody else in `afterwards`.

mod afterwards;
mod claims;
mod quarantined;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, stream};
use tact_decide::{Catalogue, Models};
use tact_domain::{CustomerId, DecisionId, EventKind, Timestamp};
use tact_wire::{ParsedEvent, parse};

pub(crate) use self::afterwards::{Afterwards, item_json, item_write};
use self::quarantined::Found;
pub use self::quarantined::Quarantined;
use crate::turn::{Prepared, Queued, Turn};
use crate::{
    Clock, DecisionLog, Ending, HoldReader, Holds, InForce, Leases, LogEntry, LogError, Nonce, Process, Store,
    StoreError, Tally, Versions,
};

/// One record of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its place in the stream.
    pub sequence: &'a str,
    /// When it reached the stream.
    pub arrived: Timestamp,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// The path of a signal, with all it stands on. One function has one, for as long as it lives.
pub struct Pipeline<S, L, C> {
    /// The table.
    pub store: S,
    /// The decision log.
    pub log: L,
    /// The clock.
    pub clock: C,
    /// What could be done.
    pub catalogues: Versions,
    /// What scores it.
    pub models: Models,
    /// What this process may take of limits.
    pub leases: Leases,
    /// What is held back from everybody.
    pub holds: HoldReader,
    /// Which process this is: what it leases, no other has leased.
    pub process: Process,
    /// The kinds of events that belong on this stream.
    pub accepts: Vec<EventKind>,
    /// Events before this instant are folded and lead to no decision; `None` decides on all.
    pub fold_only_until: Option<Timestamp>,
    /// The version of the software, for envelopes.
    pub build: String,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct BatchReport {
    /// How each record ended, in order; `None` for one left undone.
    pub endings: Vec<Option<Ending>>,
    /// The place of the first record left undone; it and all after it are to be delivered again.
    pub first_undone: Option<usize>,
    /// Why it was left undone, for people.
    pub failure: Option<String>,
    /// Why it was decided with the last good catalogue instead of the one in force, for people; `None` when it was not.
    pub not_in_force: Option<String>,
    /// The counts of what was done.
    pub tally: Tally,
    /// The decisions committed, each with the place of its record, in order.
    pub committed: Vec<(usize, DecisionId)>,
    /// The records that could not be read, in order.
    pub quarantined: Vec<Quarantined>,
    /// What was measured.
    pub timings: Timings,
}

/// Microseconds spent, for the distributions of a report.
#[derive(Debug, Default)]
pub struct Timings {
    /// Loading, per customer.
    pub load_us: Vec<u64>,
    /// Folding and deciding, per event that may call for a decision.
    pub decide_us: Vec<u64>,
    /// Committing, per customer written.
    pub commit_us: Vec<u64>,
    /// From the start of the batch to the end of the event's commit, per event.
    pub event_us: Vec<u64>,
    /// From the event's own time to its commit, per decision: how old it was when it was decided, and the time its batch then took.
    pub decision_us: Vec<u64>,
}

impl Timings {
    /// Adds what was measured elsewhere.
    pub fn add(&mut self, other: Self) {
        self.load_us.extend(other.load_us);
        self.decide_us.extend(other.decide_us);
        self.commit_us.extend(other.commit_us);
        self.event_us.extend(other.event_us);
        self.decision_us.extend(other.decision_us);
    }
}

/// How many customers are worked on at once.
const CONCURRENT: usize = 16;
/// How often a decision is made before the record is left to be delivered again.
const ATTEMPTS: u32 = 3;

impl<S: Store, L: DecisionLog, C: Clock> Pipeline<S, L, C> {
    /// Handles a batch. No new customer is begun from `stop_at` on, an instant of the clock; what was begun is finished.
    pub async fn handle(&self, records: &[Record<'_>], stop_at: Option<Timestamp>) -> BatchReport {
        if records.is_empty() {
            return BatchReport::default();
        }
        let started = self.clock.stopwatch_us();
        let InForce { catalogue, failure } = self.catalogues.in_force(&self.store).await;
        let endings = vec![None; records.len()];
        let mut report = BatchReport { endings, not_in_force: failure, ..BatchReport::default() };
        let holds = self.held_back_at(records, &catalogue).await;
        let (turns, mut entries) = self.decode(records, (&catalogue, &holds), &mut report);
        let prepared = stream::iter(&turns).map(|turn| self.begin(turn, stop_at)).buffered(CONCURRENT);
        let prepared: Vec<_> = prepared.collect().await;
        let mut begun = self.all_claimed(turns, prepared).await;
        let decided = begun.iter_mut().filter_map(|(_, prepared)| prepared.as_mut().ok());
        entries.extend(decided.flat_map(|prepared| std::mem::take(&mut prepared.entries)));
        let logged = if entries.is_empty() { Ok(()) } else { self.log.append(&entries).await };
        if let Err(error) = logged {
            for prepared in begun.iter().filter_map(|(_, prepared)| prepared.as_ref().ok()) {
                self.put_back(&prepared.claims);
            }
            report.endings.fill(None);
            report.quarantined.clear();
            report.tally = Tally::default();
            return report.undone(&error.to_string());
        }
        let finishing = begun.into_iter().map(|(turn, prepared)| self.finish(turn, prepared, started));
        let finished: Vec<_> = stream::iter(finishing).buffered(CONCURRENT).collect().await;
        let (mut failure, mut after) = (None, Afterwards::default());
        for mut finished in finished {
            after.add(&mut finished.after);
            let quarantined = self.contain(records, &finished.panicked, &mut report).await;
            failure = failure.or(quarantined.err().map(|error| error.to_string())).or(report.take(finished));
        }
        report.committed.sort_unstable();
        let arrived = records.iter().map(|record| record.arrived).max().unwrap_or_default();
        self.afterwards(after, &catalogue, (arrived, stop_at), &mut report.tally).await;
        report.undone(failure.as_deref().unwrap_or("the deadline came first"))
    }

    /// Quarantines the records of a customer whose events made us panic, so that they never block the shard.
    async fn contain(
        &self,
        records: &[Record<'_>],
        panicked: &[usize],
        report: &mut BatchReport,
    ) -> Result<(), LogError> {
        let found: Vec<_> =
            panicked.iter().filter_map(|place| records.get(*place).map(|record| (*place, record))).collect();
        if found.is_empty() {
            return Ok(());
        }
        let entry = |record| Quarantined::panicked(self.found(record)).entry(self.found(record));
        let entries: Vec<_> = found.iter().map(|(_, record)| entry(*record)).collect();
        self.log.append(&entries).await?;
        for (place, record) in found {
            report.quarantine(place, Quarantined::panicked(self.found(record)));
        }
        Ok(())
    }

    /// What is held back from everybody; nothing where nothing is decided.
    async fn held_back_at(&self, records: &[Record<'_>], catalogue: &Catalogue) -> Arc<Holds> {
        let decides = self.accepts.iter().any(|kind| !matches!(kind, EventKind::Consent | EventKind::Outcome));
        let arrived = records.first().map_or(Timestamp(0), |record| record.arrived);
        if !decides {
            return Arc::default();
        }
        self.holds.at(&self.store, catalogue, self.clock.now(arrived)).await
    }

    /// Reads every record: those that can be read are grouped by customer in the order they first appear, the rest is quarantined.
    fn decode<'r>(
        &self,
        records: &[Record<'r>],
        (catalogue, holds): (&Arc<Catalogue>, &Arc<Holds>),
        report: &mut BatchReport,
    ) -> (Vec<Turn<'r>>, Vec<LogEntry>) {
        let mut turns: Vec<Turn<'r>> = Vec::new();
        let mut places: BTreeMap<CustomerId, usize> = BTreeMap::new();
        let mut entries = Vec::new();
        for (place, record) in records.iter().enumerate() {
            match self.read(record) {
                Ok(event) => {
                    let customer = event.signal.customer.clone();
                    let turn = *places.entry(customer.clone()).or_insert(turns.len());
                    let queued = Queued { place, bytes: record.bytes, event };
                    match turns.get_mut(turn) {
                        Some(turn) => turn.events.push(queued),
                        None => turns.push(Turn::of(customer, queued, Arc::clone(catalogue), Arc::clone(holds))),
                    }
                }
                Err(quarantined) => {
                    entries.push(quarantined.entry(self.found(record)));
                    report.quarantine(place, quarantined);
                }
            }
        }
        (turns, entries)
    }

    /// Reads one record; a panic in doing so is contained like any other.
    fn read(&self, record: &Record<'_>) -> Result<ParsedEvent, Quarantined> {
        let read = catch_unwind(|| parse(record.bytes, record.arrived));
        let event = read.map_err(|_| Quarantined::panicked(self.found(record)))?;
        let event = event.map_err(|error| Quarantined::unreadable(self.found(record), &error))?;
        if self.accepts.contains(&event.signal.happened.kind()) {
            Ok(event)
        } else {
            let message = "belongs on the stream of its own kind";
            Err(Quarantined::of(self.found(record), "wrong_stream", "type", message))
        }
    }

    fn found<'r>(&self, record: &'r Record<'r>) -> Found<'r> {
        Found { record, among_comments: self.accepts.contains(&EventKind::Comment) }
    }

    async fn begin(&self, turn: &Turn<'_>, stop_at: Option<Timestamp>) -> Result<Prepared, Undone> {
        let arrived = turn.events.first().map_or(Timestamp(0), |queued| queued.event.signal.arrived);
        if stop_at.is_some_and(|stop_at| self.clock.now(arrived) >= stop_at) {
            return Err(Undone::Late);
        }
        self.attempt(turn, 0, 1).await
    }

    /// Prepares a turn; a panic in it is contained.
    async fn attempt(&self, turn: &Turn<'_>, from: usize, attempt: u32) -> Result<Prepared, Undone> {
        match AssertUnwindSafe(self.prepare(turn, from, attempt)).catch_unwind().await {
            Ok(prepared) => prepared.map_err(Undone::Store),
            Err(_) => Err(Undone::Panic),
        }
    }

    /// Commits what was prepared and logged; what lost a race is prepared again, and what one commit could not hold is done after it.
    async fn finish(&self, mut turn: Turn<'_>, first: Result<Prepared, Undone>, started: u64) -> Finished {
        let mut finished = Finished::default();
        let (mut prepared, mut from, mut attempt) = (first, 0, 1);
        loop {
            let mut lost = None;
            let committed = match prepared {
                Ok(mut prepared) => {
                    let committed = self.commit(&mut prepared, &mut finished, started).await;
                    lost = Some(prepared).filter(|_| committed.is_err());
                    committed
                }
                Err(undone) => Err(undone),
            };
            match committed {
                Ok(next) if next >= turn.events.len() => break,
                Ok(next) => (from, attempt) = (next, 1),
                Err(Undone::Store(StoreError::Conflict)) if attempt < ATTEMPTS => attempt += 1,
                Err(Undone::Panic) => {
                    finished.panicked = turn.events.iter().skip(from).map(|queued| queued.place).collect();
                    break;
                }
                Err(undone) => {
                    finished.failure = Some(undone.to_string());
                    break;
                }
            }
            prepared = self.again(&mut turn, from, attempt, lost).await;
        }
        finished
    }

    /// Prepares a turn once more, from the event at `from` on, and logs it.
    async fn again(
        &self,
        turn: &mut Turn<'_>,
        from: usize,
        attempt: u32,
        lost: Option<Prepared>,
    ) -> Result<Prepared, Undone> {
        let prepared = self.attempt(turn, from, attempt).await?;
        // The same is to be decided again: so nothing of it was committed, for certain.
        if let Some(lost) = lost.filter(|lost| lost.decisions == prepared.decisions) {
            self.put_back(&lost.claims);
        }
        let mut prepared = self.claimed(turn, prepared, from, attempt).await?;
        let entries = std::mem::take(&mut prepared.entries);
        if !entries.is_empty()
            && let Err(error) = self.log.append(&entries).await
        {
            self.put_back(&prepared.claims);
            return Err(Undone::Log(error));
        }
        Ok(prepared)
    }

    async fn commit(&self, prepared: &mut Prepared, finished: &mut Finished, started: u64) -> Result<usize, Undone> {
        let begun = self.clock.stopwatch_us();
        if !prepared.writes.is_empty() {
            let nonce = Nonce::of(&prepared.writes);
            self.store.commit(&prepared.writes, nonce).await.map_err(Undone::Store)?;
            finished.timings.commit_us.push(self.clock.stopwatch_us().saturating_sub(begun));
        }
        let event_us = self.clock.stopwatch_us().saturating_sub(started);
        finished.timings.event_us.extend(prepared.endings.iter().map(|_| event_us));
        let aged = |age_ms: &i64| u64::try_from(*age_ms).unwrap_or(0).saturating_mul(1000).saturating_add(event_us);
        finished.timings.decision_us.extend(prepared.ages_ms.iter().map(aged));
        finished.timings.load_us.push(prepared.load_us);
        finished.timings.decide_us.append(&mut prepared.decide_us);
        finished.endings.append(&mut prepared.endings);
        finished.decisions.append(&mut prepared.decisions);
        finished.after.add(&mut prepared.after);
        finished.tally.add(&prepared.tally);
        finished.tally.writes += prepared.writes.len() as u64;
        Ok(prepared.next)
    }
}

/// Why a turn was left undone.
#[derive(Debug, thiserror::Error)]
enum Undone {
    #[error("the deadline came first")]
    Late,
    #[error("an internal fault")]
    Panic,
    #[error("{0}")]
    Store(StoreError),
    #[error("{0}")]
    Log(LogError),
}

/// What became of a turn.
#[derive(Default)]
struct Finished {
    endings: Vec<(usize, Ending)>,
    decisions: Vec<(usize, DecisionId)>,
    tally: Tally,
    timings: Timings,
    after: Afterwards,
    panicked: Vec<usize>,
    failure: Option<String>,
}

impl BatchReport {
    /// Takes over what became of a turn; answers why it was left undone, if it was.
    fn take(&mut self, finished: Finished) -> Option<String> {
        for (place, ending) in finished.endings {
            if let Some(slot) = self.endings.get_mut(place) {
                *slot = Some(ending);
            }
        }
        self.tally.add(&finished.tally);
        self.committed.extend(finished.decisions);
        self.timings.add(finished.timings);
        finished.failure
    }

    fn quarantine(&mut self, place: usize, quarantined: Quarantined) {
        if let Some(slot) = self.endings.get_mut(place) {
            *slot = Some(Ending::Quarantined);
        }
        self.tally.end(Ending::Quarantined);
        self.quarantined.push(quarantined);
    }

    /// Names the first record left undone, if any, and why.
    fn undone(mut self, why: &str) -> Self {
        self.first_undone = self.endings.iter().position(Option::is_none);
        self.failure = self.first_undone.is_some().then(|| why.to_owned());
        self
    }
}
