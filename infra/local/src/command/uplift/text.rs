//! What a trial tells, for a person and for a machine to read.

use comfy_table::{CellAlignment, Table as Text, presets};
use serde_json::{Map, Value, json};
use tact_learn::{Difference, Estimate, Measure, Spread, Suspect, Uplift};

/// A p of the sample-ratio test below this says that something is wrong with who was counted.
const MISMATCH: f64 = 0.001;
/// A column is unlike in both arms when chance would do it in fewer cases than this, over the number of columns.
const UNLIKE: f64 = 0.05;

/// The figures as one JSON object.
pub(super) fn json(measure: &Measure, control: &str, outcome: &str) -> String {
    let treatments: Map<String, Value> =
        measure.treatments.iter().map(|(name, uplift)| (name.clone(), json!(uplift))).collect();
    let left_out = measure.suspects.iter().map(|suspect| json!(suspect));
    let ignored = measure.ignored.iter().map(|(column, why)| json!({ "column": column, "why": why }));
    json!({
        "control": control,
        "outcome": outcome,
        "srm_p": measure.sample_ratio.map(|ratio| ratio.p),
        "leaks": measure.suspects.iter().map(|suspect| &suspect.column).collect::<Vec<_>>(),
        "left_out": left_out.chain(ignored).collect::<Vec<_>>(),
        "treatments": treatments,
    })
    .to_string()
}

/// The figures as tables and sentences.
pub(super) fn told(measure: &Measure, control: &str, outcome: &str) -> String {
    let mut said = vec![format!("outcome: {outcome}; control: `{control}`\n\n{}\n", effects(measure))];
    said.extend(measure.treatments.iter().map(|(name, uplift)| ranking(name, uplift) + "\n" + &balance(uplift) + "\n"));
    said.extend(measure.sample_ratio.map(|ratio| {
        let verdict = if ratio.p < MISMATCH {
            "SAMPLE RATIO MISMATCH: something is wrong with who was counted; believe none of these figures"
        } else {
            "the arms are as large as chance makes them"
        };
        format!("sample ratio: p {}: {verdict}", p(ratio.p))
    }));
    said.extend(measure.suspects.iter().map(|Suspect { column, why }| {
        format!("LEAK: left out `{column}`: {why}; was it known before the treatment? Name it by --drop")
    }));
    said.extend(measure.ignored.iter().map(|(column, why)| format!("left out `{column}`: {why}")));
    said.join("\n")
}

fn effects(measure: &Measure) -> Text {
    let mut table = Text::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "treatment",
        "treated",
        "control",
        "rate",
        "control rate",
        "effect",
        "95 % interval",
        "p",
        "detectable from",
    ]);
    for (name, uplift) in &measure.treatments {
        let Estimate { value, low, high } = uplift.ate.estimate;
        table.add_row([
            name.clone(),
            uplift.n.treated.to_string(),
            uplift.n.control.to_string(),
            format!("{:.4}", uplift.rates.treated.value),
            format!("{:.4}", uplift.rates.control.value),
            format!("{value:+.4}"),
            format!("{low:+.4} to {high:+.4}"),
            p(uplift.ate.p),
            uplift.mde.map_or("-".to_owned(), |mde| format!("{mde:.4}")),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Whether it is known on whom a treatment works.
fn ranking(name: &str, uplift: &Uplift) -> String {
    let Uplift { qini, qini_random: Spread { mean, sd, p95 }, qini_mde, .. } = uplift;
    let beside = format!("adjusted Qini {qini:+.4}; random rankings {mean:+.4} +- {sd:.4}, 95 % below {p95:.4}");
    let Some(tops) = uplift.uplift_at else {
        return format!(
            "{name}: not detectable on whom it works: {beside}; a Qini below {qini_mde:.4} would hardly show"
        );
    };
    let at = |part: &str, top: Difference| {
        let Estimate { value, low, high } = top.estimate;
        format!("\n  top {part} %: {value:+.4} ({low:+.4} to {high:+.4})")
    };
    let tops = [at("10", tops.tenth), at("30", tops.three_tenths), at("50", tops.half)].concat();
    format!("{name}: it is known on whom it works: {beside}{tops}")
}

/// Whether both arms are alike.
fn balance(uplift: &Uplift) -> String {
    let columns = uplift.balance.len();
    let limit = UNLIKE / f64::from(u32::try_from(columns.max(1)).unwrap_or(u32::MAX));
    let unlike: Vec<String> = (uplift.balance.iter())
        .filter(|column| column.p < limit)
        .map(|column| format!("`{}` ({:+.3} standard deviations, p {})", column.column, column.difference, p(column.p)))
        .collect();
    if unlike.is_empty() {
        let most = uplift.balance.iter().map(|column| column.difference.abs()).fold(0.0, f64::max);
        return format!("  both arms are alike: the {columns} columns are at most {most:.3} standard deviations apart");
    }
    format!("  NOT BALANCED: the arms differ in {}", unlike.join(", "))
}

fn p(p: f64) -> String {
    if p < 0.0001 { "<0.0001".to_owned() } else { format!("{p:.4}") }
}
