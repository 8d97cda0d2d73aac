//! The feature row of one candidate: what the models see of a profile, a moment and a treatment.

use tact_domain::{Channel, CheckInFacet, Day, GeolocationFacet, Key, Mission, Profile, Timestamp, Trigger};

use crate::schema::FEATURES;

/// A feature row.
pub type Row = [f32; FEATURES.len()];

/// What the row says of the moment, beside the profile.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Why we decide.
    pub trigger: Trigger,
    /// The store it happened in, if any.
    pub store: Option<&'a str>,
    /// The instant decided for.
    pub now: Timestamp,
    /// The offset from UTC of local time there, in seconds.
    pub offset_s: i32,
    /// Whether the customer lets us use their positions; without it visits seen at fences are as if there were none.
    pub may_locate: bool,
}

/// What the row says of the treatment.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The channel it would use.
    pub channel: Channel,
    /// The product category it is about, if any.
    pub category: Option<&'a Key>,
    /// What it gives away as a share of its basket, 0 to 1.
    pub incentive_share: f32,
}

/// The part of the row that is the same for every candidate of a moment; those of an offer stay 0.
pub fn row_of_moment(profile: &Profile, moment: &Circumstances<'_>) -> Row {
    let mut row = [0.0; FEATURES.len()];
    let mut slots = row.iter_mut();
    let mut put = |value: f32| {
        if let Some(slot) = slots.next() {
            *slot = value;
        }
    };
    let today = moment.now.day(moment.offset_s);
    let nowhere = GeolocationFacet::default();
    let geolocation = if moment.may_locate { &profile.geolocation } else { &nowhere };
    let (checkin, purchase) = (&profile.checkin, &profile.purchase);
    let check_ins = |days| checkin.days.window(today, days).map(|day| u32::from(day.check_ins)).sum::<u32>();
    let orders = purchase.orders_in(today, 90);
    let contrasts = profile.contrasts();
    let mission = moment.store.map_or(Mission::Unknown, |store| geolocation.usual_mission(store, today));
    let last_visit = checkin.last_visit.max(geolocation.visits.last().map(|visit| visit.left));
    put(count(check_ins(30)));
    put(count(check_ins(90)));
    put(count(visits(checkin, geolocation, today)));
    put(days_since(last_visit, moment.now));
    put(contrasts.map_or(0.0, |contrasts| narrow(contrasts.weekend_share)));
    put(count(orders));
    put(money(purchase.spend_in(today, 90)));
    put(days_since(purchase.last, moment.now));
    put(money(purchase.net) / count(purchase.orders).max(1.0));
    put(share(purchase.returned, purchase.net.saturating_add(purchase.returned)));
    put(0.0); // category_affinity: of the offer
    put(0.0); // owned_in_category: of the offer
    put(geolocation.visits.last().map_or(0.0, |visit| count(visit.left.seconds_since(visit.entered)) / 60.0));
    put(flag(mission == Mission::Express));
    put(flag(mission == Mission::Browse));
    put(contrasts.map_or(0.0, |contrasts| narrow(contrasts.online_share)));
    put(count(moment.now.second_of_day(moment.offset_s) / 3600));
    put(flag(today.is_weekend()));
    put(count(u32::try_from(profile.contact.count(true, moment.now, 7 * 86_400, |_| true)).unwrap_or(u32::MAX)));
    for trigger in Trigger::CUSTOMER {
        put(flag(moment.trigger == trigger));
    }
    for _ in 0..7 {
        put(0.0); // the channel and the incentive: of the offer
    }
    put(days_since(checkin.first.into_iter().chain(purchase.first).min(), moment.now));
    row
}

/// Completes the row of a moment with what it says of one offer.
pub fn complete(row: &mut Row, profile: &Profile, offer: &Offer<'_>, now: Timestamp) {
    let (affinity, owned) = offer.category.map_or((0.0, 0.0), |category| interest(profile, category, now));
    let mut put = |name: usize, value: f32| {
        if let Some(slot) = row.get_mut(name) {
            *slot = value;
        }
    };
    put(10, affinity);
    put(11, owned);
    for (place, channel) in Channel::ALL.iter().enumerate() {
        put(24 + place, flag(*channel == offer.channel));
    }
    put(30, offer.incentive_share);
}

/// The category's share of all decayed interest, and how many owned products belong to it.
fn interest(profile: &Profile, category: &Key, now: Timestamp) -> (f32, f32) {
    let purchase = &profile.purchase;
    let all: f64 = purchase.affinity.iter().map(|(_, _, affinity)| affinity.at(now).max(0.0)).sum();
    let this = purchase.affinity.get(category).map_or(0.0, |affinity| affinity.at(now).max(0.0));
    let owned =
        purchase.owned.iter().filter(|(_, _, owned)| owned.quantity > 0 && owned.category.as_ref() == Some(category));
    let owned = u32::try_from(owned.count()).unwrap_or(u32::MAX);
    (if all > 0.0 { narrow(this / all) } else { 0.0 }, count(owned))
}

/// Visits to our stores in the last 30 days: told by check-in or seen at the fence, whichever is more, as one visit may be both.
fn visits(checkin: &CheckInFacet, geolocation: &GeolocationFacet, today: Day) -> u32 {
    let told = checkin.days.window(today, 30).map(|day| u32::from(day.visits)).sum::<u32>();
    let seen = geolocation.days.window(today, 30).map(|visits| u32::from(*visits)).sum();
    told.max(seen)
}

/// Whole days since an instant, 365 at most and when there is none.
fn days_since(then: Option<Timestamp>, now: Timestamp) -> f32 {
    then.map_or(365.0, |then| count((now.seconds_since(then) / 86_400).min(365)))
}

#[expect(clippy::cast_precision_loss, reason = "a feature needs no more than the 24 bits of f32")]
fn count(n: u32) -> f32 {
    n as f32
}

#[expect(clippy::cast_precision_loss, reason = "a feature needs no more than the 24 bits of f32")]
fn money(minor: i64) -> f32 {
    minor as f32 / 100.0
}

#[expect(clippy::cast_possible_truncation, reason = "features are f32, in training and in scoring alike")]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn share(part: i64, whole: i64) -> f32 {
    if whole > 0 { money(part) / money(whole) } else { 0.0 }
}

fn flag(set: bool) -> f32 {
    f32::from(u8::from(set))
}
