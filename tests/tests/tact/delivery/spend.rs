//! Limits that are leased, with several processes that take from them at the same time: they are never exceeded, and little is lost.

use proptest::prelude::*;
use tact_decide::Claim;
use tact_domain::Timestamp;
use tact_pipeline::{ItemKey, Leases, Nonce, Process, Store, StoreError, Write, spending};

use crate::faults::{Call, Fault, FaultyStore, Script, Trace};
use crate::memory_store::MemoryStore;
use crate::pipeline::world::{DAY, SATURDAY, block_on};

const NOW: Timestamp = Timestamp(SATURDAY);

fn claim(amount: u64, most: u64) -> Claim {
    Claim { limit: "treat/budget/20757".into(), amount, most, ends_at: Some(NOW.plus_s(3_600)) }
}

fn faulty(faults: &[Fault]) -> FaultyStore<MemoryStore> {
    FaultyStore { inner: MemoryStore::default(), script: Script::of(faults), ..FaultyStore::default() }
}

/// Eight processes, each taking as its list says; answers what all of them took.
async fn taken(most: u64, lists: &[Vec<u64>; 8], faults: &[Fault]) -> u64 {
    let store = faulty(faults);
    let process = async |place: usize| {
        let (leases, own, mut taken) = (Leases::default(), Process::named(&place.to_string()), 0);
        for amount in &lists[place] {
            // What cannot be told was not granted.
            if let Ok(true) = leases.take(&store, &own, &claim(*amount, most), NOW).await {
                taken += amount;
            }
        }
        taken
    };
    let (a, b, c, d) = tokio::join!(
        async { tokio::join!(process(0), process(1)) },
        async { tokio::join!(process(2), process(3)) },
        async { tokio::join!(process(4), process(5)) },
        async { tokio::join!(process(6), process(7)) },
    );
    [a, b, c, d].into_iter().map(|(one, other)| one + other).sum()
}

#[test]
fn processes_that_lease_at_the_same_instant_do_not_take_each_others_lease_for_their_own() {
    let lists = [const { Vec::new() }; 8].map(|_: Vec<u64>| vec![100; 8]);
    for most in [100, 300, 1_000] {
        let taken = block_on(taken(most, &lists, &[Fault::Yield; 400]));
        assert!(taken <= most, "{taken} of {most}");
    }
}

#[test]
fn one_process_alone_takes_all_that_there_is_and_then_asks_no_more() {
    block_on(async {
        let store = faulty(&[]);
        let (leases, process) = (Leases::default(), Process::named("one"));
        let mut taken = 0;
        while leases.take(&store, &process, &claim(1, 1_000), NOW).await.unwrap() {
            taken += 1;
        }
        assert_eq!(taken, 1_000);
        let calls = store.trace.calls().len();
        assert!(calls <= 2 * 100 + 1, "a hundredth at a time: {calls} calls");
        assert!(!leases.take(&store, &process, &claim(1, 1_000), NOW).await.unwrap());
        assert_eq!(store.trace.calls().len(), calls, "what is used up stays so, and nobody has to look");
        assert!(!leases.take(&store, &process, &claim(1, 0), NOW).await.unwrap());
    });
}

#[test]
fn what_processes_hold_and_do_not_use_is_at_most_a_hundredth_each() {
    let mut lists = [const { Vec::new() }; 8].map(|_: Vec<u64>| vec![1]);
    lists[7] = vec![1; 2_000];
    let taken = block_on(taken(1_000, &lists, &[]));
    assert!((1_000 - 7 * 9..=1_000).contains(&taken), "{taken}");
    let small = block_on(self::taken(8, &lists, &[]));
    assert_eq!(small, 8, "of a small limit nothing is lost: each leases what it asks for");
}

#[test]
fn what_is_put_back_may_be_taken_again_unless_the_limit_was_lowered_or_has_ended() {
    block_on(async {
        let store = faulty(&[]);
        let (leases, process) = (Leases::default(), Process::named("one"));
        let take = async |claim: &Claim, now| leases.take(&store, &process, claim, now).await.unwrap();
        assert!(take(&claim(10, 10), NOW).await);
        assert!(!take(&claim(1, 10), NOW).await);
        leases.put_back(&claim(10, 10));
        assert!(take(&claim(4, 10), NOW).await && !take(&claim(1, 5), NOW).await, "six were left of ten, none of five");
        leases.put_back(&claim(4, 10));
        assert!(!take(&claim(1, 5), NOW).await, "it was taken of a limit that is not there any more");
        assert!(take(&claim(2, 12), NOW).await && !take(&claim(1, 12), NOW).await);
        leases.put_back(&claim(2, 12));
        assert!(!take(&claim(1, 12), NOW.plus_s(3_600)).await, "what is over is forgotten");
    });
}

#[test]
fn a_limit_whose_item_makes_no_sense_gives_nothing() {
    block_on(async {
        let store = MemoryStore::default();
        let (key, bytes) = (ItemKey::Lease("treat/budget/20757".into(), 0), b"much".to_vec());
        let write = [Write { key, expected: Some(0), bytes, forget_at: None, due_at: None }];
        store.commit(&write, Nonce::of(&write)).await.unwrap();
        let taken = Leases::default().take(&store, &Process::named("one"), &claim(1, 100), NOW).await;
        assert!(matches!(taken, Err(StoreError::Unreadable(_))), "{taken:?}");
    });
}

#[test]
fn the_spending_of_a_day_counts_hundredths_of_a_minor_unit_and_begins_anew_at_midnight() {
    let spent = spending(0.645, 5_000.0, NOW);
    assert_eq!((spent.amount, spent.most, spent.ends_at), (65, 500_000, Some(Timestamp(1_793_491_200_000))));
    assert_eq!(spent.limit.as_str(), format!("spend/{}", SATURDAY.div_euclid(DAY)));
    assert_eq!(spending(1.0, -1.0, NOW).most, 0);
    let trace = block_on(async {
        let store = FaultyStore::<MemoryStore> { trace: Trace::default(), ..FaultyStore::default() };
        Leases::default().take(&store, &Process::named("one"), &spent, NOW).await.unwrap();
        store.trace.calls()
    });
    let key = ItemKey::Lease(spending(1.0, 1.0, NOW).limit, 0);
    assert_eq!(key.pk(), format!("b#spend/{}#0", SATURDAY.div_euclid(DAY)));
    assert_eq!(trace, [Call::Get(key.clone()), Call::Commit(vec![key])]);
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let fault = prop_oneof![
        4 => Just(Fault::Yield),
        3 => Just(Fault::None),
        1 => Just(Fault::Conflict),
        1 => Just(Fault::LoseAnswer),
        1 => Just(Fault::Throttle),
    ];
    proptest::collection::vec(fault, 0..240)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_limit_holds_however_eight_processes_interleave_and_whatever_fails(
        most in 0..5_000_u64,
        lists in proptest::array::uniform8(proptest::collection::vec(1..400_u64, 0..16)),
        faults in faults(),
    ) {
        let taken = block_on(taken(most, &lists, &faults));
        prop_assert!(taken <= most, "{} of {}", taken, most);
    }
}
