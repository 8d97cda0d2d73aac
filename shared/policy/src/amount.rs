//! Numbers: money, probabilities, and numbers within bounds.

use std::ops::RangeInclusive;

use tact_wire::render::minor_digits;
use toml::de::DeValue;

use crate::section::{Parsed, wrong};
use crate::word::shown;

/// The currency of a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Currency {
    /// How many digits its minor unit has after the point: 2 for cents.
    pub(crate) digits: u32,
}

impl Currency {
    /// The currency with an ISO 4217 code.
    pub(crate) fn of(code: &str) -> Self {
        Self { digits: minor_digits(code) }
    }

    /// An amount of money, never negative, in major units with at most four digits after the point, as text or number; in minor units.
    pub(crate) fn money(self, value: &DeValue<'_>) -> Parsed<f64> {
        let written = written(value);
        if let Some(minor) = self.minor(written) {
            return Ok(minor);
        }
        let fix = "write major units with at most four digits after the point, for example `\"6.00\"`";
        if written.starts_with('-') {
            return wrong(format!("`{written}` is less than nothing"), fix);
        }
        wrong(format!("{} is not an amount of money", shown(value)), fix)
    }

    /// An amount as it is written, in minor units; `None` for what is no amount.
    pub(crate) fn minor(self, written: &str) -> Option<f64> {
        // Both are exact, so the quotient is the nearest number there is.
        ten_thousandths(written).map(|amount| exact(amount * 10_i64.pow(self.digits)) / 10_000.0)
    }

    /// An amount that can be paid, at least one minor unit; in minor units.
    pub(crate) fn coins(self, value: &DeValue<'_>) -> Parsed<i64> {
        self.money(value)?;
        let scaled = ten_thousandths(written(value)).unwrap_or_default() * 10_i64.pow(self.digits);
        if scaled > 0 && scaled % 10_000 == 0 {
            return Ok(scaled / 10_000);
        }
        wrong(
            format!("{} cannot be paid in coins", shown(value)),
            "write an amount of whole minor units, for example `\"10.00\"`",
        )
    }
}

/// A probability, 0 to 1.
pub(crate) fn probability(value: &DeValue<'_>) -> Parsed<f64> {
    number(value, 0.0..=1.0).or_else(|_| {
        wrong(format!("{} is not a probability", shown(value)), "write a number from 0 to 1, for example `0.05`")
    })
}

/// A number within bounds.
pub(crate) fn number(value: &DeValue<'_>, bounds: RangeInclusive<f64>) -> Parsed<f64> {
    let parsed = match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
        DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
        _ => None,
    };
    let fix = format!("write a number from {} to {}", bounds.start(), bounds.end());
    match parsed {
        Some(number) if bounds.contains(&number) => Ok(number),
        Some(_) => wrong(format!("{} is out of bounds", shown(value)), fix),
        None => wrong(format!("{} is not a number", shown(value)), fix),
    }
}

/// A whole number within bounds.
pub(crate) fn whole<T: TryFrom<i64>>(value: &DeValue<'_>, bounds: RangeInclusive<i64>) -> Parsed<T> {
    let parsed = match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    match parsed.filter(|number| bounds.contains(number)).map(T::try_from) {
        Some(Ok(number)) => Ok(number),
        _ => wrong(
            format!("{} does not fit", shown(value)),
            format!("write a whole number from {} to {}", bounds.start(), bounds.end()),
        ),
    }
}

/// An amount as it is written; nothing for what is no amount.
fn written<'v>(value: &'v DeValue<'_>) -> &'v str {
    match value {
        DeValue::String(text) => text.as_ref(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        _ => "",
    }
}

fn ten_thousandths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str, most: usize| {
        let fits = (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| part.parse::<i64>().ok()).flatten()
    };
    let scale = 10_i64.pow(u32::try_from(4_usize.checked_sub(fraction.len())?).ok()?);
    Some(digits(whole, 9)? * 10_000 + digits(fraction, 4)? * scale)
}

#[expect(clippy::cast_precision_loss, reason = "13 digits, and 3 more only for amounts nobody writes")]
fn exact(whole: i64) -> f64 {
    whole as f64
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "money is exact, that is what is tested")]
mod tests {
    use super::*;

    fn money(code: &str, written: &str) -> Parsed<f64> {
        Currency::of(code).money(DeValue::parse(written).unwrap().get_ref())
    }

    #[test]
    fn money_is_read_exactly_as_text_or_number() {
        for (written, minor) in [("\"6.00\"", 600.0), ("6", 600.0), ("6.1", 610.0), ("0.29", 29.0), ("0.0075", 0.75)] {
            assert_eq!(money("USD", written).unwrap(), minor, "{written}");
        }
        assert_eq!(money("JPY", "500").unwrap(), 500.0);
        assert_eq!(money("KWD", "\"1.250\"").unwrap(), 1250.0);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for written in
            ["\"6,00\"", "\"$6\"", "\"\"", "6e2", "nan", "inf", "-1", "true", "0x10", "0.00001", "\".5\"", "\"5.\""]
        {
            assert!(money("USD", written).is_err(), "{written}");
        }
    }
}
