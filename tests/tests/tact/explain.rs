//! Why something was decided, and why not: told of a customer, a decision, something imagined and a store, and nothing changes by it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod shop;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::Parser;
use serde_json::Value;
use tact::command::Tact;
use tact::explain::{Decisions, Hours, Imagined, Placement, Question, StoreHours};
use tact_domain::Timestamp;

use crate::run::TOWN;
use shop::{CATALOGUE, MORNING, Morning, at, customer, events};

fn decisions(name: &str) -> Decisions {
    MORNING.explainer().decisions(name, &MORNING.about(name))
}

fn imagined(name: &str, question: &Question, now: Timestamp) -> Imagined {
    MORNING.explainer().imagine(&customer(name), question, now).unwrap()
}

fn hours(from: &str, to: &str) -> StoreHours {
    let store = CATALOGUE.places.store("market-street").unwrap();
    let hours = Hours { store: store.id.to_string(), from: at(from), to: at(to) };
    MORNING.explainer().store(&hours, &store.zone, &MORNING.records)
}

fn told(text: &str, what: &str) {
    let in_one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(in_one_line.contains(what), "`{what}` is not in:\n{text}");
}

#[test]
fn what_was_done_is_told_with_what_it_may_bring_and_cost_and_the_prior_actions_it_stands_on() {
    let ana = decisions("ana");
    let text = ana.text();
    told(&text, "ana, at the clock of America/New_York");
    told(&text, "Sat 31 October 2026 10:05: checked in at Market Street, d-");
    told(&text, "done a card in the app: shoe_care, as card \"How to care for the shoes you have.\"");
    told(&text, "say yes when told, 10.0 % do it anyway, and each is worth 10.00 USD");
    told(&text, "for the customer's own good: 40.0 % like it, it is worth 2.00 USD to them, and counts 0.5");
    told(&text, "it may cost 0.091 USD for annoying those who mind");
    told(&text, "more than the 0.00 USD of saying nothing");
    told(&text, "looked at bought shoes 3 times in 90 days");
    told(&text, "yes to cards that sell on 3 August 2026, shown as \"Cards in the app.\"");
    told(&text, "yes to suggestions from what they did on 3 August 2026");
    told(&text, "made again just now, it is the same to the byte");
    told(&text, "then left on Sat 31 October 2026 10:05");
}

#[test]
fn what_was_not_done_is_told_with_the_rule_in_its_authors_words_and_what_it_found() {
    let ana = decisions("ana");
    let last = ana.decisions.last().unwrap();
    let other = |action: &str| last.others.iter().find(|other| other.action == action).unwrap();
    let bag = other("bag_care");
    assert_eq!((bag.fate, bag.reason), ("refused", "not_eligible"));
    assert_eq!(bag.rule.as_deref(), Some("purchases.count('bags', 90d) >= 1"));
    assert_eq!(bag.looked_at, ["bought bags 0 times in 90 days"]);
    assert_eq!(other("greet").reason, "not_to_be_recognised");
    let coupon = other("coupon");
    assert_eq!((coupon.fate, coupon.reason), ("lost", "silence"), "a coupon for what is bought anyway");
    assert!(coupon.worth_minor.unwrap() < 0.0);
    told(
        &ana.text(),
        "bag_care, as card: it is not for this customer: `purchases.count('bags', 90d) >= 1` does not hold (bought bags 0 times in 90 days)",
    );
}

#[test]
fn what_is_owed_is_told_as_owed() {
    let ana = decisions("ana");
    let receipt = &ana.decisions[0];
    assert_eq!(receipt.done.as_ref().unwrap().action, "receipt");
    assert!(receipt.why.contains(&"it belongs to what the customer ordered".to_owned()), "{:?}", receipt.why);
    assert!(receipt.caps.iter().all(|cap| !cap.limits_it), "no cap holds it back");
    assert!(receipt.consents.is_empty(), "it needs none: {:?}", receipt.consents);
    assert!(receipt.why.iter().all(|why| !why.contains("annoying")), "nobody minds what is owed: {:?}", receipt.why);
}

#[test]
fn a_silence_names_what_came_nearest_to_being_said() {
    let stranger = decisions("stranger");
    let silent = stranger.decisions.last().unwrap();
    assert_eq!((silent.result, silent.done.is_none(), silent.terms.is_none()), ("silence", true, true));
    assert!(silent.why[0].starts_with("nearest to being done was "), "{:?}", silent.why);
    told(&stranger.text(), "done nothing was said");
    assert!(
        silent.others.iter().any(|other| other.reason == "eligibility_unknown"),
        "without consent nothing is known"
    );
}

#[test]
fn the_shape_for_machines_holds_everything_that_people_are_told() {
    let json = serde_json::to_value(decisions("ana")).unwrap();
    let last = json["decisions"].as_array().unwrap().last().unwrap();
    for (place, expected) in [
        ("/trigger", "check_in"),
        ("/store", "market-street"),
        ("/result", "done"),
        ("/done/action", "shoe_care"),
        ("/done/channel", "inbox"),
        ("/at", "2026-10-31T10:05:00-04:00"),
        ("/rung", "full_model"),
        ("/catalogue", &CATALOGUE.hash),
        ("/models", &shop::MODELS.hash),
        ("/caps/1/cap", "five_cards"),
    ] {
        assert_eq!(last.pointer(place).and_then(Value::as_str), Some(expected), "{place}");
    }
    assert_eq!(last.pointer("/same_when_made_again"), Some(&true.into()));
    assert_eq!(last.pointer("/caps/1/of"), Some(&5.into()));
    assert!(last.pointer("/terms/score").unwrap().as_f64().unwrap() > 0.0);
}

#[test]
fn every_decision_of_the_day_in_town_is_explained_and_is_the_same_when_made_again() {
    let catalogue = tact_aws::catalogue().unwrap();
    let models = tact_aws::models().unwrap();
    let explainer = tact::explain::Explainer { kept: &TOWN.kept, catalogue: &catalogue, models: &models };
    let mut by_customer: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for line in TOWN.file("decisions.ndjson").lines() {
        let recorded = tact_wire::decode_record(line).unwrap();
        by_customer.entry(tact::explain::customer_of(&recorded).unwrap().to_string()).or_default().push(recorded);
    }
    let before = TOWN.kept.state_hash();
    for (name, records) in by_customer {
        let told = explainer.decisions(&name, &records);
        assert!(told.unexplained.is_empty(), "{name}: {:?}", told.unexplained);
        for decision in &told.decisions {
            assert_eq!(decision.same_when_made_again, Some(true), "{name}: {:?}", decision.decision);
            assert!(!decision.why.is_empty() && decision.others.iter().all(|other| !other.because.is_empty()));
        }
        let widest = told.text().lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 100, "{name}: {widest}");
    }
    assert_eq!(TOWN.kept.state_hash(), before);
}

#[test]
fn an_imagined_event_is_decided_on_what_is_kept_and_leaves_no_trace() {
    let event = r#"{"type":"tact.check-in.v1","data":{"store":"market-street"}}"#;
    let question = Question::Event(event.to_owned());
    let again = imagined("ana", &question, at("16:00"));
    assert_eq!(again.decision.as_ref().unwrap().done.as_ref().unwrap().action, "shoe_care");
    let soon = imagined("ana", &question, at("10:30"));
    let soon = soon.decision.unwrap();
    let care = soon.others.iter().find(|other| other.action == "shoe_care").unwrap();
    assert_eq!((soon.result, care.reason), ("silence", "cool_down"), "it was said at 10:05");
    assert_eq!(again.imagined["subject"], "ana");
    told(&again.text(), "imagined, nothing is kept");
    assert_eq!(MORNING.kept.state_hash(), MORNING.state);
}

#[test]
fn an_imagined_event_that_decides_nothing_says_why_and_one_that_makes_no_sense_is_refused() {
    let fix = Question::Event(r#"{"type":"tact.geolocation.v1","data":{"lat":40.7127,"lon":-74.006}}"#.to_owned());
    let fix = imagined("ana", &fix, at("16:00"));
    assert!(fix.decision.is_none() && fix.undecided.unwrap().contains("would not be remembered"), "no consent to it");
    let refused = |event: &str| {
        let question = Question::Event(event.to_owned());
        MORNING.explainer().imagine(&customer("ana"), &question, at("16:00")).unwrap_err().to_string()
    };
    assert!(refused("[]").contains("no JSON object"));
    assert!(refused(r#"{"subject":"ben","type":"tact.check-in.v1","data":{}}"#).contains("`ben`"));
    assert!(refused(r#"{"type":"tact.dance.v1","data":{}}"#).contains("cannot be read"));
}

#[test]
fn a_place_tells_what_it_would_show_now_and_an_unknown_one_is_refused_with_those_there_are() {
    let home = Question::Placement(Placement { name: "home".to_owned(), slots: 3 });
    let home = imagined("ana", &home, at("16:00"));
    let shown: Vec<_> = home.shown.iter().map(|shown| shown.done.action.as_str()).collect();
    assert_eq!(shown, ["news"]);
    told(&home.text(), "shows 1. a card in the app: news, as card \"What is new in our stores.\"");
    let wrong = Question::Placement(Placement { name: "hallway".to_owned(), slots: 1 });
    let refused = MORNING.explainer().imagine(&customer("ana"), &wrong, at("16:00")).unwrap_err().to_string();
    assert!(refused.contains("`hallway`") && refused.contains("`home`"), "{refused}");
}

#[test]
fn an_hour_of_a_store_counts_people_tells_nobody_apart_and_hides_small_counts() {
    let eleven = hours("11:00", "12:00");
    let text = eleven.text();
    told(&text, "Market Street, Sat 31 October 2026 11:00 to Sat 31 October 2026 12:00");
    told(&text, "staff were asked 7 greet: \"A guest who asked to be greeted by name has come in.\"");
    told(&text, "<5 staff may not point this customer out (greet)");
    assert_eq!(eleven.people, None, "10 people less 7 who were greeted would be 3");
    told(&text, "how many people it is about is not told");
    let json = serde_json::to_value(&eleven).unwrap();
    assert_eq!(json.pointer("/asked/0/people"), Some(&7.into()));
    assert_eq!(json.pointer("/left_in_peace"), Some(&"<5".into()));
    for name in ["ana", "guest-", "shy", "stranger"] {
        assert!(!text.contains(name) && !json.to_string().contains(name), "{name}: {text}");
    }
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 100, "{widest}");
}

#[test]
fn hours_with_few_people_or_none_say_no_more_than_that() {
    let ten = hours("10:00", "11:00");
    assert_eq!(serde_json::to_value(&ten).unwrap()["people"], "<5");
    let night = hours("02:00", "03:00");
    assert_eq!(serde_json::to_value(&night).unwrap()["people"], 0);
    told(&night.text(), "staff were asked nothing customers were told nothing nothing was held back");
}

#[test]
fn hours_are_whole_so_that_two_of_them_never_differ_by_one_person() {
    let [a, b] = [hours("11:00", "11:03"), hours("11:59", "12:00")].map(|hours| serde_json::to_value(hours).unwrap());
    assert_eq!(a, b);
    assert_eq!(a, serde_json::to_value(hours("11:00", "12:00")).unwrap());
}

/// What a command says that ends early.
fn refused(arguments: &[&str]) -> String {
    let command = Tact::try_parse_from([&["tact", "explain"], arguments].concat()).unwrap();
    let Err(error) = command.run() else { panic!("{arguments:?} was done") };
    error.to_string()
}

#[test]
fn what_is_not_there_is_named_with_what_comes_close() {
    let folder = tempfile::tempdir().unwrap();
    let day = folder.path().join("day.ndjson");
    fs::write(&day, events()).unwrap();
    let day = day.display().to_string();
    let unknown = refused(&["an", &day]);
    assert!(unknown.contains("`an`") && unknown.contains("the closest names are `ana`"), "{unknown}");
    let store = refused(&["--store", "market", &day]);
    assert!(store.contains("there is no store `market`") && store.contains("`market-street`"), "{store}");
    assert!(refused(&["--store", "market-street", "--from", "eleven", &day]).contains("write `11:00`"));
    let way_round = refused(&["--store", "market-street", "--from", "12:00", "--to", "11:00", &day]);
    assert!(way_round.contains("exchange them"), "{way_round}");
    let decision = format!("d-{}", "0".repeat(32));
    assert!(refused(&[&decision, &day]).contains("there is no decision"));
    assert!(refused(&["ana", "--data", &day]).contains("give the directory of a `tact run --data`"));
    for wrong in [&["ana", "--last", "--store", "x"][..], &[], &["ana", "--slots", "2"], &["ana", "--from", "11:00"]] {
        assert!(Tact::try_parse_from([&["tact", "explain"], wrong].concat()).is_err(), "{wrong:?}");
    }
}

/// Every file of a directory.
fn bytes(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (file.file_name().display().to_string(), fs::read(file.path()).unwrap())).collect()
}

#[test]
fn what_is_kept_in_a_directory_is_explained_without_touching_a_byte() {
    let data = tempfile::tempdir().unwrap();
    let morning = Morning::of(&events(), Some(data.path()));
    let before = bytes(data.path());
    let gathered =
        tact::explain::Gathered::read(tact::explain::Wanted::Customer(customer("ana")), data.path()).unwrap();
    let told = morning.explainer().decisions("ana", &gathered.records());
    assert_eq!(told.text(), decisions("ana").text(), "the log tells what the play told");
    let directory = data.path().display().to_string();
    let catalogue = tempfile::tempdir().unwrap();
    shop::write(catalogue.path());
    let catalogue = catalogue.path().display().to_string();
    for arguments in [
        &["ana", "--json"][..],
        &["ana", "--event", r#"{"type":"tact.check-in.v1","data":{"store":"market-street"}}"#, "--json"],
        &["--store", "market-street", "--from", "11:00", "--to", "12:00", "--json"],
    ] {
        let command = Tact::try_parse_from(
            [&["tact", "explain", "--data", &directory, "--catalogue", &catalogue], arguments].concat(),
        )
        .unwrap();
        command.run().unwrap();
    }
    assert!(bytes(data.path()) == before, "not a byte is different, and no file is new");
    let after = Morning::of("", Some(data.path()));
    assert_eq!(after.kept.state_hash(), morning.state);
}

#[test]
fn how_creepy_everything_was_is_told_in_words_with_what_is_borne_and_the_patience_left() {
    let catalogue = tact_aws::catalogue().unwrap();
    let models = tact_aws::models().unwrap();
    let explainer = tact::explain::Explainer { kept: &TOWN.kept, catalogue: &catalogue, models: &models };
    let mut records: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for record in TOWN.file("decisions.ndjson").lines().map(|line| tact_wire::decode_record(line).unwrap()) {
        let customer = tact::explain::customer_of(&record).unwrap().to_string();
        records.entry(customer).or_default().push(record);
    }
    let ana = explainer.decisions("ana", &records["ana"]);
    for decision in &ana.decisions {
        assert_eq!(decision.discretion.len(), decision.others.len() + usize::from(decision.done.is_some()));
        let patience = decision.patience.unwrap();
        assert!(patience.left <= patience.of && patience.of > 0.0);
        for one in &decision.discretion {
            assert!((0.0..=1.0).contains(&one.creepy) && one.at_most <= 1.0 && one.points <= one.creepy + 1e-9);
            assert!(one.told.len() >= 5, "{one:?}");
        }
    }
    let everybody = records.iter().flat_map(|(name, theirs)| explainer.decisions(name, theirs).decisions);
    let refused = everybody.filter_map(|decision| {
        let other = decision.others.iter().find(|other| other.reason == "indiscreet")?;
        let of = |one: &&tact::explain::Discreet| one.action == other.action && one.treatment == other.treatment;
        Some(decision.discretion.iter().find(of).unwrap().clone())
    });
    let mut refused = refused.take(3).peekable();
    assert!(refused.peek().is_some(), "somebody is spared something for being creepy");
    refused.for_each(|told| assert!(told.creepy > told.at_most, "{told:?}"));
    told(&ana.text(), "1.50 points were left");
    told(&ana.text(), "how creepy");
    told(&ana.text(), "told to the customer alone");
}
