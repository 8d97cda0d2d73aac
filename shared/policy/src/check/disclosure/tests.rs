//! What messages give away: each way to do it, and what allows it.

use super::*;
use crate::SourceFile;
use crate::check::sample::{catalogue, changed, files};

/// What is found, one line each.
fn found(files: &[SourceFile]) -> Vec<String> {
    let line =
        |leak: Leak| format!("{} / {}: {}: {}; {}", leak.action, leak.treatment, leak.by.name(), leak.wrong, leak.fix);
    leaks(&catalogue(files)).into_iter().map(line).collect()
}

/// The action of the sample with other rules, other words and another policy.
fn other(rule: &str, text: &str, policy: &str) -> Vec<SourceFile> {
    let mut files = changed("actions/come_back.toml", "mission == 'browse'", rule);
    for file in &mut files {
        file.text = file.text.replace("text = \"Shall we keep a pair for you?\"", text);
        if file.path == "policy.toml" {
            file.text = format!("{policy}\n{}", file.text);
        }
    }
    files
}

const PLAIN: &str = "text = \"Shall we keep a pair for you?\"";
const FLIES: &str = "partner.destination('airline') in ['Tampa', 'Naples']";

#[test]
fn the_sample_gives_nothing_away() {
    assert_eq!(found(&files()), Vec::<String>::new());
    assert_eq!(found(&other(FLIES, PLAIN, "")), Vec::<String>::new());
}

#[test]
fn a_word_that_was_decided_by_is_a_leak_in_text_subject_and_translation() {
    let told = format!(
        "come_back / ask: text: `Tampa`, by which `{FLIES}` decides, tells what is `third_party`, which may not be disclosed; take it out, or say it without it"
    );
    assert_eq!(found(&other(FLIES, "text = \"Off to TAMPA? Take these shoes.\"", "")), std::slice::from_ref(&told));
    let translated = "text = \"Shoes\"\n[[treatment.translation]]\nlocale = \"de\"\ntext = \"Nach Tampa?\"";
    assert_eq!(found(&other(FLIES, translated, "")), std::slice::from_ref(&told));
    let subject = other(FLIES, PLAIN, "").into_iter().map(|mut file| {
        file.text = file.text.replace("subject = \"10 % off\"", "subject = \"For Tampa\"");
        file
    });
    let of_coupon = told.replace("/ ask", "/ coupon");
    assert_eq!(found(&subject.collect::<Vec<_>>()), [of_coupon]);
    assert_eq!(found(&other(FLIES, "text = \"Tampanese shoes\"", "")), Vec::<String>::new(), "a part of another word");
}

#[test]
fn what_is_allowed_must_still_be_declared() {
    let rule = "purchases.count('swim-wear', 60d) >= 1";
    let text = "text = \"More swim wear for you\"";
    let undeclared = "come_back / ask: text: `swim wear`, by which `purchases.count('swim-wear', 60d) >= 1` decides, tells what is `bought`, which `discloses` does not list; add `bought` to `discloses`, or take it out";
    assert_eq!(found(&other(rule, text, "")), [undeclared]);
    assert_eq!(found(&other(rule, &format!("discloses = [\"bought\"]\n{text}"), "")), Vec::<String>::new());
    let less = found(&other(rule, &format!("discloses = [\"bought\"]\n{text}"), "may_disclose = [\"told\"]"));
    assert_eq!(less.len(), 2, "{less:?}");
    assert!(less[1].contains("`discloses` lists `bought`, which the policy does not allow"), "{less:?}");
    let all = "may_disclose = [\"told\", \"bought\", \"third_party\"]";
    let declared = "discloses = [\"third_party\"]\ntext = \"Off to Tampa?\"";
    assert_eq!(found(&other(FLIES, declared, all)), Vec::<String>::new());
}

#[test]
fn the_store_is_known_from_what_happened_there() {
    let text = "text = \"Come back to {{ store }}\"";
    let seen = found(&other("hour >= 9", text, ""));
    assert_eq!(
        seen,
        [
            "come_back / ask: text: `{{ store }}` on `exit` tells what is `observed`, which may not be disclosed; take it out, or say it without it"
        ]
    );
    let check_in = changed("actions/welcome.toml", "Welcome back.", "Welcome to {{ store }}.");
    assert!(found(&check_in)[0].contains("on `check_in` tells what is `told`, which `discloses` does not list"));
    let declared = changed(
        "actions/welcome.toml",
        "text = \"Welcome back.\"",
        "discloses = [\"told\"]\ntext = \"Welcome to {{ store }}.\"",
    );
    assert_eq!(found(&declared), Vec::<String>::new());
}

#[test]
fn an_area_or_a_store_by_its_name_tells_where_somebody_was_seen() {
    let area = found(&other("area == 'fitting'", "text = \"Was the fitting room too small?\"", ""));
    assert!(area[0].contains("`fitting`, by which `area == 'fitting'` decides, tells what is `observed`"), "{area:?}");
    let store = found(&other("store == 'market-street'", "text = \"See you at Market Street\"", ""));
    assert!(store[0].contains("tells what is `observed`"), "{store:?}");
}

#[test]
fn terms_give_away_what_decided() {
    let terms = |rule: &str, coupon: &str| {
        let mut files = other(rule, PLAIN, "");
        for file in &mut files {
            file.text = file.text.replace("days = 30", coupon);
        }
        found(&files)
    };
    assert_eq!(
        terms(FLIES, "days = 7\nstores = [\"market-street\"]"),
        [
            "come_back / coupon: terms: the coupon is taken by some stores only, while the rules ask about what is `third_party`, which may not be disclosed; remove `stores`: let every store take it",
            "come_back / coupon: terms: the coupon is taken for 7 days, while the rules ask about what is `third_party`, which may not be disclosed; write `days = 30`, or more",
        ]
    );
    let seen = terms("area == 'shoes'", "days = 7\nstores = [\"market-street\"]");
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].contains("some stores only, while the rules ask about what is `observed`"), "{seen:?}");
    assert_eq!(terms("purchases.count(90d) >= 1", "days = 7\nstores = [\"market-street\"]"), Vec::<String>::new());
}

#[test]
fn saying_it_right_after_a_partner_told_gives_the_partner_away() {
    let soon = found(&other("partner.count('airline', 2d) >= 1", PLAIN, ""));
    assert_eq!(soon.len(), 3, "{soon:?}");
    assert_eq!(
        soon[0],
        "come_back / ask: timing: it comes within 2d of what partners tell of `airline`, which gives them away; ask about `7d` or more"
    );
    assert_eq!(found(&other("partner.count('airline', 7d) >= 1", PLAIN, "")), Vec::<String>::new());
}

#[test]
fn a_flight_is_a_leak_though_the_rule_says_airline() {
    let told = found(&other(FLIES, "text = \"Enjoy your flight! Shall we keep a pair?\"", ""));
    assert!(told.iter().any(|leak| leak.contains("`flight`") && leak.contains("third_party")), "{told:?}");
    let of_shoes = found(&other("affinity('shoes') >= 0.1", "text = \"A short trip to the shoes?\"", ""));
    assert!(
        of_shoes.iter().all(|leak| !leak.contains("`trip`")),
        "only where partners are asked about it: {of_shoes:?}"
    );
}
