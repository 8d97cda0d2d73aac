//! What is found in small catalogues, and what is not.

use tact_decide::{Criterion, Issue, Mode, Provenance, Slot, Stage, Test, Treatment, ValueClass, Window};
use tact_domain::Channel;

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn treatment(name: &str) -> Treatment {
    Treatment {
        cost: 1.0,
        group_prior: 0.1,
        by_type: Vec::new(),
        liked: 0.1,
        valid_s: 3_600,
        window_s: 3_600,
        discloses: vec![Provenance::Told],
        text: "Hello.".to_owned(),
        ..Treatment::new(name, Channel::Push, Mode::Push)
    }
}

fn action(conditions: Vec<Condition>) -> Action {
    Action {
        triggers: vec![Trigger::Exit],
        values: vec![ValueClass::Information],
        conditions,
        margin: 100.0,
        basket: 100.0,
        organic: 0.1,
        treatments: vec![treatment("say")],
        ..Action::new("ask", Issue::Grow, "offers")
    }
}

fn condition(said: &str, slot: u16, test: Test) -> Condition {
    let rule = Rule::Is(Criterion { slot, test });
    Condition { stage: Stage::Eligibility, of_group: false, text: said.to_owned(), rule }
}

fn range(said: &str, slot: u16, min: Option<f64>, max: Option<f64>) -> Condition {
    condition(said, slot, Test::Range { min, max })
}

/// Kinds, messages and witnesses of what is found about one action.
fn found(action: Action) -> Vec<(Flaw, String, String)> {
    let slots =
        vec![Slot::Hour, Slot::Trigger, Slot::BasketValue, Slot::Orders(None, Window { days: 7, earlier: false })];
    let catalogue = Catalogue { slots, actions: vec![action], ..Catalogue::default() };
    let found = lint(&catalogue, NOW).into_iter();
    found.map(|one| (one.kind, one.message, one.witness.unwrap_or_default())).collect()
}

fn finding(kind: Flaw, message: &str, witness: &str) -> Vec<(Flaw, String, String)> {
    vec![(kind, message.to_owned(), witness.to_owned())]
}

#[test]
fn conditions_that_never_hold_together_are_named_and_no_others() {
    let mut late = range("hour > 18", 0, Some(19.0), None);
    let early = range("hour < 9", 0, None, Some(8.0));
    let sound = range("purchases.count(7d) >= 1", 3, Some(1.0), None);
    assert_eq!(found(action(vec![sound.clone(), late.clone()])), []);
    late.of_group = true;
    let expected = finding(Flaw::Contradictory, "conditions never hold together", "`hour < 9` and `hour > 18` (group)");
    assert_eq!(found(action(vec![early, sound, late])), expected);
    let none = range("hour < 0", 0, None, Some(-1.0));
    assert_eq!(found(action(vec![none])), finding(Flaw::Contradictory, "a condition never holds", "`hour < 0`"));
}

#[test]
fn a_rule_that_contradicts_the_triggers_is_found_for_each_of_them() {
    let exit = || condition("trigger == \"exit\"", 1, Test::OneOf(vec!["exit".into()]));
    assert_eq!(found(action(vec![exit()])), []);
    let mut other = action(vec![exit()]);
    other.triggers = vec![Trigger::Purchase, Trigger::Exit, Trigger::Due];
    let expected = finding(Flaw::Unreachable, "`purchase` never leads to it", "`trigger == \"exit\"`");
    assert_eq!(found(other), expected, "what was put off at an exit is still due later");
}

#[test]
fn what_is_never_known_by_a_trigger_is_found() {
    let basket = || range("basket.total > 1", 2, Some(101.0), None);
    let expected =
        finding(Flaw::Unreachable, "`exit` never leads to it: `basket.total` is not known then", "`basket.total > 1`");
    assert_eq!(found(action(vec![basket()])), expected);
    let mut bought = action(vec![basket()]);
    bought.triggers = vec![Trigger::Purchase];
    assert_eq!(found(bought), []);
}

#[test]
fn a_condition_that_refuses_nobody_is_found_with_a_value() {
    let expected = finding(Flaw::AlwaysTrue, "`hour <= 23` refuses nobody of whom it can be told", "hour == 0");
    assert_eq!(found(action(vec![range("hour <= 23", 0, None, Some(23.0))])), expected);
}

#[test]
fn an_action_whose_time_is_over_is_found() {
    let mut over = action(Vec::new());
    over.until = Some(NOW);
    assert_eq!(found(over.clone()), finding(Flaw::Unreachable, "`until` is over", ""));
    over.until = Some(NOW.plus_s(1));
    assert_eq!(found(over), []);
}

#[test]
fn a_treatment_that_another_one_always_outdoes_is_found_with_the_other() {
    let with = |change: fn(&mut Treatment)| {
        let mut all = action(Vec::new());
        let mut second = treatment("tell");
        change(&mut second);
        all.treatments.push(second);
        found(all)
    };
    let never = |one: &str, other: &str| {
        let message = format!("treatment `{one}` never wins: `{other}` is at least as good in every term");
        finding(Flaw::Shadowed, &message, &format!("treatment `{other}`"))
    };
    assert_eq!(with(|_| {}), never("tell", "say"), "of two alike the first stays");
    assert_eq!(with(|second| second.cost = 0.5), never("say", "tell"));
    assert_eq!(with(|second| second.incentive = 5.0), never("tell", "say"));
    assert_eq!(with(|second| (second.cost, second.group_prior) = (2.0, 0.2)), []);
    assert_eq!(with(|second| second.channel = Channel::Email), []);
    assert_eq!(with(|second| second.discloses = vec![Provenance::Inferred]), []);
}

#[test]
fn in_the_default_catalogue_everything_can_matter() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue");
    let catalogue = crate::load(std::path::Path::new(folder), None).unwrap();
    assert_eq!(lint(&catalogue, Timestamp(1_793_419_200_000)), []);
}
