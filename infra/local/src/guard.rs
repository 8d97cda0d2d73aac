//! What guardrails know of every treatment they watch, as people and machines are told it.

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use tact_decide::{Action, Catalogue, Guard, Harm, Phase, Turned, Watch, is_guarded};
use tact_domain::Timestamp;

use crate::stack::Kept;

/// Every treatment that is watched, and all that guardrails did.
#[derive(Clone, Debug, Serialize)]
pub struct Guarded {
    /// The treatments, by name.
    pub treatments: Vec<Watched>,
    /// What guardrails did, by time.
    pub log: Vec<Logged>,
}

/// What is known of one treatment.
#[derive(Clone, Debug, Serialize)]
pub struct Watched {
    /// `action/treatment`.
    pub treatment: String,
    /// `running`, `suspended` or `trial`.
    pub state: &'static str,
    /// Since when; `None` from the beginning.
    pub since: Option<String>,
    /// When a trial begins, for one that is suspended.
    pub until: Option<String>,
    /// What was counted since then, by harm.
    pub rates: Vec<Rate>,
}

/// How often a harm was done.
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    /// Which harm.
    pub harm: &'static str,
    /// The most of it.
    pub limit: f64,
    /// Messages of which it is known what became of them.
    pub n: u64,
    /// Those that did it.
    pub k: u64,
    /// Their share; 0 without messages.
    pub rate: f64,
    /// Between which rates the true one lies, however often anybody looks.
    pub interval: (f64, f64),
}

/// One thing that guardrails did.
#[derive(Clone, Debug, Serialize)]
pub struct Logged {
    /// When.
    pub at: String,
    /// `action/treatment`.
    pub treatment: String,
    /// The state it came into.
    pub to: &'static str,
    /// Why, for one that was suspended.
    pub because: Option<String>,
}

impl Guarded {
    /// What a table holds of the treatments of a catalogue, as it stands at an instant; one that never had an outcome is told with empty counts.
    pub fn of(kept: &Kept, catalogue: &Catalogue, at: Timestamp) -> Self {
        let guards = &catalogue.policy.guardrail.guards;
        let ways = catalogue.actions.iter().flat_map(|action: &Action| {
            let ways = action.treatments.iter().filter(|treatment| is_guarded(action, treatment));
            ways.map(|treatment| format!("{}/{}", action.name, treatment.name))
        });
        let watched = ways.filter(|_| !guards.is_empty()).map(|way| {
            let known = kept.watches.iter().find(|(known, _)| *known == way);
            let watch = known.map(|(_, watch)| watch.clone()).unwrap_or_default();
            watched(way, &watch, guards, at)
        });
        let mut log: Vec<_> =
            kept.watches.iter().flat_map(|(way, watch)| watch.log.iter().map(move |t| (t, way))).collect();
        log.sort_by_key(|(turned, way)| (turned.at, *way));
        Self { treatments: watched.collect(), log: log.into_iter().map(|(turned, way)| logged(turned, way)).collect() }
    }

    /// The treatments that not everybody gets, each in words.
    pub fn held_back(&self) -> impl Iterator<Item = String> {
        let held = self.treatments.iter().filter(|watched| watched.state != Phase::Running.name());
        held.map(|watched| {
            let until = watched.until.as_ref().map_or(String::new(), |until| format!(" until {until}"));
            format!("{} {}{until}", watched.treatment, watched.state)
        })
    }

    /// All of it as people read it.
    pub fn text(&self) -> String {
        if self.treatments.is_empty() {
            return "nothing is guarded: the policy has no `[guardrail]`, or nothing sells\n".to_owned();
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["treatment", "state", "since", "harm", "limit", "k", "of n", "rate", "surely between"]);
        for watched in &self.treatments {
            for (place, rate) in watched.rates.iter().enumerate() {
                table.add_row(row(Some(watched).filter(|_| place == 0), rate));
            }
        }
        for column in table.column_iter_mut().skip(4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let log: String = self.log.iter().map(|logged| logged.text() + "\n").collect();
        let log = if log.is_empty() { "nothing was ever suspended\n".to_owned() } else { log };
        format!("{table}\n\n{log}")
    }
}

impl Logged {
    fn text(&self) -> String {
        let because = self.because.as_ref().map_or(String::new(), |because| format!(": {because}"));
        format!("{}  {} came to be {}{because}", self.at, self.treatment, self.to)
    }
}

/// Why a treatment was suspended, in words: how many of how many did what.
pub(crate) fn told(turned: &Turned) -> String {
    let (n, k) = turned.of;
    let did = match turned.because {
        Some(Harm::OptOut) => "opted out",
        Some(Harm::Complaint) => "complained",
        Some(Harm::Dismissal) => "put it away",
        None => "did harm",
    };
    format!("{k} of {n} {did}")
}

fn watched(treatment: String, watch: &Watch, guards: &[Guard], at: Timestamp) -> Watched {
    let phase = watch.phase_at(at);
    let (since, until) = match (watch.phase, phase) {
        // The trial has begun although nothing became known of it yet.
        (Phase::Suspended(until), Phase::Trial) => (until, None),
        (Phase::Suspended(until), _) => (watch.since, Some(until)),
        _ => (watch.since, None),
    };
    let rates = guards.iter().map(|guard| {
        let count = watch.counts.get(guard.harm as usize).cloned().unwrap_or_default();
        let rate = if count.n > 0 { float(count.k) / float(count.n) } else { 0.0 };
        let interval = count.interval(guard.alpha);
        Rate { harm: guard.harm.name(), limit: guard.limit, n: count.n, k: count.k, rate, interval }
    });
    Watched {
        treatment,
        state: phase.name(),
        since: (since > Timestamp(0)).then(|| clock(since)),
        until: until.map(clock),
        rates: rates.collect(),
    }
}

fn logged(turned: &Turned, way: &str) -> Logged {
    let because = turned.because.map(|_| told(turned));
    Logged { at: clock(turned.at), treatment: way.to_owned(), to: turned.to.name(), because }
}

fn row(watched: Option<&Watched>, rate: &Rate) -> [String; 9] {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let (low, high) = rate.interval;
    [
        watched.map_or(String::new(), |watched| watched.treatment.clone()),
        watched.map_or(String::new(), |watched| watched.state.to_owned()),
        watched.map_or(String::new(), |watched| watched.since.clone().unwrap_or_else(|| "the beginning".to_owned())),
        rate.harm.replace('_', " "),
        percent(rate.limit),
        rate.k.to_string(),
        rate.n.to_string(),
        if rate.n > 0 { percent(rate.rate) } else { "-".to_owned() },
        format!("{} and {}", percent(low), percent(high)),
    ]
}

fn clock(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| at.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
