//! A record as a small tree that borrows from it, read in one pass over the bytes once the cheap checks are passed.
//! Refuses what JSON leaves open: keys named twice, NUL, a byte order mark, deep nesting, numbers beyond 64 bits.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::error::{ParseError, Reason};
use super::path::{Path, Step};

/// How many bytes a record may have.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// How deep a record may be nested, the event itself being 1.
pub(super) const MAX_DEPTH: usize = 32;

/// Every member our contracts name. Only these may appear in an error: a name that a sender chose may be personal.
const NAMES: &str = "accuracy_m arena arrivedat at benefit birth_year category channel coupons currency data decision email event evidence \
    foreground grants id kind lat lines locale lon max name outcome per_days points product proof public purpose push quantity \
    receipt reply_to review_after seller shown sms source specversion speed_mps state store subject taken_at terms text text_id time topics type \
    unit_price venue zone";

/// A JSON value.
#[derive(Debug, PartialEq)]
pub(super) enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number of 64 bits.
    Integer(i64),
    /// Any other number; always finite.
    Number(f64),
    /// A text, borrowed from the record unless it was written with escapes.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object, in key order.
    Object(Members<'a>),
}

/// The members of an object.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// Reads a record.
///
/// # Errors
/// Why it is not the JSON we take, and under which known field.
pub(super) fn read(bytes: &[u8]) -> Result<Json<'_>, ParseError> {
    let text = text_of(bytes)?;
    let fault = RefCell::new(Fault::default());
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Reader { fault: &fault }.deserialize(&mut reader).and_then(|json| reader.end().map(|()| json));
    read.map_err(|error| fault.into_inner().explain(&error))
}

/// The record as text, after the checks that need no tree.
fn text_of(bytes: &[u8]) -> Result<&str, ParseError> {
    if bytes.len() > MAX_BYTES {
        return Err(ParseError::record(Reason::TooLarge, format!("has more than {MAX_BYTES} bytes")));
    }
    if bytes.starts_with("\u{feff}".as_bytes()) {
        let message = "begins with a byte order mark";
        return Err(ParseError::record(Reason::ByteOrderMark, message));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| ParseError::record(Reason::NotUtf8, "is not valid UTF-8"))?;
    if bytes.contains(&0) {
        return Err(ParseError::record(Reason::Nul, "holds the character NUL"));
    }
    if is_too_deep(bytes) {
        let message = format!("is nested more than {MAX_DEPTH} levels deep");
        return Err(ParseError::record(Reason::TooDeep, message));
    }
    Ok(text)
}

/// Whether brackets outside of texts nest deeper than allowed.
fn is_too_deep(bytes: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match (in_text, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_text = !in_text,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// What went wrong while reading, filled in on the way out of the failing value.
#[derive(Default)]
struct Fault {
    reason: Option<Reason>,
    /// Innermost first.
    steps: Vec<Step>,
    under_unknown: bool,
}

impl Fault {
    fn leave(&mut self, step: Option<Step>) {
        if let Some(step) = step {
            self.steps.push(step);
        } else {
            self.steps.clear();
            self.under_unknown = true;
        }
    }

    fn explain(self, error: &serde_json::Error) -> ParseError {
        // The texts of this library's syntax errors hold a position, never a value.
        let text = error.to_string();
        let too_big = text.starts_with("number out of range");
        let reason = self.reason.unwrap_or(if too_big { Reason::OutOfRange } else { Reason::NotJson });
        let what = match reason {
            Reason::DuplicateKey => "is named twice".to_owned(),
            Reason::Nul => "holds the character NUL".to_owned(),
            Reason::OutOfRange => "is a number beyond 64 bits".to_owned(),
            _ => format!("is not valid JSON: {text}"),
        };
        let place = if self.under_unknown { "holds an unknown key that " } else { "" };
        ParseError {
            reason,
            field: name(&Path::default(), self.steps.iter().rev().copied()),
            message: format!("{place}{what}").into(),
        }
    }
}

fn name(path: &Path<'_>, mut steps: impl Iterator<Item = Step>) -> String {
    match steps.next() {
        Some(step) => name(&path.then(step), steps),
        None => path.to_string(),
    }
}

/// The step into a member, if our contracts name it.
fn known(key: &str) -> Option<Step> {
    NAMES.split(' ').find(|name| *name == key).map(Step::Member)
}

/// Reads one value of any type.
#[derive(Clone, Copy)]
struct Reader<'f> {
    fault: &'f RefCell<Fault>,
}

impl Reader<'_> {
    fn refuse<E: Error>(self, reason: Reason) -> E {
        self.fault.borrow_mut().reason = Some(reason);
        E::custom(reason.name())
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'de>, E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond every whole number that a field of ours may hold")]
        Ok(i64::try_from(value).map_or(Json::Number(value as f64), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json<'de>, E> {
        if value.contains('\0') {
            return Err(self.refuse(Reason::Nul));
        }
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        loop {
            match seq.next_element_seed(self) {
                Ok(Some(element)) => list.push(element),
                Ok(None) => return Ok(Json::List(list)),
                Err(error) => {
                    self.fault.borrow_mut().leave(Some(Step::Element(list.len())));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut members: Members<'de> = Vec::with_capacity(8);
        while let Some(key) = map.next_key_seed(self)? {
            let Json::Text(key) = key else {
                return Err(self.refuse(Reason::NotJson));
            };
            match map.next_value_seed(self) {
                Ok(value) => members.push((key, value)),
                Err(error) => {
                    self.fault.borrow_mut().leave(known(&key));
                    return Err(error);
                }
            }
        }
        members.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let twice = members.windows(2).find_map(|pair| match pair {
            [(a, _), (b, _)] if a == b => Some(a),
            _ => None,
        });
        if let Some(key) = twice {
            self.fault.borrow_mut().leave(known(key));
            return Err(self.refuse(Reason::DuplicateKey));
        }
        Ok(Json::Object(members))
    }
}
