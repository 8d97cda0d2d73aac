//! Bounded collections of a facet: day buckets, the keys seen last, and logarithmic histograms.

use serde::{Deserialize, Serialize};

use crate::{Day, Key, Timestamp};

/// Values by civil day, for the latest 90 days that hold anything; a day further back than that is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "V: Serialize", deserialize = "V: Deserialize<'de>"))]
pub struct DayBuckets<V>(#[serde(with = "crate::gaps")] Vec<(Day, V)>);

impl<V: Default> DayBuckets<V> {
    /// How many days, the newest included, are kept.
    pub const DAYS: i32 = 90;

    /// The bucket of `day`, made when absent; `None` when the day lies before the kept ones.
    pub fn bucket(&mut self, day: Day) -> Option<&mut V> {
        let newest = self.0.last().map_or(day, |(newest, _)| (*newest).max(day));
        let oldest = newest.minus(Self::DAYS - 1);
        if day < oldest {
            return None;
        }
        let gone = self.0.partition_point(|(kept, _)| *kept < oldest);
        self.0.drain(..gone);
        let place = self.0.partition_point(|(kept, _)| *kept < day);
        if self.0.get(place).is_none_or(|(kept, _)| *kept != day) {
            self.0.insert(place, (day, V::default()));
        }
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// The buckets of the `days` days that end with `today`, oldest first.
    pub fn window(&self, today: Day, days: i32) -> impl Iterator<Item = &V> {
        let after = today.minus(days);
        let (from, to) = (self.place_after(after), self.place_after(today));
        self.0.get(from..to).unwrap_or_default().iter().map(|(_, value)| value)
    }

    /// The place of the first kept day later than `day`.
    fn place_after(&self, day: Day) -> usize {
        self.0.partition_point(|(kept, _)| *kept <= day)
    }

    /// Every kept day with its value, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Day, &V)> {
        self.0.iter().map(|(day, value)| (*day, value))
    }
}

/// At most `N` keys with a value each; a new key takes the place of the one seen least recently (ties: the smaller key goes).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TopKeys<V, const N: usize>(Vec<(Key, Timestamp, V)>);

impl<V: Default, const N: usize> TopKeys<V, N> {
    /// The value of `key`, made when absent, marked as seen at `at`; `None` when the key is older than all of a full set.
    pub fn touch(&mut self, key: &str, at: Timestamp) -> Option<&mut V> {
        if let Some(place) = self.0.iter().position(|(known, _, _)| known == key) {
            let (_, last, value) = self.0.get_mut(place)?;
            *last = (*last).max(at);
            return Some(value);
        }
        if self.0.len() >= N {
            let oldest = (0..self.0.len()).min_by_key(|i| self.0.get(*i).map(|(known, last, _)| (*last, known)))?;
            if self.0.get(oldest).is_some_and(|(known, last, _)| (*last, known.as_str()) > (at, key)) {
                return None;
            }
            self.0.remove(oldest);
        }
        let place = self.0.partition_point(|(known, _, _)| known.as_str() < key);
        self.0.insert(place, (Key::new(key), at, V::default()));
        self.0.get_mut(place).map(|(_, _, value)| value)
    }

    /// The value of `key`; `None` when it is not kept.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().find(|(known, _, _)| known == key).map(|(_, _, value)| value)
    }

    /// Whether a new key would take the place of another: one that is not kept may then have been.
    pub fn is_full(&self) -> bool {
        self.0.len() >= N
    }

    /// When `key` was last seen; `None` when it is not kept.
    pub fn last(&self, key: &str) -> Option<Timestamp> {
        self.0.iter().find(|(known, _, _)| known == key).map(|(_, last, _)| *last)
    }

    /// Every key, when it was last seen, and its value, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, Timestamp, &V)> {
        self.0.iter().map(|(key, last, value)| (key, *last, value))
    }
}

/// Counts of non-negative amounts in `N` buckets of doubling width: [0, 1), [1, 2), [2, 4), ... the last one open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram<const N: usize>(Vec<u16>);

impl<const N: usize> Histogram<N> {
    /// Counts one amount.
    pub fn add(&mut self, amount: u64) {
        let bucket = Self::bucket(amount);
        if self.0.len() <= bucket {
            self.0.resize(bucket + 1, 0);
        }
        if let Some(count) = self.0.get_mut(bucket) {
            *count = count.saturating_add(1);
        }
    }

    /// The mid-rank share of counted amounts below this one, 0 to 1, those of its own bucket counting half; `None` when nothing was counted.
    pub fn percentile(&self, amount: u64) -> Option<f64> {
        let bucket = Self::bucket(amount);
        let total: u32 = self.0.iter().map(|n| u32::from(*n)).sum();
        let below: u32 = self.0.iter().take(bucket).map(|n| u32::from(*n)).sum();
        let same = u32::from(self.0.get(bucket).copied().unwrap_or(0));
        (total > 0).then(|| (f64::from(below) + f64::from(same) / 2.0) / f64::from(total))
    }

    /// How many amounts fell into each bucket, up to the last one with any.
    pub fn counts(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|count| u32::from(*count))
    }

    /// How many amounts were counted.
    pub fn total(&self) -> u32 {
        self.0.iter().map(|n| u32::from(*n)).sum()
    }

    fn bucket(amount: u64) -> usize {
        ((u64::BITS - amount.leading_zeros()) as usize).min(N.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_keep_ninety_days_and_sum_any_window_of_them() {
        let mut days: DayBuckets<u32> = DayBuckets::default();
        for day in [100, 10, 11, 100, 55] {
            if let Some(count) = days.bucket(Day(day)) {
                *count += 1;
            }
        }
        assert_eq!(days.iter().map(|(day, n)| (day.0, *n)).collect::<Vec<_>>(), [(11, 1), (55, 1), (100, 2)]);
        assert_eq!(days.window(Day(100), 1).sum::<u32>(), 2);
        assert_eq!(days.window(Day(100), 46).sum::<u32>(), 3);
        assert_eq!(days.window(Day(99), 90).sum::<u32>(), 2);
    }

    #[test]
    fn a_full_set_forgets_the_key_seen_least_recently() {
        let mut top: TopKeys<u32, 2> = TopKeys::default();
        for (key, at) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            if let Some(count) = top.touch(key, Timestamp(at)) {
                *count += 1;
            }
        }
        assert_eq!((top.get("a"), top.get("b"), top.get("c")), (Some(&2), None, Some(&1)));
        assert!(top.touch("old", Timestamp(0)).is_none());
    }

    #[test]
    fn a_percentile_is_the_mid_rank_within_doubling_buckets() {
        let mut histogram: Histogram<8> = Histogram::default();
        assert_eq!(histogram.percentile(3), None);
        for amount in [0, 1, 2, 3, 9] {
            histogram.add(amount);
        }
        assert_eq!(histogram.percentile(2), Some(0.6));
        assert_eq!(histogram.percentile(u64::MAX), Some(1.0));
        assert_eq!(histogram.total(), 5);
    }
}
