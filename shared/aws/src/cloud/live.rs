//! Time as a function lives it: the clock, and how much of an invocation is left.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::Error;
use tact_domain::{CustomerId, FacetKind, Timestamp};
use tact_pipeline::{Clock, ItemKey, Store};

use crate::Configuration;

/// How long the answer to an invocation takes at most to leave, in milliseconds: what is not done by then is reported as undone.
const ANSWER_MS: i64 = 200;
/// The longest invocation Lambda grants, in milliseconds.
const LONGEST_MS: i64 = 900_000;
/// The time left when the deadline makes no sense: `cargo lambda watch` sends a constant that lies in 1970.
const UNTOLD_MS: i64 = 30_000;
/// How long opening connections may hold up the start.
const WARM_UP: Duration = Duration::from_secs(2);

/// The clock of a function: the one on the wall; or, where a file is played on one machine, the one that says of everything that it is now when it arrives.
#[derive(Clone, Copy, Debug)]
pub struct LiveClock {
    started: Instant,
    stands_at_arrival: bool,
}

impl LiveClock {
    /// The clock on the wall, whose stopwatch begins now.
    pub fn start() -> Self {
        Self { started: Instant::now(), stands_at_arrival: false }
    }

    /// The clock that the environment asks for: `TACT_CLOCK` is `arrival` where a file is played, and is not set in a deployment.
    ///
    /// # Errors
    /// When it is set to anything else.
    pub(crate) fn of(configuration: &Configuration) -> Result<Self, Error> {
        match configuration.optional("TACT_CLOCK").as_deref() {
            None => Ok(Self::start()),
            Some("arrival") => Ok(Self { stands_at_arrival: true, ..Self::start() }),
            Some(_) => Err("TACT_CLOCK may be `arrival` where a file is played, and is not set elsewhere".into()),
        }
    }
}

impl Clock for LiveClock {
    fn now(&self, arrived: Timestamp) -> Timestamp {
        if self.stands_at_arrival { arrived } else { on_the_wall() }
    }

    fn stopwatch_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// What is left of an invocation.
pub(crate) struct TimeLeft {
    /// When it ends; `None` on a clock that stands.
    pub(crate) deadline: Option<Timestamp>,
    /// In how long the answer must be there.
    pub(crate) answer_in: Duration,
}

impl TimeLeft {
    /// What is left before a deadline in milliseconds since 1970.
    pub(crate) fn before(deadline_ms: u64, clock: &LiveClock) -> Self {
        let now = on_the_wall();
        let left_ms = left_ms(deadline_ms, now);
        let answer_in = Duration::from_millis(u64::try_from(left_ms - ANSWER_MS).unwrap_or(0));
        Self { deadline: (!clock.stands_at_arrival).then_some(Timestamp(now.0 + left_ms)), answer_in }
    }
}

/// Opens the connection to the table, and others, ahead of the first event; whether that works is the first event's concern.
pub(crate) async fn warm(store: &impl Store, others: impl Future<Output = ()>) {
    let table = async {
        if let Some(key) = readable_by_all() {
            let _answer = store.get(&key).await;
        }
    };
    let both = Box::pin(async { tokio::join!(table, others) });
    let _in_time_or_not = tokio::time::timeout(WARM_UP, both).await;
}

/// The instant on the wall.
pub(crate) fn on_the_wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// An item that every function may read, and nobody has: not the addresses, which most roles forbid.
fn readable_by_all() -> Option<ItemKey> {
    CustomerId::new("-").map(|nobody| ItemKey::Facet(nobody, FacetKind::Contact))
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

    /// Whether a key is among those that a role may touch, as IAM reads them: `*` stands for anything at the end.
    fn is_among(pk: &str, allowed: &str) -> bool {
        let patterns = allowed.split(',').map(|pattern| pattern.trim().trim_matches('"'));
        let mut holds = patterns.map(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => pk.starts_with(beginning),
            None => pk == pattern,
        });
        holds.any(|holds| holds)
    }

    #[test]
    fn connections_are_opened_by_reading_what_every_role_of_the_deployment_may_read() {
        let template = include_str!("../../../../infra/template.yaml");
        let lists = template.split(r#""dynamodb:LeadingKeys": ["#).skip(1);
        // Those of the table; the index of what is due is keyed by its shards.
        let lists: Vec<_> = lists.filter_map(|rest| rest.split(']').next()).filter(|list| list.contains('#')).collect();
        assert!(lists.len() >= 8, "{lists:?}");
        let (read, addresses) =
            (readable_by_all().unwrap().pk(), ItemKey::Addresses(CustomerId::new("-").unwrap()).pk());
        for list in &lists {
            assert!(is_among(&read, list), "{read} is not among {list}");
        }
        assert!(lists.iter().any(|list| !is_among(&addresses, list)), "most may not read addresses");
    }

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
