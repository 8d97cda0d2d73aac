//! One row of a file, and its values read as what they should be.

use std::borrow::Cow;
use std::str::FromStr;

use csv::StringRecord;
use jiff::{Timestamp, civil};
use serde_json::Value;

use super::ImportError;
use super::table::Table;

/// One row and where it stands; a column of a JSON row may be a path, as in `value/amount`.
pub(super) struct Row<'a> {
    pub(super) table: &'a Table,
    pub(super) number: u64,
    pub(super) record: Record,
}

/// What a row holds.
pub(super) enum Record {
    Csv(StringRecord),
    Json(Value),
}

impl Row<'_> {
    /// The file, in name order, and the row.
    pub(super) fn order(&self) -> (usize, u64) {
        (self.table.index, self.number)
    }

    /// `file:row`, as ids carry it.
    pub(super) fn origin(&self) -> String {
        format!("{}:{}", self.table.name, self.number)
    }

    /// The value as text; empty when it is missing or null.
    pub(super) fn text(&self, column: &'static str) -> Cow<'_, str> {
        match &self.record {
            Record::Csv(record) => {
                let place = self.table.columns.iter().position(|name| name == column);
                Cow::Borrowed(place.and_then(|place| record.get(place)).unwrap_or_default())
            }
            Record::Json(value) => match value.pointer(&format!("/{column}")) {
                None | Some(Value::Null) => Cow::Borrowed(""),
                Some(Value::String(text)) => Cow::Borrowed(text),
                Some(other) => Cow::Owned(other.to_string()),
            },
        }
    }

    /// The value as `T`, or an error that says what was `expected`.
    pub(super) fn parsed<T: FromStr>(&self, column: &'static str, expected: &'static str) -> Result<T, ImportError> {
        self.text(column).parse().map_err(|_| self.bad(column, expected))
    }

    /// A latitude or longitude, in degrees.
    pub(super) fn degrees(&self, column: &'static str, most: f64) -> Result<f64, ImportError> {
        let expected = "degrees within range";
        let degrees: f64 = self.parsed(column, expected)?;
        if (-most..=most).contains(&degrees) { Ok(degrees) } else { Err(self.bad(column, expected)) }
    }

    /// An instant; a time without an offset is UTC.
    pub(super) fn instant(&self, column: &'static str) -> Result<Timestamp, ImportError> {
        let text = self.text(column);
        let civil = || text.parse::<civil::DateTime>().ok()?.in_tz("UTC").ok().map(|zoned| zoned.timestamp());
        text.parse().ok().or_else(civil).ok_or_else(|| self.bad(column, "a date and time"))
    }

    /// An amount in the minor unit of a currency with two, half a unit rounded away from zero;
    /// written as a person would, or with an exponent as rounding leaves it (`1.776e-15`).
    pub(super) fn minor_units(&self, column: &'static str) -> Result<i64, ImportError> {
        let text = self.text(column);
        let noise = || text.parse::<f64>().ok().filter(|_| text.contains('e')).map(|amount| format!("{amount:.6}"));
        let units = minor_units(&text).or_else(|| minor_units(&noise()?));
        units.ok_or_else(|| self.bad(column, "an amount of money"))
    }

    /// An id that may stand in a subject and before the `@` of an address: 1 to 48 letters, digits, `-` and `_`.
    pub(super) fn id(&self, column: &'static str) -> Result<String, ImportError> {
        let text = self.text(column);
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let valid = plain && (1..=48).contains(&text.len());
        if valid { Ok(text.into_owned()) } else { Err(self.bad(column, "an id of letters, digits, `-` and `_`")) }
    }

    /// That the value of a column is not what was expected.
    pub(super) fn bad(&self, column: &'static str, expected: &'static str) -> ImportError {
        let (file, found) = (self.table.path.clone(), shorten(&self.text(column), 40));
        ImportError::Value { file, row: self.number, column, expected, found }
    }
}

/// Lower-case ASCII letters and digits, with one `-` for whatever stands between them.
pub(super) fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// The text without control characters, cut after so many letters.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let mut short: String = text.chars().filter(|letter| !letter.is_control()).take(most).collect();
    if text.chars().count() > most {
        short.push_str("...");
    }
    short
}

fn minor_units(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
        return None;
    }
    let digit = |place: usize| fraction.as_bytes().get(place).map_or(0, |byte| i64::from(byte - b'0'));
    let rounded = digit(0) * 10 + digit(1) + i64::from(digit(2) >= 5);
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(rounded).map(|units| sign * units)
}

#[cfg(test)]
mod tests {
    use super::{minor_units, slug};

    #[test]
    fn money_is_read_digit_by_digit_and_rounded_to_the_minor_unit() {
        for (text, units) in [("0.5", 50), ("12", 1200), ("5.1899999999", 519), ("-3.10", -310), ("2.675", 268)] {
            assert_eq!(minor_units(text), Some(units), "{text}");
        }
        for bad in ["", ".5", "1e3", "NaN", "1,5", "99999999999999999999"] {
            assert_eq!(minor_units(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_slug_keeps_letters_and_digits() {
        assert_eq!(slug("Ramen /  Noodle House (big)"), "ramen-noodle-house-big");
        assert_eq!(slug(" - "), "");
    }
}
