//! How a mapping starts, batches, filters and retries. Names and defaults are Lambda's.

use crate::Filter;

/// The settings of one mapping. Lambda's `-1` is `None` here, and its seconds are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Most records in a batch, 1 to 10,000. A batch also closes at 6 MB of payload.
    pub batch_size: usize,
    /// How long a batch may wait to be filled, from the moment its first record could start it, at most 300,000; 0 does
    /// not wait.
    pub batching_window_ms: u64,
    /// How many lanes share a shard, 1 to 10. Records of one partition key stay in one lane and in order.
    pub parallelization_factor: u32,
    /// Where the shards of the first discovery are read from.
    pub starting_position: StartingPosition,
    /// What is delivered: a record that any of them matches, up to five; empty delivers everything. The others count as
    /// done with.
    pub filters: Vec<Filter>,
    /// Whether the function's answer is read for failed items. When not, an answer of any content is success.
    pub report_batch_item_failures: bool,
    /// Whether a failing batch is cut into smaller ones. Cuts do not use up retries.
    pub bisect_batch_on_function_error: bool,
    /// How often a batch is invoked again before it is given up, at most 10,000; `None` until its records are too old.
    pub maximum_retry_attempts: Option<u32>,
    /// Records older than this are given up, counted from their arrival, 60,000 to 604,800,000; `None` never.
    pub maximum_record_age_ms: Option<u64>,
    /// The length of the windows over which the function's state is passed on, 1,000 to 900,000; 0 for no windows. A
    /// shard with windows has one lane.
    pub tumbling_window_ms: u64,
    /// The pause after a failure without progress; it doubles with each further one. Lambda does not tell its own.
    pub first_retry_delay_ms: u64,
    /// The longest such pause.
    pub longest_retry_delay_ms: u64,
    /// Most records of one shard that wait in its lanes before reading pauses. It bounds memory: only when a stuck lane
    /// has that many waiting do the other lanes of its shard wait, too.
    pub read_ahead: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_size: 100,
            batching_window_ms: 0,
            parallelization_factor: 1,
            starting_position: StartingPosition::TrimHorizon,
            filters: Vec::new(),
            report_batch_item_failures: false,
            bisect_batch_on_function_error: false,
            maximum_retry_attempts: None,
            maximum_record_age_ms: None,
            tumbling_window_ms: 0,
            first_retry_delay_ms: 200,
            longest_retry_delay_ms: 60_000,
            read_ahead: 100_000,
        }
    }
}

impl Settings {
    /// Whether Lambda would take these settings. A mapping works with others, too: zero counts as one, and no range
    /// above holds it back.
    ///
    /// # Errors
    /// Names everything that Lambda refuses at once.
    pub fn check(&self) -> Result<(), SettingsError> {
        let problems = [
            (!(1..=10_000).contains(&self.batch_size)).then(|| within("batch size", self.batch_size, "1 to 10,000")),
            (self.batching_window_ms > 300_000)
                .then(|| within("batching window in milliseconds", self.batching_window_ms, "0 to 300,000")),
            (!(1..=10).contains(&self.parallelization_factor))
                .then(|| within("parallelization factor", self.parallelization_factor, "1 to 10")),
            (self.filters.len() > 5).then(|| within("number of filters", self.filters.len(), "0 to 5")),
            self.maximum_retry_attempts
                .filter(|most| *most > 10_000)
                .map(|most| within("maximum of retry attempts", most, "0 to 10,000")),
            self.maximum_record_age_ms
                .filter(|most| !(60_000..=604_800_000).contains(most))
                .map(|most| within("maximum record age in milliseconds", most, "60,000 to 604,800,000")),
            (self.tumbling_window_ms != 0 && !(1_000..=900_000).contains(&self.tumbling_window_ms))
                .then(|| within("tumbling window in milliseconds", self.tumbling_window_ms, "0 or 1,000 to 900,000")),
            (self.tumbling_window_ms != 0 && self.parallelization_factor > 1)
                .then(|| "a tumbling window needs a parallelization factor of 1".to_owned()),
        ];
        let problems: Vec<_> = problems.into_iter().flatten().collect();
        if problems.is_empty() { Ok(()) } else { Err(SettingsError { problems }) }
    }

    /// How many lanes a shard has.
    pub(crate) fn lanes(&self) -> u32 {
        if self.tumbling_window_ms == 0 { self.parallelization_factor.max(1) } else { 1 }
    }
}

fn within(name: &str, found: impl std::fmt::Display, range: &str) -> String {
    format!("the {name} is `{found}`, Lambda takes {range}")
}

/// Where reading a shard starts when the mapping has no checkpoint for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartingPosition {
    /// The oldest record that the stream keeps.
    #[default]
    TrimHorizon,
    /// What arrives after the first read. A life that ends before it was given a record starts at the latest again, and
    /// what arrived between is skipped, as in Lambda: [`StartingPosition::AtTimestamp`] skips nothing.
    Latest,
    /// The first record that arrived at or after this time, in milliseconds since 1970. Kinesis only.
    AtTimestamp(u64),
}

/// Settings that Lambda refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct SettingsError {
    problems: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_takes_the_defaults_and_the_ends_of_each_range() {
        let least = Settings { batch_size: 1, maximum_record_age_ms: Some(60_000), ..Settings::default() };
        let most = Settings {
            batch_size: 10_000,
            batching_window_ms: 300_000,
            parallelization_factor: 10,
            maximum_retry_attempts: Some(10_000),
            maximum_record_age_ms: Some(604_800_000),
            ..Settings::default()
        };
        let windows = Settings { tumbling_window_ms: 900_000, ..Settings::default() };
        for settings in [Settings::default(), least, most, windows] {
            assert_eq!(settings.check(), Ok(()));
        }
    }

    #[test]
    fn everything_that_lambda_refuses_is_named_at_once() {
        let filter: Filter = Filter::parse(r#"{"eventName":["INSERT"]}"#).unwrap();
        let settings = Settings {
            batch_size: 0,
            batching_window_ms: 300_001,
            parallelization_factor: 11,
            filters: vec![filter; 6],
            maximum_retry_attempts: Some(10_001),
            maximum_record_age_ms: Some(59_999),
            tumbling_window_ms: 900_001,
            ..Settings::default()
        };
        let error = settings.check().unwrap_err().to_string();
        assert_eq!(error.split("; ").count(), 8, "{error}");
        assert!(error.starts_with("the batch size is `0`, Lambda takes 1 to 10,000; "), "{error}");
    }

    #[test]
    fn windows_and_lanes_exclude_each_other() {
        let settings = Settings { tumbling_window_ms: 60_000, parallelization_factor: 2, ..Settings::default() };
        let error = settings.check().unwrap_err().to_string();
        assert_eq!(error, "a tumbling window needs a parallelization factor of 1");
        assert_eq!(settings.lanes(), 1);
    }
}
