//! From events of every kind to a decision, a message, what became of it, and another expectation of the next decision: with the default catalogue and
//! models, through the whole stack.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tact::explain::{Gathered, Wanted};
use tact::observer::Observer;
use tact::types::Customers;
use tact_decide::{Catalogue, Decision, Learned, Term};
use tact_domain::Outcome;
use tact_pipeline::{ReplayError, redecide, replay};
use tact_wire::{Recorded, decode_learned_line, decode_record};

use crate::run::{Answers, CATALOGUE, Run, SHORT_DAY, TOWN, morning, run_with};

const DAY_S: i64 = 86_400;

/// How long after the day in town everybody does the same again, in days.
const LATER: i64 = 34;

/// What happened on the day, again after a month.
fn again() -> Vec<String> {
    let happens = |event: &&Value| {
        let kinds = ["tact.check-in.v1", "tact.purchase.v1", "tact.geolocation.v1"];
        event["type"].as_str().is_some_and(|kind| kinds.contains(&kind))
    };
    let events: Vec<Value> = SHORT_DAY.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let shifted = events.iter().filter(happens).filter_map(|event| {
        let time: jiff::Timestamp = event["time"].as_str()?.parse().ok()?;
        let later = jiff::Timestamp::from_millisecond(time.as_millisecond() + LATER * DAY_S * 1_000).ok()?;
        let mut event = event.clone();
        event["id"] = format!("{}-again", event["id"].as_str()?).into();
        event["time"] = later.to_string().into();
        event["data"]["receipt"].as_str().map(|receipt| format!("{receipt}-again")).into_iter().for_each(|receipt| {
            event["data"]["receipt"] = receipt.into();
        });
        (time.as_millisecond() >= morning().0).then(|| event.to_string())
    });
    shifted.collect()
}

#[test]
fn what_became_of_messages_changes_what_is_expected_of_the_next_ones_a_month_later() {
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

    let after = run_with(&again(), Some(data.path()), None, Answers::None);
    let models = tact_aws::models().unwrap();
    let mut unlearned = CATALOGUE.clone();
    unlearned.policy.levers.off.push(Term::Learned);
    let (mut made_with, mut otherwise) = (0, 0);
    for line in after.file("decisions.ndjson").lines() {
        let recorded = decode_record(line).unwrap();
        let Some(hash) = &recorded.learned else { continue };
        let learned = known.get(hash);
        assert_eq!(replay(&recorded, &CATALOGUE, &models, learned).unwrap(), recorded.body, "made again");
        assert_eq!(replay(&recorded, &CATALOGUE, &models, None), Err(ReplayError::Learned(hash.clone())));
        let decided = |catalogue: &Catalogue| redecide(&recorded, catalogue, &models, learned).unwrap().decision;
        let (with, without) = (decided(&CATALOGUE), decided(&unlearned));
        let expected = |decision: &Decision| -> Vec<_> {
            let terms = decision.candidates.iter().filter_map(|one| one.terms);
            terms.map(|terms| (terms.positive.to_bits(), terms.harmful.to_bits())).collect()
        };
        made_with += 1;
        otherwise += u32::from(expected(&with) != expected(&without));
    }
    assert!(
        made_with > 5 && otherwise > 0,
        "{made_with} decisions were made with it, {otherwise} expect something else"
    );
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
