//! Where nobody is approached: 2,000 feet and the accuracy of a fix around a clinic, for positions; the clinic itself, for what people tell.

use serde_json::{Value, json};
use tact_decide::{Basis, Catalogue, Decision, Fate, Models, Reason, Rung, evaluate};
use tact_domain::{DenyZone, Profile, Store, Timestamp, Trigger};
use tact_wire::parse;

use crate::pipeline::world::{CATALOGUE, DAY, SATURDAY, event};

/// The clinic, and a foot to the north of it in degrees.
const CLINIC: (f64, f64) = (40.0, -74.0);
const FOOT: f64 = 0.3048 / 111_195.08;

/// The shipped catalogue with one store, so many feet north of a clinic, and a fence a mile wide; every action is called by everything.
fn beside(feet: f64) -> Catalogue {
    let mut catalogue = CATALOGUE.clone();
    let (lat, lon) = (CLINIC.0 + feet * FOOT, CLINIC.1);
    let store =
        Store { id: "store".into(), lat, lon, enter_m: 1_600.0, exit_m: 1_700.0, ..catalogue.places.stores[0].clone() };
    let zone =
        DenyZone { id: "the-clinic".into(), category: "clinic".into(), lat: CLINIC.0, lon: CLINIC.1, radius_m: 609.6 };
    (catalogue.places.stores, catalogue.places.deny) = (vec![store], vec![zone]);
    catalogue.actions.iter_mut().for_each(|action| action.triggers = Trigger::CUSTOMER.to_vec());
    catalogue
}

/// Whether what somebody does is refused for its place; every candidate is, or none.
fn denied(catalogue: &Catalogue, kind: &str, data: &Value) -> bool {
    let yes = json!({ "grants": [{ "purpose": "location", "state": "granted" }] });
    let (mut profile, mut decision) = (Profile::default(), Decision::empty());
    for sample in [event("consent", "n", "jo", SATURDAY - DAY, &yes), event(kind, "e", "jo", SATURDAY, data)] {
        let signal = parse(&sample.bytes, Timestamp(SATURDAY)).unwrap().signal;
        let basis = Basis { catalogue, models: &Models::default(), exhausted: &[], learned: None };
        evaluate(&signal, &mut profile, basis, Timestamp(SATURDAY), |_| Some(Rung::GroupPrior), &mut decision);
    }
    let refused = |fate: Fate| fate == Fate::Refused(Reason::DenyZone);
    let count = decision.candidates.iter().filter(|candidate| refused(candidate.fate)).count();
    assert!(!decision.candidates.is_empty() && (count == 0 || count == decision.candidates.len()), "{data}");
    count > 0
}

fn fix(feet: f64, accuracy_ft: f64) -> Value {
    json!({ "lat": CLINIC.0 + feet * FOOT, "lon": CLINIC.1, "accuracy_m": accuracy_ft * 0.3048 })
}

#[test]
fn a_position_within_2_000_feet_and_its_accuracy_leads_to_nothing() {
    let far = beside(4_000.0);
    for (feet, accuracy_ft, expected) in [
        (0.0, 0.0, true),
        (1_999.0, 0.0, true),
        (2_001.0, 0.0, false),
        (2_001.0, 2.0, true),
        (2_099.0, 100.0, true),
        (2_101.0, 100.0, false),
    ] {
        assert_eq!(
            denied(&far, "geolocation", &fix(feet, accuracy_ft)),
            expected,
            "{feet} feet, give or take {accuracy_ft}"
        );
    }
}

#[test]
fn nor_does_a_fence_or_a_beacon_of_a_store_that_lies_there() {
    for (feet, expected) in [(1_999.0, true), (2_001.0, false)] {
        let catalogue = beside(feet);
        assert_eq!(
            denied(&catalogue, "geolocation", &fix(4_000.0, 0.0)),
            expected,
            "its fence, crossed far from the clinic"
        );
        assert_eq!(denied(&catalogue, "geolocation", &json!({ "store": "store" })), expected);
    }
}

#[test]
fn what_people_tell_of_a_place_beside_it_is_fine_and_of_the_place_itself_is_not() {
    let catalogue = beside(100.0);
    let venue = |id: &str, category: Option<&str>, feet: f64| {
        let mut venue = json!({ "id": id, "lat": CLINIC.0 + feet * FOOT, "lon": CLINIC.1 });
        if let Some(category) = category {
            venue["category"] = json!(category);
        }
        json!({ "venue": venue })
    };
    for (data, expected) in [
        (json!({ "store": "store" }), false),
        (venue("store", None, 100.0), false),
        (venue("cafe", Some("coffee"), 10.0), false),
        (venue("v", Some("Medical Center"), 90_000.0), true),
        (venue("v", Some("high-school"), 90_000.0), true),
        (venue("the-clinic", Some("coffee"), 90_000.0), true),
        (venue("v", None, 1_999.0), true),
        (venue("v", None, 2_001.0), false),
    ] {
        assert_eq!(denied(&catalogue, "check-in", &data), expected, "{data}");
    }
    assert!(!denied(
        &catalogue,
        "purchase",
        &json!({ "receipt": "r", "store": "store", "channel": "store", "currency": "USD", "lines": [super::line("tea-towels", "kitchen")] })
    ));
}

#[test]
fn being_where_nobody_is_approached_is_forgotten_though_a_store_of_ours_stands_next_to_it() {
    let at = |category: &str| json!({ "venue": { "id": "v", "category": category, "lat": 40.7127, "lon": -74.0060 } });
    let remembered = |category: &str| {
        let sample = event("check-in", "c", "jo", SATURDAY, &at(category));
        let mut profile = Profile::default();
        profile.fold(&parse(&sample.bytes, Timestamp(SATURDAY)).unwrap().signal, &CATALOGUE.ground());
        let facet = profile.checkin;
        (facet.check_ins, facet.visits, facet.categories.iter().count(), facet.last.is_some())
    };
    assert_eq!(remembered("coffee"), (1, 1, 1, true));
    assert_eq!(remembered("clinic"), (0, 0, 0, false));
}
