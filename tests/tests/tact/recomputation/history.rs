//! Random histories: what two customers bought and where they checked in, in what order it arrives, and what arrives again.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::feed::{SHOPS, event};

/// The customers of a history.
pub(crate) const CUSTOMERS: [&str; 2] = ["ana", "ben"];

/// One arrival of an event.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) event: Value,
    /// Whether it is one arrival too many.
    pub(crate) again: bool,
}

/// What happens next in a history.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) after_s: i64,
    pub(crate) customer: &'static str,
    pub(crate) offset_s: i32,
    pub(crate) kind: &'static str,
    pub(crate) data: Value,
    /// How many places late it arrives.
    pub(crate) late: usize,
    /// How many places later it arrives once more.
    pub(crate) again: Option<usize>,
}

/// About two hundred days of purchases and check-ins, within every bound of the facets: 7 stores, 14 categories, 40 products,
/// 3 other currencies; nothing is overtaken by more than 8 later events.
pub(crate) fn histories() -> impl Strategy<Value = Vec<Delivery>> {
    // A day in 2026 or 2027, so that the clocks of every zone change somewhere in the history.
    let start_ms = (1_767_225_600_000_i64..1_830_297_600_000).prop_map(|at| at / 1000 * 1000);
    (start_ms, vec(step(), 1..140)).prop_map(|(start, steps)| arrange(start, &steps))
}

/// The steps in their order of arrival.
pub(crate) fn arrange(start_ms: i64, steps: &[Step]) -> Vec<Delivery> {
    let mut arrivals = Vec::new();
    let mut at_ms = start_ms;
    for (place, step) in steps.iter().enumerate() {
        at_ms += step.after_s * 1000;
        let id = format!("e-{place}");
        let event = event(step.kind, &id, step.customer, at_ms, step.offset_s, &step.data);
        let arrival = place + step.late;
        if let Some(later) = step.again {
            arrivals.push(((arrival + 1 + later, true, place), event.clone()));
        }
        arrivals.push(((arrival, false, place), event));
    }
    arrivals.sort_by_key(|(order, _)| *order);
    arrivals.into_iter().map(|((_, again, _), event)| Delivery { event, again }).collect()
}

fn step() -> impl Strategy<Value = Step> {
    let hours = 60_i64..7_200;
    let days = 7_200_i64..3 * 86_400;
    let weeks = 3 * 86_400_i64..12 * 86_400;
    let after_s = prop_oneof![3 => hours, 4 => days, 1 => weeks];
    let offset_s = select(vec![0, -4 * 3600, -5 * 3600, 19_800, 13 * 3600, -11 * 3600]);
    let what =
        prop_oneof![purchase().prop_map(|data| ("purchase", data)), check_in().prop_map(|data| ("check-in", data))];
    let late = prop_oneof![6 => Just(0), 1 => 1..=8_usize];
    (after_s, select(CUSTOMERS.to_vec()), offset_s, what, late, weighted(0.3, 0..200_usize)).prop_map(
        |(after_s, customer, offset_s, (kind, data), late, again)| Step {
            after_s,
            customer,
            offset_s,
            kind,
            data,
            late,
            again,
        },
    )
}

/// The data of a purchase.
pub(crate) fn purchase() -> impl Strategy<Value = Value> {
    let channel = prop_oneof![5 => Just("store"), 2 => Just("web"), 1 => Just("app")];
    let currency = prop_oneof![8 => Just("USD"), 1 => Just("EUR"), 1 => Just("JPY"), 1 => Just("CHF")];
    (channel, weighted(0.9, store_id()), currency, vec(line(), 0..5)).prop_map(|(channel, store, currency, lines)| {
        json!({"receipt": "r", "channel": channel, "store": store, "currency": currency, "lines": lines})
    })
}

/// A product always has the same category, where a line names one.
fn line() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![5 => Just(None), 1 => Just(Some("sale")), 2 => Just(Some("return"))];
    (kind, 0..40_u32, any::<bool>(), 1..=9_u32, 1..=50_000_i64).prop_map(|(kind, product, named, quantity, price)| {
        let category = named.then(|| format!("c-{}", product % 12));
        let product = format!("sku-{product}");
        json!({"kind": kind, "product": product, "category": category, "quantity": quantity, "unit_price": price})
    })
}

/// The data of a check-in.
pub(crate) fn check_in() -> impl Strategy<Value = Value> {
    let category = || weighted(0.8, (0..14_u32).prop_map(|n| format!("kind-{n}")));
    let by_store = store_id().prop_map(|store| json!({"store": store}));
    let by_id = (store_id(), category()).prop_map(|(id, category)| json!({"venue": {"id": id, "category": category}}));
    let by_position =
        (0..SHOPS.len(), -350.0..350.0, -350.0..350.0, category()).prop_map(|(at, north, east, category)| {
            let shop = &SHOPS[at];
            let lat = shop.lat + north / 111_195.0;
            let lon = shop.lon + east / (111_195.0 * shop.lat.to_radians().cos());
            json!({"venue": {"id": "v-1", "category": category, "lat": lat, "lon": lon}})
        });
    let elsewhere = category().prop_map(|category| json!({"venue": {"id": "v-2", "category": category}}));
    prop_oneof![by_store, by_id, by_position, elsewhere]
}

/// A store of ours, or one we do not know.
fn store_id() -> impl Strategy<Value = &'static str> {
    select(SHOPS.iter().map(|shop| shop.id).chain(["pop-up"]).collect::<Vec<_>>())
}
