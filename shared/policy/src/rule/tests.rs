//! Rules that mean what they say, and those that are refused.

mod meaning;
mod refused;

use jiff::tz::TimeZone;
use tact_decide::{Aspect, Ring, Sequence, Window};
use tact_domain::{Key, Product, SensitiveMatters, Store};

use super::*;
use crate::written::written;

fn places() -> Places {
    let store = |id: &str, areas: &[&str]| Store {
        id: id.into(),
        name: id.to_owned(),
        lat: 0.0,
        lon: 0.0,
        zone: TimeZone::UTC,
        enter_m: 1.0,
        exit_m: 1.0,
        dwell_s: 1,
        areas: areas.iter().map(Key::new).collect(),
        service_areas: Vec::new(),
    };
    let stores = vec![store("market-street", &["door", "shoes"]), store("pier", &["door", "kitchen"])];
    Places { stores, ..Places::default() }
}

fn kettle(id: &str) -> Product {
    Product { id: id.into(), name: "A kettle".to_owned(), category: "kitchen".into(), ..Product::default() }
}

fn read(text: &str) -> Result<(Vec<Condition>, Slots), Wrong> {
    let (places, goods) = (places(), Goods::new(vec![kettle("kettle-1"), kettle("kettle-2")], Vec::new()));
    let known = Known {
        currency: Currency::of("USD"),
        places: Some(&places),
        goods: Some(&goods),
        sensitive: &SensitiveMatters::NONE,
    };
    let mut slots = Slots::default();
    conditions(text, Stage::Eligibility, false, &known, &mut slots).map(|conditions| (conditions, slots))
}

/// The only slot of a rule's text.
fn slot(text: &str) -> Slot {
    let (_, slots) = read(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
    assert_eq!(slots.0.len(), 1, "{text}");
    slots.0.into_keys().next().unwrap()
}

/// The rule of a text that makes one condition.
fn rule(text: &str) -> Rule {
    let (conditions, _) = read(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
    let [condition] = &conditions[..] else { panic!("{text} makes {} conditions", conditions.len()) };
    condition.rule.clone()
}

fn range(min: Option<f64>, max: Option<f64>) -> Rule {
    Rule::Is(tact_decide::Criterion { slot: 0, test: tact_decide::Test::Range { min, max } })
}

fn one_of(texts: &[&str]) -> Rule {
    let texts = texts.iter().map(Key::new).collect();
    Rule::Is(tact_decide::Criterion { slot: 0, test: tact_decide::Test::OneOf(texts) })
}

fn not(rule: Rule) -> Rule {
    Rule::Not(Box::new(rule))
}

#[test]
fn every_name_asks_for_its_slot() {
    let whole = |days| Window { days, earlier: false };
    let before = |days| Window { days, earlier: true };
    let sequence =
        |first, then, within_s, days, followed| Slot::Sequence(Sequence { first, then, within_s, days, followed });
    let cases = [
        ("trigger == \"exit\"", Slot::Trigger),
        ("store == 'pier'", Slot::Store),
        ("check_ins.count(30d) >= 1", Slot::CheckIns(whole(30))),
        ("check_ins.count_before(30d) >= 1", Slot::CheckIns(before(30))),
        ("visits.count( 7d ) >= 1", Slot::Visits(whole(7))),
        ("visits.count(store, 30d) >= 1", Slot::VisitsHere(whole(30))),
        ("visits.count_before(store, 30d) >= 1", Slot::VisitsHere(before(30))),
        ("purchases.count(90d) >= 1", Slot::Orders(None, whole(90))),
        ("purchases.count_before(\"shoes\", 1d) == 0", Slot::Orders(Some("shoes".into()), before(1))),
        ("purchases.spend_before(90d) > 1", Slot::Spend(before(90))),
        ("purchases.quarters(12) > 1", Slot::Quarters(12)),
        ("purchases.drop >= 0.8", Slot::Drop),
        ("!purchases.has_dropped", Slot::HasDropped),
        ("purchases.days_since < 3", Slot::DaysSinceOrder),
        ("purchases.due_in(\"coffee\") <= 3", Slot::DueIn("coffee".into())),
        ("purchases.owns(\"kettle-1\")", Slot::Owns("kettle-1".into())),
        ("purchases.complement('kettle-2', 2d) <= 3", Slot::Complement("kettle-2".into(), 2)),
        ("affinity(\"90d && x\") > 0.5", Slot::Affinity("90d && x".into())),
        ("shopper('big_buyer') >= 0.6", Slot::Shopper(tact_domain::Shopper::BigBuyer)),
        ("basket.count() > 1", Slot::Basket(None)),
        ("basket.count('dresses') > 1", Slot::Basket(Some("dresses".into()))),
        ("basket.total > 1", Slot::BasketValue),
        ("visits.followed_by(purchases, 2h, 30d) > 1", sequence(Ring::Visits, Ring::Purchases, 7_200, 30, true)),
        ("purchases.not_followed_by(visits, 3d, 9d) > 1", sequence(Ring::Purchases, Ring::Visits, 259_200, 9, false)),
        ("partner.count(\"airline\", 30d) > 0", Slot::Partner("airline".into(), 30)),
        ("partner.destination(\"airline\") == \"Lisbon\"", Slot::Destination("airline".into())),
        ("cause in ['fit', 'unknown']", Slot::Cause),
        ("comment.cause == 'display'", Slot::Comment(Aspect::Cause)),
        ("comment.tone != 'praise'", Slot::Comment(Aspect::Tone)),
        ("comment.public", Slot::Comment(Aspect::Public)),
        ("comment.arena in ['forum', 'review']", Slot::Comment(Aspect::Arena)),
        ("!comment.at_store", Slot::Comment(Aspect::AtStore)),
        ("!in_trouble", Slot::InTrouble),
        ("ready in ['help', 'dwell']", Slot::Ready),
    ];
    for (text, expected) in cases {
        assert_eq!(slot(text), expected, "{text}");
    }
}

#[test]
fn every_name_is_read_back_as_it_is_written_in_messages() {
    let names = names::NAMES.map(|name| name.replace("sku", "kettle-1"));
    for name in names.into_iter().chain(["basket.count()".to_owned()]) {
        let rests = [
            "",
            " >= 1",
            " == \"express\"",
            " == \"exit\"",
            " == \"pier\"",
            " == \"shoes\"",
            " == \"price\"",
            " == \"praise\"",
            " == \"chat\"",
            " == \"help\"",
        ];
        let rest = rests.into_iter().find(|rest| read(&format!("{name}{rest}")).is_ok()).unwrap();
        assert_eq!(written(&slot(&format!("{name}{rest}"))), name);
    }
}

#[test]
fn comparisons_become_ranges_that_hold_their_ends() {
    let cases = [
        ("hour >= 9", range(Some(9.0), None)),
        ("hour > 9", range(Some(10.0), None)),
        ("9 > hour", range(None, Some(8.0))),
        ("hour <= 9", range(None, Some(9.0))),
        ("hour == 9.0", range(Some(9.0), Some(9.0))),
        ("hour != 9", not(range(Some(9.0), Some(9.0)))),
        ("weekday in [5, 6]", Rule::Any(vec![range(Some(5.0), Some(5.0)), range(Some(6.0), Some(6.0))])),
        ("affinity(\"a\") < 0.5", range(None, Some(0.5_f64.next_down()))),
        ("purchases.spend(9d) <= 60.10", range(None, Some(6010.0))),
        ("purchases.spend(9d) > 60", range(Some(6000.0_f64.next_up()), None)),
        ("in_trouble == false", range(Some(0.0), Some(0.0))),
        ("in_trouble", range(Some(1.0), Some(1.0))),
        ("!!in_trouble", range(Some(1.0), Some(1.0))),
        ("store != \"pier\"", not(one_of(&["pier"]))),
        ("!(area in ['shoes', \"kitchen\"])", not(one_of(&["shoes", "kitchen"]))),
        (
            "hour < 1 || (hour > 2 || hour == 3)",
            Rule::Any(vec![range(None, Some(0.0)), range(Some(3.0), None), range(Some(3.0), Some(3.0))]),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(rule(text), expected, "{text}");
    }
}

#[test]
fn each_part_is_a_condition_with_its_authors_words() {
    let texts = |text| read(text).unwrap().0.into_iter().map(|condition| condition.text).collect::<Vec<_>>();
    let text = "hour >= 9 &&\n  purchases.count(\"a && b\", 90d) == 0 && (hour < 5 && in_trouble)  &&!in_trouble";
    let expected = ["hour >= 9", "purchases.count(\"a && b\", 90d) == 0", "(hour < 5 && in_trouble)", "!in_trouble"];
    assert_eq!(texts(text), expected);
    assert_eq!(texts(" hour == 1 && in_trouble || hour == 2 "), ["hour == 1 && in_trouble || hour == 2"]);
}

#[test]
fn the_order_of_rules_never_changes_the_order_of_slots() {
    let texts = ["hour > 1", "store == \"pier\" || area == \"shoes\"", "in_trouble"];
    let known = Known { currency: Currency::of("USD"), places: None, goods: None, sensitive: &SensitiveMatters::NONE };
    let sorted = |order: &[usize]| {
        let mut slots = Slots::default();
        conditions("weekday == 1", Stage::Eligibility, false, &known, &mut slots).unwrap();
        let read = |n: &usize| conditions(texts[*n], Stage::Eligibility, false, &known, &mut slots).unwrap();
        let mut rules: Vec<Condition> = order.iter().flat_map(read).collect();
        let all = slots.renumber(&mut rules);
        rules.sort_by(|a, b| a.text.cmp(&b.text));
        (all, rules)
    };
    let expected = sorted(&[0, 1, 2]);
    assert_eq!(expected.0, [Slot::Store, Slot::Area, Slot::Hour, Slot::InTrouble], "what no rule looks at is left out");
    assert_eq!(sorted(&[2, 1, 0]), expected);
    assert_eq!(sorted(&[1, 0, 2]), expected);
}
