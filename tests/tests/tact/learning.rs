//! From events of every source to a decision, a message, what became of it, and another decision about somebody alike: with the default catalogue and
//! models, through the whole stack.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tact::explain::{Gathered, Wanted};
use tact::kinds::Customers;
use tact::observer::Observer;
use tact_decide::Learned;
use tact_domain::Outcome;
use tact_pipeline::{ReplayError, replay, replay_with};
use tact_wire::{Recorded, decode_learned_line, decode_record};

use crate::run::{Answers, CATALOGUE, Run, SHORT_DAY, TOWN, morning, run_with};

const DAY_S: i64 = 86_400;

/// An event of somebody who comes in two days after a month has gone by.
fn event(customer: &str, kind: &str, data: &Value, second: i64) -> String {
    let at = morning().plus_s(34 * DAY_S + 12 * 3_600 + second);
    let time = jiff::Timestamp::from_millisecond(at.0).unwrap().to_string();
    let event = json!({
        "specversion": "1.0", "id": format!("{customer}-{kind}-{second}"), "source": "test", "type": format!("tact.{kind}.v1"),
        "subject": customer, "time": time, "data": data,
    });
    event.to_string()
}

/// Somebody who agrees to all that sells in the app and to be profiled, and checks in.
fn comes(customer: &str) -> Vec<String> {
    let granted = |purpose: &str| json!({ "purpose": purpose, "state": "granted" });
    let proof = json!({ "text_id": "t-1", "shown": "now and then", "seller": "Harbor & Co" });
    let app = json!({ "purpose": "marketing", "channel": "inbox", "state": "granted", "proof": proof });
    let consent = json!({ "grants": [granted("profiling"), app], "zone": "America/New_York" });
    vec![event(customer, "consent", &consent, 0), event(customer, "check-in", &json!({ "store": "market-street" }), 60)]
}

/// The bodies of the decisions about a customer.
fn decided(run: &Run, customer: &str) -> Vec<(String, Value)> {
    let lines = run.file("decisions.ndjson").lines();
    let about = format!("\\\"subject\\\":\\\"{customer}\\\"");
    let bodies = lines.filter(|line| line.contains(&about) || line.contains(&format!("\"subject\":\"{customer}\"")));
    bodies.map(|line| (line.to_owned(), serde_json::from_str::<Value>(line).unwrap()["body"].take())).collect()
}

#[test]
fn what_became_of_messages_changes_what_is_expected_of_somebody_alike_a_month_later() {
    let kinds: BTreeSet<&str> = ["check-in", "purchase", "geolocation", "comment", "consent", "outcome"].into();
    let named = |kind: &&str| SHORT_DAY.iter().any(|line| line.contains(&format!("tact.{kind}.v1")));
    assert!(kinds.iter().all(named), "events of six kinds");

    let data = tempfile::tempdir().unwrap();
    let until = Some(morning().plus_s(33 * DAY_S));
    let month = run_with(&SHORT_DAY, Some(data.path()), None, Answers::Given { until });
    assert!(
        month.kept.decisions.iter().any(|(_, item)| item.outcomes.first(Outcome::Accepted).is_some()),
        "messages were answered"
    );
    let known: BTreeMap<String, Learned> = month
        .file("learned.ndjson")
        .lines()
        .map(|line| decode_learned_line(line).unwrap())
        .map(|learned| (learned.hash.clone(), learned))
        .collect();
    assert!(!known.is_empty(), "and learnt from");

    let after = run_with(&comes("alike"), Some(data.path()), None, Answers::None);
    let before = run_with(&comes("alike"), None, None, Answers::None);
    let (of_after, of_before) = (decided(&after, "alike"), decided(&before, "alike"));
    let [(line, learnt)] = of_after.as_slice() else { panic!("one decision: {of_after:?}") };
    let [(_, plain)] = of_before.as_slice() else { panic!("one decision: {of_before:?}") };
    let hash = learnt["learned"].as_str().unwrap();
    assert_eq!(plain.get("learned"), None, "nothing was known then");
    assert_ne!(learnt["candidates"], plain["candidates"], "other expectations");

    let models = tact_aws::models().unwrap();
    let recorded = decode_record(line).unwrap();
    let again = replay_with(&recorded, &CATALOGUE, &models, known.get(hash)).unwrap();
    assert_eq!(again, recorded.body, "made again with what had been learnt");
    assert_eq!(replay(&recorded, &CATALOGUE, &models), Err(ReplayError::Learned(hash.to_owned())));
}

/// What a run logged, as it is gathered.
fn gathered(run: &Run) -> Vec<Recorded> {
    let mut gathered = Gathered::of(Wanted::All);
    run.file("decisions.ndjson").lines().for_each(|line| gathered.decided(line).unwrap());
    gathered.records()
}

#[test]
fn the_types_that_are_shipped_are_those_of_the_day_in_town_and_carry_over_those_by_rule() {
    let models = tact_aws::models().unwrap();
    let customers = Customers::of(&gathered(&TOWN), &CATALOGUE, &models, (true, &|_| true));
    let types = customers.types(4, 1).unwrap();
    assert!(
        types.encode() == tact_catalogue::TYPES,
        "find them again: tact run --data DIR, tact types --log DIR --afresh --count 4 --out shared/catalogue/models/customers.types"
    );
    let sizes = customers.sizes(&types);
    assert_eq!(sizes.iter().sum::<u64>(), customers.count() as u64, "everybody is of one");
    let before = types.before().unwrap();
    assert_eq!((types.version(), before.version), (2, 1));
    let of_each: Vec<u64> =
        (0..types.count()).map(|column| before.overlap.iter().map(|row| row[column]).sum()).collect();
    assert_eq!(of_each, sizes, "and was of one by rule");
    let next = Customers::of(&gathered(&TOWN), &CATALOGUE, &models, (false, &|_| true)).types(4, 1).unwrap();
    let diagonal = |row: (usize, &Vec<u64>)| row.1.iter().enumerate().all(|(column, n)| (column == row.0) == (*n > 0));
    assert_eq!((next.version(), next.before().unwrap().version), (3, 2));
    assert!(next.before().unwrap().overlap.iter().enumerate().all(diagonal), "the same types, found again");
}
