//! Laws of the fold that hold for every kind of event, and the most bytes each facet can take.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use tact_domain::{FacetKind, Folded, Profile};
use tact_wire::{pack_facet, unpack_facet};

use crate::fullest::fullest;
use crate::recomputation::cases;
use crate::recomputation::feed::{AREAS, SHOPS, deliver, packed, places};
use crate::recomputation::history::{Delivery, Step, arrange, check_in, histories, purchase};
use crate::recomputation::naive::at_ms;

/// Events of all kinds of one customer, seconds to minutes apart, who first allows positions and partners to be used; or a long history.
fn anything() -> impl Strategy<Value = Vec<Delivery>> {
    let dense = vec(step(), 1..80).prop_map(|mut steps| {
        let allowed = ["location", "third_party"]
            .map(|purpose| json!({"purpose": purpose, "channel": "push", "state": "granted"}));
        let allowed = json!({"grants": allowed});
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
        2 => partner().prop_map(|data| ("partner", data)),
        2 => comment().prop_map(|data| ("comment", data)),
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

fn partner() -> impl Strategy<Value = Value> {
    let category = select(vec!["airline", "hotel", "grocery"]);
    (category, weighted(0.5, select(vec!["Tampa", "Berlin"])))
        .prop_map(|(category, destination)| json!({"kind": "card", "category": category, "destination": destination}))
}

fn comment() -> impl Strategy<Value = Value> {
    let text = select(vec!["The display is confusing.", "Do you have size 12?", "Great shop!", "hm"]);
    let told = json!({"kind": "told", "store": "harbor"});
    let tag = json!({"kind": "geo_tag", "lat": SHOPS[0].lat, "lon": -74.006, "accuracy_m": 5, "taken_at": "2026-10-31T03:00:00Z"});
    let evidence = select(vec![told, tag, json!({"kind": "none"})]);
    (text, any::<bool>(), evidence).prop_map(
        |(text, public, evidence)| json!({"arena": "social", "text": text, "public": public, "evidence": evidence}),
    )
}

fn consent() -> impl Strategy<Value = Value> {
    let channel = select(vec!["sms", "email", "push"]);
    let purpose = select(vec!["marketing", "profiling", "location", "third_party"]);
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
        let mut latest = [None; 7];
        for Delivery { event, .. } in &history {
            deliver(&mut profile, event, &places);
            let (checkin, position) = (&profile.checkin, profile.geolocation.horizon.latest());
            let partner = &profile.partner;
            let told = partner.signals.last().map(|(at, _)| *at);
            let said = profile.comment.remarks.last().map(|remark| remark.at);
            let now =
                [checkin.last, checkin.last_visit, profile.purchase.last, position, partner.horizon.latest(), told, said];
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

/// The bytes are those in the documentation of the facets. A key of 24 bytes needs no allocation, one of 128 characters may take 512
/// bytes; even then no facet outgrows an item of the table (400 kB).
#[test]
fn no_facet_takes_more_bytes_than_its_documentation_says() {
    for (key_len, documented) in [
        (24, [7_875, 11_825, 16_431, 2_516, 509, 9_157, 18_136]),
        (128, [11_235, 24_425, 74_181, 10_916, 1_349, 30_997, 71_056]),
        (512, [23_523, 70_505, 285_381, 41_636, 4_421, 110_869, 264_592]),
    ] {
        let profile = fullest(key_len);
        assert_eq!(FacetKind::ALL.map(|kind| pack_facet(&profile, kind).len()), documented, "keys of {key_len} bytes");
    }
}
