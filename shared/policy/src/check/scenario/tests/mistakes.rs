//! What is said of tests that cannot be read.

use super::test;
use crate::check::sample::mistakes;

#[track_caller]
fn assert_said(test: &str, expected: &str) {
    let said = mistakes(test);
    assert!(said.lines().any(|line| line == format!("a.test.toml:{expected}")), "{expected}\n\n{said}");
}

#[test]
fn a_file_holds_tests_and_a_test_an_event_and_an_expectation() {
    assert_said("", "1: test: is missing; write a `[[test]]`, or remove the file");
    assert_said(
        "[[test]]",
        "1: test.1.name: is missing; add for example `name = \"a customer in trouble hears of no offer\"`",
    );
    let said = mistakes("[[test]]\nname = \"x\"\nevnt = 1\n");
    assert!(said.contains("a.test.toml:3: test.x.evnt: is not a known key; did you mean `event`?"), "{said}");
    assert!(said.contains("test.x.event: is missing") && said.contains("test.x.expect: is missing"), "{said}");
}

#[test]
fn every_mistake_is_told_at_once_with_its_line_and_its_fix() {
    let event = r#"check_in = { store = "market-stret" }"#;
    let history = r#"{ purchase = { price = "1.00" } }, { visit = { ago = "1d", store = "market-street", areas = ["shoe"] } }, { lunch = {} }, {}"#;
    let wrong = test(
        "rung = \"top\"",
        history,
        event,
        r#"winner = "welcom", reason = { action = "welcome", is = "consent_missin" }"#,
    );
    for expected in [
        "4: test.a test.rung: `top` is not one of full_model, small_model, group_prior, rules_only, silence; write for example `full_model`",
        "5: test.a test.history.1.purchase.at: must be said once, by `at` or by `ago`; write for example `ago = \"5d\"`",
        "5: test.a test.history.2.visit.areas: `shoe` is not an area of `market-street`; did you mean `shoes`?",
        "6: test.a test.event.check_in.store: `market-stret` is not a store; did you mean `market-street`?",
        "7: test.a test.expect.winner: `welcom` is not an action; did you mean `welcome`?",
        "7: test.a test.expect.reason.is: `consent_missin` is not a reason; did you mean `consent_missing`?",
    ] {
        assert_said(&wrong, expected);
    }
    assert!(mistakes(&wrong).contains("test.a test.history.3.lunch: is not a known key"));
    assert!(mistakes(&wrong).contains("test.a test.history.4.history: has an entry that says nothing"));
}

#[test]
fn expectations_are_something_and_do_not_contradict_each_other() {
    let came = r#"check_in = { store = "market-street" }"#;
    let said = |expect: &str| mistakes(&test("", "", came, expect));
    assert!(said("").contains("expect: expects nothing"));
    assert!(said(r#"silence = true, winner = "welcome""#).contains("silence: is expected, and so is a winner"));
    assert!(said("silence = false").contains("silence: can only be expected"));
    assert!(said(r#"treatment = "card""#).contains("winner: is missing"));
    assert!(said(r#"until = "2026-11-01""#).contains("until: belongs to something that waits"));
    assert!(said(r#"winner = "welcome", treatment = "crd""#).contains("did you mean `card`?"));
    assert!(said(r#"earned = ["fourth"]"#).contains("`fourth` earns nothing"));
}

#[test]
fn consents_and_limits_are_named_right() {
    let came = r#"check_in = { store = "market-street" }"#;
    let said = |more: &str| {
        mistakes(&format!("[[test]]\nname = \"x\"\n{more}\nevent = {{ {came} }}\nexpect = {{ silence = true }}\n"))
    };
    for (more, expected) in [
        (
            "consents = [\"marketing\"]",
            "`marketing` without a channel allows nothing; name one, for example `marketing:push`",
        ),
        ("consents = [\"profilin\"]", "`profilin` is not a consent; did you mean `profiling`?"),
        ("consents = [\"marketing:smss\"]", "`smss` is not a channel; did you mean `sms`?"),
        ("consents = [\"profiling:sms\"]", "`profiling:sms`: only marketing has a channel"),
        ("exhausted = [\"welcome/budget\"]", "`welcome/budget` is no limit"),
        ("arm = \"welcome/a\"", "`welcome/a` is not an arm"),
        ("zone = \"America/New_Yrk\"", "is not a zone"),
        ("now = \"noon\"", "`noon` is not an instant"),
    ] {
        assert!(said(more).contains(expected), "{more}\n{}", said(more));
    }
}
