//! Telemetry: one line in CloudWatch's embedded metric format per batch. No customer, no position, no address.

use std::io::Write;

use serde_json::json;
use tact_domain::Timestamp;
use tact_pipeline::{BatchReport, Ending};

/// Writes the batch's metrics to standard output. A sink that cannot be written to never fails a batch.
pub(crate) fn emit(function: &str, report: &BatchReport, at: Timestamp) {
    let mut line = line(function, report, at);
    line.push('\n');
    let _lost_metrics_harm_nobody = std::io::stdout().lock().write_all(line.as_bytes());
}

fn line(function: &str, report: &BatchReport, at: Timestamp) -> String {
    let endings = [
        ("decided", Ending::Decided),
        ("silent", Ending::Silent),
        ("applied", Ending::Applied),
        ("withheld", Ending::Withheld),
        ("duplicate", Ending::Duplicate),
        ("stale", Ending::Stale),
        ("quarantined", Ending::Quarantined),
    ];
    let undone = report.endings.iter().filter(|ending| ending.is_none()).count();
    let names = endings.iter().map(|(name, _)| *name).chain(["undone", "writes", "event_us_max"]);
    let metrics: Vec<_> = names.map(|name| json!({ "Name": name })).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.0,
            "CloudWatchMetrics": [{ "Namespace": "Tact", "Dimensions": [["function"]], "Metrics": metrics }],
        },
        "function": function,
        "undone": undone,
        "writes": report.tally.writes,
        "event_us_max": report.timings.event_us.iter().max().copied().unwrap_or(0),
        "failure": report.failure,
        "suppressed": report.tally.suppressed,
    });
    if let Some(fields) = line.as_object_mut() {
        for (name, ending) in endings {
            fields.insert(name.to_owned(), report.tally.count(ending).into());
        }
    }
    line.to_string()
}
