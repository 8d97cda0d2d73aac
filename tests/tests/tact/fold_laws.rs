//! Laws of the fold that hold for every kind of event, and the most bytes each facet can take.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use tact_decide::Issue;
use tact_domain::{
    Appointment, AreaStay, Basket, Block, Channel, CheckInFacet, ConsentChange, ConsentFacet, ConsentState, Contact,
    ContactFacet, ContactState, DayBuckets, DayCheckIns, DecisionId, FacetKind, Fingerprint, Folded, GeolocationFacet,
    Grant, Histogram, Horizon, Key, Mission, On, Owned, Presence, Profile, PurchaseFacet, Purpose, Scope, SpendDay,
    Terms, Timestamp, TopKeys, Trigger, Visit,
};
use tact_wire::{pack_facet, unpack_facet};

use crate::recomputation::cases;
use crate::recomputation::feed::{AREAS, SHOPS, deliver, packed, places};
use crate::recomputation::history::{Delivery, Step, arrange, check_in, histories, purchase};
use crate::recomputation::naive::at_ms;

/// Events of all kinds of one customer, seconds to minutes apart, who first allows positions to be used; or a long history.
fn anything() -> impl Strategy<Value = Vec<Delivery>> {
    let dense = vec(step(), 1..80).prop_map(|mut steps| {
        let allowed = json!({"grants": [{"purpose": "location", "channel": "push", "state": "granted"}]});
        let consent =
            Step { after_s: 1, customer: "ana", offset_s: 0, kind: "consent", data: allowed, late: 0, again: None };
        steps.insert(0, consent);
        arrange(1_793_430_000_000, &steps)
    });
    let long = histories().prop_map(|mut history| {
        history.retain(|delivery| delivery.event["subject"] == "ana");
        history
    });
    prop_oneof![3 => dense, 1 => long]
}

fn step() -> impl Strategy<Value = Step> {
    let what = prop_oneof![
        6 => fix().prop_map(|data| ("geolocation", data)),
        3 => beacon().prop_map(|data| ("geolocation", data)),
        1 => purchase().prop_map(|data| ("purchase", data)),
        1 => check_in().prop_map(|data| ("check-in", data)),
        1 => consent().prop_map(|data| ("consent", data)),
    ];
    let late = prop_oneof![6 => Just(0), 1 => 1..=8_usize];
    let after_s = prop_oneof![6 => 5..400_i64, 1 => 400..4_000_i64];
    (after_s, what, late, weighted(0.3, 0..100_usize)).prop_map(|(after_s, (kind, data), late, again)| Step {
        after_s,
        customer: "ana",
        offset_s: -4 * 3600,
        kind,
        data,
        late,
        again,
    })
}

/// A position on the line through the two stores that overlap.
fn fix() -> impl Strategy<Value = Value> {
    (-450.0..450.0, weighted(0.5, 5.0..250.0)).prop_map(
        |(north, accuracy)| json!({"lat": SHOPS[0].lat + north / 111_195.0, "lon": -74.006, "accuracy_m": accuracy}),
    )
}

fn beacon() -> impl Strategy<Value = Value> {
    let store = select(vec!["harbor", "canal", "pop-up"]);
    (store, weighted(0.8, select(AREAS.to_vec()))).prop_map(|(store, area)| json!({"store": store, "zone": area}))
}

fn consent() -> impl Strategy<Value = Value> {
    let channel = select(vec!["sms", "email", "push"]);
    let purpose = select(vec!["marketing", "profiling", "location"]);
    let state = select(vec!["granted", "granted", "denied", "revoked"]);
    let topics = weighted(0.5, vec(select(vec!["shoes", "bags", "food"]), 1..3));
    let born = weighted(0.1, select(vec![1990, 2015]));
    (channel, purpose, state, topics, weighted(0.3, any::<bool>()), born).prop_map(
        |(channel, purpose, state, topics, point, born)| {
            let address = point.map(|given| if given { json!("ana@example.com") } else { json!(false) });
            let points = address.filter(Value::is_string).map(|address| json!({"email": address}));
            let grant = json!({"channel": channel, "purpose": purpose, "state": state, "topics": topics});
            json!({"grants": [grant], "points": points, "birth_year": born})
        },
    )
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn folding_one_by_one_through_the_store_equals_folding_in_one_go(history in anything()) {
        let places = places(&SHOPS);
        let (mut whole, mut stored) = (Profile::default(), packed(&Profile::default()));
        for Delivery { event, .. } in &history {
            let mut profile = Profile::default();
            for (kind, bytes) in FacetKind::ALL.into_iter().zip(&stored) {
                unpack_facet(&mut profile, kind, bytes).unwrap();
            }
            prop_assert_eq!(deliver(&mut profile, event, &places), deliver(&mut whole, event, &places));
            stored = packed(&profile);
        }
        prop_assert_eq!(stored, packed(&whole));
    }

    #[test]
    fn folding_an_event_again_changes_nothing(history in anything()) {
        let places = places(&SHOPS);
        let mut profile = Profile::default();
        for Delivery { event, .. } in &history {
            deliver(&mut profile, event, &places);
            let before = packed(&profile);
            let again = deliver(&mut profile, event, &places);
            prop_assert!(!matches!(again, Folded::Changed(_)), "{:?} {}", again, event);
            prop_assert_eq!(packed(&profile), before);
        }
    }

    #[test]
    fn duplicates_at_any_later_place_change_nothing(mut history in anything()) {
        let places = places(&SHOPS);
        // What was withheld left no trace, so it may be remembered once it is allowed: here nobody changes their mind.
        let is_consent = |delivery: &Delivery| delivery.event["type"] == "tact.consent.v1";
        history.retain(|delivery| !is_consent(delivery) || delivery.event["id"] == "e-0");
        let (mut once, mut again) = (Profile::default(), Profile::default());
        for delivery in &history {
            deliver(&mut again, &delivery.event, &places);
            if !delivery.again {
                deliver(&mut once, &delivery.event, &places);
            }
        }
        prop_assert_eq!(packed(&once), packed(&again));
    }

    #[test]
    fn an_event_that_changes_nothing_leaves_every_byte(history in anything()) {
        let places = places(&SHOPS);
        let mut profile = Profile::default();
        for Delivery { event, .. } in &history {
            let before = packed(&profile);
            let changed = matches!(deliver(&mut profile, event, &places), Folded::Changed(_));
            prop_assert_eq!(packed(&profile) != before, changed, "{}", event);
        }
    }

    #[test]
    fn a_late_event_never_moves_the_latest_time_back(history in anything()) {
        let places = places(&SHOPS);
        let mut profile = Profile::default();
        let mut latest = [None; 4];
        for Delivery { event, .. } in &history {
            deliver(&mut profile, event, &places);
            let (checkin, position) = (&profile.checkin, profile.geolocation.horizon.latest());
            let now = [checkin.last, checkin.last_visit, profile.purchase.last, position];
            prop_assert!(now.iter().zip(latest).all(|(now, before)| *now >= before), "{}", event);
            latest = now;
        }
    }

    #[test]
    fn check_ins_and_consents_come_to_the_same_in_any_order_of_arrival(history in anything()) {
        let places = places(&SHOPS);
        let (mut arrived, mut happened) = (Profile::default(), Profile::default());
        let unordered = |event: &Value| event["type"] == "tact.check-in.v1" || event["type"] == "tact.consent.v1";
        // Whether somebody is a minor decides what may be remembered, so nobody tells their age here.
        let mut events: Vec<Value> = history.into_iter().map(|delivery| delivery.event).filter(unordered).collect();
        for data in events.iter_mut().filter_map(|event| event["data"].as_object_mut()) {
            data.remove("birth_year");
        }
        for event in &events {
            deliver(&mut arrived, event, &places);
        }
        events.sort_by_key(at_ms);
        for event in &events {
            deliver(&mut happened, event, &places);
        }
        prop_assert_eq!(packed(&arrived), packed(&happened));
    }
}

/// The last day of the last year an event may be of.
const LATE: Timestamp = Timestamp(4_102_358_400_000);

/// The bytes are those in the documentation of the facets. A key of 24 bytes needs no allocation, one of 128 characters may take 512
/// bytes; even then no facet outgrows an item of the table (400 kB).
#[test]
fn no_facet_takes_more_bytes_than_its_documentation_says() {
    for (key_len, documented) in [
        (24, [10_950, 6_236, 16_634, 6_002, 8_770]),
        (128, [14_310, 18_836, 74_384, 16_082, 24_730]),
        (512, [26_598, 64_916, 285_584, 52_946, 83_098]),
    ] {
        let profile = Profile {
            checkin: fullest_checkin(key_len),
            purchase: fullest_purchase(key_len),
            geolocation: fullest_geolocation(key_len),
            consent: fullest_consent(key_len),
            contact: fullest_contact(key_len),
        };
        assert_eq!(FacetKind::ALL.map(|kind| pack_facet(&profile, kind).len()), documented, "keys of {key_len} bytes");
    }
}

fn key(n: u32, len: usize) -> Key {
    format!("{n:0>len$}").into()
}

fn full_horizon<const N: usize>() -> Horizon<N> {
    let mut horizon = Horizon::default();
    (0..100).for_each(|n| horizon.remember(LATE, Fingerprint(u64::MAX - n)));
    horizon
}

fn full_days<V: Default + Clone>(value: &V) -> DayBuckets<V> {
    let mut days: DayBuckets<V> = DayBuckets::default();
    let last = LATE.day(0);
    (0..100).rev().for_each(|back| days.bucket(last.minus(back)).unwrap().clone_from(value));
    days
}

fn full_keys<V: Default + Clone, const N: usize>(key_len: usize, value: &V) -> TopKeys<V, N> {
    let mut keys: TopKeys<V, N> = TopKeys::default();
    (0..100).for_each(|n| keys.touch(&key(n, key_len), LATE).unwrap().clone_from(value));
    keys
}

fn full_histogram<const N: usize>() -> Histogram<N> {
    let mut histogram = Histogram::default();
    let amounts = (0..N).map(|bucket| if bucket == 0 { 0 } else { 1 << (bucket - 1) });
    amounts.for_each(|amount| (0..=u16::MAX).for_each(|_| histogram.add(amount)));
    histogram
}

fn fullest_checkin(key_len: usize) -> CheckInFacet {
    let day = DayCheckIns { check_ins: u16::MAX, visits: u16::MAX };
    let mut facet = CheckInFacet {
        horizon: full_horizon(),
        check_ins: u32::MAX,
        visits: u32::MAX,
        weekday: u32::MAX,
        weekend: u32::MAX,
        first: Some(LATE),
        last: Some(LATE),
        last_visit: Some(LATE),
        days: full_days(&day),
        categories: full_keys(key_len, &u32::MAX),
        unrewarded: full_keys(key_len, &full_days(&u16::MAX)),
        ..CheckInFacet::default()
    };
    for n in 0..100 {
        let store = facet.stores.touch(&key(n, key_len), LATE).unwrap();
        (store.visits, store.days) = (u32::MAX, full_days(&u16::MAX));
    }
    facet
}

fn fullest_purchase(key_len: usize) -> PurchaseFacet {
    let interest = tact_domain::CategoryAffinity { weight: f64::MAX, as_of: LATE };
    let owned = Owned { quantity: i32::MIN, category: Some(key(0, key_len)) };
    PurchaseFacet {
        horizon: full_horizon(),
        orders: u32::MAX,
        net: i64::MIN,
        returned: i64::MAX,
        first: Some(LATE),
        last: Some(LATE),
        days: full_days(&SpendDay { orders: u16::MAX, net: i64::MIN }),
        windows: vec![(LATE.day(0).0 / 90, i64::MIN); 12],
        affinity: full_keys(key_len, &interest),
        owned: full_keys(key_len, &owned),
        blocks: [Block { orders: u32::MAX, net: i64::MIN }; 4],
        baskets: vec![Basket { at: LATE, store: Some(key(0, key_len)), net: i64::MIN }; 8],
        basket_sizes: full_histogram(),
        other_currencies: full_keys(3, &i64::MIN),
    }
}

fn fullest_geolocation(key_len: usize) -> GeolocationFacet {
    let place = key(0, key_len);
    let areas = vec![AreaStay { area: place.clone(), seconds: u32::MAX }; 16];
    let path = vec![place.clone(); 16];
    let presence = Presence {
        store: place.clone(),
        entered: LATE,
        seen: LATE,
        dwelled: true,
        area: Some(place.clone()),
        area_since: LATE,
        areas: areas.clone(),
        path: path.clone(),
        first_area_at: Some(LATE),
    };
    let mission = Mission::Unknown;
    let visit = Visit { store: place.clone(), entered: LATE, left: LATE, areas, path, direct_to: Some(place), mission };
    let history = tact_domain::StoreHistory {
        minutes: full_histogram(),
        areas: full_histogram(),
        missions: [tact_domain::Missions { express: u16::MAX, browse: u16::MAX, unknown: u16::MAX }; 2],
    };
    GeolocationFacet {
        horizon: full_horizon(),
        inside: vec![presence; 8],
        visits: vec![visit; 8],
        weekday: u32::MAX,
        weekend: u32::MAX,
        days: full_days(&u16::MAX),
        stores: full_keys(key_len, &history),
    }
}

fn fullest_consent(key_len: usize) -> ConsentFacet {
    let terms = Some(Terms { max: 1_000, per_days: 366 });
    let grant = |n| {
        let scope = Scope { purpose: Purpose::Social, channel: Some(Channel::Associate), topic: Some(key(n, key_len)) };
        Grant { scope, state: ConsentState::Granted, terms, review_after: Some(LATE) }
    };
    let change = ConsentChange {
        grants: (0..100).map(grant).collect(),
        points: Channel::ALL.map(|channel| (channel, true)).to_vec(),
        zone: Some(key(0, "America/Argentina/ComodRivadavia".len())),
        locale: Some(key(0, 35)),
        birth_year: Some(2099),
    };
    let mut facet = ConsentFacet::default();
    facet.fold(&change, LATE, Fingerprint(u64::MAX));
    facet
}

fn fullest_contact(key_len: usize) -> ContactFacet {
    let mut facet = ContactFacet::default();
    for channel in [Channel::Associate, Channel::Inbox] {
        while facet.has_room(channel, LATE, DecisionId(0)) {
            facet.plan(Contact {
                decision: DecisionId(u128::MAX),
                channel,
                group: key(0, key_len),
                capped: true,
                planned_at: LATE,
                expires_at: LATE,
                state: ContactState::Sent,
            });
        }
    }
    for issue in Issue::ALL {
        let appointment = Appointment {
            issue: issue.name().into(),
            on: On::Purchase,
            not_before: LATE,
            until: LATE,
            made_by: DecisionId(u128::MAX),
            trigger: Trigger::Due,
            store: Some(key(0, key_len)),
            said: Some((key(0, key_len), key(0, key_len))),
        };
        facet.appoint(appointment, LATE);
    }
    facet
}
