//! What is waiting for a process, and what processes are running.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, oneshot};

use super::InvokeError;

type Outcome = Result<Vec<u8>, InvokeError>;

/// The meeting point of those who invoke and the processes that poll.
#[derive(Debug)]
pub(super) struct Exchange {
    function_arn: String,
    arrived: Notify,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    enqueued: u64,
    waiting: VecDeque<Waiting>,
    running: BTreeMap<String, Running>,
    init_error: Option<InvokeError>,
}

/// One invocation that no process has taken yet.
#[derive(Debug)]
struct Waiting {
    id: String,
    payload: Vec<u8>,
    time: Duration,
    taken: oneshot::Sender<Seat>,
    answer: oneshot::Sender<Outcome>,
}

/// One that a process works on.
#[derive(Debug)]
struct Running {
    seat: Seat,
    answer: oneshot::Sender<Outcome>,
}

/// The place of a process among those of its function.
pub(super) type Seat = u32;

/// One invocation as a process takes it.
#[derive(Debug)]
pub(super) struct Invocation {
    /// The request id.
    pub(super) id: String,
    /// The event.
    pub(super) payload: Vec<u8>,
    /// When it has to be done, in milliseconds since 1970.
    pub(super) deadline_ms: u128,
}

/// One invocation as whoever asked for it sees it.
#[derive(Debug)]
pub(super) struct Enqueued {
    /// The request id.
    pub(super) id: String,
    /// Tells which process took it.
    pub(super) taken: oneshot::Receiver<Seat>,
    /// Where its outcome will come.
    pub(super) answer: oneshot::Receiver<Outcome>,
}

impl Exchange {
    pub(super) fn new(function_arn: &str) -> Self {
        Self { function_arn: function_arn.to_owned(), arrived: Notify::new(), state: Mutex::default() }
    }

    pub(super) fn function_arn(&self) -> &str {
        &self.function_arn
    }

    /// Queues an invocation that may take this long once a process has taken it.
    pub(super) fn enqueue(&self, payload: Vec<u8>, time: Duration) -> Result<Enqueued, InvokeError> {
        let ((answers, answer), (take, taken)) = (oneshot::channel(), oneshot::channel());
        let mut state = self.state();
        if let Some(error) = &state.init_error {
            return Err(error.clone());
        }
        let id = format!("00000000-0000-4000-8000-{:012x}", state.enqueued);
        state.enqueued += 1;
        state.waiting.push_back(Waiting { id: id.clone(), payload, time, taken: take, answer: answers });
        drop(state);
        self.arrived.notify_one();
        Ok(Enqueued { id, taken, answer })
    }

    /// Waits for the next invocation that somebody still wants answered, and books it as running.
    pub(super) async fn take(&self, seat: Seat) -> Invocation {
        self.state().init_error = None;
        loop {
            if let Some(invocation) = self.take_waiting(seat) {
                return invocation;
            }
            self.arrived.notified().await;
        }
    }

    /// Ends a running invocation. False when it is not running (any more).
    pub(super) fn finish(&self, id: &str, outcome: Outcome) -> bool {
        let running = self.state().running.remove(id);
        // Whoever invoked may have stopped waiting: then nobody needs the outcome.
        running.map(|running| running.answer.send(outcome)).is_some()
    }

    /// Drops an invocation whose deadline has passed.
    pub(super) fn forget(&self, id: &str) {
        let mut state = self.state();
        state.running.remove(id);
        state.waiting.retain(|invocation| invocation.id != id);
    }

    /// Fails what the process of a seat was running.
    pub(super) fn fail_running(&self, seat: Seat) {
        let mut state = self.state();
        let (failed, running) = std::mem::take(&mut state.running).into_iter().partition(|(_, run)| run.seat == seat);
        state.running = running;
        drop(state);
        let failed: BTreeMap<String, Running> = failed;
        for run in failed.into_values() {
            let _nobody_waits = run.answer.send(Err(InvokeError::ProcessEnded));
        }
    }

    /// Fails everything that waits, and everything to come until a process polls.
    pub(super) fn fail_init(&self, error: &InvokeError) {
        let mut state = self.state();
        state.init_error = Some(error.clone());
        for waiting in state.waiting.drain(..) {
            let _nobody_waits = waiting.answer.send(Err(error.clone()));
        }
    }

    fn take_waiting(&self, seat: Seat) -> Option<Invocation> {
        let mut state = self.state();
        while let Some(Waiting { id, payload, time, taken, answer }) = state.waiting.pop_front() {
            if answer.is_closed() || taken.send(seat).is_err() {
                continue;
            }
            let deadline = (SystemTime::now() + time).duration_since(UNIX_EPOCH);
            let deadline_ms = deadline.map_or(0, |since| since.as_millis());
            state.running.insert(id.clone(), Running { seat, answer });
            return Some(Invocation { id, payload, deadline_ms });
        }
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
