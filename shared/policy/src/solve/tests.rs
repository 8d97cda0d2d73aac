//! The solver against trying every value.

use proptest::prelude::*;
use tact_decide::{Criterion, Test, Value, Window};
use tact_domain::Trigger;

use super::*;

/// A number from 0 to 6, a flag, a text of three, a share, an open text.
fn slots() -> Vec<Slot> {
    vec![Slot::Weekday, Slot::InTrouble, Slot::Mission, Slot::Affinity("shoes".into()), Slot::Locale]
}

/// Values of each slot among which every rule of these tests finds all it can tell apart.
fn tried(place: usize) -> Vec<ExampleValue> {
    let numbers = |numbers: Vec<f64>| numbers.into_iter().map(ExampleValue::Number).collect();
    let texts = |texts: [&str; 3]| texts.map(|text| ExampleValue::Text(text.into())).to_vec();
    match place {
        0 => numbers((0..7).map(f64::from).collect()),
        1 => numbers(vec![0.0, 1.0]),
        2 => texts(["express", "browse", "unknown"]),
        3 => {
            let at = [0.0, 0.25, 0.5, 0.75, 1.0];
            numbers(
                at.iter()
                    .flat_map(|at: &f64| [at.next_down(), *at, at.next_up()])
                    .filter(|x| (0.0..=1.0).contains(x))
                    .collect(),
            )
        }
        _ => texts(["de", "en", "other0"]),
    }
}

fn holds(rule: &Rule, values: &[ExampleValue]) -> bool {
    match rule {
        Rule::Is(Criterion { slot, test }) => {
            let value = match &values[usize::from(*slot)] {
                ExampleValue::Number(number) => Value::Number(*number),
                ExampleValue::Text(text) => Value::Text(text),
            };
            test.holds(value).unwrap()
        }
        Rule::All(rules) => rules.iter().all(|rule| holds(rule, values)),
        Rule::Any(rules) => rules.iter().any(|rule| holds(rule, values)),
        Rule::Not(rule) => !holds(rule, values),
    }
}

fn every() -> Vec<Vec<ExampleValue>> {
    (0..5).fold(vec![Vec::new()], |all, place| {
        let with = |value: ExampleValue| {
            all.iter().cloned().map(move |mut values| {
                values.push(value.clone());
                values
            })
        };
        tried(place).into_iter().flat_map(with).collect()
    })
}

fn criterion() -> impl Strategy<Value = Rule> {
    let range = |slot: u16, scale: f64, most: i32| {
        (prop::option::of(-1..=most), prop::option::of(-1..=most)).prop_map(move |(min, max)| {
            let at = |n: i32| f64::from(n) * scale;
            Rule::Is(Criterion { slot, test: Test::Range { min: min.map(at), max: max.map(at) } })
        })
    };
    let texts = |slot: u16, texts: &'static [&'static str]| {
        prop::sample::subsequence(texts, 0..=texts.len()).prop_map(move |some| {
            let some = some.into_iter().map(Key::new).collect();
            Rule::Is(Criterion { slot, test: Test::OneOf(some) })
        })
    };
    prop_oneof![
        range(0, 1.0, 7),
        range(1, 1.0, 1),
        texts(2, &["express", "browse", "unknown", "nowhere"]),
        range(3, 0.25, 4),
        texts(4, &["de", "en"]),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    criterion().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Rule::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Rule::Any),
            inner.prop_map(|rule| Rule::Not(Box::new(rule))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_is_that_of_trying_every_value(rules in prop::collection::vec(rule(), 0..5)) {
        let all = every();
        let brute = all.iter().any(|values| rules.iter().all(|rule| holds(rule, values)));
        let borrowed: Vec<&Rule> = rules.iter().collect();
        match satisfiable(&borrowed, &slots(), &Domains::default()) {
            Answer::Never => prop_assert!(!brute),
            Answer::Undecided => prop_assert!(false, "so few rules can be decided"),
            Answer::Example(example) => {
                let mut values: Vec<ExampleValue> = (0..5).map(|place| tried(place)[0].clone()).collect();
                for (place, value) in example {
                    values[usize::from(place)] = value;
                }
                prop_assert!(rules.iter().all(|rule| holds(rule, &values)), "{values:?}");
            }
        }
    }
}

fn range(slot: u16, min: Option<f64>, max: Option<f64>) -> Rule {
    Rule::Is(Criterion { slot, test: Test::Range { min, max } })
}

fn one_of(slot: u16, texts: &[&str]) -> Rule {
    Rule::Is(Criterion { slot, test: Test::OneOf(texts.iter().map(Key::new).collect()) })
}

#[test]
fn between_two_whole_numbers_and_two_cents_there_is_nothing() {
    let slots =
        [Slot::Orders(None, Window { days: 90, earlier: false }), Slot::BasketValue, Slot::Affinity("a".into())];
    let between = |slot| range(slot, Some(2.0_f64.next_up()), Some(3.0_f64.next_down()));
    let answer = |rule: &Rule| satisfiable(&[rule], &slots, &Domains::default());
    assert_eq!([answer(&between(0)), answer(&between(1))], [Answer::Never, Answer::Never]);
    let share = range(2, Some(0.5), Some(0.5));
    assert_eq!(answer(&share), Answer::Example(vec![(2, ExampleValue::Number(0.5))]));
}

#[test]
fn a_trigger_narrows_what_can_be_known() {
    let slots = [Slot::Trigger, Slot::BasketValue];
    let (exit, basket) = (one_of(0, &["exit"]), range(1, Some(1.0), None));
    let answer = |rule: &Rule, trigger| satisfiable(&[rule], &slots, &Domains::default().on(trigger));
    assert_eq!(answer(&exit, Trigger::Purchase), Answer::Never);
    assert_ne!(answer(&exit, Trigger::Due), Answer::Never, "what was put off at an exit");
    assert_eq!(answer(&basket, Trigger::Exit), Answer::Never);
    assert_eq!(answer(&Rule::Not(Box::new(basket.clone())), Trigger::Exit), Answer::Never, "unknown is not allowed");
    assert_ne!(answer(&basket, Trigger::Purchase), Answer::Never);
}

#[test]
fn a_longer_window_counts_at_least_as_much_as_a_shorter_one() {
    let orders = |of: Option<&str>, days| Slot::Orders(of.map(Key::new), Window { days, earlier: false });
    let slots = [orders(Some("shoes"), 7), orders(Some("shoes"), 30), orders(None, 90), orders(Some("bags"), 90)];
    let (week, most) = (range(0, Some(3.0), None), |slot| range(slot, None, Some(2.0)));
    let answer = |rules: &[&Rule]| satisfiable(rules, &slots, &Domains::default());
    assert_eq!(answer(&[&week, &most(2)]), Answer::Never);
    assert_ne!(answer(&[&week, &most(3)]), Answer::Never, "bags are no shoes");
    let gap = Rule::Any(vec![most(1), range(1, Some(5.0), None)]);
    let known = [(0, 3.0), (1, 5.0), (2, 5.0)].map(|(place, value)| (place, ExampleValue::Number(value)));
    assert_eq!(answer(&[&week, &gap, &range(2, Some(1.0), None)]), Answer::Example(known.to_vec()));
}

#[test]
fn what_takes_too_long_is_undecided_and_not_guessed() {
    let sku = |n: u32| Slot::Owns(Key::new(n.to_string()));
    let slots: Vec<Slot> = (0..40).map(sku).collect();
    let owns = |slot: u16| range(slot, Some(1.0), Some(1.0));
    // One of each pair is owned, and none of one pair is: 2 to the power of 20 combinations, of which none fits.
    let pairs = (0..20).map(|n| Rule::Any(vec![owns(2 * n), owns(2 * n + 1)]));
    let neither = |n: u16| Rule::All(vec![Rule::Not(Box::new(owns(2 * n))), Rule::Not(Box::new(owns(2 * n + 1)))]);
    let rules: Vec<Rule> = std::iter::once(Rule::Any((0..20).map(neither).collect())).chain(pairs).collect();
    let borrowed: Vec<&Rule> = rules.iter().collect();
    assert_eq!(satisfiable(&borrowed, &slots, &Domains::default()), Answer::Undecided);
}
