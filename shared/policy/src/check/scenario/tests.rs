//! Tests of tests: what can be said comes true when it is so, and is shown with the whole funnel when it is not.

mod complements;
mod mistakes;

use tact_decide::Models;

use super::*;
use crate::SourceFile;
use crate::check::sample::{catalogue, changed, file, files, played};

/// A test with a history, an event and an expectation, for somebody who agreed to everything.
fn test(more: &str, history: &str, event: &str, expect: &str) -> String {
    format!(
        r#"[[test]]
name = "a test"
consents = ["marketing:push", "marketing:email", "marketing:inbox", "profiling", "location", "third_party"]
{more}
history = [{history}]
event = {{ {event} }}
expect = {{ {expect} }}
"#
    )
}

const BOUGHT: &str = r#"{ purchase = { ago = "30d", category = "shoes", price = "89.00" } }"#;
const LEFT: &str = r#"exit = { store = "market-street", minutes = 25 }"#;
const CAME: &str = r#"check_in = { store = "market-street" }"#;

fn assert_true(test: &str) {
    for played in played(test) {
        played.unwrap_or_else(|failure| panic!("{test}\n{}", failure.text));
    }
}

#[track_caller]
fn assert_missed(test: &str, missed: &str) {
    let failure = played(test).remove(0).unwrap_err();
    assert_eq!(failure.missed, [missed], "{}", failure.text);
}

#[test]
fn what_wins_is_told_by_action_treatment_and_channel() {
    assert_true(&test("", BOUGHT, LEFT, r#"winner = "come_back", treatment = "ask", channel = "push""#));
    assert_missed(&test("", BOUGHT, LEFT, r#"winner = "welcome""#), "`welcome` to win");
    let wrong_way = test("", BOUGHT, LEFT, r#"winner = "come_back", treatment = "coupon""#);
    assert_missed(&wrong_way, "`come_back` to win, by `coupon`");
    assert_missed(&test("", BOUGHT, LEFT, "silence = true"), "silence");
    assert_missed(&test("", BOUGHT, LEFT, r#"not = ["come_back", "welcome"]"#), "`come_back` not to be said");
    assert_true(&test("", "", LEFT, "silence = true"));
}

#[test]
fn a_reason_is_told_by_name_words_and_worth() {
    let worth = r#"reason = { action = "come_back", treatment = "coupon", is = "silence", score = "-0.51" }"#;
    assert_true(&test("", BOUGHT, LEFT, worth));
    let ruled = r#"reason = { action = "come_back", is = "eligibility_unknown", rule = "days_since >= 1" }"#;
    assert_true(&test("", "", LEFT, ruled));
    let two = r#"reason = [{ action = "come_back", treatment = "ask", is = "chosen" }, { action = "come_back", treatment = "coupon", is = "silence" }]"#;
    assert_true(&test("", BOUGHT, LEFT, two));
    let other = r#"reason = { action = "come_back", treatment = "coupon", is = "silence", score = "-0.30" }"#;
    assert_missed(
        &test("", BOUGHT, LEFT, other),
        "`come_back`, `coupon`: silence, worth -0.30; it was silence, worth -0.51",
    );
    let nobody = r#"reason = { action = "welcome", is = "consent_missing" }"#;
    assert_missed(&test("", BOUGHT, LEFT, nobody), "`welcome`: consent_missing; it was no candidate");
}

#[test]
fn a_test_that_fails_shows_every_candidate_with_stage_reason_words_and_terms() {
    let failure = played(&test("", "", LEFT, r#"winner = "come_back""#)).remove(0).unwrap_err();
    let funnel = r"a.test.toml:1: a test
  expected `come_back` to win
  happened customer-1, 2026-10-31T14:20:00-04:00, exit at market-street: silence
    come_back / ask (push): refused at eligibility: eligibility_unknown, `purchases.days_since >= 1`
    come_back / coupon (email): refused at eligibility: eligibility_unknown, `purchases.days_since >= 1`
    silence: worth 0.00
";
    assert_eq!(failure.text, funnel);
    let failure = played(&test("", BOUGHT, LEFT, "silence = true")).remove(0).unwrap_err();
    let scored = "worth 1.50 = 1 * 1 * (0.250 - 0.180) * 24.00 + 0.5 * 0.000 * 1.00 - 0.000 * 0.00 - 0.010 * 3.00 - 0.0000 - 0.15";
    assert!(failure.text.contains(&format!("come_back / ask (push): chosen; {scored}")), "{}", failure.text);
    assert!(failure.text.contains("come_back / coupon (email): lost at arbitration: silence; worth -0.51"));
}

#[test]
fn an_event_that_is_not_remembered_says_so() {
    let unlocated = test("", BOUGHT, LEFT, r#"winner = "come_back""#).replace("\"location\", ", "");
    let failure = played(&unlocated).remove(0).unwrap_err();
    assert!(failure.text.contains("no decision, the event may not be remembered"), "{}", failure.text);
    assert_true(&unlocated.replace(r#"winner = "come_back""#, "silence = true"));
}

#[test]
fn consents_are_asked_for_denied_taken_back_and_lapse() {
    let is = |reason: &str| format!(r#"reason = {{ action = "welcome", treatment = "card", is = "{reason}" }}"#);
    for (consents, reason) in [
        ("", "consent_missing"),
        ("denied = [\"marketing:inbox\"]", "consent_denied"),
        ("denied = [\"marketing\"]", "consent_denied"),
        ("revoked = [\"marketing:inbox\"]", "consent_revoked"),
        ("expired = [\"marketing:inbox\"]", "consent_expired"),
        ("consents = [\"marketing:inbox\"]", "chosen"),
        ("consents = [\"marketing:inbox:shoes\"]", "consent_missing"),
        ("consents = [\"marketing:inbox\"]\nbirth_year = 2010", "minor"),
    ] {
        let event = if reason == "minor" { r#"open = { placement = "home" }"# } else { CAME };
        let reason = is(reason);
        assert_true(&format!("[[test]]\nname = \"x\"\n{consents}\nevent = {{ {event} }}\nexpect = {{ {reason} }}\n"));
    }
    let later = r#"{ consent = { ago = "1h", revoked = ["marketing:inbox"] } }"#;
    assert_true(&test("", later, CAME, &is("consent_revoked")));
}

#[test]
fn a_channel_can_be_out_of_reach_and_a_clock_unknown() {
    let is = |reason: &str| format!(r#"reason = {{ action = "come_back", treatment = "ask", is = "{reason}" }}"#);
    assert_true(&test("unreachable = [\"push\"]", BOUGHT, LEFT, &is("unreachable")));
    assert_true(&test("zone = \"unknown\"", BOUGHT, LEFT, &is("zone_unknown")));
    assert_true(&test("now = \"2026-10-31T21:00:00-04:00\"", BOUGHT, LEFT, &is("quiet_hours")));
    assert_true(&test("zone = \"Asia/Tokyo\"", BOUGHT, LEFT, &is("quiet_hours")));
}

#[test]
fn what_rests_until_the_morning_waits() {
    let night = "now = 2026-10-31T21:00:00-04:00";
    let until = r#"waits = "come_back", until = "2026-11-01T09:00:00-05:00""#;
    let waiting = test(night, BOUGHT, LEFT, until);
    let mut files = changed("actions/come_back.toml", "valid = \"3h\"", "valid = \"20h\"");
    files.retain(|file| file.path != "actions/welcome.toml");
    let catalogue = catalogue(&files);
    let tests = scenarios(&file("a.test.toml", &waiting), &catalogue, &[]).unwrap();
    tests[0].run(&catalogue, &Models::default()).unwrap_or_else(|failure| panic!("{}", failure.text));
    let sooner = waiting.replace("T09:00", "T08:00");
    let tests = scenarios(&file("a.test.toml", &sooner), &catalogue, &[]).unwrap();
    let missed = tests[0].run(&catalogue, &Models::default()).unwrap_err().missed.remove(0);
    assert!(missed.contains("it waits until 2026-11-01T10:00:00-04:00"), "{missed}");
}

#[test]
fn the_ledger_remembers_what_was_told_and_what_became_of_it() {
    let is = |reason: &str| format!(r#"reason = {{ action = "come_back", treatment = "ask", is = "{reason}" }}"#);
    let told = |more: &str| format!(r#"{BOUGHT}, {{ told = {{ ago = "2h", {more} }} }}"#);
    assert_true(&test("", &told(r#"action = "come_back""#), LEFT, &is("cool_down")));
    let twice = told(r#"channel = "email", times = 2, every = "1h""#);
    assert_true(&test("", &twice, LEFT, &is("contact_cap")));
    let became = |outcome: &str| {
        format!(r#"{BOUGHT}, {{ outcome = {{ ago = "9d", action = "come_back", outcome = "{outcome}" }} }}"#)
    };
    assert_true(&test("", &became("declined"), LEFT, &is("suppressed")));
    assert_true(&test("", &became("complained"), LEFT, &is("in_trouble")));
    assert_true(&test("", &became("opted_out"), LEFT, &is("consent_revoked")));
    let trouble = format!(r#"{BOUGHT}, {{ trouble = {{ ago = "1d", kind = "complaint" }} }}"#);
    assert_true(&test("", &trouble, LEFT, &is("in_trouble")));
}

#[test]
fn a_promise_is_kept_when_it_is_due() {
    let yes = r#"{ outcome = { ago = "5m", action = "come_back", treatment = "ask", outcome = "accepted" } }"#;
    let kept = r#"winner = "come_back", treatment = "keep""#;
    assert_true(&test("", yes, r#"due = { promise = "come_back" }"#, kept));
    assert_true(&test("", "", r#"due = { promise = "come_back" }"#, "silence = true"));
    let again = r#"reason = { action = "come_back", treatment = "ask", is = "applicability_unknown" }"#;
    assert_missed(
        &test("", BOUGHT, r#"due = { action = "come_back", trigger = "exit", store = "market-street" }"#, again),
        "`come_back`, `ask`: applicability_unknown; it was not_applicable",
    );
}

#[test]
fn limits_are_used_up_by_name() {
    let spent = "exhausted = [\"come_back/budget\"]";
    let reason = r#"winner = "come_back", reason = { action = "come_back", treatment = "coupon", is = "exhausted" }"#;
    assert_true(&test(spent, BOUGHT, LEFT, reason));
}

#[test]
fn the_rung_can_be_told() {
    let is = |reason: &str| format!(r#"reason = {{ action = "come_back", treatment = "ask", is = "{reason}" }}"#);
    assert_true(&test("rung = \"rules_only\"", BOUGHT, LEFT, &is("not_scored")));
    assert_true(&test("rung = \"silence\"", BOUGHT, LEFT, &is("moment_passed")));
}

#[test]
fn whoever_looks_is_shown_what_is_there() {
    let open = r#"open = { placement = "home", slots = 2 }"#;
    assert_true(&test("", "", open, r#"shows = ["welcome"]"#));
    assert_missed(&test("", "", open, r#"shows = ["come_back"]"#), "to be shown: come_back; shown: welcome");
}

#[test]
fn what_is_earned_is_counted_over_the_history() {
    let twice = r#"{ check_in = { ago = "2d", store = "market-street", times = 2, every = "1d" } }"#;
    assert_true(&test("", twice, CAME, r#"earned = ["third_check_in"]"#));
    assert_true(&test("", "", CAME, "earned = []"));
    assert_missed(&test("", twice, CAME, "earned = []"), "to be earned: nothing; earned: third_check_in");
}

#[test]
fn the_holdout_has_a_ghost_and_everybody_else_is_out_of_it() {
    assert_true(&test("held_out = true", BOUGHT, LEFT, r#"silence = true, ghost = "come_back""#));
    assert_true(&test(
        "held_out = true",
        BOUGHT,
        LEFT,
        r#"reason = { action = "come_back", treatment = "ask", is = "held_out" }"#,
    ));
    assert_missed(&test("", BOUGHT, LEFT, r#"ghost = "come_back""#), "`come_back` to win but for the holdout");
}

#[test]
fn controls_and_arms_are_found_by_what_they_are_in() {
    let controlled = changed("actions/come_back.toml", "cool_down", "control = 0.5\ncool_down");
    let play = |files: &[SourceFile], test: &str| {
        let catalogue = catalogue(files);
        let tests = scenarios(&file("a.test.toml", test), &catalogue, &[]).unwrap_or_else(|errors| panic!("{errors}"));
        tests[0].run(&catalogue, &Models::default()).unwrap_or_else(|failure| panic!("{}", failure.text));
    };
    let is = |reason: &str| format!(r#"reason = {{ action = "come_back", treatment = "ask", is = "{reason}" }}"#);
    play(&controlled, &test("control = \"come_back\"", BOUGHT, LEFT, &is("control")));
    play(&controlled, &test("", BOUGHT, LEFT, &is("chosen")));
    let arms = |files: Vec<SourceFile>| {
        let mut files = files;
        let action = files.iter_mut().find(|file| file.path == "actions/come_back.toml").unwrap();
        action.text = action.text.replace(
            "text = \"Shall we keep a pair for you?\"\n",
            "text = \"Shall we keep a pair for you?\"\n[treatment.arm]\nname = \"a\"\nshare = 0.5\n",
        );
        action.text =
            action.text.replace("[treatment.coupon]", "[treatment.arm]\nname = \"b\"\nshare = 0.5\n[treatment.coupon]");
        files
    };
    play(&arms(files()), &test("arm = \"come_back/a\"", BOUGHT, LEFT, &is("chosen")));
    play(&arms(files()), &test("arm = \"come_back/b\"", BOUGHT, LEFT, &is("other_arm")));
}

#[test]
fn visits_partners_and_presence_are_what_rules_ask_about() {
    let asks = |rule: &str| changed("actions/come_back.toml", "mission == 'browse'", rule);
    let cases = [
        (
            "visits.not_followed_by(purchases, 2h, 30d) >= 1",
            r#"{ visit = { ago = "3d", store = "market-street", minutes = 40 } }"#,
        ),
        (
            "partner.count('airline', 30d) >= 2",
            r#"{ partner = { ago = "1d", category = "airline", times = 2, every = "1d" } }"#,
        ),
        (
            "partner.destination('airline') == 'Tampa'",
            r#"{ partner = { ago = "1d", category = "airline", destination = "Tampa" } }"#,
        ),
        ("purchases.owns('sku-9')", r#"{ purchase = { ago = "9d", product = "sku-9" } }"#),
    ];
    for (rule, history) in cases {
        let catalogue = catalogue(&asks(rule));
        for (history, fate) in [(format!("{BOUGHT}, {history}"), "chosen"), (BOUGHT.to_owned(), "not_applicable")] {
            let fate = if rule.contains("destination") && fate != "chosen" { "applicability_unknown" } else { fate };
            let reason = format!(r#"reason = {{ action = "come_back", treatment = "ask", is = "{fate}" }}"#);
            let tests = scenarios(&file("a.test.toml", &test("", &history, LEFT, &reason)), &catalogue, &[]).unwrap();
            tests[0].run(&catalogue, &Models::default()).unwrap_or_else(|failure| panic!("{rule}: {}", failure.text));
        }
    }
}

#[test]
fn every_event_of_a_store_is_decided_for_its_trigger() {
    let triggers = [
        ("entry", r#"entry = { store = "market-street" }"#),
        ("dwell", r#"dwell = { store = "market-street" }"#),
        ("dwell", r#"dwell = { store = "market-street", minutes = 30, areas = ["door", "shoes"] }"#),
        ("exit", LEFT),
        ("purchase", r#"purchase = { store = "market-street", price = "10.00" }"#),
        ("check_in", CAME),
        ("entry", "fix = { lat = 40.7127, lon = -74.0060 }"),
    ];
    let all = r#"triggers = ["exit", "due", "entry", "dwell", "purchase", "check_in"]"#;
    for (trigger, event) in triggers {
        let mut files = changed("actions/come_back.toml", r#"triggers = ["exit", "due"]"#, all);
        for file in &mut files {
            file.text = file.text.replace("mission == 'browse'", &format!("trigger == '{trigger}'"));
            file.text = file.text.replace("purchases.days_since >= 1", "purchases.count(90d) >= 1");
            file.text = file.text.replace("at_entry = 0.5", "at_entry = 1.0");
        }
        let catalogue = catalogue(&files);
        let reason = r#"reason = { action = "come_back", treatment = "ask", is = "chosen" }"#;
        let tests = scenarios(&file("a.test.toml", &test("", BOUGHT, event, reason)), &catalogue, &[]).unwrap();
        tests[0].run(&catalogue, &Models::default()).unwrap_or_else(|failure| panic!("{trigger}: {}", failure.text));
    }
}

#[test]
fn beside_a_sensitive_place_nothing_is_said() {
    let there = LEFT.replace("market-street", "riverside");
    let reason = r#"silence = true, reason = { action = "come_back", is = "deny_zone" }"#;
    assert_true(&test("", BOUGHT, &there, reason));
}

#[test]
fn the_same_test_gives_the_same_text() {
    let failing = test("", BOUGHT, LEFT, "silence = true");
    assert_eq!(played(&failing), played(&failing));
}

#[test]
fn tests_of_a_draft_and_tests_put_off_are_pending() {
    let mut files = changed("actions/come_back.toml", "cool_down", "draft = true\ncool_down");
    files.retain(|file| !file.path.ends_with("forbidden.toml"));
    let (catalogue, drafts) = crate::compile_with_drafts(&files).unwrap();
    let read = |path: &str, text: &str| scenarios(&file(path, text), &catalogue, &drafts).unwrap().remove(0).pending;
    let of_draft = test("", BOUGHT, LEFT, r#"winner = "come_back""#);
    assert_eq!(read("a.test.toml", &of_draft).as_deref(), Some("`come_back` is a draft"));
    let of_other = test("", BOUGHT, LEFT, "silence = true");
    assert_eq!(read("a.test.toml", &of_other), None);
    assert_eq!(read("actions/come_back.test.toml", &of_other).as_deref(), Some("`come_back` is a draft"));
    let put_off = test("pending = \"later\"", BOUGHT, LEFT, "silence = true");
    assert_eq!(read("a.test.toml", &put_off).as_deref(), Some("later"));
}

/// A card of an action for those of whom a rule holds.
fn card(name: &str, rule: &str, text: &str) -> crate::SourceFile {
    let action = format!(
        r#"name = "{name}"
issue = "recognise"
group = "{name}"
triggers = ["check_in"]
margin = "9.00"
organic = 0
value_class = ["information"]
[rules]
eligibility = "{rule}"
[[treatment]]
name = "card"
channel = "inbox"
mode = "pull"
cost = 0
group_prior = 0.4
valid = "1d"
text = "{text}"
"#
    );
    file(&format!("actions/{name}.toml"), &action)
}

#[test]
fn whoever_shops_in_a_hurry_looks_around_or_buys_much_hears_of_something_of_their_own() {
    let mut all = files();
    all.push(card("express_pickup", "shopper('express') >= 0.7", "Order on your way."));
    all.push(card("selection_guide", "shopper('browser') >= 0.7", "How sizes run."));
    all.push(card("welcome_home", "shopper('big_buyer') >= 0.7", "Welcome back."));
    let visits = |minutes: u8, areas: &str, price: &str| {
        format!(
            r#"{{ visit = {{ ago = "2d", store = "market-street", minutes = {minutes}, areas = [{areas}], times = 4, every = "9d" }} }},
               {{ purchase = {{ ago = "2d", store = "market-street", price = "{price}", times = 4, every = "9d" }} }}"#
        )
    };
    let cases = [
        (visits(5, r#""shoes""#, "30.00"), "express_pickup"),
        (visits(40, r#""shoes", "fitting""#, "50.00"), "selection_guide"),
        (visits(40, r#""shoes", "fitting""#, "400.00"), "welcome_home"),
    ];
    let catalogue = catalogue(&all);
    for (history, winner) in cases {
        let told = test("", &history, CAME, &format!(r#"winner = "{winner}""#));
        let tests = scenarios(&file("a.test.toml", &told), &catalogue, &[]).unwrap_or_else(|errors| panic!("{errors}"));
        tests[0].run(&catalogue, &Models::default()).unwrap_or_else(|failure| panic!("{}", failure.text));
    }
}
