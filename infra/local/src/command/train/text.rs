//! A model's card: as text for a person, and as JSON for a program.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};
use tact_learn::{Estimate, Leak, Learnt, Measured};
use tact_model::{Encoder, Encoding, Model};

/// What a model is called that LightGBM fitted.
const LIGHTGBM: &str = "lightgbm";

/// The card as one JSON object.
pub(super) fn json(learnt: &Learnt) -> Value {
    let mut said = measured(&learnt.crossed, learnt.chosen.kind());
    let test = learnt.test.as_ref().map(|test| measured(test, learnt.chosen.kind()));
    let leaks: Vec<_> = learnt.leaks.iter().map(|leak| &leak.column).collect();
    let ignored: Vec<_> = learnt.ignored.iter().map(|(column, _)| column).collect();
    if let Some(fields) = said.as_object_mut() {
        fields.insert("test".to_owned(), json!(test));
        fields.insert("leaks".to_owned(), json!(leaks));
        fields.insert("ignored".to_owned(), json!(ignored));
        fields.insert("label".to_owned(), json!(learnt.model.card().label));
        fields.insert("chosen".to_owned(), json!(learnt.chosen.to_string()));
    }
    said
}

fn measured(measured: &Measured, kind: &str) -> Value {
    let interval = |figure: &Estimate| json!([figure.low, figure.high]);
    json!({
        "model": kind,
        "auc": measured.auc.value,
        "log_loss": measured.log_loss.value,
        "brier": measured.brier.value,
        "calibration_error": measured.calibration_error.value,
        "top_decile_lift": measured.top_decile_lift.value,
        "rows": measured.rows,
        "positive_share": measured.positive_share,
        "intervals": {
            "auc": interval(&measured.auc),
            "log_loss": interval(&measured.log_loss),
            "brier": interval(&measured.brier),
            "calibration_error": interval(&measured.calibration_error),
            "top_decile_lift": interval(&measured.top_decile_lift),
        },
    })
}

/// How good an imported model is on a table, and on another if there is one, as JSON, with the columns of the table that the leak alarm is raised for.
pub(super) fn imported_json(found: &Measured, test: Option<&Measured>, leaks: &[Leak], label: &str) -> Value {
    let mut said = measured(found, LIGHTGBM);
    if let Some(fields) = said.as_object_mut() {
        fields.insert("test".to_owned(), json!(test.map(|test| measured(test, LIGHTGBM))));
        fields.insert("leaks".to_owned(), json!(leaks.iter().map(|leak| &leak.column).collect::<Vec<_>>()));
        fields.insert("label".to_owned(), json!(label));
    }
    said
}

/// The same as text, with a line end.
pub(super) fn imported(found: &Measured, test: Option<&Measured>, leaks: &[Leak]) -> String {
    figures("table", found, test) + "in brackets: 95 % intervals by bootstrap\n" + &alarms(leaks)
}

/// The card as text, with a line end.
pub(super) fn card(learnt: &Learnt) -> String {
    let (model, card) = (&learnt.model, learnt.model.card());
    let mut said = format!("model {}: that {}\n", card.name, card.label);
    let share = 100.0 * learnt.crossed.positive_share;
    let rows = format!("{} rows of {}, {share:.1} % of them so; seed {}", card.rows, card.trained_on, card.seed);
    let _in_memory = writeln!(said, "learnt from {rows}");
    let _in_memory = writeln!(said, "columns: {}", columns(model));
    for (column, reason) in &learnt.ignored {
        let _in_memory = writeln!(said, "left out: {column}, as {reason}");
    }
    said.push_str(
        "cross-validated log loss (a later one is chosen when it is lower by more than its standard error):\n",
    );
    for (candidate, loss) in &learnt.candidates {
        let chosen = if *candidate == learnt.chosen { " <- chosen" } else { "" };
        let _in_memory = writeln!(said, "  {loss:.4}  {candidate}{chosen}");
    }
    said.push('\n');
    said.push_str(&figures("cross-validated", &learnt.crossed, learnt.test.as_ref()));
    said.push_str(
        "in brackets: 95 % intervals by bootstrap; calibrated by a line on the log odds of rows not fitted to\n",
    );
    said.push_str(&alarms(&learnt.leaks));
    said
}

/// A line for every column that seems to know the label.
fn alarms(leaks: &[Leak]) -> String {
    let mut said = String::new();
    for leak in leaks {
        let others = leak.others.map_or(String::new(), |others| format!(", all other columns together {others:.3}"));
        let (column, alone) = (&leak.column, leak.alone);
        let _in_memory = writeln!(
            said,
            "LEAK? `{column}` alone reaches an AUC of {alone:.3}{others}: is it known before the decision? If not, leave it out with --drop"
        );
    }
    said
}

/// Figures beside those of a test, if there was one, with a line end.
fn figures(name: &str, first: &Measured, test: Option<&Measured>) -> String {
    let mut table = Table::new();
    let mut header = vec!["", name];
    header.extend(test.map(|_| "test"));
    table.load_style(presets::NOTHING);
    table.set_header(header);
    let all: Vec<&Measured> = [Some(first), test].into_iter().flatten().collect();
    let mut row = |name: &str, of: fn(&Measured) -> String| {
        table.add_row([name.to_owned()].into_iter().chain(all.iter().map(|measured| of(measured))));
    };
    row("rows", |measured| measured.rows.to_string());
    row("AUC", |measured| said(&measured.auc, 3));
    row("log loss", |measured| said(&measured.log_loss, 4));
    row("Brier score", |measured| said(&measured.brier, 4));
    row("calibration error", |measured| said(&measured.calibration_error, 4));
    row("top-decile lift", |measured| said(&measured.top_decile_lift, 2));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string().lines().fold(String::new(), |said, line| said + line.trim_end() + "\n")
}

fn said(figure: &Estimate, digits: usize) -> String {
    let Estimate { value, low, high } = figure;
    format!("{value:.digits$} ({low:.digits$} to {high:.digits$})")
}

/// The columns by how they are read.
fn columns(model: &Model) -> String {
    let encoders = model.encoding().map(Encoding::encoders).unwrap_or_default();
    let named = |is: fn(&Encoder) -> bool| -> Vec<&str> {
        let of = model.feature_names().iter().zip(encoders);
        of.filter(|(_, encoder)| is(encoder)).map(|(name, _)| name.as_str()).collect()
    };
    let numbers = match encoders {
        [] => model.feature_names().iter().map(String::as_str).collect(),
        _ => named(|encoder| matches!(encoder, Encoder::Number { .. })),
    };
    let kinds = [
        ("numbers", numbers),
        ("categories", named(|encoder| matches!(encoder, Encoder::Category { .. }))),
        ("texts", named(|encoder| matches!(encoder, Encoder::Words { .. }))),
    ];
    let said = kinds.iter().filter(|(_, names)| !names.is_empty());
    said.map(|(kind, names)| format!("{kind} {}", names.join(", "))).collect::<Vec<_>>().join("; ")
}
