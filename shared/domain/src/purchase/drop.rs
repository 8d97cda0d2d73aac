//! How much less somebody spends than they used to: the last 90 days beside the 90-day windows of their own that lie before them.

use super::PurchaseFacet;
use crate::{Day, DayBuckets};

/// What the last 90 days are beside a customer's own earlier windows of 90 days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpendDrop {
    /// What they usually spend in 90 days, in minor units: the median of the earlier windows; above 0.
    pub usual: f64,
    /// The share of what they usually spend that is missing: 1 less the last 90 days divided by the median of the earlier windows. Below 0 when they
    /// spend more than usual, above 1 when more came back than was bought.
    pub share: f64,
    /// Whether that is to be taken notice of: at least four fifths are missing, and the last 90 days lie below the 5th percentile of the
    /// earlier windows, so that whoever always buys in fits and starts is not taken for somebody who leaves.
    pub is_noticed: bool,
}

impl SpendDrop {
    /// How many times what is left a drop must have been before to be noticed: 0.8 of it is then missing.
    const TIMES: f64 = 5.0;
    /// How many earlier windows it takes to say what is usual.
    pub const LEAST_WINDOWS: usize = 2;
    /// The quantile of the earlier windows that the last 90 days must lie below.
    const UNUSUAL: f64 = 0.05;

    /// The drop from earlier windows to the last 90 days, all net of returns, in minor units; `None` with fewer than two windows, or when nothing
    /// was usually spent.
    pub fn of(last: i64, earlier: &[i64]) -> Option<Self> {
        let mut earlier: Vec<f64> = earlier.iter().map(|net| amount(*net)).collect();
        earlier.sort_by(f64::total_cmp);
        if earlier.len() < Self::LEAST_WINDOWS {
            return None;
        }
        let (usual, unusual) = (quantile(&earlier, 0.5)?, quantile(&earlier, Self::UNUSUAL)?);
        let last = amount(last);
        // Whole numbers and halves are compared exactly: of 300.00 enough is missing at 60.00, and not at 60.01.
        (usual > 0.0).then(|| Self {
            usual,
            share: 1.0 - last / usual,
            is_noticed: last * Self::TIMES <= usual && last < unusual,
        })
    }
}

impl PurchaseFacet {
    /// The drop of spend on a day; `None` while fewer than two full windows are known, or when nothing was usually spent in them.
    pub fn spend_drop(&self, today: Day) -> Option<SpendDrop> {
        SpendDrop::of(self.spend_in(today, DayBuckets::<()>::DAYS), &self.full_windows(today))
    }

    /// Spend in each full window of 90 days before the last 90 days, oldest first, in minor units; 0 for a window without purchase. Full are those that
    /// ended before the last 90 days begin, and began after the first window that is known: in that one the customer may have come late.
    pub fn full_windows(&self, today: Day) -> Vec<i64> {
        let begins = today.minus(DayBuckets::<()>::DAYS - 1).0.div_euclid(Self::WINDOW_DAYS);
        let Some((first, _)) = self.windows.first() else { return Vec::new() };
        let net = |window: i32| self.windows.iter().find(|(known, _)| *known == window).map_or(0, |(_, net)| *net);
        // No more than are kept, however long ago the first one was.
        let kept = i32::try_from(Self::WINDOWS).unwrap_or(i32::MAX);
        (first.saturating_add(1).max(begins.saturating_sub(kept))..begins).map(net).collect()
    }
}

/// A quantile of sorted numbers, between neighbours on a straight line (Hyndman and Fan 1996, type 7); `None` for no numbers.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = u32::try_from(sorted.len().checked_sub(1)?).ok()?;
    let place = share * f64::from(last);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among at most a few windows")]
    let below = place.floor() as usize;
    let (low, high) = (sorted.get(below)?, sorted.get(below + 1).or(sorted.last())?);
    Some(low + (high - low) * (place - place.floor()))
}

#[expect(clippy::cast_precision_loss, reason = "minor units of one customer stay far below 2^53")]
fn amount(minor: i64) -> f64 {
    minor as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    fn drop_of(last: i64, earlier: &[i64]) -> SpendDrop {
        SpendDrop::of(last, earlier).unwrap_or_else(|| panic!("{last} after {earlier:?}"))
    }

    #[test]
    fn anne_spent_300_a_quarter_and_now_50_and_is_missed() {
        let anne = drop_of(5_000, &[30_000; 4]);
        assert!((anne.share - 0.8333).abs() < 1e-4, "{}", anne.share);
        assert!(anne.is_noticed && drop_of(4_999, &[30_000; 4]).is_noticed);
        assert!(drop_of(4_999, &[30_000, 30_000]).is_noticed, "two windows are enough");
    }

    #[test]
    fn a_drop_is_noticed_from_four_fifths() {
        assert!(drop_of(6_000, &[30_000; 3]).is_noticed, "0.8 exactly");
        assert!(!drop_of(6_001, &[30_000; 3]).is_noticed);
        assert!(!drop_of(30_000, &[30_000; 3]).is_noticed);
    }

    #[test]
    fn what_happened_before_is_not_noticed_however_far_it_lies_below_the_median() {
        // The 5th percentile of five windows lies a fifth of the way from the lowest to the next: 2,000 + 0.2 * 28,000 = 7,600.
        let in_fits = [30_000, 2_000, 30_000, 30_000, 30_000];
        assert!((drop_of(7_000, &in_fits).share - (1.0 - 7.0 / 30.0)).abs() < 1e-12);
        assert!(drop_of(5_900, &in_fits).is_noticed);
        // Of two lows of four the 5th percentile is the low itself.
        let often = [30_000, 1_000, 30_000, 1_000, 30_000];
        assert!(drop_of(999, &often).is_noticed);
        assert!(!drop_of(1_000, &often).is_noticed, "no less than ever");
    }

    #[test]
    fn without_two_windows_or_with_nothing_spent_in_them_nothing_can_be_told() {
        assert_eq!(SpendDrop::of(5_000, &[30_000]), None);
        assert_eq!(SpendDrop::of(5_000, &[]), None);
        assert_eq!(SpendDrop::of(0, &[0, 0, 30_000]), None, "the median of these is nothing");
        assert_eq!(SpendDrop::of(0, &[-100, -100]), None);
    }

    #[test]
    fn more_than_usual_is_less_than_no_drop_and_more_returned_than_bought_more_than_a_whole_one() {
        assert!((drop_of(60_000, &[30_000; 2]).share + 1.0).abs() < 1e-12);
        assert!((drop_of(-3_000, &[30_000; 2]).share - 1.1).abs() < 1e-12);
        assert!(drop_of(-3_000, &[30_000; 2]).is_noticed);
    }

    /// A profile with so much spent on each of some days.
    fn spent(on: &[(i32, i64)]) -> PurchaseFacet {
        let mut facet = PurchaseFacet::default();
        for (day, net) in on {
            let line = crate::Line {
                kind: if *net < 0 { crate::LineKind::Return } else { crate::LineKind::Sale },
                product: "p".into(),
                category: None,
                quantity: 1,
                unit_price: net.abs(),
            };
            let receipt = crate::Purchase {
                receipt: "r".into(),
                store: None,
                online: true,
                currency: "USD".into(),
                lines: vec![line],
                coupons: Vec::new(),
            };
            let places = crate::Places { stores: Vec::new(), deny: Vec::new() };
            let ground = crate::Ground::of(&places, "USD");
            let at = Timestamp(i64::from(*day) * 86_400_000);
            facet.fold(&receipt, at, crate::Fingerprint(u64::from(day.unsigned_abs())), 0, &ground);
        }
        facet
    }

    #[test]
    fn the_windows_compared_with_are_full_and_lie_before_the_last_90_days() {
        let window = |n: i32| n * PurchaseFacet::WINDOW_DAYS;
        // She came late in window 200 and bought in 201 and 203; nothing in 202.
        let facet = spent(&[(window(200) + 80, 9_900), (window(201), 30_000), (window(203) + 89, 20_000)]);
        assert_eq!(facet.full_windows(Day(window(205) - 1)), [30_000, 0, 20_000], "the last 90 days are window 204");
        assert_eq!(facet.full_windows(Day(window(205) - 2)), [30_000, 0], "one day of window 203 is among them");
        assert_eq!(facet.full_windows(Day(window(201))), [0; 0]);
        assert_eq!(PurchaseFacet::default().full_windows(Day(0)), [0; 0]);
    }

    #[test]
    fn returns_are_netted_on_both_sides() {
        let window = |n: i32| n * PurchaseFacet::WINDOW_DAYS;
        let before = [(window(200), 100), (window(201), 40_000), (window(201) + 3, -10_000), (window(202), 30_000)];
        let lately = [(window(203) + 1, 9_000), (window(203) + 5, -4_000)];
        let facet = spent(&[&before[..], &lately].concat());
        let drop = facet.spend_drop(Day(window(203) + 89)).unwrap_or_else(|| panic!("two windows"));
        assert!((drop.share - 0.8333).abs() < 1e-4 && drop.is_noticed, "{drop:?}");
    }

    #[test]
    fn a_drop_is_what_counting_by_hand_says() {
        // Amounts without a pattern, the same every time.
        let mut state = 7_u64;
        let mut amount = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i64::try_from((state >> 33) % 50_000).unwrap()
        };
        let mut noticed = 0;
        for round in 0..2_000 {
            let earlier: Vec<i64> = (0..2 + round % 9).map(|_| amount() + 1).collect();
            let last = amount() / 5;
            let mut sorted = earlier.clone();
            sorted.sort_unstable();
            let middle = sorted.len() / 2;
            let doubled = if sorted.len() % 2 == 1 { 2 * sorted[middle] } else { sorted[middle - 1] + sorted[middle] };
            // With at most ten windows the 5th percentile lies between the two lowest, in twentieths.
            let twentieths = i64::try_from(sorted.len() - 1).unwrap();
            let below = 20 * last < 20 * sorted[0] + twentieths * (sorted[1] - sorted[0]);
            let drop = drop_of(last, &earlier);
            assert!((drop.share - (1.0 - 2.0 * super::amount(last) / super::amount(doubled))).abs() < 1e-9);
            assert_eq!(drop.is_noticed, 10 * last <= doubled && below, "{last} after {earlier:?}");
            noticed += u32::from(drop.is_noticed);
        }
        assert!((200..1_800).contains(&noticed), "{noticed} of 2,000: both are tried");
    }
}
