//! Instants as Lambda writes them.

use jiff::Timestamp;

/// `2026-11-22T17:45:11Z`, for milliseconds since 1970.
pub(crate) fn to_the_second(at_ms: u64) -> String {
    timestamp(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2026-11-22T17:45:11.007Z`, for milliseconds since 1970.
pub(crate) fn to_the_millisecond(at_ms: u64) -> String {
    timestamp(at_ms).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The parts of an object's key: `2026/11/22/2026-11-22T17.45.11`.
pub(crate) fn day_and_time(at_ms: u64) -> String {
    timestamp(at_ms).strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S").to_string()
}

/// Times after the year 9999 are taken as its end.
fn timestamp(at_ms: u64) -> Timestamp {
    i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_lambda_writes_them() {
        assert_eq!(to_the_second(1_607_497_440_000), "2020-12-09T07:04:00Z");
        assert_eq!(to_the_millisecond(1_573_691_884_835), "2019-11-14T00:38:04.835Z");
        assert_eq!(to_the_millisecond(1_573_691_884_000), "2019-11-14T00:38:04.000Z");
        assert_eq!(day_and_time(1_573_691_884_835), "2019/11/14/2019-11-14T00.38.04");
        assert_eq!(to_the_second(u64::MAX).get(..4), Some("9999"));
    }
}
