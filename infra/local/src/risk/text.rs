//! The risk report as people read it on a terminal.

use super::{Asked, Risk};
use crate::paragraphs::Paragraphs;

/// How far what is said of a path stands to the right.
const INDENT: usize = 28;

/// The text of a report: what is open first, then every path, the ways, and the laws.
pub(super) fn of(risk: &Risk, place: &str) -> String {
    let open: Vec<&Asked> = risk.paths.iter().filter(|asked| asked.open).collect();
    let last = if open.is_empty() { "no path is open\n".to_owned() } else { format!("open: {}\n", open.len()) };
    let mut all: String = open.into_iter().map(shown).collect();
    all.push_str(&paths(risk, place));
    all.push_str(&ways(risk));
    all + &laws(risk) + &last
}

/// One that is open, with the test that shows it as it can be copied.
fn shown(asked: &Asked) -> String {
    let mut lines = vec![format!("open: {}, by {}: {}", asked.never, asked.action, asked.why.join("; "))];
    let test = asked.counter_example.iter().flat_map(|test| test.lines());
    lines.extend(test.map(|line| format!("    {line}")));
    lines.push("  change the action, or answer for it in forbidden.toml:".to_owned());
    let (path, action) = (&asked.path, &asked.action);
    lines.push(format!("    [[waived]]\n    path = \"{path}\"\n    action = \"{action}\"\n    why = \"…\"\n\n"));
    lines.join("\n")
}

/// Every path by which something is meant, and the names of the others.
fn paths(risk: &Risk, place: &str) -> String {
    let mut text = Paragraphs::default();
    text.line(0, "", &format!("{place}: paths by which data could reach somebody it must not"));
    for same in risk.paths.chunk_by(|a, b| a.path == b.path) {
        path(&mut text, same);
    }
    text.line(INDENT, "  proved", &format!("no action does anything of the kind: {}", risk.unmeant.join(", ")));
    text.gap();
    text.text()
}

fn laws(risk: &Risk) -> String {
    let mut text = Paragraphs::default();
    text.gap();
    for law in risk.laws.iter().filter(|law| !law.source.is_empty()) {
        text.line(INDENT, &format!("  {}", law.exposure), &format!("{} ({})", law.law, law.source));
    }
    text.line(0, "", "engineering's list for a lawyer to look at, not advice");
    text.gap();
    text.text()
}

/// One path with every answer that differs.
fn path(text: &mut Paragraphs, same: &[Asked]) {
    let Some(first) = same.first() else { return };
    text.line(INDENT, &format!("  {}", first.path), &first.never);
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for asked in same {
        for why in reasons(asked) {
            match told.iter_mut().find(|(known, _)| *known == why) {
                Some((_, actions)) => actions.push(&asked.action),
                None => told.push((why, vec![&asked.action])),
            }
        }
    }
    for (why, mut actions) in told {
        actions.dedup();
        text.line(INDENT + 2, "", &format!("{why}: {}", actions.join(", ")));
    }
}

/// The answer and its reasons, without the ways they are about.
fn reasons(asked: &Asked) -> Vec<String> {
    if asked.counter_example.is_some() && asked.why.is_empty() {
        return vec![asked.answer.to_owned()];
    }
    let plain = |why: &String| match (asked.answer, why.split_once(": ")) {
        ("proved", Some((_, why))) => format!("proved: {why}"),
        (answer, _) => format!("{answer}: {why}"),
    };
    asked.why.iter().map(plain).collect()
}

/// The table of the ways; amounts in minor units become money.
fn ways(risk: &Risk) -> String {
    let mut rows = vec![
        ["action / way", "return", "harm", "creepy", "could reach", "reached", "exposure"].map(str::to_owned).to_vec(),
    ];
    for way in &risk.ways {
        rows.push(vec![
            format!("{} / {}", way.action, way.treatment),
            format!("{:.2}", way.return_minor / 100.0),
            format!("{:.3}", way.harm_minor / 100.0),
            format!("{:.2}", way.creepy),
            way.could_reach.to_string(),
            way.reached.to_string(),
            way.exposure.join(", "),
        ]);
    }
    let head = format!("per message in {}, by the rates of the group; people of {}\n", risk.currency, risk.people);
    head + &table(&rows, 1..6)
}

/// Rows whose cells stand below each other; those of some columns to the right.
pub(crate) fn table(rows: &[Vec<String>], right: std::ops::Range<usize>) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let wide = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| wide(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells =
            cells.map(
                |(column, (cell, width))| {
                    if right.contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
                },
            );
        format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
