//! Telemetry: one line in CloudWatch's embedded metric format per batch, and one line of JSON for what should not have happened.
//! No customer, no position, no address.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Write;

use serde_json::{Value, json};
use tact_decide::Reason;
use tact_domain::Timestamp;
#[cfg(feature = "http")]
use tact_pipeline::Answer;
use tact_pipeline::{BatchReport, DispatchReport, Ending, Settled, WakeError, WakeReport};

/// Writes the batch's metrics to standard output. A sink that cannot be written to never fails a batch.
pub(crate) fn emit(function: &str, report: &BatchReport, at: Timestamp) {
    write(&mut std::io::stdout().lock(), &line(function, report, at));
}

/// Writes the metrics of a batch of deliveries.
pub(crate) fn emit_delivery(function: &str, report: &DispatchReport, at: Timestamp) {
    write(&mut std::io::stdout().lock(), &delivery_line(function, report, at));
}

fn delivery_line(function: &str, report: &DispatchReport, at: Timestamp) -> Value {
    let count = |name: &str| report.settled.iter().flatten().filter(|settled| settled.name() == name).count();
    let names = ["sent", "unknown", "scheduled", "failed", "closed", "shadowed", "fault"];
    let undone = report.settled.iter().filter(|settled| settled.is_none()).count();
    let slowest = report.deliver_us.iter().max().copied().unwrap_or(0);
    let counts = names.iter().map(|name| (*name, count(name) as u64));
    let by_a_cap = Settled::Closed(Reason::Cap(0).name());
    let capped = report.settled.iter().flatten().filter(|settled| **settled == by_a_cap).count();
    let others = [
        ("undone", undone as u64),
        ("uncounted", report.uncounted),
        ("capped", capped as u64),
        ("unaffordable", report.unaffordable),
        ("deliver_us_max", slowest),
    ];
    let metrics: Vec<_> = counts.chain(others).collect();
    let mut closed = BTreeMap::<_, u64>::new();
    for settled in report.settled.iter().flatten() {
        if let Settled::Closed(reason) = settled {
            *closed.entry(*reason).or_default() += 1;
        }
    }
    let more = json!({ "failure": report.failure, "not_sent": closed });
    metric_line(function, at, &metrics, &more)
}

/// Writes the metrics of a tick of the clock.
pub(crate) fn emit_tick(function: &str, ticked: &Result<WakeReport, WakeError>, at: Timestamp) {
    let failure = ticked.as_ref().err().map(ToString::to_string);
    let report = ticked.as_ref().cloned().unwrap_or_default();
    let metrics = [
        ("turns", report.turns),
        ("appointments", report.appointments),
        ("expired", report.expired),
        ("failed", report.failed + u64::from(failure.is_some())),
    ];
    let more = json!({ "failure": failure.or(report.failure) });
    write(&mut std::io::stdout().lock(), &metric_line(function, at, &metrics, &more));
}

/// Writes what a request came to. What failed is somebody's wish that was not heard yet.
#[cfg(feature = "http")]
pub(crate) fn emit_answer(function: &str, answer: &Answer, at: Timestamp) {
    let metrics = [("requests", 1), (answer.what, 1), ("unavailable", u64::from(answer.status == 503))];
    let more = json!({ "status": answer.status, "failure": answer.failure });
    write(&mut std::io::stdout().lock(), &metric_line(function, at, &metrics, &more));
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
    let undone = report.endings.iter().filter(|ending| ending.is_none()).count();
    let slowest = report.timings.event_us.iter().max().copied().unwrap_or(0);
    let counts = Ending::ALL.into_iter().map(|ending| (ending.name(), report.tally.count(ending)));
    let turned = |phase: &str| report.tally.turned.get(phase).copied().unwrap_or(0);
    let not_in_force = u64::from(report.not_in_force.is_some());
    let others = [
        ("undone", undone as u64),
        ("writes", report.tally.writes),
        ("event_us_max", slowest),
        ("not_in_force", not_in_force),
        ("guard_suspended", turned("suspended")),
        ("guard_trial", turned("trial")),
        ("guard_returned", turned("running")),
        ("uncounted", report.tally.uncounted),
    ];
    let metrics: Vec<_> = counts.chain(others).collect();
    let more = json!({
        "failure": report.failure,
        "suppressed": report.tally.suppressed,
        "chosen": report.tally.chosen,
        "fences": { "enter": report.tally.enter, "dwell": report.tally.dwell, "exit": report.tally.exit },
        "appointed": report.tally.appointed,
        "comments_by_store": report.tally.comments,
        "why_not_in_force": report.not_in_force,
    });
    metric_line(function, at, &metrics, &more)
}

/// One line in the embedded metric format: numbers by name, and what else is to be known.
fn metric_line(function: &str, at: Timestamp, metrics: &[(&str, u64)], more: &Value) -> Value {
    let names: Vec<_> = metrics.iter().map(|(name, _)| json!({ "Name": name })).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.0,
            "CloudWatchMetrics": [{ "Namespace": "Tact", "Dimensions": [["function"]], "Metrics": names }],
        },
        "function": function,
    });
    if let (Some(fields), Some(more)) = (line.as_object_mut(), more.as_object()) {
        fields.extend(metrics.iter().map(|(name, n)| ((*name).to_owned(), Value::from(*n))));
        fields.extend(more.clone());
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
    #[test]
    fn what_caps_and_spending_hold_back_at_the_last_moment_is_counted() {
        let settled = [Settled::Sent, Settled::Closed("contact_cap"), Settled::Closed("expired"), Settled::Scheduled];
        let report = DispatchReport {
            settled: settled.into_iter().map(Some).collect(),
            unaffordable: 1,
            ..DispatchReport::default()
        };
        let line = delivery_line("dispatch", &report, Timestamp(7));
        assert_eq!((&line["capped"], &line["unaffordable"], &line["closed"]), (&json!(1), &json!(1), &json!(2)));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().len(), 12);
    }
}
