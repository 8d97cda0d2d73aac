//! Forbidden paths: each answer, why, and that counter-examples run.

use tact_decide::{Action, Catalogue, Class, Issue, Message, Mode, Policy, Treatment, recheck};
use tact_domain::{
    Channel, ConsentChange, ConsentState, CustomerId, DecisionId, Fingerprint, Grant, Ground, Happened, Places,
    Profile, Purpose, Scope, Signal, Timestamp,
};

use super::gates::refusal;
use super::*;
use crate::check::sample::{catalogue, changed, file, files};
use crate::check::scenario::{PURPOSES, scenarios};

/// The answer to one path in a catalogue.
fn answer(files: &[SourceFile], path: &str) -> ForbiddenPath {
    let text = format!("[[path]]\nname = \"never\"\n{path}\n");
    let read = forbidden(&file(FILE, &text), &catalogue(files), &Models::default());
    read.unwrap_or_else(|errors| panic!("{errors}")).remove(0)
}

#[track_caller]
fn assert_proved(files: &[SourceFile], path: &str, why: &[&str]) {
    match answer(files, path).verdict {
        Verdict::Proved(reasons) => assert_eq!(reasons, why),
        other => panic!("{other:?}"),
    }
}

/// The test that shows that a path is open, once it has come true.
#[track_caller]
fn assert_shown(files: &[SourceFile], path: &str) -> String {
    let Verdict::CounterExample(test) = answer(files, path).verdict else {
        panic!("{:?}", answer(files, path).verdict);
    };
    let catalogue = catalogue(files);
    let tests = scenarios(&file("shown.test.toml", &test), &catalogue, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    tests[0].run(&catalogue, &Models::default()).unwrap_or_else(|failure| panic!("{}", failure.text));
    test
}

#[test]
fn a_gate_that_always_refuses_is_a_proof() {
    assert_proved(
        &files(),
        "channel = \"associate\"\nidentifies = true\nwithout = [\"staff_recognition\"]",
        &["welcome / by_name: without consent to `staff_recognition` it is always refused: not_to_be_recognised"],
    );
    assert_proved(
        &files(),
        "action = \"come_back\"\nmode = \"push\"\npromised = false\nwithout = [\"profiling\"]",
        &["come_back / coupon: without consent to `profiling` it is always refused: low_consent"],
    );
}

#[test]
fn a_path_that_means_nothing_is_closed() {
    assert_proved(&files(), "channel = \"sms\"\nwithout = [\"profiling\"]", &["no treatment is meant by it"]);
}

#[test]
fn what_may_not_be_looked_at_makes_rules_unknown() {
    assert_proved(
        &files(),
        "action = \"come_back\"\nmode = \"prompt\"\nwithout = [\"profiling\"]",
        &["come_back / ask: it never holds here: `purchases.days_since >= 1`"],
    );
    assert_proved(
        &changed("actions/come_back.toml", "mission == 'browse'", "hour >= 0"),
        "action = \"come_back\"\ntrigger = \"exit\"\nmode = \"prompt\"\nwithout = [\"location\"]",
        &["come_back / ask: positions are not looked at without consent to `location`"],
    );
    assert_proved(
        &files(),
        "action = \"come_back\"\ntrigger = \"due\"\nmode = \"prompt\"\nwithout = [\"location\"]",
        &["come_back / ask: it never holds here: `mission == 'browse'`"],
    );
}

#[test]
fn rules_that_contradict_each_other_are_a_proof() {
    assert_proved(
        &files(),
        "action = \"come_back\"\nmode = \"prompt\"\nwhen = \"mission == 'express'\"",
        &["come_back / ask: these never hold together: what `when` says, `mission == 'browse'`"],
    );
    assert_proved(
        &files(),
        "action = \"come_back\"\nmode = \"prompt\"\nwhen = \"in_trouble\"",
        &[
            "come_back / ask: these never hold together: what `when` says, customers in trouble are refused by their gate",
        ],
    );
}

#[test]
fn an_open_path_is_shown_by_a_test_that_runs() {
    let test =
        assert_shown(&files(), "action = \"come_back\"\nmode = \"prompt\"\nwhen = \"purchases.count(90d) >= 2\"");
    assert!(test.contains("expect = { winner = \"come_back\", treatment = \"ask\" }"), "{test}");
    assert_eq!(test.matches("purchase = {").count(), 2, "{test}");
    let test =
        assert_shown(&files(), "action = \"welcome\"\nchannel = \"inbox\"\nwithout = [\"location\", \"profiling\"]");
    assert!(!test.contains("\"location\"") && !test.contains("\"profiling\""), "{test}");
    let kept = assert_shown(&files(), "promised = true\nwhen = \"in_trouble\"");
    assert!(kept.contains("outcome = \"accepted\"") && kept.contains("trouble = {"), "{kept}");
}

#[test]
fn what_its_score_alone_holds_back_is_open() {
    let test = assert_shown(&files(), "action = \"come_back\"\nchannel = \"email\"\nwhen = \"mission == 'browse'\"");
    assert!(test.contains("is = \"silence\""), "{test}");
}

#[test]
fn examples_are_found_for_most_of_what_rules_ask_about() {
    for rule in [
        "trigger == 'exit' && hour == 17 && weekday == 2",
        "visits.count(30d) >= 3",
        "purchases.spend(90d) >= 500.00",
        "purchases.spend(90d) <= 60.00",
        "affinity('shoes') >= 0.4",
        "purchases.owns('sku-9')",
        "purchases.count('shoes', 90d) >= 2",
        "purchases.days_since >= 12",
        "partner.count('airline', 30d) >= 1",
        "partner.destination('airline') == 'Tampa'",
        "locale == 'de'",
        "store == 'market-street'",
    ] {
        let path = format!("action = \"come_back\"\nmode = \"prompt\"\ntrigger = \"exit\"\nwhen = \"{rule}\"");
        assert_shown(&files(), &path);
    }
    for rule in ["venue == 'airport'", "minutes_inside >= 10", "area == 'shoes'"] {
        assert_shown(
            &files(),
            &format!("action = \"welcome\"\nchannel = \"inbox\"\ntrigger = \"check_in\"\nwhen = \"{rule}\""),
        );
    }
    let on_purchase = changed("actions/welcome.toml", "[\"check_in\", \"open\"]", "[\"purchase\"]");
    let basket = "basket.total >= 80.00 && basket.count('shoes') >= 2";
    assert_shown(&on_purchase, &format!("action = \"welcome\"\nchannel = \"inbox\"\nwhen = \"{basket}\""));
}

#[test]
fn what_is_neither_proved_nor_shown_is_undecided_until_waived() {
    let hard = "action = \"come_back\"\nmode = \"prompt\"\nwhen = \"visits.followed_by(purchases, 2h, 30d) >= 5\"";
    let answered = answer(&files(), hard);
    assert!(matches!(&answered.verdict, Verdict::Undecided(why) if why.contains("come_back / ask")), "{answered:?}");
    assert_eq!((answered.waived, answered.line), (None, 1));
    let waived = answer(&files(), &format!("{hard}\nwaived = \"looked at by hand\""));
    assert_eq!(waived.waived.as_deref(), Some("looked at by hand"));
}

#[test]
fn mistakes_are_told_with_line_key_and_fix() {
    let said =
        |text: &str| forbidden(&file(FILE, text), &catalogue(&files()), &Models::default()).unwrap_err().to_string();
    assert_eq!(said(""), "forbidden.toml:1: path: is missing; write a `[[path]]`, or remove the file");
    let all = said("[[path]]\nname = \"x\"\nchanel = \"sms\"\naction = \"welcom\"\nwhen = \"in_trubble\"\n");
    for expected in [
        "forbidden.toml:3: path.x.chanel: is not a known key; did you mean `channel`?",
        "forbidden.toml:4: path.x.action: `welcom` is not an action; did you mean `welcome`?",
        "forbidden.toml:5: path.x.when: at column 1: `in_trubble` is not known; did you mean `in_trouble`?",
    ] {
        assert!(all.lines().any(|line| line == expected), "{expected}\n{all}");
    }
    assert!(said("[[path]]\nname = \"x\"\naction = \"*\"\n").contains("everything it means would be forbidden"));
}

/// Somebody who consented to everything but one purpose.
fn consenting(without: Purpose) -> Profile {
    let mut change =
        ConsentChange { points: Channel::ALL.map(|channel| (channel, true)).to_vec(), ..Default::default() };
    for (_, purpose) in PURPOSES.iter().filter(|(_, purpose)| *purpose != without) {
        let channels = if *purpose == Purpose::Marketing { Channel::ALL.map(Some).to_vec() } else { vec![None] };
        let scope = |channel| Scope { purpose: *purpose, channel, topic: None };
        let grant = |channel| Grant {
            scope: scope(channel),
            state: ConsentState::Granted,
            terms: None,
            review_after: None,
            benefit: None,
        };
        change.grants.extend(channels.into_iter().map(grant));
    }
    let mut profile = Profile::default();
    let signal = Signal {
        source: "app".into(),
        customer: CustomerId::new("ana").unwrap(),
        event: Fingerprint(1),
        decision: DecisionId(1),
        at: Timestamp(0),
        offset_s: 0,
        arrived: Timestamp(0),
        happened: Happened::Consent(change),
    };
    profile.fold(&signal, &Ground::of(&Places::default(), "USD"));
    profile
}

#[test]
fn the_table_of_gates_says_what_the_gates_do() {
    let mut asked = 0;
    for (_, without) in PURPOSES {
        let profile = consenting(without);
        for class in [Class::Default, Class::Transactional, Class::Mandatory] {
            for channel in Channel::ALL {
                for mode in [Mode::Pull, Mode::Prompt, Mode::Push] {
                    for bits in 0..32_u8 {
                        let mut treatment = Treatment::new("way", channel, mode);
                        (treatment.identifies, treatment.fulfils) = (bits & 1 > 0, bits & 2 > 0);
                        let needs = [(4, Purpose::Profiling), (8, Purpose::Location), (16, Purpose::ThirdParty)];
                        let push_needs =
                            needs.into_iter().filter(|(bit, _)| bits & bit > 0).map(|(_, purpose)| purpose).collect();
                        let action = Action { class, ..Action::new("action", Issue::Grow, "group") };
                        let catalogue =
                            Catalogue { policy: Policy { push_needs, ..Policy::default() }, ..Catalogue::default() };
                        let message = Message {
                            profile: &profile,
                            now: Timestamp(1_793_470_800_000),
                            decision: DecisionId(2),
                            action: &action,
                            treatment: &treatment,
                            relies_on: &[],
                        };
                        let refused = recheck(&message, &catalogue).err();
                        assert_eq!(refusal(without, &action, &treatment, &catalogue.policy), refused, "{message:?}");
                        asked += 1;
                    }
                }
            }
        }
    }
    assert_eq!(asked, 7 * 3 * 6 * 3 * 32);
}

#[test]
fn what_an_appointment_waits_for_leads_to_an_action_like_its_own_triggers() {
    let waits = "triggers = [\"check_in\", \"due\"]\nput_off = { on = \"store_exit\", within = \"1d\" }";
    let files = changed("actions/come_back.toml", "triggers = [\"exit\", \"due\"]", waits);
    let path = "action = \"come_back\"\ntrigger = \"exit\"\nmode = \"prompt\"\nwhen = \"hour >= 0\"";
    let verdict = answer(&files, path).verdict;
    assert!(!matches!(verdict, Verdict::Proved(_)), "put off at a check-in, it is said at the exit: {verdict:?}");
}
