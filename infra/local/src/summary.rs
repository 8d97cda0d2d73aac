//! What a run came to: counted, measured, and told to people or to machines.

mod column;
mod columns;
mod meaning;
mod people;
mod text;
mod town;
mod witness;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use tact_decide::Catalogue;
use tact_domain::{EventKind, Liability, Outcome, Timestamp};
use tact_pipeline::{BatchReport, DispatchReport, Ending, Settled, Tally, Timings, WakeReport};
use tact_wire::Seal;

use crate::guard::Guarded;
use crate::stack::Kept;

pub use column::Column;
pub use columns::{Beside, Columns};
pub(crate) use meaning::meaning;
pub use people::{Person, Twelve};
pub(crate) use text::{money, table};

/// The counts and measurements of a run so far.
#[derive(Debug, Default)]
pub struct Summary {
    /// The counts of the functions' own reports.
    pub tally: Tally,
    /// Distinct customers named in the file.
    pub customers: usize,
    /// A hash over all facets at the end.
    pub state_hash: String,
    /// How long the run took, in seconds.
    pub wall_s: f64,
    /// The processor time it took, in microseconds; `None` where the system does not tell.
    pub cpu_us: Option<u64>,
    events_by_kind: BTreeMap<&'static str, u64>,
    quarantined: BTreeMap<String, u64>,
    timings: Timings,
    /// Messages that left, by channel.
    sent: BTreeMap<&'static str, u64>,
    /// What delivery made of decisions; why, for those that did not leave.
    settled: BTreeMap<&'static str, u64>,
    closed: BTreeMap<&'static str, u64>,
    /// From the batch to the acceptance, for messages that a store entry led to.
    accepted_us: Vec<u64>,
    /// What recipients said.
    answers: BTreeMap<Outcome, u64>,
    /// The coupons and the points in the table at the end.
    coupons: Liability,
    points: i64,
    /// What guardrails hold back at the end, in words.
    held_back: Vec<String>,
    woken: WakeReport,
    on_time: BTreeMap<&'static str, (u64, u64)>,
    /// For the day in town: what others would have sent, and twelve people.
    columns: Option<Columns>,
    people: Vec<Person>,
}

/// The middle and the far end of a distribution, in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Spread {
    p50: u64,
    p99: u64,
}

impl Summary {
    /// A summary of nothing yet, of a file that names so many customers.
    pub fn of(customers: usize) -> Self {
        Self { customers, ..Self::default() }
    }

    /// Adds what one invocation came to. A decision is on time when it was committed within the budget of its kind, counted from the event's time.
    pub fn add(&mut self, kind: EventKind, report: BatchReport, catalogue: &Catalogue) {
        self.tally.add(&report.tally);
        *self.events_by_kind.entry(kind.name()).or_insert(0) += report.tally.records();
        for quarantined in &report.quarantined {
            *self.quarantined.entry(quarantined.reason.clone()).or_insert(0) += 1;
        }
        if let Some(budget_ms) = catalogue.budgets.commit_ms(kind) {
            let budget_us = u64::try_from(budget_ms).unwrap_or(0).saturating_mul(1000);
            let (on_time, all) = self.on_time.entry(kind.name()).or_insert((0, 0));
            *on_time += report.timings.decision_us.iter().filter(|us| **us <= budget_us).count() as u64;
            *all += report.timings.decision_us.len() as u64;
        }
        self.timings.add(report.timings);
    }

    /// Adds what delivery made of decisions.
    pub fn delivered(&mut self, report: &DispatchReport) {
        for message in &report.sent {
            *self.sent.entry(message.channel.name()).or_insert(0) += 1;
        }
        for settled in report.settled.iter().flatten() {
            *self.settled.entry(settled.name()).or_insert(0) += 1;
            if let Settled::Closed(reason) = settled {
                *self.closed.entry(reason).or_insert(0) += 1;
            }
        }
    }

    /// Adds how long messages took from the batch that led to them to being accepted, in microseconds: of those somebody got for coming to a store.
    pub fn accepted(&mut self, kind: EventKind, accepted_us: &[u64]) {
        if matches!(kind, EventKind::CheckIn | EventKind::Geolocation) {
            self.accepted_us.extend_from_slice(accepted_us);
        }
    }

    /// Counts what somebody said of a message; an event that says nothing of one counts for nothing.
    pub fn answered(&mut self, says: Option<Outcome>) {
        if let Some(outcome) = says {
            *self.answers.entry(outcome).or_insert(0) += 1;
        }
    }

    /// Enters what the table holds at the end: its state, its coupons, the points that were given, and what guardrails hold back.
    pub fn kept(&mut self, kept: &Kept, catalogue: &Catalogue, at: Timestamp) {
        self.held_back = Guarded::of(kept, catalogue, at).held_back().collect();
        self.state_hash = kept.state_hash();
        self.coupons = Liability::of(&kept.coupons, at);
        let points =
            |(_, line): &(String, Vec<u8>)| serde_json::from_slice::<Value>(line).ok()?.get("points")?.as_i64();
        self.points = kept.earned.iter().filter_map(points).sum();
    }

    /// Sets a run of the day in town beside those who would do with less, and tells of those who were watched; `kept` is what it left.
    pub fn set_beside(&mut self, beside: &Beside<'_>, kept: &Kept, twelve: &Twelve, seal: &Seal) {
        self.columns = Some(Columns::of(beside, kept, &self.tally.suppressed));
        let last = beside.script.events().iter().map(|event| event.signal.arrived).max().unwrap_or(Timestamp(0));
        self.people = twelve.told(kept, beside.catalogue, seal, last);
    }

    /// The columns of the day in town; `None` for any other run.
    pub fn columns(&self) -> Option<&Columns> {
        self.columns.as_ref()
    }

    /// Those who are told of, by time; empty for any run but that of the day in town.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Adds what a tick of the clock called.
    pub fn ticked(&mut self, report: &WakeReport) {
        self.woken.turns += report.turns;
        self.woken.appointments += report.appointments;
        self.woken.expired += report.expired;
        self.woken.failed += report.failed;
    }

    /// How many events the clock put on streams: appointments that were due, and windows that closed without an answer.
    pub fn woken_events(&self) -> u64 {
        self.woken.appointments + self.woken.expired
    }

    /// The summary as one JSON object.
    pub fn json(&self) -> Value {
        let mut json = self.counted();
        if let (Some(columns), Some(fields)) = (&self.columns, json.as_object_mut()) {
            fields.insert("columns".to_owned(), json!(columns));
            fields.insert("gap_to_lawful_minor".to_owned(), json!(columns.gap_minor()));
            fields.insert("people".to_owned(), json!(self.people));
        }
        json
    }

    fn counted(&self) -> Value {
        let tally = &self.tally;
        let count = |ending| tally.count(ending);
        let shares: Map<_, _> =
            self.on_time.iter().map(|(kind, (good, all))| ((*kind).to_owned(), json!(share(*good, *all)))).collect();
        json!({
            "records": tally.records(),
            "decided": count(Ending::Decided),
            "silent": count(Ending::Silent),
            "applied": count(Ending::Applied),
            "withheld": count(Ending::Withheld),
            "duplicate": count(Ending::Duplicate),
            "stale": count(Ending::Stale),
            "quarantined": count(Ending::Quarantined),
            "customers": self.customers,
            "chosen": tally.chosen,
            "messages": self.sent,
            "delivery": self.settled,
            "not_sent": self.closed,
            "answers": self.answers,
            "coupons": self.coupons,
            "points": self.points,
            "held_back_by_guardrails": self.held_back,
            "comments_by_store": tally.comments,
            "appointments": tally.appointed,
            "woken": {
                "turns": self.woken.turns, "appointments": self.woken.appointments, "expired": self.woken.expired,
            },
            "suppressed": tally.suppressed,
            "visits": { "enter": tally.enter, "dwell": tally.dwell, "exit": tally.exit },
            "on_time": shares,
            "latency_us": {
                "load": spread(&self.timings.load_us),
                "decide": spread(&self.timings.decide_us),
                "commit": spread(&self.timings.commit_us),
                "event": spread(&self.timings.event_us),
                "accepted": spread(&self.accepted_us),
            },
            "writes_per_event": rounded(per_event(tally.writes, tally)),
            "events_per_s": rounded(if self.wall_s > 0.0 { float(tally.records()) / self.wall_s } else { 0.0 }),
            "cpu_us_per_event": self.cpu_us.map(|us| rounded(per_event(us, tally))),
            "state_hash": self.state_hash,
        })
    }
}

/// The nearest-rank percentiles; zeros when nothing was measured.
fn spread(values: &[u64]) -> Spread {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at =
        |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0);
    Spread { p50: at(50), p99: at(99) }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole > 0 { float(part) / float(whole) } else { 1.0 }
}

fn per_event(n: u64, tally: &Tally) -> f64 {
    if tally.records() > 0 { float(n) / float(tally.records()) } else { 0.0 }
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}
