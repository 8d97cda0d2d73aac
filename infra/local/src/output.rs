//! The files a run leaves behind: canonical NDJSON, and one row per decision for data scientists.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tact_pipeline::Quarantined;
use tact_wire::{Message, chosen_terms};

use crate::observer::Observer;
use crate::stack::Kept;

/// Where a run writes to; whatever was not asked for is dropped.
pub struct Output {
    decisions: Option<Target>,
    messages: Option<Target>,
    quarantine: Option<Target>,
    facets: Option<Target>,
    learned: Option<Target>,
    table: Option<csv::Writer<Target>>,
    table_path: PathBuf,
}

/// The file of what was learnt that decisions name, as lines of the decision log.
pub(crate) const LEARNED: &str = "learned.ndjson";

/// A buffered file.
type Target = BufWriter<File>;

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{path}`: {problem}; give a place that may be written to", path = path.display())]
pub struct OutputError {
    /// The file.
    pub(crate) path: PathBuf,
    /// What the system said.
    pub(crate) problem: io::Error,
}

/// The columns of the table of decisions.
const COLUMNS: [&str; 16] = [
    "decision",
    "now_ms",
    "kind",
    "customer",
    "trigger",
    "store",
    "rung",
    "action",
    "treatment",
    "channel",
    "score",
    "positive",
    "positive_if_silent",
    "action_probability",
    "catalogue",
    "models",
];

impl Output {
    /// Opens the files of a run.
    ///
    /// # Errors
    /// When the directory or a file in it cannot be made; the message names it.
    pub fn open(directory: Option<&Path>, table: Option<&Path>) -> Result<Self, OutputError> {
        if let Some(directory) = directory {
            std::fs::create_dir_all(directory)
                .map_err(|problem| OutputError { path: directory.to_owned(), problem })?;
        }
        let file = |name: &str| directory.map(|directory| create(&directory.join(name))).transpose();
        let mut table_writer = table.map(create).transpose()?.map(csv::Writer::from_writer);
        let table_path = table.unwrap_or(Path::new("")).to_owned();
        if let Some(writer) = &mut table_writer {
            writer
                .write_record(COLUMNS)
                .map_err(|error| OutputError { path: table_path.clone(), problem: error.into() })?;
        }
        Ok(Self {
            decisions: file("decisions.ndjson")?,
            messages: file("messages.ndjson")?,
            quarantine: file("quarantine.ndjson")?,
            facets: file("facets.ndjson")?,
            learned: file(LEARNED)?,
            table: table_writer,
            table_path,
        })
    }
}

impl Observer for Output {
    fn decided(&mut self, record: &str) -> Result<(), OutputError> {
        line(&mut self.decisions, "decisions.ndjson", record)?;
        if let Some(table) = &mut self.table {
            let failed = |error: csv::Error| OutputError { path: self.table_path.clone(), problem: error.into() };
            table.write_record(row(record)).map_err(failed)?;
        }
        Ok(())
    }

    fn left(&mut self, message: &Message) -> Result<(), OutputError> {
        let sent_at = jiff::Timestamp::from_millisecond(message.sent_at.0).unwrap_or_default();
        let mut entry = serde_json::json!({
            "decision": message.decision.to_string(),
            "customer": message.customer.as_str(),
            "channel": message.channel,
            "address": message.to.as_ref().map(|_| message.channel),
            "text": message.text,
            "sent_at": sent_at.to_string(),
        });
        if let (Some(subject), Some(fields)) = (&message.subject, entry.as_object_mut()) {
            fields.insert("subject".to_owned(), subject.clone().into());
        }
        line(&mut self.messages, "messages.ndjson", &entry.to_string())
    }

    fn quarantined(&mut self, quarantined: &Quarantined, position: u64) -> Result<(), OutputError> {
        let Quarantined { reason, field, message, first_bytes, .. } = quarantined;
        let entry = serde_json::json!({
            "position": position, "reason": reason, "field": field, "message": message, "first_bytes": first_bytes,
        });
        line(&mut self.quarantine, "quarantine.ndjson", &entry.to_string())
    }

    /// Writes the facets, and writes out what is buffered.
    fn ended(&mut self, kept: &Kept) -> Result<(), OutputError> {
        if self.facets.is_some() {
            kept.facet_lines().try_for_each(|facet| line(&mut self.facets, "facets.ndjson", &facet))?;
        }
        kept.learned_lines.iter().try_for_each(|learned| line(&mut self.learned, LEARNED, learned))?;
        let files = [
            (&mut self.decisions, "decisions.ndjson"),
            (&mut self.messages, "messages.ndjson"),
            (&mut self.quarantine, "quarantine.ndjson"),
            (&mut self.facets, "facets.ndjson"),
            (&mut self.learned, LEARNED),
        ];
        for (file, name) in files {
            if let Some(file) = file {
                file.flush().map_err(|problem| OutputError { path: name.into(), problem })?;
            }
        }
        let failed = |problem| OutputError { path: self.table_path.clone(), problem };
        self.table.as_mut().map_or(Ok(()), csv::Writer::flush).map_err(failed)
    }
}

fn create(path: &Path) -> Result<Target, OutputError> {
    let file = File::create(path).map_err(|problem| OutputError { path: path.to_owned(), problem })?;
    Ok(BufWriter::new(file))
}

fn line(file: &mut Option<Target>, name: &str, text: &str) -> Result<(), OutputError> {
    let Some(file) = file else { return Ok(()) };
    writeln!(file, "{text}").map_err(|problem| OutputError { path: name.into(), problem })
}

/// The row of a decision; the columns of its winner are empty for silence.
fn row(record: &str) -> Vec<String> {
    let record: Value = serde_json::from_str(record).unwrap_or_default();
    let body = record.get("body").cloned().unwrap_or_default();
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let of_body = |key: &str| text(body.get(key));
    // Nothing else could have been chosen where nothing is said of it.
    let probability = body.get("action_probability").map_or_else(|| "1".to_owned(), ToString::to_string);
    let (winner, terms) = (body.get("chosen"), chosen_terms(&body));
    let of_winner = |key: &str| text(winner.and_then(|winner| winner.get(key)));
    let of_terms = |key: &str| text(terms.as_ref().and_then(|terms| terms.get(key)));
    let customer = text(body.pointer("/customer/event/subject"));
    let kind = body.pointer("/customer/event/type").and_then(Value::as_str).unwrap_or_default();
    let kind = kind.split('.').nth(1).unwrap_or_default().replace('-', "_");
    vec![
        of_body("decision"),
        of_body("now_ms"),
        kind,
        customer,
        of_body("trigger"),
        of_body("store"),
        of_body("rung"),
        of_winner("action"),
        of_winner("treatment"),
        of_winner("channel"),
        of_terms("score"),
        of_terms("positive"),
        of_terms("positive_if_silent"),
        probability,
        of_body("catalogue"),
        of_body("models"),
    ]
}
