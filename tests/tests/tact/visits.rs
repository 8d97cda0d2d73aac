//! Visits, from scripted traces with exactly known results: entry, dwell, exit, areas, missions, lost and late positions, and
//! what is withheld.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod withheld;

use serde_json::{Value, json};
use tact_domain::Transition::{Dwelled, Entered, Left};
use tact_domain::{FacetKind, Folded, Key, Mission, Places, Profile, Timestamp, Transition, Visit};
use tact_wire::pack_facet;

use crate::recomputation::feed::{SHOPS, deliver, event, places};
use crate::recomputation::naive;

/// 2026-10-28T11:00:00-04:00, a Wednesday; all times of a trace are seconds after it.
const START: Timestamp = Timestamp(1_793_199_600_000);
const DAY_S: i64 = 86_400;

/// The beacon of an area, heard so many seconds after entering the store.
type Heard = (i64, &'static str);

/// A customer on the move around one store, or two.
struct Trace {
    profile: Profile,
    places: Places,
    sent: u32,
}

impl Trace {
    /// Around the first `stores` stores, with consent to positions.
    fn around(stores: usize) -> Self {
        let mut trace = Self::unasked(stores);
        assert_eq!(trace.location(-DAY_S, "granted"), moved([]));
        trace
    }

    /// The same, and nobody asked for consent.
    fn unasked(stores: usize) -> Self {
        Self { profile: Profile::default(), places: places(SHOPS.get(..stores).unwrap()), sent: 0 }
    }

    fn send(&mut self, kind: &str, s: i64, data: &Value) -> Folded {
        self.sent += 1;
        let event = event(kind, &format!("{kind}-{}", self.sent), "ana", START.plus_s(s).0, -4 * 3600, data);
        deliver(&mut self.profile, &event, &self.places)
    }

    fn location(&mut self, s: i64, state: &str) -> Folded {
        self.send("consent", s, &json!({"grants": [{"purpose": "location", "state": state}]}))
    }

    /// A position so many metres north of the first store.
    fn fix(&mut self, s: i64, north_m: f64) -> Folded {
        self.send("geolocation", s, &json!({"lat": north(north_m), "lon": SHOPS[0].lon}))
    }

    fn rough_fix(&mut self, s: i64, north_m: f64, accuracy_m: f64) -> Folded {
        self.send("geolocation", s, &json!({"lat": north(north_m), "lon": SHOPS[0].lon, "accuracy_m": accuracy_m}))
    }

    fn beacon(&mut self, s: i64, area: &str) -> Folded {
        self.send("geolocation", s, &json!({"store": "harbor", "zone": area}))
    }

    /// A visit that hears the areas' beacons at their times and ends with a fix outside.
    fn visit(&mut self, from_s: i64, areas: &[Heard], left_s: i64) -> &Visit {
        assert_eq!(self.fix(from_s, 100.0), moved([Entered("harbor".into())]));
        for (after_s, area) in areas {
            self.beacon(from_s + after_s, area);
        }
        assert_eq!(self.fix(from_s + left_s, 500.0), moved([Left("harbor".into())]));
        self.last_visit()
    }

    fn last_visit(&self) -> &Visit {
        self.profile.geolocation.visits.last().unwrap()
    }

    fn buy(&mut self, s: i64, channel: &str, store: &str, kind: &str, price: i64) {
        let line = json!({"kind": kind, "product": "sku", "quantity": 1, "unit_price": price});
        let data = json!({"receipt": "r", "channel": channel, "store": store, "currency": "USD", "lines": [line]});
        assert_eq!(self.send("purchase", s, &data), moved([]));
    }

    fn geolocation_bytes(&self) -> Vec<u8> {
        pack_facet(&self.profile, FacetKind::Geolocation)
    }
}

fn north(metres: f64) -> f64 {
    SHOPS[0].lat + metres / 111_195.08
}

fn moved<const N: usize>(transitions: [Transition; N]) -> Folded {
    Folded::Changed(transitions.into())
}

fn stays(visit: &Visit) -> Vec<(&str, u32)> {
    visit.areas.iter().map(|stay| (stay.area.as_str(), stay.seconds)).collect()
}

#[test]
fn a_visit_is_entered_dwelled_in_and_left_at_exactly_these_fixes() {
    let mut trace = Trace::around(1);
    assert_eq!(trace.fix(0, 500.0), Folded::Unchanged);
    assert_eq!(trace.fix(30, 201.0), Folded::Unchanged);
    assert_eq!(trace.fix(60, 199.0), moved([Entered("harbor".into())]));
    assert_eq!(trace.fix(200, 100.0), Folded::Unchanged);
    assert_eq!(trace.fix(359, 100.0), Folded::Unchanged, "299 s after entry");
    assert_eq!(trace.fix(360, 250.0), moved([Dwelled("harbor".into())]), "300 s after entry, not yet outside");
    assert_eq!(trace.fix(500, 299.0), Folded::Unchanged);
    assert_eq!(trace.fix(660, 150.0), moved([]), "the time last seen is kept five minutes old at most");
    assert_eq!(trace.fix(900, 301.0), moved([Left("harbor".into())]));
    assert_eq!(trace.fix(901, 250.0), Folded::Unchanged, "a new entry is within 200 m");
    let visit = trace.last_visit();
    assert_eq!((visit.entered, visit.left), (START.plus_s(60), START.plus_s(900)));
    assert!(trace.profile.geolocation.inside.is_empty());
}

#[test]
fn a_dwell_comes_once_per_entry_and_a_new_entry_needs_an_exit() {
    let mut trace = Trace::around(1);
    let mut crossed = Vec::new();
    let distances = [100.0, 100.0, 100.0, 100.0, 250.0, 100.0, 400.0, 100.0, 100.0, 400.0];
    for (place, distance) in (0..).zip(distances) {
        match trace.fix(place * 300, distance) {
            Folded::Changed(transitions) => crossed.extend(transitions),
            other => assert_eq!(other, Folded::Unchanged),
        }
    }
    let once = [Entered("harbor".into()), Dwelled("harbor".into()), Left("harbor".into())];
    assert_eq!(crossed, [once.clone(), once].concat());
    assert_eq!(trace.profile.geolocation.weekday, 2);
}

#[test]
fn jitter_at_either_edge_of_the_fence_crosses_it_once() {
    let mut trace = Trace::around(1);
    for s in 0..50 {
        assert_eq!(trace.fix(s, if s % 2 == 0 { 201.0 } else { 299.0 }), Folded::Unchanged, "still outside");
    }
    assert_eq!(trace.fix(50, 199.0), moved([Entered("harbor".into())]));
    for s in 51..100 {
        assert_eq!(trace.fix(s, if s % 2 == 0 { 199.0 } else { 299.0 }), Folded::Unchanged, "still inside");
    }
    assert_eq!(trace.fix(100, 301.0), moved([Left("harbor".into())]));
}

#[test]
fn a_fix_less_accurate_than_the_fence_moves_nothing() {
    let mut trace = Trace::around(1);
    assert_eq!(trace.rough_fix(0, 0.0, 200.1), Folded::Unchanged);
    assert_eq!(trace.rough_fix(1, 0.0, 200.0), moved([Entered("harbor".into())]));
    let before = trace.geolocation_bytes();
    assert_eq!(trace.rough_fix(600, 0.0, 5_000.0), Folded::Unchanged, "no dwell");
    assert_eq!(trace.rough_fix(700, 9_000.0, 5_000.0), Folded::Unchanged, "no exit");
    assert_eq!(trace.geolocation_bytes(), before);
}

#[test]
fn overlapping_stores_are_entered_and_left_each_on_its_own() {
    let mut trace = Trace::around(2);
    let (harbor, canal) = (|| Key::from("harbor"), || Key::from("canal"));
    assert_eq!(trace.fix(0, -150.0), moved([Entered(harbor())]));
    assert_eq!(trace.fix(100, 0.0), moved([Entered(canal())]), "100 m south of it");
    assert_eq!(trace.fix(300, 0.0), moved([Dwelled(harbor())]));
    assert_eq!(trace.fix(400, 0.0), moved([Dwelled(canal())]));
    assert_eq!(trace.fix(500, 310.0), moved([Left(harbor())]), "210 m from the other");
    assert_eq!(trace.fix(600, 405.0), moved([Left(canal())]));
    let visits: Vec<_> = trace.profile.geolocation.visits.iter().map(|v| (v.store.as_str(), v.entered)).collect();
    assert_eq!(visits, [("harbor", START), ("canal", START.plus_s(100))]);
}

#[test]
fn the_path_and_the_time_in_every_area_are_those_of_the_beacons() {
    let mut trace = Trace::around(1);
    let walk = [(10, "door"), (60, "shoes"), (200, "shoes"), (360, "fitting"), (420, "shoes"), (600, "checkout")];
    let visit = trace.visit(0, &walk, 660);
    assert_eq!(visit.path, ["door", "shoes", "fitting", "shoes", "checkout"]);
    assert_eq!(stays(visit), [("door", 50), ("shoes", 300 + 180), ("fitting", 60), ("checkout", 60)]);
    assert_eq!(visit.direct_to.as_deref(), Some("shoes"));
    assert_eq!(visit.mission, Mission::Unknown, "11 minutes, 3 areas");
}

#[test]
fn a_path_ends_at_sixteen_areas_and_time_in_areas_goes_on() {
    let mut trace = Trace::around(1);
    let walk: Vec<_> = (1..=40).map(|n| (n * 10, if n % 2 == 1 { "shoes" } else { "women" })).collect();
    let visit = trace.visit(0, &walk, 410);
    assert_eq!(visit.path.len(), 16);
    assert_eq!(stays(visit), [("shoes", 200), ("women", 200)]);
}

#[test]
fn straight_to_an_area_means_within_three_minutes_and_for_half_of_the_time() {
    let cases: [(&[Heard], Option<&str>); 5] = [
        (&[(0, "door"), (180, "shoes")], Some("shoes")),
        (&[(0, "door"), (181, "shoes")], None),
        (&[(10, "shoes"), (110, "women")], None),
        (&[(10, "shoes"), (305, "women")], Some("shoes")),
        (&[(0, "door")], None),
    ];
    for (walk, expected) in cases {
        let mut trace = Trace::around(1);
        assert_eq!(trace.visit(0, walk, 600).direct_to.as_deref(), expected, "{walk:?}");
    }
}

#[test]
fn missions_are_express_browse_or_unknown() {
    let four: &[Heard] = &[(10, "women"), (20, "shoes"), (30, "fitting"), (40, "checkout")];
    let cases: [(&[Heard], i64, Mission); 8] = [
        (&[], 600, Mission::Express),
        (&[(10, "door"), (60, "shoes")], 600, Mission::Express),
        (&[], 601, Mission::Unknown),
        (&[(10, "women"), (60, "shoes")], 300, Mission::Unknown),
        (&[], 1_199, Mission::Unknown),
        (&[], 1_200, Mission::Browse),
        (four, 100, Mission::Browse),
        (&[(5, "door"), (10, "women"), (20, "shoes"), (30, "fitting")], 700, Mission::Unknown),
    ];
    for (walk, left_s, expected) in cases {
        let mut trace = Trace::around(1);
        assert_eq!(trace.visit(0, walk, left_s).mission, expected, "{walk:?} {left_s}");
    }
}

#[test]
fn after_a_gap_of_more_than_thirty_minutes_the_visit_ended_when_last_seen() {
    for (gap_s, left_s) in [(1_800, 300 + 1_800), (1_801, 300)] {
        let mut trace = Trace::around(1);
        trace.fix(0, 100.0);
        trace.beacon(60, "shoes");
        assert_eq!(trace.fix(300, 100.0), moved([Dwelled("harbor".into())]));
        assert_eq!(trace.fix(300 + gap_s, 500.0), moved([Left("harbor".into())]));
        let visit = trace.last_visit();
        assert_eq!(visit.left, START.plus_s(left_s));
        assert_eq!(stays(visit), [("shoes", u32::try_from(left_s - 60).unwrap())]);
    }
}

#[test]
fn a_gap_of_more_than_thirty_minutes_is_no_time_in_an_area() {
    for after_gap in ["women", "shoes"] {
        let mut trace = Trace::around(1);
        trace.fix(0, 100.0);
        trace.beacon(60, "shoes");
        assert_eq!(trace.fix(400, 100.0), moved([Dwelled("harbor".into())]));
        trace.beacon(9_000, after_gap);
        trace.fix(9_100, 500.0);
        let both = [("shoes", 340), ("women", 100)];
        let same = [("shoes", 340 + 100)];
        assert_eq!(stays(trace.last_visit()), if after_gap == "women" { &both[..] } else { &same[..] });
        assert_eq!(trace.last_visit().path, ["shoes", after_gap]);
    }
    let mut trace = Trace::around(1);
    trace.beacon(0, "shoes");
    trace.fix(9_000, 100.0);
    trace.fix(9_100, 500.0);
    assert_eq!(stays(trace.last_visit()), [("shoes", 0)], "a fix inside does not say in which area");
}

#[test]
fn late_positions_are_stale_and_repeated_ones_duplicates() {
    let mut trace = Trace::around(1);
    trace.fix(0, 100.0);
    trace.fix(600, 500.0);
    let before = trace.geolocation_bytes();
    for s in [-10, 0, 300, 600] {
        assert_eq!(trace.fix(s, 100.0), Folded::Stale, "{s}");
    }
    for again in [2, 3] {
        trace.sent = again - 1;
        let (s, distance) = if again == 2 { (0, 100.0) } else { (600, 500.0) };
        assert_eq!(trace.fix(s, distance), Folded::Duplicate);
    }
    assert_eq!(trace.geolocation_bytes(), before);
}

#[test]
fn the_percentile_among_a_customers_own_visits_equals_its_recomputation_after_each() {
    let mut trace = Trace::around(1);
    let (mut minutes, mut areas) = (Vec::new(), Vec::new());
    let walk = [(1, "women"), (2, "shoes"), (3, "fitting"), (4, "service"), (5, "checkout")];
    for (day, lasted) in (1_i64..).zip([1_u32, 25, 12, 3, 7, 29, 16, 2, 8, 4, 5, 30]) {
        let heard = walk.get(..usize::try_from(day % 6).unwrap()).unwrap();
        trace.visit(day * DAY_S, heard, i64::from(lasted) * 60);
        minutes.push(u64::from(lasted));
        areas.push(heard.len() as u64);
        let history = trace.profile.geolocation.stores.get("harbor").unwrap();
        for amount in 0..64 {
            assert_eq!(history.minutes.percentile(amount), naive::percentile(&minutes, amount, 12));
            assert_eq!(history.areas.percentile(amount), naive::percentile(&areas, amount, 6));
        }
    }
    assert_eq!(trace.profile.geolocation.visits.len(), 8, "the visits themselves are the latest eight");
}

#[test]
fn what_was_spent_during_a_visit_is_joined_by_time_whichever_came_first() {
    let buy = |trace: &mut Trace| {
        trace.buy(-1, "store", "harbor", "sale", 1);
        trace.buy(0, "store", "harbor", "sale", 10);
        trace.buy(300, "store", "canal", "sale", 100);
        trace.buy(301, "web", "harbor", "sale", 1_000);
        trace.buy(1_200, "store", "harbor", "sale", 10_000);
        trace.buy(1_200, "store", "harbor", "return", 3_000);
        trace.buy(1_201, "store", "harbor", "sale", 100_000);
    };
    for purchases_first in [true, false] {
        let mut trace = Trace::around(1);
        if purchases_first {
            buy(&mut trace);
        }
        let visit = trace.visit(0, &[], 600).clone();
        if !purchases_first {
            buy(&mut trace);
        }
        assert_eq!(trace.profile.spent_during(&visit), 10 + 10_000 - 3_000, "from entry to ten minutes after leaving");
    }
}

#[test]
fn a_weekend_browser_and_weekday_buyer_shows_in_visits_and_contrasts() {
    let mut trace = Trace::around(1);
    assert_eq!(trace.profile.contrasts(), None);
    // The trace starts on a Wednesday.
    for (day, is_weekend) in [(0, false), (1, false), (2, false), (3, true), (4, true), (5, false)] {
        let usual = trace.profile.geolocation.usual_mission("harbor", START.plus_s(day * DAY_S).day(-4 * 3600));
        assert_eq!(
            usual,
            if day < 3 { Mission::Unknown } else { Mission::Express },
            "three visits tell, of whatever day"
        );
        trace.visit(day * DAY_S, &[], if is_weekend { 1_500 } else { 240 });
        let channel = if is_weekend { "web" } else { "store" };
        trace.buy(day * DAY_S + 120, channel, "harbor", "sale", 500);
    }
    let facet = &trace.profile.geolocation;
    let missions: Vec<_> = facet.visits.iter().map(|visit| visit.mission).collect();
    assert_eq!(
        missions,
        [Mission::Express, Mission::Express, Mission::Express, Mission::Browse, Mission::Browse, Mission::Express]
    );
    assert_eq!((facet.weekday, facet.weekend), (4, 2));
    let (weekday, weekend) = (START.day(-4 * 3600), START.plus_s(3 * DAY_S).day(-4 * 3600));
    assert_eq!(facet.usual_mission("harbor", weekday), Mission::Express, "four of four");
    assert_eq!(facet.usual_mission("harbor", weekend), Mission::Express, "two weekends are too few: four of six");
    assert_eq!(facet.usual_mission("canal", weekday), Mission::Unknown);
    trace.visit(10 * DAY_S, &[], 1_500);
    let facet = &trace.profile.geolocation;
    assert_eq!(facet.usual_mission("harbor", weekend), Mission::Browse, "three of three weekends");
    assert_eq!(facet.usual_mission("harbor", weekday), Mission::Express);
    let contrasts = trace.profile.contrasts().unwrap();
    assert!((contrasts.online_share - 2.0 / 6.0).abs() < 1e-12);
    assert!((contrasts.weekend_share - 2.0 / 6.0).abs() < 1e-12);
    assert!(
        (contrasts.interaction - 1.0).abs() < 1e-12,
        "orders at the weekend online only, on weekdays in stores only"
    );
}
