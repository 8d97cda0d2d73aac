//! How long it takes from a customer's entering a store to the sink's acceptance of the message, in process: the record through the stream and the mapping,
//! folded, decided, logged and committed; the table's stream; asked again, rendered, claimed, handed over and settled. One customer at a time.
#![expect(clippy::print_stdout, reason = "a bench measures time and prints it")]

use std::error::Error;
use std::time::Instant;

use tact::arrival::Arrival;
use tact::stack::Stack;
use tact_decide::{Action, Catalogue};
use tact_domain::{Channel, EventKind, Timestamp, Trigger};
use tokio::runtime::Builder;

const CUSTOMERS: usize = 1_000;
/// What 99 of 100 must not take longer than.
const MOST_US: u128 = 25_000;
/// 2026-03-02T15:00:00Z, a Monday morning in New York.
const START_MS: i64 = 1_772_463_600_000;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut took_us = runtime.block_on(entries())?;
    took_us.sort_unstable();
    let at = |percent: usize| took_us.get((took_us.len() * percent).div_ceil(100).saturating_sub(1));
    for (name, percent) in [("p50", 50), ("p90", 90), ("p99", 99), ("all", 100)] {
        println!("store entry to sink accepted, {name}: {} us", at(percent).copied().unwrap_or(0));
    }
    match at(99) {
        Some(p99) if *p99 > MOST_US => Err(format!("p99 is more than {MOST_US} us").into()),
        _ => Ok(()),
    }
}

/// The wall-clock microseconds of each customer's entry.
async fn entries() -> Result<Vec<u128>, Box<dyn Error>> {
    let catalogue = greeting(tact_aws::catalogue()?)?;
    let store = catalogue.places.stores.first().ok_or("the default catalogue has no store")?;
    let outside = format!(r#""type":"tact.geolocation.v1","data":{{"lat":{},"lon":{}}}"#, store.lat + 0.1, store.lon);
    let inside = format!(r#""type":"tact.geolocation.v1","data":{{"lat":{},"lon":{}}}"#, store.lat, store.lon);
    let mut stack = Stack::start(None, &catalogue, None).await?;
    let mut took_us = Vec::new();
    for n in 0..CUSTOMERS {
        stack.deliver(EventKind::Consent, &[arrival(n, 0, EventKind::Consent, CONSENT)]).await?;
        stack.deliver(EventKind::Geolocation, &[arrival(n, 1, EventKind::Geolocation, &outside)]).await?;
        let entry = [arrival(n, 2, EventKind::Geolocation, &inside)];
        let begun = Instant::now();
        let invoked = stack.deliver(EventKind::Geolocation, &entry).await?;
        took_us.push(begun.elapsed().as_micros());
        let sent: usize = invoked.iter().map(|invoked| invoked.delivery.sent.len()).sum();
        if sent != 1 {
            return Err(format!("{sent} messages left for one entry").into());
        }
    }
    stack.stop().await?;
    Ok(took_us)
}

/// The default catalogue, in which everybody who enters is sent a notification.
fn greeting(mut catalogue: Catalogue) -> Result<Catalogue, Box<dyn Error>> {
    let notifies = |action: &Action| action.treatments.iter().any(|treatment| treatment.channel == Channel::Push);
    catalogue.actions.retain(|action| action.put_off.is_none() && notifies(action));
    catalogue.actions.truncate(1);
    catalogue.policy.holdout.share = 0.0;
    let action = catalogue.actions.first_mut().ok_or("the default catalogue has no notification")?;
    (action.triggers, action.conditions, action.cool_down_s) = (vec![Trigger::Entry], Vec::new(), 0);
    (action.margin, action.organic, action.lever, action.control) = (10_000.0, 0.0, 10.0, 0.0);
    action.treatments.retain(|treatment| treatment.channel == Channel::Push || treatment.delivers.is_some());
    Ok(catalogue)
}

const CONSENT: &str = r#""type":"tact.consent.v1","data":{"zone":"America/New_York","birth_year":1980,"points":{"push":"endpoint/1"},
    "grants":[{"purpose":"marketing","channel":"push","state":"granted"},{"purpose":"profiling","state":"granted"},{"purpose":"location","state":"granted"}]}"#;

/// The `nth` customer's event of a number; customers come a minute apart.
fn arrival(nth: usize, number: i64, kind: EventKind, what: &str) -> Arrival {
    let at = Timestamp(START_MS + i64::try_from(nth).unwrap_or(0) * 10_000 + number * 1_000);
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let event = format!(
        r#"{{"specversion":"1.0","id":"e-{nth}-{number}","source":"bench","subject":"cust-{nth}","time":"{time}",{what}}}"#
    );
    Arrival { bytes: event.into_bytes(), kind, customer: format!("cust-{nth}"), at, line: 0 }
}
