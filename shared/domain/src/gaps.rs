//! Moments in a row, stored as gaps: a day or an instant takes one to six bytes less when only its distance to the one before it is written.
//! People read the moments themselves.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Day, Timestamp};

/// A moment that can be told by its distance to another.
pub(crate) trait Moment: Copy {
    /// Its distance to the epoch.
    fn number(self) -> i64;
    /// The moment at a distance to the epoch; `None` when there is none.
    fn of(number: i64) -> Option<Self>;
}

impl Moment for Timestamp {
    fn number(self) -> i64 {
        self.0
    }

    fn of(number: i64) -> Option<Self> {
        Some(Self(number))
    }
}

impl Moment for Day {
    fn number(self) -> i64 {
        i64::from(self.0)
    }

    fn of(number: i64) -> Option<Self> {
        i32::try_from(number).ok().map(Self)
    }
}

/// Writes values by moment, the earliest first.
pub(crate) fn serialize<T, V, S>(row: &[(T, V)], serializer: S) -> Result<S::Ok, S::Error>
where
    T: Moment + Serialize,
    V: Serialize,
    S: Serializer,
{
    if serializer.is_human_readable() {
        return row.serialize(serializer);
    }
    let mut before = 0;
    serializer.collect_seq(row.iter().map(|(at, value)| {
        let gap = at.number().wrapping_sub(before);
        before = at.number();
        (gap, value)
    }))
}

/// Reads them back; what goes back in time was not written here.
pub(crate) fn deserialize<'de, T, V, D>(deserializer: D) -> Result<Vec<(T, V)>, D::Error>
where
    T: Moment + Deserialize<'de>,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    if deserializer.is_human_readable() {
        return Vec::deserialize(deserializer);
    }
    let mut before: Option<i64> = None;
    let row = Vec::<(i64, V)>::deserialize(deserializer)?.into_iter().map(|(gap, value)| {
        let number = before.map_or(Some(gap), |before| before.checked_add(gap).filter(|at| *at >= before))?;
        before = Some(number);
        Some((T::of(number)?, value))
    });
    row.collect::<Option<_>>().ok_or_else(|| D::Error::custom("moments out of order"))
}
