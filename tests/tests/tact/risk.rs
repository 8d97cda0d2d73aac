//! What `tact check --risk` and `tact check --discretion` report: of the shipped catalogue, and of one with a hole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::LazyLock;

use tact::arrival::{self, Arrival};
use tact::discretion::Drawn;
use tact::risk::{Crowd, Risk};
use tact_decide::Models;
use tact_policy::{SourceFile, compile, read_dir};

/// The files of the shipped catalogue.
fn files() -> Vec<SourceFile> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "shared", "catalogue"].iter().collect();
    read_dir(&folder).unwrap()
}

/// Somebody who agreed to cards, and comes in.
static CROWD: LazyLock<Vec<Arrival>> = LazyLock::new(|| {
    let lines = [
        r#"{"specversion":"1.0","id":"k-n1","source":"app","type":"tact.consent.v1","subject":"kay","time":"2026-09-01T12:00:00-04:00","data":{"grants":[{"channel":"inbox","purpose":"marketing","state":"granted"},{"purpose":"profiling","state":"granted"}]}}"#,
        r#"{"specversion":"1.0","id":"k-b1","source":"till","type":"tact.purchase.v1","subject":"kay","time":"2026-10-01T12:00:00-04:00","data":{"receipt":"r1","store":"market-street","channel":"store","currency":"USD","lines":[{"product":"x","category":"shoes","quantity":1,"unit_price":2000}]}}"#,
        r#"{"specversion":"1.0","id":"k-b2","source":"till","type":"tact.purchase.v1","subject":"kay","time":"2026-10-09T12:00:00-04:00","data":{"receipt":"r2","store":"market-street","channel":"store","currency":"USD","lines":[{"product":"x","category":"shoes","quantity":1,"unit_price":2000}]}}"#,
        r#"{"specversion":"1.0","id":"k-c1","source":"app","type":"tact.check-in.v1","subject":"kay","time":"2026-10-31T11:00:00-04:00","data":{"store":"market-street"}}"#,
        r#"{"specversion":"1.0","id":"l-c1","source":"app","type":"tact.check-in.v1","subject":"lou","time":"2026-10-31T11:00:00-04:00","data":{"store":"market-street"}}"#,
    ];
    arrival::read(&mut lines.join("\n").as_bytes(), false).unwrap()
});

fn risk(files: &[SourceFile]) -> Risk {
    let crowd = Crowd { arrivals: &CROWD, fold_only_until: None, answered: None };
    Risk::of(files, &compile(files).unwrap(), &Models::default(), crowd).unwrap()
}

#[test]
fn the_shipped_catalogue_has_every_path_proved_or_answered_for() {
    let risk = risk(&files());
    assert_eq!(
        risk.open,
        0,
        "{:#?}",
        risk.paths.iter().filter(|one| one.counter_example.is_some()).collect::<Vec<_>>()
    );
    let waived: Vec<_> = risk.paths.iter().filter(|one| one.answer == "waived").collect();
    assert_eq!(waived.len(), 1);
    assert_eq!((waived[0].path.as_str(), waived[0].action.as_str()), ("consent/profiling", "safety_recall"));
    assert!(waived[0].counter_example.is_some() && waived[0].why[0].contains("legal duty"));
    let text = risk.text("here");
    assert!(text.contains("waived: whoever owns a thing") && text.ends_with("no path is open\n"), "{text}");
    for said in
        ["sensitive/pregnancy", "person/author", "arena/forum-store", "consent_missing", "TCPA", "win_back / coupon"]
    {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn people_are_counted_once_each_who_could_be_reached_and_who_were() {
    let risk = risk(&files());
    assert_eq!(risk.people, 2);
    let card = risk.ways.iter().find(|way| way.action == "welcome_back" && way.treatment == "card").unwrap();
    assert_eq!((card.could_reach, card.reached), (1, 1), "who agreed and buys; the other one did neither");
    assert!(risk.ways.iter().all(|way| way.reached <= way.could_reach && way.could_reach <= 2));
    let by_name = risk.ways.iter().find(|way| way.treatment == "by_name").unwrap();
    assert_eq!((by_name.could_reach, by_name.exposure.contains(&"staff contact")), (0, true));
}

#[test]
fn a_planted_hole_is_shown_with_a_test_that_says_so_and_counted() {
    let mut files = files();
    let file = files.iter_mut().find(|file| file.path == "actions/win_back.toml").unwrap();
    assert!(file.text.contains("issue = \"retain\"\n"));
    file.text = file.text.replacen("issue = \"retain\"\n", "issue = \"retain\"\nclass = \"transactional\"\n", 1);
    let risk = risk(&files);
    assert!(risk.open > 0);
    let text = risk.text("here");
    assert!(text.contains("open: nothing is sold by email without consent to it, by win_back"), "{text}");
    assert!(
        text.contains("[[test]]") && text.contains("path = \"marketing/email\"\n    action = \"win_back\""),
        "{text}"
    );
}

#[test]
fn the_line_is_told_with_what_it_was_drawn_by_and_how_little_that_is() {
    let files = files();
    let drawn = Drawn::of(&files, &compile(&files).unwrap()).unwrap();
    assert_eq!((drawn.surveyed.len(), drawn.behind), (8, 5));
    assert_eq!(drawn.surveyed.iter().filter(|one| one.by_the_others.is_some()).count(), 5);
    assert!(drawn.ways.windows(2).all(|pair| pair[0].creepy >= pair[1].creepy));
    let text = drawn.text();
    for said in ["only 5 tactics stand behind it", "RichRelevance", "greeted_by_name_at_the_door", "win_back / coupon"]
    {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let bare: Vec<_> = files.into_iter().filter(|file| file.path != "discretion.toml").collect();
    assert!(Drawn::of(&bare, &compile(&bare).unwrap()).unwrap().text().starts_with("nothing is weighed"));
}
