//! One lane of a shard: its records, one batch at a time, in order.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use crate::answer::{self, Verdict};
use crate::window::{self, OpenWindow};
use crate::{Answer, Batch, Condition, LaneId, Record, SequenceNumber, Settings, ShardId, Step};

/// Most bytes in the payload of one invocation, with the data in base64.
const PAYLOAD_BYTES: usize = 6 * 1024 * 1024;
/// What the fields around a record's data take in the payload, generously.
const ENVELOPE_BYTES: usize = 1_024;

/// Where one lane stands. Everything in `parts` is older than everything in `unbatched`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    unbatched: VecDeque<Held>,
    unbatched_bytes: usize,
    batching_since_ms: u64,
    parts: VecDeque<Part>,
    running: Option<Running>,
    failures_in_a_row: u32,
    not_before_ms: u64,
    window: Option<OpenWindow>,
}

/// A record that is not done with, and the one that was read from its shard before it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) record: Record,
    pub(crate) after: Option<SequenceNumber>,
}

/// What is known of the shard: how a lane without records knows that its window is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Nothing more will be offered.
    pub(crate) is_ended: bool,
    /// When a read last found nothing.
    pub(crate) caught_up_ms: Option<u64>,
}

/// A batch, or what is left of one; or, without records, the end of a window.
#[derive(Clone, Debug, Default)]
struct Part {
    held: Vec<Held>,
    failed_attempts: u32,
    is_function_error: bool,
    ends_window: Option<WindowEnd>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WindowEnd {
    Final,
    Early,
}

#[derive(Clone, Debug)]
enum Running {
    Invocation(Part),
    GivingUp(Part),
}

impl Lane {
    /// A lane that goes on in a window of an earlier life, if one was open.
    pub(crate) fn in_window(window: Option<OpenWindow>) -> Self {
        Self { window, ..Self::default() }
    }

    pub(crate) fn offer(&mut self, held: Held, now_ms: u64) {
        if self.unbatched.is_empty() {
            self.batching_since_ms = now_ms;
        }
        self.unbatched_bytes += payload_bytes(&held.record);
        self.unbatched.push_back(held);
    }

    /// Whether the next batch could still use records.
    pub(crate) fn wants_records(&self, settings: &Settings) -> bool {
        self.unbatched.len() < settings.batch_size.max(1) && self.unbatched_bytes < PAYLOAD_BYTES
    }

    /// How many records wait for a batch, and their bytes in a payload.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.unbatched.len(), self.unbatched_bytes)
    }

    /// The oldest record that is not done with.
    pub(crate) fn oldest(&self) -> Option<&Held> {
        let running = self.running.as_ref().and_then(|running| match running {
            Running::Invocation(part) | Running::GivingUp(part) => part.held.first(),
        });
        running.or_else(|| self.parts.iter().find_map(|part| part.held.first())).or_else(|| self.unbatched.front())
    }

    pub(crate) fn window(&self) -> Option<&OpenWindow> {
        self.window.as_ref()
    }

    pub(crate) fn next(
        &mut self,
        shard: &ShardId,
        number: u32,
        settings: &Settings,
        reading: Reading,
        now_ms: u64,
    ) -> Step {
        if self.running.is_some() {
            return Step::Idle;
        }
        let part = match self.parts.pop_front() {
            Some(part) => part,
            None => match self.close_batch(settings, reading, now_ms) {
                Ok(part) => part,
                Err(rest) => return rest,
            },
        };
        self.start(part, || LaneId { shard: shard.clone(), number }, settings, now_ms)
    }

    pub(crate) fn invoked(&mut self, answer: Answer<'_>, settings: &Settings, now_ms: u64) {
        match self.running.take() {
            Some(Running::Invocation(part)) => {
                let verdict = answer::read(answer, &part.held, settings);
                self.settle(part, verdict, settings, now_ms);
            }
            other => self.running = other,
        }
    }

    pub(crate) fn failure_stored(&mut self) {
        match self.running.take() {
            Some(Running::GivingUp(_)) => {}
            other => self.running = other,
        }
    }

    /// The next batch, or the end of a window, when it is time for it; otherwise what to wait for.
    fn close_batch(&mut self, settings: &Settings, reading: Reading, now_ms: u64) -> Result<Part, Step> {
        if self.is_window_over(settings, reading, now_ms)? {
            return Ok(Part { ends_window: Some(WindowEnd::Final), ..Part::default() });
        }
        let Some(first) = self.unbatched.front() else {
            return Err(Step::Idle);
        };
        let closes_ms = self.batching_since_ms.saturating_add(settings.batching_window_ms);
        if now_ms < closes_ms && !self.is_full(settings) {
            return Err(Step::WaitUntil(closes_ms));
        }
        let window_ms = settings.tumbling_window_ms;
        if window_ms > 0 && self.window.is_none() {
            self.window = Some(OpenWindow::at(window::start_of(&first.record, window_ms)));
        }
        let count = self.fitting(settings);
        self.batching_since_ms = now_ms;
        let held: Vec<_> = self.unbatched.drain(..count).collect();
        self.unbatched_bytes -= held.iter().map(|held| payload_bytes(&held.record)).sum::<usize>();
        Ok(Part { held, ..Part::default() })
    }

    /// Whether a window is open that no further record belongs to; when that cannot be told yet, what to wait for.
    fn is_window_over(&self, settings: &Settings, reading: Reading, now_ms: u64) -> Result<bool, Step> {
        let Some(window) = &self.window else {
            return Ok(false);
        };
        if let Some(first) = self.unbatched.front() {
            return Ok(window::start_of(&first.record, settings.tumbling_window_ms) > window.start_ms);
        }
        let end_ms = window.start_ms.saturating_add(settings.tumbling_window_ms);
        if reading.is_ended || reading.caught_up_ms.is_some_and(|at_ms| at_ms >= end_ms) {
            return Ok(true);
        }
        Err(if now_ms < end_ms { Step::WaitUntil(end_ms) } else { Step::Idle })
    }

    fn is_full(&self, settings: &Settings) -> bool {
        let window_ms = settings.tumbling_window_ms;
        let spans_windows = window_ms > 0
            && self.unbatched.back().zip(self.unbatched.front()).is_some_and(|(last, first)| {
                window::start_of(&last.record, window_ms) > window::start_of(&first.record, window_ms)
            });
        spans_windows || !self.wants_records(settings)
    }

    /// How many records from the front make one batch; at least one of them, however large, and all of one window.
    fn fitting(&self, settings: &Settings) -> usize {
        let mut bytes = 0;
        let fits = |held: &&Held| {
            bytes += payload_bytes(&held.record);
            let is_later_window = self
                .window
                .as_ref()
                .is_some_and(|window| window::start_of(&held.record, settings.tumbling_window_ms) > window.start_ms);
            bytes <= PAYLOAD_BYTES && !is_later_window
        };
        self.unbatched.iter().take(settings.batch_size).take_while(fits).count().max(1)
    }

    /// Invokes a part, gives it up, or puts it back until its time has come.
    fn start(&mut self, mut part: Part, lane: impl FnOnce() -> LaneId, settings: &Settings, now_ms: u64) -> Step {
        let too_old = part.held.iter().take_while(|held| is_too_old(&held.record, settings, now_ms)).count();
        if too_old > 0 {
            let rest = part.cut(too_old);
            self.put_back(rest);
            return self.give_up(part, lane(), Condition::RecordAgeExceeded, settings);
        }
        let is_exhausted = settings.maximum_retry_attempts.is_some_and(|most| part.failed_attempts > most);
        if is_exhausted && part.ends_window.is_none() {
            return self.give_up(part, lane(), Condition::RetryAttemptsExhausted, settings);
        }
        if now_ms < self.not_before_ms {
            self.put_back(part);
            return Step::WaitUntil(self.not_before_ms);
        }
        let batch = self.batch(&part, lane(), settings);
        self.running = Some(Running::Invocation(part));
        Step::Invoke(batch)
    }

    fn give_up(&mut self, part: Part, lane: LaneId, condition: Condition, settings: &Settings) -> Step {
        let batch = self.batch(&part, lane, settings);
        self.running = Some(Running::GivingUp(part));
        Step::GiveUp(batch, condition)
    }

    fn batch(&self, part: &Part, lane: LaneId, settings: &Settings) -> Batch {
        let window = self.window.as_ref().map(|window| crate::Window {
            start_ms: window.start_ms,
            end_ms: window.start_ms.saturating_add(settings.tumbling_window_ms),
            state: Arc::clone(&window.state),
            is_final: part.ends_window == Some(WindowEnd::Final),
            is_terminated_early: part.ends_window == Some(WindowEnd::Early),
        });
        Batch {
            lane,
            records: part.held.iter().map(|held| held.record.clone()).collect(),
            failed_attempts: part.failed_attempts,
            is_function_error: part.is_function_error,
            window,
        }
    }

    /// Books what an invocation processed and prepares the rest for its next one.
    fn settle(&mut self, mut part: Part, verdict: Verdict, settings: &Settings, now_ms: u64) {
        match verdict {
            Verdict::Processed { count, state } => {
                self.failures_in_a_row = 0;
                self.not_before_ms = now_ms;
                let mut rest = part.cut(count);
                rest.is_function_error = false;
                if !settings.bisect_batch_on_function_error {
                    rest.failed_attempts += 1;
                }
                self.put_back(rest);
                self.move_window(part.ends_window, state);
            }
            Verdict::Failed { is_function_error } => {
                self.pause(settings, now_ms);
                part.is_function_error = is_function_error;
                if settings.bisect_batch_on_function_error && part.held.len() > 1 {
                    let second = part.cut(part.held.len().div_ceil(2));
                    self.put_back(second);
                } else {
                    part.failed_attempts = part.failed_attempts.saturating_add(1);
                }
                self.put_back(part);
            }
            Verdict::NotInvoked => {
                self.pause(settings, now_ms);
                self.put_back(part);
            }
        }
    }

    /// Passes a window's state on, or drops it when its end was processed.
    fn move_window(&mut self, end: Option<WindowEnd>, state: Option<Value>) {
        let Some(window) = &mut self.window else {
            return;
        };
        match (end, state) {
            (Some(WindowEnd::Final), _) => self.window = None,
            (Some(WindowEnd::Early), _) => *window = OpenWindow::at(window.start_ms),
            (None, Some(state)) => {
                window.state = Arc::new(state);
                if window.is_too_large() {
                    self.parts.push_front(Part { ends_window: Some(WindowEnd::Early), ..Part::default() });
                }
            }
            (None, None) => {}
        }
    }

    /// Every failure without progress makes the pause before the next invocation longer.
    fn pause(&mut self, settings: &Settings, now_ms: u64) {
        let doubled = 1_u64.checked_shl(self.failures_in_a_row).unwrap_or(u64::MAX);
        let pause_ms = settings.first_retry_delay_ms.saturating_mul(doubled).min(settings.longest_retry_delay_ms);
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.not_before_ms = now_ms.saturating_add(pause_ms);
    }

    fn put_back(&mut self, part: Part) {
        if !part.held.is_empty() || part.ends_window.is_some() {
            self.parts.push_front(part);
        }
    }
}

impl Part {
    /// Keeps the first `count` records and answers the others, with the same attempts.
    fn cut(&mut self, count: usize) -> Self {
        let held = self.held.split_off(count.min(self.held.len()));
        Self {
            held,
            failed_attempts: self.failed_attempts,
            is_function_error: self.is_function_error,
            ends_window: None,
        }
    }
}

fn payload_bytes(record: &Record) -> usize {
    record.data.len().div_ceil(3) * 4 + record.partition_key.len() + ENVELOPE_BYTES
}

fn is_too_old(record: &Record, settings: &Settings, now_ms: u64) -> bool {
    settings.maximum_record_age_ms.is_some_and(|most| now_ms.saturating_sub(record.arrived_at_ms) > most)
}
