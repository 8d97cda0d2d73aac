//! A circuit: a provider that fails five times in a row is left alone for half a minute, then tried with one message.

use std::sync::{Mutex, PoisonError};

use tact_pipeline::{Clock, Handover};

/// How many failures in a row open the circuit.
const FAILURES: u32 = 5;
/// How long nothing is handed over then, in seconds.
const PAUSE_S: i64 = 30;

/// The circuit of one provider.
#[derive(Debug, Default)]
pub(crate) struct Circuit(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Failures since the last message that was taken or refused.
    failures: u32,
    /// Until when nothing is handed over, on the stopwatch.
    open_until_us: Option<u64>,
}

impl Circuit {
    /// Hands over, unless the provider is being left alone.
    pub(crate) async fn guard(&self, clock: &impl Clock, handing_over: impl Future<Output = Handover>) -> Handover {
        if !self.lets_through(clock.stopwatch_us()) {
            return Handover::NotNow(Some(PAUSE_S));
        }
        let handover = handing_over.await;
        self.learn(&handover, clock.stopwatch_us());
        handover
    }

    /// Whether a message may be tried. The first one after the pause begins the next pause, so that it is alone, and so that the
    /// circuit does not stay open for ever if it is never heard of again.
    fn lets_through(&self, now_us: u64) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.open_until_us {
            Some(until_us) if now_us < until_us => false,
            Some(_) => {
                state.open_until_us = Some(after_pause(now_us));
                true
            }
            None => true,
        }
    }

    fn learn(&self, handover: &Handover, now_us: u64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match handover {
            Handover::Accepted(_) | Handover::Refused(_) => *state = State::default(),
            Handover::NotNow(_) | Handover::Unknown => {
                state.failures = state.failures.saturating_add(1);
                if state.failures >= FAILURES {
                    state.open_until_us = Some(after_pause(now_us));
                }
            }
        }
    }
}

fn after_pause(now_us: u64) -> u64 {
    now_us.saturating_add(PAUSE_S.unsigned_abs() * 1_000_000)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tact_domain::Timestamp;
    use tact_pipeline::Refusal;

    use super::*;

    #[derive(Default)]
    struct Stopwatch(AtomicU64);

    impl Clock for Stopwatch {
        fn now(&self, arrived: Timestamp) -> Timestamp {
            arrived
        }

        fn stopwatch_us(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl Stopwatch {
        fn wait_s(&self, seconds: u64) {
            self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
        }
    }

    /// Hands over to a provider that answers this; whether it was asked.
    async fn asked(circuit: &Circuit, clock: &Stopwatch, answer: Handover) -> bool {
        let mut asked = false;
        let handing_over = async {
            asked = true;
            answer
        };
        let handover = circuit.guard(clock, handing_over).await;
        assert!(asked || handover == Handover::NotNow(Some(30)));
        asked
    }

    #[tokio::test]
    async fn five_failures_in_a_row_open_it_and_one_trial_after_the_pause_closes_it() {
        let (circuit, clock) = (Circuit::default(), Stopwatch::default());
        for failure in [Handover::Unknown, Handover::NotNow(None), Handover::Unknown, Handover::NotNow(Some(1))] {
            assert!(asked(&circuit, &clock, failure).await);
        }
        assert!(asked(&circuit, &clock, Handover::Unknown).await, "the fifth is still handed over");
        clock.wait_s(29);
        assert!(!asked(&circuit, &clock, Handover::Accepted(None)).await);
        clock.wait_s(1);
        assert!(asked(&circuit, &clock, Handover::Unknown).await, "the trial");
        assert!(!asked(&circuit, &clock, Handover::Accepted(None)).await, "which failed");
        clock.wait_s(30);
        assert!(asked(&circuit, &clock, Handover::Accepted(None)).await);
        assert!(asked(&circuit, &clock, Handover::Unknown).await && asked(&circuit, &clock, Handover::Unknown).await);
    }

    #[tokio::test]
    async fn a_message_taken_or_refused_in_between_keeps_it_closed() {
        let (circuit, clock) = (Circuit::default(), Stopwatch::default());
        for answer in [Handover::Accepted(None), Handover::Refused(Refusal::BadAddress)] {
            for _ in 0..4 {
                assert!(asked(&circuit, &clock, Handover::Unknown).await);
            }
            assert!(asked(&circuit, &clock, answer).await);
        }
    }

    #[tokio::test]
    async fn a_trial_is_alone_and_one_that_vanishes_is_followed_by_another() {
        let (circuit, clock) = (Circuit::default(), Stopwatch::default());
        for _ in 0..5 {
            asked(&circuit, &clock, Handover::Unknown).await;
        }
        clock.wait_s(30);
        assert!(circuit.lets_through(clock.stopwatch_us()), "a trial that is never heard of again");
        assert!(!asked(&circuit, &clock, Handover::Accepted(None)).await);
        clock.wait_s(30);
        assert!(asked(&circuit, &clock, Handover::Accepted(None)).await);
    }
}
