//! What could not be read: kept with its reason, and whole, so that it can be delivered again; of a comment no word is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use tact_wire::ParseError;

use super::Record;
use crate::LogEntry;

/// A record that could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// Its place in the stream.
    pub sequence: String,
    /// Why, as one word.
    pub reason: String,
    /// Which field says so; empty when it is the whole record.
    pub field: String,
    /// Why, for people.
    pub message: String,
    /// How it begins: up to 64 bytes; what is no UTF-8 is replaced. Empty for a comment.
    pub first_bytes: String,
}

/// The largest record kept whole, in bytes: the largest an event may be.
const LARGEST: usize = 256 * 1024;

impl Quarantined {
    pub(super) fn unreadable(found: Found<'_>, error: &ParseError) -> Self {
        Self::of(found, error.reason.name(), &error.field, &error.to_string())
    }

    pub(super) fn panicked(found: Found<'_>) -> Self {
        Self::of(found, "panic", "", "an internal fault was contained; please report it with this record")
    }

    pub(super) fn of(found: Found<'_>, reason: &str, field: &str, message: &str) -> Self {
        let record = found.record;
        let beginning = if found.is_comment() { &[] } else { record.bytes.get(..64).unwrap_or(record.bytes) };
        Self {
            sequence: record.sequence.to_owned(),
            reason: reason.to_owned(),
            field: field.to_owned(),
            message: message.to_owned(),
            first_bytes: String::from_utf8_lossy(beginning).into_owned(),
        }
    }

    /// The entry for the log, with the whole record in base64, so that it can be delivered again once its cause is mended; a record
    /// larger than any event may be is not kept, nor is a comment: its words must not outlive it, so its sender has to send it again.
    pub(super) fn entry(&self, found: Found<'_>) -> LogEntry {
        let bytes = found.record.bytes;
        let whole = (bytes.len() <= LARGEST && !found.is_comment()).then(|| BASE64.encode(bytes));
        let mut entry = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = entry.as_object_mut() {
            fields.insert("record".to_owned(), whole.into());
        }
        let line = entry.to_string();
        LogEntry::Quarantine { sequence: self.sequence.clone(), line }
    }
}

/// A record that could not be read, where it was found.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) record: &'a Record<'a>,
    /// Whether comments belong on its stream.
    pub(super) among_comments: bool,
}

impl Found<'_> {
    /// Whether it may be a comment, however broken it is: whatever is found among comments, and elsewhere what looks like one.
    fn is_comment(self) -> bool {
        const NAME: &[u8] = b"tact.comment.";
        self.among_comments || self.record.bytes.windows(NAME.len()).any(|window| window == NAME)
    }
}
