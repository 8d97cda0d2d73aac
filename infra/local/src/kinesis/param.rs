//! What the parameters of calls have in common: how a stream is named, how numbers and times are written.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::fault::{ACCOUNT, Fault};

/// The region of everything here.
const REGION: &str = "us-east-1";

/// The stream that a call means, by its name or its ARN. ARNs of any region and account are taken.
pub(super) fn stream_name<'a>(name: Option<&'a str>, arn: Option<&'a str>) -> Result<&'a str, Fault> {
    let of_arn = arn.map(|arn| name_in(arn).ok_or_else(|| Fault::invalid("StreamARN is not the ARN of a stream")));
    match (name, of_arn.transpose()?) {
        (Some(name), Some(other)) if name != other => {
            Err(Fault::argument("StreamName and StreamARN name different streams"))
        }
        (Some(name), _) | (None, Some(name)) => Ok(name),
        (None, None) => Err(Fault::argument("either StreamName or StreamARN must be given")),
    }
}

/// The ARN of a stream here.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}")
}

fn name_in(arn: &str) -> Option<&str> {
    let (before, name) = arn.split_once(":stream/")?;
    let mut parts = before.split(':');
    let is_kinesis = parts.next() == Some("arn") && parts.nth(1) == Some("kinesis");
    (is_kinesis && !name.is_empty()).then_some(name)
}

/// A count that a call may leave out, within its range.
pub(super) fn count(
    given: Option<i64>,
    default: usize,
    range: RangeInclusive<usize>,
    what: &str,
) -> Result<usize, Fault> {
    let Some(given) = given else { return Ok(default) };
    let count = usize::try_from(given).ok().filter(|count| range.contains(count));
    count.ok_or_else(|| Fault::invalid(format!("{what} must be from {} to {}", range.start(), range.end())))
}

/// A hash key: a decimal number of at most 128 bits.
pub(super) fn hash_key(text: &str, what: &str) -> Result<u128, Fault> {
    let is_plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = text.parse().ok().filter(|_| is_plain);
    number.ok_or_else(|| Fault::invalid(format!("{what} must be a decimal number from 0 to 2^128 - 1")))
}

/// A time in milliseconds since 1970, from the seconds that the protocol writes.
pub(super) fn millis(seconds: f64) -> Result<u64, Fault> {
    let since = Duration::try_from_secs_f64(seconds).ok();
    let nearest = since.and_then(|since| u64::try_from((since.as_micros() + 500) / 1_000).ok());
    nearest.ok_or_else(|| Fault::invalid("a timestamp must be the number of seconds since 1970"))
}

/// The seconds that the protocol writes for a time in milliseconds since 1970.
pub(super) fn seconds(at_ms: u64) -> f64 {
    Duration::from_millis(at_ms).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_its_name_or_by_its_arn() {
        let events = arn("events");
        assert_eq!(stream_name(Some("events"), None), Ok("events"));
        assert_eq!(stream_name(None, Some(&events)), Ok("events"));
        assert_eq!(stream_name(Some("events"), Some(&events)), Ok("events"));
        let other = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/events";
        assert_eq!(stream_name(None, Some(other)), Ok("events"));
        let wrong = [
            (None, None),
            (Some("others"), Some(&*events)),
            (None, Some("events")),
            (None, Some("arn:aws:sqs:us-east-1:1:stream/events")),
            (None, Some("arn:aws:kinesis:us-east-1:1:stream/")),
        ];
        for (name, arn) in wrong {
            assert!(stream_name(name, arn).is_err(), "{name:?} {arn:?}");
        }
    }

    #[test]
    fn times_keep_their_milliseconds_both_ways() {
        for at_ms in [0, 7, 999, 1_792_000_000_007, 1_792_000_000_123, 4_000_000_000_999] {
            assert_eq!(millis(seconds(at_ms)), Ok(at_ms));
        }
        assert_eq!(serde_json::to_string(&seconds(1_792_000_000_007)).unwrap(), "1792000000.007");
        for wrong in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert!(millis(wrong).is_err());
        }
    }

    #[test]
    fn hash_keys_are_plain_decimal_numbers_of_128_bits() {
        assert_eq!(hash_key("0", "K"), Ok(0));
        assert_eq!(hash_key("340282366920938463463374607431768211455", "K"), Ok(u128::MAX));
        for wrong in ["", "00", "01", "+1", "-1", "0x1", "340282366920938463463374607431768211456"] {
            assert!(hash_key(wrong, "K").is_err(), "{wrong}");
        }
    }

    #[test]
    fn counts_are_within_their_range() {
        assert_eq!((count(None, 7, 1..=9, "Limit"), count(Some(9), 7, 1..=9, "Limit")), (Ok(7), Ok(9)));
        for wrong in [0, -1, 10, i64::MAX] {
            assert!(count(Some(wrong), 7, 1..=9, "Limit").is_err());
        }
    }
}
