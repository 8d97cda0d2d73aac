//! What a shard takes and gives in a second, counted on the time that is given.

/// How many records a shard takes in a second.
pub(super) const RECORDS_WRITTEN_A_SECOND: u64 = 1_000;
/// How many bytes a shard takes in a second, keys and data.
pub(super) const BYTES_WRITTEN_A_SECOND: u64 = 1024 * 1024;
/// How often a shard is read in a second.
pub(super) const READS_A_SECOND: u64 = 5;
/// How many bytes a shard gives in a second.
pub(super) const BYTES_READ_A_SECOND: u64 = 2 * 1024 * 1024;

/// What a shard may still take.
#[derive(Clone, Debug)]
pub(super) struct WriteRate {
    records: Bucket,
    bytes: Bucket,
}

impl WriteRate {
    /// A shard that has taken nothing; `largest_record` is the size of the largest record that can come, in bytes.
    pub(super) fn new(largest_record: usize) -> Self {
        let burst = (largest_record as u64).max(BYTES_WRITTEN_A_SECOND);
        Self {
            records: Bucket::new(RECORDS_WRITTEN_A_SECOND, RECORDS_WRITTEN_A_SECOND),
            bytes: Bucket::new(BYTES_WRITTEN_A_SECOND, burst),
        }
    }

    /// Whether one more record of this size fits; it is counted if so.
    pub(super) fn takes(&mut self, bytes: usize, now_ms: u64) -> bool {
        let bytes = bytes as u64;
        let fits = self.records.has(1, now_ms) && self.bytes.has(bytes, now_ms);
        if fits {
            self.records.spend(1);
            self.bytes.spend(bytes);
        }
        fits
    }
}

/// What a shard may still give.
#[derive(Clone, Debug)]
pub(super) struct ReadRate {
    reads: Bucket,
    bytes: Bucket,
}

impl ReadRate {
    /// A shard that has given nothing.
    pub(super) fn new() -> Self {
        Self {
            reads: Bucket::new(READS_A_SECOND, READS_A_SECOND),
            bytes: Bucket::new(BYTES_READ_A_SECOND, BYTES_READ_A_SECOND),
        }
    }

    /// Whether the shard may be read now; the reading is counted if so.
    pub(super) fn allows(&mut self, now_ms: u64) -> bool {
        let allowed = self.reads.has(1, now_ms) && self.bytes.has(1, now_ms);
        if allowed {
            self.reads.spend(1);
        }
        allowed
    }

    /// Counts what a reading gave. One that gave more than was left has all of it made up for: 10 MiB are five seconds.
    pub(super) fn gave(&mut self, bytes: usize) {
        self.bytes.overdraw(bytes as u64);
    }
}

/// A bucket of tokens that fills with time; in thousandths, so that a millisecond's worth is whole.
#[derive(Clone, Debug)]
struct Bucket {
    a_second: i64,
    capacity: i64,
    level: i64,
    filled_at_ms: u64,
}

impl Bucket {
    fn new(a_second: u64, capacity: u64) -> Self {
        let a_second = i64::try_from(a_second).unwrap_or(i64::MAX);
        let capacity = thousandths(capacity);
        Self { a_second, capacity, level: capacity, filled_at_ms: 0 }
    }

    fn has(&mut self, tokens: u64, now_ms: u64) -> bool {
        let passed_ms = i64::try_from(now_ms.saturating_sub(self.filled_at_ms)).unwrap_or(i64::MAX);
        self.level = self.level.saturating_add(passed_ms.saturating_mul(self.a_second)).min(self.capacity);
        self.filled_at_ms = self.filled_at_ms.max(now_ms);
        self.level >= thousandths(tokens)
    }

    fn spend(&mut self, tokens: u64) {
        self.level = self.level.saturating_sub(thousandths(tokens));
    }

    fn overdraw(&mut self, tokens: u64) {
        let tokens = thousandths(tokens);
        self.level = if tokens > self.level { tokens.saturating_neg() } else { self.level - tokens };
    }
}

fn thousandths(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_takes_a_thousand_records_and_then_one_a_millisecond() {
        let mut rate = WriteRate::new(1);
        assert_eq!((0..1_500).filter(|_| rate.takes(10, 5_000)).count(), 1_000);
        assert!(rate.takes(10, 5_001) && !rate.takes(10, 5_001));
        assert_eq!((0..1_500).filter(|_| rate.takes(10, 5_101)).count(), 100);
    }

    #[test]
    fn a_shard_takes_a_mebibyte_a_second_whatever_the_records_number() {
        let mut rate = WriteRate::new(1);
        let half = 512 * 1024;
        assert!(rate.takes(half, 0) && rate.takes(half, 0) && !rate.takes(1, 0));
        assert!(!rate.takes(half, 499) && rate.takes(half, 500) && !rate.takes(half, 999));
    }

    #[test]
    fn a_large_record_is_taken_and_made_up_for() {
        let mut rate = WriteRate::new(10 * 1024 * 1024);
        assert!(rate.takes(10 * 1024 * 1024, 0));
        assert!(!rate.takes(1024 * 1024, 999) && rate.takes(1024 * 1024, 1_000));
    }

    #[test]
    fn time_that_goes_back_fills_nothing_twice() {
        let mut rate = WriteRate::new(1);
        assert_eq!((0..2_000).filter(|_| rate.takes(1, 10_000)).count(), 1_000);
        assert!(!rate.takes(1, 9_000) && !rate.takes(1, 10_000) && rate.takes(1, 10_001));
    }

    #[test]
    fn a_shard_is_read_five_times_a_second() {
        let mut rate = ReadRate::new();
        assert_eq!((0..9).filter(|_| rate.allows(0)).count(), 5);
        assert!(!rate.allows(199) && rate.allows(200));
    }

    #[test]
    fn ten_mebibytes_read_at_once_are_five_seconds() {
        let mut rate = ReadRate::new();
        assert!(rate.allows(0));
        rate.gave(10 * 1024 * 1024);
        assert!(!rate.allows(4_999) && rate.allows(5_001));
    }
}
