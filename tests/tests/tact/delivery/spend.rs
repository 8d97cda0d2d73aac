//! The limit on what is spent in a day, with several processes that spend at the same time: it is never exceeded.

use proptest::prelude::*;
use tact_domain::Timestamp;
use tact_pipeline::{Process, Purse};

use crate::faults::{Fault, FaultyStore, Script};
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{SATURDAY, block_on};

/// Several processes, each spending in hundredths of a minor unit as its list says; answers what all of them spent.
async fn spent(limit: f64, lists: &[Vec<u32>], faults: &[Fault]) -> f64 {
    let store = FaultyStore { inner: MemoryStore::default(), script: Script::of(faults), ..FaultyStore::default() };
    let process = async |place: usize| {
        let (purse, own, mut spent) = (Purse::default(), Process::named(&place.to_string()), 0.0);
        for cost in &lists[place] {
            let cost = f64::from(*cost) / 100.0;
            // What cannot be told was not granted.
            if let Ok(true) = purse.take(&store, &own, cost, Some(limit), Timestamp(SATURDAY)).await {
                spent += cost;
            }
        }
        spent
    };
    let (a, b, c) = tokio::join!(process(0), process(1), process(2));
    a + b + c
}

#[test]
fn two_processes_that_lease_at_the_same_instant_do_not_take_each_others_lease_for_their_own() {
    let lists = [vec![100; 8], vec![100; 8], vec![100; 8]];
    for limit in [1.0, 3.0, 10.0] {
        let spent = block_on(spent(limit, &lists, &[Fault::Yield; 200]));
        assert!(spent <= limit, "{spent} of {limit}");
    }
}

#[test]
fn one_process_alone_spends_all_that_there_is() {
    let lists = [vec![100; 40], Vec::new(), Vec::new()];
    assert!((block_on(spent(25.0, &lists, &[])) - 25.0).abs() < 1e-9);
    assert!(block_on(spent(0.0, &lists, &[])).abs() < 1e-9);
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![
        4 => Just(Fault::Yield),
        3 => Just(Fault::None),
        1 => Just(Fault::Conflict),
        1 => Just(Fault::LoseAnswer),
        1 => Just(Fault::Throttle),
    ];
    proptest::collection::vec(fault, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_limit_of_the_day_holds_however_processes_interleave_and_whatever_fails(
        limit in 0..5_000_u32,
        lists in proptest::array::uniform3(proptest::collection::vec(1..400_u32, 0..24)),
        faults in faults(),
    ) {
        let limit = f64::from(limit) / 100.0;
        let spent = block_on(spent(limit, &lists, &faults));
        prop_assert!(spent <= limit + 1e-9, "{} of {}", spent, limit);
    }
}
