//! What a run came to: counted, measured, and told to people or to machines.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::{Table, presets};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tact_decide::Catalogue;
use tact_domain::{Channel, EventKind};
use tact_pipeline::{BatchReport, Ending, Tally, Timings};

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
    on_time: BTreeMap<&'static str, (u64, u64)>,
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

    /// The summary as one JSON object.
    pub fn json(&self) -> Value {
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
            "messages": tally.chosen,
            "suppressed": tally.suppressed,
            "visits": { "enter": tally.enter, "dwell": tally.dwell, "exit": tally.exit },
            "on_time": shares,
            "latency_us": {
                "load": spread(&self.timings.load_us),
                "decide": spread(&self.timings.decide_us),
                "commit": spread(&self.timings.commit_us),
                "event": spread(&self.timings.event_us),
            },
            "writes_per_event": rounded(per_event(tally.writes, tally)),
            "events_per_s": rounded(if self.wall_s > 0.0 { float(tally.records()) / self.wall_s } else { 0.0 }),
            "cpu_us_per_event": self.cpu_us.map(|us| rounded(per_event(us, tally))),
            "state_hash": self.state_hash,
        })
    }

    /// The summary as people read it.
    pub fn text(&self) -> String {
        let tally = &self.tally;
        let mut text = String::new();
        let kinds: Vec<_> =
            self.events_by_kind.iter().map(|(kind, n)| format!("{n} {}", kind.replace('_', "-"))).collect();
        let _infallible =
            writeln!(text, "{} records about {} customers: {}\n", tally.records(), self.customers, kinds.join(", "));
        let mut endings = table(["what became of them", "records", ""]);
        for (name, ending, meaning) in ENDINGS {
            endings.add_row([name.to_owned(), tally.count(ending).to_string(), meaning.to_owned()]);
        }
        let _infallible = writeln!(text, "{endings}\n");
        self.tell_decisions(&mut text);
        self.tell_measurements(&mut text);
        text
    }

    fn tell_decisions(&self, text: &mut String) {
        let tally = &self.tally;
        let chosen: Vec<_> = Channel::ALL
            .iter()
            .filter_map(|c| tally.chosen.get(c.name()).map(|n| format!("{n} by {}", c.name())))
            .collect();
        if !chosen.is_empty() {
            let _infallible = writeln!(text, "decided to deliver: {}", chosen.join(", "));
        }
        let _infallible =
            writeln!(text, "visits: {} entered, {} dwelled, {} left\n", tally.enter, tally.dwell, tally.exit);
        let mut reasons: Vec<_> = tally.suppressed.iter().collect();
        reasons.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        if !reasons.is_empty() {
            let mut held = table(["held back because", "candidates", ""]);
            for (reason, n) in reasons {
                held.add_row([reason.replace('_', " "), n.to_string(), meaning(reason).to_owned()]);
            }
            let _infallible = writeln!(text, "{held}\n");
        }
        for (reason, n) in &self.quarantined {
            let _infallible = writeln!(text, "quarantined: {n} because of {}", reason.replace('_', " "));
        }
    }

    fn tell_measurements(&self, text: &mut String) {
        let mut measured = table(["measured on this machine", "p50", "p99"]);
        let rows = [
            ("load a customer", &self.timings.load_us),
            ("fold and decide an event", &self.timings.decide_us),
            ("commit a customer", &self.timings.commit_us),
            ("an event, from batch to commit", &self.timings.event_us),
        ];
        for (name, values) in rows {
            let Spread { p50, p99 } = spread(values);
            measured.add_row([name.to_owned(), format!("{p50} us"), format!("{p99} us")]);
        }
        let _infallible = writeln!(text, "{measured}\n");
        for (kind, (good, all)) in &self.on_time {
            let _infallible =
                writeln!(text, "on time: {:.1} % of {}", share(*good, *all) * 100.0, kind.replace('_', "-"));
        }
        let writes = per_event(self.tally.writes, &self.tally);
        let speed = if self.wall_s > 0.0 { float(self.tally.records()) / self.wall_s } else { 0.0 };
        let _infallible = writeln!(text, "{writes:.2} writes an event, {speed:.0} events a second");
        let _infallible = writeln!(text, "state {}", self.state_hash);
    }
}

/// The ways a record ends, as people read them.
const ENDINGS: [(&str, Ending, &str); 7] = [
    ("decided", Ending::Decided, "a message or a task was committed"),
    ("silent", Ending::Silent, "nothing was worth saying, or nothing may be said"),
    ("applied", Ending::Applied, "remembered; it called for no decision"),
    ("withheld", Ending::Withheld, "not remembered: a minor, or a position without consent"),
    ("duplicate", Ending::Duplicate, "delivered before"),
    ("stale", Ending::Stale, "too late, overtaken, or about nothing we keep"),
    ("quarantined", Ending::Quarantined, "could not be read"),
];

/// What a reason means, for people.
fn meaning(reason: &str) -> &'static str {
    match reason {
        "moment_passed" => "the event came too late for its moment",
        "deny_zone" => "near a clinic or another place where nobody is approached",
        "not_eligible" => "it is not for this customer, or not now",
        "eligibility_unknown" => "what it asks for is not known of this customer",
        "consent_missing" => "the customer was never asked, or never answered",
        "consent_denied" => "the customer said no",
        "consent_revoked" => "the customer took consent back",
        "consent_expired" => "the consent was for a time that is over",
        "consent_terms" => "the promise made with the consent is used up",
        "not_to_be_recognised" => "staff may not point this customer out",
        "unreachable" => "no address for the channel",
        "contact_cap" => "enough messages for now",
        "ledger_full" => "no more contacts can be counted",
        "quiet_hours" => "it is night where the customer lives",
        "zone_unknown" => "nobody knows what time it is for the customer",
        "not_yet" => "the action has not begun",
        "ended" => "the action is over",
        "not_scored" => "too late to weigh it",
        "silence" => "worth less than saying nothing",
        "outscored" => "something else was worth more",
        "stand_by" => "another way of the same action was better",
        _ => "",
    }
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table
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
