//! Every number of the check-in and purchase facets, from the raw events alone, as plainly as it can be counted.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZoneDatabase;
use serde_json::Value;

use super::feed::{SHOPS, Shop};

/// What the purchases of one customer come to.
#[derive(Debug, Default)]
pub(crate) struct Purchases {
    pub(crate) orders: u32,
    pub(crate) net: i64,
    pub(crate) returned: i64,
    /// When every order was made, in milliseconds, earliest first.
    pub(crate) ordered: Vec<i64>,
    /// Orders and net by day number.
    pub(crate) days: BTreeMap<i32, (u16, i64)>,
    /// Net by 90 days.
    pub(crate) windows: BTreeMap<i32, i64>,
    /// Orders and net: store weekday, store weekend, online weekday, online weekend.
    pub(crate) blocks: [(u32, i64); 4],
    /// Pieces and category by product.
    pub(crate) owned: BTreeMap<String, (i64, Option<String>)>,
    /// Every line with a category, by category: when, and its net.
    pub(crate) by_category: BTreeMap<String, Vec<(i64, i64)>>,
    /// When, where and for how much, earliest first.
    pub(crate) baskets: Vec<(i64, Option<String>, i64)>,
    /// The net of every order.
    pub(crate) sizes: Vec<i64>,
    /// Net by other currency.
    pub(crate) other: BTreeMap<String, i64>,
}

/// What the check-ins of one customer come to.
#[derive(Debug, Default)]
pub(crate) struct CheckIns {
    /// When every check-in was, in milliseconds, earliest first.
    pub(crate) times: Vec<i64>,
    /// When every visit was, in milliseconds, earliest first.
    pub(crate) visits: Vec<i64>,
    pub(crate) weekday: u32,
    pub(crate) weekend: u32,
    /// Check-ins and visits by day number.
    pub(crate) days: BTreeMap<i32, (u16, u16)>,
    /// Visits by store and day number.
    pub(crate) stores: BTreeMap<String, BTreeMap<i32, u16>>,
    pub(crate) categories: BTreeMap<String, u32>,
}

/// The purchases among the events.
pub(crate) fn purchases(events: &[&Value]) -> Purchases {
    let mut sums = Purchases::default();
    for event in events.iter().filter(|event| event["type"] == "tact.purchase.v1") {
        add_purchase(&mut sums, event);
    }
    sums.ordered.sort_unstable();
    sums.baskets.sort();
    sums
}

fn add_purchase(sums: &mut Purchases, event: &Value) {
    let (at, data) = (at_ms(event), &event["data"]);
    let lines = data["lines"].as_array().unwrap();
    // A receipt that shows nothing is no purchase.
    if lines.is_empty() {
        return;
    }
    let value = |line: &Value| line["quantity"].as_i64().unwrap() * line["unit_price"].as_i64().unwrap();
    let is_return = |line: &Value| line["kind"] == "return";
    let signed = |line: &Value| if is_return(line) { -value(line) } else { value(line) };
    for line in lines {
        let pieces = line["quantity"].as_i64().unwrap();
        let (owned, category) = sums.owned.entry(text(&line["product"])).or_default();
        *owned += if is_return(line) { -pieces } else { pieces };
        *category = line["category"].as_str().map(str::to_owned).or(category.take());
    }
    let net: i64 = lines.iter().map(signed).sum();
    if data["currency"] != "USD" {
        *sums.other.entry(text(&data["currency"])).or_default() += net;
        return;
    }
    let is_order = lines.iter().any(|line| !is_return(line));
    let is_online = data["channel"] != "store";
    let store = data["store"].as_str().filter(|_| !is_online);
    let day = civil_day(event, store.and_then(shop));
    sums.net += net;
    sums.returned += lines.iter().filter(|line| is_return(line)).map(value).sum::<i64>();
    if is_order {
        sums.orders += 1;
        sums.ordered.push(at);
        sums.sizes.push(net);
    }
    let bucket = sums.days.entry(number(day)).or_default();
    *bucket = (bucket.0 + u16::from(is_order), bucket.1 + net);
    *sums.windows.entry(number(day).div_euclid(90)).or_default() += net;
    let block = &mut sums.blocks[usize::from(is_online) * 2 + usize::from(is_weekend(day))];
    *block = (block.0 + u32::from(is_order), block.1 + net);
    sums.baskets.push((at, store.map(str::to_owned), net));
    for line in lines.iter().filter(|line| line["category"].is_string()) {
        sums.by_category.entry(text(&line["category"])).or_default().push((at, signed(line)));
    }
}

/// The check-ins among the events.
pub(crate) fn check_ins(events: &[&Value]) -> CheckIns {
    let mut sums = CheckIns::default();
    for event in events.iter().filter(|event| event["type"] == "tact.check-in.v1") {
        let shop = visited(&event["data"]);
        let day = civil_day(event, shop);
        sums.times.push(at_ms(event));
        let part = if is_weekend(day) { &mut sums.weekend } else { &mut sums.weekday };
        *part += 1;
        let bucket = sums.days.entry(number(day)).or_default();
        *bucket = (bucket.0 + 1, bucket.1 + u16::from(shop.is_some()));
        if let Some(category) = event["data"]["venue"]["category"].as_str() {
            *sums.categories.entry(category.to_owned()).or_default() += 1;
        }
        if let Some(shop) = shop {
            sums.visits.push(at_ms(event));
            *sums.stores.entry(shop.id.to_owned()).or_default().entry(number(day)).or_default() += 1;
        }
    }
    sums.times.sort_unstable();
    sums.visits.sort_unstable();
    sums
}

/// Interest at an instant: every amount halves in 60 days. Also the sum of what went into it, whatever its sign.
pub(crate) fn interest(lines: &[(i64, i64)], at_ms: i64) -> (f64, f64) {
    let decayed = |&(bought, net): &(i64, i64)| net as f64 * 0.5_f64.powf((at_ms - bought) as f64 / (60.0 * 86_400e3));
    (lines.iter().map(decayed).sum(), lines.iter().map(|line| decayed(line).abs()).sum())
}

/// The share of amounts whose doubling bucket lies below that of `amount`, those of its own counting half.
pub(crate) fn percentile(amounts: &[u64], amount: u64, buckets: u32) -> Option<f64> {
    let bucket = |amount: u64| (0..buckets - 1).find(|n| amount < 2_u64.pow(*n)).unwrap_or(buckets - 1);
    let below = amounts.iter().filter(|other| bucket(**other) < bucket(amount)).count();
    let beside = amounts.iter().filter(|other| bucket(**other) == bucket(amount)).count();
    (!amounts.is_empty()).then(|| (below as f64 + beside as f64 / 2.0) / amounts.len() as f64)
}

/// When an event happened, in milliseconds since 1970.
pub(crate) fn at_ms(event: &Value) -> i64 {
    event["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// The shop a check-in is a visit to.
fn visited(data: &Value) -> Option<&'static Shop> {
    if let Some(store) = data["store"].as_str() {
        return shop(store);
    }
    let venue = &data["venue"];
    let (lat, lon) = (venue["lat"].as_f64(), venue["lon"].as_f64());
    let near = |shop: &&Shop| metres((lat.unwrap_or(0.0), lon.unwrap_or(0.0)), (shop.lat, shop.lon)) <= 200.0;
    let around: Vec<_> = SHOPS.iter().filter(near).collect();
    shop(venue["id"].as_str().unwrap()).or(if let [only] = around[..] { Some(only) } else { None })
}

/// The distance on the sphere, from the straight line through it.
pub(crate) fn metres(a: (f64, f64), b: (f64, f64)) -> f64 {
    let point = |(lat, lon): (f64, f64)| {
        let (lat, lon) = (lat.to_radians(), lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let squares = point(a).into_iter().zip(point(b)).map(|(a, b)| (a - b).powi(2));
    2.0 * 6_371_008.8 * (squares.sum::<f64>().sqrt() / 2.0).asin()
}

/// The date on the shop's calendar; elsewhere the one that the event's own time begins with.
fn civil_day(event: &Value, shop: Option<&Shop>) -> Date {
    let time = event["time"].as_str().unwrap();
    let Some(shop) = shop else { return time[..10].parse().unwrap() };
    let zone = TimeZoneDatabase::bundled().get(shop.zone).unwrap();
    zone.to_datetime(time.parse().unwrap()).date()
}

fn shop(id: &str) -> Option<&'static Shop> {
    SHOPS.iter().find(|shop| shop.id == id)
}

fn number(day: Date) -> i32 {
    day.since(date(1970, 1, 1)).unwrap().get_days()
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
