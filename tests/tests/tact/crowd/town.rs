//! The crowds of the day in town: there are some, and nobody of the town is in what is told of them.

use std::collections::BTreeSet;

use clap::Parser;
use serde_json::Value;
use tact::command::Tact;
use tact::crowd::CrowdReport;
use tact_domain::Span;

use super::*;
use crate::run::TOWN;

/// Saturday in New York, all of it.
fn saturday(store: &str, k: u32) -> CrowdReport {
    let store = CATALOGUE.places.store(store).unwrap();
    let (from, to) = (NOON.plus_s(-12 * 3_600), NOON.plus_s(12 * 3_600));
    CrowdReport::of(&TOWN.kept, &CATALOGUE, &Span { store, from, to }, k)
}

fn leaves(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.iter().flat_map(leaves).collect(),
        Value::Object(fields) => fields.values().flat_map(leaves).collect(),
        leaf => vec![leaf.clone()],
    }
}

#[test]
fn market_street_has_a_crowd_with_types_places_hours_and_goods() {
    let report = saturday("market-street", 10);
    let told: u32 = report.types.iter().map(|counts| counts.people).sum();
    assert!(told >= 20, "{report:?}");
    // The total is kept back when it would tell how few the others are.
    assert!(report.people.is_none_or(|people| people == told || people >= told + 10), "{report:?}");
    assert!(report.types.len() >= 2, "{}", report.text());
    assert!(report.types.iter().any(|counts| !counts.hours.is_empty()), "{}", report.text());
    assert!(report.types.iter().any(|counts| !counts.bought.is_empty()), "{}", report.text());
    assert!(report.text().lines().all(|line| line.chars().count() <= 100), "{}", report.text());
}

#[test]
fn no_customer_is_named_and_no_number_is_of_few() {
    let names: BTreeSet<&str> = TOWN.kept.facets.iter().map(|(customer, ..)| customer.as_str()).collect();
    assert!(names.len() > 100, "a town");
    for (store, k) in [("market-street", 5), ("market-street", 10), ("tampa", 5), ("naples", 5), ("riverside", 5)] {
        let report = saturday(store, k);
        let json = serde_json::to_value(&report).unwrap();
        for leaf in leaves(&json) {
            match &leaf {
                Value::Number(number) => assert!(number.as_u64().unwrap() >= u64::from(k), "{number} in {json}"),
                Value::String(text) => assert!(!names.contains(text.as_str()), "{text} in {json}"),
                _ => {}
            }
        }
        let text = report.text();
        let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
        assert!(words.all(|word| !names.contains(word)), "{text}");
    }
}

#[test]
fn in_an_hour_of_few_people_nothing_is_told() {
    let store = CATALOGUE.places.store("market-street").unwrap();
    let night = NOON.plus_s(-9 * 3_600);
    let report = CrowdReport::of(&TOWN.kept, &CATALOGUE, &Span { store, from: night, to: night.plus_s(3_600) }, 5);
    assert_eq!((report.people, report.types.len()), (None, 0));
    assert!(report.text().contains("too few people to be told of"), "{}", report.text());
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_played() {
    let said = |arguments: &[&str]| match Tact::try_parse_from([&["tact"], arguments].concat()) {
        Err(error) => error.to_string(),
        Ok(command) => command.run().unwrap_err().to_string(),
    };
    assert!(said(&["crowd", "--k", "4"]).contains("4 is not in 5..=1000"));
    assert!(said(&["crowd", "--store", "nowhere"]).contains("there is no store `nowhere`"));
    assert!(said(&["screen", "market-street", "--area", "shoe"]).contains("the closest are `shoes`"));
    assert!(said(&["explain", "--type", "browser"]).contains("--store"));
    assert!(said(&["explain", "--type", "woman", "--store", "tampa"]).contains("write one of newcomer, lapsing"));
    assert!(said(&["explain", "--store", "tampa", "--at", "2026-10-31T12:00:00Z"]).contains("--from and --to"));
}
