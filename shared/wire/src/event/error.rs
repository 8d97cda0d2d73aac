//! Why an event is refused: a machine word, the field it is about, and a sentence for people. Never a value the event held.

use std::borrow::Cow;

/// Why one record is no event of ours. The record is quarantined; reading it again gives the same answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", subject(field))]
pub struct ParseError {
    /// What is wrong.
    pub reason: Reason,
    /// The field that is wrong, as `data.lines[3].unit_price`; empty when it is the record as a whole.
    pub field: String,
    /// What is wrong, for people.
    pub message: Cow<'static, str>,
}

/// What can be wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// More bytes than a record may have.
    TooLarge,
    /// Nested deeper than a record may be.
    TooDeep,
    /// Not UTF-8.
    NotUtf8,
    /// Begins with a byte order mark.
    ByteOrderMark,
    /// Holds the character NUL.
    Nul,
    /// Not JSON.
    NotJson,
    /// An object that names a key twice.
    DuplicateKey,
    /// A field that must be there is not.
    MissingField,
    /// A field of another JSON type.
    WrongType,
    /// A text, list or object without content.
    Empty,
    /// A text with too many characters.
    TooLong,
    /// A list with too many entries.
    TooMany,
    /// A text that is not of the required form.
    Malformed,
    /// A number or time beyond its bounds.
    OutOfRange,
    /// A word that is none of those known.
    UnknownValue,
    /// An event type we do not know.
    UnknownType,
    /// A version of the envelope or of the event type that we do not know.
    UnknownVersion,
    /// An event from more than five minutes after it arrived.
    Future,
    /// The position (0, 0), which devices report when they do not know where they are.
    UnknownPosition,
    /// Two fields of which only one may be there.
    Ambiguous,
}

impl Reason {
    /// The word used in the quarantine and in metrics; it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::NotUtf8 => "not_utf8",
            Self::ByteOrderMark => "byte_order_mark",
            Self::Nul => "nul",
            Self::NotJson => "not_json",
            Self::DuplicateKey => "duplicate_key",
            Self::MissingField => "missing_field",
            Self::WrongType => "wrong_type",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::TooMany => "too_many",
            Self::Malformed => "malformed",
            Self::OutOfRange => "out_of_range",
            Self::UnknownValue => "unknown_value",
            Self::UnknownType => "unknown_type",
            Self::UnknownVersion => "unknown_version",
            Self::Future => "future",
            Self::UnknownPosition => "unknown_position",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl ParseError {
    /// An error about the record as a whole.
    pub(super) fn record(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, field: String::new(), message: message.into() }
    }
}

fn subject(field: &str) -> String {
    if field.is_empty() { "the record ".to_owned() } else { format!("`{field}` ") }
}
