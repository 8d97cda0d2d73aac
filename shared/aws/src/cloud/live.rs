//! Time as a function lives it: the clock on the wall, and how much of an invocation is left.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tact_domain::{CustomerId, Timestamp};
use tact_pipeline::{Clock, ItemKey, Store};

/// How long the answer to an invocation takes at most to leave, in milliseconds: what is not done by then is reported as undone.
const ANSWER_MS: i64 = 200;
/// The longest invocation Lambda grants, in milliseconds.
const LONGEST_MS: i64 = 900_000;
/// The time left when the deadline makes no sense: `cargo lambda watch` sends a constant that lies in 1970.
const UNTOLD_MS: i64 = 30_000;
/// How long opening connections may hold up the start.
const WARM_UP: Duration = Duration::from_secs(2);

/// The clock on the wall.
#[derive(Clone, Copy, Debug)]
pub struct LiveClock {
    started: Instant,
}

impl LiveClock {
    /// A clock whose stopwatch begins now.
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for LiveClock {
    fn now(&self, _arrived: Timestamp) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn stopwatch_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// What is left of an invocation.
pub(crate) struct TimeLeft {
    /// When it ends.
    pub(crate) deadline: Timestamp,
    /// In how long the answer must be there.
    pub(crate) answer_in: Duration,
}

impl TimeLeft {
    /// What is left before a deadline in milliseconds since 1970.
    pub(crate) fn before(deadline_ms: u64, clock: &LiveClock) -> Self {
        let now = clock.now(Timestamp(0));
        let left_ms = left_ms(deadline_ms, now);
        let answer_in = Duration::from_millis(u64::try_from(left_ms - ANSWER_MS).unwrap_or(0));
        Self { deadline: Timestamp(now.0 + left_ms), answer_in }
    }
}

/// Opens the connection to the table, and others, ahead of the first event; whether that works is the first event's concern.
pub(crate) async fn warm(store: &impl Store, others: impl Future<Output = ()>) {
    let table = async {
        if let Some(nobody) = CustomerId::new("-") {
            let _answer = store.get(&ItemKey::Addresses(nobody)).await;
        }
    };
    let both = Box::pin(async { tokio::join!(table, others) });
    let _in_time_or_not = tokio::time::timeout(WARM_UP, both).await;
}

/// How long an invocation may still take, in milliseconds.
fn left_ms(deadline_ms: u64, now: Timestamp) -> i64 {
    let left_ms = i64::try_from(deadline_ms).unwrap_or(i64::MAX).saturating_sub(now.0);
    if left_ms > 0 { left_ms.min(LONGEST_MS) } else { UNTOLD_MS }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_793_458_921_000);

    #[test]
    fn the_time_left_is_what_lies_before_the_deadline() {
        assert_eq!(left_ms(1_793_458_924_000, NOW), 3_000);
    }

    #[test]
    fn a_deadline_that_makes_no_sense_neither_stops_a_batch_nor_lets_it_run_for_ever() {
        assert_eq!(left_ms(600_000, NOW), UNTOLD_MS);
        assert_eq!(left_ms(0, NOW), UNTOLD_MS);
        assert_eq!(left_ms(u64::MAX, NOW), LONGEST_MS);
    }
}
