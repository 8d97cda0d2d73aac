//! What customers earn by rule: one line per rule and event, however often the event is delivered, and taken back to the point by a return.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use tact_decide::Catalogue;
use tact_domain::{Earned, Entitlement, FacetKind, Fingerprint, Timestamp};
use tact_pipeline::{Ending, ItemKey, Versions};

use crate::faults::{Script, scripts};
use crate::pipeline::world::{
    CATALOGUE, DAY, Function, MINUTE, SATURDAY, Sample, block_on, check_in, customer, endings, event, function, handle,
    handle_until_done, sound_function,
};
use crate::recomputation::cases;

const TENTH: &str = "tenth-visit";
const SPENT: &str = "a-point-a-dollar";

fn rule(name: &str, by: Earned, points: u32) -> Entitlement {
    Entitlement { name: name.into(), by, points }
}

/// A hundred points for every tenth check-in in thirty days, and a point for every dollar.
fn rules() -> Vec<Entitlement> {
    let tenth = Earned::CheckIns { every: 10, within_days: 30 };
    vec![rule(TENTH, tenth, 100), rule(SPENT, Earned::Spend { per: 100 }, 1)]
}

fn rewarding(mut function: Function, rules: Vec<Entitlement>) -> Function {
    function.catalogues = Versions::of(Catalogue { entitlements: rules, ..CATALOGUE.clone() });
    function
}

fn sound() -> Function {
    rewarding(sound_function(), rules())
}

/// Every line in the table, by rule and the id of its event, with its points.
fn lines(function: &Function) -> BTreeMap<(String, String), i64> {
    let mut lines = BTreeMap::new();
    for (key, bytes) in function.store.inner.others() {
        let ItemKey::Entitlement(_, rule, event) = key else { continue };
        let line: Value = serde_json::from_slice(&bytes).unwrap();
        let id = line["id"].as_str().unwrap();
        assert_eq!((line["rule"].as_str(), line["source"].as_str()), (Some(rule.as_str()), Some("test")));
        assert_eq!(event, Fingerprint::of("test", id));
        lines.insert((rule.to_string(), id.to_owned()), line["points"].as_i64().unwrap());
    }
    lines
}

fn one_line(rule: &str, id: &str, points: i64) -> BTreeMap<(String, String), i64> {
    BTreeMap::from([((rule.to_owned(), id.to_owned()), points)])
}

/// Check-ins at a store of ours, one a day.
fn visits(numbers: std::ops::RangeInclusive<i64>) -> Vec<Sample> {
    numbers.map(|n| check_in(&format!("c-{n}"), "ana", SATURDAY + n * DAY)).collect()
}

/// A receipt with lines of these amounts, in minor units; negative ones came back.
fn receipt(id: &str, at: i64, currency: &str, amounts: &[i64]) -> Sample {
    let line = |amount: &i64| {
        let kind = if *amount < 0 { "return" } else { "sale" };
        json!({ "kind": kind, "product": "sku-1", "quantity": 1, "unit_price": amount.abs() })
    };
    let lines: Vec<_> = amounts.iter().map(line).collect();
    let till =
        json!({ "receipt": id, "store": "market-street", "channel": "store", "currency": currency, "lines": lines });
    event("purchase", id, "ana", at, &till)
}

#[test]
fn the_tenth_check_in_delivered_three_times_is_one_line_of_a_hundred_points() {
    let tenth = check_in("c-10", "ana", SATURDAY + 10 * DAY);
    let same_event_another_time = check_in("c-10", "ana", SATURDAY + 10 * DAY + MINUTE);
    let three_times = [tenth.clone(), tenth.clone(), tenth.clone()];
    let produced_twice = [tenth.clone(), same_event_another_time.clone()];
    for deliveries in
        [vec![&three_times[..]], three_times.chunks(1).collect(), vec![&produced_twice[..], &[same_event_another_time]]]
    {
        let function = sound();
        block_on(handle(&function, &visits(1..=9)));
        assert_eq!(lines(&function), BTreeMap::new());
        for batch in deliveries {
            block_on(handle(&function, batch));
        }
        assert_eq!(lines(&function), one_line(TENTH, "c-10", 100));
    }
}

#[test]
fn every_tenth_earns_and_no_check_in_counts_for_two() {
    let function = sound();
    block_on(handle(&function, &visits(1..=25)));
    let earned: Vec<_> = lines(&function).into_keys().map(|(_, id)| id).collect();
    assert_eq!(earned, ["c-10", "c-20"]);
}

#[test]
fn ten_check_ins_count_when_they_lie_within_thirty_days() {
    for (gap_days, earns) in [(20, true), (21, false)] {
        let function = sound();
        block_on(handle(&function, &visits(1..=9)));
        let last = check_in("last", "ana", SATURDAY + (10 + gap_days) * DAY);
        block_on(handle(&function, &[last]));
        assert_eq!(!lines(&function).is_empty(), earns, "{gap_days} days later");
    }
}

#[test]
fn a_late_check_in_counts_once_and_does_not_award_again() {
    let function = sound();
    let mut visits = visits(1..=11);
    let fifth = visits.remove(4);
    block_on(handle(&function, &visits));
    assert_eq!(lines(&function), one_line(TENTH, "c-11", 100), "the tenth to arrive");
    for _ in 0..3 {
        block_on(handle(&function, std::slice::from_ref(&fifth)));
    }
    assert_eq!(lines(&function), one_line(TENTH, "c-11", 100));
}

#[test]
fn a_check_in_elsewhere_or_of_a_minor_earns_nothing() {
    let function = rewarding(sound_function(), vec![rule("each", Earned::CheckIns { every: 1, within_days: 1 }, 5)]);
    let born = event("consent", "born", "kid", SATURDAY - DAY, &json!({ "birth_year": 2015 }));
    let cafe = event("check-in", "cafe", "ana", SATURDAY, &json!({ "venue": { "id": "v-1", "category": "cafe" } }));
    let batch = [born, check_in("kid-1", "kid", SATURDAY), cafe, check_in("c-1", "ana", SATURDAY + MINUTE)];
    let report = block_on(handle(&function, &batch));
    assert_eq!(endings(&report)[1], Ending::Withheld);
    assert_eq!(lines(&function), one_line("each", "c-1", 5));
}

#[test]
fn a_return_takes_back_exactly_what_its_purchase_earned() {
    let function = sound();
    let batch = [
        receipt("bought", SATURDAY, "USD", &[2_599, 1_050]),
        receipt("back", SATURDAY + DAY, "USD", &[-2_599, -1_050]),
        receipt("both", SATURDAY + 2 * DAY, "USD", &[5_000, -1_950]),
        receipt("small", SATURDAY + 3 * DAY, "USD", &[99]),
        receipt("even", SATURDAY + 4 * DAY, "USD", &[1_000, -1_000]),
        receipt("abroad", SATURDAY + 5 * DAY, "EUR", &[9_900]),
    ];
    block_on(handle(&function, &batch));
    let points: Vec<_> = lines(&function).into_iter().map(|((_, id), points)| (id, points)).collect();
    assert_eq!(points, [("back".to_owned(), -36), ("both".to_owned(), 30), ("bought".to_owned(), 36)]);
}

#[test]
fn what_happened_during_the_warm_up_earns_as_well() {
    let mut function = sound();
    function.fold_only_until = Some(Timestamp(SATURDAY + 100 * DAY));
    let report = block_on(handle(&function, &visits(1..=10)));
    assert!(endings(&report).iter().all(|ending| *ending == Ending::Applied));
    assert_eq!(lines(&function), one_line(TENTH, "c-10", 100));
}

#[test]
fn a_line_is_committed_with_the_facet_or_not_at_all() {
    let function = sound();
    block_on(handle(&function, &visits(1..=10)));
    let commits = function.store.trace.calls().into_iter().filter_map(|call| match call {
        crate::faults::Call::Commit(keys) => Some(keys),
        _ => None,
    });
    let with_line = commits.filter(|keys| keys.iter().any(|key| matches!(key, ItemKey::Entitlement(..))));
    let with_line: Vec<_> = with_line.collect();
    assert_eq!(with_line.len(), 1);
    assert!(with_line[0].contains(&ItemKey::Facet(customer("ana"), FacetKind::CheckIn)));
}

#[test]
fn more_lines_than_a_transaction_holds_go_into_several_and_the_ninth_rule_earns_nothing() {
    let rules = (0..9).map(|n| rule(&format!("rule-{n}"), Earned::Spend { per: 100 }, 1)).collect();
    let function = rewarding(sound_function(), rules);
    let day: Vec<_> = (0..100).map(|n| receipt(&format!("p-{n}"), SATURDAY + n * MINUTE, "USD", &[100])).collect();
    block_on(handle_until_done(&function, &day));
    let lines = lines(&function);
    assert_eq!(lines.len(), 800);
    assert!(lines.keys().all(|(rule, _)| rule != "rule-8"));
}

/// One event of a few weeks, and where it arrives: so many places late, and a second time so many places later.
#[derive(Clone, Debug)]
struct Drawn {
    after_minutes: i64,
    what: What,
    late: usize,
    again: Option<usize>,
}

#[derive(Clone, Debug)]
enum What {
    Visit(&'static str),
    Receipt(&'static str, Vec<i64>),
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let visit = select(vec!["market-street", "market-street", "pop-up"]).prop_map(What::Visit);
    let amounts = proptest::collection::vec(-9_000..9_000_i64, 1..4)
        .prop_map(|amounts| amounts.into_iter().map(|amount| if amount == 0 { 1 } else { amount }).collect());
    let receipt =
        (select(vec!["USD", "USD", "EUR"]), amounts).prop_map(|(currency, amounts)| What::Receipt(currency, amounts));
    let what = prop_oneof![2 => visit, 1 => receipt];
    let late = prop_oneof![3 => Just(0), 1 => 1..=8_usize];
    (1..3_000_i64, what, late, proptest::option::weighted(0.3, 0..40_usize))
        .prop_map(|(after_minutes, what, late, again)| Drawn { after_minutes, what, late, again })
}

/// The events in their order of arrival.
fn arranged(drawn: &[Drawn]) -> Vec<(usize, Sample)> {
    let (mut at, mut arrivals) = (SATURDAY, Vec::new());
    for (place, drawn) in drawn.iter().enumerate() {
        at += drawn.after_minutes * MINUTE;
        let id = format!("e-{place}");
        let sample = match &drawn.what {
            What::Visit(store) => event("check-in", &id, "ana", at, &json!({ "store": store })),
            What::Receipt(currency, amounts) => receipt(&id, at, currency, amounts),
        };
        arrivals.push(((place + drawn.late, place), (place, sample.clone())));
        arrivals.extend(drawn.again.map(|later| ((place + drawn.late + 1 + later, place), (place, sample))));
    }
    arrivals.sort_by_key(|(order, _)| *order);
    arrivals.into_iter().map(|(_, arrival)| arrival).collect()
}

/// The lines that the distinct events come to, one after the other: four visits within seven days earn ten points, and every ten dollars three.
fn recomputed(drawn: &[Drawn], arrivals: &[(usize, Sample)]) -> BTreeMap<(String, String), i64> {
    let (mut known, mut uncounted, mut lines) = (BTreeSet::new(), Vec::new(), BTreeMap::new());
    let new_york = jiff::tz::TimeZone::get("America/New_York").unwrap();
    for (place, sample) in arrivals.iter().filter(|(place, _)| known.insert(*place)) {
        let points = match &drawn[*place].what {
            What::Visit("market-street") => {
                let at = jiff::Timestamp::from_millisecond(sample.arrived.0).unwrap();
                uncounted.push(at.to_zoned(new_york.clone()).date());
                let latest = *uncounted.iter().max().unwrap();
                let in_time = uncounted.iter().filter(|date| (latest - **date).get_days() < 7).count();
                if in_time >= 4 {
                    uncounted.clear();
                }
                ("visits", if in_time >= 4 { 10 } else { 0 })
            }
            What::Receipt("USD", amounts) => ("spend", amounts.iter().sum::<i64>() / 1_000 * 3),
            _ => continue,
        };
        if points.1 != 0 {
            lines.insert((points.0.to_owned(), format!("e-{place}")), points.1);
        }
    }
    lines
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_lines_are_those_of_the_distinct_events_however_they_are_batched_and_whatever_fails(
        drawn in proptest::collection::vec(drawn(), 1..60),
        cuts in proptest::collection::vec(1..9_usize, 120),
        (store, log) in (scripts(), scripts()),
    ) {
        let rules = vec![
            rule("visits", Earned::CheckIns { every: 4, within_days: 7 }, 10),
            rule("spend", Earned::Spend { per: 1_000 }, 3),
        ];
        let function = rewarding(function(Script::of(&store), Script::of(&log)), rules);
        let arrivals = arranged(&drawn);
        let samples: Vec<_> = arrivals.iter().map(|(_, sample)| sample.clone()).collect();
        let mut rest = &samples[..];
        for cut in cuts {
            let (batch, later) = rest.split_at(cut.min(rest.len()));
            block_on(handle_until_done(&function, batch));
            rest = later;
        }
        prop_assert!(rest.is_empty());
        let (lines, expected) = (lines(&function), recomputed(&drawn, &arrivals));
        prop_assert_eq!(lines.values().sum::<i64>(), expected.values().sum::<i64>());
        prop_assert_eq!(lines, expected);
    }
}
