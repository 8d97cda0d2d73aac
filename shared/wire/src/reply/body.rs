//! The bodies of our own contracts: one flat JSON object, its fields read one by one. An error names the field, never what it held.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use tact_domain::{CustomerId, DecisionId, Key, Timestamp};

use super::Rejection;

/// How far after it arrived something may say that it happened, in milliseconds.
const MAX_AHEAD_MS: i64 = 5 * 60 * 1000;
/// 2000-01-01T00:00:00Z
const FIRST_MS: i64 = 946_684_800_000;

/// The fields of a body. One that is named twice makes it none of ours: two readers would read two things.
#[derive(Debug)]
pub(super) struct Body(Vec<(String, Value)>);

impl Body {
    /// Reads a body.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Rejection> {
        serde_json::from_slice(bytes).map_err(|_| refuse("body", "must be one JSON object that names no field twice"))
    }

    /// A text of 1 to `max` printable ASCII characters without a space at either end.
    pub(super) fn text(&self, name: &'static str, max: usize) -> Result<&str, Rejection> {
        let text = self.given(name).ok_or_else(|| refuse(name, "is missing"))?;
        let text = text.as_str().ok_or_else(|| refuse(name, "must be a text"))?;
        let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim().len() == text.len();
        match text.len() {
            0 => Err(refuse(name, "must not be empty")),
            long if long > max => Err(refuse(name, "is too long")),
            _ if !printable => Err(refuse(name, "must hold printable ASCII characters only")),
            _ => Ok(text),
        }
    }

    /// The id of something: a text of up to 128 characters.
    pub(super) fn key(&self, name: &'static str) -> Result<Key, Rejection> {
        self.text(name, 128).map(Key::new)
    }

    /// A customer.
    pub(super) fn customer(&self, name: &'static str) -> Result<CustomerId, Rejection> {
        let text = self.text(name, CustomerId::MAX_LEN)?;
        CustomerId::new(text).ok_or_else(|| refuse(name, "must hold ASCII letters, digits and - _ . : @ only"))
    }

    /// A customer, where there is one.
    pub(super) fn customer_if_any(&self, name: &'static str) -> Result<Option<CustomerId>, Rejection> {
        self.given(name).map(|_| self.customer(name)).transpose()
    }

    /// A decision.
    pub(super) fn decision(&self, name: &'static str) -> Result<DecisionId, Rejection> {
        let text = self.text(name, 34)?;
        DecisionId::parse(text).ok_or_else(|| refuse(name, "must be `d-` and 32 hexadecimal digits in lower case"))
    }

    /// An instant since the year 2000 and not after `now`; a clock may go five minutes ahead of ours.
    pub(super) fn instant(&self, name: &'static str, now: Timestamp) -> Result<Timestamp, Rejection> {
        let text = self.text(name, 64)?;
        let at = instant(text).ok_or_else(|| refuse(name, "must be an RFC 3339 time with an offset"))?;
        if at.0 < FIRST_MS || at.since_ms(now) > MAX_AHEAD_MS {
            return Err(refuse(name, "must lie in the years since 2000 and not in the future"));
        }
        Ok(at)
    }

    /// One of the words that `read` knows.
    pub(super) fn word<T>(&self, name: &'static str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Rejection> {
        read(self.text(name, 32)?).ok_or_else(|| refuse(name, "is none of the known words"))
    }

    /// One of the words that `read` knows, where there is one.
    pub(super) fn word_if_any<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Rejection> {
        self.given(name).map(|_| self.word(name, read)).transpose()
    }

    /// What was given; `null` is nothing.
    fn given(&self, name: &str) -> Option<&Value> {
        let given = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        given.filter(|value| !value.is_null())
    }
}

/// Reads an RFC 3339 time with an offset, cut to milliseconds.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond()))
}

pub(super) fn refuse(field: &'static str, problem: &'static str) -> Rejection {
    Rejection::Malformed { field, problem }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut fields = Vec::<(String, Value)>::new();
        while let Some((name, value)) = map.next_entry()? {
            // More than any contract has: a body of names alone would take for ever to compare.
            if fields.len() >= 64 || fields.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("too many fields, or one twice"));
            }
            fields.push((name, value));
        }
        Ok(Body(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_793_458_800_000);

    fn problem(body: &str, read: impl Fn(&Body) -> Option<Rejection>) -> String {
        match Body::read(body.as_bytes()) {
            Err(rejection) => rejection.to_string(),
            Ok(body) => read(&body).map_or(String::new(), |rejection| rejection.to_string()),
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_never_quoted() {
        let id = |body: &Body| body.text("id", 8).err();
        for (body, said) in [
            ("secret", "`body` must be one JSON object that names no field twice"),
            (r#"{"id":"a","id":"secret"}"#, "`body` must be one JSON object that names no field twice"),
            ("{}", "`id` is missing"),
            (r#"{"id":null}"#, "`id` is missing"),
            (r#"{"id":4711}"#, "`id` must be a text"),
            (r#"{"id":""}"#, "`id` must not be empty"),
            (r#"{"id":"secretsecret"}"#, "`id` is too long"),
            (r#"{"id":"sec\nret"}"#, "`id` must hold printable ASCII characters only"),
            (r#"{"id":"s-1","more":{"than":"that"}}"#, ""),
        ] {
            assert_eq!(problem(body, id), said, "{body}");
        }
    }

    #[test]
    fn a_time_is_of_this_century_and_not_of_the_future() {
        let at = |body: &Body| body.instant("at", NOW).err();
        assert_eq!(problem(r#"{"at":"2026-10-31T11:00:00-04:00"}"#, at), "");
        assert_eq!(problem(r#"{"at":"2026-10-31T15:05:00Z"}"#, at), "");
        let beyond = "`at` must lie in the years since 2000 and not in the future";
        assert_eq!(problem(r#"{"at":"2026-10-31T15:05:01Z"}"#, at), beyond);
        assert_eq!(problem(r#"{"at":"1999-12-31T23:59:59Z"}"#, at), beyond);
        assert_eq!(problem(r#"{"at":"yesterday"}"#, at), "`at` must be an RFC 3339 time with an offset");
    }
}
