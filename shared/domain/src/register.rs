//! Last-writer-wins registers in event time: whatever order events arrive in, they end in the same value.

use serde::{Deserialize, Serialize};

use crate::{Fingerprint, Timestamp};

/// A value with the event that wrote it; the later event wins, and among events of one instant the greater value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    /// The value.
    pub value: T,
    /// When it was written, in event time.
    pub at: Timestamp,
    /// The event that wrote it.
    pub event: Fingerprint,
}

/// Writes a plain register from an event that may hold a value for it.
pub(crate) fn write<T: Clone + Ord>(
    known: &mut Option<Register<T>>,
    value: Option<&T>,
    at: Timestamp,
    event: Fingerprint,
) -> bool {
    let Some(value) = value else { return false };
    let register = Register { value: value.clone(), at, event };
    match known {
        Some(known) => overwrite(known, register, Ord::cmp),
        None => {
            *known = Some(register);
            true
        }
    }
}

/// Overwrites when the new register is later or, at the same instant, ranks higher (then by event, so that order of arrival never matters).
pub(crate) fn overwrite<T>(
    known: &mut Register<T>,
    new: Register<T>,
    rank: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> bool {
    let order = new.at.cmp(&known.at).then_with(|| rank(&new.value, &known.value)).then(new.event.cmp(&known.event));
    let wins = order.is_gt();
    if wins {
        *known = new;
    }
    wins
}
