//! Telemetry: one line in CloudWatch's embedded metric format per batch, and one line of JSON for what should not have happened.
//! No customer, no position, no address.

use std::fmt::Display;
use std::io::Write;

use serde_json::{Value, json};
use tact_domain::Timestamp;
use tact_pipeline::{BatchReport, Ending};

/// Writes the batch's metrics to standard output. A sink that cannot be written to never fails a batch.
pub(crate) fn emit(function: &str, report: &BatchReport, at: Timestamp) {
    write(&mut std::io::stdout().lock(), &line(function, report, at));
}

/// Says why a function does not start.
pub(crate) fn not_started(function: &str, why: &dyn Display) {
    let line = json!({ "level": "ERROR", "function": function, "message": format!("cannot start: {why}") });
    write(&mut std::io::stderr().lock(), &line);
}

/// Has every panic leave one line that says where it was. What it says for itself may quote what it was working on, so that is left out.
pub(crate) fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        let line = json!({ "level": "ERROR", "message": "a panic; the code there has a fault", "at": at });
        write(&mut std::io::stderr().lock(), &line);
    }));
}

/// One line, in one piece. A sink that cannot be written to harms nobody.
fn write(out: &mut dyn Write, line: &Value) {
    let _lost = out.write_all(format!("{line}\n").as_bytes());
}

fn line(function: &str, report: &BatchReport, at: Timestamp) -> Value {
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
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_that_is_announced_has_a_number() {
        let report = BatchReport { endings: vec![Some(Ending::Applied), None], ..BatchReport::default() };
        let line = line("checkin", &report, Timestamp(7));
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        for metric in metrics["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
        }
        assert_eq!(line[metrics["Dimensions"][0][0].as_str().unwrap()], "checkin");
        assert_eq!((&line["_aws"]["Timestamp"], &line["undone"]), (&json!(7), &json!(1)));
    }
}
