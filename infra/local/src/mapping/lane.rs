//! One lane of a mapping: the records of one shard, one batch at a time, in order.

use std::collections::VecDeque;

use super::{Answer, Batch, Condition, Settings, Step, answer};
use crate::stream::{Record, SequenceNumber, ShardId};

/// Most bytes in the payload of one invocation, with the data in base64.
const PAYLOAD_BYTES: usize = 6 * 1024 * 1024;
/// What the fields around a record's data take in the payload, generously.
const ENVELOPE_BYTES: usize = 512;

/// Where one shard stands. Everything in `parts` is older than everything in `unbatched`.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    unbatched: VecDeque<Record>,
    window_opened_ms: u64,
    parts: VecDeque<Part>,
    running: Option<Running>,
    failures_in_a_row: u32,
    not_before_ms: u64,
    read_through: Option<SequenceNumber>,
    checkpoint: Option<SequenceNumber>,
}

/// A batch, or what is left of one.
#[derive(Clone, Debug)]
struct Part {
    records: Vec<Record>,
    failed_attempts: u32,
}

#[derive(Clone, Debug)]
enum Running {
    Invocation(Part),
    GivingUp(Part),
}

impl Lane {
    pub(super) fn after(checkpoint: SequenceNumber) -> Self {
        Self { read_through: Some(checkpoint.clone()), checkpoint: Some(checkpoint), ..Self::default() }
    }

    pub(super) fn offer(&mut self, records: impl IntoIterator<Item = Record>, now_ms: u64) {
        if self.unbatched.is_empty() {
            self.window_opened_ms = now_ms;
        }
        for record in records {
            if self.read_through.as_ref().is_none_or(|read| *read < record.sequence_number) {
                self.read_through = Some(record.sequence_number.clone());
                self.unbatched.push_back(record);
            }
        }
    }

    pub(super) fn unbatched(&self) -> usize {
        self.unbatched.len()
    }

    pub(super) fn read_through(&self) -> Option<&SequenceNumber> {
        self.read_through.as_ref()
    }

    pub(super) fn checkpoint(&self) -> Option<&SequenceNumber> {
        self.checkpoint.as_ref()
    }

    pub(super) fn next(&mut self, shard: ShardId, settings: &Settings, now_ms: u64) -> Step {
        if self.running.is_some() {
            return Step::Idle;
        }
        if self.parts.is_empty() && !self.unbatched.is_empty() {
            let Some(part) = self.close_batch(settings, now_ms) else {
                return Step::WaitUntil(self.window_opened_ms.saturating_add(settings.batching_window_ms));
            };
            self.parts.push_back(part);
        }
        let Some(part) = self.parts.pop_front() else {
            return Step::Idle;
        };
        self.start(part, shard, settings, now_ms)
    }

    pub(super) fn invoked(&mut self, answer: Answer<'_>, settings: &Settings, now_ms: u64) {
        match self.running.take() {
            Some(Running::Invocation(part)) => {
                let processed = match answer {
                    Answer::Failed => 0,
                    Answer::Returned(bytes) if settings.report_batch_item_failures => {
                        answer::processed(bytes, &part.records)
                    }
                    Answer::Returned(_) => part.records.len(),
                };
                self.settle(part, processed, settings, now_ms);
            }
            other => self.running = other,
        }
    }

    pub(super) fn failure_stored(&mut self) {
        match self.running.take() {
            Some(Running::GivingUp(part)) => self.move_checkpoint(&part.records),
            other => self.running = other,
        }
    }

    /// The next batch, when it is full or has waited long enough.
    fn close_batch(&mut self, settings: &Settings, now_ms: u64) -> Option<Part> {
        let count = fitting(&self.unbatched, settings.batch_size.max(1));
        let is_full = count < self.unbatched.len() || count == settings.batch_size.max(1);
        let has_waited = now_ms.saturating_sub(self.window_opened_ms) >= settings.batching_window_ms;
        if !is_full && !has_waited {
            return None;
        }
        self.window_opened_ms = now_ms;
        Some(Part { records: self.unbatched.drain(..count).collect(), failed_attempts: 0 })
    }

    /// Invokes a part, gives it up, or puts it back until its time has come.
    fn start(&mut self, mut part: Part, shard: ShardId, settings: &Settings, now_ms: u64) -> Step {
        let too_old = part.records.iter().take_while(|record| is_too_old(record, settings, now_ms)).count();
        if too_old > 0 {
            let rest = part.cut(too_old);
            self.put_back(rest);
            return self.give_up(part, shard, Condition::RecordAgeExceeded);
        }
        if settings.maximum_retry_attempts.is_some_and(|most| part.failed_attempts > most) {
            return self.give_up(part, shard, Condition::RetryAttemptsExhausted);
        }
        if now_ms < self.not_before_ms {
            self.put_back(part);
            return Step::WaitUntil(self.not_before_ms);
        }
        let batch = part.to_batch(shard);
        self.running = Some(Running::Invocation(part));
        Step::Invoke(batch)
    }

    fn give_up(&mut self, part: Part, shard: ShardId, condition: Condition) -> Step {
        let batch = part.to_batch(shard);
        self.running = Some(Running::GivingUp(part));
        Step::GiveUp(batch, condition)
    }

    /// Books what an invocation processed and prepares the rest for its next one.
    fn settle(&mut self, mut part: Part, processed: usize, settings: &Settings, now_ms: u64) {
        let mut rest = part.cut(processed);
        self.move_checkpoint(&part.records);
        self.pause(processed > 0, settings, now_ms);
        if !settings.bisect_batch_on_function_error || (rest.records.len() == 1 && processed == 0) {
            rest.failed_attempts += 1;
        } else if processed == 0 {
            let second = rest.cut(rest.records.len().div_ceil(2));
            self.put_back(second);
        }
        self.put_back(rest);
    }

    /// Progress ends the pauses; every failure without it makes the next one longer.
    fn pause(&mut self, has_progressed: bool, settings: &Settings, now_ms: u64) {
        if has_progressed {
            self.failures_in_a_row = 0;
            self.not_before_ms = now_ms;
            return;
        }
        let doubled = 1_u64.checked_shl(self.failures_in_a_row).unwrap_or(u64::MAX);
        let pause_ms = settings.first_retry_delay_ms.saturating_mul(doubled).min(settings.longest_retry_delay_ms);
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.not_before_ms = now_ms.saturating_add(pause_ms);
    }

    fn put_back(&mut self, part: Part) {
        if !part.records.is_empty() {
            self.parts.push_front(part);
        }
    }

    fn move_checkpoint(&mut self, done: &[Record]) {
        if let Some(last) = done.last() {
            self.checkpoint = Some(last.sequence_number.clone());
        }
    }
}

impl Part {
    /// Keeps the first `count` records and answers the others, with the same attempts.
    fn cut(&mut self, count: usize) -> Self {
        Self { records: self.records.split_off(count), failed_attempts: self.failed_attempts }
    }

    fn to_batch(&self, shard: ShardId) -> Batch {
        Batch { shard, records: self.records.clone(), failed_attempts: self.failed_attempts }
    }
}

/// How many records from the front make one batch; at least one of them, however large.
fn fitting(records: &VecDeque<Record>, batch_size: usize) -> usize {
    let mut bytes = 0;
    let fits = |record: &&Record| {
        bytes += payload_bytes(record);
        bytes <= PAYLOAD_BYTES
    };
    records.iter().take(batch_size).take_while(fits).count().max(1)
}

fn payload_bytes(record: &Record) -> usize {
    record.data.len().div_ceil(3) * 4 + record.partition_key.len() + ENVELOPE_BYTES
}

fn is_too_old(record: &Record, settings: &Settings, now_ms: u64) -> bool {
    settings.maximum_record_age_ms.is_some_and(|most| now_ms.saturating_sub(record.arrived_at_ms) > most)
}
