//! The pregnancy script: Fay and thirty baskets, played as they are and without the lines that tell of a pregnancy. Nothing that is decided, sent or
//! kept differs.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use tact::arrival;
use tact::output::Output;
use tact::play::{Play, play};
use tact_domain::Sensitive;
use tact_wire::readable_body;

use crate::pipeline::world::{CATALOGUE, written};

/// Products and their categories: those that tell of a pregnancy, and those that a statistician would guess it from.
const TELLING: [(&str, &str); 4] = [
    ("maternity-jeans", "maternity"),
    ("prenatal-vitamins", "vitamins"),
    ("test-kit-2", "pregnancy-tests"),
    ("nursing-bra", "women"),
];
const INNOCENT: [(&str, &str); 8] = [
    ("unscented-lotion", "beauty"),
    ("zinc-and-calcium", "minerals"),
    ("cotton-balls", "beauty"),
    ("leather-tote", "bags"),
    ("linen-dress", "dresses"),
    ("daily-roast", "coffee"),
    ("sun-cream", "beauty"),
    ("beach-towel", "swimwear"),
];
/// 2026-08-06T10:00:00-04:00.
const FIRST_S: i64 = 1_786_024_800;

/// The lines of Fay, and of thirty people who agreed to what she agreed to: each buys, checks in, and buys once more.
fn lines() -> Vec<Value> {
    let day = fs::read_to_string(super::super::audit::repository("events/a-day-in-town.ndjson")).unwrap();
    let all = day.lines().filter(|line| line.contains("\"subject\":\"fay\""));
    let fays: Vec<Value> = all.map(|line| serde_json::from_str(line).unwrap()).collect();
    let consent = fays.iter().find(|event| event["type"] == "tact.consent.v1").unwrap().clone();
    let mut lines = fays;
    for person in 0..30_usize {
        let who = format!("mum-{person}");
        let mut agrees = consent.clone();
        (agrees["subject"], agrees["id"]) = (json!(who), json!(format!("{who}-n")));
        lines.push(agrees);
        for (nth, day) in [3, 20, 41, 62, 80, 86].into_iter().enumerate() {
            let at = FIRST_S + i64::try_from(day * 86_400 + person * 600).unwrap();
            let mut data = json!({ "receipt": format!("r-{person}-{nth}"), "channel": "web", "currency": "USD" });
            data["lines"] = basket(person, nth).into();
            lines.push(event("purchase", &format!("{who}-p{nth}"), &who, at, &data));
            let store = ["market-street", "riverside", "tampa"][(person + nth) % 3];
            let place = json!({ "store": store });
            lines.push(event("check-in", &format!("{who}-c{nth}"), &who, at + 3_600, &place));
        }
    }
    let time = |event: &Value| event["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    lines.sort_by_key(time);
    lines
}

/// A basket: every third one tells of the pregnancy and nothing else, every third does not at all.
fn basket(person: usize, nth: usize) -> Vec<Value> {
    let line = |(product, category): (&str, &str)| json!({ "product": product, "category": category, "quantity": 1 + person % 3, "unit_price": 1_900 + 700 * nth });
    let telling = [TELLING[person % 4], TELLING[(person + nth) % 4]].map(line);
    let innocent = [INNOCENT[(person + nth) % 8], INNOCENT[(person * 3 + nth) % 8]].map(line);
    match (person + nth) % 3 {
        0 => telling.to_vec(),
        1 => [telling, innocent].concat(),
        _ => innocent.to_vec(),
    }
}

fn event(kind: &str, id: &str, who: &str, at_s: i64, data: &Value) -> Value {
    written("test", kind, id, who, at_s * 1_000, data)
}

/// The same without the lines that tell of it; the receipts stay.
fn untold(lines: &[Value]) -> Vec<Value> {
    let tells = |line: &Value| TELLING.iter().any(|(product, _)| line["product"] == *product);
    let mut lines = lines.to_vec();
    for event in &mut lines {
        if let Some(bought) = event["data"]["lines"].as_array_mut() {
            bought.retain(|line| !tells(line));
        }
    }
    lines
}

/// What a play leaves behind.
struct Left {
    messages: String,
    facets: String,
    /// The decisions, without the events they were made on.
    decisions: BTreeMap<String, Value>,
}

fn played(lines: &[Value]) -> Left {
    let text: String = lines.iter().map(|line| line.to_string() + "\n").collect();
    let arrivals = arrival::read(&mut text.as_bytes(), false).unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut output = Output::open(Some(out.path()), None).unwrap();
    let playing =
        Play { arrivals, catalogue: &CATALOGUE, data: None, fold_only_until: None, until: None, respond: None };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(play(playing, &mut [&mut output], &|_| {})).unwrap();
    let read = |name: &str| fs::read_to_string(out.path().join(name)).unwrap();
    let body = |line: &str| {
        let body = serde_json::from_str::<Value>(line).unwrap()["body"].take();
        let mut body = readable_body(body, &CATALOGUE);
        body["customer"].as_object_mut().unwrap().remove("event");
        (body["decision"].as_str().unwrap().to_owned(), body)
    };
    let decisions = read("decisions.ndjson").lines().map(body).collect();
    Left { messages: read("messages.ndjson"), facets: read("facets.ndjson"), decisions }
}

#[test]
fn nothing_that_is_decided_sent_or_kept_differs_by_what_tells_of_a_pregnancy() {
    for (product, category) in TELLING {
        let known = CATALOGUE.sensitive.of_product(product).or_else(|| CATALOGUE.sensitive.of_category(category));
        assert_eq!(known, Some(Sensitive::Pregnancy), "{product}");
    }
    let told = lines();
    let untold = untold(&told);
    let bought = |lines: &[Value]| lines.iter().filter_map(|event| event["data"]["lines"].as_array()).flatten().count();
    assert!(bought(&told) > bought(&untold) + 100, "the scripts differ");
    let (with, without) = (played(&told), played(&untold));
    assert!(
        with.messages.lines().count() > 30,
        "{} messages are too few to say anything",
        with.messages.lines().count()
    );
    assert!(with.messages == without.messages, "a message differs");
    assert!(with.facets == without.facets, "something else is remembered");
    assert_eq!(with.decisions.len(), without.decisions.len());
    for (id, body) in &with.decisions {
        assert_eq!(Some(body), without.decisions.get(id), "{id}");
    }
    let hushed = |body: &&Value| body.to_string().contains("sensitive_moment");
    assert!(with.decisions.values().filter(hushed).count() > 30, "the time would tell");
}
