//! What is forgotten at the bounds: the ring of known events, days, windows, baskets, and keys.

use serde_json::{Value, json};
use tact_domain::{Folded, Places, Profile};

use super::feed::{Shop, deliver, event, places};

/// 2026-06-01T12:00:00Z
const START_MS: i64 = 1_780_315_200_000;
const DAY_MS: i64 = 86_400_000;

/// The customer, and the stores around.
struct World {
    profile: Profile,
    places: Places,
}

impl World {
    fn new() -> Self {
        const IDS: [&str; 9] = ["s-0", "s-1", "s-2", "s-3", "s-4", "s-5", "s-6", "s-7", "s-8"];
        let shops = IDS.map(|id| Shop { id, lat: 40.7127, lon: -74.006, zone: "UTC" });
        Self { profile: Profile::default(), places: places(&shops) }
    }

    fn check_in(&mut self, day: i64, data: &Value) -> Folded {
        let event = event("check-in", &format!("c-{day}"), "ana", START_MS + day * DAY_MS, 0, data);
        deliver(&mut self.profile, &event, &self.places)
    }

    fn buy(&mut self, day: i64, product: &str, category: &str, currency: &str) {
        let line = json!({"product": product, "category": category, "quantity": 1, "unit_price": 100});
        let data = json!({"receipt": "r", "channel": "web", "currency": currency, "lines": [line]});
        let event = event("purchase", &format!("p-{day}"), "ana", START_MS + day * DAY_MS, 0, &data);
        assert_eq!(deliver(&mut self.profile, &event, &self.places), Folded::Changed(Vec::new()));
    }
}

fn venue(category: &str) -> Value {
    json!({"venue": {"id": "v", "category": category}})
}

#[test]
fn an_event_overtaken_by_sixteen_is_folded_and_by_seventeen_is_stale() {
    for (overtaken_by, expected) in [(16, Folded::Changed(Vec::new())), (17, Folded::Stale)] {
        let mut world = World::new();
        world.check_in(0, &venue("a"));
        for day in 0..overtaken_by {
            world.check_in(2 + day, &venue("a"));
        }
        let before = world.profile.clone();
        assert_eq!(world.check_in(1, &venue("late")), expected);
        assert_eq!(world.profile == before, expected == Folded::Stale);
    }
}

#[test]
fn the_ninth_store_takes_the_place_of_the_one_seen_least_recently_and_totals_stay() {
    let mut world = World::new();
    for (day, store) in [0, 1, 2, 3, 4, 5, 6, 7, 0, 8].into_iter().enumerate() {
        world.check_in(i64::try_from(day).unwrap(), &json!({"store": format!("s-{store}")}));
    }
    let facet = &world.profile.checkin;
    let kept: Vec<_> = facet.stores.iter().map(|(id, ..)| id.as_str()).collect();
    assert_eq!(kept, ["s-0", "s-2", "s-3", "s-4", "s-5", "s-6", "s-7", "s-8"]);
    assert_eq!((facet.visits, facet.stores.get("s-0").unwrap().visits), (10, 2));
    world.check_in(20, &json!({"store": "s-1"}));
    assert_eq!(world.profile.checkin.stores.get("s-1").unwrap().visits, 1, "counted anew");
}

#[test]
fn the_seventeenth_category_takes_the_place_of_the_one_seen_least_recently() {
    let mut world = World::new();
    for kind in 0..17 {
        world.check_in(kind, &venue(&format!("kind-{kind:02}")));
    }
    let facet = &world.profile.checkin;
    assert_eq!((facet.categories.iter().count(), facet.categories.get("kind-00")), (16, None));
}

#[test]
fn a_day_more_than_eighty_nine_days_back_is_forgotten_but_stays_in_the_totals() {
    let mut world = World::new();
    for day in [0, 1, 90] {
        world.check_in(day, &venue("a"));
        world.buy(day, "sku", "shoes", "USD");
    }
    let (checkin, purchase) = (&world.profile.checkin, &world.profile.purchase);
    assert_eq!((checkin.days.iter().count(), checkin.check_ins), (2, 3));
    assert_eq!((purchase.days.iter().count(), purchase.net), (2, 300));
}

#[test]
fn windows_baskets_products_categories_and_currencies_keep_the_latest_of_their_number() {
    let mut world = World::new();
    for place in 0..49 {
        let (product, category) = (format!("sku-{place:02}"), format!("c-{place:02}"));
        world.buy(place * 90, &product, &category, "USD");
    }
    for (place, code) in (0..).zip(["EUR", "JPY", "CHF", "GBP", "SEK"]) {
        world.buy(10_000 + place, "abroad", "travel", code);
    }
    let facet = &world.profile.purchase;
    assert_eq!((facet.orders, facet.net), (49, 4_900));
    assert_eq!((facet.windows.len(), facet.baskets.len()), (12, 8));
    let windows: Vec<i64> = facet.baskets.iter().map(|basket| (basket.at.0 - START_MS) / DAY_MS / 90).collect();
    assert_eq!(windows, (41..49).collect::<Vec<_>>());
    assert_eq!((facet.owned.iter().count(), facet.owned.get("sku-01")), (48, None));
    assert_eq!(facet.owned.get("sku-02").unwrap().quantity, 1);
    assert_eq!((facet.affinity.iter().count(), facet.affinity.get("c-32")), (16, None));
    assert!(facet.affinity.get("c-33").is_some());
    let codes: Vec<_> = facet.other_currencies.iter().map(|(code, ..)| code.as_str()).collect();
    assert_eq!(codes, ["CHF", "GBP", "JPY", "SEK"]);
}
