//! What is waiting for a process, and what processes are running.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, oneshot, watch};

use super::InvokeError;

type Outcome = Result<Vec<u8>, InvokeError>;

/// The meeting point of those who invoke and the processes that poll.
#[derive(Debug)]
pub(super) struct Exchange {
    function_arn: String,
    first_poll: watch::Sender<Option<Instant>>,
    arrived: Notify,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    enqueued: u64,
    waiting: VecDeque<Invocation>,
    running: BTreeMap<String, oneshot::Sender<Outcome>>,
    init_error: Option<InvokeError>,
}

/// One invocation that no process has taken yet.
#[derive(Debug)]
pub(super) struct Invocation {
    /// The request id.
    pub(super) id: String,
    /// The event.
    pub(super) payload: Vec<u8>,
    /// When it has to be done, in milliseconds since 1970.
    pub(super) deadline_ms: u128,
    answer: Option<oneshot::Sender<Outcome>>,
}

impl Exchange {
    pub(super) fn new(function_arn: &str) -> Self {
        Self {
            function_arn: function_arn.to_owned(),
            first_poll: watch::Sender::new(None),
            arrived: Notify::new(),
            state: Mutex::default(),
        }
    }

    pub(super) fn function_arn(&self) -> &str {
        &self.function_arn
    }

    pub(super) async fn first_poll(&self) -> Instant {
        let mut polled = self.first_poll.subscribe();
        // The sender lives as long as `self`: the wait cannot fail.
        let seen = polled.wait_for(Option::is_some).await;
        seen.ok().and_then(|at| *at).unwrap_or_else(Instant::now)
    }

    /// Queues an invocation: its request id, and where its outcome will come.
    pub(super) fn enqueue(
        &self,
        payload: Vec<u8>,
        time_left: Duration,
    ) -> Result<(String, oneshot::Receiver<Outcome>), InvokeError> {
        let (answer, outcome) = oneshot::channel();
        let deadline = SystemTime::now() + time_left;
        let deadline_ms = deadline.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let mut state = self.state();
        if let Some(error) = &state.init_error {
            return Err(error.clone());
        }
        let id = format!("00000000-0000-4000-8000-{:012x}", state.enqueued);
        state.enqueued += 1;
        state.waiting.push_back(Invocation { id: id.clone(), payload, deadline_ms, answer: Some(answer) });
        drop(state);
        self.arrived.notify_one();
        Ok((id, outcome))
    }

    /// Waits for the next invocation that somebody still wants answered, and books it as running.
    pub(super) async fn take(&self) -> Invocation {
        self.state().init_error = None;
        self.first_poll.send_if_modified(|at| at.is_none() && at.replace(Instant::now()).is_none());
        loop {
            if let Some(invocation) = self.take_waiting() {
                return invocation;
            }
            self.arrived.notified().await;
        }
    }

    /// Ends a running invocation. False when it is not running (any more).
    pub(super) fn finish(&self, id: &str, outcome: Outcome) -> bool {
        let answer = self.state().running.remove(id);
        // Whoever invoked may have stopped waiting: then nobody needs the outcome.
        answer.map(|answer| answer.send(outcome)).is_some()
    }

    /// Drops an invocation whose deadline has passed.
    pub(super) fn forget(&self, id: &str) {
        let mut state = self.state();
        state.running.remove(id);
        state.waiting.retain(|invocation| invocation.id != id);
    }

    pub(super) fn fail_running(&self) {
        let running = std::mem::take(&mut self.state().running);
        for answer in running.into_values() {
            let _nobody_waits = answer.send(Err(InvokeError::ProcessEnded));
        }
    }

    /// Fails everything that waits, and everything to come until a process polls.
    pub(super) fn fail_init(&self, error: &InvokeError) {
        let mut state = self.state();
        state.init_error = Some(error.clone());
        for answer in state.waiting.drain(..).filter_map(|invocation| invocation.answer) {
            let _nobody_waits = answer.send(Err(error.clone()));
        }
    }

    fn take_waiting(&self) -> Option<Invocation> {
        let mut state = self.state();
        while let Some(mut invocation) = state.waiting.pop_front() {
            let answer = invocation.answer.take().filter(|answer| !answer.is_closed());
            if let Some(answer) = answer {
                state.running.insert(invocation.id.clone(), answer);
                return Some(invocation);
            }
        }
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
