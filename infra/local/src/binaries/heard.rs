//! What functions say: one line of metrics an invocation, and what they log, read back as the reports that they were made of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tact_decide::Reason;
use tact_domain::{Channel, CustomerId, DecisionId, EventKind, Key};
use tact_mapping::Batch;
use tact_pipeline::{BatchReport, DispatchReport, Ending, LogEntry, Quarantined, Settled, Timings};
use tact_wire::OwnEvent;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::pool::{Listener, Said};

/// What all functions have said and nobody asked for yet.
pub(super) struct Heard {
    said: UnboundedReceiver<Said>,
    /// Lines of metrics that another function said while one was waited for.
    early: BTreeMap<Arc<str>, Vec<Value>>,
    complaints: Arc<Mutex<Vec<String>>>,
}

/// How long an invocation that ended may take to say what it did.
const PATIENCE: Duration = Duration::from_secs(10);

impl Heard {
    /// An ear, and the listener that speaks into it.
    pub(super) fn new() -> (Self, Listener) {
        let (say, said) = unbounded_channel();
        let complaints: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&complaints);
        let listener = move |line: Said| {
            if line.is_error {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line.line);
            } else {
                // Nobody listens once the run is over.
                let _unheard = say.send(line);
            }
        };
        (Self { said, early: BTreeMap::new(), complaints }, Arc::new(listener))
    }

    /// Forgets what was said so far: of an invocation that failed, nobody asks what it did.
    pub(super) fn forget(&mut self) {
        self.early.clear();
        while self.said.try_recv().is_ok() {}
    }

    /// The next line of metrics of a function; `None` when none comes in time.
    pub(super) async fn metrics(&mut self, function: &str) -> Option<Value> {
        if let Some(early) = self.early.get_mut(function).filter(|early| !early.is_empty()) {
            return Some(early.remove(0));
        }
        loop {
            let said = tokio::time::timeout(PATIENCE, self.said.recv()).await.ok().flatten()?;
            let Ok(line) = serde_json::from_str::<Value>(&said.line) else { continue };
            if line.get("_aws").is_none() {
                continue;
            }
            if &*said.function == function {
                return Some(line);
            }
            self.early.entry(said.function).or_default().push(line);
        }
    }

    /// What functions complained of so far, as the end of a sentence; empty when they did not.
    pub(super) fn complaints(&self) -> String {
        let complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        complaints.last().map_or_else(String::new, |last| format!("; it said {last}"))
    }
}

/// The report of a batch, and the entries of the log it wrote: from what the function said and logged. Whatever it logged last of a decision is what it
/// committed, as nothing else writes where a file is played.
pub(super) fn report(batch: &Batch, said: &Value, lines: &[String], took_us: u64) -> (BatchReport, Vec<LogEntry>) {
    let places = places(batch);
    let (mut report, mut entries) = (BatchReport::default(), Vec::new());
    for line in lines {
        let Ok(read) = serde_json::from_str::<Value>(line) else { continue };
        if let Some((customer, decision)) = decided(&read) {
            let place = identity(read.pointer("/body/customer/event")).and_then(|event| places.get(&event).copied());
            report.committed.push((place.unwrap_or(0), decision));
            entries.push(LogEntry::Decision { customer, decision, line: line.clone() });
        } else if let Some(quarantined) = quarantined(&read) {
            entries.push(LogEntry::Quarantine { sequence: quarantined.sequence.clone(), line: line.clone() });
            report.quarantined.push(quarantined);
        } else if read.get("learned").is_some() {
            entries.push(LogEntry::Learned { hash: String::new(), line: line.clone() });
        } else {
            entries.push(LogEntry::Guard { name: Key::new(""), line: line.clone() });
        }
    }
    report.committed.sort_unstable();
    report.committed.dedup();
    report.failure = said.get("failure").and_then(Value::as_str).map(str::to_owned);
    report.not_in_force = said.get("why_not_in_force").and_then(Value::as_str).map(str::to_owned);
    tally(&mut report, said);
    report.timings = timings(batch, &report, took_us);
    (report, entries)
}

/// Where each event stands in a batch, by source and id.
fn places(batch: &Batch) -> BTreeMap<(String, String), usize> {
    let event = |bytes: &[u8]| identity(serde_json::from_slice::<Value>(bytes).ok().as_ref());
    let placed = batch.records.iter().enumerate().rev();
    placed.filter_map(|(place, record)| Some((event(&record.data)?, place))).collect()
}

fn identity(event: Option<&Value>) -> Option<(String, String)> {
    let text = |name: &str| Some(event?.get(name)?.as_str()?.to_owned());
    Some((text("source")?, text("id")?))
}

fn decided(line: &Value) -> Option<(CustomerId, DecisionId)> {
    let customer = line.pointer("/body/customer/event/subject").and_then(Value::as_str).and_then(CustomerId::new);
    let decision = line.pointer("/body/decision").and_then(Value::as_str).and_then(DecisionId::parse)?;
    Some((customer.or_else(|| CustomerId::new("-"))?, decision))
}

fn quarantined(line: &Value) -> Option<Quarantined> {
    let text = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Quarantined {
        sequence: text("sequence")?,
        reason: text("reason")?,
        field: text("field").unwrap_or_default(),
        message: text("message").unwrap_or_default(),
        first_bytes: text("first_bytes").unwrap_or_default(),
    })
}

fn tally(report: &mut BatchReport, said: &Value) {
    let count = |name: &str| said.get(name).and_then(Value::as_u64).unwrap_or(0);
    let tally = &mut report.tally;
    for ending in Ending::ALL {
        let n = count(ending.name());
        if n > 0 {
            tally.endings.insert(ending, n);
        }
    }
    tally.suppressed =
        counts(said.get("suppressed")).into_iter().filter_map(|(name, n)| Some((reason(&name)?, n))).collect();
    let channel = |name: &str| Channel::ALL.into_iter().map(Channel::name).find(|known| *known == name);
    tally.chosen = counts(said.get("chosen")).into_iter().filter_map(|(name, n)| Some((channel(&name)?, n))).collect();
    let fence = |name: &str| said.pointer(&format!("/fences/{name}")).and_then(Value::as_u64).unwrap_or(0);
    (tally.enter, tally.dwell, tally.exit) = (fence("enter"), fence("dwell"), fence("exit"));
    (tally.appointed, tally.writes, tally.uncounted) = (count("appointed"), count("writes"), count("uncounted"));
    for (store, about) in said.get("comments_by_store").and_then(Value::as_object).into_iter().flatten() {
        let known =
            |name: &str| tact_domain::Cause::ALL.into_iter().map(tact_domain::Cause::name).find(|known| *known == name);
        let about = counts(Some(about)).into_iter().filter_map(|(name, n)| Some((known(&name)?, n)));
        tally.comments.insert(Key::new(store), about.collect());
    }
}

fn counts(of: Option<&Value>) -> Vec<(String, u64)> {
    let counted = of.and_then(Value::as_object).into_iter().flatten();
    counted.filter_map(|(name, n)| Some((name.clone(), n.as_u64()?))).collect()
}

fn reason(name: &str) -> Option<&'static str> {
    Reason::ALL.into_iter().map(Reason::name).find(|known| *known == name)
}

/// Measured from outside: a record took as long as its invocation, a decision as long as its event was old, and that.
fn timings(batch: &Batch, report: &BatchReport, took_us: u64) -> Timings {
    let age_us = |place: usize| {
        let record = batch.records.get(place)?;
        let event = serde_json::from_slice::<Value>(&record.data).ok()?;
        let happened: jiff::Timestamp = event.get("time")?.as_str()?.parse().ok()?;
        let age_ms = i64::try_from(record.arrived_at_ms).ok()?.saturating_sub(happened.as_millisecond());
        u64::try_from(age_ms).ok()?.checked_mul(1_000)
    };
    let decision_us = report.committed.iter().map(|(place, _)| age_us(*place).unwrap_or(0).saturating_add(took_us));
    Timings { event_us: vec![took_us; batch.records.len()], decision_us: decision_us.collect(), ..Timings::default() }
}

/// The place of the first record that an answer names.
pub(super) fn first_undone(answer: &[u8], batch: &Batch) -> Option<usize> {
    let answer = serde_json::from_slice::<Value>(answer).ok()?;
    let first = answer.pointer("/batchItemFailures/0/itemIdentifier")?.as_str()?;
    batch.records.iter().position(|record| record.sequence_number.as_str() == first)
}

/// Adds how records of the table's stream ended, as `dispatch` counted them; in which order is not told.
pub(super) fn delivered(report: &mut DispatchReport, said: &Value, records: usize) {
    let count = |name: &str| said.get(name).and_then(Value::as_u64).unwrap_or(0);
    let before = report.settled.len();
    let mut add = |what: &Settled, n: u64| report.settled.extend((0..n).map(|_| Some(what.clone())));
    for what in
        [Settled::Sent, Settled::Unknown, Settled::Scheduled, Settled::Failed, Settled::Shadowed, Settled::Fault]
    {
        add(&what, count(what.name()));
    }
    for (why, n) in counts(said.get("not_sent")) {
        add(&Settled::Closed(reason(&why).or_else(|| closed(&why)).unwrap_or("another reason")), n);
    }
    let undone = usize::try_from(count("undone")).unwrap_or(0);
    let rest = records.saturating_sub(report.settled.len() - before).saturating_sub(undone);
    report.settled.extend((0..rest).map(|_| Some(Settled::Nothing)));
    report.uncounted += count("uncounted");
}

/// Why something does not leave that was decided, beside what would have kept it from being decided.
fn closed(name: &str) -> Option<&'static str> {
    ["expired", "not_in_catalogue", "cannot_be_rendered", "gone"].into_iter().find(|known| *known == name)
}

/// An event of our own making, as it stands on a stream.
pub(super) fn own_event(kind: EventKind, bytes: Vec<u8>) -> Option<OwnEvent> {
    let line = String::from_utf8(bytes).ok()?;
    let read: Value = serde_json::from_str(&line).ok()?;
    let customer = CustomerId::new(read.get("subject")?.as_str()?)?;
    Some(OwnEvent { kind, customer, line })
}
