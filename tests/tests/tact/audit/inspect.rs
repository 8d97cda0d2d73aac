//! The inspection: every message against what was known when it left.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::books::{Books, instant};
use super::consents::Consents;
use super::patience::within_patience;
use super::rules::{Action, Rules};

/// A message with the decision it belongs to.
pub(crate) struct Sent<'a> {
    pub(crate) decision: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) at: i64,
    pub(crate) treatment: &'a str,
    pub(crate) action: &'a Action,
    pub(crate) body: &'a Value,
}

/// Everything that is not as it must be, one line each; none when all is well.
pub(crate) fn violations(books: &Books, rules: &Rules) -> Vec<String> {
    let mut found = Vec::new();
    let decisions = by_id(&books.decisions, &mut found);
    one_of_a_kind(&books.decisions, rules, &mut found);
    let sent = sent(books, rules, &decisions, &mut found);
    all_decided_left_or_say_why(books, &sent, &mut found);
    let consents = Consents::of(&books.events);
    for message in &sent {
        let mut wrong = |what: &str| found.push(format!("{} {what}", message.decision));
        in_its_time(message, &mut wrong);
        with_consent(message, &consents, &mut wrong);
        by_day(message, &consents, rules, &mut wrong);
        outside_deny_zones(message, books, rules, &decisions, &mut wrong);
    }
    within_caps(&sent, &consents, rules, &mut found);
    within_patience(&sent, books, &consents, &rules.discretion, &mut found);
    found
}

/// One event leads to one thing for the customer, and beside it at most to one for the store.
fn one_of_a_kind(bodies: &[Value], rules: &Rules, found: &mut Vec<String>) {
    let mut known = BTreeSet::new();
    for body in bodies {
        let Some(winner) = chosen(body) else { continue };
        let event = &body["customer"]["event"];
        let action = &rules.actions[winner["action"].as_str().unwrap()];
        let for_store = action.for_store && winner["channel"] == "associate";
        if !known.insert((event["source"].to_string(), event["id"].to_string(), for_store)) {
            found.push(format!("{} was decided on an event that had led to as much already", body["decision"]));
        }
    }
}

fn by_id<'a>(bodies: &'a [Value], found: &mut Vec<String>) -> BTreeMap<&'a str, &'a Value> {
    let mut decisions = BTreeMap::new();
    for body in bodies {
        let id = body["decision"].as_str().unwrap();
        if decisions.insert(id, body).is_some() {
            found.push(format!("{id} was decided twice"));
        }
    }
    decisions
}

/// The candidate that a decision chose; `None` for silence.
fn chosen(body: &Value) -> Option<&Value> {
    let mut chosen = body["candidates"].as_array()?.iter().filter(|candidate| candidate["fate"] == "chosen");
    let first = chosen.next();
    assert!(chosen.next().is_none(), "two candidates of one decision were chosen");
    first
}

/// The messages with their decisions; one without, or one that differs from it, is noted.
fn sent<'a>(
    books: &'a Books,
    rules: &'a Rules,
    decisions: &BTreeMap<&'a str, &'a Value>,
    found: &mut Vec<String>,
) -> Vec<Sent<'a>> {
    let mut sent: Vec<Sent<'a>> = Vec::new();
    for message in &books.messages {
        let text = |name: &str| message[name].as_str().unwrap();
        let (decision, customer, channel) = (text("decision"), text("customer"), text("channel"));
        let Some((body, winner)) = decisions.get(decision).and_then(|body| Some((*body, chosen(body)?))) else {
            found.push(format!("{decision} left and was never decided"));
            continue;
        };
        if sent.iter().any(|known| known.decision == decision) {
            found.push(format!("{decision} left twice"));
        }
        if body["customer"]["event"]["subject"] != customer {
            found.push(format!("{decision} went to somebody else"));
        }
        if winner["channel"] != channel {
            found.push(format!("{decision} left by another way"));
        }
        let action = &rules.actions[winner["action"].as_str().unwrap()];
        let treatment = winner["treatment"].as_str().unwrap();
        sent.push(Sent { decision, customer, channel, at: instant(&message["sent_at"]), treatment, action, body });
    }
    sent
}

/// Whatever was decided and did not leave is in the summary under a reason, and the counts add up.
fn all_decided_left_or_say_why(books: &Books, sent: &[Sent<'_>], found: &mut Vec<String>) {
    let chose = || books.decisions.iter().filter(|body| chosen(body).is_some());
    let decided = chose().count();
    // One event may lead to something for the customer and something for the store.
    let event = |body: &&Value| {
        let event = &body["customer"]["event"];
        (event["source"].to_string(), event["id"].to_string())
    };
    let events = chose().map(|body| event(&body)).collect::<BTreeSet<_>>().len();
    let count = |name: &str| books.summary["delivery"][name].as_u64().unwrap_or(0);
    let reasons = books.summary["not_sent"].as_object().into_iter().flatten();
    let closed: u64 = reasons.map(|(_, n)| n.as_u64().unwrap()).sum();
    let held: u64 = ["closed", "failed", "unknown", "shadowed"].into_iter().map(count).sum();
    let expected = [
        ("messages left", count("sent"), sent.len()),
        ("events were decided", books.summary["decided"].as_u64().unwrap(), events),
        ("decisions left or say why they did not", count("sent") + held, decided),
    ];
    for (what, said, counted) in expected {
        if said != counted as u64 {
            found.push(format!("by the summary {said} {what}, by the books {counted}"));
        }
    }
    if closed != count("closed") {
        found.push(format!("{} decisions were closed, {closed} say why", count("closed")));
    }
}

/// It left after it was decided, and while it was worth anything.
fn in_its_time(message: &Sent<'_>, wrong: &mut impl FnMut(&str)) {
    let decided = message.body["now_ms"].as_i64().unwrap();
    if !(decided..decided + message.action.ways[message.treatment].valid_ms).contains(&message.at) {
        wrong("left before it was decided, or when it was worth nothing any more");
    }
}

fn with_consent(message: &Sent<'_>, consents: &Consents<'_>, wrong: &mut impl FnMut(&str)) {
    let Sent { customer, channel, at, .. } = *message;
    let identifies = message.action.ways[message.treatment].identifies;
    if identifies && !consents.agreed(customer, "staff_recognition", at) {
        wrong("pointed somebody out who did not ask for it");
    }
    if !message.action.sells {
        return;
    }
    let marketing = consents.granted(customer, "marketing", channel, message.action.topic.as_deref(), at);
    if marketing.is_none() && !(identifies && channel == "associate") {
        wrong("had no consent");
    }
    // The year alone is known: whoever turns eighteen in it may still be seventeen.
    let year = i64::from(jiff::Timestamp::from_millisecond(at).unwrap().to_zoned(jiff::tz::TimeZone::UTC).year());
    if consents.born(customer, at).is_some_and(|born| year - born <= 18) {
        wrong("went to a minor");
    }
}

/// It left while its channel is open, at the recipient's own clock.
fn by_day(message: &Sent<'_>, consents: &Consents<'_>, rules: &Rules, wrong: &mut impl FnMut(&str)) {
    let Some((open, close)) = rules.hours.get(message.channel) else { return };
    let Some(zone) = consents.zone(message.customer, message.at) else {
        return wrong("left although nobody knows what time it was for the recipient");
    };
    let clock = jiff::Timestamp::from_millisecond(message.at).unwrap().in_tz(zone).unwrap().time();
    let second = i64::from(clock.hour()) * 3_600 + i64::from(clock.minute()) * 60 + i64::from(clock.second());
    if !(*open..*close).contains(&second) {
        wrong("left at night");
    }
}

/// 2,000 feet, in metres.
const DENIED_M: f64 = 609.6;
/// Half a per cent on the safe side of the flat earth below.
const MARGIN: f64 = 0.995;

/// Nothing left because somebody was near a place where nobody is approached. What was bought at a till was not found by a position.
fn outside_deny_zones(
    message: &Sent<'_>,
    books: &Books,
    rules: &Rules,
    decisions: &BTreeMap<&str, &Value>,
    wrong: &mut impl FnMut(&str),
) {
    let mut body = message.body;
    while let Some(made_by) = body["customer"]["event"]["data"]["made_by"].as_str() {
        body = decisions[made_by];
    }
    let recorded = &body["customer"]["event"];
    let same = |event: &&Value| event["id"] == recorded["id"] && event["source"] == recorded["source"];
    let Some(event) = books.events.iter().find(same) else {
        return wrong("was decided on an event that nobody sent");
    };
    if event["type"] == "tact.purchase.v1" {
        return;
    }
    let data = &event["data"];
    let point = |value: &Value| value["lat"].as_f64().zip(value["lon"].as_f64());
    let near = |at: (f64, f64), accuracy_m: f64| {
        rules.denied.iter().any(|place| metres(at, *place) < (DENIED_M + accuracy_m) * MARGIN)
    };
    if event["type"] == "tact.check-in.v1" {
        // What people tell of a place is fine, unless it is such a place itself.
        let venue = &data["venue"];
        let known = venue["id"].as_str().is_some_and(|id| rules.stores.contains_key(id));
        let private = match venue["category"].as_str() {
            Some(kind) => rules.private.contains(kind),
            None => !known && point(venue).is_some_and(|at| near(at, 0.0)),
        };
        if private || venue["id"].as_str().is_some_and(|id| rules.denied_ids.contains(id)) {
            wrong("was decided at a place where nobody is approached");
        }
        return;
    }
    let store = data["store"].as_str().or(body["store"].as_str()).and_then(|store| rules.stores.get(store).copied());
    let accuracy_m = data["accuracy_m"].as_f64().unwrap_or(0.0);
    if point(data).is_some_and(|at| near(at, accuracy_m)) || store.is_some_and(|at| near(at, 0.0)) {
        wrong("was decided beside a place where nobody is approached");
    }
}

/// Metres between two near points, on a flat earth.
fn metres(a: (f64, f64), b: (f64, f64)) -> f64 {
    const DEGREE_M: f64 = 111_195.0;
    let north = (a.0 - b.0) * DEGREE_M;
    let east = (a.1 - b.1) * DEGREE_M * a.0.to_radians().cos();
    north.hypot(east)
}

/// No rolling window holds more marketing than the policy allows, nor than was promised.
fn within_caps(sent: &[Sent<'_>], consents: &Consents<'_>, rules: &Rules, found: &mut Vec<String>) {
    let mut by_customer: BTreeMap<&str, Vec<&Sent<'_>>> = BTreeMap::new();
    let counted = |message: &&Sent<'_>| message.action.sells && !message.action.ways[message.treatment].keeps;
    for message in sent.iter().filter(counted) {
        by_customer.entry(message.customer).or_default().push(message);
    }
    for messages in by_customer.values() {
        for message in messages {
            for cap in &rules.caps {
                let counts = |other: &&&Sent<'_>| {
                    (other.channel == "inbox") == cap.cards
                        && cap.channel.as_ref().is_none_or(|channel| channel == other.channel)
                        && cap.group.as_ref().is_none_or(|group| *group == other.action.group)
                        && (message.at - cap.window_ms + 1..=message.at).contains(&other.at)
                };
                let used = messages.iter().filter(counts).count();
                if used > cap.max {
                    found.push(format!("{} was one too many under `{}`", message.decision, cap.name));
                }
            }
            let promise = consents.granted(message.customer, "marketing", message.channel, None, message.at);
            if let Some((max, window_ms)) = promise.and_then(|granted| granted.terms) {
                let window = message.at - window_ms + 1..=message.at;
                let counts = |other: &&&Sent<'_>| other.channel == message.channel && window.contains(&other.at);
                if messages.iter().filter(counts).count() > max {
                    found.push(format!("{} was one more than was promised", message.decision));
                }
            }
        }
    }
}
