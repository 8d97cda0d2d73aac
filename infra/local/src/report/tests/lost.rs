//! Lost spending: the parts sum to the whole, and nobody is told of who has no past.

use tact_domain::Timestamp;
use tact_wire::parse;

use super::world::{NOON, bought, event, purchase};
use crate::report::{Evidence, lost};

const DAY_S: i64 = 86_400;

fn heard(evidence: &mut Evidence, line: &str, at: Timestamp) {
    evidence.heard(&parse(line.as_bytes(), at).unwrap().signal);
}

/// Somebody who buys for so many minor units in the middle of each window of 90 days, latest last.
fn buys(evidence: &mut Evidence, name: &str, windows: &[i64]) {
    let first = NOON.plus_s(-(i64::try_from(windows.len()).unwrap() * 90 + 5) * DAY_S);
    heard(evidence, &purchase(name, 0, first, 100), first);
    for (nth, cents) in (1_u32..).zip(windows) {
        let back = i64::try_from(windows.len()).unwrap() - i64::from(nth);
        let at = NOON.plus_s(-(back * 90 + 45) * DAY_S);
        heard(evidence, &purchase(name, nth, at, *cents), at);
    }
}

#[test]
fn anne_spends_a_sixth_of_what_she_did_and_says_why() {
    let mut evidence = Evidence::none();
    buys(&mut evidence, "anne", &[30_000, 30_000, 5_000]);
    let at = NOON.plus_s(-DAY_S);
    let data = r#"{"arena":"chat","text":"Fit: nothing I bought lately does fit, it is too tight.","public":false,"evidence":{"kind":"none"}}"#;
    heard(&mut evidence, &event("anne", "comment", 1, at, data), at);
    let lost = lost::lost(&evidence, NOON);
    assert_eq!((lost.customers, lost.spend_less, lost.fell_by_four_fifths), (1, 1, 1));
    assert!((lost.total_minor - 25_000.0).abs() < 1e-9);
    assert_eq!((lost.parts[0].cause, lost.parts[0].category.as_str()), ("fit", "women"));
    assert!((1.0 - 5_000.0 / 30_000.0 - 0.8333_f64).abs() < 1e-4);
}

#[test]
fn the_parts_sum_to_the_whole_drop() {
    let mut evidence = Evidence::none();
    buys(&mut evidence, "one", &[12_000, 9_000, 14_000, 2_000]);
    buys(&mut evidence, "two", &[5_000, 5_000, 6_000]);
    buys(&mut evidence, "new", &[30_000, 1_000]);
    let at = NOON.plus_s(-120 * DAY_S);
    heard(&mut evidence, &bought("one", 9, at, &[("home", 4_000), ("women", 500)]), at);
    let lost = lost::lost(&evidence, NOON);
    assert_eq!((lost.customers, lost.spend_less), (2, 1), "the third has one whole window only");
    // Windows of 12,000, 9,000 and 18,500, and 2,000 in the last.
    assert!((lost.total_minor - 10_000.0).abs() < 1e-9, "{lost:?}");
    let parts: f64 = lost.parts.iter().map(|part| part.minor).sum();
    assert!((parts - lost.total_minor).abs() < 1e-6);
    assert_eq!(lost.parts.len(), 2);
    assert!(lost.parts.iter().all(|part| part.cause == "not_told" && part.minor > 0.0));
}

#[test]
fn what_few_people_lost_is_not_told() {
    let mut evidence = Evidence::none();
    buys(&mut evidence, "anne", &[30_000, 30_000, 5_000]);
    let lost = lost::lost(&evidence, NOON);
    assert_eq!(lost.clone().told_of(1), lost);
    let told = lost.told_of(10);
    assert!(told.parts.is_empty() && told.total_minor < 1.0 && told.customers == 1);
}
