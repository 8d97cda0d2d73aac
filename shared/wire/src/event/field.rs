//! Typed reading of a record's fields. Every error names the field; nothing is formatted unless there is one.
//! `null` is no value: a field that may be absent is absent, or of its type.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use tact_domain::{CustomerId, Key};

use super::error::{ParseError, Reason};
use super::json::{Json, Members};
use super::path::{Path, Step};

/// The longest key, in characters.
pub(super) const KEY_CHARS: usize = 128;

/// A value and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Field<'t> {
    value: &'t Json<'t>,
    path: Path<'t>,
}

/// An object and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Object<'t> {
    members: &'t Members<'t>,
    path: Path<'t>,
}

/// A list and where it stands.
#[derive(Clone, Copy)]
pub(super) struct List<'t> {
    elements: &'t [Json<'t>],
    path: Path<'t>,
}

/// Which of two fields is there.
pub(super) enum OneOf<'t> {
    /// The first.
    First(Field<'t>),
    /// The second.
    Second(Field<'t>),
}

impl<'t> Object<'t> {
    /// The event itself.
    pub(super) fn root(json: &'t Json<'t>) -> Result<Self, ParseError> {
        Field { value: json, path: Path::default() }.object()
    }

    /// A field that may be absent.
    pub(super) fn optional(&self, name: &'static str) -> Option<Field<'_>> {
        let (_, value) = self.members.iter().find(|(key, _)| key == name)?;
        let path = self.path.then(Step::Member(name));
        Some(Field { value, path })
    }

    /// A field that must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<Field<'_>, ParseError> {
        self.optional(name).ok_or_else(|| self.missing(name, "is missing".into()))
    }

    /// The one of two fields that is there; both, or neither, is an error.
    pub(super) fn one_of(&self, first: &'static str, second: &'static str) -> Result<OneOf<'_>, ParseError> {
        match (self.optional(first), self.optional(second)) {
            (Some(first), None) => Ok(OneOf::First(first)),
            (None, Some(second)) => Ok(OneOf::Second(second)),
            (None, None) => Err(self.missing(first, format!("is missing, and so is `{second}`").into())),
            (Some(_), Some(second)) => {
                Err(second.refuse(Reason::Ambiguous, format!("cannot be there together with `{first}`")))
            }
        }
    }

    fn missing(&self, name: &'static str, message: Cow<'static, str>) -> ParseError {
        ParseError { reason: Reason::MissingField, field: self.path.then(Step::Member(name)).to_string(), message }
    }
}

impl List<'_> {
    /// The elements in order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Field<'_>> {
        self.elements
            .iter()
            .enumerate()
            .map(|(index, value)| Field { value, path: self.path.then(Step::Element(index)) })
    }

    /// The elements, each read by `read`.
    pub(super) fn map<T>(&self, read: impl Fn(Field<'_>) -> Result<T, ParseError>) -> Result<Vec<T>, ParseError> {
        let mut all = Vec::with_capacity(self.elements.len());
        for element in self.iter() {
            all.push(read(element)?);
        }
        Ok(all)
    }
}

impl<'t> Field<'t> {
    /// An error about this field.
    pub(super) fn refuse(&self, reason: Reason, message: impl Into<Cow<'static, str>>) -> ParseError {
        ParseError { reason, field: self.path.to_string(), message: message.into() }
    }

    /// Whether the value is `null`.
    pub(super) fn is_null(&self) -> bool {
        *self.value == Json::Null
    }

    /// The members of an object.
    pub(super) fn object(&self) -> Result<Object<'t>, ParseError> {
        let Json::Object(members) = self.value else {
            return Err(self.refuse(Reason::WrongType, "must be an object"));
        };
        let path = self.path;
        Ok(Object { members, path })
    }

    /// A list with as many elements as the range says.
    pub(super) fn list(&self, len: RangeInclusive<usize>) -> Result<List<'t>, ParseError> {
        let Json::List(elements) = self.value else {
            return Err(self.refuse(Reason::WrongType, "must be a list"));
        };
        if elements.len() < *len.start() {
            return Err(self.refuse(Reason::Empty, "must not be empty"));
        }
        if elements.len() > *len.end() {
            return Err(self.refuse(Reason::TooMany, format!("must have at most {} entries", len.end())));
        }
        let path = self.path;
        Ok(List { elements, path })
    }

    /// A text of any content.
    pub(super) fn text(&self) -> Result<&'t str, ParseError> {
        match self.value {
            Json::Text(text) => Ok(text),
            _ => Err(self.refuse(Reason::WrongType, "must be a text")),
        }
    }

    /// A text of 1 to `max` characters that all can be seen, or are plain spaces.
    pub(super) fn printable(&self, max: usize) -> Result<&'t str, ParseError> {
        let text = self.bounded(max)?;
        if text.is_ascii() {
            if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
                return Ok(text);
            }
        } else if text.chars().all(is_printable) {
            return Ok(text);
        }
        Err(self.refuse(Reason::Malformed, "must hold printable characters only"))
    }

    /// The id of something: printable, up to 128 characters, no space around it.
    pub(super) fn key(&self) -> Result<Key, ParseError> {
        let text = self.printable(KEY_CHARS)?;
        if text.trim().len() == text.len() {
            Ok(Key::new(text))
        } else {
            Err(self.refuse(Reason::Malformed, "must not begin or end with a space"))
        }
    }

    /// A customer's id.
    pub(super) fn customer(&self) -> Result<CustomerId, ParseError> {
        let text = self.printable(CustomerId::MAX_LEN)?;
        let message = "must hold ASCII letters, digits and - _ . : @ only";
        CustomerId::new(text).ok_or_else(|| self.refuse(Reason::Malformed, message))
    }

    /// A text of 1 to `max` characters for people to read, line breaks and tabs included.
    pub(super) fn prose(&self, max: usize) -> Result<String, ParseError> {
        let text = self.bounded(max)?;
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(self.refuse(Reason::Malformed, "must hold no control characters"));
        }
        Ok(text.to_owned())
    }

    /// A text that `read` understands; `form` says what it must be.
    pub(super) fn formed<T>(
        &self,
        form: &'static str,
        read: impl FnOnce(&'t str) -> Option<T>,
    ) -> Result<T, ParseError> {
        let text = self.text()?;
        if text.is_empty() {
            return Err(self.refuse(Reason::Empty, "must not be empty"));
        }
        read(text).ok_or_else(|| self.refuse(Reason::Malformed, format!("must be {form}")))
    }

    /// One of the words that `read` knows.
    pub(super) fn word<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<T, ParseError> {
        read(self.text()?).ok_or_else(|| self.refuse(Reason::UnknownValue, "is none of the known words"))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Result<bool, ParseError> {
        match self.value {
            Json::Bool(value) => Ok(*value),
            _ => Err(self.refuse(Reason::WrongType, "must be true or false")),
        }
    }

    /// A finite number within bounds.
    pub(super) fn number(&self, bounds: RangeInclusive<f64>) -> Result<f64, ParseError> {
        let value = match self.value {
            Json::Number(value) => *value,
            #[expect(clippy::cast_precision_loss, reason = "every bound lies far below 2^53")]
            Json::Integer(value) => *value as f64,
            _ => return Err(self.refuse(Reason::WrongType, "must be a number")),
        };
        if bounds.contains(&value) {
            Ok(value)
        } else {
            let message = format!("must lie between {} and {}", bounds.start(), bounds.end());
            Err(self.refuse(Reason::OutOfRange, message))
        }
    }

    /// A whole number within bounds; 2.0 is one.
    pub(super) fn integer<T: TryFrom<i64>>(&self, bounds: RangeInclusive<i64>) -> Result<T, ParseError> {
        let whole = match self.value {
            Json::Integer(value) => Some(*value),
            Json::Number(value) if value.fract() == 0.0 => exact(*value),
            _ => return Err(self.refuse(Reason::WrongType, "must be a whole number")),
        };
        let within = whole.filter(|value| bounds.contains(value));
        within.and_then(|value| T::try_from(value).ok()).ok_or_else(|| {
            let message = format!("must lie between {} and {}", bounds.start(), bounds.end());
            self.refuse(Reason::OutOfRange, message)
        })
    }

    fn bounded(&self, max: usize) -> Result<&'t str, ParseError> {
        let text = self.text()?;
        if text.is_empty() {
            return Err(self.refuse(Reason::Empty, "must not be empty"));
        }
        if text.len() > max && text.chars().count() > max {
            return Err(self.refuse(Reason::TooLong, format!("must have at most {max} characters")));
        }
        Ok(text)
    }
}

/// Whether a character leaves ink or is a plain space: no control, no other white space, nothing invisible.
fn is_printable(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    c == ' ' || !(c.is_control() || c.is_whitespace() || invisible)
}

/// A number without fraction as an integer; `None` where its neighbours are no longer whole numbers one apart.
fn exact(value: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "bounded by 2^53 just before")]
    (value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
}
