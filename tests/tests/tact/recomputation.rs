//! What the profile keeps of check-ins and purchases equals a plain recomputation over the raw events, and at its bounds it
//! forgets what its documentation says.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking, and counts in floating point where the numbers are small"
)]

mod bounds;
pub(crate) mod feed;
pub(crate) mod history;
pub(crate) mod naive;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;
use tact_domain::{CheckInFacet, DayBuckets, Folded, Profile, PurchaseFacet};

use feed::{SHOPS, deliver, places};
use history::{CUSTOMERS, Delivery, histories};

/// The same histories every time.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(42), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn every_number_equals_its_recomputation_over_the_raw_events(history in histories()) {
        let profiles = folded(&history);
        for customer in CUSTOMERS {
            let first = history.iter().filter(|delivery| !delivery.again).map(|delivery| &delivery.event);
            let events: Vec<&Value> = first.filter(|event| event["subject"] == customer).collect();
            let profile = &profiles[customer];
            compare_check_ins(&profile.checkin, &naive::check_ins(&events));
            let purchases = naive::purchases(&events);
            compare_totals(&profile.purchase, &purchases);
            compare_over_time(&profile.purchase, &purchases);
            compare_kept_keys(&profile.purchase, &purchases);
        }
    }
}

/// The profiles a history leads to; what arrives again changes nothing.
fn folded(history: &[Delivery]) -> BTreeMap<&'static str, Profile> {
    let places = places(&SHOPS);
    let mut profiles: BTreeMap<_, _> = CUSTOMERS.into_iter().map(|name| (name, Profile::default())).collect();
    for Delivery { event, again } in history {
        let profile = profiles.get_mut(event["subject"].as_str().unwrap()).unwrap();
        let before = profile.clone();
        let answer = deliver(profile, event, &places);
        if *again {
            assert!(matches!(answer, Folded::Duplicate | Folded::Stale), "{answer:?} {event}");
            assert_eq!(*profile, before);
        } else {
            assert_eq!(answer, Folded::Changed(Vec::new()), "{event}");
        }
    }
    profiles
}

fn compare_check_ins(facet: &CheckInFacet, naive: &naive::CheckIns) {
    assert_eq!(facet.check_ins as usize, naive.times.len());
    assert_eq!(facet.visits as usize, naive.visits.len());
    assert_eq!((facet.weekday, facet.weekend), (naive.weekday, naive.weekend));
    let ends = (facet.first.map(|at| at.0), facet.last.map(|at| at.0), facet.last_visit.map(|at| at.0));
    assert_eq!(ends, (naive.times.first().copied(), naive.times.last().copied(), naive.visits.last().copied()));
    assert_eq!(by_day(&facet.days, |day| (day.check_ins, day.visits)), last_ninety(&naive.days));
    let stores = facet.stores.iter().map(|(id, _, store)| {
        assert_eq!(store.visits, naive.stores[id.as_str()].values().map(|n| u32::from(*n)).sum::<u32>());
        (id.to_string(), by_day(&store.days, |visits| *visits))
    });
    let expected = naive.stores.iter().map(|(id, days)| (id.clone(), last_ninety(days)));
    assert_eq!(stores.collect::<BTreeMap<_, _>>(), expected.collect());
    let categories = facet.categories.iter().map(|(name, _, count)| (name.to_string(), *count));
    assert_eq!(categories.collect::<BTreeMap<_, _>>(), naive.categories);
}

fn compare_totals(facet: &PurchaseFacet, naive: &naive::Purchases) {
    assert_eq!((facet.orders, facet.net, facet.returned), (naive.orders, naive.net, naive.returned));
    let ends = (facet.first.map(|at| at.0), facet.last.map(|at| at.0));
    assert_eq!(ends, (naive.ordered.first().copied(), naive.ordered.last().copied()));
    assert_eq!(facet.blocks.map(|block| (block.orders, block.net)), naive.blocks);
    let sizes: Vec<u64> = naive.sizes.iter().map(|net| u64::try_from(net / 100).unwrap_or(0)).collect();
    for amount in sizes.iter().copied().chain([0, 1, 77, 5_000]) {
        assert_eq!(facet.basket_sizes.percentile(amount), naive::percentile(&sizes, amount, 16));
    }
    let other = facet.other_currencies.iter().map(|(code, _, net)| (code.to_string(), *net));
    assert_eq!(other.collect::<BTreeMap<_, _>>(), naive.other);
}

fn compare_over_time(facet: &PurchaseFacet, naive: &naive::Purchases) {
    assert_eq!(by_day(&facet.days, |day| (day.orders, day.net)), last_ninety(&naive.days));
    assert_eq!(facet.windows, naive.windows.iter().map(|(window, net)| (*window, *net)).collect::<Vec<_>>());
    let latest = naive.baskets.len().saturating_sub(8);
    let baskets = facet.baskets.iter().map(|b| (b.at.0, b.store.as_ref().map(ToString::to_string), b.net));
    assert_eq!(baskets.collect::<Vec<_>>(), naive.baskets[latest..]);
    let Some((&today, _)) = naive.days.last_key_value() else { return };
    for days in [1, 7, 30, 90] {
        let kept = || naive.days.range(today - days + 1..).map(|(_, day)| day);
        assert_eq!(facet.spend_in(tact_domain::Day(today), days), kept().map(|(_, net)| net).sum::<i64>());
        assert_eq!(facet.orders_in(tact_domain::Day(today), days), kept().map(|(n, _)| u32::from(*n)).sum::<u32>());
    }
}

fn compare_kept_keys(facet: &PurchaseFacet, naive: &naive::Purchases) {
    let owned = facet.owned.iter().map(|(product, _, owned)| {
        let category = owned.category.as_ref().map(ToString::to_string);
        (product.to_string(), (i64::from(owned.quantity), category))
    });
    assert_eq!(owned.collect::<BTreeMap<_, _>>(), naive.owned);
    assert_eq!(facet.affinity.iter().count(), naive.by_category.len());
    for (category, _, affinity) in facet.affinity.iter() {
        let lines = &naive.by_category[category.as_str()];
        assert_eq!(Some(affinity.as_of.0), lines.iter().map(|(at, _)| *at).max());
        for later_days in [0, 45] {
            let at = affinity.as_of.plus_s(later_days * 86_400);
            let (expected, scale) = naive::interest(lines, at.0);
            assert!((affinity.at(at) - expected).abs() <= 1e-9 * scale, "{category}: {} {expected}", affinity.at(at));
        }
    }
}

fn by_day<V: Default, T>(buckets: &DayBuckets<V>, value: impl Fn(&V) -> T) -> BTreeMap<i32, T> {
    buckets.iter().map(|(day, bucket)| (day.0, value(bucket))).collect()
}

/// The newest day and the 89 days before it.
fn last_ninety<T: Clone>(days: &BTreeMap<i32, T>) -> BTreeMap<i32, T> {
    let newest = days.last_key_value().map_or(0, |(day, _)| *day);
    days.range(newest - 89..).map(|(day, value)| (*day, value.clone())).collect()
}
