//! Patience, reckoned anew: what messages take at the very least, what time gives back, and what was earned; and how creepy a message may be at most.
//! What an action's rules look at is left aside, so that everything here counts for less than it is, and whoever is found overspent is.

use std::collections::BTreeMap;

use serde_json::Value;

use super::books::{Books, Earned};
use super::consents::Consents;
use super::inspect::Sent;
use super::rules::{Discretion, Way};

const DAY_MS: f64 = 86_400_000.0;
/// Points are counted in thousandths, which may be rounded up.
const ROUNDED: f64 = 0.001;

/// Notes every message that was creepier than its recipient has to bear, or took patience that they did not have.
pub(crate) fn within_patience(
    sent: &[Sent<'_>],
    books: &Books,
    consents: &Consents<'_>,
    discretion: &Discretion,
    found: &mut Vec<String>,
) {
    let mut by_customer: BTreeMap<&str, Vec<(i64, f64, &Sent<'_>)>> = BTreeMap::new();
    for message in sent {
        let Some(way) = message.action.ways.get(message.treatment).filter(|_| message.action.sells) else { continue };
        let Some(creepy) = creepy(way, message.body, discretion) else { continue };
        let most = discretion.most.get(&way.mode).copied().unwrap_or([1.0; 2]);
        let most = most[usize::from(consents.agreed(message.customer, "profiling", message.at))];
        if creepy > most + ROUNDED {
            found.push(format!("{} was creepier than it may be", message.decision));
        }
        if way.mode != "pull" && message.channel != "inbox" {
            let planned = message.body["now_ms"].as_i64().unwrap();
            by_customer.entry(message.customer).or_default().push((planned, creepy, message));
        }
    }
    for (customer, mut messages) in by_customer {
        messages.sort_by_key(|(planned, _, message)| (*planned, message.decision));
        let earned = books.earned.iter().filter(|earned| earned.customer == customer);
        overspent(&messages, &earned.collect::<Vec<_>>(), discretion, found);
    }
}

/// How creepy a way is at the least, 0 to 1; `None` for what keeps a promise, which was weighed when that was made.
fn creepy(way: &Way, body: &Value, discretion: &Discretion) -> Option<f64> {
    if way.keeps {
        return None;
    }
    let moment = match body["trigger"].as_str().unwrap() {
        _ if way.mode == "pull" => 0,
        "entry" => 2,
        "dwell" | "check_in" => 1,
        _ => 0,
    };
    Some(discretion.creepy(way.steps + moment))
}

/// Notes the messages of one customer, by time, that took more than was left.
fn overspent(messages: &[(i64, f64, &Sent<'_>)], earned: &[&Earned], discretion: &Discretion, found: &mut Vec<String>) {
    let (mut left, mut since) = (discretion.points, i64::MIN);
    let mut taken: BTreeMap<&str, f64> = BTreeMap::new();
    for (planned, creepy, message) in messages {
        #[expect(clippy::cast_precision_loss, reason = "some days in milliseconds")]
        let days = planned.saturating_sub(since) as f64 / DAY_MS;
        left = (left + days * discretion.per_day).min(discretion.points);
        since = *planned;
        // What an action earned goes first.
        let own = |earned: &&&Earned| earned.action == message.action.name && earned.at <= *planned;
        let of_action: f64 = earned.iter().filter(own).map(|earned| discretion.earned(earned.thanked)).sum();
        let taken = taken.entry(&message.action.name).or_default();
        let own = (of_action - *taken).clamp(0.0, *creepy);
        *taken += own;
        left -= creepy - own;
        if left < -ROUNDED * 2.0 {
            found.push(format!("{} took more patience than its recipient had", message.decision));
        }
    }
}
