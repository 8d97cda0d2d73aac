//! What slots hold of what the customer did before: how often they came and bought, what they spent and like.

use tact_domain::{Day, DayBuckets, DayCheckIns, Happened, Key, LineKind, Purchase, SpendDrop};

use super::{Window, purchase};
use crate::{Moment, Value};

/// 1 when the event that is decided on is counted in a window that leaves it out.
fn own(window: Window, counted: bool) -> u32 {
    u32::from(window.earlier && counted)
}

pub(super) fn check_ins(
    moment: &Moment<'_>,
    today: Day,
    window: Window,
    of: impl Fn(&DayCheckIns) -> u16,
) -> Value<'static> {
    let days = moment.profile.checkin.days.window(today, i32::from(window.days));
    let all: u32 = days.map(|day| u32::from(of(day))).sum();
    let checked_in = matches!(moment.happened, Some(Happened::CheckIn(_)));
    // A check-in elsewhere is none at our stores.
    let counts = checked_in && of(&DayCheckIns { check_ins: 1, visits: u16::from(moment.store.is_some()) }) > 0;
    Value::Number(f64::from(all.saturating_sub(own(window, counts))))
}

pub(super) fn visits_here(moment: &Moment<'_>, today: Day, window: Window) -> Value<'static> {
    let Some(store) = moment.store.as_deref() else { return Value::Unknown };
    let sum = |days: &DayBuckets<u16>| days.window(today, i32::from(window.days)).map(|n| u32::from(*n)).sum::<u32>();
    let stores = &moment.profile.checkin.stores;
    let all = match stores.get(store) {
        Some(seen) => sum(&seen.days),
        None if stores.is_full() => return Value::Unknown,
        None => 0,
    };
    let checked_in = matches!(moment.happened, Some(Happened::CheckIn(_)));
    Value::Number(f64::from(all.saturating_sub(own(window, checked_in))))
}

pub(super) fn orders(moment: &Moment<'_>, today: Day, category: Option<&Key>, window: Window) -> Value<'static> {
    let facet = &moment.profile.purchase;
    let all = match category {
        None => Some(facet.orders_in(today, i32::from(window.days))),
        Some(category) => facet.orders_of(category, today, i32::from(window.days)),
    };
    let Some(all) = all else { return Value::Unknown };
    let now = purchase(moment).is_some_and(|bought| match category {
        None => bought.is_order(),
        Some(_) => pieces(bought, category) > 0.0,
    });
    Value::Number(f64::from(all.saturating_sub(own(window, now))))
}

pub(super) fn spend(moment: &Moment<'_>, today: Day, window: Window) -> Value<'static> {
    let all = moment.profile.purchase.spend_in(today, i32::from(window.days));
    let now = purchase(moment).filter(|_| window.earlier).map_or(0, Purchase::net);
    Value::Number(money(all.saturating_sub(now)))
}

pub(super) fn drop_of(moment: &Moment<'_>, today: Day) -> Option<SpendDrop> {
    moment.profile.purchase.spend_drop(today)
}

pub(super) fn pieces(purchase: &Purchase, category: Option<&Key>) -> f64 {
    let sold = purchase.lines.iter().filter(|line| line.kind == LineKind::Sale);
    let of = sold.filter(|line| category.is_none() || line.category.as_ref() == category);
    of.map(|line| f64::from(line.quantity)).sum()
}

pub(super) fn affinity(moment: &Moment<'_>, category: &str) -> Value<'static> {
    let at = |affinity: &tact_domain::CategoryAffinity| affinity.at(moment.now).max(0.0);
    let interests = &moment.profile.purchase.affinity;
    let all: f64 = interests.iter().map(|(_, _, affinity)| at(affinity)).sum();
    let this = interests.get(category).map_or(0.0, at);
    if all > 0.0 { Value::Number(this / all) } else { Value::Unknown }
}

#[expect(clippy::cast_precision_loss, reason = "minor units of one customer stay far below 2^53")]
pub(super) fn money(minor: i64) -> f64 {
    minor as f64
}

#[cfg(test)]
mod tests {
    use tact_domain::{CustomerId, DecisionId, PurchaseFacet};

    use crate::shop::{NOW, willing};
    use crate::{Moment, Slot, Value};

    /// What a slot holds for somebody with some windows of spend, the last 90 days apart, in minor units.
    fn held(slot: &Slot, windows: &[i64], last: i64) -> Option<f64> {
        let (customer, mut profile, today) = (CustomerId::new("cust-1").unwrap(), willing(), NOW.day(0));
        let begins = today.minus(89).0.div_euclid(PurchaseFacet::WINDOW_DAYS);
        let first = begins - i32::try_from(windows.len()).unwrap();
        // In the first one they came late.
        profile.purchase.windows = (first - 1..).zip([1].iter().chain(windows).copied()).collect();
        profile.purchase.days.bucket(today).unwrap().net = last;
        let moment = Moment::asked(DecisionId(1), &customer, &profile, NOW);
        match slot.value(&moment) {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    #[test]
    fn a_drop_is_unknown_until_two_windows_are_full_and_then_a_share_that_may_be_noticed() {
        let told = |windows: &[i64], last| (held(&Slot::Drop, windows, last), held(&Slot::HasDropped, windows, last));
        assert_eq!(told(&[30_000], 5_000), (None, Some(0.0)), "nothing is noticed that cannot be told");
        let (drop, noticed) = told(&[30_000, 30_000], 5_000);
        assert!((drop.unwrap() - 0.8333).abs() < 1e-4 && noticed == Some(1.0));
        assert_eq!(told(&[30_000, 30_000], 45_000), (Some(0.0), Some(0.0)), "more than usual is no drop");
        assert_eq!(
            told(&[30_000, 30_000], -45_000),
            (Some(1.0), Some(1.0)),
            "more returned than bought is a whole one"
        );
    }
}
