//! Built-in paths with a hole planted for each kind, and what ways are weighed at.

use tact_decide::Models;

use super::*;
use crate::check::sample::{catalogue, changed, file, files};
use crate::check::scenario::scenarios;
use crate::compile;
use crate::{Danger, SourceFile, Verdict, dangers};

/// A line between cool and creepy that lets everything pass, and some crossings that are denied.
const LINE: &str = r#"source = "made up"
acts = 0.1
counts_as = 100
[[tactic]]
name = "nice"
cool = 80
creepy = 20
identification = 0
evidence = 0
audience = 0
moment = 0
arena = 0
control = 3
value = 2
[[tactic]]
name = "so_so"
cool = 50
creepy = 50
identification = 1
evidence = 2
audience = 0
moment = 1
arena = 0
control = 1
value = 1
[[tactic]]
name = "nasty"
cool = 20
creepy = 80
identification = 3
evidence = 3
audience = 2
moment = 2
arena = 1
control = 0
value = 0
[arenas.app]
phone = "denied"
store = "denied"
[arenas.store]
mail = "denied"
[arenas.forum]
store = "denied"
"#;

/// An action called by check-ins and at the exit, with one way, in a class, asking for something.
fn planted(class: &str, issue: &str, channel: &str, rule: &str) -> Vec<SourceFile> {
    let mut files = files();
    let rules = if rule.is_empty() { String::new() } else { format!("[rules]\neligibility = \"{rule}\"\n") };
    let mode = if channel == "inbox" { "pull" } else { "prompt" };
    let subject = if channel == "email" { "subject = \"Hello\"\n" } else { "" };
    let text = format!(
        "name = \"hole\"\nissue = \"{issue}\"\nclass = \"{class}\"\ngroup = \"care\"\n\
         triggers = [\"check_in\", \"purchase\", \"exit\"]\nmargin = \"9.00\"\nbenefit = \"5.00\"\norganic = 0\n\
         value_class = [\"information\"]\n{rules}[[treatment]]\nname = \"way\"\nchannel = \"{channel}\"\n\
         mode = \"{mode}\"\ncost = 0\ngroup_prior = 0.9\nliked = 0.9\nvalid = \"1d\"\n{subject}text = \"Hello there. Reply STOP to opt out.\"\n"
    );
    files.push(file("actions/hole.toml", &text));
    files.push(file("discretion.toml", LINE));
    files
}

fn answers(files: &[SourceFile]) -> Vec<Danger> {
    dangers(files, &catalogue(files), &Models::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn answer(files: &[SourceFile], path: &str, action: &str) -> Danger {
    let found = answers(files).into_iter().find(|known| known.path == path && known.action == action);
    found.unwrap_or_else(|| panic!("no path {path}"))
}

/// The test that shows the hole, once it has come true.
#[track_caller]
fn assert_open(files: &[SourceFile], path: &str) -> String {
    let found = answer(files, path, "hole");
    assert!(found.is_open(), "{found:?}");
    let Verdict::CounterExample(test) = found.verdict else { panic!("{found:?}") };
    let catalogue = catalogue(files);
    let tests = scenarios(&file("shown.test.toml", &test), &catalogue, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    tests[0].run(&catalogue, &Models::default()).unwrap_or_else(|failure| panic!("{}", failure.text));
    test
}

#[track_caller]
fn assert_gate(files: &[SourceFile], path: &str, action: &str, why: &str) {
    match answer(files, path, action).verdict {
        Verdict::Proved(reasons) => {
            assert!(!reasons.is_empty() && reasons.iter().all(|reason| reason.contains(why)), "{reasons:?}");
        }
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn selling_that_claims_to_belong_to_an_order_is_found_by_every_channel() {
    for channel in ["sms", "email", "push", "inbox", "webhook", "associate"] {
        let path = format!("marketing/{channel}");
        let test = assert_open(&planted("transactional", "grow", channel, ""), &path);
        assert!(!test.contains("\"marketing"), "{test}");
        assert_gate(&planted("default", "grow", channel, ""), &path, "hole", "consent_missing");
    }
}

#[test]
fn history_looked_at_without_consent_on_the_pretext_of_an_order_is_found() {
    let rule = "purchases.count('shoes', 90d) >= 2";
    let test = assert_open(&planted("transactional", "service", "email", rule), "consent/profiling");
    assert!(!test.contains("\"profiling\"") && test.matches("purchase = {").count() >= 2, "{test}");
    assert_gate(&planted("default", "grow", "email", rule), "consent/profiling", "hole", "gate: ");
}

#[test]
fn telling_who_agreed_to_a_channel_alone_is_found() {
    let mut open = changed("policy.toml", "push_needs = [\"profiling\"]\n", "");
    for one in &mut open {
        one.text = one
            .text
            .replace("eligibility = \"purchases.days_since >= 1\"\n", "")
            .replace("organic = 0.18", "organic = 0");
    }
    let found = answer(&open, "consent/push", "come_back");
    assert!(matches!(found.verdict, Verdict::CounterExample(_)), "{found:?}");
    assert_gate(&files(), "consent/push", "come_back", "low_consent");
}

#[test]
fn what_gates_make_impossible_is_proved_by_them_whatever_class_it_is() {
    for class in ["default", "transactional", "mandatory"] {
        let of = |rule: &str| planted(class, "service", "email", rule);
        assert_gate(&of("area == 'shoes'"), "consent/location", "hole", "gate: ");
        assert_gate(&of("area == 'shoes'"), "place/accidental", "hole", "gate: ");
        assert_gate(&of("partner.count('airline', 30d) >= 1"), "consent/third_party", "hole", "gate: ");
        assert_gate(&of("friends.count('airline', 30d) >= 1"), "consent/social", "hole", "gate: ");
    }
    assert_gate(&files(), "consent/staff_recognition", "welcome", "not_to_be_recognised");
}

#[test]
fn what_is_known_in_one_arena_and_said_in_another_on_the_pretext_of_an_order_is_found() {
    for (channel, path) in [("sms", "arena/app-phone"), ("associate", "arena/app-store"), ("email", "arena/store-mail")]
    {
        let test = assert_open(&planted("transactional", "service", channel, ""), path);
        let event = if path.contains("app") { "check_in = {" } else { "exit = {" };
        assert!(test.contains(event), "{test}");
        assert_gate(&planted("default", "grow", channel, ""), path, "hole", "other_arena");
    }
    assert!(answers(&planted("default", "grow", "sms", "")).iter().all(|known| known.path != "arena/app-mail"));
}

#[test]
fn what_tells_of_a_sensitive_matter_is_refused_or_known_by_consent_to_just_that() {
    for (rule, class) in [
        ("purchases.count('maternity', 90d) >= 1", "pregnancy"),
        ("partner.count('hospital', 30d) >= 1", "health"),
        ("partner.count('loan', 30d) >= 1", "finances"),
    ] {
        let plain = planted("default", "grow", "email", rule);
        assert!(compile(&plain).unwrap_err().to_string().contains(class), "{rule}");
        let mut allowed = plain;
        for action in allowed.iter_mut().filter(|file| file.path == "actions/hole.toml") {
            action.text.insert_str(0, "allow_sensitive = \"the board, for a recall\"\n");
        }
        assert_gate(&allowed, &format!("sensitive/{class}"), "hole", "gate: ");
    }
}

#[test]
fn nobody_walks_up_to_the_author_of_a_comment_and_every_action_is_asked_every_path() {
    let all = answers(&planted("default", "grow", "associate", ""));
    let author: Vec<_> = all.iter().filter(|known| known.path == "person/author").collect();
    assert_eq!(author.len(), 3);
    assert!(author.iter().all(|known| matches!(known.verdict, Verdict::Proved(_))));
    let mut paths: Vec<_> = all.iter().map(|known| known.path.as_str()).collect();
    paths.dedup();
    assert_eq!(all.len(), paths.len() * 3, "three actions");
    assert!(paths.len() >= 6 + 6 + 4 + 2 + 9, "{paths:?}");
}

#[test]
fn an_open_path_is_borne_by_a_waiver_for_one_action_with_its_reason() {
    let mut files = planted("transactional", "grow", "sms", "");
    let waived = "[[path]]\nname = \"x\"\nwhen = \"in_trouble\"\nissue = \"grow\"\n\
        [[waived]]\npath = \"marketing/sms\"\naction = \"hole\"\nwhy = \"they asked for it in writing\"\n";
    files.push(file("forbidden.toml", waived));
    let found = answer(&files, "marketing/sms", "hole");
    assert_eq!((found.is_open(), found.waived.as_deref()), (false, Some("they asked for it in writing")));
    let mistaken = waived.replace("marketing/sms", "marketing/smoke").replace("\"hole\"", "\"*\"");
    let last = files.len() - 1;
    files[last] = file("forbidden.toml", &mistaken);
    let said = dangers(&files, &catalogue(&files), &Models::default()).unwrap_err().to_string();
    assert!(said.contains("`marketing/smoke` is not a built-in path") && said.contains("`*` is no action"), "{said}");
}

#[test]
fn the_shipped_catalogue_has_no_open_path() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let files = crate::read_dir(&folder).unwrap();
    let open: Vec<_> = answers(&files).into_iter().filter(Danger::is_open).collect();
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn a_way_is_weighed_at_the_most_delicate_moment_that_calls_for_it() {
    let files = planted("default", "grow", "email", "purchases.count('shoes', 90d) >= 2");
    let catalogue = catalogue(&files);
    let all = ways(&catalogue);
    let hole = all.iter().find(|way| way.action == "hole").unwrap();
    assert_eq!(
        hole.trigger,
        Trigger::Exit,
        "what is seen in the store may not be said by mail, at least a step creepier"
    );
    assert_eq!(hole.tactic.arena, 1);
    assert!((hole.returns - 0.9 * 900.0).abs() < 1e-9, "{}", hole.returns);
    assert!((hole.harm - hole.harmful * 300.0).abs() < 1e-9 && (hole.harmful - 0.1 * hole.creepy).abs() < 1e-9);
    assert_eq!(hole.exposures, [Exposure::MarketingMail, Exposure::Profiling, Exposure::Location]);
    let card = all.iter().find(|way| way.treatment == "card").unwrap();
    assert_eq!((card.exposures.as_slice(), card.points), ([Exposure::None].as_slice(), 0));
    let greeting = all.iter().find(|way| way.treatment == "by_name").unwrap();
    assert_eq!((greeting.tactic.control, greeting.tactic.identification), (3, 3), "only who asked for it is greeted");
    assert_eq!(greeting.exposures, [Exposure::StaffContact]);
}

#[test]
fn every_exposure_has_a_law_and_a_source() {
    for (exposure, name, law, source) in Exposure::ALL {
        assert_eq!(exposure.name(), name);
        assert!(!law.is_empty() && (exposure == Exposure::None) == source.is_empty(), "{name}");
    }
}
