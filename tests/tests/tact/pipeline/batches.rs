//! What a batch comes to when nothing fails.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use proptest::prelude::*;
use serde_json::Value;
use tact_domain::EventKind;
use tact_pipeline::{BatchReport, Ending, ItemKey};

use super::world::{
    DAY, MINUTE, SATURDAY, Sample, answer, block_on, bodies, check_in, coffee_drinker, consent, customer, days,
    decision_of, endings, event, handle, purchase, raw, records, sound_function,
};
use crate::faults::Call;

/// The tally says of every record what its ending says.
fn adds_up(report: &BatchReport) {
    let mut counted = BTreeMap::new();
    for ending in endings(report) {
        *counted.entry(ending).or_insert(0) += 1;
    }
    assert_eq!(report.tally.endings, counted);
    assert_eq!(report.tally.records(), report.endings.len() as u64);
    assert_eq!((report.first_undone, &report.failure), (None, &None));
    let quarantined = counted.get(&Ending::Quarantined).copied().unwrap_or(0);
    assert_eq!(report.quarantined.len() as u64, quarantined);
}

fn minor(name: &str) -> Sample {
    let data = serde_json::json!({ "birth_year": 2015 });
    event("consent", &format!("{name}-born"), name, SATURDAY - DAY, &data)
}

/// One record for every way to end, in the order of `Ending`, those that cannot be read last.
fn one_of_each() -> Vec<Sample> {
    let position = serde_json::json!({ "lat": 40.9, "lon": -74.0 });
    let mut future = check_in("f-1", "dee", SATURDAY + 6 * MINUTE);
    future.arrived.0 = SATURDAY;
    vec![
        purchase("decided", "bo", SATURDAY, "coffee"),
        check_in("silent", "dee", SATURDAY),
        event("geolocation", "applied", "bo", SATURDAY, &position),
        check_in("withheld", "kid", SATURDAY),
        purchase("decided", "bo", SATURDAY, "coffee"),
        answer("stale", "bo", SATURDAY - 50 * DAY, "email", "granted"),
        raw("s-json", b"{\"specversion\":"),
        raw("s-kind", &b"CHANGED"[..]),
        event("check-in", "s-version", "dee", SATURDAY, &serde_json::json!({ "store": 7 })),
        future,
    ]
}

#[test]
fn every_record_ends_in_exactly_one_way_and_a_broken_one_is_quarantined_by_name() {
    let mut function = sound_function();
    // What is found among comments is kept without its words.
    function.accepts.retain(|kind| *kind != EventKind::Comment);
    let before: Vec<_> = coffee_drinker("bo", &["email"]).into_iter().chain([minor("kid")]).collect();
    block_on(handle(&function, &before));
    let report = block_on(handle(&function, &one_of_each()));
    adds_up(&report);
    let expected = [
        Ending::Decided,
        Ending::Silent,
        Ending::Applied,
        Ending::Withheld,
        Ending::Duplicate,
        Ending::Stale,
        Ending::Quarantined,
        Ending::Quarantined,
        Ending::Quarantined,
        Ending::Quarantined,
    ];
    assert_eq!(endings(&report), expected);
    let refused: Vec<_> =
        report.quarantined.iter().map(|q| (q.sequence.as_str(), q.reason.as_str(), q.field.as_str())).collect();
    assert_eq!(refused[0].0, "s-json");
    assert_eq!(refused[2], ("seq-s-version", "wrong_type", "data.store"));
    assert_eq!(refused[3], ("seq-f-1", "future", "time"));
    assert_eq!(report.quarantined[0].first_bytes, "{\"specversion\":");
    let mut logged: Vec<Value> =
        function.log.quarantined().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let whole: Vec<_> =
        logged.iter_mut().map(|entry| entry.as_object_mut().unwrap().remove("record").unwrap()).collect();
    let refused = BASE64.decode(whole[0].as_str().unwrap()).unwrap();
    assert!(one_of_each().iter().any(|sample| sample.bytes == refused), "the whole record is kept");
    let reported: Vec<_> = report.quarantined.iter().map(|q| serde_json::to_value(q).unwrap()).collect();
    assert_eq!(logged, reported, "what is quarantined is in the log, once");
}

#[test]
fn broken_records_change_nothing_for_the_others() {
    let (with, without) = (sound_function(), sound_function());
    let before: Vec<_> = coffee_drinker("bo", &["email"]).into_iter().chain([minor("kid")]).collect();
    let (mixed, valid) = (one_of_each(), one_of_each()[..6].to_vec());
    let shuffled: Vec<_> = [9, 0, 1, 6, 2, 3, 7, 4, 8, 5].map(|place| mixed[place].clone()).to_vec();
    block_on(handle(&with, &before));
    block_on(handle(&without, &before));
    let (mixed, alone) = (block_on(handle(&with, &shuffled)), block_on(handle(&without, &valid)));
    adds_up(&mixed);
    let readable: Vec<_> = endings(&mixed).into_iter().filter(|ending| *ending != Ending::Quarantined).collect();
    assert_eq!(readable, endings(&alone));
    assert_eq!(with.store.inner.facets(), without.store.inner.facets());
    assert_eq!(with.store.inner.others(), without.store.inner.others());
    assert_eq!(bodies(&with.log), bodies(&without.log));
}

#[test]
fn a_record_on_the_stream_of_another_kind_is_quarantined() {
    let mut function = sound_function();
    function.accepts = vec![EventKind::CheckIn];
    let batch = [check_in("c", "ana", SATURDAY), purchase("p", "ana", SATURDAY, "coffee")];
    let report = block_on(handle(&function, &batch));
    adds_up(&report);
    assert_eq!(endings(&report), [Ending::Silent, Ending::Quarantined]);
    let refused = &report.quarantined[0];
    assert_eq!((&*refused.sequence, &*refused.reason, &*refused.field), ("seq-p", "wrong_stream", "type"));
    assert_eq!(function.store.inner.facets().len(), 1, "nothing of the purchase was folded");
}

#[test]
fn an_empty_batch_calls_nothing() {
    let function = sound_function();
    adds_up(&block_on(handle(&function, &[])));
    assert_eq!(function.store.trace.calls(), []);
}

#[test]
fn a_customer_is_loaded_once_and_written_at_most_once_per_batch() {
    let function = sound_function();
    let name = |n: i64| ["ana", "bo", "cy"][usize::try_from(n % 3).unwrap()];
    let batch: Vec<_> = (0..12).map(|n| check_in(&format!("c{n}"), name(n), SATURDAY + n * MINUTE)).collect();
    adds_up(&block_on(handle(&function, &batch)));
    let count = |calls: &[Call], wanted: &str| {
        let named = |call: &&Call| match call {
            Call::Load(loaded) => *loaded == customer(wanted),
            _ => false,
        };
        let commits = |call: &&Call| match call {
            Call::Commit(keys) => keys.iter().any(|key| key.pk() == format!("c#{wanted}")),
            _ => false,
        };
        (calls.iter().filter(named).count(), calls.iter().filter(commits).count())
    };
    for who in ["ana", "bo", "cy"] {
        assert_eq!(count(&function.store.trace.calls(), who), (1, 1), "{who}");
    }
    let again = block_on(handle(&function, &batch));
    assert_eq!(endings(&again), vec![Ending::Duplicate; 12]);
    for who in ["ana", "bo", "cy"] {
        assert_eq!(count(&function.store.trace.calls(), who), (2, 1), "what changes nothing writes nothing");
    }
}

#[test]
fn every_decision_is_logged_before_it_is_committed() {
    let function = sound_function();
    let mut batch: Vec<_> = ["ana", "bo"].iter().flat_map(|name| coffee_drinker(name, &["email", "inbox"])).collect();
    batch.extend((0..4).map(|n| check_in(&format!("c{n}"), "ana", SATURDAY + n * MINUTE)));
    batch.push(check_in("silent", "dee", SATURDAY));
    let report = block_on(handle(&function, &batch));
    assert!(report.tally.count(Ending::Decided) >= 3 && report.tally.count(Ending::Silent) >= 1, "{:?}", report.tally);
    let mut logged = BTreeSet::new();
    for call in function.store.trace.calls() {
        match call {
            Call::Log(ids) => logged.extend(ids),
            Call::Commit(keys) => {
                let committed = keys.iter().filter_map(|key| match key {
                    ItemKey::Decision(_, id) => Some(*id),
                    _ => None,
                });
                committed.for_each(|id| assert!(logged.contains(&id), "{id} was committed before it was logged"));
                let silent = report.committed.iter().all(|(_, id)| logged.contains(id));
                assert!(silent, "silence is logged before its facet is written");
            }
            Call::Load(_) | Call::Get(_) => {}
        }
    }
    let committed: BTreeSet<_> = report.committed.iter().map(|(_, id)| *id).collect();
    assert_eq!(committed, logged);
    assert!(report.committed.contains(&(4, decision_of("c0"))), "each with the place of its record");
}

#[test]
fn a_hot_customer_fits_into_as_many_transactions_as_it_takes() {
    let function = sound_function();
    let mut batch = vec![consent("hot-0", "hot", SATURDAY - 200 * DAY, &["email"])];
    batch.extend((0..150).map(|n| purchase(&format!("p{n}"), "hot", SATURDAY - (160 - n) * DAY, "coffee")));
    batch.extend((0..120).map(|n| consent(&format!("n{n}"), "hot", SATURDAY + n * MINUTE, &["email"])));
    batch.push(check_in("cool", "cool", SATURDAY));
    let report = block_on(handle(&function, &batch));
    adds_up(&report);
    assert_eq!(report.tally.count(Ending::Decided), 150);
    assert_eq!(function.store.inner.decisions().len(), 150);
    let sizes: Vec<_> = function
        .store
        .trace
        .calls()
        .iter()
        .filter_map(|call| match call {
            Call::Commit(keys) => Some(keys.len()),
            _ => None,
        })
        .collect();
    assert!(sizes.len() > 3 && sizes.iter().all(|size| *size <= 100), "{sizes:?}");
    let proofs = function.store.inner.others().iter().filter(|(key, _)| matches!(key, ItemKey::Proof(..))).count();
    assert_eq!(proofs, 121);
    let again = endings(&block_on(handle(&function, &batch[1..151])));
    assert!(again.iter().all(|ending| matches!(ending, Ending::Duplicate | Ending::Stale)), "{again:?}");
}

/// Where a decision was made. An event that left no trace, sent again, is a duplicate within a batch and itself once more after it.
fn decided(endings: &[Ending]) -> Vec<Option<Ending>> {
    endings.iter().map(|ending| Some(*ending).filter(|ending| *ending <= Ending::Silent)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_one_by_one_or_in_batches_gives_the_same_decisions(
        day in days(),
        cuts in proptest::collection::vec(1..9_usize, 12),
    ) {
        let (one_by_one, in_batches, at_once) = (sound_function(), sound_function(), sound_function());
        let mut alone = Vec::new();
        for sample in &day {
            alone.extend(endings(&block_on(handle(&one_by_one, std::slice::from_ref(sample)))));
        }
        let (mut rest, mut batched) = (&day[..], Vec::new());
        for cut in cuts.iter().cycle() {
            let (batch, later) = rest.split_at((*cut).min(rest.len()));
            batched.extend(endings(&block_on(handle(&in_batches, batch))));
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        let together = block_on(at_once.handle(&records(&day), None));
        adds_up(&together);
        prop_assert_eq!(decided(&endings(&together)), decided(&alone));
        prop_assert_eq!(decided(&batched), decided(&alone));
        for other in [&in_batches, &at_once] {
            prop_assert_eq!(bodies(&other.log), bodies(&one_by_one.log));
            prop_assert_eq!(other.store.inner.facets(), one_by_one.store.inner.facets());
            prop_assert_eq!(other.store.inner.others(), one_by_one.store.inner.others());
        }
    }
}
