//! What is spent on messages in a day, as a claim on a limit like any other.

use tact_decide::Claim;
use tact_domain::{Key, Timestamp};

const DAY_MS: i64 = 86_400_000;

/// What a message that costs so much takes of the limit of its day; both are in minor units. What a message costs is a fraction of a cent, so hundredths of
/// minor units are counted: those of costs rounded up, those of the limit down.
pub fn spending(cost: f64, limit: f64, now: Timestamp) -> Claim {
    let day = now.0.div_euclid(DAY_MS);
    Claim {
        limit: Key::new(format!("spend/{day}")),
        amount: whole((cost * 100.0).ceil()),
        most: whole((limit * 100.0).floor()),
        ends_at: Some(renewed_at(now)),
    }
}

/// The first instant of the next day of UTC, when there is a new limit.
pub(crate) fn renewed_at(now: Timestamp) -> Timestamp {
    Timestamp((now.0.div_euclid(DAY_MS) + 1) * DAY_MS)
}

fn whole(hundredths: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast of a float saturates")]
    let whole = hundredths.max(0.0) as u64;
    whole
}
