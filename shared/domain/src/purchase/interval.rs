//! How often somebody buys of a category, by their own days of purchase, and when they will again.

use super::PurchaseFacet;
use crate::Day;

/// How many days of purchase it takes to know an interval: two intervals, as one may be chance.
const LEAST_DAYS: usize = 3;

impl PurchaseFacet {
    /// The customer's own interval between two purchases of a category, in days: the median of those between the days kept on which it was bought,
    /// the shorter of the middle two. `None` when there are fewer than three such days, or the category may have been forgotten for others.
    pub fn interval_of(&self, category: &str, today: Day) -> Option<u32> {
        let days = self.days_of(category, today);
        if days.len() < LEAST_DAYS {
            return None;
        }
        let mut gaps: Vec<i32> = days.iter().zip(days.iter().skip(1)).map(|(a, b)| b.0 - a.0).collect();
        gaps.sort_unstable();
        let middle = gaps.len().saturating_sub(1) / 2;
        gaps.get(middle).and_then(|gap| u32::try_from(*gap).ok())
    }

    /// In how many days the customer will buy of a category again, by their own interval since they last did; 0 when that has come or is over. `None` when
    /// the interval is not known.
    pub fn due_in(&self, category: &str, today: Day) -> Option<u32> {
        let last = self.days_of(category, today).last().copied()?;
        let since = u32::try_from(today.0 - last.0).ok()?;
        Some(self.interval_of(category, today)?.saturating_sub(since))
    }

    /// The days kept up to `today` on which something of a category was bought, oldest first.
    fn days_of(&self, category: &str, today: Day) -> Vec<Day> {
        let Some(interest) = self.affinity.get(category) else { return Vec::new() };
        interest.days.iter().filter(|(day, orders)| **orders > 0 && *day <= today).map(|(day, _)| day).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CategoryAffinity, Timestamp};

    /// Somebody who bought coffee on some days.
    fn bought(days: &[i32]) -> PurchaseFacet {
        let mut interest = CategoryAffinity::default();
        for day in days {
            if let Some(orders) = interest.days.bucket(Day(*day)) {
                *orders += 1;
            }
        }
        let mut facet = PurchaseFacet::default();
        if let Some(kept) = facet.affinity.touch("coffee", Timestamp(0)) {
            *kept = interest;
        }
        facet
    }

    fn due(days: &[i32], today: i32) -> Option<u32> {
        bought(days).due_in("coffee", Day(today))
    }

    #[test]
    fn coffee_is_due_when_as_long_has_passed_as_it_usually_lasts() {
        let monthly = [1_000, 1_029, 1_058];
        assert_eq!([1_058, 1_070, 1_086, 1_087, 1_100].map(|today| due(&monthly, today)), [29, 17, 1, 0, 0].map(Some));
    }

    #[test]
    fn each_has_an_interval_of_their_own_and_one_odd_gap_changes_little() {
        let weekly = [1_000, 1_007, 1_014, 1_040, 1_047];
        assert_eq!(bought(&weekly).interval_of("coffee", Day(1_047)), Some(7));
        assert_eq!(
            bought(&[1_000, 1_010, 1_030]).interval_of("coffee", Day(1_030)),
            Some(10),
            "10 and 20: the shorter"
        );
        assert_eq!(
            bought(&[1_000, 1_000, 1_010, 1_020]).interval_of("coffee", Day(1_020)),
            Some(10),
            "twice in a day is once"
        );
    }

    #[test]
    fn two_purchases_may_be_chance_and_what_comes_after_today_is_not_known_today() {
        assert_eq!(due(&[1_000, 1_029], 1_058), None);
        assert_eq!(due(&[], 1_058), None);
        assert_eq!(due(&[1_000, 1_029, 1_058], 1_050), None);
        assert_eq!(bought(&[1_000, 1_010, 1_020]).due_in("tea", Day(1_020)), None);
    }
}
