//! The audit put to the test: each book here was altered in one way, and that is what it finds.

use std::fs;

use serde_json::{Value, json};

use super::books::{Books, Earned, instant};
use super::inspect::violations;
use super::rules::Rules;
use super::{TOWN, repository};

/// Alters the books of the day in town, and answers what is found then.
fn altered(alter: impl FnOnce(&mut Books)) -> Vec<String> {
    let (books, rules) = &*TOWN;
    let mut books = books.clone();
    alter(&mut books);
    violations(&books, rules)
}

/// The place of the first message that sells, by a channel.
fn offer(books: &Books, channel: &str) -> usize {
    let (_, rules) = &*TOWN;
    let sells = |message: &Value| {
        let winner = &winner(books, message)["action"];
        rules.actions[winner.as_str().unwrap()].sells
    };
    let fits = |message: &Value| message["channel"] == channel && sells(message);
    books.messages.iter().position(fits).unwrap()
}

/// The candidate that the decision of a message chose.
fn winner<'a>(books: &'a Books, message: &Value) -> &'a Value {
    let body = books.decisions.iter().find(|body| body["decision"] == message["decision"]).unwrap();
    let candidates = body["candidates"].as_array().unwrap();
    candidates.iter().find(|candidate| candidate["fate"] == "chosen").unwrap()
}

/// Makes a text of the first notification that sells, in decision and message, and answers its place.
fn texted(books: &mut Books) -> usize {
    let place = offer(books, "push");
    let id = books.messages[place]["decision"].clone();
    books.messages[place]["channel"] = json!("sms");
    let body = books.decisions.iter_mut().find(|body| body["decision"] == id).unwrap();
    let candidates = body["candidates"].as_array_mut().unwrap();
    candidates.iter_mut().find(|candidate| candidate["fate"] == "chosen").unwrap()["channel"] = json!("sms");
    place
}

/// That the alteration was found, by a word of what it is called.
fn finds(what: &str, alter: impl FnOnce(&mut Books)) {
    let found = altered(alter);
    assert!(found.iter().any(|line| line.contains(what)), "`{what}` is not among {found:?}");
}

#[test]
fn a_message_that_left_twice_or_came_from_nowhere_is_found() {
    finds("left twice", |books| books.messages.push(books.messages[0].clone()));
    finds("was never decided", |books| books.messages[0]["decision"] = json!("d-00000000000000000000000000000000"));
    finds("went to somebody else", |books| books.messages[0]["customer"] = json!("nobody"));
    finds("left by another way", |books| {
        let place = offer(books, "push");
        books.messages[place]["channel"] = json!("sms");
    });
    finds("was decided twice", |books| books.decisions.push(books.decisions[0].clone()));
    finds("had led to as much already", |books| copied(books, offer(books, "push"), 0));
}

#[test]
fn a_decision_that_came_to_nothing_without_a_reason_is_found() {
    finds("left or say why they did not", |books| {
        books.messages.pop();
        let sent = books.summary["delivery"]["sent"].as_u64().unwrap();
        books.summary["delivery"]["sent"] = json!(sent - 1);
    });
    finds("messages left", |books| drop(books.messages.pop()));
    finds("say why", |books| books.summary["delivery"]["closed"] = json!(1_000));
}

#[test]
fn a_message_without_consent_or_to_a_minor_is_found() {
    for channel in ["push", "inbox", "email"] {
        finds("had no consent", |books| {
            let message = books.messages[offer(books, channel)].clone();
            books.stopped(message["customer"].as_str().unwrap(), channel, instant(&message["sent_at"]));
        });
    }
    finds("had no consent", |books| books.events.retain(|event| event["type"] != "tact.consent.v1"));
    finds("went to a minor", |books| {
        let who = books.messages[offer(books, "push")]["customer"].clone();
        let theirs = |event: &&mut Value| event["type"] == "tact.consent.v1" && event["subject"] == who;
        books.events.iter_mut().filter(theirs).for_each(|event| event["data"]["birth_year"] = json!(2010));
    });
    finds("pointed somebody out", |books| {
        for event in books.events.iter_mut().filter(|event| event["type"] == "tact.consent.v1") {
            let Some(grants) = event["data"]["grants"].as_array_mut() else { continue };
            grants.retain(|grant| grant["purpose"] != "staff_recognition");
        }
    });
}

#[test]
fn a_message_at_night_or_at_nobodys_hour_is_found() {
    finds("left at night", |books| {
        let place = offer(books, "push");
        books.messages[place]["sent_at"] = json!("2026-11-01T03:00:00-05:00");
    });
    finds("nobody knows what time", |books| {
        for event in books.events.iter_mut().filter(|event| event["type"] == "tact.consent.v1") {
            event["data"].as_object_mut().unwrap().remove("zone");
        }
    });
    finds("worth nothing any more", |books| books.messages[0]["sent_at"] = json!("2027-01-01T12:00:00-05:00"));
}

/// A copy of a message and its decision under another name, so many milliseconds later.
fn copied(books: &mut Books, place: usize, later_ms: i64) {
    let mut message = books.messages[place].clone();
    let of_message = |body: &&Value| body["decision"] == message["decision"];
    let mut body = books.decisions.iter().find(of_message).unwrap().clone();
    let at = instant(&message["sent_at"]) + later_ms;
    body["now_ms"] = json!(body["now_ms"].as_i64().unwrap() + later_ms);
    message["sent_at"] = json!(jiff::Timestamp::from_millisecond(at).unwrap().to_string());
    let id = json!(format!("d-copy-{later_ms}"));
    (message["decision"], body["decision"]) = (id.clone(), id);
    books.messages.push(message);
    books.decisions.push(body);
}

#[test]
fn one_message_too_many_is_found_by_the_cap_it_breaks() {
    const HOUR_MS: i64 = 3_600_000;
    finds("`one_a_day`", |books| copied(books, offer(books, "push"), 23 * HOUR_MS));
    let found = altered(|books| copied(books, offer(books, "push"), 24 * HOUR_MS));
    assert!(!found.iter().any(|line| line.contains("`one_a_day`")), "a day later is another day: {found:?}");
    finds("`three_a_week`", |books| {
        let place = offer(books, "push");
        (1..4).for_each(|day| copied(books, place, day * 48 * HOUR_MS));
    });
    finds("`one_text_a_week`", |books| {
        let place = texted(books);
        copied(books, place, 6 * 24 * HOUR_MS);
    });
    finds("`five_cards_a_day`", |books| {
        let place = offer(books, "inbox");
        (1..6).for_each(|hour| copied(books, place, hour * HOUR_MS));
    });
    finds("one more than was promised", |books| {
        let place = texted(books);
        (1..3).for_each(|week| copied(books, place, week * 8 * 24 * HOUR_MS));
    });
}

#[test]
fn whoever_is_written_to_beyond_their_patience_is_found() {
    const DAY_MS: i64 = 86_400_000;
    let after = |times: i64, apart_ms: i64| {
        let found = altered(|books| {
            let place = offer(books, "push");
            (1..=times).for_each(|nth| copied(books, place, nth * apart_ms));
        });
        found.iter().filter(|line| line.contains("took more patience than its recipient had")).count()
    };
    assert!(after(6, DAY_MS / 24) > 0, "seven in one afternoon");
    assert_eq!(after(6, 8 * DAY_MS), 0, "time gives it back");
    let thanked = altered(|books| {
        let place = offer(books, "push");
        let customer = books.messages[place]["customer"].as_str().unwrap().to_owned();
        let action = winner(books, &books.messages[place])["action"].as_str().unwrap().to_owned();
        let thanks = Earned { customer, action, at: 0, thanked: true };
        books.earned.extend(std::iter::repeat_n(thanks, 12));
        (1..=6).for_each(|nth| copied(books, place, nth * DAY_MS / 24));
    });
    assert!(!thanked.iter().any(|line| line.contains("took more patience")), "thanks give it back: {thanked:?}");
    finds("creepier than it may be", |books| {
        // Those who asked for no suggestions bear less, and at the door least of all.
        let (_, rules) = &*TOWN;
        let pushes = |message: &&Value| {
            let winner = winner(books, message);
            let action = &rules.actions[winner["action"].as_str().unwrap()];
            let way = &action.ways[winner["treatment"].as_str().unwrap()];
            action.sells && way.mode == "push" && !way.keeps
        };
        let message = books.messages.iter().find(pushes).unwrap().clone();
        let body = books.decisions.iter_mut().find(|body| body["decision"] == message["decision"]).unwrap();
        body["trigger"] = json!("entry");
        books.events.retain(|event| event["type"] != "tact.consent.v1" || event["subject"] != message["customer"]);
    });
}

#[test]
fn a_message_beside_a_clinic_is_found() {
    let (books, _) = &*TOWN;
    let stores = fs::read_to_string(repository("shared/catalogue/stores.toml")).unwrap();
    // 600 metres north of the flagship, and far out at sea.
    for (lat, denied) in [(40.718_1, true), (39.0, false)] {
        let place = format!("name = \"New\"\ncategory = \"clinic\"\nlat = {lat:?}\nlon = -74.006");
        let stores = format!("{stores}\n[[deny]]\nid = \"new\"\n{place}\n");
        let found = violations(books, &Rules::read(&repository("shared/catalogue"), &stores));
        assert_eq!(found.iter().any(|line| line.contains("where nobody is approached")), denied, "{lat}");
    }
    finds("at a place where nobody is approached", |books| {
        for event in books.events.iter_mut().filter(|event| event["type"] == "tact.check-in.v1") {
            event["data"] = json!({ "venue": { "id": "v", "category": "medical-center" } });
        }
    });
    finds("an event that nobody sent", |books| books.events.retain(|event| event["type"] != "tact.geolocation.v1"));
}
